// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>
#include <numbers>

#include <nabla/ops/exponential_integral.hpp>

namespace nabla::special {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();
constexpr double kInf = std::numeric_limits<double>::infinity();

// The zero of Ei in two parts.
constexpr double kZero = 0.3725074107813666;
constexpr double kZeroRest = 1.3140183414386028e-17;
constexpr double kZeroRadius = 0.2;

// From here on the asymptotic series has an error below eps before it diverges.
constexpr double kAsymptotic = 40.0;

// The sum over k >= 1 of x^k / (k k!).
double entire_part(double x) {
  double sum = 0.0;
  double power = 1.0;
  for (double k = 1; std::abs(power) > kEps / 8 * std::abs(sum); ++k) {
    power *= x / k;
    sum += power / k;
  }
  return sum;
}

// ln(x / x0) + the sum over k of (x^k - x0^k) / (k k!)
double beside_zero(double x) {
  const double d = (x - kZero) - kZeroRest;
  double sum = std::log1p(d / kZero);
  double difference = 0.0;  // (x^k - x0^k) / k!
  double power = 1.0;       // x0^(k - 1) / (k - 1)!
  for (double k = 1; k < 25; ++k) {
    difference = (x * difference + power * d) / k;
    power *= kZero / k;
    sum += difference / k;
  }
  return sum;
}

// E_1(x) e^x = 1/(x + 1 - 1/(x + 3 - 4/(x + 5 - 9/...))), from the far end.
double scaled_e1(double x) {
  double tail = 0.0;
  for (double k = std::floor(20 + 100 / x); k > 0; --k) tail = k * k / (x + 2 * k + 1 - tail);
  return 1 / (x + 1 - tail);
}

// Ei(x) x e^-x ~ the sum over k of k! / x^k
double asymptotic(double x) {
  double sum = 1.0;
  double term = 1.0;
  for (double k = 1; k < kAsymptotic && term > kEps / 8; ++k) {
    term *= k / x;
    sum += term;
  }
  return sum;
}

}  // namespace

double expint(double x) {
  if (std::isnan(x)) return x;
  if (x == kInf) return kInf;
  if (x < -1.0) return std::isinf(x) ? -0.0 : -std::exp(x) * scaled_e1(-x);
  if (std::abs(x - kZero) < kZeroRadius) return beside_zero(x);
  if (x < kAsymptotic) return std::numbers::egamma + std::log(std::abs(x)) + entire_part(x);
  const double half = std::exp(x / 2);  // e^x itself leaves the range before Ei does
  return half / x * asymptotic(x) * half;
}

}  // namespace nabla::special
