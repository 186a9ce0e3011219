// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>

// Functions that have no rule of their own, since ops make them up: for these, what the op table says
// of ops. Their derivatives are those of their ops, by the chain rule.

namespace nabla {

struct Composition {
  std::string_view name;      ///< "einsum"
  std::string_view formula;   ///< "Y = A B"
  std::string_view gradient;  ///< what the chain rule comes to
  std::string_view kinks;     ///< domain, singular points, conventions
  std::string_view made_of;   ///< the ops, or a composition: "matmul, permute"
};

/// Those of tensors, in alphabetical order. (Losses have their own, see nabla/nn/loss/table.hpp.)
[[nodiscard]] std::span<const Composition> all_compositions();

}  // namespace nabla
