// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <nabla/ops/registry.hpp>

#include "commands/commands.hpp"
#include "commands/pictures.hpp"
#include "text.hpp"

namespace nabla::cli {

namespace {

#if defined(__clang__)
constexpr const char* kCompiler = "clang " __clang_version__;
#elif defined(__GNUC__)
constexpr const char* kCompiler = "gcc " __VERSION__;
#else
constexpr const char* kCompiler = "unknown";
#endif

// The widest vector instructions of this machine that the kernels know.
const char* vector_instructions() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return "AVX-512";
  if (__builtin_cpu_supports("avx2")) return "AVX2";
  return "SSE2";
#elif defined(__aarch64__)
  return "NEON";
#else
  return "none known";
#endif
}

}  // namespace

int info_command(Terminal& terminal) {
  terminal.out.print(
      table_text({{"version", NABLA_VERSION},
                  {"compiler", kCompiler},
                  {"build", NABLA_BUILD_TYPE},
                  {"processor has", vector_instructions()},
                  {"ops", std::to_string(all_ops().size())},
                  {"pictures", has_pictures() ? "yes" : "no, built without Graphviz"}}));
  return kDone;
}

}  // namespace nabla::cli
