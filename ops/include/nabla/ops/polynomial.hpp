// SPDX-License-Identifier: MIT
#pragma once

// Orthogonal polynomials of plain numbers, by their recurrences of three terms. Pure functions, safe
// on all threads; never throw. Polynomials of negative degree are 0, as slopes want it: all are
// defined for all real x. The ops apply them to Values and Tensors.
//
//   special::hermite(3, 0.5) == -5;   special::gegenbauer(2, 0.5, 0.5) == -0.125, Legendre's
//
// Accuracy  where they do not oscillate, relative error <= (8 + 2 n) eps; between the zeros that
//           times the size of the waves
// Cost      three operations for each degree
// Source    DLMF 18.9.1, 18.9.2 (recurrences)

namespace nabla {

/// The largest degree and order of a polynomial that may be asked for.
inline constexpr double kMaxDegree = 1e6;
/// The largest order of an associated Legendre function: beyond, (2 m - 1)!! leaves the range.
inline constexpr double kMaxLegendreOrder = 148;

namespace special {

/// The physicist's Hermite polynomial H_n, orthogonal to the weight e^(-x^2).
[[nodiscard]] double hermite(int n, double x);

/// The Laguerre polynomial L_n^(m), orthogonal to the weight x^m e^(-x).
[[nodiscard]] double assoc_laguerre(int n, int m, double x);

/// The Gegenbauer polynomial C_n^(a), orthogonal to the weight (1 - x^2)^(a - 1/2); for a = 1/2
/// that of Legendre, for a = 1 Chebyshev's of the second kind.
/// Requires  a > 0
[[nodiscard]] double gegenbauer(int n, double a, double x);

/// The associated Legendre function (1 - x^2)^(m/2) times the m-th derivative of P_l, without the
/// sign (-1)^m. NaN for |x| > 1 if m is odd.
/// Requires  m >= 0
[[nodiscard]] double assoc_legendre(int l, int m, double x);

/// The spherical harmonic of degree l and order m at the polar angle theta and azimuth 0, with the
/// sign (-1)^m for m > 0, and for negative m with none; 0 for |m| > l.
[[nodiscard]] double sph_legendre(int l, int m, double theta);

}  // namespace special
}  // namespace nabla
