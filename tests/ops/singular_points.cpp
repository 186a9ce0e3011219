// SPDX-License-Identifier: MIT
// What each op gives where its formula alone would not say: kinks, ties, poles, extreme inputs. The
// same table holds for Values and for Tensors.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/functional.hpp>
#include <nabla/engine/tape.hpp>
#include <nabla/ops/ops.hpp>
#include <nabla/ops/program.hpp>
#include <nabla/ops/registry.hpp>

using namespace nabla;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kPi = std::numbers::pi;
const double kNan = std::numeric_limits<double>::quiet_NaN();

// Equal, also if both are NaN.
bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

struct Row {
  const char* op;
  std::vector<double> operands;
  double value;
  std::vector<double> gradient;  ///< times an upstream gradient of 1
};

const std::vector<Row> kRows = {
    {"abs", {0}, 0, {0}},
    {"relu", {0}, 0, {0}},
    {"relu", {kNan}, kNan, {0}},
    {"leaky_relu", {0}, 0, {0.01}},
    {"step", {0}, 0, {0}},
    {"step", {kNan}, kNan, {0}},
    {"clamp", {1}, 1, {1}},
    {"clamp", {-1}, -1, {1}},
    {"clamp", {1.5}, 1, {0}},
    {"sqrt", {0}, 0, {kInf}},
    {"log", {0}, -kInf, {kInf}},
    {"reciprocal", {0}, kInf, {-kInf}},
    {"maximum", {2, 2}, 2, {0.5, 0.5}},
    {"minimum", {2, 2}, 2, {0.5, 0.5}},
    {"maximum", {kNan, 1}, kNan, {0, 0}},
    {"pow", {0, 0}, 1, {0, 0}},
    {"pow", {0, 1}, 0, {1, 0}},
    {"pow", {0, 2}, 0, {0, 0}},
    {"pow", {0, -1}, kInf, {-kInf, -kInf}},
    {"pow", {-2, 3}, -8, {12, kNan}},
    {"pow", {-2, 0.5}, kNan, {kNan, kNan}},
    {"pow", {0, kInf}, 0, {0, 0}},
    {"pow", {0.5, kInf}, 0, {0, 0}},
    {"pow", {2, -kInf}, 0, {0, 0}},
    {"pow", {kInf, -1}, 0, {0, 0}},
    {"pow", {-1, 0x1p53 + 4}, 1, {-(0x1p53 + 4), kNan}},  // b - 1 is not to be represented
    {"pow", {-1, -0x1p53 - 4}, 1, {0x1p53 + 4, kNan}},
    {"pow", {-2, kInf}, kInf, {-kInf, kNan}},
    {"pow", {kInf, -kInf}, 0, {0, 0}},
    {"pow", {0, kNan}, kNan, {kNan, -kInf}},
    {"pow", {kNan, 2}, kNan, {kNan, kNan}},
    {"pow", {kNan, 0}, 1, {0, kNan}},
    {"pow", {1e-310, 0}, 1, {0, std::log(1e-310)}},
    {"sigmoid", {1000}, 1, {0}},
    {"sigmoid", {-1000}, 0, {0}},
    {"tanh", {1000}, 1, {0}},
    {"tanh", {-1000}, -1, {0}},
    {"expm1", {1e-300}, 1e-300, {1}},
    {"log1p", {1e-300}, 1e-300, {1}},
    {"erf", {30}, 1, {0}},
    {"erfc", {-30}, 2, {0}},
    {"erfc", {30}, 0, {0}},
    {"gelu", {0}, 0, {0.5}},
    {"gelu", {-kInf}, 0, {0}},
    {"gelu", {kInf}, kInf, {1}},
    {"gelu", {-40}, 0, {0}},
    {"asin", {1}, kPi / 2, {kInf}},
    {"asin", {-1}, -kPi / 2, {kInf}},
    {"asin", {2}, kNan, {kNan}},
    {"acos", {1}, 0, {-kInf}},
    {"acos", {-1}, kPi, {-kInf}},
    {"atan", {1e200}, kPi / 2, {0}},
    {"atan", {-kInf}, -kPi / 2, {0}},
    {"asinh", {0}, 0, {1}},
    {"asinh", {-kInf}, -kInf, {0}},
    {"acosh", {1}, 0, {kInf}},
    {"acosh", {-2}, kNan, {kNan}},
    {"atanh", {1}, kInf, {kInf}},
    {"atanh", {-1}, -kInf, {kInf}},
    {"cbrt", {0}, 0, {kInf}},
    {"log2", {0}, -kInf, {kInf}},
    {"log10", {0}, -kInf, {kInf}},
    {"lgamma", {0}, kInf, {kNan}},
    {"lgamma", {-2}, kInf, {kNan}},
    {"tgamma", {0}, kInf, {kNan}},
    {"tgamma", {-1}, kNan, {kNan}},
    {"digamma", {0}, kNan, {kNan}},
    {"digamma", {-3}, kNan, {kNan}},
    {"digamma", {kInf}, kInf, {0}},
    {"digamma", {-1e-310}, kInf, {kInf}},
    {"lgamma", {-1e-310}, -std::log(1e-310), {kInf}},
    {"tgamma", {-1e-310}, -kInf, {-kInf}},
    {"beta", {2, kInf}, 0, {0, 0}},
    {"beta", {0x1p1023, 0x1p1023}, 0, {0, 0}},
    {"riemann_zeta", {2000}, 1, {0}},
    {"riemann_zeta", {1e200}, 1, {0}},
    {"assoc_legendre", {1e200}, kNan, {kNan}},
    {"polygamma", {-1}, kNan, {kNan}},
    {"polygamma", {-1e-310}, kInf, {kInf}},
    {"polygamma", {kInf}, 0, {0}},
    {"floor", {-2}, -2, {0}},
    {"ceil", {2}, 2, {0}},
    {"trunc", {-1.5}, -1, {0}},
    {"round", {0.5}, 1, {0}},
    {"round", {-2.5}, -3, {0}},
    {"hypot", {0, 0}, 0, {0, 0}},
    {"hypot", {std::ldexp(3, 700), std::ldexp(4, 700)}, std::ldexp(5, 700), {0.6, 0.8}},
    {"hypot", {kInf, 1}, kInf, {1, 0}},
    {"hypot", {1, -kInf}, kInf, {0, -1}},
    {"hypot", {kInf, 0}, kInf, {1, 0}},
    {"hypot", {-kInf, kInf}, kInf, {-1 / std::sqrt(2), 1 / std::sqrt(2)}},
    {"hypot", {0x1.8p1023, 0x1.8p1023}, kInf, {1 / std::sqrt(2), 1 / std::sqrt(2)}},
    {"hypot", {kInf, kNan}, kInf, {1, 0}},
    {"hypot", {kNan, -kInf}, kInf, {0, -1}},
    {"hypot", {kNan, 1}, kNan, {kNan, kNan}},
    {"atan2", {0, 0}, 0, {0, 0}},
    {"atan2", {0, -1}, kPi, {-1, 0}},
    {"atan2", {kInf, 1}, kPi / 2, {0, 0}},
    {"atan2", {0, 1e-200}, 0, {1e200, 0}},
    {"fmod", {6, 2}, 0, {1, -3}},
    {"fmod", {-5.5, 2}, -1.5, {1, 2}},
    {"fmod", {1, 0.1}, std::fmod(1, 0.1), {1, -9}},  // though 1 / 0.1 is rounded to 10
    {"fmod", {1, kInf}, 1, {1, 0}},
    {"fmod", {1, 0}, kNan, {1, kNan}},
    {"remainder", {5, 2}, 1, {1, -2}},
    {"remainder", {7, 2}, -1, {1, -4}},
    {"remainder", {1, 0}, kNan, {1, kNan}},
    {"fmax", {2, 2}, 2, {0.5, 0.5}},
    {"fmax", {kNan, 1}, 1, {0, 1}},
    {"fmax", {1, kNan}, 1, {1, 0}},
    {"fmax", {kNan, kNan}, kNan, {0, 0}},
    {"fmin", {2, 2}, 2, {0.5, 0.5}},
    {"fmin", {kNan, 1}, 1, {0, 1}},
    {"fmin", {1, kNan}, 1, {1, 0}},
    {"fdim", {2, 2}, 0, {0, 0}},
    {"sign", {0}, 0, {0}},
    {"sign", {-3}, -1, {0}},
    {"sign", {kNan}, kNan, {0}},
    {"frac", {-2}, 0, {1}},
    {"frac", {-2.25}, -0.25, {1}},
    {"rsqrt", {0}, kInf, {-kInf}},
    {"rsqrt", {-1}, kNan, {kNan}},
    {"rsqrt", {kInf}, 0, {0}},
    {"logit", {0}, -kInf, {kInf}},
    {"logit", {1}, kInf, {kInf}},
    {"logit", {0.5}, 0, {4}},
    {"logit", {2}, kNan, {-0.5}},
    {"logsigmoid", {1000}, 0, {0}},
    {"logsigmoid", {-1000}, -1000, {1}},
    {"logsigmoid", {-kInf}, -kInf, {1}},
    {"erfinv", {0}, 0, {0.5 / std::numbers::inv_sqrtpi}},
    {"erfinv", {1}, kInf, {kInf}},
    {"erfinv", {-1}, -kInf, {kInf}},
    {"erfinv", {1.5}, kNan, {kNan}},
    {"sinc", {0}, 1, {0}},
    {"sinc", {1e8 + 2}, 0, {1 / (1e8 + 2)}},
    {"sinc", {kInf}, 0, {0}},
    {"sinc", {-kInf}, 0, {0}},
    {"entr", {0}, 0, {kInf}},
    {"entr", {-1}, kNan, {kNan}},
    {"relu6", {0}, 0, {0}},
    {"relu6", {6}, 6, {0}},
    {"relu6", {kNan}, kNan, {0}},
    {"elu", {0}, 0, {1}},
    {"elu", {-1000}, -1, {0}},
    {"elu", {kInf}, kInf, {1}},
    {"selu", {0}, 0, {1.0507009873554804934193349852946 * 1.6732632423543772848170429916717}},
    {"celu", {0}, 0, {1}},
    {"silu", {0}, 0, {0.5}},
    {"silu", {-kInf}, 0, {0}},
    {"silu", {kInf}, kInf, {1}},
    {"silu", {-1000}, 0, {0}},
    {"mish", {-kInf}, 0, {0}},
    {"mish", {kInf}, kInf, {1}},
    {"mish", {-1000}, 0, {0}},
    {"gelu_tanh", {0}, 0, {0.5}},
    {"gelu_tanh", {-kInf}, 0, {0}},
    {"gelu_tanh", {kInf}, kInf, {1}},
    {"hardtanh", {1}, 1, {0}},
    {"hardtanh", {-1}, -1, {0}},
    {"hardtanh", {kNan}, kNan, {0}},
    {"hardsigmoid", {-3}, 0, {0}},
    {"hardsigmoid", {3}, 1, {0}},
    {"hardswish", {-3}, 0, {0}},
    {"hardswish", {3}, 3, {1}},
    {"hardswish", {kInf}, kInf, {1}},
    {"softsign", {0}, 0, {1}},
    {"softsign", {kInf}, 1, {0}},
    {"softsign", {-kInf}, -1, {0}},
    {"softshrink", {0.5}, 0, {0}},
    {"softshrink", {-0.5}, 0, {0}},
    {"softshrink", {-2}, -1.5, {1}},
    {"softshrink", {kNan}, kNan, {0}},
    {"hardshrink", {0.5}, 0, {0}},
    {"hardshrink", {-0.5}, 0, {0}},
    {"hardshrink", {2}, 2, {1}},
    {"hardshrink", {kNan}, kNan, {0}},
    {"tanhshrink", {0}, 0, {0}},
    {"tanhshrink", {kInf}, kInf, {1}},
    {"threshold", {0}, 0, {0}},
    {"threshold", {kNan}, kNan, {0}},
    {"nan_to_num", {kNan}, 0, {0}},
    {"nan_to_num", {kInf}, std::numeric_limits<double>::max(), {0}},
    {"nan_to_num", {-kInf}, std::numeric_limits<double>::lowest(), {0}},
    {"prelu", {0, 0.25}, 0, {0.25, 0}},
    {"prelu", {-2, 0.25}, -0.5, {0.25, -2}},
    {"expint", {0}, -kInf, {kInf}},
    {"expint", {-kInf}, 0, {0}},
    {"expint", {kInf}, kInf, {kInf}},
    {"expint", {1e4}, kInf, {kInf}},
    {"cyl_neumann", {1e-310}, -kInf, {kInf}},
    {"cyl_neumann", {kInf}, 0, {0}},
    {"sph_neumann", {1e-200}, -kInf, {kInf}},
    {"sph_neumann", {kInf}, 0, {0}},
    {"logaddexp", {-kInf, -kInf}, -kInf, {0, 0}},
    {"logaddexp", {kInf, kInf}, kInf, {0.5, 0.5}},
    {"logaddexp", {-kInf, 2}, 2, {0, 1}},
    {"logaddexp", {1e8, -1e8}, 1e8, {1, 0}},
    {"logaddexp", {kNan, 1}, kNan, {kNan, kNan}},
    {"logaddexp2", {-kInf, -kInf}, -kInf, {0, 0}},
    {"logaddexp2", {3, 3}, 4, {0.5, 0.5}},
    {"logaddexp2", {-1, -1}, 0, {0.5, 0.5}},  // ln 2 divided by ln 2
    {"logaddexp2", {kInf, kInf}, kInf, {0.5, 0.5}},
    {"logaddexp2", {0, kInf}, kInf, {0, 1}},
    {"xlogy", {0, 0}, 0, {0, 0}},
    {"xlogy", {0, kInf}, 0, {kInf, 0}},
    {"xlogy", {0, -1}, 0, {0, 0}},
    {"xlogy", {2, 0}, -kInf, {-kInf, kInf}},
    {"xlogy", {0, kNan}, kNan, {0, 0}},
    {"floor_mod", {-5, 3}, 1, {1, 2}},
    {"floor_mod", {5, -3}, -1, {1, 2}},
    {"floor_mod", {6, 3}, 0, {1, -2}},
    {"floor_mod", {1, 0}, kNan, {1, kNan}},
    {"floor_mod", {1, -kInf}, -kInf, {1, 1}},
    {"floor_mod", {-1, kInf}, kInf, {1, 1}},
    {"floor_mod", {1, kInf}, 1, {1, 0}},
    {"floor_mod", {-1e-20, 3}, 3, {1, 1}},
    {"floor_mod", {0x1.8p1023, -0x1p1023}, -0x1p1022, {1, 2}},
    {"remainder", {0x1.cp1023, 0x1p1023}, -0x1p1021, {1, -2}},
    {"floor_divide", {0x1.8p1023, -0x1p1023}, -2, {0, 0}},
    {"floor_divide", {1, -kInf}, -1, {0, 0}},
    {"floor_divide", {1, kInf}, 0, {0, 0}},
    {"trunc_divide", {-7, 2}, -3, {0, 0}},
    {"trunc_divide", {1, 0.1}, 9, {0, 0}},  // though 1 / 0.1 is rounded to 10
    {"floor_divide", {-7, 2}, -4, {0, 0}},
    {"floor_divide", {1, 0.1}, 9, {0, 0}},
    {"floor_divide", {1, 0}, kInf, {0, 0}},
    {"addcdiv", {1, 2, 0}, kInf, {1, kInf, -kInf}},
    {"fdim", {kInf, kInf}, 0, {0, 0}},
    {"fdim", {kNan, 1}, kNan, {0, 0}},
    {"copysign", {0, 1}, 0, {0, 0}},
    {"copysign", {3, -0.0}, -3, {-1, 0}},
    {"copysign", {-3, -2}, -3, {1, 0}},
    {"fma", {1e308, 10, -kInf}, -kInf, {10, 1e308, 1}},
    {"addcmul", {-0x1.8p1023, 0x1.8p1023, 2}, 0x1.8p1023, {1, 2, 0x1.8p1023}},
    {"addcmul", {kInf, 0x1.8p1023, -2}, kInf, {1, -2, 0x1.8p1023}},
    {"lerp", {0x1.8p1023, 1, 2}, -0x1.8p1023, {-1, 2, -0x1.8p1023}},
    {"lerp", {0, kInf, 0}, 0, {1, 0, kInf}},
    {"lerp", {kInf, 0, 1}, 0, {0, 1, -kInf}},
    {"lerp", {0, kInf, 0.5}, kInf, {0.5, 0.5, kInf}},
    {"lerp", {kInf, 0, 0.5}, kInf, {0.5, 0.5, -kInf}},
    {"lerp", {1, 1, kInf}, 1, {-kInf, kInf, 0}},
    {"lerp", {0, 1, kInf}, kInf, {-kInf, kInf, 1}},
    {"lerp", {1e200, 0, kInf}, -kInf, {-kInf, kInf, -1e200}},
    {"lerp", {0, 0, kInf}, 0, {-kInf, kInf, 0}},
    {"lerp", {kInf, 1, 0.5}, kInf, {0.5, 0.5, -kInf}},
    {"lerp", {1, kInf, 0.5}, kInf, {0.5, 0.5, kInf}},
    {"lerp", {kInf, kInf, 0.5}, kInf, {0.5, 0.5, 0}},
    {"lerp", {1, 2, kNan}, kNan, {kNan, kNan, 1}},
    {"ellint_1", {1, 1e300}, kInf, {kInf, 1 / std::abs(std::cos(1e300))}},
    {"ellint_1", {-1, -1e300}, -kInf, {kInf, 1 / std::abs(std::cos(1e300))}},
    {"softplus", {1000}, 1000, {1}},
    {"softplus", {-1000}, 0, {0}},
    {"bce_with_logits", {1000, 0}, 1000, {1, -1000}},
    {"bce_with_logits", {-1000, 0}, 0, {0, 1000}},
    {"bce_with_logits", {40, 1}, 4.248354255291589e-18, {-4.248354255291589e-18, -40}},
    {"bce_with_logits", {kInf, 1}, 0, {0, -kInf}},
    {"bce_with_logits", {kInf, 0}, kInf, {1, -kInf}},
    {"bce_with_logits", {-kInf, 0}, 0, {0, kInf}},
    {"bce_with_logits", {-kInf, 1}, kInf, {-1, kInf}},
    {"squared_error", {kInf, 1}, kInf, {kInf, -kInf}},
    {"squared_error", {kNan, 1}, kNan, {kNan, kNan}},
    {"absolute_error", {2, 2}, 0, {0, 0}},
    {"absolute_error", {-kInf, 2}, kInf, {-1, 1}},
    {"absolute_error", {kNan, 1}, kNan, {0, 0}},
    {"huber_error", {2, 1}, 0.5, {1, -1}},
    {"huber_error", {1e308, -1e308}, kInf, {1, -1}},
    {"huber_error", {-kInf, 1}, kInf, {-1, 1}},
    {"log_cosh_error", {1e4, 0}, 1e4 - std::numbers::ln2, {1, -1}},
    {"log_cosh_error", {-kInf, 0}, kInf, {-1, 1}},
    {"log_cosh_error", {1, 1}, 0, {0, 0}},
    {"hinge_error", {1, 1}, 0, {0, 0}},
    {"hinge_error", {-1, -1}, 0, {0, 0}},
    {"hinge_error", {-kInf, 1}, kInf, {-1, kInf}},
    {"soft_margin_error", {1000, 1}, 0, {0, 0}},
    {"soft_margin_error", {-1000, 1}, 1000, {-1, 1000}},
    {"soft_margin_error", {kInf, 1}, 0, {0, 0}},
    {"soft_margin_error", {-kInf, 1}, kInf, {-1, kInf}},
    {"binary_error", {0, 0, 1}, 0, {1, 100, 0}},
    {"binary_error", {kNan, 1, 0}, kNan, {kNan, kNan, kNan}},
    {"binary_error", {0, 1, 0}, 100, {0, 100, 0}},
    {"binary_error", {1, 0, 1}, 100, {0, 0, 100}},
    {"rel_entr", {0, 2}, 0, {0, 0}},
    {"rel_entr", {0, 0}, 0, {0, 0}},
    {"rel_entr", {2, 0}, kInf, {kInf, -kInf}},
    {"rel_entr", {-1, 1}, kNan, {kNan, 1}},
    {"poisson_error", {-kInf, 0}, 0, {0, kInf}},
    {"poisson_error", {kInf, 3}, kInf, {kInf, -kInf}},
    {"poisson_error", {1000, 3}, kInf, {kInf, -1000}},
    {"poisson_error", {1000, kInf}, -kInf, {-kInf, -1000}},
    {"poisson_error", {1000, kNan}, kNan, {kNan, -1000}},
    {"poisson_error", {kInf, kNan}, kNan, {kNan, -kInf}},
    {"gaussian_error", {1, 1, 0}, kNan, {kNan, kNan, kNan}},
    {"gaussian_error", {2, 1, 0}, kNan, {kInf, -kInf, kNan}},
};

