// SPDX-License-Identifier: MIT
// Special functions against figures computed with 60 digits and rounded to double.
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/tape.hpp>
#include <nabla/ops/ops.hpp>

using namespace nabla;

namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();
// The promise of special.hpp, and one more for the figure's own rounding.
constexpr double kDigamma = 13 * kEps;
constexpr double kPolygamma = 9 * kEps;
// What glibc states for lgamma and tgamma (at most 10 ulp) and for erf and erfc (5), in eps.
constexpr double kLibm = 10 * kEps;

struct Figure {
  double x;
  double y;
};

constexpr Figure kDigammaFigures[] = {{1e-08, -100000000.57721564},
                                      {0.125, -8.388492663295855},
                                      {0.75, -1.0858608797864722},
                                      {1.0, -0.5772156649015329},
                                      {1.25, -0.22745353337626542},
                                      {1.46, -0.0015805619870834522},
                                      {1.4616321449683622, -9.241265521729427e-17},
                                      {1.5, 0.03648997397857652},
                                      {1.75, 0.24747245354686118},
                                      {2.5, 0.7031566406452432},
                                      {9.9375, 2.2451580165141403},
                                      {10.0, 2.251752589066721},
                                      {25.5, 3.2189424728839198},
                                      {1000000.0, 13.815510057964191},
                                      {-0.25, 2.9141391202135276},
                                      {-0.5, 0.03648997397857652},
                                      {-3.9375, -14.301664005252226},
                                      {-20.5, 3.044616882512525}};
constexpr Figure kLgammaFigures[] = {
    {1e-08, 18.42068073818021},   {0.125, 2.0194183575537963},  {0.75, 0.20328095143129538},
    {1.25, -0.09827183642181316}, {1.75, -0.08440112102048555}, {2.5, 0.2846828704729192},
    {10.5, 13.940625219403763},   {100.25, 360.28455963776423}, {1000000.0, 12815504.569147611},
    {-0.25, 1.589575312551186},   {-0.5, 1.2655121234846454},   {-3.9375, -0.30533322278361924}};
constexpr Figure kTgammaFigures[] = {
    {1e-08, 99999999.42278434},      {0.125, 7.533941598797612},  {0.75, 1.2254167024651776},
    {1.46, 0.8856043364251438},      {2.5, 1.329340388179137},    {10.5, 1133278.3889487856},
    {100.25, 2.94846628183877e+156}, {-0.25, -4.901666809860711}, {-3.9375, 0.7368777890085371}};
constexpr Figure kErfFigures[] = {{1e-10, 1.1283791670955126e-10}, {0.125, 0.1403162048013338},
                                  {0.5, 0.5204998778130465},       {1.0, 0.8427007929497149},
                                  {2.0, 0.9953222650189527},       {5.0, 0.9999999999984626},
                                  {-0.75, -0.7111556336535151}};
constexpr Figure kErfcFigures[] = {{1e-10, 0.999999999887162},     {0.5, 0.4795001221869535},
                                   {1.0, 0.15729920705028513},     {2.0, 0.004677734981047266},
                                   {5.0, 1.537459794428035e-12},   {10.0, 2.088487583762545e-45},
                                   {25.0, 8.300172571196523e-274}, {-2.0, 1.9953222650189528}};

struct PolygammaFigure {
  int n;
  double x;
  double y;
};
constexpr PolygammaFigure kPolygammaFigures[] = {
    {1, 0.125, 65.38813344498803},        {1, 1.0, 1.6449340668482264},
    {1, 1.5, 0.9348022005446793},         {1, 12.25, 0.0850551429881632},
    {1, 300.0, 0.0033388950617146778},    {2, 0.125, -1025.7533381181356},
    {2, 1.0, -2.4041138063191885},        {2, 1.5, -0.82879664423432},
    {2, 12.25, -0.007230035788993344},    {2, 300.0, -1.1148209876314589e-05},
    {3, 0.125, 24580.143419063566},       {3, 1.0, 6.493939402266829},
    {3, 1.5, 1.4090910340024372},         {3, 12.25, 0.0012284305869150693},
    {3, 300.0, 7.444526748513953e-08},    {5, 0.125, 31457340.659602646},
    {5, 1.0, 122.0811674381339},          {5, 1.5, 11.113548602435497},
    {5, 12.25, 0.00010619843261418306},   {5, 300.0, 9.959122082202984e-12},
    {12, 0.125, -2.6333391446175783e+20}, {12, 1.0, -479060379.8898314},
    {12, 1.5, -2464477.6094268286},       {12, 12.25, -5.503793718311089e-06},
    {12, 300.0, -7.662356034967594e-23},  {1, -0.25, 18.541879647671607},
    {1, -1.5625, 9.784086540974489},      {1, -6.125, 67.24321535125821},
    {2, -0.25, 122.69736678366236},       {2, -1.5625, -13.045914541921062},
    {2, -6.125, 1022.271735069207},       {3, -0.25, 1555.7633125348507},
    {3, -1.5625, 226.3605644966226},      {3, -6.125, 24590.995523242233},
    {4, -0.25, 24473.199394184583},       {4, -1.5625, -1072.8420025012192},
    {4, -6.125, 786397.9894498282}};

