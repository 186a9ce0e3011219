// SPDX-License-Identifier: MIT
#pragma once

namespace nabla::special {

/// The exponential integral Ei(x), the principal value of the integral from -inf to x of e^t / t dt;
/// -inf at x = 0. A pure function, safe on all threads; never throws.
/// Accuracy  relative error <= 8 eps, also beside the zero at 0.3725
/// Cost      an exponential or a logarithm and up to 100 divisions
/// Source    DLMF 6.6.2 (series), 6.9.1 (continued fraction), 6.12.2 (asymptotic series)
[[nodiscard]] double expint(double x);

}  // namespace nabla::special
