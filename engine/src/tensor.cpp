// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/engine/rule.hpp>
#include <nabla/engine/tensor.hpp>
#include <nabla/kernels/loop.hpp>

namespace nabla {

std::uint32_t Axes::mask(int rank, const char* op) const {
  if (all()) return (1u << rank) - 1;
  std::uint32_t mask = 0;
  for (const int axis : axes_) {
    const std::uint32_t bit = 1u << normal_axis(axis, rank, op);
    if ((mask & bit) != 0) throw ShapeError(fmt::format("[{}] axis {} is named twice", op, axis));
    mask |= bit;
  }
  return mask;
}

namespace detail {

Tensor make_tensor(const Shape& shape, DType dtype) {
  const std::int64_t count = shape.numel();
  Tensor tensor = Tensor::adopt(make_node(shape.rank(), dtype, 0, 0));
  Node* node = tensor.node();
  node->storage = make_storage(static_cast<std::size_t>(count) * size_bytes(dtype));
  node->data = static_cast<std::byte*>(node->storage->data);
  node->numel = count;
  std::copy(shape.begin(), shape.end(), node->sizes());
  const Strides strides = contiguous_strides(shape);
  std::copy_n(strides.begin(), shape.rank(), node->strides());
  return tensor;
}

namespace {

// A node that shares the storage of `source`, without history.
Tensor alias(const Tensor& source, int rank, std::size_t edges, std::size_t attribute_bytes) {
  const Node* from = source.node();
  Tensor result = Tensor::adopt(make_node(rank, from->dtype, edges, attribute_bytes));
  Node* node = result.node();
  ++from->storage->references;
  node->storage = from->storage;
  node->data = from->data;
  node->numel = from->numel;
  node->version = from->storage->version;
  return result;
}

Tensor same_view(const Tensor& source) {
  const Node* from = source.node();
  Tensor result = alias(source, from->rank, 0, 0);
  std::copy_n(from->sizes(), 2 * from->rank, result.node()->sizes());
  return result;
}

thread_local constinit std::uint64_t last_sequence = 0;

bool wants_history(std::span<const Tensor* const> operands) {
  if (!recording.enabled) return false;
  return std::ranges::any_of(
      operands, [](const Tensor* operand) { return operand->node()->has(kRequiresGrad); });
}

void check_operands(const Rule& rule, std::span<const Tensor* const> operands) {
  for (const Tensor* operand : operands) {
    if (!operand->defined())
      throw GraphError(
          fmt::format("[{}] an operand is undefined: got an empty Tensor", rule.info->name));
    const Node* node = operand->node();
    const bool overtaken = node->rule != nullptr && node->version != node->storage->version;
    if (recording.enabled && (overtaken || node->has(kSuperseded))) {
      throw GraphError(
          fmt::format("[{}] this handle's tensor was changed in place by {} through another "
                      "handle: its history "
                      "no longer describes its elements; use the handle that was changed",
                      rule.info->name, node->storage->last_writer));
    }
  }
}

void remember(Node* node, const Rule& rule, std::span<const Tensor* const> operands,
              const void* attributes) {
  node->rule = &rule;
  node->flags |= kRequiresGrad;
  node->sequence = ++last_sequence;
  node->scope = recording.scope;
  Edge* edges = node->edges();
  for (std::size_t i = 0; i < operands.size(); ++i) {
    Node* operand = operands[i]->node();
    retain(operand);
    edges[i] = {operand, operand->storage->version};
  }
  if (node->attribute_bytes > 0) std::memcpy(node->attributes(), attributes, node->attribute_bytes);
}

Tensor make_recorded(const Rule& rule, const Shape& shape, DType dtype,
                     std::span<const Tensor* const> operands, const void* attributes,
                     std::size_t attribute_bytes) {
  Tensor result = Tensor::adopt(make_node(shape.rank(), dtype, operands.size(), attribute_bytes));
  Node* node = result.node();
  std::fill_n(node->edges(), operands.size(), Edge{nullptr, 0});
  node->numel = shape.numel();
  node->storage = make_storage(static_cast<std::size_t>(node->numel) * size_bytes(dtype));
  node->data = static_cast<std::byte*>(node->storage->data);
  std::copy(shape.begin(), shape.end(), node->sizes());
  const Strides strides = contiguous_strides(shape);
  std::copy_n(strides.begin(), shape.rank(), node->strides());
  remember(node, rule, operands, attributes);
  return result;
}

}  // namespace

Tensor make_result(const Rule& rule, const Shape& shape, DType dtype,
                   std::span<const Tensor* const> operands, const void* attributes,
                   std::size_t attribute_bytes) {
  check_operands(rule, operands);
  if (!is_floating(dtype) || !wants_history(operands)) return make_tensor(shape, dtype);
  return make_recorded(rule, shape, dtype, operands, attributes, attribute_bytes);
}

Tensor make_source(const Rule& rule, const Shape& shape, DType dtype, const void* attributes,
                   std::size_t attribute_bytes) {
  return make_recorded(rule, shape, dtype, {}, attributes, attribute_bytes);
}

Tensor make_view(const Rule& rule, const Tensor& operand, const Shape& shape,
                 const Strides& strides, std::int64_t offset, const void* attributes,
                 std::size_t attribute_bytes) {
  const Tensor* operands[] = {&operand};
  check_operands(rule, operands);
  const bool history = is_floating(operand.dtype()) && wants_history(operands);
  Tensor result = alias(operand, shape.rank(), history ? 1 : 0, history ? attribute_bytes : 0);
  Node* node = result.node();
  if (history) node->edges()[0] = {nullptr, 0};
  node->flags |= kView;
  node->numel = shape.numel();
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
                    op, node->name == 0 ? "the target" : name_at(node->name)));
  }
  if (node->has(kView)) {
    throw GraphError(fmt::format(
        "[{}] the target is a view with history: changing it in place would change the tensor it "
        "looks into as well; clone() it first",
        op));
  }
}

