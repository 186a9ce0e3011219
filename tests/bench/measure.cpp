// SPDX-License-Identifier: MIT
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>

#include "bench/bench.hpp"

namespace nabla::bench {

double seconds_of(const std::function<void()>& work, long calls) {
  const auto start = std::chrono::steady_clock::now();
  for (long call = 0; call < calls; ++call) work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

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

double median(std::vector<double> numbers) {
  std::ranges::sort(numbers);
  const std::size_t half = numbers.size() / 2;
  return numbers.size() % 2 == 1 ? numbers[half] : (numbers[half - 1] + numbers[half]) / 2;
}

Seconds measure_paired(const std::function<void()>& ours, const std::vector<Contender>& peers,
                       const MeasureOptions& options) {
  // A round of some work: the seconds of a call.
  const auto timed = [&](const std::function<void()>& work) -> std::function<double()> {
    const long calls = calls_for(work, options.round_seconds);
    return [&work, calls] { return seconds_of(work, calls) / static_cast<double>(calls); };
  };
  const auto our_round = timed(ours);
  std::vector<std::function<double()>> peer_rounds;
  for (const Contender& peer : peers)
    peer_rounds.push_back(peer.round ? peer.round : timed(peer.work));

  std::vector<double> times;
  std::vector<std::vector<double>> ratios(peers.size());
  for (int round = 0; round < options.rounds; ++round) {
    times.push_back(our_round());
    for (std::size_t i = 0; i < peers.size(); ++i) {
      if (peers[i].round && i > 0) times.push_back(our_round());
      ratios[i].push_back(peer_rounds[i]() / times.back());
    }
  }
  Seconds result{.ours = median(times), .peers = {}};
  for (std::size_t i = 0; i < peers.size(); ++i)
    result.peers[peers[i].name] = result.ours * median(ratios[i]);
  return result;
}

}  // namespace nabla::bench
