// SPDX-License-Identifier: MIT
#include <algorithm>

#include <nabla/ops/registry.hpp>

namespace nabla {

namespace detail {
std::span<const OpEntry* const> registry_table();
}

std::span<const OpEntry* const> all_ops() { return detail::registry_table(); }

const OpEntry* find_op(std::string_view name) {
  const auto ops = all_ops();
  const auto found =
      std::ranges::find(ops, name, [](const OpEntry* entry) { return entry->info->name; });
  return found == ops.end() ? nullptr : *found;
}

}  // namespace nabla
