// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include <nabla/engine/dual.hpp>
#include <nabla/engine/functional.hpp>
#include <nabla/engine/tape.hpp>
#include <nabla/engine/tensor.hpp>

// Jacobians and Hessians of functions of scalars, of which most elements are zero whatever the
// numbers are. Where they are not is read from the tape; rows (or columns) that share no element
// are given the same color and computed as one, eight colors in a sweep. Where some rows and some columns
// are long (an arrow), rows are computed by sweeps and columns forward, each where it takes fewer colors.
//
//   SparseMatrix j = sparse_jacobian(f, at);
//
//   const SparsePlan plan = plan_jacobian(f, at);     // where f's elements stand does not change:
//   for (...) j = sparse_jacobian(f, at, plan);       // pattern and colors found once
//
// A Hessian is the Jacobian of the gradient, so its pattern is what the gradient's own tape says:
// slopes of linear operations are plain numbers, and nothing on that tape depends on them.
//
// Source    Gebremedhin, Manne & Pothen 2005, "What color is your Jacobian?", SIAM Review 47(4);
//           Coleman & More 1984 (colors from which a symmetric matrix is read directly)

namespace nabla {

/// Where elements may be other than zero, row by row: those of row i stand in the columns
/// columns[starts[i]], ..., ascending, up to starts[i + 1].
struct SparsityPattern {
  std::size_t row_count = 0, column_count = 0;
  std::vector<std::size_t> starts{0};
  std::vector<std::uint32_t> columns;

  [[nodiscard]] std::span<const std::uint32_t> row(std::size_t i) const {
    return std::span(columns).subspan(starts[i], starts[i + 1] - starts[i]);
  }
  [[nodiscard]] SparsityPattern transposed() const;
  bool operator==(const SparsityPattern&) const = default;
};

/// A pattern with its elements (compressed sparse rows).
struct SparseMatrix {
  SparsityPattern pattern;
  std::vector<double> elements;  ///< in the order of pattern.columns

