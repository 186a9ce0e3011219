// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <nabla/engine/op_info.hpp>

// An Expression is an operation on scalars that has not been recorded yet. `a * b + c` builds
// Expression<Add, Expression<Mul, Value, Value>, Value>; turning it into a Value computes it and
// records it as one statement. It holds its operands by value, so `auto e = a * b + c;` is safe
// (and is recorded each time it becomes a Value). Immutable; as thread safe as its Values.
//
//   template <class A, class B> requires ScalarArguments<A, B>
//   auto operator*(const A& a, const B& b) { return make_expression(op::Mul{}, a, b); }

namespace nabla {

template <class T>
class basic_value;
template <class T, int N = 1>
class Dual;
template <class Op, class... Xs>
class Expression;

/// A number inside an expression of numbers T: known when the statement was recorded, has no gradient.
/// It is kept as `Kept`: as T, or as a plain number where T is a Dual that would have no tangents.
template <class T, class Kept = T>
class Constant {
 public:
  constexpr explicit Constant(const Kept& value) : value_(value) {}
  [[nodiscard]] constexpr const Kept& value() const { return value_; }

 private:
  Kept value_;
};

namespace detail {

/// What a type is among the scalars. `Number` is the type an expression of it turns into;
/// `depth` counts how often numbers are wrapped: 0 for double, 2 for basic_value<Value>.
template <class X>
struct ScalarTraits {
  using Number = X;
  static constexpr int depth = 0;
  static constexpr bool is_operand = false;
};
template <class T>
struct ScalarTraits<basic_value<T>> {
  using Number = basic_value<T>;
  using Inner = T;
  static constexpr int depth = 1 + ScalarTraits<T>::depth;
  static constexpr bool is_operand = true;
};
template <class T, class Kept>
struct ScalarTraits<Constant<T, Kept>> : ScalarTraits<basic_value<T>> {};
template <class T, int N>
struct ScalarTraits<Dual<T, N>> {
  using Number = Dual<T, N>;
  using Inner = T;
  static constexpr int depth = 1 + ScalarTraits<T>::depth;
  static constexpr bool is_operand = true;
};
template <class Op, class X, class... Xs>
struct ScalarTraits<Expression<Op, X, Xs...>> : ScalarTraits<X> {};

/// The plain number inside, without its derivatives.
template <class X>
[[nodiscard]] constexpr double plain_number(const X& x) {
  if constexpr (ScalarTraits<X>::depth == 0) {
    return static_cast<double>(x);
  } else {
    return plain_number(x.value());
  }
}

template <class T>
inline constexpr bool is_dual = false;
template <class T, int N>
inline constexpr bool is_dual<Dual<T, N>> = true;
/// T without its tangents, if it is a Dual.
template <class T>
struct WithoutTangents {
  using type = T;
};
template <class T, int N>
struct WithoutTangents<Dual<T, N>> : WithoutTangents<T> {};
template <class T>
inline constexpr bool is_value = false;
template <class T>
inline constexpr bool is_value<basic_value<T>> = true;
template <class T>
inline constexpr bool is_expression = false;
template <class Op, class... Xs>
inline constexpr bool is_expression<Expression<Op, Xs...>> = true;

}  // namespace detail

/// A Value, a Dual, an expression of them: what an elementwise op can be applied to.
template <class X>
concept ScalarOperand = detail::ScalarTraits<std::remove_cvref_t<X>>::is_operand;

/// A Value or a Dual: a scalar that can be assigned to.
template <class X>
concept ScalarNumber = detail::is_value<X> || detail::is_dual<X>;

/// Operands of one op: scalars and plain numbers, at least one of them not plain.
template <class... Xs>
concept ScalarArguments = (... || ScalarOperand<Xs>)&&(... && (ScalarOperand<Xs> ||
                                                               std::is_arithmetic_v<Xs>));

/// The number an operand turns into: Value for Value and for an expression of Values.
template <class X>
using ValueOf = typename detail::ScalarTraits<std::remove_cvref_t<X>>::Number;

template <class Op, class... Xs>
requires ScalarArguments<Xs...>
[[nodiscard]] constexpr auto make_expression(const Op& op, const Xs&... xs);

namespace detail {

template <class X>
inline constexpr int depth = ScalarTraits<X>::depth;

/// The most wrapped number among the operands.
template <class X, class... Xs>
struct CommonNumber {
  using Rest = typename CommonNumber<Xs...>::type;
  using type = std::conditional_t<(depth<X> >= depth<Rest>), ValueOf<X>, Rest>;
};
template <class X>
struct CommonNumber<X> {
  using type = ValueOf<X>;
};

/// Up to three operands; a plain aggregate, which compilers keep in registers.
template <class... Xs>
struct Operands;
template <class A>
struct Operands<A> {
  A a;
};
template <class A, class B>
struct Operands<A, B> {
  A a;
  B b;
};
template <class A, class B, class C>
struct Operands<A, B, C> {
  A a;
  B b;
  C c;
};
/// Operand I, const if they are.
template <int I, class Xs>
requires requires(Xs& xs) { xs.a; }
[[gnu::always_inline]] constexpr auto& get(Xs& xs) {
  if constexpr (I == 0) {
    return xs.a;
  } else if constexpr (I == 1) {
    return xs.b;
  } else {
    return xs.c;
  }
}

/// The operand itself, or a Constant where it is a plainer number than the result.
template <class Number, class X>
[[gnu::always_inline]] constexpr auto lift(const X& x) {
  if constexpr (std::is_same_v<ValueOf<X>, Number>) {
    return x;
  } else {
    using T = typename ScalarTraits<Number>::Inner;
    using Kept = std::conditional_t<std::is_arithmetic_v<X>, typename WithoutTangents<T>::type, T>;
    return Constant<T, Kept>(static_cast<Kept>(x));
  }
}

/// What `op` gives for numbers of type T. Numbers that are scalars themselves record the op, so that
/// its own derivative rule holds inside, not that of the formula which computes its value.
template <class T, class Op, class... Xs>
[[gnu::always_inline]] constexpr T compute(const Op& op, const Xs&... xs) {
  if constexpr (ScalarOperand<T>) {
    return T(make_expression(op, xs...));
  } else {
    return static_cast<T>(op.value(xs...));
  }
}

}  // namespace detail

template <class Op, class... Xs>
class Expression {
 public:
  using Number = typename detail::CommonNumber<Xs...>::type;
  using T = typename detail::ScalarTraits<Number>::Inner;
  static constexpr int arity = static_cast<int>(sizeof...(Xs));

