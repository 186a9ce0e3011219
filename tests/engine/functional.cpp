// SPDX-License-Identifier: MIT
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/bridge.hpp>
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

BOOST_AUTO_TEST_CASE(vjp_and_jvp_are_the_jacobian_from_both_sides) {
  const auto f = [](const auto& p) {
    using T = std::decay_t<decltype(p[0])>;
    return std::vector<T>{p[0] * p[1], exp(p[0]), T(7)};
  };
  const auto [value, gradient] = vjp(f, kPoint, std::vector<double>{2.0, -1.0, 5.0});
  BOOST_TEST(value == (std::vector<double>{2.0, std::exp(1.0), 7.0}),
             boost::test_tools::per_element());
  BOOST_TEST(gradient[0] == 2.0 * 2.0 - std::exp(1.0), boost::test_tools::tolerance(kTolerance));
  BOOST_TEST(gradient[1] == 2.0);
  const auto [same, tangent] = jvp(f, kPoint, std::vector<double>{3.0, 0.5});
  BOOST_TEST(same == value, boost::test_tools::per_element());
  BOOST_TEST(tangent[0] == 3.0 * 2.0 + 0.5);
  BOOST_TEST(tangent[1] == 3.0 * std::exp(1.0), boost::test_tools::tolerance(kTolerance));
  BOOST_TEST(tangent[2] == 0.0);
  const auto [y, slope] = jvp(kSmooth, kPoint, std::vector<double>{0.0, 1.0});
  BOOST_TEST(y == 2.0 + std::sin(2.0), boost::test_tools::tolerance(kTolerance));
  BOOST_TEST(slope == 1.0 + std::cos(2.0), boost::test_tools::tolerance(kTolerance));
  BOOST_CHECK_THROW(static_cast<void>(vjp(f, kPoint, kPoint)), ShapeError);
  BOOST_CHECK_THROW(static_cast<void>(jvp(f, kPoint, std::vector<double>{1.0})), ShapeError);
}

