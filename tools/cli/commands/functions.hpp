// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

#include <nabla/ops/registry.hpp>

namespace nabla::cli {

inline constexpr std::string_view kLosses = "loss";  ///< the family of losses
/// The family of functions that count or decide.
inline constexpr std::string_view kWithoutDerivative = "without a derivative";

/// What can be differentiated, and checked: all ops, the functions made of them and the losses, one kind behind
/// the other, each in alphabetical order.
[[nodiscard]] std::vector<OpEntry> all_functions();
/// The same, and behind them what has no derivative, and hence neither samples nor operands to check.
[[nodiscard]] std::vector<OpEntry> all_known();

}  // namespace nabla::cli
