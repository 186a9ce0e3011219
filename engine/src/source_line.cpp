// SPDX-License-Identifier: MIT
#include "source_line.hpp"

#ifdef NABLA_HAS_BACKTRACE
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include <backtrace.h>
#endif

namespace nabla::detail {

#ifdef NABLA_HAS_BACKTRACE
namespace {

/// What the library read of the debug information, for all threads; it cannot be given back.
backtrace_state* debug_information() {
  static backtrace_state* const state = backtrace_create_state(
      nullptr, 1, [](void*, const char*, int) {}, nullptr);
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

int look(void* result, std::uintptr_t, const char* file, int line, const char*) {
  if (file == nullptr || is_library(file)) return 0;
  *static_cast<SourceLine*>(result) = {kept(file), line};
  return 1;  // no further
}

}  // namespace

SourceLine line_of_caller() {
  SourceLine result;
  backtrace_state* const state = debug_information();
  if (state == nullptr) return result;
  backtrace_full(
      state, 1, look, [](void*, const char*, int) {}, &result);
  return result;
}

#else

SourceLine line_of_caller() { return {}; }

#endif

}  // namespace nabla::detail
