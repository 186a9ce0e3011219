// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <nabla/engine/recording.hpp>
#include <nabla/kernels/softmax.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/view/clone.hpp>

// What ops along one axis have in common: the loop over its lines, and how they are checked.

namespace nabla {

/// Samples for an op of one operand along an axis: any axis, short and long lines and none, views.
[[nodiscard]] std::vector<Sample> line_samples(
    const std::function<Tensor(std::span<const Tensor>, int)>& call);

/// What such an op refuses: an axis that is not there, and integers.
[[nodiscard]] std::vector<ErrorCase> line_errors(
    std::string_view op, const std::function<Tensor(std::span<const Tensor>, int)>& call);

namespace detail {

/// The lines along one axis of a contiguous tensor of this shape.
[[nodiscard]] kernels::Lines lines_along(const Shape& shape, int axis);

/// y = kernel(x...) along the lines of an axis, for floating tensors of one shape and dtype; what is
/// not contiguous is copied first. `y` is contiguous.
template <class Kernel, class... Xs>
void along_lines(int axis, Tensor& y, const Kernel& kernel, const Xs&... xs) {
  if (y.numel() == 0) return;
  const NoGrad no_grad;
  const std::array<Tensor, sizeof...(Xs)> dense{contiguous(xs)...};
  const kernels::Lines lines = lines_along(y.shape(), axis);
  visit_floating(y.dtype(), [&](auto zero) {
    using T = decltype(zero);
    [&]<std::size_t... K>(std::index_sequence<K...>) {
      kernel(lines, static_cast<const T*>(elements<T>(dense[K]))..., elements<T>(y));
    }
    (std::make_index_sequence<sizeof...(Xs)>{});
  });
}

}  // namespace detail
}  // namespace nabla
