// SPDX-License-Identifier: MIT
#include "compare.hpp"

#include <cmath>
#include <string_view>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/random.hpp>
#include <nabla/ops/view/to.hpp>

#include <torch/torch.h>

namespace nabla::test {
namespace {

Tensor drawn(const Operand& operand, Random& random) {
  std::vector<double> numbers(static_cast<std::size_t>(operand.shape.numel()));
  for (double& number : numbers) number = random.uniform(operand.lower, operand.upper);
  return from_span(std::span<const double>(numbers), operand.shape);
}

std::vector<double> numbers_of(const Torch& x) {
  const Torch dense = x.detach().to(at::kDouble).contiguous();
  const auto* first = dense.data_ptr<double>();
  return {first, first + dense.numel()};
}

void check_close(const std::string& what, const Tensor& ours, const Torch& theirs,
                 const Case& test) {
  const std::vector<double> got = to(ours, float64).to_vector<double>();
  const std::vector<double> want = numbers_of(theirs);
  const std::vector<std::int64_t> shape(theirs.sizes().begin(), theirs.sizes().end());
  BOOST_TEST(ours.shape() == Shape(std::span<const std::int64_t>(shape)), what << ": shape");
  BOOST_TEST_REQUIRE(got.size() == want.size(), what);
  for (std::size_t i = 0; i < got.size(); ++i) {
    const bool both_nan = std::isnan(got[i]) && std::isnan(want[i]);
    const double off = std::abs(got[i] - want[i]);
    const bool close = got[i] == want[i] || off <= test.tolerance * std::abs(want[i]) + test.floor;
    BOOST_TEST((both_nan || close), what << " [" << i << "]: " << got[i] << ", libtorch says "
                                         << want[i] << ", off by " << off << ", relative "
                                         << off / std::abs(want[i]));
  }
}

}  // namespace

Torch torch_of(const Tensor& x) {
  const Shape shape = x.shape();
  const std::vector<std::int64_t> sizes(shape.begin(), shape.end());
  const auto like = [&](auto zero, at::ScalarType type) {
    std::vector<decltype(zero)> numbers = x.to_vector<decltype(zero)>();
    return at::from_blob(numbers.data(), sizes, type).clone();
  };
  return x.dtype() == int64 ? like(std::int64_t{}, at::kLong) : like(double{}, at::kDouble);
}

void compare_at(const Case& test, std::span<const Tensor> operands, std::uint64_t seed) {
  const std::string what = test.name + ", seed " + std::to_string(seed);
  BOOST_TEST_CHECKPOINT(what);
  std::vector<Tensor> xs;
  TorchList their_xs;
  for (const Tensor& operand : operands) {
    xs.push_back(variable(operand));
    their_xs.push_back(torch_of(xs.back()).requires_grad_());
  }
  const Tensor y = test.ours(xs);
  const Torch their_y = test.theirs(their_xs);
  check_close(what, y, their_y, test);
  if (!y.requires_grad() || !their_y.requires_grad()) {
    BOOST_TEST(y.requires_grad() == their_y.requires_grad(), what << ": has a gradient");
    return;
  }
  Random random(seed);
  const Tensor g = drawn({y.shape(), -1, 1}, random);
  const std::vector<Tensor> gradients = grad(y, xs, g, {.allow_unused = true});
  const auto theirs = torch::autograd::grad({their_y}, their_xs, {torch_of(g)}, c10::nullopt, false,
                                            /*allow_unused=*/true);
  for (std::size_t i = 0; i < xs.size(); ++i) {
    const Torch their_gradient = theirs[i].defined() ? theirs[i] : at::zeros_like(their_xs[i]);
    const Tensor gradient = gradients[i].defined() ? gradients[i] : zeros_like(xs[i]);
    check_close(what + " by operand " + std::to_string(i), gradient, their_gradient, test);
  }
}

void compare(const Case& test) {
  for (std::uint64_t seed = 7; seed < 12; ++seed) {
    Random random(seed);
    std::vector<Tensor> operands;
    for (const Operand& operand : test.operands) operands.push_back(drawn(operand, random));
    compare_at(test, operands, seed + 100);
  }
}

}  // namespace nabla::test
