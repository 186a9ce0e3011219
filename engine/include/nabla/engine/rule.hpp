// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include <nabla/engine/op_info.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/engine/tensor.hpp>

// What the engine knows about a tensor op: a Rule, one constant object an op. An op computes its
// result into a tensor that make_result gives it; that tensor remembers the rule, the operands and
// the op's attributes if anything is being recorded. The sweep calls `backward` in reverse order.

namespace nabla {

class BackwardCall;
namespace detail {
class Sweep;
/// Operand `index` as a tensor: of a C++ number, a new one.
[[nodiscard]] Tensor operand_tensor(const Node& node, int index);
}  // namespace detail

/// Which values a rule reads in `backward`, so that a change in place is an error only if it hurts.
/// Bit i stands for operand i, the last bit for the result.
inline constexpr std::uint32_t kSavesOutput = 1u << 31;
inline constexpr std::uint32_t kSavesEverything = ~0u;

/// What forward mode asks of an op: how its result changes where its operands change.
struct TangentCall {
  std::span<const Tensor> operands;
  const Tensor& result;
  std::span<const Tensor> tangents;  ///< one an operand; undefined where it does not change
  const std::byte* attributes;
};

struct Rule {
  const OpInfo* info;
  /// What the contribution to operand 0, to operand 1, and to any later one reads.
  std::array<std::uint32_t, 3> saves;
  /// Adds the gradient of each operand that wants one.
  void (*backward)(BackwardCall& call);
  /// The same op, with the same attributes, on other operands.
  Tensor (*replay)(std::span<const Tensor> operands, const std::byte* attributes);
  /// The tangent of the result, of its shape and dtype. Null where `backward`, transposed, says it.
  Tensor (*tangent)(const TangentCall& call) = nullptr;
  /// Gives back what the attributes own. Null where that is nothing.
  void (*release)(std::byte* attributes) noexcept = nullptr;
};

/// One step of a sweep, as a rule sees it: the gradient that arrived, operands, result, attributes.
class BackwardCall {
 public:
  BackwardCall(detail::Node& node, const Tensor& gradient, detail::Sweep& sweep)
      : node_(node), gradient_(gradient), sweep_(sweep) {}

  [[nodiscard]] const OpInfo& info() const { return *node_.rule->info; }
  [[nodiscard]] const Tensor& gradient() const { return gradient_; }
  [[nodiscard]] Tensor input(int index) const { return detail::operand_tensor(node_, index); }
  /// What stands behind them, for a loop over their elements: nothing is counted. Null for a number.
  [[nodiscard]] detail::Node* input_node(int index) const { return node_.operand(index); }
  /// The same; a number stands in `room`.
  [[nodiscard]] detail::Node* input_node(int index, detail::NumberNode& room) const {
    return node_.holds_number(index) ? room.hold(node_.number(index)) : node_.operand(index);
  }
  [[nodiscard]] detail::Node* output_node() const { return &node_; }
  [[nodiscard]] int input_count() const { return node_.edge_count; }
  [[nodiscard]] Tensor output() const { return Tensor::share(&node_); }
  /// True if operand `index` needs a gradient.
  [[nodiscard]] bool wants(int index) const {
    const detail::Node* operand = node_.operand(index);
    return operand != nullptr && operand->has(detail::kRequiresGrad);
  }
  /// True if this sweep is recorded: only ops may be used then, no kernels.
  [[nodiscard]] bool create_graph() const;
  template <class Op>
  [[nodiscard]] const Op& attributes() const {
    return *reinterpret_cast<const Op*>(node_.attributes());
  }
  [[nodiscard]] const std::byte* attribute_bytes() const { return node_.attributes(); }
  /// The same step with another gradient, as if the result had its shape: for a rule that is made of
  /// another one. `gradient` has to live as long.
  [[nodiscard]] BackwardCall with_gradient(const Tensor& gradient) const {
    return {node_, gradient, sweep_};
  }
  /// A tensor of the gradient's shape and dtype to be filled: the gradient itself if nobody else
  /// holds it, else a new one. Requires  the rule reads the gradient no more, but element by element
  [[nodiscard]] Tensor overwritable_gradient() const;
  /// The gradient of operand `index` as far as it is gathered, if the contribution may be added to its
  /// elements where they lie: those are nobody else's, nobody looks at contributions one by one, and
  /// shape and dtype are those of the gradient that arrived. Else null.
  [[nodiscard]] detail::Node* gathered(int index) const;
  /// Computes the result again by `f`, from the operands, and sweeps through the history that has: all
  /// contributions, to operands and to what else f uses, come from there. That history is gone
  /// afterwards, unless the sweep is recorded.
  void sweep_again(const std::function<Tensor(std::span<const Tensor>)>& f);
  /// Adds `contribution` to the gradient of operand `index`.
  /// Requires  wants(index); the operand's shape and dtype
  void add(int index, Tensor contribution);

