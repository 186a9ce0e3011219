// SPDX-License-Identifier: MIT
// Bessel functions: figures computed with 60 digits and rounded to double, half orders, Wronskians
// and the differential equations.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/ops/unary/cyl_bessel_i.hpp>
#include <nabla/ops/unary/cyl_bessel_j.hpp>
#include <nabla/ops/unary/cyl_bessel_k.hpp>
#include <nabla/ops/unary/cyl_neumann.hpp>
#include <nabla/ops/unary/sph_bessel.hpp>
#include <nabla/ops/unary/sph_neumann.hpp>

#include "jets.hpp"

using namespace nabla;
using namespace nabla::test;

namespace {

// The promise of bessel.hpp.
constexpr double kBessel = 1e-14;

struct BesselFigure {
  double nu, x, j, y, i, k;
};
constexpr BesselFigure kBesselFigures[] = {
    {0.0, 0.125, 0.9960975630419852, -1.3896806251438405, 1.0039100663533544, 2.20786908674497},
    {0.0, 2.5, -0.048383776468198, 0.4980703596152319, 3.289839144050123, 0.06234755320036619},
    {0.25, 1.0, 0.7522313333407901, -0.19442175367716438, 1.123851871670946, 0.4307397744485855},
    {1.0, 7.5, 0.1352484275797055, -0.25912851048611624, 249.58436542268814, 0.0002652973901252895},
    {1.5, 30.0, -0.027267945711177688, 0.1431806436837722, 752420533212.4315,
     2.2126121514878785e-14},
    {3.75, 2.0, 0.0486491467487751, -2.124424192156189, 0.07414394731367968, 1.5799464728292996},
    {10.0, 1.0, 2.6306151236874534e-10, -121618014.27868919, 2.7529480398368737e-10,
     180713289.90102947},
    {10.0, 40.0, 0.11938336278226096, -0.04672387723267787, 4228469210516759.0,
     2.868029311367192e-18},
    {50.0, 20.5, 1.3795523957873456e-15, -5059794005374.782, 8.529472741315685e-14,
     108474842230.334},
    {100.25, 100.0, 0.09157397437760473, -0.17512882520914266, 3.7204842116892564e+21,
     9.490970840028366e-25}};

}  // namespace

BOOST_AUTO_TEST_SUITE(bessel)

BOOST_AUTO_TEST_CASE(bessel_functions_are_right) {
  for (const BesselFigure& f : kBesselFigures) {
    const double nu = f.nu;
    // Where J and Y oscillate, the error is that of the waves.
    const double wave = std::sqrt(2 / (kPi * f.x));
    const auto relative = [&](double y) {
      return kBessel * std::max(1.0, f.x > nu ? wave / std::abs(y) : 1.0);
    };
    check_figure([nu](const auto& x) { return cyl_bessel_j(nu, x); }, f.x, f.j, relative(f.j));
    check_figure([nu](const auto& x) { return cyl_neumann(nu, x); }, f.x, f.y, relative(f.y));
    check_figure([nu](const auto& x) { return cyl_bessel_i(nu, x); }, f.x, f.i, kBessel);
    check_figure([nu](const auto& x) { return cyl_bessel_k(nu, x); }, f.x, f.k, kBessel);
  }
}

BOOST_AUTO_TEST_CASE(bessel_functions_of_half_orders_are_elementary) {
  for (const double x : {1e-3, 0.5, 2.0, 9.0, 100.0}) {
    const double root = std::sqrt(2 / (kPi * x));
    const Tape tape;
    const Value v = x;
    const auto check = [x](const Value& y, double want, double size) {
      BOOST_TEST(std::abs(y.value() - want) <= kBessel * size, "at " << x << ": " << y.value());
    };
    check(cyl_bessel_j(0.5, v), root * std::sin(x), root * std::min(x, 1.0));
    check(cyl_neumann(0.5, v), -root * std::cos(x), root);
    check(cyl_bessel_i(0.5, v), root * std::sinh(x), root * std::sinh(x));
    check(cyl_bessel_k(0.5, v), kPi / 2 * root * std::exp(-x), root * std::exp(-x));
    check(sph_bessel(0, v), std::sin(x) / x, std::min(1.0, 1 / x));
    check(sph_neumann(0, v), -std::cos(x) / x, 1 / x);
    check(sph_neumann(1, v), -std::cos(x) / (x * x) - std::sin(x) / x, 1 / x + 1 / (x * x));
  }
}

