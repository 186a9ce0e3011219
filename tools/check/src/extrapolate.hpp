// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

namespace nabla::check::detail {

/// A first-order difference quotient: its step, its value, and the round-off in it.
struct Quotient {
  double step;
  double value;
  double round_off;
};

struct Extrapolated {
  double value;
  double bound;
  double step;  ///< of the winning row
};

/// The limit of the quotients for step 0, each step half the one before. `base` is 4 where the
/// error is even in the step, 2 where it is not.
/// The bound is infinite if no entry agrees with three finer rows.
[[nodiscard]] Extrapolated extrapolate(std::span<const Quotient> quotients, double base);

/// The standard deviation of the noise in equally spaced values of a smooth function.
/// Source    More & Wild 2011, SIAM J. Sci. Comput. 33(3), section 3
[[nodiscard]] double noise_of(std::span<const double> values);

}  // namespace nabla::check::detail