  /// The element of a row and a column; 0 outside the pattern.
  /// Errors    ShapeError if there is no such row or column
  [[nodiscard]] double at(std::size_t row, std::size_t column) const;
  /// Shapes    (row_count, column_count), float64
  [[nodiscard]] Tensor dense() const;
};

/// A color for each row (or column), 0, 1, ..., count - 1; kNoColor for what is left out.
struct Coloring {
  static constexpr std::uint32_t kNoColor = 0xffffffff;
  std::vector<std::uint32_t> colors;
  std::uint32_t count = 0;
};

/// Colors such that rows of one color share no column, the longest row first.
/// Cost      the sum over all columns of the square of their elements
[[nodiscard]] Coloring color_rows(const SparsityPattern& pattern);
/// Colors such that of each pair (i, j) of the pattern, i is the only one of its color in row j, or j
/// the only one of its color in row i (a star coloring), the longest row first.
/// Requires  a symmetric pattern
/// Errors    ShapeError unless it is square
/// Cost      in proportion to the elements where few rows have several neighbors of one color; at most
///           the sum over all rows of the square of their elements
[[nodiscard]] Coloring color_symmetric(const SparsityPattern& pattern);

/// How a sparse matrix is computed.
struct SparsePlan {
  SparsityPattern pattern;
  Coloring coloring;
  bool by_columns = false;  ///< colors of columns, computed forward; else of rows, by sweeps
  /// Of the other side, colors of the few lines that are so long that hardly any two lines across them could
  /// be computed as one: their elements are computed so, all others as above. Of none it has no colors.
  Coloring across = {};
  bool is_for_hessian = false;
  /// Tape::structure of the recording that the pattern was found on; another one is searched for
  /// elements that the plan does not have.
  std::uint64_t structure = 0;
};

namespace detail {
/// Errors    ShapeError that names `operation` unless the plan is for so many results and arguments, and
///           has a color for each row or column; GraphError if it is for the other kind of matrix
void check_plan(const char* operation, const SparsePlan& plan, bool is_for_hessian,
                std::size_t results, std::size_t arguments);
/// Errors    GraphError if some y was computed from an x that the plan knows nothing of
void check_recording(const char* operation, const SparsePlan& plan, std::span<const Value> ys,
                     std::span<const Value> xs);
/// The plan for a Jacobian that needs the fewest passes of eight colors.
SparsePlan jacobian_plan(std::span<const Value> ys, std::span<const Value> xs);
/// With the elements that either the pattern or its transpose has.
SparsePlan hessian_plan(std::span<const Value> slopes, std::span<const Value> xs);
/// Fills the elements of the rows that have colors, by sweeps over the thread's active tape.
void sweep_rows(const SparsePlan& plan, const Coloring& rows, std::span<const Value> ys,
                std::span<const Value> xs, std::span<double> elements);
SparseMatrix swept_hessian(const SparsePlan& plan, std::span<const Value> slopes,
                           std::span<const Value> xs);

/// Fills the elements of the columns that have colors, forward, eight colors at a time.
template <class F>
void push_columns(const F& f, std::span<const double> at, const SparsePlan& plan,
                  const Coloring& columns, std::span<double> elements) {
  using D = Dual<double, kLanes>;
  std::vector<D> xs(at.begin(), at.end());
  for (std::uint32_t first = 0; first < columns.count; first += kLanes) {
    const auto lane_of = [&](std::size_t column) {
      return static_cast<std::size_t>(columns.colors[column]) - first;
    };
    for (std::size_t j = 0; j < xs.size(); ++j) {
      xs[j] = D(at[j]);
      if (lane_of(j) < kLanes) xs[j].set_tangent(static_cast<int>(lane_of(j)), 1.0);
    }
    std::size_t row = 0;
    const auto take = [&](const D& y) {
      if (row == plan.pattern.row_count)
        check_plan("sparse_jacobian", plan, false, row + 1, at.size());
      for (std::size_t k = plan.pattern.starts[row]; k < plan.pattern.starts[row + 1]; ++k) {
        const std::size_t lane = lane_of(plan.pattern.columns[k]);
        if (lane < kLanes) elements[k] = y.tangent(static_cast<int>(lane));
      }
      ++row;
    };
    using Results = std::invoke_result_t<const F&, const std::vector<D>&>;
    if constexpr (std::convertible_to<Results, D>) {
      take(f(xs));
    } else {
      for (const auto& y : f(xs)) take(y);
    }
    check_plan("sparse_jacobian", plan, false, row, at.size());
  }
}
}  // namespace detail

/// Where the Jacobian of f has elements, and how it is best computed.
/// Requires  as sparse_jacobian
/// Errors    DomainError if there are no arguments; GraphError if f leads through Externals
/// Cost      one evaluation, a walk over its tape that gathers a set of arguments for each value (a sum
///           takes over the set of its longest term), and a coloring, or a few where the first takes more
///           colors than others may need
template <class F>
[[nodiscard]] SparsePlan plan_jacobian(const F& f, std::span<const double> at) {
  detail::check_arguments("plan_jacobian", at.size());
  const Tape tape;
  const EnableGrad enable_grad;
  const std::vector<Value> xs = nabla::variables(at);
  return detail::jacobian_plan(detail::results_of(f, xs), xs);
}

/// The Jacobian of a function that gives several scalars or one, by a plan for it.
/// Requires  f is generic: it is called with Values and with dual numbers
/// Shapes    n arguments, m results -> (m, n)
/// Errors    DomainError if there are no arguments; ShapeError if the plan is for another number of
///           arguments or results; GraphError if f leads through Externals, the plan is for a Hessian, or
///           a result is computed from an argument that the plan knows nothing of (another branch)
/// Cost      one evaluation, and for every eight colors a sweep or an evaluation in dual numbers
template <class F>
[[nodiscard]] SparseMatrix sparse_jacobian(const F& f, std::span<const double> at,
                                           const SparsePlan& plan) {
  detail::check_arguments("sparse_jacobian", at.size());
  detail::check_plan("sparse_jacobian", plan, false, plan.pattern.row_count, at.size());
  const Tape tape;
  const EnableGrad enable_grad;
  const std::vector<Value> xs = nabla::variables(at);
  const std::vector<Value> ys = detail::results_of(f, xs);
  detail::check_plan("sparse_jacobian", plan, false, ys.size(), at.size());
  detail::check_recording("sparse_jacobian", plan, ys, xs);
  SparseMatrix result{plan.pattern, std::vector<double>(plan.pattern.columns.size())};
  // Lines across are computed last: the others have sums where they cross these.
  for (const bool by_columns : {plan.by_columns, !plan.by_columns}) {
    const Coloring& lines = by_columns == plan.by_columns ? plan.coloring : plan.across;
    if (lines.count == 0) continue;
    by_columns ? detail::push_columns(f, at, plan, lines, result.elements)
               : detail::sweep_rows(plan, lines, ys, xs, result.elements);
  }
  return result;
}
template <class F>
[[nodiscard]] SparseMatrix sparse_jacobian(const F& f, std::span<const double> at) {
  detail::check_arguments("sparse_jacobian", at.size());
  return sparse_jacobian(f, at, plan_jacobian(f, at));
}

/// Where the Hessian of f has elements, and colors from which it is read directly.
/// Requires  as sparse_hessian
/// Errors    as plan_jacobian
/// Cost      the gradient's own tape, a walk over it, and a coloring
template <class F>
[[nodiscard]] SparsePlan plan_hessian(const F& f, std::span<const double> at) {
  detail::check_arguments("plan_hessian", at.size());
  const Tape tape;
  const EnableGrad enable_grad;
  const std::vector<Value> xs = nabla::variables(at);
  const std::vector<Value> slopes = detail::differentiate(f, std::span<const Value>(xs)).second;
  return detail::hessian_plan(slopes, xs);
}

/// The Hessian of f, which gives one scalar, by a plan for it.
/// Requires  f is generic: it is called with values over Values
/// Shapes    n arguments -> (n, n), symmetric
/// Errors    as sparse_jacobian by rows: a slope is computed from an argument that the plan knows nothing
///           of where f, or an op that selects (maximum, where), takes another branch
/// Cost      the gradient's own tape, a walk over it, and a sweep for every eight colors
template <class F>
[[nodiscard]] SparseMatrix sparse_hessian(const F& f, std::span<const double> at,
                                          const SparsePlan& plan) {
  detail::check_arguments("sparse_hessian", at.size());
  detail::check_plan("sparse_hessian", plan, true, at.size(), at.size());
  const Tape tape;
  const EnableGrad enable_grad;
  const std::vector<Value> xs = nabla::variables(at);
  const std::vector<Value> slopes = detail::differentiate(f, std::span<const Value>(xs)).second;
  detail::check_recording("sparse_hessian", plan, slopes, xs);
  return detail::swept_hessian(plan, slopes, xs);
}
template <class F>
[[nodiscard]] SparseMatrix sparse_hessian(const F& f, std::span<const double> at) {
  detail::check_arguments("sparse_hessian", at.size());
  return sparse_hessian(f, at, plan_hessian(f, at));
}

}  // namespace nabla
