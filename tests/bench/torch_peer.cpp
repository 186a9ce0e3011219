// SPDX-License-Identifier: MIT
#include "bench/torch_peer.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include <dlfcn.h>

namespace nabla::bench {
namespace {

struct TorchSetting {
  std::string name;
  std::vector<Setting> variables;
};

// As shipped, libtorch takes AVX2 kernels even where there is AVX-512, OpenBLAS does not know some
// newer processors, and glibc gives large blocks back to the system at once.
const std::vector<TorchSetting>& torch_settings() {
  static const Setting blas{"OPENBLAS_CORETYPE", "SkylakeX"};
  static const Setting avx512{"ATEN_CPU_CAPABILITY", "avx512"};
  static const Setting memory{
      "GLIBC_TUNABLES",
      "glibc.malloc.hugetlb=1:glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=1099511627776"};
  static const std::vector<TorchSetting> settings{
      {"as shipped", {}},
      {"AVX-512", {blas, avx512}},
      {"AVX2", {blas, {"ATEN_CPU_CAPABILITY", "avx2"}}},
      {"AVX-512, malloc tuned", {blas, avx512, memory}},
      {"AVX2, malloc tuned", {blas, {"ATEN_CPU_CAPABILITY", "avx2"}, memory}}};
  return settings;
}

const std::string kPrefix = "torch: ";

// libtorch multiplies matrices with whatever BLAS the system chose. The reference one, which comes
// with Debian's libtorch, is tens of times slower than the machine allows: no peer.
void require_openblas() {
  void* blas = dlopen("libblas.so.3", RTLD_LAZY | RTLD_LOCAL);
  if (blas == nullptr) throw std::runtime_error("--peer torch needs OpenBLAS, got no BLAS");
  if (dlsym(blas, "openblas_get_config") != nullptr) return;
  Dl_info file{};
  const bool is_found = dladdr(dlsym(blas, "sgemm_"), &file) != 0;
  throw std::runtime_error(
      fmt::format("--peer torch needs OpenBLAS, got the BLAS {}: install libopenblas0-pthread, or "
                  "choose it by update-alternatives",
                  is_found ? file.dli_fname : "libblas.so.3"));
}

}  // namespace

std::string torch_program() {
#if defined(NABLA_BENCH_TORCH)
  const std::string program = NABLA_BENCH_TORCH;
#else
  const std::string program = "nabla_bench_torch";
#endif
  if (!std::filesystem::exists(program)) {
    throw std::runtime_error("--peer torch needs " + program +
                             ", which was not built: install libtorch-dev and "
                             "libopenblas0-pthread, configure again and build that target");
  }
  require_openblas();
  return program;
}

TorchPeer::TorchPeer(const std::string& program, const std::string& case_name,
                     double round_seconds) {
  if (program.empty()) return;
  for (const TorchSetting& setting : torch_settings()) {
    auto variables = setting.variables;
    variables.emplace_back("OMP_NUM_THREADS", "1");
    variables.emplace_back("OPENBLAS_NUM_THREADS", "1");
    const std::vector<std::string> command{program, case_name, fmt::format("{}", round_seconds)};
    auto child = std::make_unique<Child>(command, variables);
    try {
      round_seconds_ += std::max(child->ask(), round_seconds);
      running_.push_back({setting.name, std::move(child)});
    } catch (const std::runtime_error&) {
      // A processor without AVX-512, for example.
      failed_ += fmt::format("; {} failed", setting.name);
    }
  }
  if (running_.empty()) throw std::runtime_error(case_name + " does not run on libtorch");
}

std::vector<Contender> TorchPeer::contenders() {
  std::vector<Contender> list;
  for (const Running& each : running_)
    list.push_back({kPrefix + each.setting, {}, [&child = *each.child] { return child.ask(); }});
  return list;
}

void TorchPeer::report_best(Figure& figure) const {
  const auto before = [](const auto& a, const auto& b) { return a.second < b.second; };
  std::map<std::string, double> ours, theirs;
  for (const auto& peer : figure.peers)
    (peer.first.starts_with(kPrefix) ? theirs : ours).insert(peer);
  if (theirs.empty()) return;
  const auto best = std::ranges::min_element(theirs, before);
  ours["torch"] = best->second;
  figure.peers = ours;
  figure.note += "; " + best->first + failed_;
}

}  // namespace nabla::bench