BOOST_AUTO_TEST_CASE(bessel_functions_have_their_wronskians) {
  for (const double nu : {0.0, 0.25, 1.0, 2.5, 17.0, 120.0}) {
    for (const double x : {0.0625, 0.9, 3.0, 25.0, 400.0}) {
      const Jet j = jet([nu](const auto& z) { return cyl_bessel_j(nu, z); }, x);
      const Jet y = jet([nu](const auto& z) { return cyl_neumann(nu, z); }, x);
      const Jet i = jet([nu](const auto& z) { return cyl_bessel_i(nu, z); }, x);
      const Jet k = jet([nu](const auto& z) { return cyl_bessel_k(nu, z); }, x);
      if (j.y == 0 || !std::isfinite(y.slope)) continue;  // of order 120 at 1/16
      BOOST_TEST(close(j.y * y.slope - j.slope * y.y, 2 / (kPi * x), 10 * kBessel),
                 "order " << nu << " at " << x);
      BOOST_TEST(close(i.slope * k.y - i.y * k.slope, 1 / x, 10 * kBessel),
                 "order " << nu << " at " << x);
    }
  }
}

BOOST_AUTO_TEST_CASE(bessel_functions_solve_their_equations) {
  for (const double nu : {0.0, 0.5, 0.75, 1.0, 1.5, 2.0, 6.25, 30.0}) {
    for (const double x : {0.125, 1.0, 2.25, 8.0, 40.0}) {
      const std::string what = std::to_string(nu) + " at " + std::to_string(x);
      const double minus = (x - nu) * (x + nu), plus = -(x * x + nu * nu);
      check_equation(common_jet([nu](const auto& z) { return cyl_bessel_j(nu, z); }, x), x * x, x,
                     minus, "cyl_bessel_j " + what);
      check_equation(common_jet([nu](const auto& z) { return cyl_neumann(nu, z); }, x), x * x, x,
                     minus, "cyl_neumann " + what);
      check_equation(common_jet([nu](const auto& z) { return cyl_bessel_i(nu, z); }, x), x * x, x,
                     plus, "cyl_bessel_i " + what);
      check_equation(common_jet([nu](const auto& z) { return cyl_bessel_k(nu, z); }, x), x * x, x,
                     plus, "cyl_bessel_k " + what);
    }
  }
  for (const int n : {0, 1, 2, 9}) {
    for (const double x : {0.25, 3.0, 12.0}) {
      const std::string what = std::to_string(n) + " at " + std::to_string(x);
      check_equation(common_jet([n](const auto& z) { return sph_bessel(n, z); }, x), x * x, 2 * x,
                     x * x - n * (n + 1), "sph_bessel " + what);
      check_equation(common_jet([n](const auto& z) { return sph_neumann(n, z); }, x), x * x, 2 * x,
                     x * x - n * (n + 1), "sph_neumann " + what);
    }
  }
}

