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

}  // namespace nabla::cli