 private:
  detail::Node& node_;
  const Tensor& gradient_;
  detail::Sweep& sweep_;
  bool guarded_ = detail::recording.guarded;
};

namespace detail {

/// Errors    GraphError that names `op` if an operand is an empty Tensor
void check_defined(std::string_view op, std::span<const Tensor* const> operands);
/// The tensor itself.
/// Errors    GraphError that names `op` if it is an empty Tensor
const Tensor& defined(const Tensor& tensor, std::string_view op);
/// Which operands and whether the result must stay as they are until `node` has been swept: what the
/// contributions to those operands read that want one (see Rule::saves). Operands behind the last bit
/// stand for all.
[[nodiscard]] std::uint32_t saved_by(const Node& node);

/// The number of the operation that this thread recorded last.
[[nodiscard]] std::uint64_t last_recorded();

/// True if this thread records and one of the operands needs a gradient.
[[nodiscard]] bool wants_history(std::span<const Tensor* const> operands);

/// An uninitialised, contiguous tensor that `rule` is about to fill. It remembers the operands if
/// this thread records, the dtype is floating, and an operand needs a gradient.
/// Requires  check_defined(op, operands)
/// Errors    GraphError if the history of an operand was overtaken in place
Tensor make_result(const Rule& rule, const Shape& shape, DType dtype,
                   std::span<const Tensor* const> operands, const void* attributes,
                   std::size_t attribute_bytes);
/// The same with shape and dtype of a tensor that is floating: what most operations need.
Tensor make_result_like(const Rule& rule, const Tensor& like,
                        std::span<const Tensor* const> operands, const void* attributes,
                        std::size_t attribute_bytes);
/// The same for a tensor that depends on variables without having tensors as operands.
Tensor make_source(const Rule& rule, const Shape& shape, DType dtype, const void* attributes,
                   std::size_t attribute_bytes);
/// A tensor with the elements of `value`, which has no history, that remembers the operands whether or
/// not one needs a gradient.
/// Requires  check_defined(op, operands); this thread records; `value` is floating
Tensor make_computed(const Rule& rule, const Tensor& value, std::span<const Tensor* const> operands,
                     const void* attributes, std::size_t attribute_bytes);
/// As make_result, for a view: it shares the storage of operand 0. `offset` counts elements.
Tensor make_view(const Rule& rule, const Tensor& operand, const Shape& shape,
                 const Strides& strides, std::int64_t offset, const void* attributes,
                 std::size_t attribute_bytes);
/// Copies the elements of `result` over those of `target`; if `result` was recorded, the handle
/// goes on as that result. If its gradients read what `target` was (h *= x), nothing is copied: the
/// former elements stay for the sweep, and the result has its own.
/// Requires  same shape and dtype; check_writable(target, op); `op` lives forever
void overwrite(Tensor& target, Tensor result, const char* op);
/// The elements of `target` are about to be written by `op`, which lives forever.
void note_write(Tensor& target, const char* op);
/// Copies elements between two nodes of one shape and dtype.
void copy_elements(const Node& from, Node& to);
/// Errors    GraphError if `target` must not be changed in place (a variable, a view with history)
void check_writable(const Tensor& target, const char* op);

/// Errors    DomainError if the result of an operation is not finite
void look_at(const Rule& rule, const Tensor& result, std::span<const Tensor* const> operands);
/// What an operation has computed, on its way to the caller: a NanGuard looks at it.
[[nodiscard]] inline Tensor computed(const Rule& rule, Tensor result,
                                     std::span<const Tensor* const> operands) {
  if (recording.guarded) [[unlikely]]
    look_at(rule, result, operands);
  return result;
}

/// A tensor without history.
/// Errors    ShapeError that names `op` if there is no memory for it
Tensor make_tensor(const Shape& shape, DType dtype, std::string_view op = "tensor");
Tensor make_tensor_like(const Tensor& like, std::string_view op = "tensor");
/// Another tensor without history, of the same elements.
/// Requires  `source` is defined
Tensor make_alias(const Tensor& source);

/// a + b, the one operation the engine itself needs.
Tensor add_adjoints(const Tensor& a, const Tensor& b);

}  // namespace detail
}  // namespace nabla
