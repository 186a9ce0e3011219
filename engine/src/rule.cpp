// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/engine/rule.hpp>
#include <nabla/engine/sweep.hpp>
#include <nabla/kernels/copy.hpp>
#include <nabla/kernels/loop.hpp>

#include "saves.hpp"

namespace nabla {
namespace detail {

namespace {

// A node with elements of its own in row-major order.
Tensor make_with_elements(int rank, const std::int64_t* sizes, DType dtype, const NodeParts& parts,
                          std::string_view op) {
  Tensor result;
  try {
    result = Tensor::adopt(make_node_with_elements(rank, sizes, dtype, parts));
  } catch (const std::bad_alloc&) {
    const Shape shape(std::span(sizes, static_cast<std::size_t>(rank)));
    throw ShapeError(
        fmt::format("[{}] too large for the memory: got {} of shape {}, need {} bytes for it; "
                    "compute in smaller parts",
                    op, name_of(dtype), to_string(shape),
                    static_cast<std::size_t>(shape.numel()) * size_bytes(dtype)));
  }
  Node* node = result.node();
  std::int64_t step = 1;
  for (int axis = rank - 1; axis >= 0; --axis) {
    node->strides()[axis] = step;
    step *= std::max(sizes[axis], std::int64_t{1});
  }
  return result;
}

// A node that shares the storage of `source`, without history.
Tensor alias(const Tensor& source, int rank, const NodeParts& parts) {
  const Node* from = source.node();
  Tensor result = Tensor::adopt(make_node(rank, from->dtype, parts));
  Node* node = result.node();
  ++from->storage->references;
  node->storage = from->storage;
  node->data = from->data;
  node->version = from->storage->version;
  return result;
}

thread_local constinit std::uint64_t last_sequence = 0;

// Notes who changes these elements in place, and when, for the error of a sweep that needs them.
void note_writer(Storage& storage, const char* op, std::uint64_t sequence) {
  LastWrite& write = last_write(storage);
  write.op = op;
  write.sequence = sequence != 0 ? sequence : last_sequence;
  write.scope = current_entry();
  write.is_recorded = sequence != 0;
}

// True if the gradients of `node` read elements that lie in this storage.
bool reads_elements_in(const Storage* storage, const Node& node) {
  const std::uint32_t saves = saved_by(node);
  for (int i = 0; i < node.edge_count; ++i) {
    const Node* operand = node.operand(i);
    if (operand != nullptr && saves_operand(saves, i) && operand->storage == storage) return true;
  }
  return false;
}

// A sweep that is recorded reads what was kept for it, also through nodes that no handle may use.
void check_operands(const Rule& rule, std::span<const Tensor* const> operands) {
  for (const Tensor* operand : operands) {
    const Node* node = operand->node();
    const bool overtaken = node->rule != nullptr && node->version != node->storage->version;
    const bool superseded = node->has(kSuperseded) && Sweep::current() == nullptr;
    if (!recording.enabled || !(overtaken || superseded)) continue;
    throw GraphError(fmt::format(
        "[{}] operand changed: {} changed its elements in place {}, so that its history no longer "
        "describes them; {}",
        rule.info->name, last_write(*node->storage).op,
        node->has(kSuperseded) ? "through another handle" : "since they were computed",
        node->has(kSuperseded) ? "use the handle that was changed"
                               : "detach() it to go on without its history"));
  }
}

NodeParts parts_of(std::span<const Tensor* const> operands, std::size_t attribute_bytes) {
  const bool has_versions = std::ranges::any_of(
      operands, [](const Tensor* operand) { return operand->node()->storage->version != 0; });
  return {operands.size(), attribute_bytes, has_versions};
}

// A C++ number while an operation is called.
bool is_on_stack(const Node& node) { return node.has(kOnStack) && node.rule == nullptr; }

// The number that an operation keeps whose numbers have this dtype; none of a tensor, of a number of
// another dtype, and of an integer that no double is.
std::optional<double> number_in(const Node& operand, DType dtype) {
  if (!is_on_stack(operand) || operand.dtype != dtype) return {};
  if (dtype == float64) return *reinterpret_cast<const double*>(operand.data);
  constexpr std::int64_t kMost = std::int64_t{1} << std::numeric_limits<double>::digits;
  const auto integer = *reinterpret_cast<const std::int64_t*>(operand.data);
  if (integer < -kMost || integer > kMost) return {};
  return static_cast<double>(integer);
}

// The operand; of a number on the stack a copy that may be held.
Tensor lasting(Node* operand) {
  if (!is_on_stack(*operand)) return Tensor::share(operand);
  Tensor copy = make_tensor({}, operand->dtype);
  copy_elements(*operand, *copy.node());
  copy.node()->flags |= kNumber;
  return copy;
}

void remember(Node* node, const Rule& rule, std::span<const Tensor* const> operands,
              const void* attributes) {
  node->rule = &rule;
  node->flags |= kRequiresGrad;
  node->sequence = ++last_sequence;
  node->scope = current_entry();
  bool has_numbers = false;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    Node* operand = operands[i]->node();
    if (node->has(kVersions)) node->operand_versions()[i] = operand->storage->version;
    if (!is_on_stack(*operand)) [[likely]] {
      retain(operand);
      node->operands()[i].node = operand;
      continue;
    }
    if (!std::exchange(has_numbers, true) && operand->dtype == int64) node->flags |= kIntegers;
    const DType dtype_of_numbers = node->has(kIntegers) ? int64 : float64;
    if (const std::optional<double> number = number_in(*operand, dtype_of_numbers)) {
      node->flags |= static_cast<std::uint16_t>(kFirstIsNumber << i);
      node->operands()[i].number = *number;
    } else {
      node->operands()[i].node = lasting(operand).disown();
    }
  }
  if (node->attribute_bytes > 0) std::memcpy(node->attributes(), attributes, node->attribute_bytes);
}

Tensor make_recorded(const Rule& rule, int rank, const std::int64_t* sizes, DType dtype,
                     std::span<const Tensor* const> operands, const void* attributes,
                     std::size_t attribute_bytes) {
  Tensor result =
      make_with_elements(rank, sizes, dtype, parts_of(operands, attribute_bytes), rule.info->name);
  remember(result.node(), rule, operands, attributes);
  return result;
}

}  // namespace

Tensor make_tensor(const Shape& shape, DType dtype, std::string_view op) {
  shape.check(op);
  return make_with_elements(shape.rank(), shape.begin(), dtype, {}, op);
}

Tensor make_tensor_like(const Tensor& like, std::string_view op) {
  const Node& node = *like.node();
  return make_with_elements(node.rank, node.sizes(), node.dtype, {}, op);
}

bool wants_history(std::span<const Tensor* const> operands) {
  if (!recording.enabled) return false;
  return std::ranges::any_of(
      operands, [](const Tensor* operand) { return operand->node()->has(kRequiresGrad); });
}

std::uint64_t last_recorded() { return last_sequence; }

void check_defined(std::string_view op, std::span<const Tensor* const> operands) {
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (operands[i]->defined()) continue;
    throw GraphError(fmt::format(
        "[{}] operand {} is an empty Tensor: got one that was default-constructed or moved from, "
        "need one with a value",
        op, i));
  }
}