void copy_elements(const Node& from, Node& to) {
  const auto loop = kernels::make_loop<2>(to.rank, to.sizes(), {to.strides(), from.strides()});
  visit_dtype(to.dtype, [&](auto zero) {
    using T = decltype(zero);
    T* target = reinterpret_cast<T*>(to.data);
    const T* source = reinterpret_cast<const T*>(from.data);
    kernels::for_each_row(loop, [&](const auto& offset, std::int64_t n, const auto& step) {
      T* y = target + offset[0];
      const T* x = source + offset[1];
      if (step[0] == 1 && step[1] == 1) {
        std::copy_n(x, n, y);
      } else {
        for (std::int64_t i = 0; i < n; ++i) y[i * step[0]] = x[i * step[1]];
      }
    });
  });
}

// The recorded result becomes the target's new node: it lets go of its own storage and stands for
// the target's, so that every alias of that storage sees the elements and the new version.
void overwrite(Tensor& target, Tensor result, const char* op) {
  Node* before = target.node();
  Node* after = result.node();
  Storage* storage = before->storage;
  copy_elements(*after, *before);
  ++storage->version;
  storage->last_writer = op;
  storage->last_write = after->sequence;
  if (after->rule == nullptr) return;
  ++storage->references;
  release(std::exchange(after->storage, storage));
  after->data = before->data;
  after->version = storage->version;
  std::copy_n(before->strides(), before->rank, after->strides());
  before->flags |= kSuperseded;
  ++storage->superseded;
  target = std::move(result);
}

}  // namespace detail

void Tensor::throw_undefined() {
  throw GraphError("[tensor] this Tensor is empty: it was default-constructed or moved from");
}

Shape Tensor::shape() const {
  const detail::Node* node = checked();
  return Shape(std::span<const std::int64_t>(node->sizes(), node->rank));
}

std::int64_t Tensor::size(int axis) const {
  const detail::Node* node = checked();
  return node->sizes()[normal_axis(axis, node->rank, "size")];
}

Strides Tensor::strides() const {
  const detail::Node* node = checked();
  Strides strides{};
  std::copy_n(node->strides(), node->rank, strides.begin());
  return strides;
}

bool Tensor::is_contiguous() const {
  const detail::Node* node = checked();
  std::int64_t step = 1;
  for (int axis = node->rank - 1; axis >= 0; --axis) {
    if (node->sizes()[axis] != 1 && node->strides()[axis] != step && node->numel != 0) return false;
    step *= node->sizes()[axis];
  }
  return true;
}

std::string Tensor::name() const { return detail::name_at(checked()->name); }

namespace {

double element_at(const detail::Node* node, std::int64_t offset) {
  return visit_dtype(node->dtype, [&](auto zero) {
    using T = decltype(zero);
    return static_cast<double>(reinterpret_cast<const T*>(node->data)[offset]);
  });
}

}  // namespace

double Tensor::item() const {
  const detail::Node* node = checked();
  if (node->numel != 1) {
    throw ShapeError(fmt::format("[item] not a single number: got shape {}, need one element",
                                 nabla::to_string(shape())));
  }
  return element_at(node, 0);
}

double Tensor::at(std::initializer_list<std::int64_t> indices) const {
  const detail::Node* node = checked();
  if (indices.size() != node->rank) {
    throw ShapeError(fmt::format("[at] wrong number of indices: got {}, need {} for shape {}",
                                 indices.size(), node->rank, nabla::to_string(shape())));
  }
  std::int64_t offset = 0;
  int axis = 0;
  for (const std::int64_t index : indices) {
    const std::int64_t size = node->sizes()[axis];
    const std::int64_t normal = index < 0 ? index + size : index;
    if (normal < 0 || normal >= size) {
      throw ShapeError(fmt::format("[at] index out of range: got {} for axis {} of shape {}", index,
                                   axis, nabla::to_string(shape())));
    }
    offset += normal * node->strides()[axis++];
  }
  return element_at(node, offset);
}

