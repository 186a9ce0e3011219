// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include <nabla/engine/random.hpp>
#include <nabla/engine/tensor.hpp>

// Tensors from nothing: filled, counted, drawn at random, or copied from memory of the caller.
// None of them needs a gradient; variable(t, "name") makes one that does.

namespace nabla {

/// A number or a list of such lists, as written in braces: {{1, 2}, {3, 4}}.
class NumberList {
 public:
  template <class A>
  requires std::is_arithmetic_v<A> NumberList(A number)
      : number_(static_cast<double>(number)) {  // NOLINT: a literal in braces
    if constexpr (std::is_integral_v<A>) integer_ = static_cast<std::int64_t>(number);
  }
  NumberList(std::initializer_list<NumberList> items) : is_number_(false), items_(items) {}
  [[nodiscard]] bool is_number() const { return is_number_; }
  /// The number; an integer, of which double does not hold all, is given as it is.
  template <class T>
  [[nodiscard]] T number() const {
    if constexpr (std::is_same_v<T, std::int64_t>) {
      if (integer_) return *integer_;
    }
    return static_cast<T>(number_);
  }
  [[nodiscard]] const std::vector<NumberList>& items() const { return items_; }

 private:
  bool is_number_ = true;
  double number_ = 0.0;
  std::optional<std::int64_t> integer_;
  std::vector<NumberList> items_;
};

/// The numbers as a tensor, of rank 0 without braces, else of as many axes as the braces are deep.
/// Errors    ShapeError if rows differ in length or depth
[[nodiscard]] Tensor tensor(const NumberList& numbers, DType dtype = float32);

/// Not initialised.
[[nodiscard]] Tensor empty(const Shape& shape, DType dtype = float32);
[[nodiscard]] Tensor zeros(const Shape& shape, DType dtype = float32);
[[nodiscard]] Tensor ones(const Shape& shape, DType dtype = float32);
[[nodiscard]] Tensor full(const Shape& shape, double value, DType dtype = float32);
[[nodiscard]] Tensor zeros_like(const Tensor& tensor);
[[nodiscard]] Tensor ones_like(const Tensor& tensor);
[[nodiscard]] Tensor full_like(const Tensor& tensor, double value);
/// The identity matrix.
[[nodiscard]] Tensor eye(std::int64_t n, DType dtype = float32);
/// 0, 1, ..., count - 1.
[[nodiscard]] Tensor arange(std::int64_t count, DType dtype = int64);

namespace detail {
[[nodiscard]] Tensor counted(std::int64_t start, std::int64_t stop, std::int64_t step, DType dtype);
[[nodiscard]] Tensor counted(double start, double stop, double step, DType dtype);

template <class A>
concept Arithmetic = std::is_arithmetic_v<A>;
/// The type to count in: integers if all are, else double.
template <Arithmetic... As>
using Counter = std::conditional_t<(std::is_integral_v<As> && ...), std::int64_t, double>;
/// What arange gives unless it is told.
template <Arithmetic... As>
inline constexpr DType counter_dtype = std::is_same_v<Counter<As...>, double> ? float32 : int64;
}  // namespace detail

/// start, start + step, ... below stop (above it, if step is negative): int64 if all three are
/// integers, else float32.
/// Errors    DomainError if step is 0, or a number is not finite
template <detail::Arithmetic A, detail::Arithmetic B, detail::Arithmetic C>
[[nodiscard]] Tensor arange(A start, B stop, C step, DType dtype = detail::counter_dtype<A, B, C>) {
  using T = detail::Counter<A, B, C>;
  return detail::counted(static_cast<T>(start), static_cast<T>(stop), static_cast<T>(step), dtype);
}
/// start, start + 1, ... below stop.
template <detail::Arithmetic A, detail::Arithmetic B>
[[nodiscard]] Tensor arange(A start, B stop, DType dtype = detail::counter_dtype<A, B>) {
  return arange(start, stop, 1, dtype);
}
/// `count` numbers from start to stop, both included.
[[nodiscard]] Tensor linspace(double start, double stop, std::int64_t count, DType dtype = float32);

/// Normal with mean 0 and deviation 1, from the thread's generator (see manual_seed) or a given
/// one.
[[nodiscard]] Tensor randn(const Shape& shape, DType dtype = float32);
[[nodiscard]] Tensor randn(const Shape& shape, Random& random, DType dtype = float32);
/// Uniform in [0, 1).
[[nodiscard]] Tensor rand(const Shape& shape, DType dtype = float32);
[[nodiscard]] Tensor rand(const Shape& shape, Random& random, DType dtype = float32);

/// A copy of `elements` in row-major order.
/// Errors    ShapeError if their count is not the shape's
template <Element T>
[[nodiscard]] Tensor from_span(std::span<const T> elements, const Shape& shape);
template <Element T>
[[nodiscard]] Tensor from_span(std::span<const T> elements) {
  return from_span(elements, Shape{static_cast<std::int64_t>(elements.size())});
}

}  // namespace nabla
