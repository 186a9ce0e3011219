// SPDX-License-Identifier: MIT
// Benchmarks: what a case is, and how two ways of doing the same are compared on a machine whose
// speed drifts. All contenders run in turn (A B C A B C ...); what is reported is the median of
// ours and, for each peer, ours times the median of the ratios within a round.
//
//   Figure run() {
//     Seconds s = measure_paired([] { ours(); }, {{"double", [] { theirs(); }}});
//     return {.unit = "ns/op", .ours = s.ours * 1e9 / n, .peers = scaled(s.peers, 1e9 / n)};
//   }
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace nabla::bench {

/// What a case gives; lower is better.
struct Figure {
  std::string unit;
  double ours = 0;
  std::map<std::string, double> peers = {};
  std::optional<double> limit;  ///< what an Intel Xeon (Emerald Rapids) does not allow to beat
  std::string note;
  std::optional<double> goal = {};  ///< what ours is not to exceed
  std::map<std::string, double> peer_goals =
      {};  ///< how many times ours a peer is to take at least
};

struct Case {
  std::string name;  ///< begins with scalar/, tensor/ or graph/
  std::function<Figure()> run;
};

/// Every case, in the order in which they run. Each list stands in the file of its cases.
/// `torch_program` measures libtorch on the tensor cases (see torch_peer.hpp); empty: nothing does.
std::vector<Case> bench_cases(const std::string& torch_program);
std::vector<Case> scalar_cases();
std::vector<Case> scalar_mode_cases();
std::vector<Case> scalar_program_cases();
std::vector<Case> tensor_cases(const std::string& torch_program);
std::vector<Case> graph_cases();

struct Contender {
  std::string name;
  std::function<void()> work;
  /// Instead of work, for what runs in another process: does a round of it, gives the seconds of a
  /// call.
  std::function<double()> round = {};
};

struct MeasureOptions {
  double round_seconds = 0.005;  ///< least time of one contender in one round
  int rounds = 25;
};

struct Seconds {
  double ours = 0;  ///< for one call
  std::map<std::string, double> peers;
};

/// How long so many calls take.
double seconds_of(const std::function<void()>& work, long calls);
/// The number of calls that takes at least `seconds`; also the warm-up.
long calls_for(const std::function<void()>& work, double seconds);

/// Times of one call of `ours` and of each peer. A peer in another process has a turn of ours just
/// before each of its own.
/// Cost      about rounds * round_seconds * (1 + peers), and one warm-up
Seconds measure_paired(const std::function<void()>& ours, const std::vector<Contender>& peers = {},
                       const MeasureOptions& options = {});

/// The middle one; the mean of the middle two for an even count.
/// Requires  at least one number
double median(std::vector<double> numbers);

inline std::map<std::string, double> scaled(std::map<std::string, double> figures, double factor) {
  for (auto& [name, figure] : figures) figure *= factor;
  return figures;
}

/// Makes the compiler believe that the value is used.
template <class T>
void keep(const T& value) {
  asm volatile("" : : "r"(&value) : "memory");
}

}  // namespace nabla::bench
