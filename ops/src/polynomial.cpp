// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>
#include <numbers>

#include <nabla/ops/polynomial.hpp>

namespace nabla::special {
namespace {

// p_n of a recurrence p_k = next(k, p_(k-1), p_(k-2)) from p_(-1) = 0 and p_0 = 1.
template <class Next>
double climb(int n, Next next) {
  if (n < 0) return 0.0;
  double below = 0.0;
  double p = 1.0;
  for (int k = 1; k <= n; ++k) {
    const double above = next(static_cast<double>(k), p, below);
    below = p;
    p = above;
  }
  return p;
}

// Past all zeros, where inf - inf in the recurrence stands for a value beyond the range: inf with
// the sign of (sign x)^n.
double or_infinite(double p, bool is_past_zeros, int n, double x) {
  if (!std::isnan(p) || !is_past_zeros) return p;
  constexpr double inf = std::numeric_limits<double>::infinity();
  return n % 2 == 1 && x < 0 ? -inf : inf;
}

}  // namespace

double hermite(int n, double x) {
  const double p =
      climb(n, [x](double k, double p1, double p2) { return 2 * (x * p1 - (k - 1) * p2); });
  return or_infinite(p, std::abs(x) > std::sqrt(2.0 * n + 1), n, x);
}

double assoc_laguerre(int n, int m, double x) {
  const double p = climb(n, [x, m](double k, double p1, double p2) {
    return ((2 * k - 1 + m - x) * p1 - (k - 1 + m) * p2) / k;
  });
  return or_infinite(p, x < 0 || x > 4.0 * n + 2.0 * m + 2, n, -x);
}

double gegenbauer(int n, double a, double x) {
  const double p = climb(n, [x, a](double k, double p1, double p2) {
    return (2 * (k + a - 1) * x * p1 - (k + 2 * a - 2) * p2) / k;
  });
  return or_infinite(p, std::abs(x) > 1, n, x);
}

double assoc_legendre(int l, int m, double x) {
  if (m % 2 == 1 && std::abs(x) > 1) return std::numeric_limits<double>::quiet_NaN();
  double factor = std::pow((1 - x) * (1 + x), m / 2.0);
  for (int k = 1; k <= m; ++k) factor *= 2 * k - 1;
  return m > l ? 0.0 : factor * gegenbauer(l - m, m + 0.5, x);
}

double sph_legendre(int l, int m, double theta) {
  const int order = std::abs(m);
  if (order > l) return 0.0;
  const double sine = std::sin(theta);
  const double cosine = std::cos(theta);
  // Y_m^m, then Y_l^m from the two degrees below, normalized all the way.
  double y = 0.5 * std::numbers::inv_sqrtpi;
  for (int k = 1; k <= order; ++k) y *= sine * std::sqrt((2.0 * k + 1) / (2.0 * k));
  double below = 0.0;
  double loss = 0.0;  // of the degree below, sqrt((l^2 - m^2) / (4 l^2 - 1))
  const double square = static_cast<double>(order) * order;
  for (int k = order + 1; k <= l; ++k) {
    const double kk = static_cast<double>(k) * k;
    const double gain = std::sqrt((kk - square) / (4 * kk - 1));
    const double above = (cosine * y - loss * below) / gain;
    below = y;
    y = above;
    loss = gain;
  }
  return m > 0 && m % 2 == 1 ? -y : y;
}

}  // namespace nabla::special