std::vector<Tensor> variables(const std::vector<double>& numbers) {
  std::vector<Tensor> xs;
  for (const double number : numbers) xs.push_back(variable(tensor(number, float64)));
  return xs;
}

std::vector<double> elements_of(const Tensor& x) { return x.to_vector<double>(); }

// ---- masked singular points

using Columns = std::vector<std::vector<double>>;  ///< an operand's numbers, point after point

// Where an op is asked: at its rows of the table, at its singular points and at numbers that are special
// to all, each in the place of every operand and of all of them.
Columns points_of(const OpEntry& op) {
  const auto arity = static_cast<std::size_t>(op.arity);
  std::vector<double> specials = {0,      -0.0,   1,       -1,       kInf,
                                  -kInf,  kNan,   1.5e308, -1.5e308, 1e200,
                                  -1e200, 5e-324, -5e-324, 1e-310,   0x1p-1022};
  specials.insert(specials.end(), op.info->singular.begin(), op.info->singular.end());
  Columns columns(arity);
  for (const Row& row : kRows) {
    if (op.info->name != row.op) continue;
    for (std::size_t k = 0; k < arity; ++k) columns[k].push_back(row.operands[k]);
  }
  for (const double special : specials) {
    for (std::size_t at = 0; at <= arity; ++at) {
      for (std::size_t k = 0; k < arity; ++k) {
        const Interval& usual = op.info->samples[k];
        const bool is_special = at == arity || at == k;
        columns[k].push_back(is_special ? special : usual.lower * 0.4 + usual.upper * 0.6);
      }
    }
  }
  return columns;
}