const Tensor& defined(const Tensor& tensor, std::string_view op) {
  const Tensor* operands[] = {&tensor};
  check_defined(op, operands);
  return tensor;
}

std::uint32_t saved_by(const Node& node) {
  std::uint32_t saves = 0;
  for (int i = 0; i < node.edge_count; ++i) {
    const Node* operand = node.operand(i);
    if (operand != nullptr && operand->has(kRequiresGrad))
      saves |= node.rule->saves[static_cast<std::size_t>(std::min(i, 2))];
  }
  return saves;
}

Tensor operand_tensor(const Node& node, int index) {
  if (!node.holds_number(index)) return Tensor::share(node.operand(index));
  if (!node.has(kIntegers)) return Tensor(node.number(index));
  NumberNode number;
  return lasting(number.hold(static_cast<std::int64_t>(node.number(index))));
}

void note_write(Tensor& target, const char* op) {
  Storage& storage = *target.node()->storage;
  note_writer(storage, op, 0);
  ++storage.version;
}

Tensor make_alias(const Tensor& source) {
  const Node* from = source.node();
  Tensor result = alias(source, from->rank, {});
  std::copy_n(from->sizes(), 2 * from->rank, result.node()->sizes());
  return result;
}

Tensor make_result(const Rule& rule, const Shape& shape, DType dtype,
                   std::span<const Tensor* const> operands, const void* attributes,
                   std::size_t attribute_bytes) {
  check_operands(rule, operands);
  if (!is_floating(dtype) || !wants_history(operands))
    return make_tensor(shape, dtype, rule.info->name);
  shape.check(rule.info->name);
  return make_recorded(rule, shape.rank(), shape.begin(), dtype, operands, attributes,
                       attribute_bytes);
}

