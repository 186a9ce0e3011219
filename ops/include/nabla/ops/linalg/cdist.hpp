// SPDX-License-Identifier: MIT
#pragma once

#include <limits>

#include <nabla/ops/family/linalg.hpp>
#include <nabla/ops/view/clone.hpp>
#include <nabla/ops/view/slice.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
[[nodiscard]] Tensor cdist(const Tensor& x1, const Tensor& x2, double order = 2);

namespace op {
struct Cdist : Structured {
  double order;

  static constexpr OpInfo info{
      .name = "cdist",
      .formula = "y[i, j] = norm of order p of x1[i] - x2[j]",
      .gradient =
          "dL/dx1[i] = sum of g[i, j] d[i, j], dL/dx2[j] = -sum of g[i, j] d[i, j], d = the "
          "gradient of the norm",
      .kinks =
          "equal points and equal coordinates: 0; order 0: 0 everywhere; order inf at a tie: "
          "shared evenly",
      .accuracy =
          "differences first, powers summed in double: relative error <= m 2^-53, and one "
          "rounding",
      .source = "minimum-norm subgradient"};
  static constexpr std::uint32_t saves = kSavesEverything;
  Result shape(Inputs x) const;
  void forward(Inputs x, Tensor& y) const;
  void backward(BackwardCall& call) const;
  static std::vector<Sample> samples() {
    std::vector<Sample> all;
    for (const double p : {0.0, 0.5, 1.0, 1.5, 2.0, 3.0, std::numeric_limits<double>::infinity()}) {
      const auto apply = [p](std::span<const Tensor> x) { return cdist(x[0], x[1], p); };
      const std::string name = "order " + std::to_string(p).substr(0, 3);
      const Tensor a = sample_tensor({3, 2}), b = sample_tensor({2, 2}, -2, 2, 5);
      all.push_back({name, {a, b}, apply});
      all.push_back({name + ", batches that broadcast",
                     {sample_tensor({2, 1, 2, 3}), sample_tensor({2, 1, 3}, -2, 2, 5)},
                     apply});
      all.push_back({name + ", transposed", {a.slice(0, 0, 2).transpose(), b}, apply});
      all.push_back({name + ", equal points", {b, b.clone()}, apply, false});
      all.push_back({name + ", no points", {sample_tensor({0, 2}), b}, apply});
    }
    return all;
  }
  static std::vector<ErrorCase> errors() {
    const auto refused = [](const Tensor& a, const Tensor& b, double p) {
      return [a, b, p] { static_cast<void>(cdist(a, b, p)); };
    };
    return {{"a vector", refused(zeros({3}), zeros({2, 3}), 2), "[cdist] got (3,), need a matrix"},
            {"other lengths", refused(zeros({2, 3}), zeros({2, 4}), 2),
             "[cdist] points differ in length: x1 is (2, 3), x2 is (2, 4)"},
            {"a negative order", refused(zeros({2, 3}), zeros({2, 3}), -1),
             "[cdist] got order -1, need 0 or more"},
            {"two dtypes", refused(zeros({2, 3}), zeros({2, 3}, float64), 2),
             "[cdist] a is float32, b is float64, need the same floating type"}};
  }
};
}  // namespace op

/// The distances between the points (rows) of x1 and those of x2 in a norm: of order 0, the number of
/// coordinates that differ, up to infinity, the greatest difference; below 1 it is none, but has the
/// formula of one. Batches broadcast.
/// Shapes    x1 (..., m, d), x2 (..., n, d) -> (..., m, n)
/// Errors    ShapeError if the points differ in length, or batches do not broadcast; DTypeError unless
///           both are the same floating type; DomainError on an order that is negative or NaN
/// Cost      m n d operations a batch; a recorded sweep keeps m n d numbers
[[nodiscard]] Tensor cdist(const Tensor& x1, const Tensor& x2, double order);
}  // namespace nabla
