// SPDX-License-Identifier: MIT
// Elliptic integrals: figures computed with 60 digits and rounded to double, the relation of Legendre,
// the differential equations, and what the standard library says.
#include <cmath>
#include <string>

#include <boost/test/unit_test.hpp>

#include <nabla/ops/binary/comp_ellint_3.hpp>
#include <nabla/ops/binary/ellint_1.hpp>
#include <nabla/ops/binary/ellint_2.hpp>
#include <nabla/ops/binary/elliptic_integral.hpp>
#include <nabla/ops/ternary/ellint_3.hpp>
#include <nabla/ops/ternary/elliptic_integral_3.hpp>
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

struct ThirdKindFigure {
  double k, nu, phi, third;
};
constexpr ThirdKindFigure kThirdKind[] = {{0.5, 0.25, 1.0, 1.1194468781439306},
                                          {0.5, -0.75, 1.0, 0.8738710533609803},
                                          {0.5, 0.0, -1.0, -1.0373561200021773},
                                          {0.0, 0.75, 0.75, 0.8718275804127605},
                                          {-0.75, 0.5, 4.0, 6.645808081029594},
                                          {0.9375, -1000.0, 1.5, 0.0507897768369922},
                                          {0.99951171875, 0.9990234375, 10.0, 6158.251560815552},
                                          {0.5, 1.0, 1.25, 3.2655128920094927},
                                          {0.5, 1.5, 0.875, 1.8405173439424591},
                                          {1.0, -2.0, 1.25, 1.0457632109163557}};
constexpr ThirdKindFigure kCompleteThirdKind[] = {{0.5, 0.25, kPi / 2, 1.9566162791192363},
                                                  {0.5, -0.75, kPi / 2, 1.2616766425694954},
                                                  {0.0, 0.75, kPi / 2, 3.141592653589793},
                                                  {0.9375, -1000.0, kPi / 2, 0.05099214485108791},
                                                  {-0.75, 0.984375, kPi / 2, 18.058408933071316}};

// The three second derivatives by k and nu.
struct ThirdKindBends {
  double k, nu, phi, by_k, by_nu, by_both;
};
constexpr ThirdKindBends kThirdKindBends[] = {
    {0.5, -0.75, 1.0, 0.3410096696925274, 0.10165237700269449, 0.039882761746454234},
    {0.5, 0.25, 1.0, 0.5272925018639855, 0.41192413475981954, 0.10298103368995488},
    {0.5, 0.0, 1.0, 0.4617367888531327, 0.26637409060708495, 0.07688873926562817},
    {0.75, 0.5, 1.25, 4.456287524143318, 3.0132301491647193, 1.2270403663444387}};

double third(double k, double nu, double phi) { return Value(ellint_3(Value(k), nu, phi)).value(); }
double complete_third(double k, double nu) { return Value(comp_ellint_3(Value(k), nu)).value(); }

// By the trapezoidal rule in x, t = phi (1 + tanh(sinh x)) / 2: some hundred steps give all the digits of
// a double.
double third_by_quadrature(double k, double nu, double phi) {
  constexpr long double kStep = 1.0L / 16;
  long double sum = 0;
  for (int i = -64; i <= 64; ++i) {
    const long double x = kStep * i, u = std::sinh(x);
    const long double t = phi / (1 + std::exp(-2 * u)), sine = std::sin(t);
    const long double slope = phi * std::cosh(x) / (2 * std::cosh(u) * std::cosh(u));
    sum += slope / ((1 - nu * sine * sine) * std::sqrt(1 - k * k * sine * sine));
  }
  return static_cast<double>(kStep * sum);
}

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

BOOST_AUTO_TEST_CASE(integrals_of_the_third_kind_are_right) {
  for (const ThirdKindFigure& f : kThirdKind) {
    check_figure([&](const auto& x) { return ellint_3(x, f.nu, f.phi); }, f.k, f.third, kFew);
    check_figure([&](const auto& x) { return ellint_3(f.k, x, f.phi); }, f.nu, f.third, kFew);
    check_figure([&](const auto& x) { return ellint_3(f.k, f.nu, x); }, f.phi, f.third, kFew);
    check_figure([&](const auto& x) { return elliptic_integral_3(0, 1, 1, x, f.nu, f.phi); }, f.k,
                 f.third, kFew);
    BOOST_TEST(third(f.k, f.nu, -f.phi) == -third(f.k, f.nu, f.phi));
    BOOST_TEST(third(-f.k, f.nu, f.phi) == third(f.k, f.nu, f.phi));
  }
  for (const ThirdKindFigure& f : kCompleteThirdKind) {
    check_figure([&](const auto& x) { return comp_ellint_3(x, f.nu); }, f.k, f.third, kFew);
    check_figure([&](const auto& x) { return comp_ellint_3(f.k, x); }, f.nu, f.third, kFew);
    BOOST_TEST(third(f.k, f.nu, f.phi) == complete_third(f.k, f.nu));
  }
}

BOOST_AUTO_TEST_CASE(the_third_kind_is_what_quadrature_and_the_standard_library_say) {
  for (const double k : {-0.875, 0.0, 0.25, 0.75}) {
    for (const double nu : {-3.0, -0.5, 0.0, 0.0625, 0.5, 0.9375}) {
      for (const double phi : {0.0625, 0.75, 1.5}) {
        const double got = third(k, nu, phi);
        BOOST_TEST(close(got, third_by_quadrature(k, nu, phi), kFew),
                   k << ", " << nu << ", " << phi << ": " << got);
      }
#if defined(_GLIBCXX_RELEASE) && _GLIBCXX_RELEASE >= 10
      // Older ones take nu with the other sign.
      constexpr double kTheirs = 1e-13;
      for (const double phi : {0.0625, 0.75, 1.5, -2.0, 4.0, 10.0})
        BOOST_TEST(close(third(k, nu, phi), std::ellint_3(k, nu, phi), kTheirs));
      BOOST_TEST(close(complete_third(k, nu), std::comp_ellint_3(k, nu), kTheirs));
#endif
    }
  }
}

