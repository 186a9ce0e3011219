// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include <nabla/engine/rule.hpp>
#include <nabla/engine/value.hpp>

namespace nabla::check::detail {

/// A way in which a rule can be wrong.
struct Damage {
  std::string_view name;
  /// What the operand gets instead of its contribution; undefined where the damage makes no sense.
  Tensor (*apply)(const BackwardCall& call, int operand, const Tensor& contribution);
};
[[nodiscard]] std::span<const Damage> damages();

/// The same for the derivative of a function of Values.
using ScalarOp = std::function<Value(std::span<const Value>)>;
struct ScalarDamage {
  std::string_view name;
  /// The function with the derivative by `operand` damaged; its value stays.
  ScalarOp (*apply)(ScalarOp f, std::size_t operand);
  bool needs_two = false;  ///< operands
};
[[nodiscard]] std::span<const ScalarDamage> scalar_damages();

}  // namespace nabla::check::detail