template <Element T>
std::vector<T> Tensor::to_vector() const {
  const detail::Node* node = checked();
  // vector<bool> has no array behind it, so elements are appended one by one.
  std::vector<T> elements;
  elements.reserve(static_cast<std::size_t>(node->numel));
  const auto loop = kernels::make_loop<1>(node->rank, node->sizes(), {node->strides()});
  visit_dtype(node->dtype, [&](auto zero) {
    using From = decltype(zero);
    const From* data = reinterpret_cast<const From*>(node->data);
    kernels::for_each_row(loop, [&](const auto& offsets, std::int64_t n, const auto& strides) {
      for (std::int64_t i = 0; i < n; ++i)
        elements.push_back(static_cast<T>(data[offsets[0] + i * strides[0]]));
    });
  });
  return elements;
}
template std::vector<bool> Tensor::to_vector<bool>() const;
template std::vector<std::int64_t> Tensor::to_vector<std::int64_t>() const;
template std::vector<float> Tensor::to_vector<float>() const;
template std::vector<double> Tensor::to_vector<double>() const;

template <Element T>
std::span<const T> Tensor::data() const {
  const detail::Node* node = checked();
  if (node->dtype != dtype_of<T>()) {
    throw DTypeError(fmt::format("[data] wrong element type: got {}, the tensor holds {}",
                                 name_of(dtype_of<T>()), name_of(node->dtype)));
  }
  if (!is_contiguous()) {
    throw ShapeError(fmt::format(
        "[data] the elements of this view of shape {} have gaps between them; use contiguous()",
        nabla::to_string(shape())));
  }
  return {reinterpret_cast<const T*>(node->data), static_cast<std::size_t>(node->numel)};
}
template std::span<const bool> Tensor::data<bool>() const;
template std::span<const std::int64_t> Tensor::data<std::int64_t>() const;
template std::span<const float> Tensor::data<float>() const;
template std::span<const double> Tensor::data<double>() const;

template <Element T>
std::span<T> Tensor::mutable_data() {
  const std::span<const T> elements = data<T>();
  detail::check_writable(*this, "mutable_data");
  ++node_->storage->version;
  node_->storage->last_writer = "mutable_data";
  node_->storage->last_write = 0;
  return {const_cast<T*>(elements.data()), elements.size()};
}
template std::span<bool> Tensor::mutable_data<bool>();
template std::span<std::int64_t> Tensor::mutable_data<std::int64_t>();
template std::span<float> Tensor::mutable_data<float>();
template std::span<double> Tensor::mutable_data<double>();

Tensor Tensor::grad() const {
  const detail::Node* node = checked();
  if (node->gradient == nullptr) {
    throw GraphError(fmt::format(
        "[grad] {} has no gradient: {}", node->name == 0 ? "this tensor" : name(),
        !requires_grad() ? "it needs none; make it a variable() before it is used"
        : !is_leaf()     ? "it is an intermediate result; call retain_grad() on it before backward"
                         : "no backward(y) has reached it yet"));
  }
  return share(node->gradient);
}

void Tensor::zero_grad() { detail::release(std::exchange(checked()->gradient, nullptr)); }

void Tensor::set_grad(const Tensor& gradient) {
  if (gradient.shape() != shape() || gradient.dtype() != dtype()) {
    throw ShapeError(fmt::format("[set_grad] got {} of shape {}, need {} of shape {}",
                                 name_of(gradient.dtype()), nabla::to_string(gradient.shape()),
                                 name_of(dtype()), nabla::to_string(shape())));
  }
  detail::retain(gradient.node());
  detail::release(std::exchange(checked()->gradient, gradient.node()));
}

void Tensor::retain_grad() {
  if (!requires_grad())
    throw GraphError("[retain_grad] this tensor needs no gradient: nothing would be kept");
  node_->flags |= detail::kRetainGrad;
}

void Tensor::backward(const BackwardOptions& options) const { nabla::backward(*this, options); }

Tensor Tensor::detach() const {
  static_cast<void>(checked());
  return detail::same_view(*this);
}

Tensor variable(const Tensor& tensor, std::string_view name) {
  if (!is_floating(tensor.dtype())) {
    throw DTypeError(
        fmt::format("[variable] got {}, need float32 or float64: only these carry "
                    "gradients; use .to(float32)",
                    name_of(tensor.dtype())));
  }
  Tensor leaf = tensor.detach();
  leaf.node()->flags |= detail::kRequiresGrad;
  return named(leaf, name);
}

Tensor named(const Tensor& tensor, std::string_view name) {
  const std::uint32_t index = detail::intern_name(name.data(), name.size());
  static_cast<void>(tensor.shape());
  tensor.node()->name = index;
  return tensor;
}

}  // namespace nabla
