// SPDX-License-Identifier: MIT
#include "program/recorded_ops.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>

namespace nabla::detail {
namespace {

// Two sources may hold two copies of one OpInfo.
bool is_same_op(const OpInfo& a, const OpInfo& b) {
  return &a == &b || (a.name == b.name && a.formula == b.formula && a.gradient == b.gradient &&
                      a.source == b.source);
}

}  // namespace

const OpEntry& RecordedOps::found(const OpInfo& info) const {
  const OpEntry* op = ops_.find(info.name);
  if (op != nullptr && is_same_op(*op->info, info)) return *op;
  throw GraphError(
      fmt::format("[Program] got the op {}, need one of the registry, or its entry among the "
                  "options, made of nothing but its parameters; own_ops = {{&entry_of<Op>()}}?",
                  info.name));
}

std::span<const double> RecordedOps::parameters_of(const OpEntry& op, const void* recorded) {
  parameters_.resize(op.parameters.size());
  op.lanes->read(recorded, parameters_);
  if (parameters_.empty()) return {};
  std::vector<std::uint64_t> made((op.lanes->attribute_bytes + 7) / 8);
  std::vector<double> of_made(parameters_.size());
  op.lanes->make(parameters_, reinterpret_cast<std::byte*>(made.data()));
  op.lanes->read(made.data(), of_made);
  if (std::ranges::equal(parameters_, of_made, same_bits)) return parameters_;
  throw GraphError(fmt::format(
      "[Program] the op {} is made otherwise of the parameters it has, need `with` to set the "
      "first data members, in the order of `parameters`",
      op.info->name));
}

void refuse(const External& external) {
  throw GraphError(fmt::format("[Program] got a function that leads through {}, need one of Values",
                               external.info().name));
}

}  // namespace nabla::detail
