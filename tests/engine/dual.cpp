// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/dual.hpp>
#include <nabla/engine/functional.hpp>
#include <nabla/ops/ops.hpp>

using namespace nabla;

namespace {
constexpr double kRounding = 20 * std::numeric_limits<double>::epsilon();
static_assert(std::is_trivially_copyable_v<Dual<double>>);
static_assert(std::is_trivially_copyable_v<Dual<float, 8>>);
}  // namespace

BOOST_AUTO_TEST_SUITE(dual, *boost::unit_test::tolerance(kRounding))

BOOST_AUTO_TEST_CASE(the_tangent_is_the_derivative) {
  const Dual<double> x(0.5, 1.0);
  const Dual<double> y = x * tanh(x) / (2.0 + x);
  const double t = std::tanh(0.5), v = 0.5 * t / 2.5;
  BOOST_TEST(y.value() == v);
  BOOST_TEST(y.tangent() == (t + 0.5 * (1 - t * t)) / 2.5 - v / 2.5);
}

BOOST_AUTO_TEST_CASE(several_directions_are_carried_at_once) {
  const Dual<double, 2> x(2.0, std::array{1.0, 0.0}), y(3.0, std::array{0.0, 1.0});
  const Dual<double, 2> z = x * x * y + 1;
  BOOST_TEST(z.tangent(0) == 12.0);
  BOOST_TEST(z.tangent(1) == 4.0);
}

template <int N>
void check_directions() {
  Dual<double, N> x(0.5);
  for (int i = 0; i < N; ++i) x.set_tangent(i, i - 1.0);
  Dual<double, N> y = x;
  y *= tanh(x);
  y += 2.0;
  y /= x;
  y -= x;
  // y = tanh x + 2 / x - x
  const double slope = 1 - std::tanh(0.5) * std::tanh(0.5) - 2 / (0.5 * 0.5) - 1;
  for (int i = 0; i < N; ++i) BOOST_TEST(y.tangent(i) == slope * (i - 1.0));
}

BOOST_AUTO_TEST_CASE(any_number_of_directions_agrees) {
  check_directions<1>();
  check_directions<3>();
  check_directions<4>();
  check_directions<8>();
  check_directions<32>();
}

BOOST_AUTO_TEST_CASE(in_a_vector_of_tangents_each_zero_stays_zero) {
  const Dual<double, 4> x(0.0, std::array{1.0, 0.0, -1.0, 0.0});
  const Dual<double, 4> y = sqrt(x);
  BOOST_TEST(std::isinf(y.tangent(0)));
  BOOST_TEST(y.tangent(1) == 0.0);
  BOOST_TEST(std::isinf(y.tangent(2)));
  BOOST_TEST(y.tangent(3) == 0.0);
}

BOOST_AUTO_TEST_CASE(a_tangent_of_zero_stays_zero_where_the_slope_is_infinite) {
  const Dual<double> constant = 0.0, moving(0.0, 1.0);
  BOOST_TEST(sqrt(constant).tangent() == 0.0);
  BOOST_TEST(std::isinf(sqrt(moving).tangent()));
}

template <class D>
void check_unused(const D& x) {
  BOOST_TEST(D(where(x > 0.0, log(x), 2.0 * x)).tangent() == 2.0);
  BOOST_TEST(D(maximum(log(x), x)).tangent() == 1.0);
  BOOST_TEST(D(minimum(sqrt(x) + 1.0, x)).tangent() == 1.0);
  BOOST_TEST(D(clamp(log(x), -1.0, 1.0)).tangent() == 0.0);
  BOOST_TEST(D(relu(log(x))).tangent() == 0.0);
  BOOST_TEST(D(sqrt(x) * 0.0).tangent() == 0.0);
}
BOOST_AUTO_TEST_CASE(what_a_formula_does_not_use_contributes_nothing) {
  check_unused(Dual<double>(0.0, 1.0));
  check_unused(Dual<double, 3>(0.0, std::array{1.0, 1.0, 1.0}));
  check_unused(Dual<double, 8>(0.0, std::array{1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0}));
}

// f = p1 (log p0 where p0 > 0, else 2 p0), at p0 = 0: the Hessian is ((0, 2), (2, 0)).
BOOST_AUTO_TEST_CASE(the_tangents_of_what_is_chosen_are_chosen) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  const Dual<double, 2> x(2.0, std::array{3.0, 4.0}), lost(kNan, std::array{kNan, kNan});
  for (const auto& y : {choose(true, x, lost), choose(false, lost, x), where(true, x, lost)}) {
    BOOST_TEST(y.value() == 2.0);
    BOOST_TEST(y.tangent(0) == 3.0);
    BOOST_TEST(y.tangent(1) == 4.0);
  }
  BOOST_TEST(choose(false, x, 5.0).value() == 5.0);
  BOOST_TEST(choose(false, x, 5.0).tangent(1) == 0.0);
  using Twice = Dual<Dual<double>>;
  const Twice u(Dual<double>(1.0, 2.0), Dual<double>(3.0, 4.0));
  BOOST_TEST(where(u > 0.0, u, kNan * u).tangent().tangent() == 4.0);
}

BOOST_AUTO_TEST_CASE(nor_does_it_to_second_derivatives) {
  const auto f = [](const auto& p) { return where(p[0] > 0.0, log(p[0]), 2.0 * p[0]) * p[1]; };
  const std::vector<double> at{0.0, 1.5};
  BOOST_TEST(hessian(f, at).to_vector<double>() == (std::vector<double>{0, 2, 2, 0}),
             boost::test_tools::per_element());
  BOOST_TEST(hvp(f, at, std::vector<double>{1, 0}) == (std::vector<double>{0, 2}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(duals_compare_by_their_numbers) {
  const Dual<double> a(1.0, 5.0), b(2.0, -1.0);
  BOOST_TEST((a < b && b >= 2 && a != b));
  BOOST_TEST(std::max(a, b).tangent() == -1.0);
  BOOST_TEST(isfinite(a));
}

// y = w sqrt(x) at w = 0, x = 0: the gradient of sqrt is zero, but not its change along w.
BOOST_AUTO_TEST_CASE(a_gradient_of_zero_that_changes_gives_zero_times_an_infinite_slope) {
  using Along = basic_value<Dual<double>>;
  basic_tape<Dual<double>> tape;
  const Along w = Along::variable(Dual<double>(0.0, 1.0));
  const Along x = Along::variable(Dual<double>(0.0, 0.0));
  backward(Along(w * sqrt(x)));
  BOOST_TEST(x.grad().value() == 0.0);  // as without duals
  BOOST_TEST(x.grad().tangent() == std::numeric_limits<double>::infinity());
  BOOST_TEST(w.grad().value() == 0.0);
}

BOOST_AUTO_TEST_SUITE_END()
