// SPDX-License-Identifier: MIT
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <span>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/ops/special.hpp>

namespace nabla {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// From here on the asymptotic series of digamma has an error below eps after eight terms.
constexpr double kAsymptotic = 10.0;

// Derivatives of the greatest order that is offered, up to the third.
constexpr int kMostOrder = kMaxPolygammaOrder + 3;

// The zero x0 of digamma, in two parts, and the Taylor coefficients there:
// (-1)^(k + 1) zeta(k + 1, x0), the Hurwitz zeta function, for k = 1, 2, ...
constexpr double kZero = 1.4616321449683622;
constexpr double kZeroRest = 9.549995429965697e-17;
constexpr double kZeroRadius = 0.4;
constexpr std::array kAtZero = {
    0.9676722454476212,     -0.4427631689835921,     0.258499760955651,     -0.16394270544240652,
    0.10782405069126237,    -0.07219956125645471,    0.04880428816414311,   -0.03316112647484736,
    0.022597648232218104,   -0.01542476590494896,    0.010538791616612175,  -0.007204534386356869,
    0.004926781395729853,   -0.003369801655439328,   0.002305126326734928,  -0.0015769367714301972,
    0.0010788252019162967,  -0.0007380709389960052,  0.000504953265834602,  -0.0003454680251063077,
    0.00023635601564027053, -0.00016170622091974803, 0.0001106337276874741, -7.569179582195066e-05,
    5.178575795222081e-05,  -3.5430070947659604e-05, 2.424006611860132e-05, -1.6584242271854135e-05,
    1.134638458466385e-05,  -7.762817668462094e-06};

// B_2k / 2k for k = 1, 2, ...
constexpr std::array kStirling = {1.0 / 12,  -1.0 / 120,     1.0 / 252, -1.0 / 240,
                                  1.0 / 132, -691.0 / 32760, 1.0 / 12,  -3617.0 / 8160};

// B_2k for k = 1, 2, ...
constexpr std::array kBernoulli = {1.0 / 6,  -1.0 / 30,     1.0 / 42, -1.0 / 30,
                                   5.0 / 66, -691.0 / 2730, 7.0 / 6,  -3617.0 / 510};

// B_2k / (2k)! for k = 1, 2, ...
constexpr std::array kEulerMaclaurin = {
    0.08333333333333333,   -0.001388888888888889,  3.306878306878307e-05,  -8.267195767195768e-07,
    2.08767569878681e-08,  -5.284190138687493e-10, 1.3382536530684679e-11, -3.3896802963225827e-13,
    8.586062056277845e-15, -2.174868698558062e-16, 5.5090028283602295e-18};

double horner(std::span<const double> coefficients, double x) {
  double sum = coefficients.back();
  for (std::size_t k = coefficients.size() - 1; k-- > 0;) sum = sum * x + coefficients[k];
  return sum;
}

double digamma_of_positive(double x) {
  if (std::abs(x - kZero) < kZeroRadius) {
    const double d = (x - kZero) - kZeroRest;
    return d * horner(kAtZero, d);
  }
  // psi(x) = psi(x + 1) - 1 / x
  double below = 0.0;
  for (; x < kAsymptotic; x += 1.0) below += 1.0 / x;
  const double square = 1.0 / (x * x);
  // psi(x) ~ ln x - 1 / 2x - sum over k of B_2k / (2k x^2k)
  return std::log(x) - (below + (0.5 / x + square * horner(kStirling, square)));
}

// The derivative: psi'(x) = psi'(x + 1) + 1 / x^2 ~ 1 / x + 1 / 2x^2 + sum over k of B_2k / x^(2k+1).
double trigamma_of_positive(double x) {
  double below = 0.0;
  for (; x < kAsymptotic; x += 1.0) below += 1.0 / (x * x);
  const double square = 1.0 / (x * x);
  return below + (0.5 * square + (1.0 + square * horner(kBernoulli, square)) / x);
}

// factor zeta(s, x), with the sum over k >= 0 of (x + k)^-s, for s >= 3 and x > 0: terms up to a large z,
// then z^(1-s) (1 / (s-1) + z^-1 / 2 + sum over k of B_2k / (2k)! s (s+1) ... (s+2k-2) z^(-2k)).
double times_hurwitz_zeta(double factor, int s, double x) {
  double sum = 0.0;
  double z = x;
  for (; z < kAsymptotic + s; z += 1.0) sum += std::pow(z, -s);
  double rest = 1.0 / (s - 1) + 0.5 / z;
  const double square = 1.0 / (z * z);
  double term = s * square;
  for (std::size_t k = 0; k < kEulerMaclaurin.size(); ++k) {
    rest += kEulerMaclaurin[k] * term;
    const double next = s + 2.0 * static_cast<double>(k) + 1.0;
    term *= next * (next + 1.0) * square;
  }
  // In two steps, because the power alone may be too small for a double.
  const int half = (s - 1) / 2;
  return factor * sum + factor * std::pow(z, -half) * rest * std::pow(z, half + 1 - s);
}

double polygamma_of_positive(int order, double x) {
  if (order == 0) return digamma_of_positive(x);
  if (order == 1) return trigamma_of_positive(x);
  // psi^(n)(x) = (-1)^(n + 1) n! zeta(n + 1, x)
  const double size = times_hurwitz_zeta(std::tgamma(order + 1.0), order + 1, x);
  return order % 2 == 1 ? size : -size;
}

// cot(pi x), with a small relative error also beside its zeros.
double cotangent_of_pi(double x) {
  constexpr double pi = std::numbers::pi;
  const double r = x - std::round(x);  // exact, in [-1/2, 1/2]
  if (std::abs(r) <= 0.25) return 1.0 / std::tan(pi * r);
  return std::copysign(std::tan(pi * (0.5 - std::abs(r))), r);
}

// The derivative of pi cot(pi x) of that order. Those of cot t are polynomials in c = cot t:
// P_0 = c, P_(n+1) = -(1 + c^2) P_n'.
double cotangent_derivative(int order, double x) {
  std::array<double, kMostOrder + 2> p{0.0, 1.0};
  const auto degree = static_cast<std::size_t>(order) + 1;
  for (int n = 0; n < order; ++n) {
    std::array<double, kMostOrder + 2> next{};
    for (std::size_t k = 1; k <= static_cast<std::size_t>(n) + 1; ++k) {
      const double slope = static_cast<double>(k) * p[k];
      next[k - 1] -= slope;
      next[k + 1] -= slope;
    }
    p = next;
  }
  // From the highest power on, since beside a pole c is infinite.
  const double c = cotangent_of_pi(x);
  return std::pow(std::numbers::pi, order + 1) * horner(std::span(p).first(degree + 1), c);
}

}  // namespace

