// SPDX-License-Identifier: MIT
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>

#include <nabla/ops/special.hpp>
#include <nabla/ops/zeta.hpp>

namespace nabla::special {
namespace {

using std::numbers::pi;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kMostOrder = static_cast<std::size_t>(kMaxZetaOrder) + 2;
constexpr double kLeast = -160.0;
// From here on the second term, 2^-s, is 0.
constexpr double kOnlyOne = 1075.0;
// Below, the sum loses more digits than the reflection, which has a pole at 0 to cancel.
constexpr double kReflected = -0.3;

// A function about a point s: the coefficients of t^0, t^1, ... of f(s + t), of which only the first
// few are computed.
using Series = std::array<double, kMostOrder + 1>;

// B_2k / (2k)! for k = 1, 2, ...
constexpr std::array kEulerMaclaurin = {
    0.08333333333333333,    -0.001388888888888889,  3.306878306878307e-05,  -8.267195767195768e-07,
    2.08767569878681e-08,   -5.284190138687493e-10, 1.3382536530684679e-11, -3.3896802963225827e-13,
    8.586062056277845e-15,  -2.174868698558062e-16, 5.5090028283602295e-18, -1.3954464685812523e-19,
    3.5347070396294673e-21, -8.953517427037546e-23};

// c e^(a t)
Series exponential(double c, double a, std::size_t order) {
  Series y{c};
  for (std::size_t k = 1; k <= order; ++k) y[k] = y[k - 1] * a / static_cast<double>(k);
  return y;
}

Series product(const Series& a, const Series& b, std::size_t order) {
  Series y{};
  for (std::size_t k = 0; k <= order; ++k) {
    for (std::size_t j = 0; j <= k; ++j) y[k] += a[j] * b[k - j];
  }
  return y;
}

// y (a + t) c
void multiply(Series& y, double a, double c, std::size_t order) {
  for (std::size_t k = order; k > 0; --k) y[k] = (a * y[k] + y[k - 1]) * c;
  y[0] *= a * c;
}

// For s >= -0.3: the sum over k < N of k^-s, and with p = N^-s
//   p (N / (s - 1) + 1/2 + the sum over j of B_2j / (2j)! s (s + 1) ... (s + 2j - 2) N^(1 - 2j))
Series by_sum(double s, std::size_t order) {
  constexpr double kTerms = 14;
  Series rest{};
  double pole = kTerms / (s - 1);
  for (std::size_t k = 0; k <= order; ++k, pole /= -(s - 1)) rest[k] = pole;
  rest[0] += 0.5;
  Series factor{s / kTerms, 1 / kTerms};
  double next = s + 1;
  for (const double coefficient : kEulerMaclaurin) {
    for (std::size_t k = 0; k <= order; ++k) rest[k] += coefficient * factor[k];
    multiply(factor, next, 1 / kTerms, order);
    multiply(factor, next + 1, 1 / kTerms, order);
    next += 2;
  }
  const double log_terms = std::log(kTerms);
  Series y = product(exponential(std::pow(kTerms, -s), -log_terms, order), rest, order);
  for (double k = kTerms - 1; k > 0; --k) {
    const Series term = exponential(std::pow(k, -s), -std::log(k), order);
    for (std::size_t j = 0; j <= order; ++j) y[j] += term[j];
  }
  return y;
}

// Gamma(u - t): the exponential of ln Gamma(u - t), whose coefficients are polygammas.
Series gamma_of(double u, std::size_t order) {
  Series slope{};  // k times the coefficients of the logarithm
  double factorial = 1;
  for (std::size_t k = 1; k <= order; ++k) {
    const double size = polygamma(static_cast<int>(k) - 1, u) / factorial;
    slope[k] = k % 2 == 0 ? size : -size;
    factorial *= static_cast<double>(k);
  }
  Series y{std::tgamma(u)};
  for (std::size_t k = 1; k <= order; ++k) {
    for (std::size_t j = 1; j <= k; ++j) y[k] += slope[j] * y[k - j] / static_cast<double>(k);
  }
  return y;
}

// sin(pi (s + t) / 2), exactly 0 at even s.
Series sine_of(double s, std::size_t order) {
  Series y{};
  double scale = 1;
  for (std::size_t k = 0; k <= order; ++k) {
    const double turns = std::remainder(s / 2 + static_cast<double>(k) / 2, 2.0);
    const double r = std::abs(turns) <= 0.5 ? turns : std::copysign(1.0, turns) - turns;
    y[k] = scale * std::sin(pi * r);
    scale *= pi / 2 / static_cast<double>(k + 1);
  }
  return y;
}

// For s < -0.3: 2 (2 pi)^(s - 1) sin(pi s / 2) Gamma(1 - s) zeta(1 - s)
Series by_reflection(double s, std::size_t order) {
  const double log_circle = std::log(2 * pi);
  Series mirror = by_sum(1 - s, order);
  for (std::size_t k = 1; k <= order; k += 2) mirror[k] = -mirror[k];
  const Series power = exponential(2 * std::pow(2 * pi, s - 1), log_circle, order);
  return product(product(power, sine_of(s, order), order),
                 product(gamma_of(1 - s, order), mirror, order), order);
}

}  // namespace

double riemann_zeta(int order, double s) {
  if (order < 0 || order > static_cast<int>(kMostOrder) || !(s >= kLeast)) return kNan;
  const double infinite = std::numeric_limits<double>::infinity();
  if (s == 1) return order % 2 == 0 ? infinite : -infinite;
  if (s > kOnlyOne) return order == 0 ? 1.0 : 0.0;
  const auto n = static_cast<std::size_t>(order);
  const Series y = s < kReflected ? by_reflection(s, n) : by_sum(s, n);
  return y[n] * std::tgamma(order + 1.0);
}

}  // namespace nabla::special
