// SPDX-License-Identifier: MIT
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/error.hpp>
#include <nabla/engine/functional.hpp>
#include <nabla/ops/ops.hpp>

using namespace nabla;

namespace {

const std::vector<double> kPoint{1.0, 2.0};
/// A few roundings of numbers of size 1 to 10.
constexpr double kTolerance = 1e-14;

constexpr auto kSmooth = [](const auto& p) { return p[0] * p[0] * p[1] + sin(p[1]); };
constexpr auto kRosenbrock = [](const auto& p) {
  return square(1.0 - p[0]) + 100.0 * square(p[1] - square(p[0]));
};

}  // namespace

BOOST_AUTO_TEST_SUITE(functional)

BOOST_AUTO_TEST_CASE(value_and_gradient_gives_both) {
  const auto [value, slopes] = value_and_gradient(kSmooth, kPoint);
  BOOST_TEST(value == 2.0 + std::sin(2.0), boost::test_tools::tolerance(kTolerance));
  BOOST_REQUIRE(slopes.size() == 2u);
  BOOST_TEST(slopes[0] == 4.0, boost::test_tools::tolerance(kTolerance));
  BOOST_TEST(slopes[1] == 1.0 + std::cos(2.0), boost::test_tools::tolerance(kTolerance));
  BOOST_TEST(gradient(kSmooth, kPoint) == slopes, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(hessian_is_the_closed_form) {
  const Tensor h = hessian(kSmooth, kPoint);
  BOOST_TEST((h.shape() == Shape{2, 2}));
  BOOST_TEST((h.dtype() == float64));
  BOOST_TEST(h.at({0, 0}) == 4.0, boost::test_tools::tolerance(kTolerance));
  BOOST_TEST(h.at({0, 1}) == 2.0, boost::test_tools::tolerance(kTolerance));
  BOOST_TEST(h.at({1, 0}) == 2.0, boost::test_tools::tolerance(kTolerance));
  BOOST_TEST(h.at({1, 1}) == -std::sin(2.0), boost::test_tools::tolerance(kTolerance));
}

BOOST_AUTO_TEST_CASE(hessian_of_rosenbrock_at_its_minimum) {
  const Tensor h = hessian(kRosenbrock, std::vector<double>{1, 1});
  BOOST_TEST(h.at({0, 0}) == 802.0, boost::test_tools::tolerance(kTolerance));
  BOOST_TEST(h.at({0, 1}) == -400.0, boost::test_tools::tolerance(kTolerance));
  BOOST_TEST(h.at({1, 1}) == 200.0, boost::test_tools::tolerance(kTolerance));
}

BOOST_AUTO_TEST_CASE(hessian_of_any_size_has_the_products_as_columns) {
  // The gradient by p[0] is a plain number.
  const auto f = [](const auto& p) {
    std::decay_t<decltype(p[0])> y = 3.0 * p[0];
    for (std::size_t i = 1; i + 1 < p.size(); ++i) y += p[i] * p[i] * p[i] * p[i + 1];
    return y;
  };
  for (const std::size_t n : {1u, 2u, 8u, 9u, 20u}) {
    std::vector<double> at(n), direction(n, 0.0);
    for (std::size_t i = 0; i < n; ++i) at[i] = 0.5 + 0.1 * static_cast<double>(i);
    const Tensor h = hessian(f, at);
    BOOST_TEST((h.shape() == Shape{static_cast<std::int64_t>(n), static_cast<std::int64_t>(n)}));
    for (std::size_t j = 0; j < n; ++j) {
      direction[j] = 1.0;
      const std::vector<double> column = hvp(f, at, direction);
      direction[j] = 0.0;
      for (std::size_t i = 0; i < n; ++i) {
        const double got = h.at({static_cast<std::int64_t>(i), static_cast<std::int64_t>(j)});
        BOOST_TEST(got == column[i], boost::test_tools::tolerance(kTolerance));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(hvp_is_the_hessian_times_the_vector) {
  const std::vector<double> v{0.5, -3.0};
  const Tensor h = hessian(kRosenbrock, kPoint);
  const std::vector<double> product = hvp(kRosenbrock, kPoint, v);
  for (std::int64_t i = 0; i < 2; ++i) {
    const double want = h.at({i, 0}) * v[0] + h.at({i, 1}) * v[1];
    BOOST_TEST(product[static_cast<std::size_t>(i)] == want,
               boost::test_tools::tolerance(kTolerance));
  }
}

BOOST_AUTO_TEST_CASE(jacobian_has_a_row_for_each_result) {
  const auto f = [](const auto& p) {
    using T = std::decay_t<decltype(p[0])>;
    return std::vector<T>{p[0] * p[1], exp(p[0]), T(7)};
  };
  const Tensor j = jacobian(f, kPoint);
  BOOST_TEST((j.shape() == Shape{3, 2}));
  const std::vector<double> want{2.0, 1.0, std::exp(1.0), 0.0, 0.0, 0.0};
  const std::vector<double> got = j.to_vector();
  for (std::size_t i = 0; i < want.size(); ++i) {
    BOOST_TEST(got[i] == want[i], boost::test_tools::tolerance(kTolerance));
  }
}

BOOST_AUTO_TEST_CASE(constants_have_no_slope) {
  const auto constant = [](const auto&) { return 3.0; };
  const auto [value, slopes] = value_and_gradient(constant, kPoint);
  BOOST_TEST(value == 3.0);
  BOOST_TEST(slopes == (std::vector<double>{0.0, 0.0}), boost::test_tools::per_element());
  BOOST_TEST(hessian(constant, kPoint).at({0, 0}) == 0.0);
  BOOST_TEST(
      gradient([](const auto& p) { return p[1]; }, kPoint) == (std::vector<double>{0.0, 1.0}),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_callers_tape_is_not_disturbed) {
  const Value a = variable(2.0), b = a * a;
  const std::vector<double> slopes =
      gradient([&](const auto& p) { return p[0] * p[0] * b; }, std::vector<double>{3.0});
  BOOST_TEST(slopes[0] == 24.0);  // b counts as the number 4
  const Value c = b * a;
  backward(c);
  BOOST_TEST(a.grad() == 12.0);
}

BOOST_AUTO_TEST_CASE(an_exception_leaves_the_callers_tape_active) {
  const Value a = variable(2.0);
  const auto thrower = [](const auto& p) {
    auto y = p[0] * p[0];
    if (p[0] > 1) throw std::runtime_error("no");
    return y;
  };
  BOOST_CHECK_THROW(static_cast<void>(gradient(thrower, std::vector<double>{3.0})),
                    std::runtime_error);
  BOOST_CHECK_THROW(static_cast<void>(hessian(thrower, std::vector<double>{3.0})),
                    std::runtime_error);
  BOOST_TEST(a.is_active());
  const Value y = a * 5.0;
  backward(y);
  BOOST_TEST(a.grad() == 5.0);
}

BOOST_AUTO_TEST_CASE(works_inside_no_grad) {
  const NoGrad no_grad;
  BOOST_TEST(gradient(kSmooth, kPoint)[0] == 4.0);
  BOOST_TEST(hessian(kSmooth, kPoint).at({0, 0}) == 4.0);
  BOOST_TEST(!is_recording());
}

BOOST_AUTO_TEST_CASE(values_that_are_not_finite_flow) {
  const std::vector<double> zero{0.0};
  const auto root = [](const auto& p) { return sqrt(p[0]); };
  BOOST_TEST(gradient(root, zero)[0] == std::numeric_limits<double>::infinity());
  const std::vector<double> nan{std::numeric_limits<double>::quiet_NaN()};
  BOOST_TEST(std::isnan(value_and_gradient(root, nan).value));
}

BOOST_AUTO_TEST_CASE(bad_points_are_refused_with_a_clear_text) {
  const std::vector<double> none;
  BOOST_CHECK_EXCEPTION(
      static_cast<void>(gradient(kSmooth, none)), DomainError, [](const DomainError& error) {
        return std::string(error.what()).find("[gradient] point: got no arguments") !=
               std::string::npos;
      });
  BOOST_CHECK_THROW(static_cast<void>(hessian(kSmooth, none)), DomainError);
  BOOST_CHECK_THROW(static_cast<void>(jacobian(kSmooth, none)), DomainError);
  BOOST_CHECK_EXCEPTION(
      static_cast<void>(hvp(kSmooth, kPoint, none)), ShapeError, [](const ShapeError& error) {
        return std::string(error.what()).find("[hvp] direction: got 0 elements, need 2") !=
               std::string::npos;
      });
}

BOOST_AUTO_TEST_SUITE_END()
