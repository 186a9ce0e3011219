// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include <nabla/engine/recording.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/view/clone.hpp>

// What ops along one axis have in common: the loop over its lines, and how they are checked.

namespace nabla {

/// Samples for an op of one operand along an axis: last, first, in the middle.
[[nodiscard]] std::vector<Sample> line_samples(
    const std::function<Tensor(std::span<const Tensor>, int)>& call);

/// What such an op refuses: an axis that is not there, and integers.
[[nodiscard]] std::vector<ErrorCase> line_errors(
    std::string_view op, const std::function<Tensor(std::span<const Tensor>, int)>& call);

namespace detail {

/// Calls f(length, step, x, y) for each line of x and y along `axis`: one row of a softmax.
/// Requires  y contiguous, floating, of the shape and dtype of x; an empty x has no lines
template <class F>
void for_each_line(const Tensor& x, int axis, Tensor& y, F&& f) {
  if (x.numel() == 0) return;
  const NoGrad no_grad;
  const Tensor dense = contiguous(x);
  const Shape shape = x.shape();
  const std::int64_t step = contiguous_strides(shape)[static_cast<std::size_t>(axis)];
  const std::int64_t length = shape[axis];
  visit_floating(y.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = elements<T>(dense);
    T* to = elements<T>(y);
    for (std::int64_t block = 0; block < x.numel(); block += length * step) {
      for (std::int64_t line = block; line < block + step; ++line)
        f(length, step, from + line, to + line);
    }
  });
}

}  // namespace detail
}  // namespace nabla
