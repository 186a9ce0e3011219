// SPDX-License-Identifier: MIT
// Graphs: taking a snapshot of what a tape holds, and writing it as DOT.
#include <string>

#include <nabla/nabla.hpp>
#if defined(NABLA_HAS_VIZ)
#include <nabla/viz.hpp>
#endif

#include "bench/bench.hpp"

namespace nabla::bench {
namespace {

constexpr int kNodes = 10'000;

// A chain y <- tanh(y) w of kNodes operations.
Value chain(const Value& x, const Value& w) {
  Value y = x;
  for (int i = 0; i < kNodes / 2; ++i) y = tanh(y) * w;
  return y;
}

// The peer is the sweep alone: what a snapshot costs beside what it describes.
Figure run_capture() {
  const Tape tape;
  const Value y = chain(variable(0.5), variable(1.1));
  const Seconds seconds =
      measure_paired([&] { keep(capture(y)); }, {{"sweep", [&] { backward(y); }}});
  return {.unit = "ms",
          .ours = seconds.ours * 1e3,
          .peers = scaled(seconds.peers, 1e3),
          .limit = std::nullopt,
          .note = "10,000 operations on Values"};
}

#if defined(NABLA_HAS_VIZ)
Figure run_dot() {
  const Tape tape;
  const Graph graph = capture(chain(variable(0.5), variable(1.1)));
  const Seconds seconds = measure_paired([&] { keep(viz::to_dot(graph)); });
  return {.unit = "ms",
          .ours = seconds.ours * 1e3,
          .peers = {},
          .limit = std::nullopt,
          .note = "default picture of 10,000 operations"};
}
#endif

}  // namespace

std::vector<Case> graph_cases() {
  std::vector<Case> cases{{"graph/capture_1e4", run_capture}};
#if defined(NABLA_HAS_VIZ)
  cases.push_back({"graph/dot_1e4", run_dot});
#endif
  return cases;
}

}  // namespace nabla::bench
