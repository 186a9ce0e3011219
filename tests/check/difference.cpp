// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>

#include <boost/test/unit_test.hpp>

#include <nabla/check/difference.hpp>

#include "battery.hpp"

namespace check = nabla::check;
using check::Behaviour;
using check::Difference;

namespace {
constexpr double kInfinity = std::numeric_limits<double>::infinity();

Difference at(double (*f)(double), double x) { return check::differentiate(f, x); }

/// Slopes on both sides, within their bounds.
void check_kink(double (*f)(double), double x, double left, double right) {
  const Difference d = at(f, x);
  BOOST_TEST((d.behaviour == Behaviour::kink));
  BOOST_TEST(std::abs(d.left - left) <= d.left_bound);
  BOOST_TEST(std::abs(d.right - right) <= d.right_bound);
  BOOST_TEST(d.left_bound + d.right_bound < 1e-6);
}

void check_smooth(double (*f)(double), double x, double slope) {
  const Difference d = at(f, x);
  BOOST_TEST((d.behaviour == Behaviour::smooth));
  BOOST_TEST(std::abs(d.slope - slope) <= d.bound);
  BOOST_TEST(d.bound < 1e-6);
}
}  // namespace

BOOST_AUTO_TEST_SUITE(difference)

// Functions whose values have few digits: around the point they do not change at all.
BOOST_AUTO_TEST_CASE(a_staircase_of_rounding_has_the_slope_that_it_has_as_a_whole) {
  for (const double x : {1e-5, 1e-6, 3e-7}) {
    const Difference d = at([](double t) { return 1 - std::cos(t); }, x);
    BOOST_TEST(std::abs(d.slope - x) <= d.bound, x << ": " << d.slope << " +- " << d.bound);
  }
  const Difference rough =
      at([](double t) { return std::nearbyint(std::sin(t) * 0x1p20) * 0x1p-20; }, 0.5);
  BOOST_TEST(std::abs(rough.slope - std::cos(0.5)) <= rough.bound);
  BOOST_TEST(rough.bound < 1e-2);
  const Difference flat = at([](double t) { return std::floor(t); }, 2.5);
  BOOST_TEST(flat.slope == 0.0);
  BOOST_TEST(flat.bound < 1e-9);
  // A staircase on purpose has the slope 0, however many stairs are near.
  const Difference stairs = at([](double t) { return std::floor(t); }, 1000.3);
  BOOST_TEST(std::abs(stairs.slope - 1.0) > 4 * stairs.bound);
  const Difference hinge = at([](double t) { return std::max(std::abs(t) - 0.3, 0.0); }, 0.29);
  BOOST_TEST(hinge.slope == 0.0);
  BOOST_TEST(hinge.bound < 1e-6);
}

