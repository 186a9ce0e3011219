// SPDX-License-Identifier: MIT
// At kinks, ends of domains and far out, where a convention decides and not the limit, beside libtorch where
// its convention is the same. Left out is where it differs, since masks and ties mean something else there:
// hypot(0, 0), atan2(0, 0), xlogy(0, 0) by the second one, logaddexp and logsumexp of -inf alone, and softmax
// of a row of -inf, which are NaN in libtorch; fmax and fmin of equal numbers, which give all to the first;
// the ends of hardswish, where it has the slope of the bend; sinc beside 0, where its slope is rounded away;
// det of singular matrices, which it perturbs; and every infinite slope where 0 arrives.
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/creation.hpp>
#include <nabla/nn/nn.hpp>
#include <nabla/ops/ops.hpp>

#include "compare.hpp"

#include <torch/torch.h>

using namespace nabla::test;
namespace F = torch::nn::functional;
namespace nn = nabla::nn;

namespace {

using Ours = std::span<const nabla::Tensor>;
using Theirs = const TorchList&;
using Numbers = std::vector<double>;

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Points {
  std::string name;
  std::vector<Numbers> operands;  // an element of each is a point
  nabla::Tensor (*ours)(Ours);
  Torch (*theirs)(Theirs);
};

#define NABLA_AT(name, ours_of, theirs_of, ...)                                             \
  {                                                                                         \
    name, {__VA_ARGS__}, [](Ours x) { return ours_of; }, [](Theirs x) { return theirs_of; } \
  }
#define NABLA_SAME_AT(f, ...) NABLA_AT(#f, nabla::f(x[0]), torch::f(x[0]), __VA_ARGS__)
#define NABLA_SAME_OF_TWO_AT(f, ...) \
  NABLA_AT(#f, nabla::f(x[0], x[1]), torch::f(x[0], x[1]), __VA_ARGS__)

const std::vector<Points> kKinks = {
    NABLA_SAME_AT(abs, {0, -0.0}),
    NABLA_SAME_AT(sign, {0, -0.0}),
    NABLA_SAME_AT(floor, {0, -1, 2}),
    NABLA_SAME_AT(ceil, {0, -1, 2}),
    NABLA_SAME_AT(trunc, {0, -1, 2}),
    NABLA_SAME_AT(frac, {0, -1, 2}),
    NABLA_AT("rint", nabla::rint(x[0]), torch::round(x[0]), {0.5, 1.5, -2.5, 0}),
    NABLA_SAME_AT(relu, {0, -0.0}),
    NABLA_SAME_AT(relu6, {0, 6}),
    NABLA_AT("leaky_relu", nabla::leaky_relu(x[0]), F::leaky_relu(x[0]), {0, -0.0}),
    NABLA_AT("elu", nabla::elu(x[0], 0.7), torch::elu(x[0], 0.7), {0, -0.0}),
    NABLA_SAME_AT(celu, {0, -0.0}),
    NABLA_SAME_AT(selu, {0, -0.0}),
    NABLA_AT("hardtanh", nabla::hardtanh(x[0]), torch::hardtanh(x[0]), {-1, 1}),
    NABLA_AT("hardsigmoid", nabla::hardsigmoid(x[0]), torch::hardsigmoid(x[0]), {-3, 3}),
    NABLA_AT("hardshrink", nabla::hardshrink(x[0]), torch::hardshrink(x[0]), {-0.5, 0.5}),
    NABLA_AT("softshrink", nabla::softshrink(x[0]), torch::softshrink(x[0]), {-0.5, 0.5}),
    NABLA_AT("softsign", nabla::softsign(x[0]), F::softsign(x[0]), {0}),
    NABLA_AT("threshold", nabla::threshold(x[0], 0.5, -2), torch::threshold(x[0], 0.5, -2), {0.5}),
    NABLA_AT("prelu", nabla::prelu(x[0], x[1].slice(0, 0, 1)),
             torch::prelu(x[0], x[1].slice(0, 0, 1)), {0, -0.0}, {0.25, 0.25}),
    NABLA_AT("clamp", nabla::clamp(x[0], -1, 2), torch::clamp(x[0], -1, 2), {-1, 2}),
    NABLA_AT("clamp, lo > hi", nabla::clamp(x[0], 2, -1), torch::clamp(x[0], 2, -1), {-2, 0, 3}),
    NABLA_SAME_OF_TWO_AT(maximum, {1, 0}, {1, -0.0}),
    NABLA_SAME_OF_TWO_AT(minimum, {1, 0}, {1, -0.0}),
    NABLA_SAME_OF_TWO_AT(copysign, {0, 2}, {-1, -0.0}),
    NABLA_SAME_OF_TWO_AT(fmod, {5, -5, 6}, {3, 3, 3}),
    NABLA_AT("floor_mod", nabla::floor_mod(x[0], x[1]), torch::remainder(x[0], x[1]), {5, -5, 6},
             {3, 3, 3}),
    NABLA_AT("mae", nn::mae(x[0], x[1]), F::l1_loss(x[0], x[1]), {1, 2}, {1, 3}),
    NABLA_AT("huber", nn::huber(x[0], x[1], 2),
             F::huber_loss(x[0], x[1], F::HuberLossFuncOptions().delta(2)), {3, -1}, {1, 1}),
    NABLA_AT("max of all", nabla::max(x[0]), torch::max(x[0]), {3, 1, 3, 3}),
    NABLA_AT("min of all", nabla::min(x[0]), torch::min(x[0]), {1, 1, 3, 3}),
    NABLA_AT("norm", nabla::norm(x[0]), torch::norm(x[0]), {0, 0, 0}),
    NABLA_AT("norm 1", nabla::norm(x[0], 1), torch::norm(x[0], 1), {0, -2, 0}),
    NABLA_AT("norm 3", nabla::norm(x[0], 3), torch::norm(x[0], 3), {0, -2, 0}),
    NABLA_AT("norm inf", nabla::norm(x[0], kInf), torch::norm(x[0], kInf), {2, -2, 0}),
    NABLA_AT("std", nabla::std(x[0]), torch::std(x[0]), {2, 2, 2}),
};

const std::vector<Points> kEnds = {
    NABLA_SAME_AT(sqrt, {0}),
    NABLA_SAME_AT(rsqrt, {0}),
    NABLA_SAME_AT(log, {0}),
    NABLA_SAME_AT(log2, {0}),
    NABLA_SAME_AT(log10, {0}),
    NABLA_SAME_AT(log1p, {-1}),
    NABLA_SAME_AT(reciprocal, {0, -0.0}),
    NABLA_SAME_AT(asin, {-1, 1}),
    NABLA_SAME_AT(acos, {-1, 1}),
    NABLA_SAME_AT(acosh, {1}),
    NABLA_SAME_AT(atanh, {-1, 1}),
    NABLA_SAME_AT(logit, {0, 1, 1e-300}),
    NABLA_SAME_AT(erfinv, {-1, 1}),
    NABLA_SAME_AT(sinc, {0}),
    NABLA_AT("entr", nabla::entr(x[0]), torch::special_entr(x[0]), {0}),
    NABLA_SAME_OF_TWO_AT(pow, {0, 0, 0, 0, -2}, {0, 1, 2, -1, 3}),
    NABLA_SAME_OF_TWO_AT(atan2, {1, 0}, {0, -1}),
    NABLA_SAME_OF_TWO_AT(xlogy, {0}, {2}),
    NABLA_AT("div", x[0] / x[1], x[0] / x[1], {1, -2}, {0, 0}),
    NABLA_AT("nan_to_num", nabla::nan_to_num(x[0]), torch::nan_to_num(x[0]),
             {kNan, kInf, -kInf, 1}),
};

const std::vector<Points> kFarOut = {
    NABLA_SAME_AT(exp, {-1000, 1000, -kInf}),
    NABLA_SAME_AT(expm1, {-1000, 1e-12, -1e-300}),
    NABLA_SAME_AT(log1p, {1e-12, 1e300, -1e-300}),
    NABLA_SAME_AT(tanh, {-1000, 1000, 1e-9}),
    NABLA_SAME_AT(atan, {-1e8, 1e8, kInf}),
    NABLA_SAME_AT(asinh, {-1e8, 1e8, 1e-9}),
    NABLA_SAME_AT(sigmoid, {-1000, 1000, -40}),
    NABLA_AT("logsigmoid", nabla::logsigmoid(x[0]), torch::log_sigmoid(x[0]),
             {-1000, 1000, -40, 30}),
    NABLA_AT("softplus", nabla::softplus(x[0]), F::softplus(x[0]), {-1000, 1000, -40}),
    NABLA_AT("silu", nabla::silu(x[0]), torch::silu(x[0]), {-1000, 1000, -40}),
    NABLA_AT("mish", nabla::mish(x[0]), torch::mish(x[0]), {-100, 1000, -40}),
    NABLA_AT("gelu", nabla::gelu(x[0]), torch::gelu(x[0]), {-1000, 1000}),
    NABLA_SAME_AT(erf, {-30, 30, 1e-9}),
    NABLA_SAME_AT(erfc, {-30, 20, 1e-9}),
    NABLA_SAME_OF_TWO_AT(hypot, {3e200, 0}, {4e200, 2}),
    NABLA_SAME_OF_TWO_AT(logaddexp, {1000, -1000, 0}, {1000, -999, 1000}),
    NABLA_AT("logsumexp", nabla::logsumexp(x[0], 0), torch::logsumexp(x[0], {0}),
             {1000, 1000, -kInf}),
    NABLA_AT("log_softmax", nabla::log_softmax(x[0], 0), torch::log_softmax(x[0], 0),
             {1000, 0, -1000}),
    NABLA_AT("softmax", nabla::softmax(x[0], 0), torch::softmax(x[0], 0), {1000, 0, -kInf}),
    NABLA_AT("var", nabla::var(x[0]), torch::var(x[0]), {1e8, 1e8 + 1, 1e8 + 2}),
    NABLA_AT("bce_with_logits", nn::bce_with_logits(x[0], x[1]),
             F::binary_cross_entropy_with_logits(x[0], x[1]), {-1000, 1000, 40}, {1, 1, 0}),
    NABLA_AT("bce", nn::bce(x[0], x[1]), F::binary_cross_entropy(x[0], x[1]), {0.5, 0.25}, {0, 1}),
    NABLA_AT("cosine_similarity", nn::cosine_similarity(x[0], x[1], 0),
             F::cosine_similarity(x[0], x[1], F::CosineSimilarityFuncOptions().dim(0)), {1, 2},
             {0, 0}),
};

void compare_all(const std::vector<Points>& all) {
  for (const Points& points : all) {
    std::vector<nabla::Tensor> operands;
    for (const Numbers& numbers : points.operands)
      operands.push_back(nabla::from_span<double>(numbers));
    for (std::uint64_t seed = 0; seed < 3; ++seed)
      compare_at({points.name, {}, points.ours, points.theirs}, operands, seed);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(singular_points_beside_libtorch)

BOOST_AUTO_TEST_CASE(kinks_and_ties_have_the_same_slopes) { compare_all(kKinks); }
BOOST_AUTO_TEST_CASE(ends_of_domains_have_the_same_slopes) { compare_all(kEnds); }
BOOST_AUTO_TEST_CASE(far_out_they_agree) { compare_all(kFarOut); }

BOOST_AUTO_TEST_SUITE_END()
