// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

#include <nabla/ops/registry.hpp>

namespace nabla::cli {

inline constexpr std::string_view kLosses = "loss";  ///< the family of losses

/// What the commands on ops know: all ops, the functions made of them and the losses, one kind behind
/// the other, each in alphabetical order.
[[nodiscard]] std::vector<OpEntry> all_functions();

}  // namespace nabla::cli
