// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <concepts>
#include <limits>
#include <utility>

#include <nabla/ops/binary/maximum.hpp>
#include <nabla/ops/binary/minimum.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/family/parameter.hpp>
#include <nabla/ops/ternary/where.hpp>

namespace nabla {
namespace op {
struct Clamp : Unary<Clamp> {
  static constexpr OpInfo info{.name = "clamp",
                               .formula = "y = min(max(x, lo), hi)",
                               .gradient = "dy/dx = 1 for lo <= x <= hi, else 0",
                               .domain = "all real numbers; of integers and integers int64",
                               .kinks = "x = lo and x = hi: slope 1; lo > hi: y = hi, slope 0",
                               .accuracy = "exact",
                               .source = "definition",
                               .singular = {-1.0, 1.0}};
  static constexpr bool masks = true;
  static constexpr OpParameter parameters[]{{.name = "lo", .value = -1},
                                            {.name = "hi", .value = 1}};
  double lo = parameters[0].value;
  double hi = parameters[1].value;
  static constexpr Clamp with(double lo, double hi) {
    Clamp op;
    op.lo = lo;
    op.hi = hi;
    return op;
  }
  template <class T>
  [[gnu::always_inline]] constexpr T value(const T& x) const {
    const double low = std::min(lo, hi);
    const T limited = choose(x < low, static_cast<T>(low), x);
    return choose(x > hi, static_cast<T>(hi), limited);
  }
  template <class T>
  [[gnu::always_inline]] constexpr T slope(const T& x, const T& /*y*/) const {
    return where(x >= lo, where(x <= hi, T(1), T(0)), T(0)) * (lo <= hi ? 1 : 0);
  }
};
}  // namespace op

namespace detail {
/// clamp, by the name of a function that errors name.
template <Active X>
[[nodiscard]] constexpr auto clamp_by_name(X&& x, double lo, double hi, const char* name) {
  const double bounds[] = {lo, hi};
  if (lo != lo || hi != hi) require_parameters({.name = name}, op::Clamp::parameters, bounds);
  static_cast<void>(defined(x, name));
  return record(op::Clamp::with(lo, hi), std::forward<X>(x));
}
}  // namespace detail

/// x limited to [lo, hi]. NaN stays NaN.
/// Errors    DomainError if a bound is NaN
template <Active X>
[[nodiscard]] constexpr auto clamp(X&& x, double lo, double hi) {
  return detail::clamp_by_name(std::forward<X>(x), lo, hi, "clamp");
}
/// x limited by bounds of its own for each element. Where x equals a bound, x has the gradient; where
/// lo > hi the result is hi. NaN stays NaN, as a bound too.
/// Shapes    broadcast together
/// Errors    ShapeError if they do not
[[nodiscard]] inline Tensor clamp(const Tensor& x, const Tensor& lo, const Tensor& hi) {
  detail::check_broadcast({&x, &lo, &hi}, "clamp");
  const Tensor limited = where(logical_or(x >= lo, isnan(x)), x, lo);
  return where(logical_or(limited <= hi, isnan(limited)), limited, hi);
}
/// x limited to [lo, hi]; integers stay int64.
template <class X, std::integral Lo, std::integral Hi>
requires detail::is_tensor<X>
[[nodiscard]] Tensor clamp(X&& x, Lo lo, Hi hi) {
  if (is_floating(detail::defined(x, "clamp").dtype()))
    return detail::clamp_by_name(std::forward<X>(x), static_cast<double>(lo),
                                 static_cast<double>(hi), "clamp");
  return minimum(maximum(x, lo), hi);
}
/// The same of scalars, some of whose bounds are Values (or expressions of them).
template <class X, class Lo, class Hi>
requires(ScalarArguments<X, Lo, Hi> && (ScalarOperand<Lo> || ScalarOperand<Hi>))
    [[nodiscard]] constexpr auto clamp(const X& x, const Lo& lo, const Hi& hi) {
  const auto limited = record(op::Where{}, x >= lo || !(x == x) ? 1.0 : 0.0, x, lo);
  const bool is_below = limited <= hi || !(limited == limited);
  return record(op::Where{}, is_below ? 1.0 : 0.0, limited, hi);
}
/// x limited from one side; integers by an integer stay int64.
/// Errors    DomainError if the bound is NaN
template <Active X>
[[nodiscard]] constexpr auto clamp_min(X&& x, double lo) {
  return detail::clamp_by_name(std::forward<X>(x), lo, std::numeric_limits<double>::infinity(),
                               "clamp_min");
}
template <Active X>
[[nodiscard]] constexpr auto clamp_max(X&& x, double hi) {
  return detail::clamp_by_name(std::forward<X>(x), -std::numeric_limits<double>::infinity(), hi,
                               "clamp_max");
}
template <class X, std::integral Lo>
requires detail::is_tensor<X>
[[nodiscard]] Tensor clamp_min(X&& x, Lo lo) {
  if (is_floating(detail::defined(x, "clamp_min").dtype()))
    return clamp_min(std::forward<X>(x), static_cast<double>(lo));
  return maximum(x, lo);
}
template <class X, std::integral Hi>
requires detail::is_tensor<X>
[[nodiscard]] Tensor clamp_max(X&& x, Hi hi) {
  if (is_floating(detail::defined(x, "clamp_max").dtype()))
    return clamp_max(std::forward<X>(x), static_cast<double>(hi));
  return minimum(x, hi);
}
}  // namespace nabla
