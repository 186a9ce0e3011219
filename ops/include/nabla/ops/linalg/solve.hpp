// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/ops/family/chain_rule.hpp>
#include <nabla/ops/family/linalg.hpp>
#include <nabla/ops/linalg/matmul.hpp>
#include <nabla/ops/unary/neg.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
[[nodiscard]] Tensor solve(const Tensor& a, const Tensor& b);

namespace op {
struct Solve : Structured {
  static constexpr OpInfo info{
      .name = "solve",
      .formula = "X = A^-1 B",
      .gradient = "dL/dB = A^-T G, dL/dA = -(dL/dB) X^T",
      .domain = "A square, not singular",
      .accuracy = "in double, backward stable: the result of a matrix within n^2 2^-52 |X| of X",
      .source = "Giles 2008, \"Collected matrix derivative results\""};
  static constexpr std::uint32_t saves = 1 | kSavesOutput;
  Result shape(Inputs x) const { return {x[1].shape(), x[1].dtype()}; }
  void forward(Inputs x, Tensor& y) const { detail::solve(x[0], x[1], y); }
  void backward(BackwardCall& call) const {
    const Tensor& g = call.gradient();
    const Tensor db = detail::arrived(solve(call.input(0).transpose(), g), g);
    if (call.wants(0))
      call.add(
          0, detail::arrived(-detail::gradient_times(db, call.output(),
                                                     [](const Tensor& x) { return x.transpose(); }),
                             g));
    if (call.wants(1)) call.add(1, db);
  }
  static std::vector<Sample> samples() {
    // Far from singular, whatever the elements of the sample.
    const auto apply = [](std::span<const Tensor> x) {
      return solve(detail::plus_identity(x[0], 7.0), x[1]);
    };
    return {{"matrices", {sample_tensor({3, 3}), sample_tensor({3, 2})}, apply},
            {"a vector", {sample_tensor({3, 3}), sample_tensor({3})}, apply},
            {"a batch", {sample_tensor({2, 2, 2}), sample_tensor({2, 2, 1})}, apply},
            {"batches that broadcast", {sample_tensor({2, 2}), sample_tensor({2, 1, 2, 2})}, apply},
            {"a batch of vectors", {sample_tensor({2, 2, 2}), sample_tensor({2, 2})}, apply},
            {"transposed",
             {sample_tensor({2, 2}).transpose(), sample_tensor({3, 2}).transpose()},
             apply},
            {"no equations", {sample_tensor({0, 0}), sample_tensor({0, 2})}, apply}};
  }
  static std::vector<ErrorCase> errors() {
    auto all = detail::square_errors(info.name, [](const Tensor& a) {
      return solve(a, zeros({2, 1}));
    });
    const auto refused = [](const Tensor& a, const Tensor& b) {
      return [a, b] { static_cast<void>(solve(a, b)); };
    };
    all.push_back(
        {"sizes differ", refused(eye(2), zeros({3, 2})),
         "[solve] sizes differ: a is (2, 2), b is (3, 2), need as many rows in b as in a"});
    all.push_back({"two dtypes", refused(eye(2), zeros({2}, float64)),
                   "[solve] a is float32, b is float64, need the same floating type"});
    all.push_back({"a singular matrix of a batch",
                   refused(tensor({{{1, 0}, {0, 1}}, {{1, 2}, {2, 4}}}), zeros({2})),
                   "[solve] singular: got a pivot 0 in matrix (1)"});
    all.push_back({"a singular matrix", refused(tensor({{1, 2}, {2, 4}}), zeros({2})),
                   "[solve] singular: got a pivot 0, need linearly independent columns"});
    return all;
  }
};
}  // namespace op

/// X with A X = B, by elimination with row exchanges. Axes before the last two are batches and
/// broadcast; B may be a vector, or have a vector for each matrix: the shape of A without its last axis.
/// Shapes    a (..., n, n), b (..., n, k) or (..., n) or (n) -> x (..., n, k) or (..., n)
/// Errors    ShapeError if sizes or batches do not fit; DTypeError unless both are the same floating
///           type; DomainError if a matrix is singular
/// Cost      2/3 n^3 + 2 n^2 k operations a batch, 2/3 n^3 only once for an A that is stretched
[[nodiscard]] inline Tensor solve(const Tensor& a, const Tensor& b) {
  const detail::LinearSystem system(a, b, "solve");
  return system.solution(record_structured(op::Solve{}, system.a, system.b));
}
}  // namespace nabla
