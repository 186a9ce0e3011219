// SPDX-License-Identifier: MIT
#include <string>
#include <vector>

#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/index/index_select.hpp>
#include <nabla/ops/index/sort.hpp>
#include <nabla/ops/nonzero.hpp>
#include <nabla/ops/view/broadcast_to.hpp>
#include <nabla/ops/view/clone.hpp>
#include <nabla/ops/view/reshape.hpp>

namespace nabla {
namespace {

// The places of the elements that are not 0, counted in row-major order.
std::vector<std::int64_t> places_of_nonzero(const Tensor& x) {
  const NoGrad no_grad;
  const Tensor dense = contiguous(x);
  std::vector<std::int64_t> places;
  visit_dtype(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* number = elements<T>(dense);
    for (std::int64_t i = 0; i < x.numel(); ++i)
      if (number[i] != T{0}) places.push_back(i);
  });
  return places;
}

}  // namespace

Tensor nonzero(const Tensor& x) {
  const Shape shape = detail::defined(x, "nonzero").shape();
  const std::vector<std::int64_t> places = places_of_nonzero(x);
  const auto count = static_cast<std::int64_t>(places.size());
  Tensor y = detail::make_tensor(Shape{count, shape.rank()}, int64, "nonzero");
  std::int64_t* out = elements<std::int64_t>(y);
  for (std::int64_t place : places) {
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
  if (mask.dtype() != boolean) {
    throw DTypeError("[masked_select] the mask is " + std::string(name_of(mask.dtype())) +
                     ", need bool; compare with 0");
  }
  const std::vector<std::int64_t> places = places_of_nonzero(broadcast_to(mask, whole));
  return take(broadcast_to(x, whole), from_span(std::span<const std::int64_t>(places)));
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
