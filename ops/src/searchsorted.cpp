// SPDX-License-Identifier: MIT
#include <algorithm>
#include <string>

#include <nabla/engine/error.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/searchsorted.hpp>
#include <nabla/ops/view/clone.hpp>

namespace nabla {
namespace {

void check(const Tensor& sorted, const Tensor& values) {
  const int rank = detail::defined(sorted, "searchsorted").rank();
  bool fits = rank == 1 || (rank > 1 && detail::defined(values, "searchsorted").rank() == rank);
  for (int axis = 0; fits && axis < rank - 1; ++axis) fits = sorted.size(axis) == values.size(axis);
  if (!fits) {
    throw ShapeError("[searchsorted] sorted is " + to_string(sorted.shape()) + ", values are " +
                     to_string(detail::defined(values, "searchsorted").shape()) +
                     ", need a vector, or the same sizes before the last axis");
  }
  if (sorted.dtype() != detail::defined(values, "searchsorted").dtype()) {
    throw DTypeError("[searchsorted] sorted is " + std::string(name_of(sorted.dtype())) +
                     ", values are " + name_of(values.dtype()) +
                     ", need the same type; convert with to()");
  }
}

}  // namespace

Tensor searchsorted(const Tensor& sorted, const Tensor& values, SearchSide side) {
  check(sorted, values);
  const NoGrad no_grad;
  const Tensor rows = contiguous(sorted), sought = contiguous(values);
  Tensor y = detail::make_tensor(values.shape(), int64, "searchsorted");
  if (y.numel() == 0) return y;
  const std::int64_t n = sorted.size(-1);
  const std::int64_t each = sorted.rank() == 1 ? values.numel() : values.size(-1);
  std::int64_t* out = elements<std::int64_t>(y);
  visit_dtype(sorted.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto less = [](T a, T b) { return a < b || (b != b && a == a); };
    const T* value = elements<T>(sought);
    const T* row = elements<T>(rows);
    for (std::int64_t i = 0; i < y.numel(); ++i) {
      const T* first = row + i / each * n;
      const T* place = side == SearchSide::left
                           ? std::lower_bound(first, first + n, value[i], less)
                           : std::upper_bound(first, first + n, value[i], less);
      out[i] = place - first;
    }
  });
  return y;
}

}  // namespace nabla
