// SPDX-License-Identifier: MIT
// The exponential integral, the beta and the zeta function against figures computed with 60 digits and rounded
// to double, and against the gamma function.
#include <cmath>

#include <boost/test/unit_test.hpp>

#include <nabla/ops/binary/beta.hpp>
#include <nabla/ops/unary/expint.hpp>
#include <nabla/ops/unary/riemann_zeta.hpp>
#include <nabla/ops/unary/tgamma.hpp>

#include "jets.hpp"

using namespace nabla;
using namespace nabla::test;

namespace {

struct Figure {
  double x;
  double y;
};
constexpr Figure kExpint[] = {{-700.0, -1.406518766234033e-307}, {-20.0, -9.835525290649882e-11},
                              {-2.0, -0.04890051070806112},      {-1.0, -0.21938393439552029},
                              {-0.5, -0.5597735947761608},       {-1e-08, -17.84346508905083},
                              {1e-08, -17.843465069050833},      {0.25, -0.5425432646619137},
                              {0.3725, -2.8874183188745963e-05}, {0.5, 0.4542199048631736},
                              {1.0, 1.8951178163559368},         {5.0, 40.18527535580318},
                              {20.0, 25615652.664056588},        {41.0, 1.6006649143245042e+16},
                              {700.0, 1.4509787360525608e+301},  {715.0, 4.643625670370571e+307}};

struct BetaFigure {
  double a, b, y;
};
constexpr BetaFigure kBeta[] = {
    {0.5, 0.5, 3.141592653589793},         {1e-08, 2.0, 99999999.00000001},
    {2.5, 0.75, 0.6390081251923159},       {7.0, 7.0, 8.325008325008325e-05},
    {100.0, 0.125, 4.238967145853505},     {80.0, 90.0, 3.459377390212082e-52},
    {150.0, 60.5, 5.594768836892433e-56},  {1000000.0, 0.5, 0.0017724540724622611},
    {500.0, 300.0, 2.583009891056261e-231}};

/// zeta, zeta', zeta'' at x.
struct ZetaFigure {
  double x, y, slope, bend;
};
constexpr ZetaFigure kZeta[] = {
    {0.0, -0.5, -0.9189385332046728, -2.006356455908585},
    {0.5, -1.4603545088095868, -3.9226461392091516, -16.008357013928663},
    {1.5, 2.612375348685488, -3.9322397374311016, 15.989556371225687},
    {2.0, 1.6449340668482264, -0.9375482543158438, 1.989280234298901},
    {4.0, 1.0823232337111381, -0.06891126589612538, 0.06505816136788066},
    {20.0, 1.0000009539620338, -6.613530207367108e-07, 4.58543625163949e-07},
    {-0.25, -0.3204512642285773, -0.5575042169665695, -1.0290876917568823},
    {-1.0, -0.08333333333333333, -0.16542114370045094, -0.25020442410960037},
    {-3.5, 0.004441011335479432, 0.009154213629941512, -0.001787508571840275},
    {-20.25, -43.37911625195496, 216.33180160297502, -350.0659227238289}};

}  // namespace

BOOST_AUTO_TEST_SUITE(euler_integrals)

BOOST_AUTO_TEST_CASE(expint_is_right_to_a_few_ulp_also_beside_its_zero) {
  for (const auto& [x, y] : kExpint) {
    check_figure([](const auto& z) { return expint(z); }, x, y, kFew);
    const Jet j = common_jet([](const auto& z) { return expint(z); }, x);
    const double slope = std::exp(x / 2) / x * std::exp(x / 2);
    BOOST_TEST(close(j.slope, slope, kFew));
    BOOST_TEST(close(j.bend, slope * (1 - 1 / x), 4 * kFew));
  }
}

BOOST_AUTO_TEST_CASE(beta_is_right_and_symmetric) {
  for (const auto& [a, b, y] : kBeta) {
    // 16 eps are promised up to a + b = 170.
    const double relative = a + b <= 170 ? 17 * kEps : 1e-13;
    check_figure([b = b](const auto& x) { return beta(x, b); }, a, y, relative);
    check_figure([a = a](const auto& x) { return beta(a, x); }, b, y, relative);
  }
}

BOOST_AUTO_TEST_CASE(beta_is_gamma_times_gamma_over_gamma_with_its_derivatives) {
  // a, b, a + b <= 7: about 40 roundings, and digamma counts 12 eps.
  constexpr double kTol = 100 * kEps;
  for (const double a : {0.25, 1.0, 3.5}) {
    for (const double b : {0.5, 2.0, 3.25}) {
      const auto by_gamma = [b](const auto& x) {
        return tgamma(x) * std::tgamma(b) / tgamma(x + b);
      };
      const Jet want = jet(by_gamma, a);
      const Jet got = common_jet([b](const auto& x) { return beta(x, b); }, a);
      const Jet other = common_jet([b](const auto& x) { return beta(b, x); }, a);
      const double size = std::abs(want.y) + std::abs(want.slope) + std::abs(want.bend);
      for (const Jet& j : {got, other}) {
        BOOST_TEST(std::abs(j.y - want.y) <= kTol * size);
        BOOST_TEST(std::abs(j.slope - want.slope) <= kTol * size);
        BOOST_TEST(std::abs(j.bend - want.bend) <= kTol * size);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(expint_and_beta_have_their_limits) {
  BOOST_TEST(std::isnan(Value(beta(Value(-0.5), 2.0)).value()));
  BOOST_TEST(Value(beta(Value(0.0), 2.0)).value() == kInf);
  BOOST_TEST(Value(beta(Value(0.0), 0.0)).value() == kInf);
  BOOST_TEST(Value(expint(Value(kInf))).value() == kInf);
  BOOST_TEST(Value(expint(Value(-kInf))).value() == 0.0);
}

BOOST_AUTO_TEST_CASE(riemann_zeta_is_right_with_its_derivatives) {
  constexpr double kTol = 1e-13;
  for (const ZetaFigure& f : kZeta) {
    const Jet j = common_jet([](const auto& x) { return riemann_zeta(x); }, f.x);
    BOOST_TEST(close(j.y, f.y, f.x >= 0 ? 1e-14 : kTol), "at " << f.x << ": " << j.y);
    BOOST_TEST(close(j.slope, f.slope, kTol), "at " << f.x << ": " << j.slope);
    BOOST_TEST(close(j.bend, f.bend, kTol), "at " << f.x << ": " << j.bend);
    const Jet next = common_jet([](const auto& x) { return riemann_zeta(x, 1); }, f.x);
    BOOST_TEST((next.y == j.slope && close(next.slope, j.bend, kFew)));
  }
}

BOOST_AUTO_TEST_CASE(riemann_zeta_has_its_zeros_pole_and_limits) {
  for (const double x : {-2.0, -4.0, -30.0})
    BOOST_TEST(Value(riemann_zeta(Value(x))).value() == 0.0);
  check_limit(
      "zeta", [](const auto& x) { return riemann_zeta(x); }, 1.0, kInf, -kInf);
  check_limit(
      "zeta", [](const auto& x) { return riemann_zeta(x); }, kInf, 1.0, 0.0);
  check_limit(
      "zeta", [](const auto& x) { return riemann_zeta(x); }, -1000.0, kNan, kNan);
  check_refused([] { static_cast<void>(riemann_zeta(Value(2.0), 5)); },
                "[riemann_zeta] n is 5, need a whole number from 0 to 4");
}

BOOST_AUTO_TEST_SUITE_END()
