// SPDX-License-Identifier: MIT
#include "compare.hpp"

#include <algorithm>
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
                 double tolerance) {
  const std::vector<double> got = to(ours, float64).to_vector<double>();
  const std::vector<double> want = numbers_of(theirs);
  const std::vector<std::int64_t> shape(theirs.sizes().begin(), theirs.sizes().end());
  BOOST_TEST(ours.shape() == Shape(std::span<const std::int64_t>(shape)), what << ": shape");
  BOOST_TEST_REQUIRE(got.size() == want.size(), what);
  double scale = 1e-300;
  for (const double number : want)
    if (std::isfinite(number)) scale = std::max(scale, std::abs(number));
  for (std::size_t i = 0; i < got.size(); ++i) {
    const bool both_nan = std::isnan(got[i]) && std::isnan(want[i]);
    const bool close = got[i] == want[i] || std::abs(got[i] - want[i]) <= tolerance * scale;
    BOOST_TEST((both_nan || close), what << " [" << i << "]: " << got[i] << ", libtorch says "
                                         << want[i] << ", off by "
                                         << std::abs(got[i] - want[i]) / scale);
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

void compare(const Case& test) {
  BOOST_TEST_CHECKPOINT(test.name);
  Random random(7);
  std::vector<Tensor> xs;
  TorchList their_xs;
  for (const Operand& operand : test.operands) {
    xs.push_back(variable(drawn(operand, random)));
    their_xs.push_back(torch_of(xs.back()).requires_grad_());
  }
  const Tensor y = test.ours(xs);
  const Torch their_y = test.theirs(their_xs);
  check_close(test.name, y, their_y, test.tolerance);
  if (!y.requires_grad() || !their_y.requires_grad()) {
    BOOST_TEST(y.requires_grad() == their_y.requires_grad(), test.name << ": has a gradient");
    return;
  }
  const Tensor g = drawn({y.shape(), -1, 1}, random);
  const std::vector<Tensor> gradients = grad(y, xs, g, {.allow_unused = true});
  const auto theirs = torch::autograd::grad({their_y}, their_xs, {torch_of(g)}, c10::nullopt, false,
                                            /*allow_unused=*/true);
  for (std::size_t i = 0; i < xs.size(); ++i) {
    const Torch their_gradient = theirs[i].defined() ? theirs[i] : at::zeros_like(their_xs[i]);
    const Tensor gradient = gradients[i].defined() ? gradients[i] : zeros_like(xs[i]);
    check_close(test.name + " by operand " + std::to_string(i), gradient, their_gradient,
                test.tolerance);
  }
}

}  // namespace nabla::test
