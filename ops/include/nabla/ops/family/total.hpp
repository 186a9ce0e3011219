// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>

#include <nabla/ops/family/record.hpp>

// The sum or the mean of what an elementwise op gives, over all elements, as one operation: one pass over
// the operands, and nothing is written but the number (operands of another dtype, or with
// rows far apart, are copied first). Losses are made of it. Its gradient goes through the rule of the op.
//
//   record_total(Total::mean, op::SquaredError{}, prediction, target)

namespace nabla {

enum class Total { sum, mean };

/// An elementwise op that says `has_total`.
template <class Op>
concept Totalled = requires {
  { Op::has_total } -> std::convertible_to<bool>;
};

/// The number that sum(record(op, xs...)) or mean(...) gives.
/// Shapes    broadcast together -> scalar
/// Errors    those of the op, and of mean
template <Totalled Op, class... Xs>
requires(detail::is_tensor<Xs> || ...) [[nodiscard]] Tensor
    record_total(Total total, const Op& op, const Xs&... xs) {
  const auto apply = [&]<class... Ts>(const Ts&... tensors) {
    const Tensor* operands[] = {&tensors...};
    return detail::Instantiate<Op>::total(total, op, operands);
  };
  return apply(detail::lift_tensor(xs)...);
}

}  // namespace nabla