  [[gnu::always_inline]] constexpr explicit Expression(const Op& op, const Xs&... xs)
      : op_(op), xs_{xs...} {}
  // Written out, because a compiler would copy a large one as a block of memory, and what was
  // written into that piece by piece is slow to read as a whole.
  [[gnu::always_inline]] constexpr Expression(const Expression& other)
      : Expression(other, std::make_integer_sequence<int, arity>{}) {}
  Expression& operator=(const Expression&) = delete;

  /// The number it stands for, computed now; nothing is recorded for a double inside.
  [[nodiscard]] constexpr T value() const {
    return value(std::make_integer_sequence<int, arity>{});
  }
  /// Records it, and sweeps from there.
  void backward() const;
  [[nodiscard]] constexpr const Op& op() const { return op_; }
  [[nodiscard]] constexpr const detail::Operands<Xs...>& operands() const { return xs_; }

 private:
  template <int... I>
  [[gnu::always_inline]] constexpr Expression(const Expression& other,
                                              std::integer_sequence<int, I...>)
      : op_(other.op_), xs_{detail::get<I>(other.xs_)...} {}
  template <int... I>
  [[nodiscard]] constexpr T value(std::integer_sequence<int, I...>) const {
    return detail::compute<T>(op_, detail::get<I>(xs_).value()...);
  }

  [[no_unique_address]] Op op_;
  detail::Operands<Xs...> xs_;
};

/// The operation `op` on scalars and plain numbers: an Expression, or a Dual at once.
template <class Op, class... Xs>
requires ScalarArguments<Xs...>
[[nodiscard]] [[gnu::always_inline]] constexpr auto make_expression(const Op& op, const Xs&... xs) {
  using Number = typename detail::CommonNumber<Xs...>::type;
  if constexpr (detail::is_dual<Number>) {
    return Number::apply(op, xs...);
  } else {
    return Expression<Op, decltype(detail::lift<Number>(xs))...>(op, detail::lift<Number>(xs)...);
  }
}

}  // namespace nabla
