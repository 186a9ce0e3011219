// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nabla/engine/dtype.hpp>
#include <nabla/engine/name.hpp>
#include <nabla/engine/node.hpp>
#include <nabla/engine/shape.hpp>

// Tensor: a cheap handle (one pointer) to an array of numbers and, if it was computed from
// variables, to how it was computed. A copy shares elements and history. A node lives while a
// handle or a later node needs it: when the loss goes out of scope, the step's graph is gone.
// Threads: a tensor belongs to one thread at a time.
//
//   Tensor w = variable(randn({784, 10}), "w");
//   Tensor loss = (matmul(x, w) - y).square().mean();
//   backward(loss);
//   w.grad();
//
// Functions on tensors are ops, one file each in ops/; the methods at the end are their short
// forms.

namespace nabla {

class Tensor;
template <class T>
class basic_value;
using Value = basic_value<double>;

/// A list of axes; empty means all of them.
class Axes {
 public:
  Axes() = default;
  Axes(int axis) : axes_{axis}, count_(1) {}  // NOLINT: sum(x, 1) reads as it should
  Axes(std::initializer_list<int> axes) : count_(std::min(axes.size(), axes_.size())) {
    std::copy_n(axes.begin(), count_, axes_.begin());
  }
  [[nodiscard]] bool all() const { return count_ == 0; }
  [[nodiscard]] std::span<const int> list() const { return {axes_.data(), count_}; }
  /// Bit a is set if axis a is in the list.
  /// Errors    ShapeError that names `op` on an axis that is not there, or twice
  [[nodiscard]] std::uint32_t mask(int rank, const char* op) const;

 private:
  // One more than there are names one twice, or one that is not there.
  std::array<int, kMaxRank + 1> axes_{};
  std::size_t count_ = 0;
};

/// What a sweep does beside filling `.grad`. With `create_graph` the `.grad` of a variable has a
/// history that leads back to the variable: a circle, which keeps both in memory until zero_grad().
/// grad() makes none.
struct BackwardOptions {
  bool retain_graph = false;  ///< keep the history, so that another sweep can follow
  bool create_graph = false;  ///< record the sweep itself: gradients can be differentiated again
  bool retain_grad = false;   ///< intermediate results keep their gradient too
};

class Tensor {
 public:
  /// An undefined tensor: no elements, no shape; every op refuses it.
  Tensor() = default;
  /// A number as a tensor of rank 0. Its dtype adapts to the other operand of an operation.
  explicit Tensor(double number);

