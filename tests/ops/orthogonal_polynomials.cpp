// SPDX-License-Identifier: MIT
// Orthogonal polynomials and Legendre functions: closed forms and the differential equations.
#include <cmath>
#include <string>

#include <boost/test/unit_test.hpp>

#include <nabla/ops/unary/assoc_laguerre.hpp>
#include <nabla/ops/unary/assoc_legendre.hpp>
#include <nabla/ops/unary/gegenbauer.hpp>
#include <nabla/ops/unary/hermite.hpp>
#include <nabla/ops/unary/laguerre.hpp>
#include <nabla/ops/unary/legendre.hpp>
#include <nabla/ops/unary/sph_legendre.hpp>

#include "jets.hpp"

using namespace nabla;
using namespace nabla::test;

BOOST_AUTO_TEST_SUITE(orthogonal_polynomials)

BOOST_AUTO_TEST_CASE(polynomials_have_their_closed_forms) {
  for (const double x : {-1.5, -0.25, 0.0, 0.5, 0.875, 3.0}) {
    const Tape tape;
    const Value v = x;
    const auto check = [x](const Value& y, double want) {
      BOOST_TEST(std::abs(y.value() - want) <= kFew * (1 + std::pow(std::abs(2 * x), 4)),
                 "at " << x);
    };
    check(hermite(0, v), 1);
    check(hermite(3, v), 8 * x * x * x - 12 * x);
    check(laguerre(1, v), 1 - x);
    check(laguerre(2, v), 1 - 2 * x + x * x / 2);
    check(assoc_laguerre(2, 3, v), 10 - 5 * x + x * x / 2);
    check(legendre(3, v), (5 * x * x * x - 3 * x) / 2);
    check(legendre(4, v), (35 * x * x * x * x - 30 * x * x + 3) / 8);
    check(gegenbauer(3, 1.0, v), 8 * x * x * x - 4 * x);
    check(gegenbauer(2, 0.75, v), 0.75 * (3.5 * x * x - 1));
    if (std::abs(x) > 1) continue;
    check(assoc_legendre(2, 1, v), 3 * x * std::sqrt(1 - x * x));
    check(assoc_legendre(3, 2, v), 15 * x * (1 - x * x));
    const double theta = std::acos(x);
    check(sph_legendre(2, 0, v * 0 + theta), std::sqrt(5 / (16 * kPi)) * (3 * x * x - 1));
    check(sph_legendre(1, 1, v * 0 + theta), -std::sqrt(3 / (8 * kPi)) * std::sin(theta));
    check(sph_legendre(1, -1, v * 0 + theta), std::sqrt(3 / (8 * kPi)) * std::sin(theta));
  }
}

BOOST_AUTO_TEST_CASE(hermite_polynomials_are_orthogonal) {
  // The trapezoidal rule is exact to rounding for x^14 e^(-x^2) with steps of 1/4 up to 9.
  for (int m = 0; m <= 7; ++m) {
    for (int n = 0; n <= 7; ++n) {
      double sum = 0, size = 0;
      for (int k = -36; k <= 36; ++k) {
        const double x = k / 4.0;
        const double y =
            Value(hermite(m, Value(x)) * hermite(n, Value(x))).value() * std::exp(-x * x);
        sum += y / 4;
        size += std::abs(y) / 4;
      }
      const double want = m == n ? std::ldexp(std::tgamma(n + 1.0), n) * std::sqrt(kPi) : 0.0;
      BOOST_TEST(std::abs(sum - want) <= 100 * kEps * size, m << " and " << n);
    }
  }
}

