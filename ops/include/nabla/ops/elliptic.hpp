// SPDX-License-Identifier: MIT
#pragma once

// Elliptic integrals of plain numbers. Pure functions, safe on all threads; never throw. The ops
// apply them to Values and Tensors.
//
//   special::elliptic_integral(0, 1, 0.5, 1.0)       F, the first kind: 1.0494...
//   special::elliptic_integral(0, -1, 0.5, 1.0)      E, the second kind
//   special::elliptic_integral_3(0, 1, 1, 0.5, 0.3, 1.0)   Pi, the third kind

namespace nabla {

/// The largest powers in an elliptic integral that may be asked for.
inline constexpr double kMaxEllipticPower = 100.0;

namespace special {

/// The integral from 0 to phi of sin^2n t (1 - k^2 sin^2 t)^(-m/2) dt: of the first kind for n = 0,
/// m = 1, of the second for n = 0, m = -1, and what their derivatives by k are made of. NaN for
/// |k| > 1. The number next to pi/2 stands for pi/2 itself.
/// Requires  n >= 0
/// Accuracy  relative error <= 8 eps for n = 0 and m = +-1 (the second kind: 40 eps beside
///           |k| = 1), and for n = 1, m = 1 or 3; else <= 3e-14
/// Cost      about ten square roots in these cases, else some 200 exponentials and powers
/// Source    DLMF 19.25.5, 19.25.9 (by Carlson's R_F and R_D), 19.36.1, 19.36.2; else the
///           trapezoidal rule, Trefethen & Weideman 2014
[[nodiscard]] double elliptic_integral(int n, int m, double k, double phi);

/// The same from 0 to pi/2, the complete integral.
[[nodiscard]] double complete_elliptic_integral(int n, int m, double k);

/// The integral from 0 to phi of sin^2n t (1 - nu sin^2 t)^-l (1 - k^2 sin^2 t)^(-m/2) dt: of the third
/// kind for n = 0, l = m = 1, and what its derivatives by k and nu are made of. NaN for |k| > 1, and for
/// nu > 1 if there is a pole on the way; infinite where the integral is.
/// Requires  n >= 0, l >= 0
/// Accuracy  relative error <= 8 eps for n = 0, l = m = 1, else <= 3e-14; for nu > 1 times
///           1 / |1 - nu sin^2 phi|, for so much it depends on the last digit of phi and nu
/// Cost      n = 0, l = m = 1: some 25 square roots and ten logarithms or arcus tangents; else as
///           elliptic_integral
/// Source    DLMF 19.25.14, 19.26.18 (by Carlson's R_J and R_C); for nu < 0 Abramowitz & Stegun
///           17.7.15, in which nothing cancels; else the trapezoidal rule
[[nodiscard]] double elliptic_integral_3(int n, int l, int m, double k, double nu, double phi);

/// The same from 0 to pi/2, the complete integral.
[[nodiscard]] double complete_elliptic_integral_3(int n, int l, int m, double k, double nu);

}  // namespace special
}  // namespace nabla