BOOST_AUTO_TEST_CASE(vjp_of_scalars_may_go_through_a_tensor) {
  const auto f = [](const std::vector<Value>& p) {
    const Tensor x = stack(p);
    return std::vector<Value>{element(sum(square(x)), {}), p[0] * 1.0};
  };
  const auto result = vjp(f, kPoint, std::vector<double>{1.0, 10.0});
  BOOST_TEST(result.gradient == (std::vector<double>{12.0, 4.0}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

// On functions of tensors the same words mean the same; the derivatives of <c, sin(x) y> and of x y^T
// are known.
BOOST_AUTO_TEST_SUITE(functional_of_tensors)

namespace {

const Tensor kX = tensor({0.5, -1.0, 2.0}, float64), kY = tensor({1.0, 3.0, -0.25}, float64);

std::vector<double> numbers(const Tensor& x) { return x.to_vector(); }
std::vector<double> elementwise(double (*f)(double, double)) {
  std::vector<double> result;
  for (std::int64_t i = 0; i < 3; ++i) result.push_back(f(kX.at({i}), kY.at({i})));
  return result;
}
void check_close(const Tensor& got, const std::vector<double>& want) {
  const std::vector<double> found = numbers(got);
  BOOST_REQUIRE(found.size() == want.size());
  for (std::size_t i = 0; i < want.size(); ++i)
    BOOST_TEST(found[i] == want[i], boost::test_tools::tolerance(kTolerance));
}

constexpr auto kDot = [](std::span<const Tensor> p) { return sum(sin(p[0]) * p[1]); };
constexpr auto kOuter = [](std::span<const Tensor> p) { return outer(p[0], p[1]); };

}  // namespace

BOOST_AUTO_TEST_CASE(value_and_gradient_has_a_tensor_for_each_argument) {
  const auto [value, slopes] = value_and_gradient(kDot, std::vector{kX, kY});
  BOOST_TEST(value.item() == sum(sin(kX) * kY).item());
  BOOST_TEST(!value.requires_grad());
  BOOST_REQUIRE(slopes.size() == 2u);
  check_close(slopes[0], elementwise([](double x, double y) { return std::cos(x) * y; }));
  check_close(slopes[1], elementwise([](double x, double) { return std::sin(x); }));
  const Tensor one = gradient([](const Tensor& x) { return sum(square(x)); }, kX);
  check_close(one, {1.0, -2.0, 4.0});
}

BOOST_AUTO_TEST_CASE(an_argument_that_is_not_used_has_the_gradient_zero) {
  const auto slopes =
      gradient([](std::span<const Tensor> p) { return sum(p[1]); }, std::vector{kX, kY});
  check_close(slopes[0], {0, 0, 0});
  const Tensor none = gradient([](const Tensor&) { return ones({}, float64); }, kX);
  check_close(none, {0, 0, 0});
}

BOOST_AUTO_TEST_CASE(vjp_takes_the_gradient_of_the_result) {
  const Tensor upstream = tensor({{1, 0, 0}, {0, 2, 0}, {0, 0, 3}}, float64);
  const auto [value, slopes] = vjp(kOuter, std::vector{kX, kY}, upstream);
  BOOST_TEST((value.shape() == Shape{3, 3}));
  check_close(slopes[0], {1.0, 6.0, -0.75});
  check_close(slopes[1], {0.5, -2.0, 6.0});
}

BOOST_AUTO_TEST_CASE(jvp_goes_forward_through_elementwise_and_other_ops) {
  const Tensor dx = tensor({1.0, 0.0, -2.0}, float64), dy = tensor({0.5, 4.0, 1.0}, float64);
  const auto [value, tangent] = jvp(kDot, std::vector{kX, kY}, std::vector{dx, dy});
  double want = 0;
  for (std::int64_t i = 0; i < 3; ++i) {
    want += std::cos(kX.at({i})) * kY.at({i}) * dx.at({i}) + std::sin(kX.at({i})) * dy.at({i});
  }
  BOOST_TEST(tangent.item() == want, boost::test_tools::tolerance(kTolerance));
  BOOST_TEST(!tangent.requires_grad());
  // An operand that broadcasts, a number, an argument twice, one not at all, and other dtypes.
  const auto f = [](std::span<const Tensor> p) { return (p[0] * 2.0 + p[1]) * p[0]; };
  const Tensor row = tensor({{1, 2, 3}}, float64), d = tensor({{1, 1, 1}}, float64);
  const Tensor column = tensor({{1}, {2}}), dc = tensor({{10}, {0}});
  const auto forward = jvp(f, std::vector{row, column}, std::vector{d, dc});
  BOOST_TEST((forward.tangent.shape() == Shape{2, 3}));
  check_close(forward.tangent, {15, 29, 43, 6, 10, 14});
  check_close(jvp([](const Tensor&) { return ones({2}, float64); }, kX, dx).tangent, {0, 0});
  check_close(jvp([](const Tensor& x) { return x; }, kX, dx).tangent, numbers(dx));
}

BOOST_AUTO_TEST_CASE(jacobian_has_the_axes_of_the_result_and_then_of_the_argument) {
  const std::vector<Tensor> j = jacobian(kOuter, std::vector{kX, kY});
  BOOST_TEST((j[0].shape() == Shape{3, 3, 3}));
  for (std::int64_t a = 0; a < 3; ++a) {
    for (std::int64_t b = 0; b < 3; ++b) {
      for (std::int64_t c = 0; c < 3; ++c) {
        BOOST_TEST(j[0].at({a, b, c}) == (a == c ? kY.at({b}) : 0.0));
        BOOST_TEST(j[1].at({a, b, c}) == (b == c ? kX.at({a}) : 0.0));
      }
    }
  }
  const Tensor turned = jacobian([](const Tensor& x) { return x.transpose(); },
                                 tensor({{1, 2, 3}, {4, 5, 6}}, float32));
  BOOST_TEST((turned.shape() == Shape{3, 2, 2, 3}));
  BOOST_TEST((turned.dtype() == float32));
  BOOST_TEST(turned.at({2, 1, 1, 2}) == 1.0);
  BOOST_TEST(turned.at({2, 1, 1, 1}) == 0.0);
}

BOOST_AUTO_TEST_CASE(hessian_and_its_products) {
  const std::vector<std::vector<Tensor>> h = hessian(kDot, std::vector{kX, kY});
  for (std::int64_t a = 0; a < 3; ++a) {
    for (std::int64_t b = 0; b < 3; ++b) {
      const double xx = a == b ? -std::sin(kX.at({a})) * kY.at({a}) : 0.0;
      const double xy = a == b ? std::cos(kX.at({a})) : 0.0;
      BOOST_TEST(h[0][0].at({a, b}) == xx, boost::test_tools::tolerance(kTolerance));
      BOOST_TEST(h[0][1].at({a, b}) == xy, boost::test_tools::tolerance(kTolerance));
      BOOST_TEST(h[1][0].at({a, b}) == xy, boost::test_tools::tolerance(kTolerance));
      BOOST_TEST(h[1][1].at({a, b}) == 0.0);
    }
  }
  const auto cubes = [](const Tensor& x) { return sum(x * x * x); };
  check_close(hvp(cubes, kX, kY), {3.0, -18.0, -3.0});
  const Tensor one = hessian(cubes, kX);
  BOOST_TEST(one.at({1, 1}) == -6.0);
  BOOST_TEST(one.at({1, 2}) == 0.0);
  check_close(hvp([](const Tensor& x) { return sum(x); }, kX, kY), {0, 0, 0});
}

BOOST_AUTO_TEST_CASE(values_on_the_way_are_fine_for_sweeps_and_refused_forward) {
  const auto f = [](const Tensor& x) {
    const std::vector<Value> v = elements(x);
    return stack({v[0] * v[1], v[2]});
  };
  check_close(vjp(f, kX, tensor({2.0, 5.0}, float64)).gradient, {-2.0, 1.0, 5.0});
  const Tensor j = jacobian(f, kX);
  check_close(j, {-1.0, 0.5, 0.0, 0.0, 0.0, 1.0});
  BOOST_CHECK_THROW(static_cast<void>(jvp(f, kX, kY)), GraphError);
}

BOOST_AUTO_TEST_CASE(derivatives_nest) {
  const auto cubes = [](const Tensor& x) { return sum(x * x * x); };
  // sum (3 x^2)^2, and its gradient 36 x^3.
  const auto squares = [&](const Tensor& x) { return sum(square(gradient(cubes, x))); };
  const Tensor x = tensor({1.0, -0.5, 2.0}, float64);
  check_close(gradient(squares, x), {36.0, -4.5, 288.0});
  const auto products = [&](const Tensor& p) { return sum(hvp(cubes, p, p)); };  // 6 p^2
  check_close(gradient(products, x), {12.0, -6.0, 24.0});
  const auto pulled = [&](const Tensor& p) {
    return sum(vjp([](const Tensor& q) { return sin(q); }, p, p).gradient);  // p cos p
  };
  const Tensor slope = gradient(pulled, x);
  for (const std::int64_t i : {0, 1, 2}) {
    const double at = x.at({i});
    BOOST_TEST(slope.at({i}) == std::cos(at) - at * std::sin(at),
               boost::test_tools::tolerance(1e-14));
  }
  // Also of what the inner function holds: d/dp of 2 p q at q = x.
  const auto held = [&](const Tensor& p) {
    return sum(gradient([&](const Tensor& q) { return sum(p * q * q); }, x));
  };
  check_close(gradient(held, x), {2.0, -1.0, 4.0});
  check_close(hessian(squares, x), {108.0, 0, 0, 0, 27.0, 0, 0, 0, 432.0});
  // The value too, and three levels.
  check_close(gradient([&](const Tensor& p) { return value_and_gradient(cubes, p).value; }, x),
              {3.0, 0.75, 12.0});
  check_close(gradient([&](const Tensor& p) { return sum(gradient(squares, p)); }, x),
              {108.0, 27.0, 432.0});
  // Directions and upstream gradients count too.
  const auto turned = [&](const Tensor& d) { return sum(hvp(cubes, x, d)); };
  check_close(gradient(turned, x), {6.0, -3.0, 12.0});
  const auto scaled = [&](const Tensor& u) {
    return sum(vjp([](const Tensor& q) { return q * q; }, x, u).gradient);
  };
  check_close(gradient(scaled, x), {2.0, -1.0, 4.0});
  const auto pushed = [&](const Tensor& d) { return sum(jvp(cubes, x, d).tangent); };
  BOOST_CHECK_THROW(static_cast<void>(gradient(pushed, x)), GraphError);
  // Weights that a function holds are numbers, and stand in nobody's way.
  const Tensor w = variable(x);
  const auto weighted = [&](const Tensor& q) { return sum(q * q * w); };
  const auto with_weights = [&](const Tensor& p) { return sum(p * sum(hessian(weighted, x))); };
  BOOST_TEST(gradient(with_weights, x).at({0}) == 5.0);
  BOOST_TEST(!gradient(weighted, x).requires_grad());
  // Values on the way of an inner function that does not depend on the outer argument.
  const auto by_values = [&](const Tensor&) {
    return sum(gradient([](const Tensor& q) { return stack({element(q, {0}) * 3.0}); }, x));
  };
  BOOST_TEST(gradient(by_values, x).at({0}) == 0.0);
  // After an exception inside, all is as before.
  const auto throws = [&](const Tensor& p) -> Tensor {
    return gradient([](const Tensor&) -> Tensor { throw std::runtime_error("no"); }, p);
  };
  BOOST_CHECK_THROW(static_cast<void>(gradient(throws, x)), std::runtime_error);
  BOOST_TEST(!gradient(cubes, variable(x)).requires_grad());
  // What cannot go on says so, and not where nothing would be lost.
  const auto inner = [&](const Tensor& p) { return sum(hessian(cubes, p)); };
  BOOST_CHECK_THROW(static_cast<void>(gradient(inner, x)), GraphError);
  const auto apart = [&](const Tensor& p) { return sum(p * sum(hessian(cubes, x))); };
  BOOST_TEST(gradient(apart, x).at({0}) == 15.0);
  // Alone they are plain numbers.
  BOOST_TEST(!gradient(cubes, variable(x)).requires_grad());
}

BOOST_AUTO_TEST_CASE(what_belongs_to_the_caller_is_left_alone) {
  const Tensor w = variable(kX);
  const Tensor loss = sum(square(w));
  check_close(gradient([&](const Tensor& y) { return sum(y * w); }, kY), numbers(kX));
  BOOST_TEST(!w.has_grad());
  backward(loss);
  check_close(w.grad(), {1.0, -2.0, 4.0});
  // What was computed before counts as a number, also when its history is gone.
  const Tensor h = w * 2.0;
  backward(sum(h));
  check_close(gradient([&](const Tensor& y) { return sum(y * h); }, kY), {1.0, -2.0, 4.0});
  const Tensor one = ones({3}, float64);
  BOOST_TEST(jvp([&](const Tensor& y) { return sum(y * h); }, kY, one).tangent.item() == 3.0);
  const NoGrad no_grad;
  check_close(gradient([](const Tensor& x) { return sum(square(x)); }, kX), {1.0, -2.0, 4.0});
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused) {
  const auto square_of = [](const Tensor& x) { return square(x); };
  const auto begins_with = [](const char* text) {
    return [text](const Error& e) { return std::string(e.what()).starts_with(text); };
  };
  BOOST_CHECK_EXCEPTION(static_cast<void>(gradient(square_of, kX)), ShapeError,
                        begins_with("[gradient] the result has shape (3,), need one element"));
  BOOST_CHECK_EXCEPTION(static_cast<void>(hessian(square_of, kX)), ShapeError,
                        begins_with("[hessian] the result has shape (3,)"));
  BOOST_CHECK_EXCEPTION(static_cast<void>(vjp(square_of, kX, ones({2}, float64))), ShapeError,
                        begins_with("[vjp] upstream: got float64 of shape (2,), need float64 of"));
  BOOST_CHECK_EXCEPTION(static_cast<void>(jvp(square_of, kX, ones({3}))), ShapeError,
                        begins_with("[jvp] direction 0: got float32"));
  BOOST_CHECK_EXCEPTION(static_cast<void>(hvp(kDot, std::vector{kX, kY}, std::vector{kX})),
                        ShapeError, begins_with("[hvp] directions: got 1 elements, need 2"));
  BOOST_CHECK_EXCEPTION(static_cast<void>(gradient(square_of, arange(3))), DTypeError,
                        begins_with("[gradient] argument 0: got int64, need float32 or float64"));
  BOOST_CHECK_EXCEPTION(static_cast<void>(gradient(kDot, std::vector<Tensor>{})), DomainError,
                        begins_with("[gradient] point: got no arguments"));
  BOOST_CHECK_EXCEPTION(static_cast<void>(gradient(square_of, Tensor())), GraphError,
                        begins_with("[gradient] operand 0 is an empty Tensor"));
}

BOOST_AUTO_TEST_SUITE_END()
