// SPDX-License-Identifier: MIT
// libtorch beside ours on the tensor cases: nabla_bench_torch, started once for each way to set
// libtorch up, because some settings are read only while it is loaded. Reported is the best.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/bench.hpp"
#include "bench/child.hpp"

namespace nabla::bench {

inline constexpr const char* kTorchHelp =
    "measure libtorch too on the tensor cases, one thread, at the best of its settings; needs "
    "Debian's libtorch-dev and libopenblas0-pthread (./dev bench installs and builds them)";

/// The path of nabla_bench_torch.
/// Errors    std::runtime_error that names what to install if it was not built, or if the
///           system's BLAS is not OpenBLAS
std::string torch_program();

class TorchPeer {
 public:
  /// Starts the program for this case in each of the settings, and lets each warm up. Without a
  /// program there are no contenders.
  /// Errors    std::runtime_error if it runs in none of them
  TorchPeer(const std::string& program, const std::string& case_name, double round_seconds);

  /// One for each setting.
  std::vector<Contender> contenders();
  /// The seconds that a round of all of them takes.
  [[nodiscard]] double round_seconds() const { return round_seconds_; }
  /// Puts "torch", the best of the contenders, in their place, and into the note which one it was.
  void report_best(Figure& figure) const;

 private:
  struct Running {
    std::string setting;
    std::unique_ptr<Child> child;
  };
  std::vector<Running> running_;
  std::string failed_;
  double round_seconds_ = 0;
};

}  // namespace nabla::bench
