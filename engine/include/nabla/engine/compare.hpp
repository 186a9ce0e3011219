// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

#include <nabla/engine/expression.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/engine/tape_head.hpp>

// Comparisons and classification of scalars (Value, Dual, expressions of them). They look at the
// numbers only and give a plain bool or an integer: they are not operations and leave nothing on a
// tape. Who computes the same thing again for other numbers must know how they ended, though: a
// ComparisonLog is told of those of Values.
//
//   if (x > 0.0 && isfinite(x * y)) ...;   std::max(x, y)

namespace nabla {

namespace detail {

/// The plain number inside a scalar, or the number one wrapping further in.
template <class X>
[[gnu::always_inline]] constexpr auto number(const X& x) {
  if constexpr (ScalarOperand<X>) {
    return x.value();
  } else {
    return x;
  }
}

/// The plain number inside all wrappings.
template <class X>
constexpr auto plain(const X& x) {
  if constexpr (ScalarOperand<X>) {
    return plain(x.value());
  } else {
    return x;
  }
}

/// The number of `x`, on the level of one wrapping less than the most wrapped of both. An integer
/// becomes a number of the other's kind, as in arithmetic.
template <class X, class Other>
[[gnu::always_inline]] constexpr auto number_beside(const X& x) {
  using Plain = decltype(plain(std::declval<const Other&>()));
  if constexpr (std::is_integral_v<X> && std::is_arithmetic_v<Plain>) {
    return static_cast<Plain>(x);
  } else if constexpr (depth<X> >= depth<Other>) {
    return number(x);
  } else {
    return x;
  }
}

/// How two numbers are compared. All comparisons are these, with the operands exchanged or with the
/// opposite outcome, also where one is NaN.
enum class Relation : std::uint8_t {
  equal,
  less,
  less_equal,
  sign,  ///< whether the first is negative, -0 included; the second is the first again
};

/// Is told of each comparison of Values while a tape of its is active: see Tape::tell_comparisons. An
/// expression that is compared is recorded for it, and so is what would have no history otherwise: what
/// is detached, or computed in a NoGrad.
class ComparisonLog {
 public:
  virtual ~ComparisonLog() = default;
  virtual void compared(const basic_value<double>& a, const basic_value<double>& b,
                        Relation relation, bool outcome) = 0;
  /// True if this is a Value of the tape whose log it is.
  [[nodiscard]] virtual bool watches(const basic_value<double>& x) const = 0;
  /// The same number, recorded so that no gradient goes through it.
  [[nodiscard]] virtual basic_value<double> held(const basic_value<double>& x) = 0;
};
// Out of line, and opaque where vector registers may be in use: see tape_head.hpp.
#if defined(__GNUC__) && !defined(__clang__)
#define NABLA_OUT_OF_LINE __attribute__((noipa))
#else
#define NABLA_OUT_OF_LINE [[gnu::noinline]]
#endif
NABLA_OUT_OF_LINE void tell_of_comparison(const basic_value<double>& a,
                                          const basic_value<double>& b, Relation relation,
                                          bool outcome);
/// True if somebody is told of comparisons, and this is of that tape.
[[nodiscard]] NABLA_OUT_OF_LINE bool is_watched(const basic_value<double>& x);
/// The number of x without history; but where it is watched, recorded and held.
/// Errors    GraphError if it is watched and not of the active tape
[[nodiscard]] NABLA_OUT_OF_LINE basic_value<double> detached(const basic_value<double>& x);
/// Of a watched Value that becomes a number on an inner tape.
[[noreturn]] void throw_unseen();

/// True if somebody is told of comparisons of these numbers.
template <class Number>
[[nodiscard]] [[gnu::always_inline]] constexpr bool are_told() {
  if constexpr (ScalarOperand<Number> && std::is_same_v<decltype(plain(Number())), double>) {
    return !std::is_constant_evaluated() && active_head<double>()->comparisons != nullptr;
  } else {
    return false;
  }
}

/// What the log is told of: an expression is recorded.
template <class Number, class X>
NABLA_OUT_OF_LINE Number told_of(const X& x) {
  return Number(x);
}

#undef NABLA_OUT_OF_LINE

/// The outcome of a comparison, of which the log is told if there is one.
template <class A, class B>
[[gnu::always_inline]] constexpr bool noted(const A& a, const B& b, Relation relation,
                                            bool outcome) {
  using Number = typename CommonNumber<A, B>::type;
  if constexpr (std::is_same_v<Number, basic_value<double>>) {
    if (are_told<Number>()) [[unlikely]]
      tell_of_comparison(told_of<Number>(a), told_of<Number>(b), relation, outcome);
  }
  return outcome;
}

}  // namespace detail

// Comparisons look at the numbers only; they are not operations.

template <class A, class B>
requires ScalarArguments<A, B>
[[nodiscard]] constexpr bool operator==(const A& a, const B& b) {
  return detail::noted(a, b, detail::Relation::equal,
                       detail::number_beside<A, B>(a) == detail::number_beside<B, A>(b));
}
template <class A, class B>
requires ScalarArguments<A, B>
[[nodiscard]] constexpr bool operator!=(const A& a, const B& b) { return !(a == b); }
template <class A, class B>
requires ScalarArguments<A, B>
[[nodiscard]] constexpr bool operator<(const A& a, const B& b) {
  return detail::noted(a, b, detail::Relation::less,
                       detail::number_beside<A, B>(a) < detail::number_beside<B, A>(b));
}
template <class A, class B>
requires ScalarArguments<A, B>
[[nodiscard]] constexpr bool operator<=(const A& a, const B& b) {
  return detail::noted(a, b, detail::Relation::less_equal,
                       detail::number_beside<A, B>(a) <= detail::number_beside<B, A>(b));
}
template <class A, class B>
requires ScalarArguments<A, B>
[[nodiscard]] constexpr bool operator>(const A& a, const B& b) {
  return detail::noted(b, a, detail::Relation::less,
                       detail::number_beside<A, B>(a) > detail::number_beside<B, A>(b));
}
template <class A, class B>
requires ScalarArguments<A, B>
[[nodiscard]] constexpr bool operator>=(const A& a, const B& b) {
  return detail::noted(b, a, detail::Relation::less_equal,
                       detail::number_beside<A, B>(a) >= detail::number_beside<B, A>(b));
}

template <ScalarOperand X>
[[nodiscard]] bool isnan(const X& x) {
  return x != x;
}
template <ScalarOperand X>
[[nodiscard]] bool isinf(const X& x) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  return x == kInfinity || x == -kInfinity;
}
template <ScalarOperand X>
[[nodiscard]] bool isfinite(const X& x) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  return x > -kInfinity && x < kInfinity;
}
template <ScalarOperand X>
[[nodiscard]] bool isnormal(const X& x) {
  const double least = std::numeric_limits<decltype(detail::plain(x))>::min();
  return isfinite(x) && (x >= least || x <= -least);
}
template <ScalarOperand X>
[[nodiscard]] bool signbit(const X& x) {
  using std::signbit;
  return detail::noted(x, x, detail::Relation::sign, signbit(detail::number(x)));
}
template <ScalarOperand X>
[[nodiscard]] int fpclassify(const X& x) {
  if (isnan(x)) return FP_NAN;
  if (!isfinite(x)) return FP_INFINITE;
  if (x == 0.0) return FP_ZERO;
  return isnormal(x) ? FP_NORMAL : FP_SUBNORMAL;
}
template <class A, class B>
requires ScalarArguments<A, B>
[[nodiscard]] bool isunordered(const A& a, const B& b) { return !(a <= b) && !(a >= b); }
template <class A, class B>
requires ScalarArguments<A, B>
[[nodiscard]] bool isgreater(const A& a, const B& b) { return a > b; }
template <class A, class B>
requires ScalarArguments<A, B>
[[nodiscard]] bool isgreaterequal(const A& a, const B& b) { return a >= b; }
template <class A, class B>
requires ScalarArguments<A, B>
[[nodiscard]] bool isless(const A& a, const B& b) { return a < b; }
template <class A, class B>
requires ScalarArguments<A, B>
[[nodiscard]] bool islessequal(const A& a, const B& b) { return a <= b; }
template <class A, class B>
requires ScalarArguments<A, B>
[[nodiscard]] bool islessgreater(const A& a, const B& b) { return a < b || a > b; }