// The elementwise ops of the registry.
std::vector<const OpEntry*> elementwise_ops() {
  std::vector<const OpEntry*> ops;
  for (const OpEntry* op : all_ops())
    if (op->arity > 0 && op->tensor != nullptr && op->scalar != nullptr) ops.push_back(op);
  return ops;
}

Tensor vector_of(const std::vector<double>& numbers) {
  return from_span(std::span<const double>(numbers),
                   Shape{static_cast<std::int64_t>(numbers.size())});
}

// First derivatives, and second ones along a gradient of them from above.
struct Derivatives {
  Columns first;
  std::vector<Columns> second;  ///< of each first one
};

Derivatives derivatives_of(const std::function<Tensor(std::span<const Tensor>)>& f,
                           const Columns& at, const std::vector<double>& upstream) {
  std::vector<Tensor> xs;
  for (const std::vector<double>& column : at) xs.push_back(variable(vector_of(column)));
  const std::vector<double> nothing(upstream.size(), 0.0);
  Derivatives result;
  for (const Tensor& dx : grad(sum(f(xs)), xs, {.create_graph = true, .allow_unused = true})) {
    result.first.push_back(dx.defined() ? elements_of(dx) : nothing);
    Columns second(at.size(), nothing);
    if (dx.defined() && dx.requires_grad()) {
      const auto by =
          grad(dx, xs, vector_of(upstream), {.retain_graph = true, .allow_unused = true});
      for (std::size_t k = 0; k < by.size(); ++k)
        if (by[k].defined()) second[k] = elements_of(by[k]);
    }
    result.second.push_back(second);
  }
  return result;
}

