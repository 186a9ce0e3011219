// SPDX-License-Identifier: MIT
#pragma once

#include <type_traits>
#include <utility>

#include <nabla/engine/creation.hpp>
#include <nabla/engine/dual.hpp>
#include <nabla/ops/family/elementwise.hpp>

namespace nabla {

// Plain numbers and probes in the formulas of other ops.
template <class T>
requires std::is_arithmetic_v<T>
[[nodiscard, gnu::always_inline]] constexpr T where(bool condition, T b, T c) {
  return condition ? b : c;
}
template <class B, class C>
constexpr Probe where(const Probe& condition, const B& b, const C& c) {
  return probe_union(condition, b, c);
}

namespace op {
struct Where : Ternary<Where> {
  static constexpr OpInfo info{.name = "where",
                               .formula = "y = b where a holds, else c",
                               .gradient = "dy/db = 1 where a holds, dy/dc = 1 where it does not",
                               .kinks = "the branch not taken contributes exactly 0, never NaN",
                               .accuracy = "exact",
                               .source = "definition",
                               .samples = {{-1.0, 1.0}, {-2.0, 2.0}, {-2.0, 2.0}}};
  static constexpr bool cheap = true;
  static constexpr DType least_dtype = boolean;
  static constexpr bool masks = true;
  static constexpr bool has_condition = true;  // operand 0 takes no part in the dtype
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b, const T& c) {
    return choose(a != 0, b, c);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_a(const T&, const T&, const T&, const T&) {
    return T(0);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_b(const T& a, const T&, const T&, const T&) {
    return where(a != 0, T(1), T(0));
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_c(const T& a, const T&, const T&, const T&) {
    return where(a != 0, T(0), T(1));
  }
};
}  // namespace op

/// b where the condition holds, c elsewhere. The branch not taken contributes exactly 0 to the
/// gradient, even where it is infinite or NaN. Of two plain numbers the result is float32 if one of
/// them is floating, else int64.
/// Shapes    broadcast together
template <class B, class C>
requires(detail::is_tensor<B> || detail::is_tensor<C>) [[nodiscard]] Tensor
    where(const Tensor& condition, B&& b, C&& c) {
  return record(op::Where{}, condition, std::forward<B>(b), std::forward<C>(c));
}
template <class B, class C>
requires(std::is_arithmetic_v<B>&& std::is_arithmetic_v<C>) [[nodiscard]] Tensor
    where(const Tensor& condition, B b, C c) {
  if constexpr (std::is_integral_v<B> && std::is_integral_v<C>) {
    return record(op::Where{}, condition, b, c);
  } else {
    return record(op::Where{}, condition, tensor(static_cast<double>(b)),
                  tensor(static_cast<double>(c)));
  }
}
/// x with a number where the mask holds; what stood there gets no gradient. Of integers, an integer
/// leaves int64.
/// Shapes    broadcast together
/// Errors    ShapeError if they do not; DTypeError unless the mask is boolean
template <class X, class Number>
requires detail::is_tensor<X> && std::is_arithmetic_v<Number>
[[nodiscard]] Tensor masked_fill(X&& x, const Tensor& mask, Number value) {
  detail::check_mask(mask, "masked_fill");
  detail::check_broadcast({&x, &mask}, "masked_fill");
  return where(mask, value, std::forward<X>(x));
}
template <class B, class C>
requires ScalarArguments<B, C>
[[nodiscard, gnu::always_inline]] constexpr auto where(bool condition, const B& b, const C& c) {
  using Number = typename detail::CommonNumber<B, C>::type;
  if constexpr (detail::is_dual<Number> && !detail::is_recorded<Number>) {
    return choose(condition, Number(b), Number(c));
  } else {
    return record(op::Where{}, condition ? 1.0 : 0.0, b, c);
  }
}
}  // namespace nabla
