// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <type_traits>

#include <nabla/engine/compare.hpp>
#include <nabla/engine/expression.hpp>
#include <nabla/engine/record.hpp>

// A Value is a number that remembers how it was computed. It is a handle of 16 bytes, trivially
// copyable: the number, and where it stands on the tape of its thread. A Value made from a plain
// number has no history and costs nothing. A Value belongs to the thread in which it was made;
// once its tape was rewound or is gone it is only a number.
//
//   Value a = variable(2.0, "a"), b = variable(3.0, "b");
//   Value y = a * b + 1.0;
//   backward(y);                 // a.grad() == 3, b.grad() == 2
//
// basic_value<T> works on any kind of number: float, Dual<double> (reverse over forward), Value
// (reverse over reverse, for second derivatives).

namespace nabla {

template <class T>
class basic_value {
 public:
  using value_type = T;

  /// Zero, without history.
  constexpr basic_value() = default;
  /// A number without history.
  template <class A>
  requires std::is_arithmetic_v<A>
  [[gnu::always_inline]] constexpr basic_value(A value) : value_(static_cast<T>(value)) {}
  template <class A>
  requires(!std::is_arithmetic_v<T> && std::same_as<A, T>)
      [[gnu::always_inline]] constexpr basic_value(const A& value)
      : value_(value) {}
  /// Computes and records the expression.
  template <class Op, class... Xs>
  requires std::same_as<ValueOf<Expression<Op, Xs...>>, basic_value<T>>
  [[gnu::always_inline]] basic_value(const Expression<Op, Xs...>& expression)
      : basic_value(detail::record<T>(expression)) {}
  /// A plainer scalar becomes a number without history here.
  template <ScalarOperand X>
  requires(detail::depth<X> < detail::ScalarTraits<basic_value>::depth && !std::same_as<X, T> &&
           std::constructible_from<T, const X&>) basic_value(const X& plainer)
      : value_(static_cast<T>(plainer)) {}

  /// A new variable on the thread's active tape.
  [[nodiscard]] static basic_value variable(const T& value) {
    detail::TapeHead<T>& head = *detail::active_head<T>();
    const std::uint32_t index = head.size;
    if (head.write[-1] == detail::kInputs && index != head.capacity) [[likely]] {
      head.values[index] = value;
      head.size = head.inputs_end = index + 1;
      return basic_value(value, head.origin.at(index));
    }
    return basic_value(value, detail::append_input<T>(value));
  }

  /// The number.
  [[nodiscard]] constexpr const T& value() const { return value_; }

  /// The gradient of what was swept by this variable; 0 before any sweep.
  /// Errors    GraphError if it is no variable (and no sweep retained it), or its tape was rewound
  [[nodiscard]] T grad() const;
  /// Sets the gradient of this variable to 0.
  /// Errors    as grad()
  void zero_grad() const;
  /// As the free function.
  void backward() const;
  /// The name it was given, or an empty string.
  [[nodiscard]] std::string name() const;
  /// The number alone, without history. (While a Program records, one that follows and is held.)
  [[nodiscard]] constexpr basic_value detach() const {
    if constexpr (std::is_same_v<T, double>) {
      if (detail::are_told<basic_value>()) [[unlikely]]
        return detail::detached(*this);
    }
    return basic_value(value_, detail::Place());
  }
  /// True if it stands on the active tape of this thread.
  [[nodiscard]] bool is_active() const {
    return detail::is_live(*detail::active_head<T>(), place_);
  }

  /// False of a number that was never recorded. A cheap test: true also of a stale one.
  [[nodiscard]] constexpr bool has_history() const { return place_.epoch() != 0; }
  /// Where it stands on its tape.
  [[nodiscard]] constexpr std::uint32_t index() const { return place_.index(); }
  [[nodiscard]] constexpr detail::Place place() const { return place_; }

  /// The handle with these parts; for the tape.
  constexpr basic_value(const T& value, detail::Place place) : value_(value), place_(place) {}

 private:
  friend class basic_tape<T>;
  T value_{};
  detail::Place place_;
};

using Value = basic_value<double>;

/// Its number, as short as reads back the same.
template <std::floating_point T>
[[nodiscard]] std::string to_string(const basic_value<T>& x);
template <class T>
std::ostream& operator<<(std::ostream& stream, const basic_value<T>& x) {
  return stream << x.value();
}
template <class Op, class... Xs>
std::ostream& operator<<(std::ostream& stream, const Expression<Op, Xs...>& x) {
  return stream << x.value();
}

}  // namespace nabla

#include <nabla/engine/tape.hpp>
