// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include <nabla/check/difference.hpp>

namespace nabla::check::detail {

/// The values of a line, each point computed once.
class Samples {
 public:
  Samples(const Line& line, std::size_t outputs) : line_(line), outputs_(outputs) {}

  const std::vector<double>& at(double t) {
    auto [place, is_new] = values_.try_emplace(t);
    if (is_new) {
      place->second.resize(outputs_);
      line_(t, place->second);
      ++evaluations_;
    }
    return place->second;
  }
  /// The values at t, from before.
  void know(double t, std::span<const double> values) {
    values_.try_emplace(t, values.begin(), values.end());
  }
  [[nodiscard]] std::size_t outputs() const { return outputs_; }
  [[nodiscard]] std::int64_t evaluations() const { return evaluations_; }

 private:
  const Line& line_;
  std::size_t outputs_;
  std::map<double, std::vector<double>> values_;
  std::int64_t evaluations_ = 0;
};

/// The careful difference of every output. As `differentiate`, on shared samples.
/// `noise` is what is known of each output's, or nothing.
[[nodiscard]] std::vector<Difference> careful(Samples& samples, const Arithmetic& arithmetic,
                                              std::span<const double> noise = {});

}  // namespace nabla::check::detail
