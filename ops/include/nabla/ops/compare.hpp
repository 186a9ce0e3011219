// SPDX-License-Identifier: MIT
#pragma once

#include <initializer_list>
#include <type_traits>

#include <nabla/ops/family/record.hpp>

// Comparisons of tensors, element by element, with broadcasting. The result is boolean and has no
// gradient. A comparison with NaN is false, except != .

namespace nabla {

enum class Comparison : int { less, less_equal, greater, greater_equal, equal, not_equal };

/// Errors    ShapeError if the shapes do not broadcast
[[nodiscard]] Tensor compare(Comparison comparison, const Tensor& a, const Tensor& b);

namespace detail {

/// Errors    DTypeError that names `op` unless the mask is boolean
void check_mask(const Tensor& mask, const char* op);
/// Errors    ShapeError that names `op` unless the operands broadcast; GraphError if one is empty
void check_broadcast(std::initializer_list<const Tensor*> operands, const char* op);

template <class A, class B>
concept Comparable = ((is_tensor<A> || is_probe<A>)&&(is_tensor<B> || is_probe<B> ||
                                                      std::is_arithmetic_v<B>)) ||
                     (std::is_arithmetic_v<A> && (is_tensor<B> || is_probe<B>));

// A condition on Probes reads what its operands read.
template <class A, class B>
[[nodiscard]] constexpr auto compare_operands(Comparison comparison, const A& a, const B& b) {
  if constexpr (is_probe<A> || is_probe<B>) {
    return probe_union(a, b);
  } else {
    return compare(comparison, lift_tensor(a), lift_tensor(b));
  }
}

}  // namespace detail

template <class A, class B>
requires detail::Comparable<A, B>
[[nodiscard]] constexpr auto operator<(const A& a, const B& b) {
  return detail::compare_operands(Comparison::less, a, b);
}
template <class A, class B>
requires detail::Comparable<A, B>
[[nodiscard]] constexpr auto operator<=(const A& a, const B& b) {
  return detail::compare_operands(Comparison::less_equal, a, b);
}
template <class A, class B>
requires detail::Comparable<A, B>
[[nodiscard]] constexpr auto operator>(const A& a, const B& b) {
  return detail::compare_operands(Comparison::greater, a, b);
}
template <class A, class B>
requires detail::Comparable<A, B>
[[nodiscard]] constexpr auto operator>=(const A& a, const B& b) {
  return detail::compare_operands(Comparison::greater_equal, a, b);
}
template <class A, class B>
requires detail::Comparable<A, B>
[[nodiscard]] constexpr auto operator==(const A& a, const B& b) {
  return detail::compare_operands(Comparison::equal, a, b);
}
template <class A, class B>
requires detail::Comparable<A, B>
[[nodiscard]] constexpr auto operator!=(const A& a, const B& b) {
  return detail::compare_operands(Comparison::not_equal, a, b);
}

/// True where the element is NaN, infinite, neither.
[[nodiscard]] Tensor isnan(const Tensor& x);
[[nodiscard]] Tensor isinf(const Tensor& x);
[[nodiscard]] Tensor isfinite(const Tensor& x);

/// True where both are, where one is, where it is not.
/// Errors    DTypeError unless both are boolean
[[nodiscard]] Tensor logical_and(const Tensor& a, const Tensor& b);
[[nodiscard]] Tensor logical_or(const Tensor& a, const Tensor& b);
[[nodiscard]] Tensor logical_not(const Tensor& a);
/// True if any, if all elements are true (or not zero).
[[nodiscard]] bool any(const Tensor& a);
[[nodiscard]] bool all(const Tensor& a);

}  // namespace nabla