// Where the mask holds, derivatives are those without it; elsewhere they are 0, whatever arrives.
void check_masked(const std::string& what, const Columns& at, const std::vector<bool>& mask,
                  const Derivatives& plain, const Derivatives& masked) {
  const auto check = [&](const std::vector<double>& need, const std::vector<double>& got,
                         const char* order) {
    for (std::size_t i = 0; i < mask.size(); ++i) {
      const bool is_right = mask[i] ? same(need[i], got[i]) : got[i] == 0;
      if (is_right) continue;
      BOOST_ERROR(what << (mask[i] ? "" : ", masked,") << " at " << at[0][i]
                       << (at.size() > 1 ? ", " + std::to_string(at[1][i]) : std::string())
                       << ": got " << got[i] << " of order " << order);
    }
  };
  for (std::size_t k = 0; k < at.size(); ++k) {
    check(plain.first[k], masked.first[k], "1");
    for (std::size_t j = 0; j < at.size(); ++j) check(plain.second[k][j], masked.second[k][j], "2");
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(singular_points)

BOOST_AUTO_TEST_CASE(tensors_follow_the_table) {
  for (const Row& row : kRows) {
    const std::vector<Tensor> xs = variables(row.operands);
    const Tensor y = find_op(row.op)->tensor(xs, {});
    BOOST_TEST(same(y.item(), row.value), row.op << " gives " << y.item());
    const auto gradient = grad(y, xs);
    for (std::size_t i = 0; i < xs.size(); ++i) {
      BOOST_TEST(same(gradient[i].item(), row.gradient[i]),
                 row.op << "(" << row.operands[0] << ", ...) by operand " << i << ": got "
                        << gradient[i].item() << ", need " << row.gradient[i]);
    }
  }
}

BOOST_AUTO_TEST_CASE(values_follow_the_same_table) {
  for (const Row& row : kRows) {
    const Tape tape;
    std::vector<Value> xs;
    for (const double number : row.operands) xs.push_back(variable(number));
    const Value y = find_op(row.op)->scalar(xs, {});
    BOOST_TEST(same(y.value(), row.value), row.op << " gives " << y.value());
    backward(y);
    for (std::size_t i = 0; i < xs.size(); ++i) {
      BOOST_TEST(same(xs[i].grad(), row.gradient[i]),
                 row.op << "(" << row.operands[0] << ", ...) by operand " << i << ": got "
                        << xs[i].grad() << ", need " << row.gradient[i]);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_upstream_gradient_of_zero_gives_zero_at_every_one_of_them) {
  for (const Row& row : kRows) {
    const std::vector<Tensor> xs = variables(row.operands);
    const Tensor zero = zeros({}, float64);
    for (const Tensor& g : grad(find_op(row.op)->tensor(xs, {}), xs, zero))
      BOOST_TEST(g.item() == 0, row.op << " at " << row.operands[0]);
  }
}

BOOST_AUTO_TEST_CASE(second_derivatives_far_out_are_what_they_are) {
  const auto check = [](double at, auto f, double slope, double second) {
    const Tensor x = variable(tensor(at, float64));
    const auto [dx] = grad(f(x), wrt(x), {.create_graph = true});
    const auto [dxx] = grad(dx, wrt(x));
    constexpr double kTol = 1e-15;  // of a few roundings
    const auto agree = [](double got, double need) {
      return got == need || std::abs(got - need) <= kTol * std::abs(need);
    };
    BOOST_TEST(agree(dx.item(), slope), "slope at " << at << ": " << dx.item());
    BOOST_TEST(agree(dxx.item(), second), "second at " << at << ": " << dxx.item());
    const Value v = variable(at);
    const Value vy = f(v);
    backward(vy);
    BOOST_TEST(agree(v.grad(), slope), "slope of a Value at " << at << ": " << v.grad());
  };
  const auto arc = [](const auto& x) { return atan(x); };
  check(1e100, arc, 1e-200, -2e-300);
  check(-1e100, arc, 1e-200, 2e-300);
  check(0x1p512, arc, 0x1p-1024, 0);  // denormal, where x^2 overflows
  check(0, arc, 1, 0);
  check(kInf, arc, 0, 0);
  const auto odds = [](const auto& x) { return logit(x); };
  check(1e-150, odds, 1e150, -1e300);
  check(1e-300, odds, 1e300, -kInf);
  check(0.25, odds, 16.0 / 3, -128.0 / 9);
}

// The slope of the branch x <= 0, which is not that of the other one.
BOOST_AUTO_TEST_CASE(units_with_a_parameter_have_its_slope_at_0) {
  const auto check = [](const char* op, double parameter, double slope) {
    const std::vector<double> parameters{parameter};
    const std::vector<Tensor> xs = variables({0});
    BOOST_TEST(grad(find_op(op)->tensor(xs, parameters), xs)[0].item() == slope, op);
    const Tape tape;
    const std::vector<Value> x{variable(0.0)};
    backward(find_op(op)->scalar(x, parameters));
    BOOST_TEST(x[0].grad() == slope, op);
  };
  check("elu", 2.5, 2.5);
  check("celu", 2.5, 1);
  check("leaky_relu", 0.25, 0.25);
}

BOOST_AUTO_TEST_CASE(beyond_2_to_the_24_a_power_of_a_float_is_even_and_its_slope_odd) {
  for (const double b : {0x1p24 + 2, 0x1p24 + 4, -0x1p24 - 2, 0x1p100}) {
    const Tensor a = variable(tensor(-1, float32));
    const auto [slope] = grad(pow(a, tensor(b, float32)), wrt(a));
    BOOST_TEST(slope.item() == -b);
  }
}

BOOST_AUTO_TEST_CASE(without_a_delta_huber_error_is_half_the_square) {
  const auto check = [](double at, double value, double slope) {
    const Tape tape;
    const Value a = variable(at);
    const Value y = huber_error(a, 0.0, kInf);
    backward(y);
    const Tensor ta = variable(tensor(at, float64));
    const Tensor ty = huber_error(ta, 0.0, kInf);
    const auto [ga] = grad(ty, wrt(ta));
    BOOST_TEST((y.value() == value && ty.item() == value), at);
    BOOST_TEST((a.grad() == slope && ga.item() == slope), at);
  };
  check(3, 4.5, 3);
  check(-1e200, kInf, -1e200);
  check(kInf, kInf, kInf);
  check(-kInf, kInf, -kInf);
}

// They read y, which is there anyway: reading x would cost an exponential and a buffer.
BOOST_AUTO_TEST_CASE(slopes_made_of_the_result_are_exact_to_eps) {
  const auto check = [](const char* op, auto slope, double from, double sign) {
    for (double x = -25; x <= 25; x += 0.125) {
      const Tensor at = variable(tensor(x, float32));
      const std::vector<Tensor> xs{at};
      const double got = grad(find_op(op)->tensor(xs, {}), xs)[0].item();
      const double need = slope(x), eps = std::numeric_limits<float>::epsilon();
      BOOST_TEST(std::abs(got - need) <= eps * std::max(1.0, need), op << " at " << x);
      if (sign * x >= from) BOOST_TEST(got == 0, op << " at " << x);
    }
  };
  const auto square = [](double number) { return number * number; };
  const auto of_sigmoid = [&](double x) { return std::exp(-x) / square(1 + std::exp(-x)); };
  const auto of_tanh = [&](double x) { return 1 / square(std::cosh(x)); };
  check("sigmoid", of_sigmoid, 18, 1);
  check("tanh", of_tanh, 10, 1);
  check("tanh", of_tanh, 10, -1);
  check(
      "expm1", [](double x) { return std::exp(x); }, 18, -1);
}

BOOST_AUTO_TEST_CASE(a_tie_is_shared_evenly) {
  const Tensor x = variable(tensor({3, 1, 3, 3}, float64));
  backward(x.max(), {.retain_graph = true});
  const double third = 1.0 / 3;
  BOOST_TEST(elements_of(x.grad()) == (std::vector<double>{third, 0, third, third}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_norm_of_nothing_has_no_direction) {
  for (const int order : {0, 1, 2}) {
    const Tensor x = variable(zeros({3}, float64));
    backward(norm(x, order));
    BOOST_TEST(elements_of(x.grad()) == (std::vector<double>{0, 0, 0}),
               boost::test_tools::per_element());
  }
  BOOST_TEST(norm(tensor({3e200, 4e200}, float64)).item() == 5e200,
             boost::test_tools::tolerance(1e-15));
  BOOST_TEST(norm(tensor({3e-200, 4e-200}, float64)).item() == 5e-200,
             boost::test_tools::tolerance(1e-15));
}

BOOST_AUTO_TEST_CASE(logsumexp_neither_overflows_nor_divides_by_nothing) {
  const Tensor big = variable(tensor({1000, 1000}, float64));
  const Tensor y = logsumexp(big);
  BOOST_TEST(y.item() == 1000.6931471805599);
  backward(y);
  BOOST_TEST(elements_of(big.grad()) == (std::vector<double>{0.5, 0.5}),
             boost::test_tools::per_element());
  // In float32 y is rounded at 1e8 by whole units; the gradient must not notice.
  const Tensor single = variable(full({2}, 1e8));
  backward(logsumexp(single));
  BOOST_TEST(elements_of(single.grad()) == (std::vector<double>{0.5, 0.5}),
             boost::test_tools::per_element());
  const Tensor empty = variable(zeros({2, 0}, float64));
  backward(logsumexp(empty, {1}).sum());
  BOOST_TEST(elements_of(logsumexp(empty, {1})) == (std::vector<double>{-kInf, -kInf}),
             boost::test_tools::per_element());
  BOOST_TEST(empty.grad().shape() == (Shape{2, 0}));
  const Tensor none = variable(full({2}, -kInf, float64));
  const Tensor z = logsumexp(none);
  BOOST_TEST(z.item() == -kInf);
  backward(z);
  BOOST_TEST(elements_of(none.grad()) == (std::vector<double>{0, 0}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_masked_line_of_logsumexp_passes_nothing_on_and_the_others_are_not_touched) {
  // Lines along axes 0 and 2, which are no neighbours; the first holds nothing but -inf.
  const Tensor x =
      variable(tensor({-kInf, -kInf, 0, 1e4, -kInf, -kInf, 0, 1e4}, float64).reshape({2, 2, 2}));
  const auto gradient_at = [&x](bool create_graph) {
    const Tensor y = logsumexp(x, {0, 2});
    BOOST_TEST(elements_of(y)[0] == -kInf);
    const auto [g] =
        grad((y * tensor({1, 3}, float64)).sum(), wrt(x), {.create_graph = create_graph});
    return elements_of(g);
  };
  const std::vector<double> expected{0, 0, 0, 1.5, 0, 0, 0, 1.5};
  BOOST_TEST(gradient_at(false) == expected, boost::test_tools::per_element());
  BOOST_TEST(gradient_at(true) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_masked_row_of_softmax_is_zero_and_the_others_are_not_touched) {
  const Tensor x = variable(tensor({{-kInf, -kInf}, {0, -kInf}, {1e4, 1e4}}, float64));
  const Tensor y = softmax(x);
  BOOST_TEST(elements_of(y) == (std::vector<double>{0, 0, 1, 0, 0.5, 0.5}),
             boost::test_tools::per_element());
  backward((y * tensor({1, 2}, float64)).sum());
  BOOST_TEST(elements_of(x.grad()) == (std::vector<double>{0, 0, 0, 0, -0.25, 0.25}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_masked_row_of_softmax_is_an_error_if_asked_for) {
  const Tensor x = tensor({{-kInf, -kInf}, {0, -kInf}, {1e4, 1e4}}, float64);
  BOOST_CHECK_EXCEPTION(
      static_cast<void>(softmax(x, 1, MaskedLine::error)), DomainError, [](const Error& error) {
        return std::string(error.what()) ==
               "[softmax] got 1 of 3 lines along axis 1 that are -inf alone, need an element in "
               "each that is not masked";
      });
  BOOST_TEST(elements_of(softmax(x, 0, MaskedLine::error)) == elements_of(softmax(x, 0)),
             boost::test_tools::per_element());
  BOOST_TEST(softmax(zeros({2, 0}, float64), 1, MaskedLine::error).numel() == 0);
  BOOST_CHECK_THROW(static_cast<void>(softmax(tensor(-kInf, float64), 0, MaskedLine::error)),
                    DomainError);
}

BOOST_AUTO_TEST_CASE(a_masked_row_of_log_softmax_is_nan_and_the_others_are_not_touched) {
  const Tensor x = variable(tensor({{-kInf, -kInf}, {0, -kInf}, {3, 3}}, float64));
  const Tensor y = log_softmax(x);
  backward((y * tensor({0, 1}, float64)).sum());
  const std::vector<double> value = elements_of(y), gradient = elements_of(x.grad());
  const double ln2 = std::log(2.0);
  const std::vector<double> values = {kNan, kNan, 0, -kInf, -ln2, -ln2};
  const std::vector<double> gradients = {kNan, kNan, -1, 1, -0.5, 0.5};
  for (std::size_t i = 0; i < values.size(); ++i) {
    // One logarithm and one difference, each rounded once.
    BOOST_TEST((same(value[i], values[i]) || std::abs(value[i] - values[i]) <= 4e-16), value[i]);
    BOOST_TEST((same(gradient[i], gradients[i]) || std::abs(gradient[i] - gradients[i]) <= 4e-16),
               gradient[i]);
  }
}

BOOST_AUTO_TEST_CASE(cross_entropy_of_a_masked_example_is_nan_for_it_alone) {
  const Tensor x = variable(tensor({{-kInf, -kInf}, {2, 2}}, float64));
  const Tensor loss = softmax_cross_entropy(x, tensor({0, 0}, int64));
  BOOST_TEST(std::isnan(loss[0].item()));
  BOOST_TEST(std::isfinite(loss[1].item()));
  backward(loss.sum());
  BOOST_TEST(elements_of(x.grad()) == (std::vector<double>{-1, 0, -0.5, 0.5}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(clamp_by_tensors_gives_bounds_the_gradient_where_they_rule_alone) {
  const Tensor x = variable(tensor({-3, -1, 0, 2, 5, 0}, float64));
  const Tensor lo = variable(tensor({-1, -1, -1, -1, -1, 4}, float64));
  const Tensor hi = variable(tensor(2, float64));
  const Tensor y = clamp(x, lo, hi);
  BOOST_TEST(elements_of(y) == (std::vector<double>{-1, -1, 0, 2, 2, 2}),
             boost::test_tools::per_element());
  backward(y.sum());
  BOOST_TEST(elements_of(x.grad()) == (std::vector<double>{0, 1, 1, 1, 0, 0}),
             boost::test_tools::per_element());
  BOOST_TEST(elements_of(lo.grad()) == (std::vector<double>{1, 0, 0, 0, 0, 0}),
             boost::test_tools::per_element());
  BOOST_TEST(hi.grad().item() == 2);
}

BOOST_AUTO_TEST_CASE(a_bound_of_clamp_that_is_nan_gives_nan) {
  const Tensor x = tensor({1.0}, float64), nan = tensor({kNan}, float64);
  const Tensor low = tensor({0.0}, float64), high = tensor({2.0}, float64);
  BOOST_TEST(std::isnan(clamp(x, nan, high).item()));
  BOOST_TEST(std::isnan(clamp(x, low, nan).item()));
  BOOST_TEST(std::isnan(clamp(nan, low, high).item()));
  const Value v = variable(1.0), bound = variable(kNan);
  BOOST_TEST(std::isnan(Value(clamp(v, bound, 2.0)).value()));
  BOOST_TEST(std::isnan(Value(clamp(v, 0.0, bound)).value()));
  BOOST_TEST(std::isnan(Value(clamp(bound, v, 2.0)).value()));
}

BOOST_AUTO_TEST_CASE(clamp_by_values_does_what_clamp_by_tensors_does) {
  const double points[][3] = {{-3, -1, 2}, {-1, -1, 2}, {0, -1, 2}, {2, -1, 2}, {5, -1, 2},
                              {0, 4, 2},   {3, 4, 2},   {5, 4, 2},  {1, 1, 1},  {kNan, 0, 1}};
  for (const auto& [at, low, high] : points) {
    const Tape tape;
    const Value x = variable(at), lo = variable(low), hi = variable(high);
    const Value y = clamp(x, lo, hi);
    backward(y);
    const Tensor tx = variable(tensor(at, float64)), tlo = variable(tensor(low, float64)),
                 thi = variable(tensor(high, float64));
    const Tensor ty = clamp(tx, tlo, thi);
    backward(ty);
    const std::string place =
        std::to_string(at) + ", " + std::to_string(low) + ", " + std::to_string(high);
    BOOST_TEST((y.value() == ty.item() || (std::isnan(y.value()) && std::isnan(ty.item()))), place);
    BOOST_TEST(x.grad() == tx.grad().item(), place);
    BOOST_TEST(lo.grad() == tlo.grad().item(), place);
    BOOST_TEST(hi.grad() == thi.grad().item(), place);
  }
  // Plain numbers among them, expressions, and what is not taken.
  const Tape tape;
  const Value x = variable(-2.0), hi = variable(1.0);
  BOOST_TEST(Value(clamp(x, 0, hi)).value() == 0.0);
  BOOST_TEST(Value(clamp(5, x, hi * hi)).value() == 1.0);
  BOOST_TEST(Value(clamp(x * x, x, hi + 4.0)).value() == 4.0);
  backward(clamp(x * 3.0, log(x + 2.0), sqrt(hi)) * 1.0);
  BOOST_TEST(x.grad() == 3.0);
  BOOST_TEST(hi.grad() == 0.0);
}

BOOST_AUTO_TEST_CASE(where_leaks_nothing_from_the_branch_not_taken) {
  const Tensor x = variable(tensor({0, -1, 4}, float64));
  const Tensor y = where(x > 0, sqrt(x) + log(x), x * 2);
  backward(y.sum());
  BOOST_TEST(elements_of(x.grad()) == (std::vector<double>{2, 2, 0.5}),
             boost::test_tools::per_element());
}

// Functions whose derivatives are infinite or NaN at 0, where the mask leaves them out.
BOOST_AUTO_TEST_CASE(what_is_masked_leaks_nothing_into_second_derivatives_and_tangents) {
  using Function = Tensor (*)(const Tensor&);
  const std::vector<Function> masked = {
      [](const Tensor& x) { return where(x > 0, log(x), 0.0); },
      [](const Tensor& x) { return where(x > 0, sqrt(x), 0.0); },
      [](const Tensor& x) { return where(x > 0, 1 / x, 0.0); },
      [](const Tensor& x) { return where(x > 0, sin(x) / x, 0.0); },
      [](const Tensor& x) {
        return relu(x) + where(x > 9, log1p(square(sinh(360 * (x + 1)))), 0.0);
      },
      [](const Tensor& x) { return masked_fill(log(x), x <= 0, 0.0); },
      [](const Tensor& x) { return relu(log(x)); }};
  const Tensor at = tensor({0, 2}, float64), along = tensor({1, 1}, float64);
  for (const Function f : masked) {
    BOOST_TEST(elements_of(jvp(f, at, along).tangent)[0] == 0);
    BOOST_TEST(std::isfinite(elements_of(jvp(f, at, along).tangent)[1]));
    const auto with_factor = [f](const Tensor& x) { return (x * f(x)).sum(); };
    const std::vector<double> h = elements_of(hessian(with_factor, at));
    BOOST_TEST(h[0] == 0);
    BOOST_TEST(h[1] == 0);
    BOOST_TEST(h[2] == 0);
    BOOST_TEST(std::isfinite(h[3]));
  }
}

BOOST_AUTO_TEST_CASE(what_is_masked_contributes_0_at_every_singular_point_of_every_op) {
  for (const OpEntry* op : elementwise_ops()) {
    const Columns at = points_of(*op);
    const std::size_t n = at[0].size();
    const auto f = [&](std::span<const Tensor> xs) { return op->tensor(xs, {}); };
    const Derivatives plain = derivatives_of(f, at, std::vector<double>(n, 1.0));
    for (const std::size_t every : {0, 1, 2, 3}) {  // what the mask takes: nothing, all, a part
      std::vector<bool> mask(n);
      std::vector<double> as_numbers(n);
      for (std::size_t i = 0; i < n; ++i) {
        mask[i] = every == 0 || i % every != 0;
        as_numbers[i] = mask[i] ? 1.0 : 0.0;
      }
      const Tensor holds = vector_of(as_numbers) != 0;
      const auto by_where = [&](std::span<const Tensor> xs) { return where(holds, f(xs), 0.0); };
      const auto by_fill = [&](std::span<const Tensor> xs) {
        return masked_fill(f(xs), logical_not(holds), 0.0);
      };
      for (const double arriving : {1.0, kInf, kNan}) {
        std::vector<double> upstream(n, 1.0);
        for (std::size_t i = 0; i < n; ++i)
          if (!mask[i]) upstream[i] = arriving;
        const std::string name(op->info->name);
        check_masked("where of " + name, at, mask, plain, derivatives_of(by_where, at, upstream));
        check_masked("masked_fill of " + name, at, mask, plain,
                     derivatives_of(by_fill, at, upstream));
      }
    }
  }
}

// Functions that are themselves masks where their slope is 0: what they do not select contributes 0.
BOOST_AUTO_TEST_CASE(what_a_function_does_not_select_contributes_0_at_every_singular_point) {
  struct Mask {
    const char* name;
    Tensor (*f)(const Tensor&);
  };
  const std::vector<Mask> masks = {{"relu", [](const Tensor& y) { return relu(y); }},
                                   {"relu6", [](const Tensor& y) { return relu6(y); }},
                                   {"clamp", [](const Tensor& y) { return clamp(y, -0.5, 0.5); }},
                                   {"hardtanh", [](const Tensor& y) { return hardtanh(y); }},
                                   {"threshold", [](const Tensor& y) { return threshold(y); }},
                                   {"hardshrink", [](const Tensor& y) { return hardshrink(y); }},
                                   {"softshrink", [](const Tensor& y) { return softshrink(y); }},
                                   {"nan_to_num", [](const Tensor& y) { return nan_to_num(y); }},
                                   {"maximum", [](const Tensor& y) { return maximum(y, 0.25); }},
                                   {"fmin", [](const Tensor& y) { return fmin(y, 0.25); }}};
  for (const OpEntry* op : elementwise_ops()) {
    const Columns at = points_of(*op);
    const std::size_t n = at[0].size();
    const auto f = [&](std::span<const Tensor> xs) { return op->tensor(xs, {}); };
    std::vector<Tensor> xs;
    for (const std::vector<double>& column : at) xs.push_back(vector_of(column));
    const Tensor y = variable(f(xs));
    if (y.dtype() != float64) continue;
    for (const Mask& mask : masks) {
      const auto masked = [&](std::span<const Tensor> at_xs) { return mask.f(f(at_xs)); };
      const std::vector<double> slope = elements_of(std::get<0>(grad(sum(mask.f(y)), wrt(y))));
      std::vector<double> upstream(n, 1.0);
      for (std::size_t i = 0; i < n; ++i)
        if (slope[i] == 0) upstream[i] = i % 2 == 0 ? kInf : kNan;
      const Derivatives found = derivatives_of(masked, at, upstream);
      for (std::size_t i = 0; i < n; ++i) {
        if (slope[i] != 0) continue;
        for (std::size_t k = 0; k < at.size(); ++k) {
          BOOST_TEST(found.first[k][i] == 0, mask.name << " of " << op->info->name << " at "
                                                       << at[0][i] << ": " << found.first[k][i]);
          for (const std::vector<double>& second : found.second[k]) {
            BOOST_TEST(second[i] == 0, mask.name << " of " << op->info->name << " at " << at[0][i]
                                                 << ", order 2: " << second[i]);
          }
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_masked_contributes_0_in_values_and_programs) {
  for (const OpEntry* op : elementwise_ops()) {
    const Columns at = points_of(*op);
    const std::size_t n = at[0].size(), arity = at.size();
    const auto f = [&](const std::vector<Value>& xs) {
      return op->scalar(std::span(xs).first(arity), {});
    };
    const auto by_where = [&](const std::vector<Value>& xs) -> Value {
      return where(xs[arity] > 0, f(xs), 0.0);
    };
    const auto by_relu = [&](const std::vector<Value>& xs) -> Value { return relu(f(xs)); };
    std::vector<double> rows, directions;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t k = 0; k < arity; ++k) rows.push_back(at[k][i]);
      rows.push_back(i % 2 == 0 ? 1.0 : 0.0);
      for (std::size_t k = 0; k < arity; ++k) directions.push_back(1.0);
      directions.push_back(0.0);
    }
    const std::span<const double> first = std::span(rows).first(arity + 1);
    std::vector<double> ys(n), gradients(rows.size()), products(rows.size());
    const auto check = [&](const auto& masked, const char* mask, const auto& is_masked) {
      const Program program = Program::record(masked, first);
      program.values_and_gradients(rows, ys, gradients);
      program.hessian_vector_products(rows, directions, products);
      for (std::size_t i = 0; i < n; ++i) {
        const Tape tape;
        const std::vector<Value> xs =
            variables(std::span(rows).subspan(i * (arity + 1), arity + 1));
        const Value y = masked(xs);
        if (y.is_active()) backward(y);
        if (!is_masked(i)) continue;
        for (std::size_t k = 0; k < arity; ++k) {
          const double of_value = xs[k].grad(), of_program = gradients[i * (arity + 1) + k],
                       second = products[i * (arity + 1) + k];
          BOOST_TEST((of_value == 0 && of_program == 0 && second == 0),
                     mask << " of " << op->info->name << " at " << at[0][i] << ": " << of_value
                          << ", " << of_program << ", " << second);
        }
      }
    };
    check(by_where, "where", [](std::size_t i) { return i % 2 != 0; });
    check(by_relu, "relu", [&](std::size_t i) { return !(ys[i] > 0); });
  }
}

BOOST_AUTO_TEST_CASE(cross_entropy_ignores_what_cannot_happen) {
  const Tensor x = variable(tensor({{0, -kInf}}, float64));
  const Tensor loss = softmax_cross_entropy(x, tensor({{1, 0}}, float64));
  BOOST_TEST(loss.item() == 0);
  backward(loss);
  BOOST_TEST(elements_of(x.grad()) == (std::vector<double>{0, 0}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_hessian_of_pow_is_symmetric_where_the_exponent_is_zero) {
  const auto f = [](const auto& x) { return pow(x[0], x[1]); };
  // d2/dadb a^b = a^(b - 1) (1 + b ln a), at (2, 0): 1/2
  const std::vector<double> h = hessian(f, std::vector<double>{2.0, 0.0}).to_vector<double>();
  BOOST_TEST(h[1] == 0.5);
  BOOST_TEST(h[2] == 0.5);
  const Tensor a = variable(tensor(2.0, float64)), b = variable(tensor(0.0, float64));
  const auto [by_a] = grad(pow(a, b), wrt(a), {.create_graph = true});
  const auto [by_ab] = grad(by_a, wrt(b));
  BOOST_TEST(by_ab.item() == 0.5);
}

BOOST_AUTO_TEST_CASE(log_softmax_of_large_logits_rounds_nothing_away) {
  const Tensor x = variable(tensor({1e17, 1e17}, float64));
  const Tensor y = log_softmax(x);
  BOOST_TEST(y.at<double>({0}) == -std::log(2.0));
  backward(y[0]);
  BOOST_TEST(x.grad().to_vector<double>() == (std::vector<double>{0.5, -0.5}),
             boost::test_tools::per_element());
}

// Ordinary points, poles and ends of domains, the far ends of the numbers: all of them with all others.
BOOST_AUTO_TEST_CASE(values_and_tensors_agree_everywhere) {
  // Both round on their own, by a few ulp; what cancels in a slope leaves 10 of 16 digits.
  constexpr double kRelative = 1e-11, kLeast = 1e-300;
  const auto agree = [](double a, double b) {
    const double size = std::max(std::abs(a), std::abs(b));
    return same(a, b) || (size < kInf && std::abs(a - b) <= kRelative * size + kLeast);
  };
  const std::vector<double> of_one_or_two{
      0.0,    -0.0,  1,      -1, 0.5, -0.5, 2,    3,    -3,    6,    1.5,   -1.5, 1e-8,  -1e-8,
      1e-310, 1e308, -1e308, 50, -50, 708,  -708, 1000, -1000, 1e30, -1e30, kInf, -kInf, kNan};
  const std::vector<double> of_three{0.0, 1, -1, 0.25, 3, kInf, -kInf, kNan};
  for (const OpEntry* op : all_ops()) {
    if (!op->has_scalar || op->scalar == nullptr || op->tensor == nullptr) continue;
    const auto arity = static_cast<std::size_t>(op->arity < 0 ? 2 : op->arity);
    const std::vector<double>& points = arity < 3 ? of_one_or_two : of_three;
    std::size_t count = 1;
    for (std::size_t k = 0; k < arity; ++k) count *= points.size();
    for (std::size_t place = 0; place < count; ++place) {
      std::vector<double> at;
      for (std::size_t k = 0, rest = place; k < arity; ++k, rest /= points.size())
        at.push_back(points[rest % points.size()]);
      std::vector<double> of_values, of_tensors;
      std::string refused_by_values, refused_by_tensors;
      try {
        const Tape tape;
        std::vector<Value> x;
        for (const double number : at) x.push_back(variable(number));
        const Value y = op->scalar(x, {});
        of_values = grad(y, std::span<const Value>(x), {.allow_unused = true});
        of_values.push_back(y.value());
      } catch (const Error& error) {
        refused_by_values = error.what();
      }
      try {
        std::vector<Tensor> x;
        for (const double number : at) x.push_back(variable(tensor(number, float64)));
        const Tensor y = op->tensor(x, {});
        of_tensors.resize(arity);
        if (y.requires_grad()) {
          const auto dx = grad(y, std::span<const Tensor>(x), {.allow_unused = true});
          for (std::size_t k = 0; k < arity; ++k) of_tensors[k] = dx[k].item();
        }
        of_tensors.push_back(y.to(float64).item());
      } catch (const Error& error) {
        refused_by_tensors = error.what();
      }
      BOOST_TEST_CONTEXT(op->info->name << " of " << at.front() << " .. " << at.back()) {
        BOOST_TEST(refused_by_values.empty() == refused_by_tensors.empty());
        for (std::size_t k = 0; k < std::min(of_values.size(), of_tensors.size()); ++k)
          BOOST_TEST(agree(of_values[k], of_tensors[k]), (k < arity ? "slope " : "value ")
                                                             << k << ": " << of_values[k] << ", "
                                                             << of_tensors[k]);
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
