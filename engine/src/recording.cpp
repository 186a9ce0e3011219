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
  std::vector<ScopeEntry> entries{{0, {}, "", 0}};
  std::vector<ScopeLevel> levels{{.is_top = true}};  ///< of entries
  std::map<std::pair<std::uint32_t, std::string>, std::uint32_t> index_of;
  std::map<std::tuple<std::uint32_t, std::string_view, int>, std::uint32_t> index_of_line;

  std::uint32_t open(std::uint32_t parent, std::string_view name, const char* file, int line) {
    parent = scope_of(parent);
    if (*file == '\0') std::tie(file, line) = std::pair(entries[parent].file, entries[parent].line);
    const auto next = static_cast<std::uint32_t>(entries.size());
    const auto [place, is_new] = index_of.try_emplace({parent, std::string(name)}, next);
    if (is_new) add({parent, std::string(name), file, line}, {.level = levels[parent].level});
    return place->second;
  }

  /// Requires  `file` stays
  std::uint32_t enter_line(std::uint32_t parent, const char* file, int line) {
    parent = scope_of(parent);
    const auto next = static_cast<std::uint32_t>(entries.size());
    const auto [place, is_new] = index_of_line.try_emplace({parent, file, line}, next);
    if (is_new) add({parent, {}, file, line, true}, {.level = levels[parent].level});
    return place->second;
  }

  /// Nothing stands inside a line.
  [[nodiscard]] std::uint32_t scope_of(std::uint32_t entry) const {
    return entries[entry].is_line ? entries[entry].parent : entry;
  }

  std::uint32_t gradient_of(std::uint32_t scope) {
    if (scope >= entries.size()) scope = 0;  // of a tensor that came from another thread
    std::vector<std::uint32_t> path;
    for (; levels[scope].gradient == 0 && !levels[scope].is_top; scope = entries[scope].parent)
      path.push_back(scope);
    // Not in the index, where a scope of that name would be the user's.
    if (levels[scope].gradient == 0)
      levels[scope].gradient =
          add({scope, "gradient", "", 0},
              {.level = static_cast<std::uint16_t>(levels[scope].level + 1), .is_top = true});
    std::uint32_t found = levels[scope].gradient;
    for (; !path.empty(); path.pop_back()) {
      const ScopeEntry entry = entries[path.back()];
      found = entry.is_line ? enter_line(found, entry.file, entry.line)
                            : open(found, entry.name, entry.file, entry.line);
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
                            : table.enter_line(recording.scope, line.file, line.line);
}

InScope::InScope(std::uint32_t scope) : before_(recording.scope) { enter(scope); }

InScope::~InScope() { enter(before_); }

}  // namespace detail

Scope::Scope(std::string_view name, const char* file, int line) : before_(detail::recording.scope) {
  detail::enter(detail::scope_table().open(before_, name, file, line));
}

Scope::~Scope() { detail::enter(before_); }

SourceLines::SourceLines() : before_(detail::recording.has_lines) {
  detail::recording.has_lines = true;
  detail::close_tape<double>();
  detail::close_tape<float>();
}

}  // namespace nabla
