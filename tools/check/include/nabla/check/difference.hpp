// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

// The slope of a function from its values alone, and how wrong that slope may be.
//
// Central differences at steps 1/8, 1/16, ... form a Richardson tableau; the bound of each entry is
// its truncation error (how far neighbours differ) plus the round-off that the recurrence carries
// through. Round-off comes from the size of the values, from a table of differences over a tiny
// interval, and from what is known of the rounding inside the function: where numbers cancel, values lie
// on a staircase that the table may not see. An entry counts only if all finer rows
// agree with it and there are at least three: a tableau can converge to an alias of a fast wave.
// Values that are not finite shrink the interval, or leave only one side of it.
//
//   check::Difference d = check::differentiate([](double x) { return std::sqrt(x); }, 2.0);
//   d.slope;    // 0.35355...
//   d.bound;    // 1e-14 or so
//
// Source    Ridders 1982, Adv. Eng. Softw. 4(2); More & Wild 2011, SIAM J. Sci. Comput. 33(3)
// Threads   no shared state

namespace nabla::check {

/// What a function does at a point.
enum class Behaviour : std::uint8_t {
  smooth,
  one_sided,       ///< finite on one side only; the slope is that side's
  kink,            ///< the slopes left and right differ
  infinite_slope,  ///< the slope grows without limit
  jump,            ///< the value jumps
  not_finite       ///< no finite values
};

struct Difference {
  double slope = 0.0;
  double bound = 0.0;
  double left = 0.0, left_bound = 0.0;  ///< at a kink: the slopes on its two sides
  double right = 0.0, right_bound = 0.0;
  double magnitude = 0.0;  ///< the largest absolute value seen
  double noise = 0.0;      ///< how far values scatter between neighbouring points
  double step = 0.0;       ///< the smallest step that the slope rests on
  bool grows = false;  ///< on one side, differences grow to the last, if as slowly as a logarithm
  Behaviour behaviour = Behaviour::smooth;
};

/// Several functions of one number t, computed together; the point of interest is t = 0.
using Line = std::function<void(double t, std::span<double> values)>;

/// The arithmetic that the function was computed in.
struct Arithmetic {
  double unit_roundoff = 0x1p-53;
  double noise_step = 0x1.4cccdp-38;  ///< spacing of the noise estimate; many binary digits, or
                                      ///< rounding would repeat instead of scattering
  int max_rows = 48;                  ///< steps 2^-3, 2^-4, ... in t

  [[nodiscard]] static Arithmetic float64() { return {}; }
  [[nodiscard]] static Arithmetic float32() { return {0x1p-24, 0x1.4cccdp-14, 20}; }
};

/// The slope of each output at t = 0. Steps are dyadic and at most 1/8.
/// Cost      about 50 evaluations
[[nodiscard]] std::vector<Difference> differentiate(const Line& line, std::size_t outputs,
                                                    const Arithmetic& arithmetic = {});
/// The derivative of f at x, with steps in proportion to |x|.
[[nodiscard]] Difference differentiate(const std::function<double(double)>& f, double x);

}  // namespace nabla::check
