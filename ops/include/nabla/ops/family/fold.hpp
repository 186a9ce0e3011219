// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <nabla/kernels/loop.hpp>
#include <nabla/ops/family/reduction.hpp>

// The loop of reductions that no kernel knows: a total of terms, one an element.

namespace nabla::detail {

/// Calls f(x row, index of the accumulator, length, step in x, step of the accumulator) for each
/// row of x; an accumulator step of 0 means that the whole row is reduced into one. Accumulators
/// are numbered in the row-major order of the reduced shape.
template <class T, class F>
void reduce_rows(const Tensor& x, const Reduction& reduction, F&& f) {
  const Node& node = *x.node();
  const Shape shape = x.shape();
  const Strides reduced = contiguous_strides(reduction.left_of(shape, true));
  Strides steps{};
  for (int axis = 0; axis < node.rank; ++axis) {
    const bool gone = ((reduction.mask >> axis) & 1u) != 0;
    const auto a = static_cast<std::size_t>(axis);
    steps[a] = gone ? 0 : reduced[a];
  }
  const T* data = reinterpret_cast<const T*>(node.data);
  const auto loop = kernels::make_loop<2>(node.rank, node.sizes(), {node.strides(), steps.data()});
  kernels::for_each_row(loop, [&](const auto& offset, std::int64_t n, const auto& step) {
    f(data + offset[0], offset[1], n, step[0], step[1]);
  });
}

/// start, joined with term(x, place) for each element of T, where `place` is the number of the total
/// that it goes into, in the order of the reduced shape. `join` is associative up to rounding, and
/// `start` is neutral in it.
template <class T, class Total, class Term, class Join>
[[nodiscard]] Totals<Total> folded(const Tensor& x, const Reduction& reduction, Total start,
                                   const Term& term, const Join& join) {
  Totals<Total> totals(static_cast<std::size_t>(reduction.left_of(x.shape()).numel()), start);
  Total* out = totals.data();
  // Of a row that becomes one total there are several, so that one need not wait for the other.
  constexpr std::int64_t kParts = 4;
  const auto whole_row = [&](const T* row, std::int64_t place, std::int64_t n, std::int64_t step) {
    std::array<Total, kParts> parts;
    parts.fill(start);
    std::int64_t i = 0;
    for (; i + kParts <= n; i += kParts) {
      for (std::int64_t p = 0; p < kParts; ++p) {
        Total& part = parts[static_cast<std::size_t>(p)];
        part = join(part, term(row[(i + p) * step], place));
      }
    }
    for (; i < n; ++i) parts[0] = join(parts[0], term(row[i * step], place));
    out[place] = join(out[place], join(join(parts[0], parts[1]), join(parts[2], parts[3])));
  };
  reduce_rows<T>(x, reduction,
                 [&](const T* row, std::int64_t first, std::int64_t n, std::int64_t step,
                     std::int64_t out_step) {
                   if (out_step == 0) return whole_row(row, first, n, step);
                   for (std::int64_t i = 0; i < n; ++i) {
                     const std::int64_t place = first + i * out_step;
                     out[place] = join(out[place], term(row[i * step], place));
                   }
                 });
  return totals;
}

}  // namespace nabla::detail
