// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <nabla/engine/nan_guard.hpp>
#include <nabla/engine/value.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/index/stack.hpp>
#include <nabla/ops/view/clone.hpp>

// The rule of a structured op, and a reduction as a function of single numbers.

namespace nabla::detail {

template <class Op>
struct StructuredRule {
  static_assert(std::is_trivially_copyable_v<Op>, "attributes are copied as bytes");
  static constexpr std::size_t kAttributeBytes = std::is_empty_v<Op> ? 0 : sizeof(Op);

  static constexpr bool kPacks = requires { &Op::pack; };

  // As a node keeps them.
  struct Attributes {
    std::array<std::int64_t, kPacks ? 1 + kMaxRank : 0> words;
    const void* data;
    std::size_t bytes = kAttributeBytes;

    explicit Attributes(const Op& op) : data(&op) {
      if constexpr (kPacks) {
        bytes = op.pack(words) * sizeof(std::int64_t);
        data = words.data();
      }
    }
  };
  static decltype(auto) attributes_of(const std::byte* bytes) {
    if constexpr (kPacks) {
      return Op::unpack(reinterpret_cast<const std::int64_t*>(bytes));
    } else {
      static constexpr Op none{};
      return static_cast<const Op&>(kAttributeBytes == 0 ? none
                                                         : *reinterpret_cast<const Op*>(bytes));
    }
  }

  static Tensor apply(const Op& op, std::span<const Tensor* const> operands) {
    check_defined(Op::info.name, operands);
    const Attributes attributes(op);
    if constexpr (requires { op.view(Inputs(operands)); }) {
      const View view = op.view(Inputs(operands));
      return make_view(rule, *operands[0], view.shape, view.strides, view.offset, attributes.data,
                       attributes.bytes);
    } else {
      const Result result = op.shape(Inputs(operands));
      Tensor y = make_result(rule, result.shape, result.dtype, operands, attributes.data,
                             attributes.bytes);
      op.forward(Inputs(operands), y);
      return computed(rule, std::move(y), operands);
    }
  }

  static void backward(BackwardCall& call) {
    const Unguarded inside;
    attributes_of(call.attribute_bytes()).backward(call);
  }

  static Tensor replay(std::span<const Tensor> operands, const std::byte* attributes) {
    const auto& op = attributes_of(attributes);
    if constexpr (requires { Op::needs_contiguous; }) {
      return record_structured(op, contiguous(operands[0]));
    } else {
      return record_structured(op, operands);
    }
  }

  static constexpr Rule rule{&Op::info, {Op::saves, Op::saves, Op::saves}, &backward, &replay};
};

template <class Op>
struct ReductionOfNumbers {
  static Value scalar(std::span<const Value> numbers, std::span<const double>) {
    return Op::of(numbers);
  }
  static Tensor tensor(std::span<const Tensor> numbers, std::span<const double>) {
    return Op::of(stack(numbers));
  }
};

}  // namespace nabla::detail