BOOST_AUTO_TEST_CASE(polynomials_solve_their_equations_also_at_the_ends) {
  for (const int n : {1, 2, 3, 7, 20}) {
    for (const double x : {-1.0, -0.625, 0.25, 0.9375, 1.0, 1.5}) {
      const std::string what = std::to_string(n) + " at " + std::to_string(x);
      check_equation(common_jet([n](const auto& z) { return hermite(n, z); }, x), 1, -2 * x, 2 * n,
                     "hermite " + what);
      check_equation(common_jet([n](const auto& z) { return laguerre(n, z); }, x), x, 1 - x, n,
                     "laguerre " + what);
      check_equation(common_jet([n](const auto& z) { return assoc_laguerre(n, 2, z); }, x), x,
                     3 - x, n, "assoc_laguerre " + what);
      check_equation(common_jet([n](const auto& z) { return legendre(n, z); }, x), 1 - x * x,
                     -2 * x, n * (n + 1), "legendre " + what);
      check_equation(common_jet([n](const auto& z) { return gegenbauer(n, 1.25, z); }, x),
                     1 - x * x, -3.5 * x, n * (n + 2.5), "gegenbauer " + what);
    }
  }
}

BOOST_AUTO_TEST_CASE(legendre_has_the_known_slopes_at_the_ends) {
  for (int n = 0; n <= 12; ++n) {
    const double slope = n * (n + 1) / 2.0;
    const double bend = (n - 1.0) * n * (n + 1) * (n + 2) / 8;
    const double odd = n % 2 == 1 ? -1 : 1;
    const Jet right = common_jet([n](const auto& x) { return legendre(n, x); }, 1.0);
    const Jet left = common_jet([n](const auto& x) { return legendre(n, x); }, -1.0);
    BOOST_TEST((close(right.y, 1, kFew) && close(left.y, odd, kFew)));
    BOOST_TEST((close(right.slope, slope, 4 * kFew) && close(left.slope, -odd * slope, 4 * kFew)));
    BOOST_TEST((close(right.bend, bend, 4 * kFew) && close(left.bend, odd * bend, 4 * kFew)));
  }
}

BOOST_AUTO_TEST_CASE(legendre_functions_solve_their_equation) {
  for (const int l : {1, 2, 5, 12}) {
    for (const int m : {0, 1, 2, 5}) {
      for (const double x : {-0.75, 0.125, 0.5}) {
        if (m > l) continue;
        const std::string what = std::to_string(l) + " " + std::to_string(m);
        const double s = 1 - x * x;
        check_equation(common_jet([=](const auto& z) { return assoc_legendre(l, m, z); }, x), s,
                       -2 * x, l * (l + 1) - m * m / s, "assoc_legendre " + what);
        const double t = std::acos(x);
        check_equation(common_jet([=](const auto& z) { return sph_legendre(l, m, z); }, t), 1,
                       x / std::sin(t), l * (l + 1) - m * m / s, "sph_legendre " + what);
        check_equation(common_jet([=](const auto& z) { return sph_legendre(l, -m, z); }, t), 1,
                       x / std::sin(t), l * (l + 1) - m * m / s, "sph_legendre -" + what);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(polynomials_are_infinite_far_out) {
  BOOST_TEST(Value(hermite(5, Value(-kInf))).value() == -kInf);
  BOOST_TEST(Value(hermite(6, Value(1e200))).value() == kInf);
  BOOST_TEST(Value(laguerre(3, Value(kInf))).value() == -kInf);
  BOOST_TEST(Value(legendre(5, Value(-kInf))).value() == -kInf);
  BOOST_TEST(std::isnan(Value(assoc_legendre(3, 1, Value(1.5))).value()));
}

BOOST_AUTO_TEST_CASE(degrees_outside_their_range_are_refused) {
  const Value x = 0.5;
  check_refused([&] { static_cast<void>(hermite(-1, x)); },
                "[hermite] n is -1, need a whole number");
  check_refused([&] { static_cast<void>(assoc_laguerre(2, -3, x)); }, "[assoc_laguerre] m is -3");
  check_refused([&] { static_cast<void>(legendre(-2, tensor(0.5))); }, "[legendre] n is -2");
  check_refused([&] { static_cast<void>(gegenbauer(2, 0.0, x)); }, "[gegenbauer] a is 0");
}

BOOST_AUTO_TEST_SUITE_END()