BOOST_AUTO_TEST_CASE(the_third_kind_becomes_the_others_at_special_numbers) {
  for (const double k : {-0.75, 0.0, 0.5, 0.9375}) {
    for (const double phi : {0.5, 1.5, 4.0}) {
      const double first = Value(ellint_1(Value(k), phi)).value();
      const double second = Value(ellint_2(Value(k), phi)).value();
      BOOST_TEST(close(third(k, 0, phi), first, kFew));
      // DLMF 19.6.13: at nu = k^2, and beside it.
      const double sine = std::sin(phi), cosine = std::cos(phi);
      const double delta = std::sqrt(1 - k * k * sine * sine);
      const double at_square = (second - k * k * sine * cosine / delta) / ((1 - k) * (1 + k));
      BOOST_TEST(close(third(k, k * k, phi), at_square, 4 * kFew));
      BOOST_TEST(close(third(k, k * k * (1 + 4 * kEps), phi), at_square, 8 * kFew));
    }
  }
  // k = 0 is elementary.
  for (const double nu : {-1e6, -2.0, -1e-9, 1e-9, 0.5, 1 - 1e-9}) {
    const double root = std::sqrt(1 - nu);
    BOOST_TEST(close(third(0, nu, 1.25), std::atan(root * std::tan(1.25)) / root, kFew));
    BOOST_TEST(close(complete_third(0, nu), kPi / 2 / root, kFew));
  }
}

BOOST_AUTO_TEST_CASE(the_third_kind_has_the_known_second_derivatives) {
  constexpr double kTol = 1e-13;
  for (const auto& f : kThirdKindBends) {
    const auto of_k = [&](const auto& k) { return ellint_3(k, f.nu, f.phi); };
    const auto of_nu = [&](const auto& nu) { return ellint_3(f.k, nu, f.phi); };
    BOOST_TEST(close(common_jet(of_k, f.k).bend, f.by_k, kTol));
    BOOST_TEST(close(common_jet(of_nu, f.nu).bend, f.by_nu, kTol));
    const Tensor k = variable(tensor(f.k, float64)), nu = variable(tensor(f.nu, float64));
    const auto [by_k] = grad(ellint_3(k, nu, f.phi), wrt(k), {.create_graph = true});
    const auto [by_both] = grad(by_k, wrt(nu));
    BOOST_TEST(close(by_both.item(), f.by_both, kTol));
  }
  // By the amplitude: 1 / ((1 - nu sin^2) sqrt(1 - k^2 sin^2)), which has no pole for nu < 0.
  const Jet j = common_jet([](const auto& phi) { return ellint_3(0.8, -0.5, phi); }, 2.0);
  const double ss = std::sin(2.0) * std::sin(2.0), dd = 1 - 0.64 * ss, p = 1 + 0.5 * ss;
  const double slope = 1 / (p * std::sqrt(dd));
  BOOST_TEST(close(j.slope, slope, kTol));
  BOOST_TEST(close(j.bend, slope * std::sin(4.0) * (0.32 / dd - 0.5 / p), kTol));
  // Of the complete integral, where nu and k meet: DLMF 19.4.4.
  const Jet complete = common_jet([](const auto& nu) { return comp_ellint_3(0.5, nu); }, 0.0);
  const double first = Value(comp_ellint_1(Value(0.5))).value();
  const double second = Value(comp_ellint_2(Value(0.5))).value();
  BOOST_TEST(close(complete.slope, (first - second) / 0.25, kTol));
}

BOOST_AUTO_TEST_CASE(the_third_kind_has_its_limits_and_is_nan_outside_the_domain) {
  BOOST_TEST(complete_third(1, 0.5) == kInf);
  BOOST_TEST(complete_third(1, -0.5) == kInf);
  BOOST_TEST(complete_third(0.5, 1) == kInf);
  BOOST_TEST(third(0.5, 1, 2.0) == kInf);
  BOOST_TEST(third(0.5, 1, -2.0) == -kInf);
  BOOST_TEST(third(0.5, 2, 0.0) == 0.0);
  BOOST_TEST(std::isfinite(third(0.5, 2, 0.78)));
  for (const double phi : {0.79, 1.57, kPi, -0.79}) BOOST_TEST(std::isnan(third(0.5, 2, phi)));
  for (const double bad : {1.0000001, kNan, kInf}) {
    BOOST_TEST(std::isnan(third(bad, 0.5, 0.5)));
    BOOST_TEST(std::isnan(complete_third(bad, 0.5)));
    BOOST_TEST(std::isnan(complete_third(0.5, bad)));
  }
  BOOST_TEST(std::isnan(third(0.5, 0.5, kInf)));
  BOOST_TEST(std::isnan(third(0.5, -kInf, 0.5)));
  // Beyond the pole there is no slope either.
  const Tape tape;
  const Value phi = variable(1.0);
  backward(Value(ellint_3(0.5, 2.0, phi)));
  BOOST_TEST(std::isnan(phi.grad()));
  check_refused([] { return elliptic_integral_3(0, -1, 1, Value(0.5), 0.5, 0.5); },
                "[elliptic_integral_3] ");
}

BOOST_AUTO_TEST_SUITE_END()
