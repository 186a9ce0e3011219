// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/rule.hpp>
#include <nabla/ops/compare.hpp>
#include <nabla/ops/family/record.hpp>
#include <nabla/ops/registry.hpp>

// Structured ops: anything that is not elementwise. The op object holds the attributes (axes,
// steps; trivially copyable) and says, in this order,
//
//   static constexpr OpInfo info{...};
//   Result shape(Inputs x) const;                   refuses bad input, gives shape and dtype
//   void forward(Inputs x, Tensor& y) const;        fills y, which is contiguous
//   void backward(BackwardCall& call) const;        in ops, so that order 2 is free
//   static std::vector<Sample> samples();           inputs for checks
//   static std::vector<ErrorCase> errors();         calls that must be refused
//
// A view has `View view(Inputs x) const` in place of shape and forward: its result shares the
// elements of operand 0, which are brought in order before it is applied again to others if it
// `needs_contiguous`. An op whose attributes vary in length has `pack` and `unpack`. `saves` says what backward reads (default: everything); `for_lists` that
// there is a function of this name for lists of numbers, as of each reduction (family/list.hpp).

namespace nabla {

/// The operands of a structured op.
class Inputs {
 public:
  Inputs(std::span<const Tensor* const> operands) : operands_(operands) {}  // NOLINT
  [[nodiscard]] const Tensor& operator[](int index) const {
    return *operands_[static_cast<std::size_t>(index)];
  }
  [[nodiscard]] int count() const { return static_cast<int>(operands_.size()); }

 private:
  std::span<const Tensor* const> operands_;
};

/// What a structured op is going to produce.
struct Result {
  Shape shape;
  DType dtype;
};

/// A view of operand 0: offset and strides count elements.
struct View {
  Shape shape;
  Strides strides;
  std::int64_t offset = 0;
};

struct Structured {
  static constexpr int arity = -1;
  static constexpr std::string_view family = "structured";
  static constexpr std::uint32_t saves = kSavesEverything;
};

/// Applies a structured op.
template <class Op>
[[nodiscard]] Tensor record_structured(const Op& op, std::span<const Tensor* const> operands) {
  return detail::Instantiate<Op>::apply(op, operands);
}
template <class Op>
[[nodiscard]] Tensor record_structured(const Op& op, std::span<const Tensor> operands) {
  constexpr std::size_t kFew = 8;
  std::array<const Tensor*, kFew> few;
  std::vector<const Tensor*> many(operands.size() > kFew ? operands.size() : 0);
  const std::span<const Tensor*> pointers(many.empty() ? few.data() : many.data(), operands.size());
  std::ranges::transform(operands, pointers.begin(), [](const Tensor& x) { return &x; });
  return record_structured(op, std::span<const Tensor* const>(pointers));
}
template <class Op, std::same_as<Tensor>... Xs>
[[nodiscard]] Tensor record_structured(const Op& op, const Xs&... xs) {
  const Tensor* operands[] = {&xs...};
  return record_structured(op, std::span<const Tensor* const>(operands));
}

/// `tensor` reduced to `shape` by summing over the axes that broadcasting stretched.
[[nodiscard]] Tensor sum_to(const Tensor& tensor, const Shape& shape);
/// The tensor itself where it has this shape, else reshaped: of a view, a sweep makes a copy for a variable.
[[nodiscard]] Tensor of_shape(const Tensor& tensor, const Shape& shape);

/// y = 0, with x from the element `offset` on, in these steps.
/// Requires  y is contiguous, of the dtype of x
void embed(const Tensor& x, std::int64_t offset, const Strides& steps, Tensor& y);

/// The sample inputs of a test: float64 numbers drawn from [lower, upper], the same at each call.
[[nodiscard]] Tensor sample_tensor(const Shape& shape, double lower = -2.0, double upper = 2.0,
                                   std::uint64_t seed = 1);

/// The pointer to the elements.
/// Requires  the tensor holds T
template <class T>
[[nodiscard]] const T* elements(const Tensor& tensor) {
  return reinterpret_cast<const T*>(tensor.node()->data);
}
template <class T>
[[nodiscard]] T* elements(Tensor& tensor) {
  return reinterpret_cast<T*>(tensor.node()->data);
}

namespace detail {
[[nodiscard]] inline bool is_of_shape(const Tensor& x, const Shape& shape) {
  const Node& node = *x.node();
  return node.rank == shape.rank() && are_equal(node.sizes(), shape.begin(), node.rank);
}
/// Errors    DTypeError that names `op`, always
[[noreturn]] void throw_not_floating(const Tensor& x, std::string_view op);
/// The smallest dtype that holds the elements of every operand.
/// Requires  at least one operand
[[nodiscard]] DType common_dtype(Inputs x);
/// Errors    DTypeError unless both are the same floating type
void check_same_floating(const Tensor& a, const Tensor& b, std::string_view op);
/// Errors    DomainError that names `op` unless number >= 0
void check_not_negative(double number, std::string_view name, std::string_view op);
}  // namespace detail

}  // namespace nabla
