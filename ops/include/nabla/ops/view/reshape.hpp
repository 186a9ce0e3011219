// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <span>

#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/view/clone.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
namespace op {
struct Reshape : Structured {
  Shape target;

  static constexpr OpInfo info{.name = "reshape",
                               .formula = "y = x with other sizes",
                               .gradient = "dL/dx = g with the sizes of x",
                               .source = "definition"};
  static constexpr std::uint32_t saves = 0;
  View view(Inputs x) const {
    if (x[0].numel() != target.numel()) {
      throw ShapeError("[reshape] wrong number of elements: got " + to_string(x[0].shape()) +
                       ", need as many as in " + to_string(target));
    }
    return {target, contiguous_strides(target)};
  }
  void backward(BackwardCall& call) const {
    if (call.wants(0)) call.add(0, call.gradient().reshape(call.input(0).shape()));
  }
  static std::vector<Sample> samples() {
    return {{"matrix to vector",
             {sample_tensor({2, 3})},
             [](std::span<const Tensor> x) { return x[0].reshape({6}); }},
            {"one size left open",
             {sample_tensor({2, 3, 4})},
             [](std::span<const Tensor> x) {
               return x[0].reshape({4, -1});
             }},
            {"transposed view", {sample_tensor({2, 3}).transpose()}, [](std::span<const Tensor> x) {
               return x[0].reshape({2, 3});
             }}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"another number of elements",
             [] {
               static_cast<void>(zeros({2, 3}).reshape({4}));
             },
             "[reshape] wrong number of elements: got (2, 3), need as many as in (4,)"},
            {"two sizes left open",
             [] {
               static_cast<void>(zeros({2, 3}).reshape({-1, -1}));
             },
             "[reshape] only one size can be -1: got (-1, -1), need at most one"},
            {"a negative size",
             [] {
               static_cast<void>(zeros({2, 3}).reshape({-2, -3}));
             },
             "[reshape] negative size: got (-2, -3), need 0 or more"}};
  }
};
}  // namespace op

/// The same elements in row-major order with other sizes: a view if x is contiguous, else a copy.
/// One size may be -1: it is what remains.
/// Errors    ShapeError if the number of elements differs
[[nodiscard]] inline Tensor reshape(const Tensor& x, const Shape& shape) {
  shape.check("reshape");
  op::Reshape op;
  op.target = shape;
  return record_structured(op, contiguous(detail::defined(x, "reshape")));
}
[[nodiscard]] inline Tensor reshape(const Tensor& x, std::initializer_list<std::int64_t> sizes) {
  if (sizes.size() > static_cast<std::size_t>(kMaxRank)) return reshape(x, Shape(sizes));
  std::array<std::int64_t, kMaxRank> known{};
  std::copy(sizes.begin(), sizes.end(), known.begin());
  std::int64_t* open = nullptr;
  std::int64_t product = 1;
  for (std::int64_t& size : std::span(known.data(), sizes.size())) {
    if (size == -1 && open != nullptr) {
      throw ShapeError("[reshape] only one size can be -1: got " + to_string(Shape(sizes)) +
                       ", need at most one");
    }
    size == -1 ? static_cast<void>(open = &size) : static_cast<void>(product *= size);
  }
  if (open != nullptr) *open = product == 0 ? 0 : detail::defined(x, "reshape").numel() / product;
  return reshape(x, Shape(std::span<const std::int64_t>(known.data(), sizes.size())));
}
inline Tensor Tensor::reshape(const Shape& shape) const { return nabla::reshape(*this, shape); }
inline Tensor Tensor::reshape(std::initializer_list<std::int64_t> sizes) const {
  return nabla::reshape(*this, sizes);
}
}  // namespace nabla
