// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

// Scopes of gradients. What a recorded sweep computes from an operation in "net/layer0" stands in
// "gradient/net/layer0", one level above; a recorded sweep through that adds another "gradient/".
// One thread; see recording.hpp.

namespace nabla::detail {

struct ScopeLevel {
  std::uint16_t level = 1;     ///< 2 of what a recorded sweep computes from what has 1, and so on
  bool is_top = false;         ///< holds all others of its level; the root does
  std::uint32_t gradient = 0;  ///< what gradient_scope() gave; 0 if nobody has asked
};

/// Of an entry of the scope table.
[[nodiscard]] const ScopeLevel& scope_level(std::uint32_t index);

/// Where that belongs which a recorded sweep computes from what stands in `scope`.
[[nodiscard]] std::uint32_t gradient_scope(std::uint32_t scope);

/// While it lives, what is recorded, on the active tape too, belongs to an entry of the scope table.
class [[nodiscard]] InScope {
 public:
  explicit InScope(std::uint32_t scope);
  ~InScope();
  InScope(const InScope&) = delete;
  InScope& operator=(const InScope&) = delete;

 private:
  std::uint32_t before_;
};

}  // namespace nabla::detail