  Tensor(const Tensor& other) : node_(other.node_) { detail::retain(node_); }
  Tensor(Tensor&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  Tensor& operator=(const Tensor& other) & {
    detail::retain(other.node_);
    detail::release(std::exchange(node_, other.node_));
    return *this;
  }
  Tensor& operator=(Tensor&& other) & noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  // Assigning to a temporary (x[0] = y) would change nothing that lives.
  Tensor& operator=(const Tensor&) && = delete;
  Tensor& operator=(Tensor&&) && = delete;
  ~Tensor() { detail::release(node_); }

  [[nodiscard]] bool defined() const { return node_ != nullptr; }
  [[nodiscard]] Shape shape() const {
    const detail::Node* node = checked();
    return Shape(std::span<const std::int64_t>(node->sizes(), node->rank));
  }
  [[nodiscard]] std::int64_t size(int axis) const;
  [[nodiscard]] int rank() const { return checked()->rank; }
  [[nodiscard]] std::int64_t numel() const { return checked()->numel(); }
  [[nodiscard]] DType dtype() const { return checked()->dtype; }
  [[nodiscard]] Strides strides() const;
  [[nodiscard]] bool is_contiguous() const;

  [[nodiscard]] bool requires_grad() const { return checked()->has(detail::kRequiresGrad); }
  /// True if it was not computed from variables.
  [[nodiscard]] bool is_leaf() const { return checked()->rule == nullptr; }
  [[nodiscard]] std::string name() const;

  /// The one element, converted to T: x.item(), labels.item<std::int64_t>().
  /// Errors    ShapeError if there is not exactly one
  template <Element T = double>
  [[nodiscard]] T item() const;
  /// The element at these indices, converted to T. Negative indices count from the end.
  /// Errors    ShapeError if there is no such element
  template <Element T = double>
  [[nodiscard]] T at(std::initializer_list<std::int64_t> indices) const;
  /// All elements in row-major order, converted to T.
  template <Element T = double>
  [[nodiscard]] std::vector<T> to_vector() const;
  /// The elements where they lie.
  /// Errors    DTypeError if T is another type; ShapeError if they are not contiguous
  template <Element T>
  [[nodiscard]] std::span<const T> data() const;
  /// The same, to be written: counts as a change in place.
  template <Element T>
  [[nodiscard]] std::span<T> mutable_data();

  /// The gradient that the sweeps have accumulated here.
  /// Errors    GraphError if there is none yet
  [[nodiscard]] Tensor grad() const;
  [[nodiscard]] bool has_grad() const { return checked()->gradient != nullptr; }
  void zero_grad();
  void set_grad(const Tensor& gradient);
  /// Asks the sweeps to keep the gradient of this intermediate result.
  void retain_grad();

  /// See backward(y) in backward.hpp.
  void backward(const BackwardOptions& options = {}) const;
  void backward(const Tensor& seed, const BackwardOptions& options = {}) const;
  /// The same elements without history.
  [[nodiscard]] Tensor detach() const;

  // Short forms of ops; each is defined, inline, in its op's file, which a user must include.
  [[nodiscard]] inline Tensor operator[](
      std::int64_t index) const;  ///< a view of one slice of axis 0
  [[nodiscard]] inline Tensor to(DType dtype) const;
  [[nodiscard]] inline Tensor contiguous() const;
  [[nodiscard]] inline Tensor clone() const;
  [[nodiscard]] inline Tensor reshape(const Shape& shape) const;
  [[nodiscard]] inline Tensor reshape(std::initializer_list<std::int64_t> sizes) const;
  [[nodiscard]] inline Tensor transpose(int axis0 = -2, int axis1 = -1) const;
  [[nodiscard]] inline Tensor slice(int axis, std::int64_t start, std::int64_t stop,
                                    std::int64_t step = 1) const;
  [[nodiscard]] inline Tensor sum(const Axes& axes = {}, bool keepdim = false) const;
  [[nodiscard]] inline Tensor mean(const Axes& axes = {}, bool keepdim = false) const;
  [[nodiscard]] inline Tensor max(const Axes& axes = {}, bool keepdim = false) const;
  [[nodiscard]] inline Tensor min(const Axes& axes = {}, bool keepdim = false) const;
  [[nodiscard]] inline Tensor argmax(int axis, bool keepdim = false) const;
  [[nodiscard]] inline Tensor argmax() const;
  // These are written over a Tensor that ends with the expression, as functions and operators are.
  [[nodiscard]] inline Tensor square() const&;
  [[nodiscard]] inline Tensor square() &&;
  [[nodiscard]] inline Tensor sqrt() const&;
  [[nodiscard]] inline Tensor sqrt() &&;
  [[nodiscard]] inline Tensor exp() const&;
  [[nodiscard]] inline Tensor exp() &&;
  [[nodiscard]] inline Tensor log() const&;
  [[nodiscard]] inline Tensor log() &&;
  [[nodiscard]] inline Tensor abs() const&;
  [[nodiscard]] inline Tensor abs() &&;
  [[nodiscard]] inline Tensor tanh() const&;
  [[nodiscard]] inline Tensor tanh() &&;
  [[nodiscard]] inline Tensor relu() const&;
  [[nodiscard]] inline Tensor relu() &&;
  [[nodiscard]] inline Tensor sigmoid() const&;
  [[nodiscard]] inline Tensor sigmoid() &&;

  [[nodiscard]] detail::Node* node() const { return node_; }
  /// Takes over one reference.
  [[nodiscard]] static Tensor adopt(detail::Node* node) {
    Tensor tensor;
    tensor.node_ = node;
    return tensor;
  }
  [[nodiscard]] static Tensor share(detail::Node* node) {
    detail::retain(node);
    return adopt(node);
  }
  /// Gives up the reference without releasing it.
  [[nodiscard]] detail::Node* disown() { return std::exchange(node_, nullptr); }

 private:
  detail::Node* checked() const {
    if (node_ == nullptr) throw_undefined();
    return node_;
  }
  [[noreturn]] static void throw_undefined();

  detail::Node* node_ = nullptr;
};

/// A leaf that sweeps compute the gradient of. It shares the elements of `tensor`.
/// Errors    DTypeError unless the elements are floating
[[nodiscard]] Tensor variable(const Tensor& tensor, const Name& name = {});

/// The same tensor under a name, which pictures and messages show.
Tensor named(const Tensor& tensor, const Name& name);

/// The elements as nested lists, with at most a few hundred of them; says shape and dtype.
[[nodiscard]] std::string to_string(const Tensor& tensor);
std::ostream& operator<<(std::ostream& stream, const Tensor& tensor);

}  // namespace nabla
