// SPDX-License-Identifier: MIT
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>

#include "bench/bench.hpp"

namespace nabla::bench {
namespace {

double seconds_of(const std::function<void()>& work, long calls) {
  const auto start = std::chrono::steady_clock::now();
  for (long call = 0; call < calls; ++call) work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// The number of calls that takes at least `seconds`; also the warm-up.
long calls_for(const std::function<void()>& work, double seconds) {
  long calls = 1;
  for (;;) {
    const double taken = seconds_of(work, calls);
    if (taken >= seconds) return calls;
    const double factor = taken > 0 ? 1.2 * seconds / taken : 100;
    calls =
        static_cast<long>(std::ceil(static_cast<double>(calls) * std::clamp(factor, 1.5, 100.)));
  }
}

}  // namespace

double median(std::vector<double> numbers) {
  std::ranges::sort(numbers);
  const std::size_t half = numbers.size() / 2;
  return numbers.size() % 2 == 1 ? numbers[half] : (numbers[half - 1] + numbers[half]) / 2;
}

Seconds measure_paired(const std::function<void()>& ours, const std::vector<Contender>& peers,
                       const MeasureOptions& options) {
  const long our_calls = calls_for(ours, options.round_seconds);
  std::vector<long> peer_calls;
  for (const Contender& peer : peers)
    peer_calls.push_back(calls_for(peer.work, options.round_seconds));

  std::vector<double> times;
  std::vector<std::vector<double>> ratios(peers.size());
  for (int round = 0; round < options.rounds; ++round) {
    const double time = seconds_of(ours, our_calls) / static_cast<double>(our_calls);
    times.push_back(time);
    for (std::size_t i = 0; i < peers.size(); ++i) {
      const auto calls = static_cast<double>(peer_calls[i]);
      ratios[i].push_back(seconds_of(peers[i].work, peer_calls[i]) / calls / time);
    }
  }
  Seconds result{.ours = median(times), .peers = {}};
  for (std::size_t i = 0; i < peers.size(); ++i)
    result.peers[peers[i].name] = result.ours * median(ratios[i]);
  return result;
}

}  // namespace nabla::bench