BOOST_AUTO_TEST_CASE(bessel_functions_have_their_limits_at_zero) {
  const auto j = [](double nu) { return [nu](const auto& x) { return cyl_bessel_j(nu, x); }; };
  const auto i = [](double nu) { return [nu](const auto& x) { return cyl_bessel_i(nu, x); }; };
  check_limit("J_0", j(0), 0, 1, 0);
  check_limit("J_1/2", j(0.5), 0, 0, kInf);
  check_limit("J_1", j(1), 0, 0, 0.5);
  check_limit("J_3/2", j(1.5), 0, 0, 0);
  check_limit("J_4", j(4), 0, 0, 0);
  check_limit("I_0", i(0), 0, 1, 0);
  check_limit("I_1/4", i(0.25), 0, 0, kInf);
  check_limit("I_1", i(1), 0, 0, 0.5);
  check_limit("I_2", i(2), 0, 0, 0);
  for (const double nu : {0.0, 0.5, 1.0, 2.75}) {
    check_limit(
        "Y", [nu](const auto& x) { return cyl_neumann(nu, x); }, 0, -kInf, kInf);
    check_limit(
        "K", [nu](const auto& x) { return cyl_bessel_k(nu, x); }, 0, kInf, -kInf);
  }
  check_limit(
      "j_0", [](const auto& x) { return sph_bessel(0, x); }, 0, 1, 0);
  check_limit(
      "j_1", [](const auto& x) { return sph_bessel(1, x); }, 0, 0, 1.0 / 3);
  check_limit(
      "j_2", [](const auto& x) { return sph_bessel(2, x); }, 0, 0, 0);
  check_limit(
      "y_0", [](const auto& x) { return sph_neumann(0, x); }, 0, -kInf, kInf);
  check_limit(
      "y_2", [](const auto& x) { return sph_neumann(2, x); }, 0, -kInf, kInf);
  // Beside 0, where the neighbours are infinite, and the function is or not.
  const auto sph_2 = [](const auto& x) { return sph_neumann(2, x); };
  const auto cyl_3 = [](const auto& x) { return cyl_neumann(3, x); };
  check_limit("y_2", sph_2, 1e-200, -kInf, kInf);
  check_limit("Y_3", cyl_3, 1e-200, -kInf, kInf);
  BOOST_TEST(common_jet(sph_2, 1e-100).slope == kInf);
  check_limit("y_2", sph_2, -0.0, -kInf, kInf);
  // The second derivatives follow from the same neighbours.
  BOOST_TEST(common_jet(j(0), 0.0).bend == -0.5);
  BOOST_TEST(common_jet(j(1), 0.0).bend == 0.0);
  BOOST_TEST(common_jet(j(2), 0.0).bend == 0.25);
  BOOST_TEST(common_jet(j(1.5), 0.0).bend == kInf);
  BOOST_TEST(common_jet(j(0.5), 0.0).bend == -kInf);
  BOOST_TEST(common_jet(i(0), 0.0).bend == 0.5);
  BOOST_TEST(common_jet(i(2), 0.0).bend == 0.25);
}

BOOST_AUTO_TEST_CASE(bessel_functions_are_nan_outside_the_domain_and_have_limits_far_out) {
  const auto all = [](double x) {
    return std::vector<double>{
        Value(cyl_bessel_j(0.5, Value(x))).value(), Value(cyl_neumann(0.5, Value(x))).value(),
        Value(cyl_bessel_i(0.5, Value(x))).value(), Value(cyl_bessel_k(0.5, Value(x))).value(),
        Value(sph_bessel(2, Value(x))).value(),     Value(sph_neumann(2, Value(x))).value()};
  };
  for (const double x : {-1e-300, -1.0, -kInf, kNan}) {
    for (const double y : all(x)) BOOST_TEST(std::isnan(y), "at " << x);
  }
  const std::vector<double> far = all(kInf);
  BOOST_TEST(far == (std::vector<double>{0, 0, kInf, 0, 0, 0}), boost::test_tools::per_element());
  // sqrt(2 / (pi x)) sin x, with the sine of a large number exact.
  BOOST_TEST(close(all(1e15)[0], std::sqrt(2 / (kPi * 1e15)) * std::sin(1e15), kBessel));
  BOOST_TEST(all(1e6)[2] == kInf);
  BOOST_TEST(all(1e6)[3] == 0.0);
}

BOOST_AUTO_TEST_CASE(orders_outside_their_range_are_refused) {
  const Value x = 0.5;
  check_refused([&] { static_cast<void>(cyl_bessel_j(-0.5, x)); },
                "[cyl_bessel_j] nu is -0.5, need a number from 0 to 1000");
  check_refused([&] { static_cast<void>(cyl_bessel_k(kNan, x)); },
                "[cyl_bessel_k] nu is not a number");
  check_refused([&] { static_cast<void>(sph_bessel(1001, x)); }, "[sph_bessel] n is 1001");
}

BOOST_AUTO_TEST_SUITE_END()
