// SPDX-License-Identifier: MIT
#include "source_line.hpp"

#ifdef NABLA_HAS_BACKTRACE
#include <algorithm>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include <backtrace.h>
#endif

namespace nabla::detail {

#ifdef NABLA_HAS_BACKTRACE
namespace {

void ignore(void*, const char*, int) {}  // errors: there is no line then

/// What the library read of the debug information, for all threads; it cannot be given back.
backtrace_state* debug_information() {
  static backtrace_state* const state = backtrace_create_state(nullptr, 1, ignore, nullptr);
  return state;
}

// The folder of the layers: "/home/somebody/nabla/".
std::string_view own_folder() {
  constexpr std::string_view kThis = "engine/src/source_line.cpp";
  constexpr std::string_view kFile = __FILE__;
  return kFile.ends_with(kThis) ? kFile.substr(0, kFile.size() - kThis.size()) : "";
}

bool is_library(std::string_view file) {
  if (file.find("/include/nabla/") != file.npos || file.find("/c++/") != file.npos) return true;
  static constexpr std::string_view kLayers[] = {"engine/", "ops/", "nn/", "tools/check/"};
  if (own_folder().empty() || !file.starts_with(own_folder())) return false;
  file.remove_prefix(own_folder().size());
  for (const std::string_view layer : kLayers)
    if (file.starts_with(layer)) return true;
  return false;
}

// One text of each file, which stays.
const char* kept(const char* file) {
  static thread_local std::set<std::string, std::less<>> files;
  const auto found = files.find(std::string_view(file));
  return (found != files.end() ? found : files.emplace(file).first)->c_str();
}

// Whether a function without debug information is nabla's or the standard library's, by its symbol.
bool is_library(std::uintptr_t address) {
  bool result = false;
  const auto read = [](void* is_found, std::uintptr_t, const char* symbol, std::uintptr_t,
                       std::uintptr_t) {
    static constexpr std::string_view kNamespaces[] = {"5nabla", "St", "9__gnu_cxx"};
    std::string_view name = symbol == nullptr ? "" : symbol;
    if (!name.starts_with("_Z")) return;
    // Of members and of what is local to functions: _ZN, _ZNK, _ZZN, ...
    name.remove_prefix(std::min(name.find_first_not_of("ZNK", 2), name.size()));
    for (const std::string_view each : kNamespaces)
      if (name.starts_with(each)) *static_cast<bool*>(is_found) = true;
  };
  backtrace_syminfo(debug_information(), address, read, ignore, &result);
  return result;
}

int look(void* result, std::uintptr_t address, const char* file, int line, const char*) {
  // Behind a function of the program without a line are lines, but not of what is recorded.
  if (file == nullptr) return is_library(address) ? 0 : 1;
  if (is_library(std::string_view(file))) return 0;
  *static_cast<SourceLine*>(result) = {kept(file), line};
  return 1;  // no further
}

}  // namespace

SourceLine line_of_caller() {
  SourceLine result;
  backtrace_state* const state = debug_information();
  if (state == nullptr) return result;
  backtrace_full(state, 1, look, ignore, &result);
  return result;
}

#else

SourceLine line_of_caller() { return {}; }

#endif

}  // namespace nabla::detail
