// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include <nabla/engine/op_info.hpp>
#include <nabla/engine/tape.hpp>

#include "program/graph.hpp"

namespace nabla::detail {

/// The ops of a Program by what the tape tells of them.
class RecordedOps {
 public:
  explicit RecordedOps(const ProgramOps& ops) : ops_(ops) {}

  /// Errors    GraphError if it is not among the ops
  const OpEntry& entry_of(const OpInfo& info) {
    Latest& latest = latest_[reinterpret_cast<std::uintptr_t>(&info) / alignof(OpInfo) % kLatest];
    if (latest.info != &info) {
      const OpEntry*& op = entries_[&info];
      if (op == nullptr) op = &found(info);
      latest = {&info, op};
    }
    return *latest.op;
  }
  /// Those of an op as it was recorded. Good until the next call.
  /// Errors    GraphError unless they make the same op again
  std::span<const double> parameters_of(const OpEntry& op, const void* recorded);

 private:
  [[nodiscard]] const OpEntry& found(const OpInfo& info) const;

  const ProgramOps& ops_;
  std::unordered_map<const OpInfo*, const OpEntry*> entries_;  ///< found so far
  struct Latest {
    const OpInfo* info = nullptr;
    const OpEntry* op = nullptr;
  };
  static constexpr std::size_t kLatest = 61;  ///< a prime: infos are far apart
  std::array<Latest, kLatest> latest_{};      ///< of those found
  std::vector<double> parameters_;
};

/// Errors    GraphError: nothing but Values has a graph or lanes
[[noreturn]] void refuse(const External& external);

}  // namespace nabla::detail