double log_gamma(double x) {
#if defined(__GLIBC__)
  int sign = 0;
  return ::lgamma_r(x, &sign);
#else
  return std::lgamma(x);
#endif
}

double digamma(double x) { return polygamma(0, x); }

double polygamma(int order, double x) {
  if (order < 0 || order > kMostOrder || std::isnan(x)) return kNan;
  if (x > 0.0) return polygamma_of_positive(order, x);
  if (x == std::round(x)) return kNan;
  // psi^(n)(x) = (-1)^n psi^(n)(1 - x) - (pi cot(pi x))^(n)
  const double mirror = polygamma_of_positive(order, 1.0 - x);
  return (order % 2 == 0 ? mirror : -mirror) - cotangent_derivative(order, x);
}

void detail::throw_polygamma_order(int order) {
  throw DomainError(fmt::format("[polygamma] order: got {}, need 0, ..., {}; order 0 is digamma",
                                order, kMaxPolygammaOrder));
}

double inverse_erf(double y) {
  const double size = std::abs(y);
  if (!(size < 1)) return size == 1 ? y * std::numeric_limits<double>::infinity() : kNan;
  if (size < 1e-9) return y * (0.5 / std::numbers::inv_sqrtpi);
  // ln(1 - y^2) without the rounding of y^2.
  const double log_rest = std::log1p(-size) + std::log1p(size);
  constexpr double kA = 0.147;
  const double k = 2 / (std::numbers::pi * kA) + log_rest / 2;
  double x = std::sqrt(std::sqrt(k * k - log_rest / kA) - k);
  for (int step = 0; step < 3; ++step) {
    // 1 - |y| is exact for |y| >= 1/2, and what is small stays so in erfc.
    const double miss = size < 0.5 ? std::erf(x) - size : (1 - size) - std::erfc(x);
    const double newton = miss / (2 * std::numbers::inv_sqrtpi * std::exp(-x * x));
    x -= newton / (1 + x * newton);
  }
  return std::copysign(x, y);
}

}  // namespace nabla
