// SPDX-License-Identifier: MIT
// Elementwise ops beside those of libtorch, which are written by others.
#include <boost/test/unit_test.hpp>

#include <nabla/engine/creation.hpp>
#include <nabla/ops/ops.hpp>

#include "compare.hpp"

#include <torch/torch.h>

using namespace nabla::test;

namespace {

using Ours = std::span<const nabla::Tensor>;

#define NABLA_UNARY(name, lower, upper) NABLA_UNARY_AS(name, torch::name(x[0]), lower, upper)
#define NABLA_UNARY_AS(name, expression, lower, upper)                                           \
  {                                                                                              \
#name, {{{3, 5 }, lower, upper } },                                                          \
            [](Ours x) { return nabla::name(x[0]); },                                            \
                                                   [](const TorchList& x) { return expression; } \
  }
#define NABLA_BINARY_AS(name, expression, lower, upper)                                       \
  {                                                                                           \
#name, {{{3, 5 }, lower, upper }, {{5 }, lower, upper } },                                \
             [](Ours x) { return nabla::name(x[0], x[1]); }, [](const TorchList&              \
                                                                    x) { return expression; } \
  }
#define NABLA_BINARY(name, lower, upper) \
  NABLA_BINARY_AS(name, torch::name(x[0], x[1]), lower, upper)

namespace F = torch::nn::functional;

const std::vector<Case> kUnary = {
    NABLA_UNARY(neg, -3, 3),
    NABLA_UNARY(abs, -3, 3),
    NABLA_UNARY(sign, -3, 3),
    NABLA_UNARY(floor, -3, 3),
    NABLA_UNARY(ceil, -3, 3),
    NABLA_UNARY(trunc, -3, 3),
    NABLA_UNARY(frac, -3, 3),
    NABLA_UNARY(round, -3, 3),
    NABLA_UNARY_AS(rint, torch::round(x[0]), -3, 3),
    NABLA_UNARY(nan_to_num, -3, 3),
    NABLA_UNARY(sqrt, 0.1, 9),
    NABLA_UNARY(rsqrt, 0.1, 9),
    NABLA_UNARY(square, -3, 3),
    NABLA_UNARY(reciprocal, 0.2, 5),
    NABLA_UNARY(exp, -9, 9),
    NABLA_UNARY(exp2, -9, 9),
    NABLA_UNARY(expm1, -2, 2),
    NABLA_UNARY(log, 0.1, 9),
    NABLA_UNARY(log2, 0.1, 9),
    NABLA_UNARY(log10, 0.1, 9),
    NABLA_UNARY(log1p, -0.9, 9),
    NABLA_UNARY(sin, -9, 9),
    NABLA_UNARY(cos, -9, 9),
    NABLA_UNARY(tan, -1.4, 1.4),
    NABLA_UNARY(asin, -0.99, 0.99),
    NABLA_UNARY(acos, -0.99, 0.99),
    NABLA_UNARY(atan, -9, 9),
    NABLA_UNARY(sinh, -5, 5),
    NABLA_UNARY(cosh, -5, 5),
    NABLA_UNARY(tanh, -5, 5),
    NABLA_UNARY(asinh, -9, 9),
    NABLA_UNARY(acosh, 1.1, 9),
    NABLA_UNARY(atanh, -0.99, 0.99),
    NABLA_UNARY(sigmoid, -9, 9),
    NABLA_UNARY(logit, 0.01, 0.99),
    NABLA_UNARY_AS(logsigmoid, torch::log_sigmoid(x[0]), -9, 9),
    NABLA_UNARY(erf, -3, 3),
    NABLA_UNARY(erfc, -3, 3),
    NABLA_UNARY(erfinv, -0.999, 0.999),
    NABLA_UNARY(lgamma, 0.2, 9),
    NABLA_UNARY(sinc, -4, 4),
    NABLA_UNARY_AS(entr, torch::special_entr(x[0]), 0.01, 3),
    NABLA_UNARY(relu, -3, 3),
    NABLA_UNARY(relu6, -3, 9),
    NABLA_UNARY_AS(leaky_relu, F::leaky_relu(x[0]), -3, 3),
    NABLA_UNARY_AS(elu, F::elu(x[0]), -3, 3),
    NABLA_UNARY(selu, -3, 3),
    NABLA_UNARY(celu, -3, 3),
    NABLA_UNARY_AS(gelu, torch::gelu(x[0]), -3, 3),
    NABLA_UNARY_AS(gelu_tanh, torch::gelu(x[0], "tanh"), -3, 3),
    NABLA_UNARY_AS(silu, torch::silu(x[0]), -9, 9),
    NABLA_UNARY_AS(mish, torch::mish(x[0]), -9, 9),
    NABLA_UNARY_AS(hardtanh, torch::hardtanh(x[0]), -3, 3),
    NABLA_UNARY_AS(hardswish, torch::hardswish(x[0]), -5, 5),
    NABLA_UNARY_AS(softsign, F::softsign(x[0]), -5, 5),
    NABLA_UNARY_AS(softshrink, torch::softshrink(x[0]), -3, 3),
    NABLA_UNARY_AS(hardshrink, torch::hardshrink(x[0]), -3, 3),
    NABLA_UNARY_AS(tanhshrink, F::tanhshrink(x[0]), -3, 3),
    NABLA_UNARY_AS(softplus, F::softplus(x[0]), -9, 9),
};

const std::vector<Case> kMore = {
    {"polygamma 2",
     {{{4}, 0.5, 5}},
     [](Ours x) { return nabla::polygamma(2, x[0]); },
     [](const TorchList& x) { return torch::polygamma(2, x[0]); }},
    {"clamp",
     {{{9}, -3, 3}},
     [](Ours x) { return nabla::clamp(x[0], -1, 2); },
     [](const TorchList& x) { return torch::clamp(x[0], -1, 2); }},
    {"clamp_min",
     {{{9}, -3, 3}},
     [](Ours x) { return nabla::clamp_min(x[0], -1); },
     [](const TorchList& x) { return torch::clamp_min(x[0], -1); }},
    {"clamp_max",
     {{{9}, -3, 3}},
     [](Ours x) { return nabla::clamp_max(x[0], 1); },
     [](const TorchList& x) { return torch::clamp_max(x[0], 1); }},
    {"clamp by tensors",
     {{{9}, -3, 3}},
     [](Ours x) {
       return nabla::clamp(x[0], nabla::full({9}, -1.5, nabla::float64),
                           nabla::full({9}, 0.5, nabla::float64));
     },
     [](const TorchList& x) {
       return torch::clamp(x[0], torch::full({9}, -1.5, at::kDouble),
                           torch::full({9}, 0.5, at::kDouble));
     }},
    {"nan_to_num of logarithms",  // of which some are NaN
     {{{9}, -3, 3}},
     [](Ours x) { return nabla::nan_to_num(nabla::log(x[0]), 0.5); },
     [](const TorchList& x) { return torch::nan_to_num(torch::log(x[0]), 0.5); }},
    {"elu 0.7",
     {{{9}, -3, 3}},
     [](Ours x) { return nabla::elu(x[0], 0.7); },
     [](const TorchList& x) { return torch::elu(x[0], 0.7); }},
    {"threshold",
     {{{9}, -3, 3}},
     [](Ours x) { return nabla::threshold(x[0], 0.5, -2); },
     [](const TorchList& x) { return torch::threshold(x[0], 0.5, -2); }},
    {"addcmul",
     {{{3}, -2, 2}, {{2, 3}, -2, 2}, {{2, 1}, -2, 2}},
     [](Ours x) { return nabla::addcmul(x[0], x[1], x[2], 0.5); },
     [](const TorchList& x) { return torch::addcmul(x[0], x[1], x[2], 0.5); }},
    {"addcdiv",
     {{{3}, -2, 2}, {{2, 3}, -2, 2}, {{2, 1}, 0.5, 2}},
     [](Ours x) { return nabla::addcdiv(x[0], x[1], x[2], 0.5); },
     [](const TorchList& x) { return torch::addcdiv(x[0], x[1], x[2], 0.5); }},
    {"lerp",
     {{{3}, -2, 2}, {{2, 3}, -2, 2}, {{2, 1}, 0, 1}},
     [](Ours x) { return nabla::lerp(x[0], x[1], x[2]); },
     [](const TorchList& x) {
       return torch::lerp(x[0].expand({2, 3}), x[1], x[2]);
     }},
    {"where",
     {{{3}, -2, 2}, {{2, 3}, -2, 2}},
     [](Ours x) { return nabla::where(x[1] > 0, nabla::sqrt(x[1]), x[0]); },
     [](const TorchList& x) {
       const Torch safe = torch::where(x[1] > 0, x[1], torch::ones_like(x[1]));
       return torch::where(x[1] > 0, torch::sqrt(safe), x[0]);
     }},
    {"prelu",
     {{{2, 3}, -2, 2}, {{1}, 0.1, 0.4}},
     [](Ours x) { return nabla::prelu(x[0], x[1]); },
     [](const TorchList& x) { return torch::prelu(x[0], x[1]); }},
};

// libtorch's own digits: its trigamma has nine, and constants of these slopes are float32.
constexpr double kFewerDigits = 1e-9;
constexpr double kSingle = 1e-7;
const std::vector<Case> kLessExact = {
    {"digamma",
     {{{3, 5}, 0.2, 9}},
     [](Ours x) { return nabla::digamma(x[0]); },
     [](const TorchList& x) { return torch::digamma(x[0]); },
     kFewerDigits},
    {"hardsigmoid",
     {{{3, 5}, -5, 5}},
     [](Ours x) { return nabla::hardsigmoid(x[0]); },
     [](const TorchList& x) { return torch::hardsigmoid(x[0]); },
     kSingle},
    {"celu 0.7",
     {{{9}, -3, 3}},
     [](Ours x) { return nabla::celu(x[0], 0.7); },
     [](const TorchList& x) { return torch::celu(x[0], 0.7); },
     kSingle},
};

const std::vector<Case> kBinary = {
    NABLA_BINARY_AS(add, x[0] + x[1], -3, 3),
    NABLA_BINARY_AS(sub, x[0] - x[1], -3, 3),
    NABLA_BINARY_AS(mul, x[0] * x[1], -3, 3),
    NABLA_BINARY_AS(div, x[0] / x[1], 0.3, 3),
    NABLA_BINARY(pow, 0.2, 3),
    NABLA_BINARY(fmod, 0.2, 3),
    NABLA_BINARY_AS(floor_mod, torch::remainder(x[0], x[1]), -3, 3),
    NABLA_BINARY_AS(floor_divide, torch::div(x[0], x[1], "floor"), -3, 3),
    NABLA_BINARY_AS(trunc_divide, torch::div(x[0], x[1], "trunc"), -3, 3),
    NABLA_BINARY(maximum, -3, 3),
    NABLA_BINARY(minimum, -3, 3),
    NABLA_BINARY(fmax, -3, 3),
    NABLA_BINARY(fmin, -3, 3),
    NABLA_BINARY(atan2, -3, 3),
    NABLA_BINARY(hypot, -3, 3),
    NABLA_BINARY(logaddexp, -3, 3),
    NABLA_BINARY(logaddexp2, -3, 3),
    NABLA_BINARY(xlogy, 0.2, 3),
    NABLA_BINARY(copysign, -3, 3),
};

}  // namespace

BOOST_AUTO_TEST_SUITE(elementwise_beside_libtorch)

BOOST_AUTO_TEST_CASE(functions_of_one_operand_agree) {
  for (const Case& test : kUnary) compare(test);
}
BOOST_AUTO_TEST_CASE(functions_of_two_that_broadcast_agree) {
  for (const Case& test : kBinary) compare(test);
}
BOOST_AUTO_TEST_CASE(those_with_parameters_agree) {
  for (const Case& test : kMore) compare(test);
}

BOOST_AUTO_TEST_CASE(those_that_libtorch_computes_less_exactly_agree_as_far_as_it_does) {
  for (const Case& test : kLessExact) compare(test);
}

BOOST_AUTO_TEST_SUITE_END()
