// SPDX-License-Identifier: MIT
// Elliptic integrals: figures computed with 60 digits and rounded to double, the relation of Legendre
// and the differential equations.
#include <cmath>
#include <string>

#include <boost/test/unit_test.hpp>

#include <nabla/ops/binary/ellint_1.hpp>
#include <nabla/ops/binary/ellint_2.hpp>
#include <nabla/ops/binary/elliptic_integral.hpp>
#include <nabla/ops/unary/comp_ellint_1.hpp>
#include <nabla/ops/unary/comp_ellint_2.hpp>

#include "jets.hpp"

using namespace nabla;
using namespace nabla::test;

namespace {

struct EllipticFigure {
  double k, phi, first, second;
};
constexpr EllipticFigure kElliptic[] = {
    {0.5, 1.0, 1.0373561200021773, 0.9648764542686274},
    {0.5, -1.0, -1.0373561200021773, -0.9648764542686274},
    {0.0, 0.75, 0.75, 0.75},
    {0.9375, 1.5, 2.286166710352564, 1.096808673835561},
    {-0.75, 4.0, 4.741304028944936, 3.4412415719804303},
    {1.0, 1.25, 1.8214683196993307, 0.9489846193555862},
    {0.99951171875, 10.0, 29.728368185408534, 6.556804621279523}};

}  // namespace

BOOST_AUTO_TEST_SUITE(elliptic)

BOOST_AUTO_TEST_CASE(elliptic_integrals_are_right) {
  for (const EllipticFigure& f : kElliptic) {
    const double second = std::abs(f.k) > 0.99 ? 41 * kEps : kFew;
    check_figure([&](const auto& k) { return ellint_1(k, f.phi); }, f.k, f.first, kFew);
    check_figure([&](const auto& k) { return ellint_2(k, f.phi); }, f.k, f.second, second);
    check_figure([&](const auto& phi) { return ellint_1(f.k, phi); }, f.phi, f.first, kFew);
    check_figure([&](const auto& k) { return elliptic_integral(0, 1, k, f.phi); }, f.k, f.first,
                 kFew);
  }
  BOOST_TEST(Value(ellint_1(Value(0.5), 0.0)).value() == 0.0);
}

BOOST_AUTO_TEST_CASE(complete_elliptic_integrals_have_their_limits) {
  const auto first = [](const auto& k) { return comp_ellint_1(k); };
  const auto second = [](const auto& k) { return comp_ellint_2(k); };
  check_limit("E", second, 1.0, 1.0, -kInf);
  check_limit("E", second, -1.0, 1.0, kInf);
  check_limit("K", first, 1.0, kInf, kInf);
  check_limit("K", first, -1.0, kInf, -kInf);
  const Jet k = common_jet(first, 0.0);
  const Jet e = common_jet(second, 0.0);
  BOOST_TEST((close(k.y, kPi / 2, kFew) && close(e.y, kPi / 2, kFew)));
  BOOST_TEST((k.slope == 0.0 && e.slope == 0.0));
  BOOST_TEST((close(k.bend, kPi / 4, kFew) && close(e.bend, -kPi / 4, kFew)));
  for (const double x : {-0.75, 1e-9, 0.25, 0.9375}) {
    BOOST_TEST(Value(ellint_1(Value(x), kPi / 2)).value() ==
               Value(comp_ellint_1(Value(x))).value());
    BOOST_TEST(Value(ellint_2(Value(x), kPi / 2)).value() ==
               Value(comp_ellint_2(Value(x))).value());
  }
}

BOOST_AUTO_TEST_CASE(complete_elliptic_integrals_satisfy_the_relation_of_legendre) {
  for (const double k : {0.125, 0.5, 0.8, 0.96875}) {
    const double other = std::sqrt((1 - k) * (1 + k));
    const auto first = [](double x) { return Value(comp_ellint_1(Value(x))).value(); };
    const auto second = [](double x) { return Value(comp_ellint_2(Value(x))).value(); };
    const double left =
        second(k) * first(other) + second(other) * first(k) - first(k) * first(other);
    BOOST_TEST(close(left, kPi / 2, 4 * kFew), "k = " << k);
  }
}

