// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

namespace nabla::detail {

/// ln(1 + e^x), as ops that do not overflow need it. Requires  x <= 0, or NaN
template <class T>
[[gnu::always_inline]] constexpr T log1p_exp(const T& x) {
  using std::exp;
  const T e = exp(x);
  if constexpr (requires { log1p_fraction(e); }) {
    return log1p_fraction(e);  // of lanes
  } else {
    using std::log1p;
    return log1p(e);
  }
}

}  // namespace nabla::detail
