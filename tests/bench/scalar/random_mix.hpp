// SPDX-License-Identifier: MIT
// Statements of six kinds in random order on random places of a small store: no pattern to find. All stay
// within -1 and 1.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "numbers.hpp"

namespace nabla::bench {

struct RandomMix {
  static constexpr std::string_view name = "random_mix";
  explicit RandomMix(std::size_t ops) : operations(0) {
    Numbers numbers(21);
    while (operations < static_cast<double>(ops)) {
      steps_.push_back({static_cast<std::uint8_t>(numbers.below(6)), slot(numbers), slot(numbers),
                        slot(numbers), slot(numbers)});
      operations += kOperations[steps_.back().kind];
    }
  }
  double operations;

  std::vector<double> inputs() const { return Numbers(22).uniforms(kSlots, -1, 1); }

  template <class T>
  T operator()(const std::vector<T>& x) const {
    using std::sin;
    std::vector<T> v = x;
    for (const Step& s : steps_) {
      const T &a = v[s.a], &b = v[s.b], &c = v[s.c];
      switch (s.kind) {
        case 0:
          v[s.to] = 0.75 * a + 0.25;
          break;
        case 1:
          v[s.to] = a * b;
          break;
        case 2:
          v[s.to] = 0.5 * (a - b * c);
          break;
        case 3:
          v[s.to] = 0.5 * (sin(a) + b);
          break;
        case 4:
          v[s.to] = 0.25 * (a * a + b) - 0.5 * c * b;
          break;
        default:
          v[s.to] = (1.0 + a) / (2.0 + b * b);
          break;
      }
    }
    T sum = 0.0;
    for (const T& each : v) sum += each;
    return sum;
  }

 private:
  static constexpr std::size_t kSlots = 64;
  static constexpr double kOperations[] = {2, 1, 3, 3, 6, 4};
  struct Step {
    std::uint8_t kind, to, a, b, c;
  };
  static std::uint8_t slot(Numbers& numbers) {
    return static_cast<std::uint8_t>(numbers.below(kSlots));
  }
  std::vector<Step> steps_;
};

}  // namespace nabla::bench
