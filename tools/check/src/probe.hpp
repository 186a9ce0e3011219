// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <nabla/check/difference.hpp>
#include <nabla/check/problem.hpp>

#include "direction.hpp"
#include "samples.hpp"

// Probe: the judge of one derivative. Two tiers: a Richardson pair decides the easy ones with 4 or
// 8 evaluations; what it does not confirm gets the careful difference, whose bound is the verdict.

namespace nabla::check::detail {

class Probe {
 public:
  /// `centre` is the value at the point, `claimed` what the engine says for this upstream gradient,
  /// `noise` what is known of the rounding inside each output, or nothing.
  Probe(const Problem& problem, const Options& options, std::span<const double> centre,
        std::span<const double> upstream, std::span<const double> claimed,
        std::span<const double> noise);

  [[nodiscard]] Entry judge(const Direction& direction);
  /// True if the first tier does not confirm the claim: 4 to 8 evaluations.
  [[nodiscard]] bool is_suspicious(const Direction& direction);
  [[nodiscard]] std::int64_t evaluations() const { return evaluations_; }
  /// Derivatives that the first tier decided.
  [[nodiscard]] std::int64_t quick() const { return quick_; }

 private:
  struct Claim {
    double slope = 0.0;
    double size = 0.0;    ///< sum of the absolute terms
    bool is_nan = false;  ///< one of them is, not only their sum
    bool is_infinite = false;
    double input_size = 0.0;  ///< the largest input that moves
  };
  /// A direction, what is claimed along it, and the values seen there.
  struct Path {
    Path(const Probe& probe, const Direction& along);
    const Direction& direction;
    Claim claim;
    Line line;
    Samples samples;
  };
  struct Slopes;

  [[nodiscard]] bool is_hidden(const Claim& claim, const Slopes& slopes) const;
  [[nodiscard]] double noise_of(std::size_t output) const {
    return noise_.empty() ? 0.0 : noise_[output];
  }
  [[nodiscard]] Claim claim_along(const Direction& direction) const;
  [[nodiscard]] Line line_along(const Direction& direction) const;
  [[nodiscard]] double input_noise(const Direction& direction, double t) const;
  [[nodiscard]] Entry examine(Path& path) const;
  bool confirms_quickly(Path& path, Path* closer, Entry& entry) const;
  bool confirms(Path& path, double t, bool as_zero, Entry& entry) const;
  bool bends(Path& path, double t, double numeric) const;
  static void scale(Entry& entry, const Path& path);
  void decide(std::span<const Difference> differences, const Direction& direction,
              const Claim& claim, Entry& entry) const;
  void decide_smooth(const Claim& claim, const Slopes& slopes, Entry& entry) const;
  static void decide_kink(const Slopes& slopes, double analytic, double tolerance, Entry& entry);

  const Problem& problem_;
  const Options& options_;
  std::span<const double> centre_;
  std::span<const double> upstream_;
  std::span<const double> claimed_, noise_;
  Arithmetic arithmetic_;
  std::int64_t evaluations_ = 0;
  std::int64_t quick_ = 0;
};

}  // namespace nabla::check::detail
