// SPDX-License-Identifier: MIT
#pragma once

// Bessel functions of plain numbers, for any real order: the slope of one order is made of the two
// beside it, and so on down. Pure functions, safe on all threads; never throw. NaN for x < 0, limits
// at x = 0 and x = inf. The ops of the same names apply them to Values and Tensors.
//
//   special::cyl_bessel_j(0.0, 1.0) == 0.765197686557966...
//
// Accuracy  near 1e-14 of the result for orders and x below 50, growing with the order like its
//           square root; of J and Y where they oscillate, of the size of the waves, and there the
//           rounding of x itself counts. K is inf already where e^(x/2) K leaves the range
// Cost      some 40 exponentials for integer orders, twice that for others, none for half orders;
//           more for x below 1e-2; and a multiplication for each order below
// Source    DLMF 10.9.10, 10.32.9 (integrals), 10.6.1, 10.29.1 (recurrences), 10.2.3 (reflection),
//           10.5.2, 10.28.2 (Wronskians), 10.10.1, 10.33.1 (continued fractions)

namespace nabla {

/// The largest order of a Bessel function that may be asked for.
inline constexpr double kMaxBesselOrder = 1000.0;

namespace special {

/// J, the Bessel function of the first kind.
[[nodiscard]] double cyl_bessel_j(double nu, double x);
/// Y, the Bessel function of the second kind, which is -inf at x = 0.
[[nodiscard]] double cyl_neumann(double nu, double x);
/// I, the modified Bessel function of the first kind.
[[nodiscard]] double cyl_bessel_i(double nu, double x);
/// K, the modified Bessel function of the second kind, which is inf at x = 0.
[[nodiscard]] double cyl_bessel_k(double nu, double x);

/// j, the spherical Bessel function of the first kind: sqrt(pi / 2x) J of order n + 1/2.
/// Requires  n >= 0
[[nodiscard]] double sph_bessel(int n, double x);
/// y, the spherical Bessel function of the second kind: sqrt(pi / 2x) Y of order n + 1/2.
/// Requires  n >= 0
[[nodiscard]] double sph_neumann(int n, double x);

}  // namespace special
}  // namespace nabla