bool close(double got, double want, double relative) {
  return std::abs(got - want) <= relative * std::abs(want);
}

/// Value and Tensor give the figures.
template <std::size_t N, class F>
void check_figures(const Figure (&figures)[N], double relative, F f) {
  for (const Figure& figure : figures) {
    const Tape tape;
    const Value y = f(variable(figure.x));
    BOOST_TEST(close(y.value(), figure.y, relative), figure.x << " gives " << y.value());
    const double element = f(tensor(figure.x, float64)).item();
    BOOST_TEST(close(element, figure.y, relative), figure.x << " gives " << element);
  }
}

/// The slope of f at the points of the figures, relative to 1 and to its own size.
template <std::size_t N, class F, class G>
void check_slopes(const Figure (&figures)[N], double relative, F f, G slope) {
  for (const Figure& figure : figures) {
    const Tape tape;
    const Value x = variable(figure.x);
    backward(f(x));
    BOOST_TEST(close(x.grad(), slope(figure), relative), figure.x << " gives " << x.grad());
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(special_functions)

BOOST_AUTO_TEST_CASE(digamma_is_right_to_a_few_ulp_also_beside_its_zero) {
  check_figures(kDigammaFigures, kDigamma, [](const auto& x) { return digamma(x); });
}

BOOST_AUTO_TEST_CASE(polygamma_is_right_to_a_few_ulp_on_both_sides_of_zero) {
  for (const PolygammaFigure& figure : kPolygammaFigures) {
    // To the left, the error is that of the terms of the reflection; they do not cancel here.
    const double got = polygamma(figure.n, figure.x);
    BOOST_TEST(close(got, figure.y, kPolygamma),
               "order " << figure.n << " at " << figure.x << " gives " << got);
    const Tape tape;
    const Value y = polygamma(figure.n, variable(figure.x));
    BOOST_TEST(y.value() == got);
    BOOST_TEST(polygamma(figure.n, tensor(figure.x, float64)).item() == got);
  }
}

BOOST_AUTO_TEST_CASE(polygamma_satisfies_its_recurrence) {
  // psi^(n)(x + 1) - psi^(n)(x) = (-1)^n n! / x^(n + 1); each side to a few roundings.
  for (int n = 0; n <= kMaxPolygammaOrder; ++n) {
    for (const double x : {0.25, 0.875, 1.5, 3.25, 9.75}) {
      const double step = std::tgamma(n + 1.0) / std::pow(x, n + 1);
      const double left = polygamma(n, x + 1) - polygamma(n, x);
      const double size = std::abs(polygamma(n, x + 1)) + std::abs(polygamma(n, x)) + step;
      BOOST_TEST(std::abs(left - (n % 2 == 0 ? step : -step)) <= 20 * kEps * size,
                 "order " << n << " at " << x);
    }
  }
}

BOOST_AUTO_TEST_CASE(polygamma_has_orders_from_0_to_30) {
  const Value x = 2.0;
  BOOST_TEST(Value(polygamma(0, x)).value() == digamma(2.0));
  BOOST_CHECK_EXCEPTION(static_cast<void>(polygamma(-1, x)), DomainError, [](const Error& error) {
    return std::string(error.what()).find("[polygamma] order: got -1, need 0, ..., 30") == 0;
  });
  BOOST_CHECK_THROW(static_cast<void>(polygamma(31, tensor(2.0))), DomainError);
  BOOST_TEST(std::isnan(polygamma(34, 2.0)));
}

// psi^(n)(x) = (-1)^(n + 1) (n - 1)! x^-n but for a part of n / (2 x), though x^-(n + 1) is 0.
BOOST_AUTO_TEST_CASE(polygamma_of_great_numbers_is_a_power_of_them) {
  for (const double x : {1e100, 1e150, 1e155, 1e160, 1e200, 1e300}) {
    for (int n = 1; n <= 4; ++n) {
      const long double exact =
          std::tgamma(static_cast<long double>(n)) * std::pow(static_cast<long double>(x), -n);
      if (exact < 1e-300L) continue;
      const double got = polygamma(n, x);
      BOOST_TEST(close(std::abs(got), static_cast<double>(exact), kPolygamma),
                 "order " << n << " at " << x << " gives " << got);
      BOOST_TEST((got > 0) == (n % 2 == 1));
    }
    const Value at = variable(x);
    backward(Value(digamma(at)));
    BOOST_TEST(close(at.grad(), 1 / x, kPolygamma));
  }
}

BOOST_AUTO_TEST_CASE(the_last_polygamma_has_derivatives) {
  // psi^(31)(x) = 31! sum of (x + k)^-32
  double exact = 0;
  for (int k = 0; k < 100; ++k) exact += std::tgamma(32.0) * std::pow(2.0 + k, -32);
  const Value x = variable(2.0);
  backward(Value(polygamma(30, x)));
  BOOST_TEST(close(x.grad(), exact, kPolygamma));
}

BOOST_AUTO_TEST_CASE(the_slope_of_lgamma_is_digamma_and_so_on) {
  const auto by_digamma = [](const Figure& figure) { return figure.y; };
  check_figures(kLgammaFigures, kLibm, [](const auto& x) { return lgamma(x); });
  check_slopes(
      kDigammaFigures, kDigamma, [](const Value& x) -> Value { return lgamma(x); }, by_digamma);
  check_slopes(
      kDigammaFigures, kPolygamma, [](const Value& x) -> Value { return digamma(x); },
      [](const Figure& figure) { return polygamma(1, figure.x); });
  check_slopes(
      kDigammaFigures, kPolygamma, [](const Value& x) -> Value { return polygamma(4, x); },
      [](const Figure& figure) { return polygamma(5, figure.x); });
}

BOOST_AUTO_TEST_CASE(tgamma_erf_and_erfc_are_right_to_a_few_ulp) {
  check_figures(kTgammaFigures, kLibm, [](const auto& x) { return tgamma(x); });
  check_figures(kErfFigures, kLibm, [](const auto& x) { return erf(x); });
  check_figures(kErfcFigures, kLibm, [](const auto& x) { return erfc(x); });
}

BOOST_AUTO_TEST_CASE(the_slope_of_erfc_survives_where_one_minus_erf_is_zero) {
  // -2 / sqrt(pi) e^(-625): the rounding of x^2 = 625 is none.
  const Tape tape;
  const Value x = variable(25.0);
  backward(erfc(x));
  BOOST_TEST(close(x.grad(), -4.1534010636398965e-272, 4 * kEps));
}

BOOST_AUTO_TEST_CASE(slopes_neither_overflow_nor_vanish_on_the_way) {
  const Tape tape;
  const Value x = variable(3e200), y = variable(4e200);
  backward(atan2(x, y));
  BOOST_TEST(close(x.grad(), 1.6e-201, 4 * kEps));
  BOOST_TEST(close(y.grad(), -1.2e-201, 4 * kEps));
  for (const double size : {1e-200, 1e200}) {
    const Value z = variable(size);
    backward(asinh(z));
    BOOST_TEST(close(z.grad(), 1 / std::hypot(1.0, size), 4 * kEps));
  }
  const Value z = variable(1e200);
  backward(acosh(z));
  BOOST_TEST(close(z.grad(), 1e-200, 4 * kEps));
  // Beside the end of the domain 1 - x^2 has lost its digits, (1 - x)(1 + x) has not.
  const double gap = std::ldexp(1.0, -40);
  const Value end = variable(1 - gap);
  backward(asin(end));
  BOOST_TEST(close(end.grad(), 1 / std::sqrt(gap * (2 - gap)), 4 * kEps));
}

BOOST_AUTO_TEST_SUITE_END()
