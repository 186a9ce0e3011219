// SPDX-License-Identifier: MIT
#pragma once

namespace nabla {

/// The largest order of a derivative of the zeta function that may be asked for.
inline constexpr double kMaxZetaOrder = 4.0;

namespace special {

/// The derivative of Riemann's zeta function of that order, 0 for the function itself. At s = 1 the
/// limit from the right; NaN for s < -160, where the gamma function leaves the range, and for orders
/// outside 0, ..., kMaxZetaOrder + 2. A pure function, safe on all threads; never throws.
/// Accuracy  relative error <= 1e-14 for orders 0 to 2 and s >= 0, else <= 1e-13 for orders up to
///           4, except beside the zeros
/// Cost      about 12 powers for order 0
/// Source    DLMF 25.2.9 (Euler-Maclaurin), 25.4.1 (reflection), both as power series about s
[[nodiscard]] double riemann_zeta(int order, double s);

}  // namespace special
}  // namespace nabla