// Integers near a number. A ComparisonLog is told of bounds between which they are the same.

namespace detail {

struct Bounds {
  double lower, upper;
};
/// Numbers around x, itself among them, that `rounding` takes to the same integer.
template <class F>
[[nodiscard]] Bounds rounded_alike(double x, const F& rounding) {
  constexpr double kWhole = 0x1p52;  // numbers of this size are whole
  if (!(std::abs(x) < kWhole)) return {x, x};
  const auto n = rounding(x);
  const auto bound = [&](double distance) {
    double at = static_cast<double>(n) + distance;
    if (rounding(at) != n) at = std::nextafter(at, x);
    return rounding(at) == n ? at : x;
  };
  const double lower = bound(-0.5), upper = bound(0.5);
  return {lower < x ? lower : x, upper > x ? upper : x};
}
/// The numbers of its sign that have the exponent of x.
[[nodiscard]] inline Bounds exponent_alike(double x) {
  if (x == 0.0 || !std::isfinite(x)) return {x, x};
  const double least = std::ldexp(1.0, std::ilogb(x)), most = std::nextafter(2 * least, 0.0);
  return x > 0 ? Bounds{least, most} : Bounds{-most, -least};
}

/// Tells who is told of comparisons that x is between these, or is no number.
template <ScalarOperand X>
void tell_bounds(const X& x, Bounds bounds) {
  if (!isnan(x)) static_cast<void>(x >= bounds.lower && x <= bounds.upper);
}
/// The same of its exponent.
template <ScalarOperand X>
void tell_exponent(const X& x) {
  if (are_told<ValueOf<X>>()) [[unlikely]]
    tell_bounds(ValueOf<X>(x), exponent_alike(static_cast<double>(plain(x))));
}
template <ScalarOperand X, class F>
[[nodiscard]] auto rounded(const X& x, const F& rounding) {
  if (are_told<ValueOf<X>>()) [[unlikely]]
    tell_bounds(ValueOf<X>(x), rounded_alike(static_cast<double>(plain(x)), rounding));
  return rounding(plain(x));
}

}  // namespace detail

