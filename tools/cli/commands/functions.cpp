// SPDX-License-Identifier: MIT
#include "commands/functions.hpp"

#include <nabla/nn/loss/table.hpp>
#include <nabla/ops/composition.hpp>

namespace nabla::cli {

std::vector<OpEntry> all_functions() {
  std::vector<OpEntry> all;
  for (const OpEntry* op : all_ops()) all.push_back(*op);
  for (const Composition& made : all_compositions()) all.push_back(made.entry());
  for (const Composition& loss : nn::all_losses()) all.push_back(loss.entry(kLosses));
  return all;
}

std::vector<OpEntry> all_known() {
  std::vector<OpEntry> all = all_functions();
  for (const OpInfo& info : without_derivative())
    all.push_back({.info = &info,
                   .family = kWithoutDerivative,
                   .arity = -1,
                   .has_scalar = false,
                   .samples = nullptr,
                   .errors = nullptr,
                   .scalar = nullptr,
                   .tensor = nullptr});
  return all;
}

}  // namespace nabla::cli
