// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <exception>

#include <nabla/engine/random.hpp>

namespace nabla::check::detail {

/// The number beside x, up to a quarter of it away.
[[nodiscard]] inline double beside(double x, Random& random) {
  return x * (1 + random.uniform(-0.25, 0.25));
}

/// True if something is off in the same way, at least half as much, at each of some neighbouring points: what is
/// wrong is wrong there too, what rounding does is something else there. `there()` gives how much it is off
/// at a new one, not finite or an exception where that cannot be said.
template <class F>
bool is_off_beside(double off, const F& there) {
  constexpr int kNeighbours = 8;
  for (int run = 0; run < kNeighbours; ++run) {
    try {
      const double found = there();
      if (std::isfinite(found) && !(found * off > 0 && std::abs(found) >= std::abs(off) / 2))
        return false;
    } catch (const std::exception&) {
      // Outside the domain.
    }
  }
  return true;
}

}  // namespace nabla::check::detail
