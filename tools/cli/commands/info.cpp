// SPDX-License-Identifier: MIT
#include <string>

#include <fmt/format.h>

#include <nabla/kernels/gemm.hpp>
#include <nabla/kernels/isa.hpp>
#include <nabla/kernels/parallel.hpp>
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

// What the kernels use, and what they could.
std::string instructions() {
  const kernels::Isa used = kernels::isa(), best = kernels::best_isa();
  return used == best ? kernels::name_of(best)
                      : fmt::format("{}, as NABLA_ISA asks; the processor has {}",
                                    kernels::name_of(used), kernels::name_of(best));
}

}  // namespace

int info_command(Terminal& terminal) {
  terminal.out.print(
      table_text({{"version", NABLA_VERSION},
                  {"compiler", kCompiler},
                  {"build", NABLA_BUILD_TYPE},
                  {"instructions", instructions()},
                  {"threads of kernels", std::to_string(kernels::threads())},
                  {"matrix products", kernels::gemm_library()},
                  {"ops", std::to_string(all_ops().size())},
                  {"pictures", has_pictures() ? "yes" : "no, built without Graphviz"}}));
  return kDone;
}

}  // namespace nabla::cli
