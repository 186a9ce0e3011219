// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include <nabla/engine/error.hpp>
#include <nabla/engine/expression.hpp>
#include <nabla/engine/partial.hpp>
#include <nabla/engine/rule.hpp>
#include <nabla/engine/tensor.hpp>
#include <nabla/engine/value.hpp>
#include <nabla/kernels/lane.hpp>

// record(op, operands...) applies an op to whatever it is given: Tensors (computed by kernels,
// recorded as a node), scalars (an expression, recorded as part of a statement), plain numbers
// (computed at once), or Probes. A Probe has no value: run through a slope, it tells at compile
// time which operands that slope reads, and so what has to be kept for the sweep.

namespace nabla {

struct OpEntry;
enum class Total;

/// What a formula reads: bit i for operand i, bit 3 for the result; and the number it is, if it
/// reads nothing.
struct Probe {
  unsigned reads = 0;
  double number = std::numeric_limits<double>::quiet_NaN();

  constexpr Probe() = default;
  constexpr Probe(double constant) : number(constant) {}  // NOLINT: a literal in a formula
  static constexpr Probe of(unsigned bits) {
    Probe probe;
    probe.reads = bits;
    return probe;
  }
};
inline constexpr unsigned kReadsResult = 8;

template <class... Xs>
constexpr Probe probe_union(const Xs&... xs) {
  return Probe::of((0u | ... | Probe(xs).reads));
}

namespace detail {

/// What the library compiles once for each op. Declared here and defined in instantiate.hpp, which
/// only the generated sources include.
template <class Op>
struct Instantiate {
  /// The result. It may be written over an operand that is among `temporaries`, tensors that nobody
  /// reads any more, which is then empty.
  static Tensor apply(const Op& op, std::span<const Tensor* const> operands,
                      std::span<Tensor* const> temporaries = {});
  /// Writes the result over operand 0, noted as a change by `name`, where that can be done in one
  /// pass and nothing is lost; else false, and nothing is done.
  static bool overwrite(const Op& op, std::span<const Tensor* const> operands, const char* name);
  /// The sum or the mean of the results.
  /// Requires  Totalled<Op>
  static Tensor total(Total total, const Op& op, std::span<const Tensor* const> operands);
  static const OpEntry& entry();
};

/// A plain number as an operand of one call: an integer stays one, so that int64 + 1 is int64.
class LiftedNumber : public Tensor {
 public:
  template <class X>
  explicit LiftedNumber(X number) {
    using Number = std::conditional_t<std::is_integral_v<X>, std::int64_t, double>;
    static_cast<Tensor&>(*this) = adopt(node_.hold(static_cast<Number>(number)));
  }
  ~LiftedNumber() {
    NABLA_ASSERT(node_.node.references == 1 && node_.storage.references == 1);
    static_cast<void>(disown());
  }
  LiftedNumber(const LiftedNumber&) = delete;
  LiftedNumber& operator=(const LiftedNumber&) = delete;

 private:
  NumberNode node_;
};

inline const Tensor& lift_tensor(const Tensor& tensor) { return tensor; }
template <class X>
requires std::is_arithmetic_v<X> LiftedNumber lift_tensor(X number) { return LiftedNumber(number); }

template <class Op, class... Xs>
Tensor apply_lifted(const Op& op, const Xs&... xs) {
  const Tensor* operands[] = {&xs...};
  return Instantiate<Op>::apply(op, operands);
}

/// The operand, if it is a Tensor that ends with the expression: as X&& deduces X.
template <class X>
Tensor* if_temporary(std::remove_reference_t<X>& x) {
  if constexpr (std::is_same_v<X, Tensor>) return &x;
  return nullptr;
}

template <class Op, class... Xs>
Tensor apply_to_temporaries(const Op& op, Xs&&... xs) {
  Tensor* const temporaries[] = {if_temporary<Xs>(xs)...};
  const auto apply = [&](const auto&... tensors) {
    const Tensor* operands[] = {&tensors...};
    return Instantiate<Op>::apply(op, operands, temporaries);
  };
  return apply(lift_tensor(xs)...);
}

template <class X>
inline constexpr bool is_tensor = std::is_same_v<std::remove_cvref_t<X>, Tensor>;
template <class X>
inline constexpr bool is_probe = std::is_same_v<std::remove_cvref_t<X>, Probe>;
template <class X>
inline constexpr bool is_lane = kernels::is_lane<std::remove_cvref_t<X>>;

}  // namespace detail

/// A Value, an expression of Values, a Tensor: what a derivative can be taken of; and what formulas
/// are run on.
template <class X>
concept Active =
    detail::is_tensor<X> || detail::is_probe<X> || detail::is_lane<X> || ScalarOperand<X>;

/// Also a plain number, which a function is computed of at once.
template <class X>
concept AnyNumber = Active<X> || std::floating_point<std::remove_cvref_t<X>>;

/// Tensors and plain numbers, or scalars and plain numbers; at least one is not plain.
template <class... Xs>
concept Operands = (Active<Xs> || ...) &&
                   ((Active<Xs> || std::is_arithmetic_v<std::remove_cvref_t<Xs>>)&&...) &&
                   !((detail::is_tensor<Xs> || ...) && (ScalarOperand<Xs> || ...));

namespace detail {
/// As of a Tensor: the operand itself, which there always is.
template <Active X>
requires(!is_tensor<X>) [[nodiscard]] constexpr const X& defined(const X& x, std::string_view) {
  return x;
}
}  // namespace detail

/// Applies an elementwise `op` to the operands. Tensors that end with the expression, as x + y does in
/// exp(x + y), are written over where nobody else holds them and no history needs their elements:
/// (x + y) * 2 - 1 takes the memory of one tensor, not of three.
template <class Op, class... Xs>
[[nodiscard]] [[gnu::always_inline]] constexpr auto record(const Op& op, Xs&&... xs) {
  if constexpr ((std::is_same_v<Xs, Tensor> || ...)) {
    return detail::apply_to_temporaries(op, std::forward<Xs>(xs)...);
  } else if constexpr ((detail::is_tensor<Xs> || ...)) {
    return detail::apply_lifted(op, detail::lift_tensor(xs)...);
  } else if constexpr ((detail::is_probe<Xs> || ...)) {
    return probe_union(xs...);
  } else if constexpr ((ScalarOperand<Xs> || ...)) {
    return make_expression(op, xs...);
  } else {
    using T = std::common_type_t<Xs...>;
    return op.value(static_cast<T>(xs)...);
  }
}

}  // namespace nabla
