// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include <nabla/ops/registry.hpp>

// Functions that have no rule of their own, since ops make them up: what the registry says of ops, of
// these. Their derivatives are those of their ops, by the chain rule; what the gradient says is what that
// comes to, and the checker proves it on the samples.
//
//   for (const Composition& made : all_compositions()) report(check::check_op(made.entry()));

namespace nabla {

struct Composition {
  OpInfo info;
  std::string_view made_of;  ///< the ops: "matmul, permute"
  std::vector<Sample> (*samples)();
  std::vector<ErrorCase> (*errors)() = nullptr;

  /// As an op without a form for Values. It reads this composition, which has to live as long.
  [[nodiscard]] OpEntry entry(std::string_view family = "made of ops") const;
};

/// Those of tensors, in alphabetical order. (Losses have their own, see nabla/nn/loss/table.hpp.)
[[nodiscard]] std::span<const Composition> all_compositions();

/// What can be said of functions of tensors that have no derivative, since they count or decide; in
/// alphabetical order.
[[nodiscard]] std::span<const OpInfo> without_derivative();

}  // namespace nabla