BOOST_AUTO_TEST_CASE(complete_elliptic_integrals_solve_their_equations) {
  for (const double k : {-0.9375, -0.25, 1e-6, 0.5, 0.75, 0.99}) {
    const double c = (1 - k) * (1 + k);
    check_equation(common_jet([](const auto& x) { return comp_ellint_1(x); }, k), k * c,
                   1 - 3 * k * k, -k, "K at " + std::to_string(k));
    check_equation(common_jet([](const auto& x) { return comp_ellint_2(x); }, k), k * c, c, k,
                   "E at " + std::to_string(k));
  }
}

BOOST_AUTO_TEST_CASE(elliptic_integrals_have_the_known_second_derivatives) {
  const auto first = [](double phi) { return [phi](const auto& k) { return ellint_1(k, phi); }; };
  const auto second = [](double phi) { return [phi](const auto& k) { return ellint_2(k, phi); }; };
  constexpr double kTol = 1e-13;  // elliptic_integral of n = 2, and a difference
  BOOST_TEST(close(common_jet(first(1.0), 0.5).bend, 0.4617367888531327, kTol));
  BOOST_TEST(close(common_jet(second(1.0), 0.5).bend, -0.3283630325670133, kTol));
  BOOST_TEST(close(common_jet(first(1.5), 0.9375).bend, 87.67198658467629, kTol));
  BOOST_TEST(close(common_jet(second(1.5), 0.9375).bend, -6.059429231680554, kTol));
  // At k = 0: the integral of sin^2, with either sign.
  const double want = (0.75 - std::sin(0.75) * std::cos(0.75)) / 2;
  BOOST_TEST(close(common_jet(first(0.75), 0.0).bend, want, kTol));
  BOOST_TEST(close(common_jet(second(0.75), 0.0).bend, -want, kTol));
  // By the amplitude: 1 / sqrt(1 - k^2 sin^2) and its slope.
  const Jet j = common_jet([](const auto& phi) { return ellint_1(0.8, phi); }, 2.0);
  const double delta = std::sqrt(1 - 0.64 * std::sin(2.0) * std::sin(2.0));
  BOOST_TEST(close(j.slope, 1 / delta, kTol));
  BOOST_TEST(close(j.bend, 0.32 * std::sin(4.0) / (delta * delta * delta), kTol));
}

BOOST_AUTO_TEST_CASE(mixed_derivatives_of_elliptic_integrals_are_right) {
  // d/dk of sin^4 (1 - k^2 sin^2)^(-5/2) = 5 k sin^6 (1 - k^2 sin^2)^(-7/2)
  const Tensor k = variable(tensor(0.7, float64)), phi = variable(tensor(1.2, float64));
  const Tensor y = elliptic_integral(2, 5, k, phi);
  const auto [by_phi] = grad(y, wrt(phi), {.create_graph = true});
  const auto [by_both] = grad(by_phi, wrt(k));
  const double s = std::sin(1.2) * std::sin(1.2);
  BOOST_TEST(close(by_phi.item(), s * s * std::pow(1 - 0.49 * s, -2.5), 4 * kFew));
  BOOST_TEST(close(by_both.item(), 3.5 * s * s * s * std::pow(1 - 0.49 * s, -3.5), 4 * kFew));
}

BOOST_AUTO_TEST_CASE(elliptic_integrals_are_nan_outside_the_domain) {
  for (const double k : {1.5, -1.0000001, kInf, kNan}) {
    BOOST_TEST(std::isnan(Value(comp_ellint_1(Value(k))).value()));
    BOOST_TEST(std::isnan(Value(comp_ellint_2(Value(k))).value()));
    BOOST_TEST(std::isnan(Value(ellint_1(Value(k), 0.5)).value()));
  }
  BOOST_TEST(std::isnan(Value(ellint_2(Value(0.5), kInf)).value()));
}

BOOST_AUTO_TEST_SUITE_END()
