// SPDX-License-Identifier: MIT
#include <string>
#include <vector>

#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/index/index_select.hpp>
#include <nabla/ops/index/scatter.hpp>
#include <nabla/ops/index/sort.hpp>
#include <nabla/ops/nonzero.hpp>
#include <nabla/ops/view/broadcast_to.hpp>
#include <nabla/ops/view/clone.hpp>
#include <nabla/ops/view/reshape.hpp>
#include <nabla/ops/view/slice.hpp>

namespace nabla {
namespace {

// The places of the elements that are not 0, counted in row-major order, as an int64 vector.
Tensor places_of_nonzero(const Tensor& x, const char* op) {
  const NoGrad no_grad;
  const Tensor dense = contiguous(x);
  Tensor places;
  visit_dtype(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* number = elements<T>(dense);
    const std::int64_t n = x.numel();
    std::int64_t count = 0;
    for (std::int64_t i = 0; i < n; ++i) count += number[i] != T{0} ? 1 : 0;
    places = detail::make_tensor(Shape{count}, int64, op);
    std::int64_t* next = elements<std::int64_t>(places);
    // Each place is written, and stays if it counts: a branch would be guessed wrong half the time.
    std::int64_t found = 0;
    for (std::int64_t i = 0; found < count; ++i) {
      next[found] = i;
      found += number[i] != T{0} ? 1 : 0;
    }
  });
  return places;
}

// The places, among those of `shape`, where the mask holds, as an int64 vector.
Tensor places_of_mask(const Tensor& mask, const Shape& shape, const char* op) {
  detail::check_mask(mask, op);
  return places_of_nonzero(broadcast_to(mask, shape), op);
}

}  // namespace

Tensor nonzero(const Tensor& x) {
  const Shape shape = detail::defined(x, "nonzero").shape();
  const Tensor places = places_of_nonzero(x, "nonzero");
  Tensor y = detail::make_tensor(Shape{places.numel(), shape.rank()}, int64, "nonzero");
  std::int64_t* out = elements<std::int64_t>(y);
  for (std::int64_t i = 0; i < places.numel(); ++i) {
    std::int64_t place = elements<std::int64_t>(places)[i];
    for (int axis = shape.rank() - 1; axis >= 0; --axis) {
      out[axis] = place % shape[axis];
      place /= shape[axis];
    }
    out += shape.rank();
  }
  return y;
}

Tensor masked_select(const Tensor& x, const Tensor& mask) {
  const Shape whole =
      broadcast_shape(detail::defined(x, "masked_select").shape(),
                      detail::defined(mask, "masked_select").shape(), "masked_select");
  const Tensor places = places_of_mask(mask, whole, "masked_select");
  return take(broadcast_to(x, whole), places);
}

Tensor masked_scatter(const Tensor& x, const Tensor& mask, const Tensor& source) {
  const Shape whole =
      broadcast_shape(detail::defined(x, "masked_scatter").shape(),
                      detail::defined(mask, "masked_scatter").shape(), "masked_scatter");
  const Tensor places = places_of_mask(mask, whole, "masked_scatter");
  if (detail::defined(source, "masked_scatter").dtype() != x.dtype()) {
    throw DTypeError("[masked_scatter] the source is " + std::string(name_of(source.dtype())) +
                     ", x is " + name_of(x.dtype()) + ", need the same type; convert with to()");
  }
  const std::int64_t count = places.numel();
  if (source.numel() < count) {
    throw ShapeError("[masked_scatter] the source is " + to_string(source.shape()) +
                     ", need at least " + std::to_string(count) +
                     " elements, as many as the mask holds");
  }
  const Tensor used = slice(reshape(source, {-1}), 0, 0, count);
  const Tensor flat = reshape(broadcast_to(x, whole), {-1});
  return reshape(scatter(flat, 0, places, used), whole);
}

UniqueResult unique(const Tensor& x) {
  const NoGrad no_grad;
  const Tensor flat = reshape(detail::defined(x, "unique").detach(), {-1});
  const ValuesAndIndices sorted = sort(flat, 0);
  std::vector<std::int64_t> firsts, counts;
  Tensor inverse = detail::make_tensor(x.shape(), int64, "unique");
  visit_dtype(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* value = elements<T>(sorted.values);
    const std::int64_t* place = elements<std::int64_t>(sorted.indices);
    for (std::int64_t i = 0; i < flat.numel(); ++i) {
      if (i == 0 || value[i] != value[i - 1]) {
        firsts.push_back(i);
        counts.push_back(0);
      }
      ++counts.back();
      elements<std::int64_t>(inverse)[place[i]] = static_cast<std::int64_t>(firsts.size()) - 1;
    }
  });
  return {index_select(sorted.values, 0, from_span(std::span<const std::int64_t>(firsts))), inverse,
          from_span(std::span<const std::int64_t>(counts))};
}

}  // namespace nabla