BOOST_AUTO_TEST_CASE(the_bound_holds_on_the_battery) {
  for (const battery::Case& item : battery::cases()) {
    for (const double x : item.points) {
      const Difference d = check::differentiate(item.f, x);
      const double truth = item.slope(x);
      // The closed form is itself rounded, and the guard against noise is a factor of 4.
      BOOST_TEST(
          std::abs(d.slope - truth) <= 4 * d.bound + 1e-14 * std::abs(truth),
          item.name << " at " << x << ": " << d.slope << " +- " << d.bound << ", truth " << truth);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_bound_is_sharp_where_the_function_is_tame) {
  for (const double x : {0.1, 0.7, 1.3, 2.9}) {
    BOOST_TEST(at([](double t) { return std::sin(t); }, x).bound < 1e-12);
  }
}

BOOST_AUTO_TEST_CASE(kinks_are_found_with_both_slopes) {
  check_kink([](double x) { return std::abs(x); }, 0, -1, 1);
  check_kink([](double x) { return std::fmax(x, 0.0); }, 0, 0, 1);
  check_kink([](double x) { return std::fmax(x, 0.3); }, 0.3, 0, 1);
  check_kink([](double x) { return std::fmin(std::fmax(x, -1.0), 1.0); }, 1, 1, 0);
  check_kink([](double x) { return std::fmin(std::fmax(x, -1.0), 1.0); }, -1, 0, 1);
  check_kink([](double x) { return x > 0 ? x : 0.01 * x; }, 0, 0.01, 1);
  check_kink([](double x) { return std::sqrt(x * x); }, 0, -1, 1);
  check_kink([](double x) { return x > 0.5 ? x - 0.5 : x < -0.5 ? x + 0.5 : 0; }, 0.5, 0, 1);
  check_kink([](double x) { return x * std::fmin(std::fmax(x + 3, 0.0), 6.0) / 6; }, 3, 1.5, 1);
  check_kink([](double x) { return std::exp(std::abs(x - 2)); }, 2, -1, 1);
  check_kink([](double x) { return 100 + std::abs(std::sin(x)); }, 0, -1, 1);
  check_kink([](double x) { return std::fmax(x, 0.0) + std::fmax(-2 * x, 0.0); }, 0, -2, 1);
  check_kink([](double x) { return std::fmin(x * x, x); }, 1, 2, 1);
  check_kink([](double x) { return std::log1p(std::abs(x)); }, 0, -1, 1);
  check_kink([](double x) { return std::fmod(std::abs(x), 4.0); }, 0, -1, 1);
  check_kink([](double x) { return std::fdim(3 * x, 6.0); }, 2, 0, 3);
  check_kink([](double x) { return std::abs(x * x * x - 8); }, 2, -12, 12);
  check_kink([](double x) { return 2 * std::abs(x - 1e-3); }, 1e-3, -2, 2);
  check_kink([](double x) { return std::hypot(x, 0.0); }, 0, -1, 1);
}

BOOST_AUTO_TEST_CASE(kinks_beside_the_point_do_not_disturb) {
  for (const double distance : {1e-3, 1e-5, 1e-6, 1e-9}) {
    const Difference d = check::differentiate([](double x) { return std::fmax(x, 0.0); }, distance);
    BOOST_TEST(std::abs(d.slope - 1) <= d.bound);
    BOOST_TEST(d.bound < 1e-6);
  }
}

BOOST_AUTO_TEST_CASE(bent_but_continuous_slopes_are_smooth) {
  check_smooth([](double x) { return x * std::abs(x); }, 0, 0);
  check_smooth([](double x) { return std::abs(x) < 1 ? 0.5 * x * x : std::abs(x) - 0.5; }, 1, 1);
  check_smooth([](double x) { return x > 0 ? x : std::expm1(x); }, 0, 1);
}

BOOST_AUTO_TEST_CASE(infinite_slopes_are_named) {
  const Difference two_sided = at([](double x) { return std::sqrt(std::abs(x)); }, 0);
  BOOST_TEST((two_sided.behaviour == Behaviour::infinite_slope));
  BOOST_TEST(two_sided.left == -kInfinity);
  BOOST_TEST(two_sided.right == kInfinity);
  const Difference one_sided = at([](double x) { return std::sqrt(x); }, 0);
  BOOST_TEST((one_sided.behaviour == Behaviour::infinite_slope));
  BOOST_TEST(one_sided.slope == kInfinity);
  BOOST_TEST((at([](double x) { return std::cbrt(x); }, 0).behaviour == Behaviour::infinite_slope));
  BOOST_TEST(at([](double x) { return std::acos(x); }, 1).slope == -kInfinity);
}

BOOST_AUTO_TEST_CASE(jumps_have_no_slope) {
  for (const Difference& d : {at([](double x) { return std::floor(x); }, 2),
                              at([](double x) { return std::round(x); }, 0.5),
                              at([](double x) { return x > 0 ? 1.0 : 0.0; }, 0),
                              at([](double x) { return std::ceil(x); }, 700),
                              at([](double x) { return std::trunc(x); }, 1e8)}) {
    BOOST_TEST((d.behaviour == Behaviour::jump));
    BOOST_TEST(d.bound == kInfinity);
  }
}

BOOST_AUTO_TEST_CASE(a_staircase_is_not_mistaken_for_its_slope) {
  // Its steps are far smaller than those of the differences, and flat.
  for (const double x : {1e6 + 0.5, 1e8 + 0.25, 12345678.75}) {
    const Difference d = at([](double t) { return std::floor(t); }, x);
    BOOST_TEST(std::abs(d.slope) <= 4 * d.bound, x << ": " << d.slope << " +- " << d.bound);
    BOOST_TEST((std::isfinite(d.bound) || d.behaviour == Behaviour::jump));
  }
}

BOOST_AUTO_TEST_CASE(where_the_value_is_not_finite_there_is_no_slope) {
  BOOST_TEST((at([](double x) { return 1 / std::abs(x); }, 0).behaviour == Behaviour::not_finite));
}

BOOST_AUTO_TEST_CASE(the_edge_of_the_domain_leaves_one_side) {
  const Difference d = at([](double x) { return x < 0 ? std::nan("") : std::exp(x); }, 0);
  BOOST_TEST((d.behaviour == Behaviour::one_sided));
  BOOST_TEST(std::abs(d.slope - 1) <= d.bound);
  BOOST_TEST(d.bound < 1e-8);
}

BOOST_AUTO_TEST_CASE(no_finite_value_is_no_slope) {
  const Difference d = at([](double) { return std::nan(""); }, 1);
  BOOST_TEST((d.behaviour == Behaviour::not_finite));
  BOOST_TEST(!(d.bound < kInfinity));
}

BOOST_AUTO_TEST_CASE(each_output_has_a_step_of_its_own) {
  // log is not finite for the wide steps that sin takes.
  const check::Line line = [](double t, std::span<double> y) {
    y[0] = std::sin(1 + t);
    y[1] = std::log(1e-6 + t);
  };
  const std::vector<Difference> d = check::differentiate(line, 2);
  BOOST_TEST(std::abs(d[0].slope - std::cos(1.0)) <= d[0].bound);
  BOOST_TEST(d[0].bound < 1e-12);
  BOOST_TEST(std::abs(d[1].slope - 1e6) <= d[1].bound);
  BOOST_TEST(d[1].bound < 1);
}

BOOST_AUTO_TEST_SUITE_END()
