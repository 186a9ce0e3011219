// SPDX-License-Identifier: MIT
#include <nabla/engine/error.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/engine/rule.hpp>
#include <nabla/kernels/lines.hpp>
#include <nabla/ops/argmax.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/view/clone.hpp>
#include <nabla/ops/view/reshape.hpp>

namespace nabla {
namespace {

// The place of the first of the greatest elements along an axis, or of the least; NaN beats all numbers.
template <bool IsGreatest>
Tensor place_of(const Tensor& x, int axis, bool keepdim, const char* op) {
  if (detail::defined(x, op).rank() == 0)
    return place_of<IsGreatest>(x.reshape({1}), axis, false, op);
  const int normal = normal_axis(axis, x.rank(), op);
  const Shape shape = x.shape();
  const std::int64_t length = shape[normal];
  if (length == 0)
    throw ShapeError("[" + std::string(op) + "] no elements: got " + to_string(shape) +
                     ", need at least one along axis " + std::to_string(normal));
  const NoGrad no_grad;
  const Tensor dense = contiguous(x);
  Tensor y =
      detail::make_tensor(keepdim ? shape.with(normal, 1) : shape.without(normal), int64, op);
  const std::int64_t step = contiguous_strides(shape)[static_cast<std::size_t>(normal)];
  std::int64_t* out = elements<std::int64_t>(y);
  visit_dtype(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* const data = elements<T>(dense);
    const kernels::Lines lines{x.numel() / (length * step), length, step};
    IsGreatest ? kernels::place_of_greatest(lines, data, out)
               : kernels::place_of_least(lines, data, out);
  });
  return y;
}

// The elements behind one another.
Tensor all_of(const Tensor& x, const char* op) {
  if (detail::defined(x, op).numel() == 0)
    throw ShapeError("[" + std::string(op) + "] no elements: got " + to_string(x.shape()) +
                     ", need at least one");
  return x.reshape({-1});
}

}  // namespace

Tensor argmax(const Tensor& x, int axis, bool keepdim) {
  return place_of<true>(x, axis, keepdim, "argmax");
}

Tensor argmin(const Tensor& x, int axis, bool keepdim) {
  return place_of<false>(x, axis, keepdim, "argmin");
}

Tensor argmax(const Tensor& x) { return argmax(all_of(x, "argmax"), 0); }
Tensor argmin(const Tensor& x) { return argmin(all_of(x, "argmin"), 0); }

}  // namespace nabla
