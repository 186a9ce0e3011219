// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <nabla/ops/elliptic.hpp>

namespace nabla::special {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Arguments are brought together until the eighth power of their relative distance is below eps.
constexpr double kClose = 0.007;

constexpr double kPi = std::numbers::pi;
constexpr double kPiRest = 1.2246467991473532e-16;  // pi - kPi

// R_F(x, y, z) for numbers >= 0, by duplication.
double carlson_rf(double x, double y, double z) {
  if ((x == 0) + (y == 0) + (z == 0) > 1) return kInf;
  for (;;) {
    const double mean = (x + y + z) / 3;
    const double a = 1 - x / mean;
    const double b = 1 - y / mean;
    const double c = -(a + b);
    if (std::max({std::abs(a), std::abs(b), std::abs(c)}) < kClose) {
      const double e2 = a * b - c * c;
      const double e3 = a * b * c;
      const double series = 1 - e2 / 10 + e3 / 14 + e2 * e2 / 24 - 3 * e2 * e3 / 44 -
                            5 * e2 * e2 * e2 / 208 + 3 * e3 * e3 / 104 + e2 * e2 * e3 / 16;
      return series / std::sqrt(mean);
    }
    const double u = std::sqrt(x), v = std::sqrt(y), w = std::sqrt(z);
    const double shift = u * v + u * w + v * w;
    x = (x + shift) / 4;
    y = (y + shift) / 4;
    z = (z + shift) / 4;
  }
}

// R_D(x, y, z) = R_J(x, y, z, z).
double carlson_rd(double x, double y, double z) {
  if (z == 0 || (x == 0 && y == 0)) return kInf;
  double sum = 0;
  double scale = 1;
  for (;;) {
    const double mean = (x + y + 3 * z) / 5;
    const double a = 1 - x / mean;
    const double b = 1 - y / mean;
    const double c = -(a + b) / 3;
    if (std::max({std::abs(a), std::abs(b), std::abs(c)}) < kClose) {
      const double ab = a * b, cc = c * c;
      const double e2 = ab - 6 * cc;
      const double e3 = (3 * ab - 8 * cc) * c;
      const double e4 = 3 * (ab - cc) * cc;
      const double e5 = ab * c * cc;
      const double series = 1 - 3 * e2 / 14 + e3 / 6 + 9 * e2 * e2 / 88 - 3 * e4 / 22 -
                            9 * e2 * e3 / 52 + 3 * e5 / 26 - e2 * e2 * e2 / 16 + 3 * e3 * e3 / 40 +
                            3 * e2 * e4 / 20 + 45 * e2 * e2 * e3 / 272 -
                            9 * (e3 * e4 + e2 * e5) / 68;
      return 3 * sum + scale * series / (mean * std::sqrt(mean));
    }
    const double u = std::sqrt(x), v = std::sqrt(y), w = std::sqrt(z);
    const double shift = u * v + u * w + v * w;
    sum += scale / (w * (z + shift));
    scale /= 4;
    x = (x + shift) / 4;
    y = (y + shift) / 4;
    z = (z + shift) / 4;
  }
}

// An end of integration r in [0, pi/2], and complement = 1 - k^2.
struct End {
  double sine, cosine;
  double k, complement;
  [[nodiscard]] double delta_squared() const { return cosine * cosine + complement * sine * sine; }
};

// The integral from 0 to r in the variable s = ln tan t, in which all singularities keep a distance
// of pi/2 from the line, however near |k| is to 1. The end L = ln tan r is moved to infinity by
// s = L - ln(1 + e^q), and the trapezoidal rule does the rest, to e^(-pi^2 / step).
double by_quadrature(int n, int m, const End& end) {
  constexpr double kStep = 0.25;
  constexpr double kFar = 40;  // e^-40 of the whole lies beyond
  if (m > 0 && end.delta_squared() == 0) return kInf;
  const double reach = std::min(kFar - std::log(end.complement) / 2, 2 * kFar);
  const double last = std::min(std::log(end.sine / end.cosine), reach);
  const double first = std::min(last, 0.0) - kFar / (2 * n + 1);
  double sum = 0;
  for (double q = -kFar; q <= last - first; q += kStep) {
    const double e = std::exp(-std::abs(q));
    const double s = last - std::max(q, 0.0) - std::log1p(e);
    const double tangent = std::exp(s);
    const double cc = 1 / (1 + tangent * tangent);
    const double ss = tangent * tangent * cc;
    const double slope = (q < 0 ? e : 1) / (1 + e);
    sum += slope * tangent * cc * std::pow(ss, n) * std::pow(cc + end.complement * ss, -m / 2.0);
  }
  return kStep * sum;
}

double quarter(int n, int m, const End& end) {
  const double cc = end.cosine * end.cosine;
  const double dd = end.delta_squared();
  const double s = end.sine;
  const double third = s * s * s / 3;
  if (n == 0 && m == 1) return s * carlson_rf(cc, dd, 1);
  if (n == 0 && m == -1) {
    if (end.complement == 0) return s;
    return s * carlson_rf(cc, dd, 1) - end.k * end.k * third * carlson_rd(cc, dd, 1);
  }
  if (n == 1 && m == 1) return third * carlson_rd(cc, dd, 1);
  if (n == 1 && m == 3) return third * carlson_rd(cc, 1, dd);
  return by_quadrature(n, m, end);
}

}  // namespace

double complete_elliptic_integral(int n, int m, double k) {
  if (!(std::abs(k) <= 1)) return kNan;
  return quarter(n, m, {1, 0, k, (1 - k) * (1 + k)});
}

double elliptic_integral(int n, int m, double k, double phi) {
  if (!(std::abs(k) <= 1) || !std::isfinite(phi)) return kNan;
  const double turns = std::abs(phi) <= kPi / 2 ? 0.0 : std::round(phi / kPi);
  const double rest = (phi - turns * kPi) - turns * kPiRest;
  const double r = std::min(std::abs(rest), kPi / 2);
  const double part = r == kPi / 2 ? complete_elliptic_integral(n, m, k)
                      : r == 0     ? 0.0
                               : quarter(n, m, {std::sin(r), std::cos(r), k, (1 - k) * (1 + k)});
  const double whole = turns == 0 ? 0.0 : 2 * turns * complete_elliptic_integral(n, m, k);
  return whole + std::copysign(part, rest);
}

}  // namespace nabla::special
