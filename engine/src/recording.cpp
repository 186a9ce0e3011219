// SPDX-License-Identifier: MIT
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <nabla/engine/recording.hpp>
#include <nabla/engine/tape.hpp>

#include "scope_levels.hpp"
#include "source_line.hpp"

namespace nabla {

namespace detail {

thread_local constinit Recording recording{};

namespace {

/// The scopes that were opened in this thread; entries are never removed, so indices stay valid.
struct ScopeTable {
  using Key = std::tuple<std::uint32_t, bool, std::string, std::string_view, int>;

  std::vector<ScopeEntry> entries{{0, {}}};
  std::vector<ScopeLevel> levels{{.is_top = true}};  ///< of entries
  std::map<Key, std::uint32_t> index_of;
  std::map<std::pair<std::uint32_t, std::string>, std::uint32_t>
      scope_of;  ///< by scope around, name

  /// The entry that is like `wanted`, but for its scope; added if there is none. Nothing stands inside a line.
  std::uint32_t find(ScopeEntry wanted) {
    if (entries[wanted.parent].is_line) wanted.parent = entries[wanted.parent].parent;
    const ScopeEntry& around = entries[wanted.parent];
    if (*wanted.file == '\0') {
      wanted.file = around.file;
      wanted.line = around.line;
    }
    const auto next = static_cast<std::uint32_t>(entries.size());
    const auto [found, is_new] = index_of.try_emplace(
        {wanted.parent, wanted.is_line, wanted.name, wanted.file, wanted.line}, next);
    if (!is_new) return found->second;
    wanted.scope = wanted.is_line
                       ? around.scope
                       : scope_of.try_emplace({around.scope, wanted.name}, next).first->second;
    const std::uint16_t level = levels[wanted.parent].level;
    return add(std::move(wanted), {.level = level});
  }

  std::uint32_t gradient_of(std::uint32_t scope) {
    if (scope >= entries.size()) scope = 0;  // of a tensor that came from another thread
    std::vector<std::uint32_t> path;
    for (; levels[scope].gradient == 0 && !levels[scope].is_top; scope = entries[scope].parent)
      path.push_back(scope);
    // Not in the index, where a scope of that name would be the user's.
    if (levels[scope].gradient == 0)
      levels[scope].gradient =
          add({.parent = scope,
               .name = "gradient",
               .scope = static_cast<std::uint32_t>(entries.size())},
              {.level = static_cast<std::uint16_t>(levels[scope].level + 1), .is_top = true});
    std::uint32_t found = levels[scope].gradient;
    for (; !path.empty(); path.pop_back()) {
      ScopeEntry entry = entries[path.back()];
      entry.parent = found;
      found = find(std::move(entry));
      levels[path.back()].gradient = found;
    }
    return found;
  }

 private:
  std::uint32_t add(ScopeEntry entry, ScopeLevel level) {
    entries.push_back(std::move(entry));
    levels.push_back(level);
    return static_cast<std::uint32_t>(entries.size() - 1);
  }
};

ScopeTable& scope_table() {
  static thread_local ScopeTable table;
  return table;
}

void enter(std::uint32_t scope) {
  recording.scope = scope;
  basic_tape<double>::enter_scope(scope);
  basic_tape<float>::enter_scope(scope);
}

// The next statement has to ask for room, and so whether anything is recorded.
template <class T>
void close_tape() {
  TapeHead<T>& head = *active_head<T>();
  if (&head != &no_tape<T>) head.limit = nullptr;
}

}  // namespace

void set_recording(bool enabled) {
  recording.enabled = enabled;
  if (enabled) return;
  close_tape<double>();
  close_tape<float>();
}

std::string scope_path(std::uint32_t index, bool with_place) {
  const ScopeEntry& innermost = scope_entry(index);
  std::string path;
  for (; index != 0; index = scope_entry(index).parent)
    if (!scope_entry(index).is_line)
      path = scope_entry(index).name + (path.empty() ? "" : "/") + path;
  if (!with_place || *innermost.file == '\0') return path;
  const std::string place = innermost.file + (":" + std::to_string(innermost.line));
  return path.empty() ? place : path + " (" + place + ")";
}

const ScopeEntry& scope_entry(std::uint32_t index) { return scope_table().entries.at(index); }

const ScopeLevel& scope_level(std::uint32_t index) { return scope_table().levels.at(index); }

std::uint32_t gradient_scope(std::uint32_t scope) { return scope_table().gradient_of(scope); }

std::uint32_t current_line() {
  // What a recorded sweep computes has the lines of what it is the gradient of.
  ScopeTable& table = scope_table();
  if (table.levels[recording.scope].level > 1) return recording.scope;
  const SourceLine line = line_of_caller();
  return *line.file == '\0' ? recording.scope
                            : table.find({.parent = recording.scope,
                                          .name = {},
                                          .file = line.file,
                                          .line = line.line,
                                          .is_line = true});
}

InScope::InScope(std::uint32_t scope) : before_(recording.scope) { enter(scope); }

InScope::~InScope() { enter(before_); }

}  // namespace detail

Scope::Scope(std::string_view name, const char* file, int line) : before_(detail::recording.scope) {
  detail::enter(detail::scope_table().find(
      {.parent = before_, .name = std::string(name), .file = file, .line = line}));
}

Scope::~Scope() { detail::enter(before_); }

SourceLines::SourceLines() : before_(detail::recording.has_lines) {
  detail::recording.has_lines = true;
  detail::close_tape<double>();
  detail::close_tape<float>();
}

}  // namespace nabla