template <ScalarOperand X>
[[nodiscard]] int ilogb(const X& x) {
  detail::tell_exponent(x);
  return std::ilogb(detail::plain(x));
}
template <ScalarOperand X>
[[nodiscard]] long lround(const X& x) {
  return detail::rounded(x, [](auto number) { return std::lround(number); });
}
template <ScalarOperand X>
[[nodiscard]] long long llround(const X& x) {
  return detail::rounded(x, [](auto number) { return std::llround(number); });
}
template <ScalarOperand X>
[[nodiscard]] long lrint(const X& x) {
  return detail::rounded(x, [](auto number) { return std::lrint(number); });
}
template <ScalarOperand X>
[[nodiscard]] long long llrint(const X& x) {
  return detail::rounded(x, [](auto number) { return std::llrint(number); });
}

}  // namespace nabla

/// The limits of the number inside, as numbers without history.
template <class X>
requires(nabla::detail::is_value<X> || nabla::detail::is_dual<X>) class std::numeric_limits<X>
    : public std::numeric_limits<decltype(nabla::detail::plain(X()))> {
  using Plain = std::numeric_limits<decltype(nabla::detail::plain(X()))>;

 public:
  static constexpr X min() noexcept { return Plain::min(); }
  static constexpr X max() noexcept { return Plain::max(); }
  static constexpr X lowest() noexcept { return Plain::lowest(); }
  static constexpr X epsilon() noexcept { return Plain::epsilon(); }
  static constexpr X round_error() noexcept { return Plain::round_error(); }
  static constexpr X infinity() noexcept { return Plain::infinity(); }
  static constexpr X quiet_NaN() noexcept { return Plain::quiet_NaN(); }
  static constexpr X signaling_NaN() noexcept { return Plain::signaling_NaN(); }
  static constexpr X denorm_min() noexcept { return Plain::denorm_min(); }
};
