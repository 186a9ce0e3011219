// SPDX-License-Identifier: MIT
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>

#include <nabla/ops/bessel.hpp>

namespace nabla::special {
namespace {

using std::numbers::pi;
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kEps = std::numeric_limits<double>::epsilon();

// Where the integrands are cut off: they fall as e^-decay, and in all they grow less than decay^2.
constexpr double kCutOff = 48.0;

// Beyond this x, I exceeds the range for all orders that are asked for.
constexpr double kLargestForI = 1500.0;

// sin(pi x), exactly 0 at integers.
double sin_of_pi(double x) {
  const double r = std::remainder(x, 2.0);
  return std::sin(pi * (std::abs(r) <= 0.5 ? r : std::copysign(1.0, r) - r));
}
double cos_of_pi(double x) { return sin_of_pi(x + 0.5); }

// a b, where a factor of 0 wins over an infinite one.
double product(double a, double b) { return a == 0.0 ? 0.0 : a * b; }

// (x/2)^nu / Gamma(nu + 1) times the sum over k of (s x^2/4)^k / (k! (nu + 1)...(nu + k)): J for
// s = -1, I for s = 1. For x^2 <= nu + 1 nothing cancels.
double power_series(double nu, double x, double s) {
  const double whole = std::floor(nu);
  const double mu = nu - whole;
  double factor = std::pow(x / 2, mu) / std::tgamma(mu + 1);
  for (double k = 1; k <= whole; ++k) factor *= x / 2 / (mu + k);
  double sum = 1.0;
  double term = 1.0;
  for (double k = 1; std::abs(term) > kEps * kEps; ++k) {
    term *= s * x * x / (4 * k * (nu + k));
    sum += term;
  }
  return factor * sum;
}

// A place u of integration: sinh, cosh and tanh of u/2, e^(u/2), 1 / cosh u and tanh u. From halves,
// because e^u may exceed the range.
struct Place {
  double u, root, sinh, cosh, sech, tanh;
  explicit Place(double at) : u(at) {
    const double m = std::expm1(u / 2);
    root = 1 + m;
    sinh = (m + m / root) / 2;
    cosh = (root + 1 / root) / 2;
    const double t = sinh / cosh;
    sech = 1 / (1 + 2 * sinh * sinh);
    tanh = 2 * t / (1 + t * t);
  }
};

template <class Number>
struct Neighbours {
  Number here, next;  // of the orders mu and mu + 1
};

// The Hankel functions J + i Y of two small orders, by their integral along the path of steepest
// descent t = u + i gd u, where e^(i gd u) = 1 / cosh u + i tanh u:
//   2/(pi i) e^(i (x - mu pi/2)) integral from 0 to inf of
//       e^(-x sinh u tanh u) cosh(mu t) (1 + i / cosh u) du
// On the lines Im u = +-d < pi/2 the integrand is at most e^(x sin d tan d) times as large, so that
// the trapezoidal rule errs by the least of e^(x sin d tan d - 2 pi d / step): below eps.
Neighbours<std::complex<double>> hankel(double mu, double x) {
  const std::complex<double> wave(std::cos(x), std::sin(x));
  if (mu == 0.5) {  // elementary
    const std::complex<double> here = std::sqrt(2 / pi) / std::sqrt(x) * wave;
    return {here * std::complex<double>(0.0, -1.0), here * std::complex<double>(-1.0, -1.0 / x)};
  }
  const double step = 0.45 / std::sqrt(3.4 + x);
  std::complex<double> here(0.5, 0.5), next(0.5, 0.5);
  for (double k = 1;; ++k) {
    const Place at(k * step);
    const double decay = 2 * x * at.sinh * at.cosh * at.tanh;
    if (decay > kCutOff) break;
    const double weight = std::exp(-decay) / 2;
    const std::complex<double> turn(at.sech, at.tanh), along(1.0, at.sech);
    std::complex<double> plus = weight, minus = weight;  // times e^(mu t) and e^(-mu t)
    if (mu != 0.0) {
      const double growth = std::exp(mu * at.u);
      const double angle = 2 * mu * std::atan(at.sinh / at.cosh);
      const std::complex<double> direction(std::cos(angle), std::sin(angle));
      plus *= growth * direction;
      minus *= std::conj(direction) / growth;
    }
    here += (plus + minus) * along;
    next += (plus * turn * at.root * at.root + minus * std::conj(turn) / at.root / at.root) * along;
  }
  // e^(i x) e^(-i (mu + 1) pi/2) = 1/i e^(i (x - mu pi/2)), each factor with its own digits.
  const std::complex<double> shift(cos_of_pi((mu + 1) / 2), -sin_of_pi((mu + 1) / 2));
  const std::complex<double> factor = 2 / pi * step * wave * shift;
  return {factor * here, factor * next * std::complex<double>(0.0, -1.0)};
}

struct Pair {
  double first;   // J or I
  double second;  // Y or K
};

// J and Y for nu >= 0 and 0 < x < inf. Y grows with the order, so going up is stable; J is so only
// while nu <= x. Beyond, the ratio of neighbours and the Wronskian
// J_(nu+1) Y_nu - J_nu Y_(nu+1) = 2 / (pi x) give it.
Pair oscillating(double nu, double x) {
  const double whole = std::floor(nu);
  const double mu = nu - whole;
  auto [here, next] = hankel(mu, x);
  for (double k = 1; k <= whole; ++k) {
    const std::complex<double> above = 2 * (mu + k) / x * next - here;
    here = next;
    next = above;
  }
  const double y = std::isfinite(here.imag()) ? here.imag() : -kInf;
  if (x * x <= nu + 1) return {power_series(nu, x, -1.0), y};
  if (nu <= x) return {here.real(), y};
  if (!std::isfinite(next.imag())) return {0.0, y};
  double ratio = 0.0;  // J_(nu + k) / J_(nu + k - 1)
  for (double k = std::floor(25 + 9 * std::cbrt(x)); k > 0; --k)
    ratio = 1 / (2 * (nu + k) / x - ratio);
  return {2 / (pi * x) / (ratio * y - next.imag()), y};
}

// e^x K_mu(x) = integral from 0 to inf of e^(-2 x sinh^2(u/2)) cosh(mu u) du, by the same rule: here
// it errs by e^(x (1 - cos d) - 2 pi d / step).
Neighbours<double> scaled_k(double mu, double x) {
  if (mu == 0.5) {  // elementary
    const double here = std::sqrt(pi / 2) / std::sqrt(x);
    return {here, here * (1 + 1 / x)};
  }
  const double step = 0.7 / std::sqrt(8 + x);
  double here = 0.5, next = 0.5;
  for (double k = 1;; ++k) {
    const Place at(k * step);
    const double decay = 2 * x * at.sinh * at.sinh;
    if (decay > kCutOff) return {step * here, step * next};
    const double weight = std::exp(-decay) / 2;
    const double growth = mu == 0.0 ? 1.0 : std::exp(mu * at.u);
    const double up = weight * growth, down = weight / growth;
    here += up + down;
    next += up * at.root * at.root + down / at.root / at.root;
  }
}

// I and K for nu >= 0 and 0 < x < inf: K as Y above, and I from it by the Wronskian
// I_nu K_(nu+1) + I_(nu+1) K_nu = 1/x, in which nothing cancels.
Pair modified(double nu, double x) {
  const double whole = std::floor(nu);
  const double mu = nu - whole;
  // All times e^(x/2), so that they stay in the range longer.
  const double half = std::exp(-x / 2);
  auto [here, next] = scaled_k(mu, x);
  here *= half;
  next *= half;
  for (double k = 1; k <= whole; ++k) {
    const double above = 2 * (mu + k) / x * next + here;
    here = next;
    next = above;
  }
  const double k_nu = half * here;
  if (x * x <= nu + 1) return {power_series(nu, x, 1.0), k_nu};
  if (x > kLargestForI) return {kInf, k_nu};
  double ratio = 0.0;  // I_(nu + k) / I_(nu + k - 1)
  for (double k = std::floor(30 + 7 * std::sqrt(x)); k > 0; --k)
    ratio = 1 / (2 * (nu + k) / x + ratio);
  return {std::exp(x / 2) / (x * (next + ratio * here)), k_nu};
}

Pair bessel_jy(double nu, double x) {
  if (x == 0.0) return {nu == 0.0 ? 1.0 : 0.0, -kInf};
  return std::isinf(x) ? Pair{0.0, 0.0} : oscillating(nu, x);
}
Pair bessel_ik(double nu, double x) {
  if (x == 0.0) return {nu == 0.0 ? 1.0 : 0.0, kInf};
  return std::isinf(x) ? Pair{kInf, 0.0} : modified(nu, x);
}

bool is_outside(double nu, double x) { return !(x >= 0.0) || !std::isfinite(nu); }

}  // namespace

double cyl_bessel_j(double nu, double x) {
  if (is_outside(nu, x)) return kNan;
  if (nu >= 0 && x * x <= nu + 1) return power_series(nu, x, -1.0);
  const Pair p = bessel_jy(std::abs(nu), x);
  return nu >= 0 ? p.first : product(cos_of_pi(nu), p.first) + product(sin_of_pi(nu), p.second);
}

double cyl_neumann(double nu, double x) {
  if (is_outside(nu, x)) return kNan;
  const Pair p = bessel_jy(std::abs(nu), x);
  return nu >= 0 ? p.second : product(cos_of_pi(nu), p.second) - product(sin_of_pi(nu), p.first);
}

double cyl_bessel_i(double nu, double x) {
  if (is_outside(nu, x)) return kNan;
  if (nu >= 0 && x * x <= nu + 1) return power_series(nu, x, 1.0);
  const Pair p = bessel_ik(std::abs(nu), x);
  return nu >= 0 ? p.first : p.first - 2 / pi * product(sin_of_pi(nu), p.second);
}

double cyl_bessel_k(double nu, double x) {
  return is_outside(nu, x) ? kNan : bessel_ik(std::abs(nu), x).second;
}

double sph_bessel(int n, double x) {
  if (x == 0.0) return n == 0 ? 1.0 : 0.0;
  return std::sqrt(pi / 2) / std::sqrt(x) * cyl_bessel_j(n + 0.5, x);
}

double sph_neumann(int n, double x) {
  if (x == 0.0) return -kInf;
  return std::sqrt(pi / 2) / std::sqrt(x) * cyl_neumann(n + 0.5, x);
}

}  // namespace nabla::special
