// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstring>

#include <fmt/format.h>
#include <fmt/ranges.h>

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
  for (const int axis : list()) {
    const std::uint32_t bit = 1u << normal_axis(axis, std::max(rank, 1), op);
    if ((mask & bit) != 0) {
      throw ShapeError(fmt::format("[{}] axis {} is named twice: got ({}), need each axis once", op,
                                   axis, fmt::join(list(), ", ")));
    }
    mask |= bit;
  }
  return rank == 0 ? 0 : mask;
}

void Tensor::throw_undefined() {
  throw GraphError(
      "[tensor] this Tensor is empty: got one that was default-constructed or moved from, need one "
      "with a value");
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
  return node->numel() == 0 || kernels::is_contiguous(node->rank, node->sizes(), node->strides());
}

std::string Tensor::name() const { return detail::name_at(checked()->name).text; }

namespace {

template <class T>
T element_at(const detail::Node* node, std::int64_t offset) {
  return visit_dtype(node->dtype, [&](auto zero) {
    using From = decltype(zero);
    return static_cast<T>(reinterpret_cast<const From*>(node->data)[offset]);
  });
}

}  // namespace

template <Element T>
T Tensor::item() const {
  const detail::Node* node = checked();
  if (node->numel() != 1) {
    throw ShapeError(fmt::format("[item] not a single number: got shape {}, need one element",
                                 nabla::to_string(shape())));
  }
  return element_at<T>(node, 0);
}
template bool Tensor::item<bool>() const;
template std::int64_t Tensor::item<std::int64_t>() const;
template float Tensor::item<float>() const;
template double Tensor::item<double>() const;

template <Element T>
T Tensor::at(std::initializer_list<std::int64_t> indices) const {
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
      throw ShapeError(fmt::format(
          "[at] index out of range: got {} for axis {} of shape {}, need {} <= index < {}", index,
          axis, nabla::to_string(shape()), -size, size));
    }
    offset += normal * node->strides()[axis++];
  }
  return element_at<T>(node, offset);
}
template bool Tensor::at<bool>(std::initializer_list<std::int64_t>) const;
template std::int64_t Tensor::at<std::int64_t>(std::initializer_list<std::int64_t>) const;
template float Tensor::at<float>(std::initializer_list<std::int64_t>) const;
template double Tensor::at<double>(std::initializer_list<std::int64_t>) const;

template <Element T>
std::vector<T> Tensor::to_vector() const {
  const detail::Node* node = checked();
  // vector<bool> has no array behind it, so elements are appended one by one.
  std::vector<T> elements;
  elements.reserve(static_cast<std::size_t>(node->numel()));
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
  return {reinterpret_cast<const T*>(node->data), static_cast<std::size_t>(node->numel())};
}
template std::span<const bool> Tensor::data<bool>() const;
template std::span<const std::int64_t> Tensor::data<std::int64_t>() const;
template std::span<const float> Tensor::data<float>() const;
template std::span<const double> Tensor::data<double>() const;

template <Element T>
std::span<T> Tensor::mutable_data() {
  const std::span<const T> elements = data<T>();
  detail::check_writable(*this, "mutable_data");
  detail::note_write(*this, "mutable_data");
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
void Tensor::backward(const Tensor& seed, const BackwardOptions& options) const {
  nabla::backward(*this, seed, options);
}

Tensor Tensor::detach() const {
  static_cast<void>(checked());
  return detail::make_alias(*this);
}

Tensor variable(const Tensor& tensor, const Name& name) {
  if (!is_floating(detail::defined(tensor, "variable").dtype())) {
    throw DTypeError(
        fmt::format("[variable] got {}, need float32 or float64: only these carry "
                    "gradients; use .to(float32)",
                    name_of(tensor.dtype())));
  }
  Tensor leaf = tensor.detach();
  leaf.node()->flags |= detail::kRequiresGrad;
  return named(leaf, name);
}

Tensor named(const Tensor& tensor, const Name& name) {
  const std::uint32_t index = detail::intern_name(name);
  detail::defined(tensor, "named").node()->name = index;
  return tensor;
}

}  // namespace nabla
