// SPDX-License-Identifier: MIT
#pragma once

namespace nabla::special {

/// The beta function Gamma(a) Gamma(b) / Gamma(a + b) for a, b > 0; inf where one is 0, NaN where one
/// is negative. A pure function, safe on all threads; never throws.
/// Accuracy  relative error <= 16 eps for a + b <= 170, else <= 1e-13
/// Source    DLMF 5.12.1, 5.11.1 (Stirling's series)
[[nodiscard]] double beta(double a, double b);

}  // namespace nabla::special
