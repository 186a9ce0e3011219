// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdlib>
#include <initializer_list>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/index/embed_slice.hpp>
#include <nabla/ops/view/flip.hpp>

namespace nabla {
namespace op {
struct Slice : Structured {
  int axis;
  std::int64_t start, count, step;

  static constexpr OpInfo info{.name = "slice",
                               .formula = "y = x[start:stop:step] along an axis",
                               .gradient = "dL/dx = g at these places, 0 elsewhere",
                               .accuracy = "exact",
                               .source = "definition"};
  static constexpr std::uint32_t saves = 0;
  View view(Inputs x) const {
    Strides strides = x[0].strides();
    const auto a = static_cast<std::size_t>(axis);
    const std::int64_t offset = count == 0 ? 0 : start * strides[a];
    strides[a] *= step;
    return {x[0].shape().with(axis, count), strides, offset};
  }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    const Tensor& g = call.gradient();
    const Tensor x = call.input(0);
    if (call.create_graph()) return call.add(0, embed_slice(g, axis, start, step, x.size(axis)));
    Tensor dx = detail::make_tensor_like(x, info.name);
    Strides steps = dx.strides();
    const std::int64_t along = steps[static_cast<std::size_t>(axis)];
    steps[static_cast<std::size_t>(axis)] = along * step;
    embed(g, start * along, steps, dx);
    call.add(0, std::move(dx));
  }
  static std::vector<Sample> samples() {
    return {{"columns",
             {sample_tensor({2, 5})},
             [](std::span<const Tensor> x) { return x[0].slice(1, 1, 4); }},
            {"every second row",
             {sample_tensor({5, 2})},
             [](std::span<const Tensor> x) { return x[0].slice(0, 0, 5, 2); }},
            {"backwards, every second",
             {sample_tensor({2, 5})},
             [](std::span<const Tensor> x) { return x[0].slice(1, -1, -9, -2); }},
            {"from the end, cut off",
             {sample_tensor({4})},
             [](std::span<const Tensor> x) { return x[0].slice(0, -2, 9); }},
            {"without elements", {sample_tensor({0, 3})}, [](std::span<const Tensor> x) {
               return x[0].slice(0, 0, 2).slice(1, 2, -9, -2);
             }}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"no such axis", [] { static_cast<void>(zeros({3}).slice(1, 0, 1)); },
             "[slice] no such axis: got 1"},
            {"a step of 0", [] { static_cast<void>(zeros({3}).slice(0, 0, 1, 0)); },
             "[slice] got step 0, need another number"}};
  }
};
}  // namespace op

/// A view of every `step`-th element from `start` to before `stop` along `axis`. Negative positions
/// count from the end; positions beyond the ends are cut off, as in Python. A negative step goes
/// backwards; its `stop` must be below -size to take the first element too.
/// Errors    ShapeError if there is no such axis; DomainError if step is 0
[[nodiscard]] inline Tensor slice(const Tensor& x, int axis, std::int64_t start, std::int64_t stop,
                                  std::int64_t step = 1) {
  if (step == 0) throw DomainError("[slice] got step 0, need another number");
  op::Slice op{};
  op.axis = normal_axis(axis, detail::defined(x, "slice").rank(), "slice");
  const std::int64_t size = x.size(op.axis), low = step < 0 ? -1 : 0;
  const auto position = [size, low](std::int64_t p) {
    return std::clamp<std::int64_t>(p < 0 ? p + size : p, low, size + low);
  };
  const std::int64_t first = position(start), end = position(stop);
  const bool is_empty = step < 0 ? first <= end : first >= end;
  op.count = is_empty ? 0 : (end - first + (step < 0 ? 1 : -1)) / step + 1;
  op.step = op.count > 1 ? std::abs(step) : 1;
  if (step > 0) {
    op.start = first;
    return record_structured(op, x);
  }
  op.start = is_empty ? 0 : first - (op.count - 1) * op.step;
  return flip(record_structured(op, x), op.axis);
}
inline Tensor Tensor::slice(int axis, std::int64_t start, std::int64_t stop,
                            std::int64_t step) const {
  return nabla::slice(*this, axis, start, stop, step);
}

/// A view of `length` elements from `start` on along `axis`. A negative start counts from the end.
/// Errors    ShapeError if they are not all there
[[nodiscard]] inline Tensor narrow(const Tensor& x, int axis, std::int64_t start,
                                   std::int64_t length) {
  const int normal = normal_axis(axis, detail::defined(x, "narrow").rank(), "narrow");
  const std::int64_t size = x.size(normal), first = start < 0 ? start + size : start;
  if (first < 0 || first > size || length < 0 || length > size - first) {
    throw ShapeError("[narrow] got " + std::to_string(length) + " elements from " +
                     std::to_string(start) + " along axis " + std::to_string(normal) + " of " +
                     to_string(x.shape()) + ", need a part of it");
  }
  return slice(x, normal, first, first + length);
}

/// Views one behind another along `axis`, of the given sizes.
/// Errors    ShapeError unless the sizes add up to that of x
/// Cost      in a sweep, each part gives a gradient as large as x
[[nodiscard]] inline std::vector<Tensor> split(const Tensor& x, std::span<const std::int64_t> sizes,
                                               int axis = 0) {
  const int normal = normal_axis(axis, detail::defined(x, "split").rank(), "split");
  std::int64_t left = x.size(normal);
  for (const std::int64_t size : sizes) left = size < 0 || size > left ? -1 : left - size;
  if (left != 0) {
    std::string got;
    for (const std::int64_t size : sizes) got += (got.empty() ? "" : ", ") + std::to_string(size);
    throw ShapeError("[split] the sizes do not add up: got {" + got + "} along axis " +
                     std::to_string(normal) + " of " + to_string(x.shape()) + ", need " +
                     std::to_string(x.size(normal)));
  }
  std::vector<Tensor> parts;
  std::int64_t start = 0;
  for (const std::int64_t size : sizes) {
    parts.push_back(slice(x, normal, start, start + size));
    start += size;
  }
  return parts;
}
[[nodiscard]] inline std::vector<Tensor> split(const Tensor& x,
                                               std::initializer_list<std::int64_t> sizes,
                                               int axis = 0) {
  return split(x, std::span<const std::int64_t>(sizes.begin(), sizes.size()), axis);
}
/// Parts of `size` elements, the last of what is left; of nothing, one part.
/// Errors    DomainError if size < 1
[[nodiscard]] inline std::vector<Tensor> split(const Tensor& x, std::int64_t size, int axis = 0) {
  if (size < 1) throw DomainError("[split] got size " + std::to_string(size) + ", need at least 1");
  std::vector<std::int64_t> sizes;
  std::int64_t left = x.size(normal_axis(axis, detail::defined(x, "split").rank(), "split"));
  for (; left > size; left -= size) sizes.push_back(size);
  sizes.push_back(left);
  return split(x, std::span<const std::int64_t>(sizes), axis);
}

/// At most `count` parts of equal size, but for the last.
/// Errors    DomainError if count < 1
[[nodiscard]] inline std::vector<Tensor> chunk(const Tensor& x, std::int64_t count, int axis = 0) {
  if (count < 1)
    throw DomainError("[chunk] got " + std::to_string(count) + " parts, need at least 1");
  const std::int64_t size = x.size(normal_axis(axis, detail::defined(x, "chunk").rank(), "chunk"));
  return split(x, std::max<std::int64_t>((size + count - 1) / count, 1), axis);
}
}  // namespace nabla
