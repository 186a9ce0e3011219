// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/ops/family/chain_rule.hpp>
#include <nabla/ops/family/linalg.hpp>
#include <nabla/ops/linalg/matmul.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/neg.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
struct TriangularOptions {
  bool upper = false;          ///< the upper triangle counts, not the lower
  bool transpose = false;      ///< the equations are A^T X = B
  bool unit_diagonal = false;  ///< the diagonal counts as ones
};
[[nodiscard]] Tensor triangular_solve(const Tensor& a, const Tensor& b,
                                      const TriangularOptions& options = {});

namespace op {
struct TriangularSolve : Structured {
  bool upper, unit_diagonal;

  static constexpr OpInfo info{
      .name = "triangular_solve",
      .formula = "X = T^-1 B, T a triangle of A",
      .gradient = "dL/dB = T^-T G, dL/dA = the triangle of -(dL/dB) X^T",
      .domain = "A square",
      .kinks =
          "0 on the diagonal: inf or NaN, 0 where the right side is 0; the gradient likewise; NaN "
          "in A "
          "spreads within its matrix, in B within its column",
      .accuracy = "in double, backward stable: the result of a matrix within n^2 2^-52 |X| of X",
      .source = "Giles 2008, \"Collected matrix derivative results\""};
  static constexpr std::uint32_t saves = 1 | kSavesOutput;
  Result shape(Inputs x) const { return {x[1].shape(), x[1].dtype()}; }
  void forward(Inputs x, Tensor& y) const {
    detail::solve_triangular(x[0], x[1], y, upper, unit_diagonal);
  }
  void backward(BackwardCall& call) const {
    const TriangularOptions transposed{upper, true, unit_diagonal};
    const Tensor& g = call.gradient();
    const Tensor db = detail::arrived(triangular_solve(call.input(0), g, transposed), g);
    if (call.wants(0)) {
      const Tensor da = detail::arrived(
          -detail::gradient_times(db, call.output(), [](const Tensor& x) { return x.transpose(); }),
          g);
      call.add(0, where(counts(db.size(-2)), da, 0.0));
    }
    if (call.wants(1)) call.add(1, db);
  }
  static std::vector<Sample> samples() {
    const auto with = [](const TriangularOptions& options) {
      return [options](std::span<const Tensor> x) {
        return triangular_solve(detail::plus_identity(x[0], 4.0), x[1], options);
      };
    };
    const Tensor a = sample_tensor({3, 3}), b = sample_tensor({3, 2});
    return {{"lower", {a, b}, with({})},
            {"upper", {a, b}, with({.upper = true})},
            {"lower, transposed", {a, b}, with({.transpose = true})},
            {"upper, transposed", {a, b}, with({.upper = true, .transpose = true})},
            {"ones on the diagonal", {a, b}, with({.unit_diagonal = true})},
            {"a vector", {a.transpose(), sample_tensor({3})}, with({})},
            {"batches that broadcast",
             {sample_tensor({2, 2, 2}), sample_tensor({2, 1, 2, 1})},
             with({.upper = true})},
            {"no equations", {sample_tensor({0, 0}), sample_tensor({0, 2})}, with({})}};
  }
  static std::vector<ErrorCase> errors() {
    auto all = detail::square_errors(info.name, [](const Tensor& a) {
      return triangular_solve(a, zeros({2, 1}));
    });
    all.push_back({"sizes differ", [] { static_cast<void>(triangular_solve(eye(2), zeros({3}))); },
                   "[triangular_solve] sizes differ: a is (2, 2), b is (3,)"});
    return all;
  }

 private:
  // Boolean (n, n): the elements of A that the equations contain.
  [[nodiscard]] Tensor counts(std::int64_t n) const {
    const Tensor lower = detail::on_or_below_diagonal(n);
    const Tensor triangle = upper ? lower.transpose() : lower;
    return unit_diagonal ? triangle != detail::on_diagonal(n) : triangle;
  }
};
}  // namespace op

/// X with T X = B, where T is the lower (or upper) triangle of A; the rest of A is not read. Batches
/// and vectors as in solve.
/// Shapes    a (..., n, n), b -> x as in solve
/// Errors    ShapeError, DTypeError as solve
/// Cost      n^2 k operations a batch
[[nodiscard]] inline Tensor triangular_solve(const Tensor& a, const Tensor& b,
                                             const TriangularOptions& options) {
  const detail::LinearSystem system(a, b, "triangular_solve");
  op::TriangularSolve op;
  op.upper = options.upper != options.transpose;
  op.unit_diagonal = options.unit_diagonal;
  const Tensor t = options.transpose ? system.a.transpose() : system.a;
  return system.solution(record_structured(op, t, system.b));
}
}  // namespace nabla
