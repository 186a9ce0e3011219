// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include <nabla/engine/rule.hpp>

// What a set of bits says that saved_by gives.

namespace nabla::detail {

/// True if operand `index` is among them. Operands behind the last bit stand together.
inline bool saves_operand(std::uint32_t saves, int index) {
  return saves != 0 && (index >= 31 || ((saves >> index) & 1u) != 0);
}

inline bool saves_result(std::uint32_t saves) { return (saves & kSavesOutput) != 0; }

}  // namespace nabla::detail
