// SPDX-License-Identifier: MIT
#include <cstdlib>
#include <string>
#include <string_view>

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
  if (used != best)
    return fmt::format("{}, as NABLA_ISA asks; the processor has {}", kernels::name_of(used),
                       kernels::name_of(best));
  const char* wish = std::getenv("NABLA_ISA");
  std::string names;
  for (const kernels::Isa isa :
       {kernels::Isa::baseline, kernels::Isa::avx2, kernels::Isa::avx512}) {
    if (wish == nullptr || kernels::name_of(isa) == std::string_view(wish))
      return kernels::name_of(best);
    names += fmt::format("{}{}", names.empty() ? "" : ", ", kernels::name_of(isa));
  }
  return fmt::format("{}; NABLA_ISA asks for '{}', which is none of {}", kernels::name_of(best),
                     printable(wish), names);
}

std::string threads() {
  const char* wish = std::getenv("NABLA_THREADS");
  const std::string used = std::to_string(kernels::threads());
  return wish == nullptr || used == wish
             ? used
             : fmt::format("{}; NABLA_THREADS asks for '{}', need 1 to 256", used, printable(wish));
}

}  // namespace

int info_command(Terminal& terminal) {
  terminal.out.print(
      table_text({{"version", NABLA_VERSION},
                  {"compiler", kCompiler},
                  {"build", NABLA_BUILD_TYPE},
                  {"instructions", instructions()},
                  {"threads of kernels", threads()},
                  {"matrix products", kernels::gemm_library()},
                  {"ops", std::to_string(all_ops().size())},
                  {"pictures", has_pictures() ? "yes" : "no, built without Graphviz"}}));
  return kDone;
}

}  // namespace nabla::cli