Tensor make_result_like(const Rule& rule, const Tensor& like,
                        std::span<const Tensor* const> operands, const void* attributes,
                        std::size_t attribute_bytes) {
  check_operands(rule, operands);
  if (!wants_history(operands)) return make_tensor_like(like, rule.info->name);
  const Node& node = *like.node();
  return make_recorded(rule, node.rank, node.sizes(), node.dtype, operands, attributes,
                       attribute_bytes);
}

Tensor make_source(const Rule& rule, const Shape& shape, DType dtype, const void* attributes,
                   std::size_t attribute_bytes) {
  shape.check(rule.info->name);
  return make_recorded(rule, shape.rank(), shape.begin(), dtype, {}, attributes, attribute_bytes);
}

Tensor make_computed(const Rule& rule, const Tensor& value, std::span<const Tensor* const> operands,
                     const void* attributes, std::size_t attribute_bytes) {
  check_operands(rule, operands);
  const Node* from = value.node();
  // Elements that someone else sees too are copied.
  const bool is_own =
      is_sole(*from) && kernels::is_contiguous(from->rank, from->sizes(), from->strides());
  if (!is_own) {
    Tensor result = make_recorded(rule, from->rank, from->sizes(), from->dtype, operands,
                                  attributes, attribute_bytes);
    copy_elements(*from, *result.node());
    return result;
  }
  Tensor result = alias(value, from->rank, parts_of(operands, attribute_bytes));
  Node* node = result.node();
  std::copy_n(from->sizes(), 2 * from->rank, node->sizes());
  remember(node, rule, operands, attributes);
  return result;
}

Tensor make_view(const Rule& rule, const Tensor& operand, const Shape& shape,
                 const Strides& strides, std::int64_t offset, const void* attributes,
                 std::size_t attribute_bytes) {
  const Tensor* operands[] = {&operand};
  check_operands(rule, operands);
  shape.check(rule.info->name);
  const bool history = is_floating(operand.dtype()) && wants_history(operands);
  const NodeParts parts = history ? parts_of(operands, attribute_bytes) : NodeParts{};
  Tensor result = alias(operand, shape.rank(), parts);
  Node* node = result.node();
  node->flags |= kView;
  node->data += offset * static_cast<std::int64_t>(size_bytes(node->dtype));
  std::copy(shape.begin(), shape.end(), node->sizes());
  std::copy_n(strides.begin(), shape.rank(), node->strides());
  if (history) remember(node, rule, operands, attributes);
  return result;
}

void check_writable(const Tensor& target, const char* op) {
  const Node* node = target.node();
  if (node == nullptr) throw GraphError(fmt::format("[{}] the target is an empty Tensor", op));
  if (!recording.enabled || !node->has(kRequiresGrad)) return;
  if (node->rule == nullptr) {
    throw GraphError(
        fmt::format("[{}] {} is a variable that needs a gradient: changing it in place would lose "
                    "the value its "
                    "gradient belongs to; write inside a NoGrad scope",
                    op, node->name == 0 ? "the target" : name_at(node->name).text));
  }
  if (node->has(kView)) {
    throw GraphError(fmt::format(
        "[{}] the target is a view with history: changing it in place would change the tensor it "
        "looks into as well; clone() it first",
        op));
  }
}

void copy_elements(const Node& from, Node& to) {
  kernels::copy(to.rank, to.sizes(), to.data, to.strides(), from.data, from.strides(),
                size_bytes(to.dtype));
}

// The recorded result becomes the target's new node. Usually it lets go of its own storage and stands
// for the target's, so that every alias of that storage sees the elements and the new version. Where
// its gradients read what the target was, both storages stay as they are.
void overwrite(Tensor& target, Tensor result, const char* op) {
  Node* before = target.node();
  Node* after = result.node();
  Storage* storage = before->storage;
  const bool is_recorded = after->rule != nullptr;
  const bool keeps_target = is_recorded && reads_elements_in(storage, *after);
  if (!keeps_target) {
    copy_elements(*after, *before);
    ++storage->version;
  }
  note_writer(*storage, op, is_recorded ? after->sequence : 0);
  if (!is_recorded) return;
  if (!keeps_target) {
    ++storage->references;
    release(std::exchange(after->storage, storage));
    after->data = before->data;
    after->version = storage->version;
    std::copy_n(before->strides(), before->rank, after->strides());
  }
  before->flags |= kSuperseded;
  ++last_write(*storage).superseded;
  target = std::move(result);
}

}  // namespace detail

}  // namespace nabla
