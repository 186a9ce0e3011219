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

// What R_D and R_J come to where the arguments are close: c is the distance of the one that counts twice
// or three times, e2 ... e5 are the elementary symmetric functions of all five distances.
double close_rj(double e2, double e3, double e4, double e5) {
  return 1 - 3 * e2 / 14 + e3 / 6 + 9 * e2 * e2 / 88 - 3 * e4 / 22 - 9 * e2 * e3 / 52 +
         3 * e5 / 26 - e2 * e2 * e2 / 16 + 3 * e3 * e3 / 40 + 3 * e2 * e4 / 20 +
         45 * e2 * e2 * e3 / 272 - 9 * (e3 * e4 + e2 * e5) / 68;
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
      const double series =
          close_rj(ab - 6 * cc, (3 * ab - 8 * cc) * c, 3 * (ab - cc) * cc, ab * c * cc);
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

// R_C(a^2, b^2) for numbers >= 0, where b^2 - a^2 is known better than by subtraction.
double carlson_rc(double a, double b, double difference) {
  constexpr double kNear = 1e-3;
  const double d = difference / (b * b);
  if (std::abs(d) < kNear) {
    // 1/b times the integral of the series in d: atan(t) / t, t^2 = d / (1 - d).
    return (1 + d * (1.0 / 6 + d * (3.0 / 40 + d * (5.0 / 112 + d * 35.0 / 1152)))) / b;
  }
  const double root = std::sqrt(std::abs(difference));
  if (difference > 0) return std::atan2(root, a) / root;
  return (root < a / 2 ? std::atanh(root / a) : std::log((a + root) / b)) / root;
}

// R_J(x, y, z, p) for numbers >= 0, with (p - x)(p - y)(p - z), which subtraction would spoil.
double carlson_rj(double x, double y, double z, double p, double differences) {
  if (p == 0 || (x == 0) + (y == 0) + (z == 0) > 1) return kInf;
  double sum = 0;
  double scale = 1;
  for (;;) {
    const double mean = (x + y + z + 2 * p) / 5;
    const double a = 1 - x / mean;
    const double b = 1 - y / mean;
    const double c = 1 - z / mean;
    const double d = -(a + b + c) / 2;
    if (std::max({std::abs(a), std::abs(b), std::abs(c), std::abs(d)}) < kClose) {
      const double abc = a * b * c, dd = d * d;
      const double e2 = a * b + a * c + b * c - 3 * dd;
      const double series = close_rj(e2, abc + 2 * e2 * d + 4 * dd * d,
                                     (2 * abc + e2 * d + 3 * dd * d) * d, abc * dd);
      return 3 * sum + scale * series / (mean * std::sqrt(mean));
    }
    const double u = std::sqrt(x), v = std::sqrt(y), w = std::sqrt(z), q = std::sqrt(p);
    const double shift = u * v + u * w + v * w;
    sum += scale * carlson_rc(p * (u + v + w) + u * v * w, q * (p + shift), differences);
    scale /= 4;
    differences /= 64;
    x = (x + shift) / 4;
    y = (y + shift) / 4;
    z = (z + shift) / 4;
    p = (p + shift) / 4;
  }
}

// An end of integration r in [0, pi/2], and complement = 1 - k^2.
struct End {
  double sine, cosine;
  double k, complement;
  [[nodiscard]] double delta_squared() const { return cosine * cosine + complement * sine * sine; }
};

// nu of the third kind, with what subtraction would spoil.
struct Pole {
  double nu, complement, from_k;  // nu, 1 - nu, k^2 - nu
  [[nodiscard]] double distance(const End& end) const {
    return end.cosine * end.cosine + complement * end.sine * end.sine;
  }
};
constexpr Pole kNoPole = {0, 1, 0};

double power(double x, int n) {
  if (n < 0) return 1 / power(x, -n);
  double y = 1;
  for (; n > 0; n /= 2, x *= x)
    if (n % 2 != 0) y *= x;
  return y;
}

// The integral from 0 to r in the variable s = ln tan t, in which all singularities keep a distance
// of pi/2 from the line, however near |k| is to 1. The end L = ln tan r is moved to infinity by
// s = L - ln(1 + e^q), and the trapezoidal rule does the rest, to e^(-pi^2 / step). A pole beyond the
// end comes to lie at a distance of pi.
double by_quadrature(int n, int l, int m, const End& end, const Pole& pole) {
  constexpr double kStep = 0.25;
  constexpr double kFar = 40;  // e^-40 of the whole lies beyond
  const double least = pole.distance(end);
  if (end.cosine == 0) {
    const int poles = (end.complement == 0 ? m : 0) + (pole.complement == 0 ? 2 * l : 0);
    if (poles > 0) return kInf;  // 1 / cos^poles
  }
  const double nearest = std::min(end.complement, std::abs(pole.complement));
  const double reach = std::min(kFar - std::log(nearest) / 2, 2 * kFar);
  const double last = std::min(std::log(end.sine / end.cosine), reach);
  const double rise = -std::log(std::max(pole.complement, 1.0)) / 2;
  const double first = std::min(last, rise) - kFar / (2 * n + 1);
  const double end_tangent = std::exp(last);
  double sum = 0;
  for (double q = -kFar; q <= last - first; q += kStep) {
    const double e = std::exp(-std::abs(q));
    const double tangent = end_tangent * ((q < 0 ? 1 : e) / (1 + e));  // e^s
    const double cc = 1 / (1 + tangent * tangent);
    const double ss = tangent * tangent * cc;
    const double slope = (q < 0 ? e : 1) / (1 + e);
    const double delta = 1 / std::sqrt(cc + end.complement * ss);
    double term = slope * tangent * cc * power(ss, n) * power(delta, m);
    if (l > 0) {
      const double distance = cc + pole.complement * ss;
      term *= power(pole.nu > 1 ? std::max(distance, least) : distance, -l);
    }
    sum += term;
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
  return by_quadrature(n, 0, m, end, kNoPole);
}

// The third kind for 0 <= nu, where both parts have the sign of nu.
double third_kind(const End& end, const Pole& pole) {
  const double cc = end.cosine * end.cosine;
  const double dd = end.delta_squared();
  const double s = end.sine;
  const double ss = s * s;
  const double first = s * carlson_rf(cc, dd, 1);
  if (pole.nu == 0) return first;
  const double differences = -pole.nu * pole.from_k * pole.complement * ss * ss * ss;
  return first + pole.nu / 3 * s * ss * carlson_rj(cc, dd, 1, pole.distance(end), differences);
}

// For nu < 0 by another nu between k^2 and 1, of which only sums of positive numbers are taken.
double third_kind_below(const End& end, const Pole& pole) {
  const double kk = end.k * end.k;
  const double nu = pole.nu;
  const double other = pole.from_k / pole.complement;
  double sum = kk == 0 ? 0.0 : kk / pole.from_k * quarter(0, 1, end);
  if (end.complement != 0) {
    const Pole above = {other, end.complement / pole.complement,
                        nu * end.complement / pole.complement};
    sum += nu / -pole.complement * (end.complement / pole.from_k) * third_kind(end, above);
  }
  const double root = std::sqrt(-nu / pole.complement) / std::sqrt(pole.from_k);
  const double angle = std::atan(std::sqrt(-nu) * std::sqrt(other) * end.sine * end.cosine /
                                 std::sqrt(end.delta_squared()));
  return end.cosine == 0 ? sum : sum + root * angle;
}

double quarter(int n, int l, int m, const End& end, const Pole& pole) {
  if (l == 0) return quarter(n, m, end);
  const double distance = pole.distance(end);
  if (distance < 0) return kNan;
  if (distance == 0 && pole.nu > 1) return kInf;
  if (n > 0 || l > 1 || m != 1) return by_quadrature(n, l, m, end, pole);
  return pole.nu < 0 ? third_kind_below(end, pole) : third_kind(end, pole);
}

// phi = turns pi + rest, |rest| <= pi/2.
struct Reduced {
  double turns, rest;
  explicit Reduced(double phi)
      : turns(std::abs(phi) <= kPi / 2 ? 0.0 : std::round(phi / kPi)),
        rest((phi - turns * kPi) - turns * kPiRest) {}
};

// The whole from parts: complete() is the integral to pi/2, until(r) that to an r between.
template <class Complete, class Until>
double in_turns(double phi, const Complete& complete, const Until& until) {
  const auto [turns, rest] = Reduced(phi);
  const double r = std::min(std::abs(rest), kPi / 2);
  const double whole = turns == 0 ? 0.0 : 2 * turns * complete();
  if (std::isinf(whole)) return whole;
  const double part = r == kPi / 2 ? complete() : r == 0 ? 0.0 : until(r);
  return whole + std::copysign(part, rest);
}

}  // namespace

double complete_elliptic_integral(int n, int m, double k) {
  if (!(std::abs(k) <= 1)) return kNan;
  return quarter(n, m, {1, 0, k, (1 - k) * (1 + k)});
}

double elliptic_integral(int n, int m, double k, double phi) {
  if (!(std::abs(k) <= 1) || !std::isfinite(phi)) return kNan;
  return in_turns(
      phi, [&] { return complete_elliptic_integral(n, m, k); },
      [&](double r) {
        return quarter(n, m, {std::sin(r), std::cos(r), k, (1 - k) * (1 + k)});
      });
}

double complete_elliptic_integral_3(int n, int l, int m, double k, double nu) {
  if (!(std::abs(k) <= 1) || !std::isfinite(nu)) return kNan;
  return quarter(n, l, m, {1, 0, k, (1 - k) * (1 + k)}, {nu, 1 - nu, std::fma(k, k, -nu)});
}

double elliptic_integral_3(int n, int l, int m, double k, double nu, double phi) {
  if (!(std::abs(k) <= 1) || !std::isfinite(nu) || !std::isfinite(phi)) return kNan;
  return in_turns(
      phi, [&] { return complete_elliptic_integral_3(n, l, m, k, nu); },
      [&](double r) {
        return quarter(n, l, m, {std::sin(r), std::cos(r), k, (1 - k) * (1 + k)},
                       {nu, 1 - nu, std::fma(k, k, -nu)});
      });
}

}  // namespace nabla::special
