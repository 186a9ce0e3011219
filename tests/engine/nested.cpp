// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/dual.hpp>
#include <nabla/ops/ops.hpp>

using namespace nabla;

namespace {

constexpr double kRounding = 100 * std::numeric_limits<double>::epsilon();

// f(x) = x^3 tanh x, at x with t = tanh x, s = 1 - t^2.
template <class T>
T cubic_tanh(const T& x) {
  return x * x * x * tanh(x);
}
double first(double x) {
  const double t = std::tanh(x), s = 1 - t * t;
  return 3 * x * x * t + x * x * x * s;
}
double second(double x) {
  const double t = std::tanh(x), s = 1 - t * t;
  return 6 * x * t + 6 * x * x * s - 2 * x * x * x * t * s;
}
double third(double x) {
  const double t = std::tanh(x), s = 1 - t * t;
  return 6 * t + 18 * x * s - 18 * x * x * t * s - 2 * x * x * x * (s * s - 2 * t * t * s);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(nested, *boost::unit_test::tolerance(kRounding))

BOOST_AUTO_TEST_CASE(reverse_over_reverse_gives_the_second_derivative) {
  Tape inner;
  basic_tape<Value> outer;
  const Value x = variable(1.5);
  const basic_value<Value> z = variable(x);
  backward(cubic_tanh(z));
  const Value d = z.grad();
  BOOST_TEST(d.value() == first(1.5));
  backward(d);
  BOOST_TEST(x.grad() == second(1.5));
}

BOOST_AUTO_TEST_CASE(three_levels_give_the_third_derivative) {
  Tape tape1;
  basic_tape<Value> tape2;
  basic_tape<basic_value<Value>> tape3;
  const Value x = variable(0.75);
  const auto y = variable(x);
  const auto z = variable(y);
  backward(cubic_tanh(z));
  backward(z.grad());
  backward(y.grad());
  BOOST_TEST(z.grad().value().value() == first(0.75));
  BOOST_TEST(y.grad().value() == second(0.75));
  BOOST_TEST(x.grad() == third(0.75));
}

BOOST_AUTO_TEST_CASE(reverse_over_forward_gives_the_hessian_times_a_direction) {
  basic_tape<Dual<double>> tape;
  const auto x = variable(Dual<double>(0.5, 2.0)), y = variable(Dual<double>(1.25, -1.0));
  backward(x * x * sin(y));
  // H = [[2 sin y, 2 x cos y], [2 x cos y, -x^2 sin y]]
  const double s = std::sin(1.25), c = std::cos(1.25);
  BOOST_TEST(x.grad().value() == 2 * 0.5 * s);
  BOOST_TEST(x.grad().tangent() == 2 * s * 2.0 - 2 * 0.5 * c);
  BOOST_TEST(y.grad().tangent() == 2 * 0.5 * c * 2.0 + 0.25 * s);
}

BOOST_AUTO_TEST_CASE(constants_over_duals_are_those_of_each_statement) {
  // Statements of one type, whose two plain constants are sometimes those of the one before.
  basic_tape<Dual<double>> tape;
  const auto x = variable(Dual<double>(0.5, 1.0));
  const std::vector<double> factors{0.25, 0.25, 0.25, 4.0, 4.0, 0.25};
  basic_value<Dual<double>> y = x;
  double slope = 1, value = 0.5, curvature = 0;  // of y by x
  for (const double factor : factors) {
    y = factor * (y * y) - 2.0 / y;
    curvature = (2 * factor - 4 / (value * value * value)) * slope * slope +
                (2 * factor * value + 2 / (value * value)) * curvature;
    slope *= 2 * factor * value + 2 / (value * value);
    value = factor * (value * value) - 2.0 / value;
  }
  backward(y);
  BOOST_TEST(y.value().value() == value);
  BOOST_TEST(y.value().tangent() == slope);
  BOOST_TEST(x.grad().value() == slope);
  BOOST_TEST(x.grad().tangent() == curvature);
}

BOOST_AUTO_TEST_CASE(a_dual_as_a_constant_keeps_its_tangent) {
  basic_tape<Dual<double>> tape;
  const auto x = variable(Dual<double>(3.0));
  const Dual<double> factor(2.0, 5.0);
  backward(x * factor * 0.5 + factor);
  BOOST_TEST(x.grad().value() == 1.0);
  BOOST_TEST(x.grad().tangent() == 2.5);
}

BOOST_AUTO_TEST_CASE(plain_constants_stand_in_deeper_nests_too) {
  using Twice = Dual<Dual<double>>;
  basic_tape<Twice> tape;
  const auto x = variable(Twice(Dual<double>(0.75, 1.0), Dual<double>(1.0)));
  backward(2.0 * (x * x * x) - 0.5 * x);
  BOOST_TEST(x.grad().value().value() == 6 * 0.75 * 0.75 - 0.5);
  BOOST_TEST(x.grad().tangent().value() == 12 * 0.75);
  BOOST_TEST(x.grad().tangent().tangent() == 12.0);
}

BOOST_AUTO_TEST_CASE(forward_over_reverse_gives_the_same) {
  Tape tape;
  const Value x = variable(1.5);
  const Dual<Value> y = cubic_tanh(Dual<Value>(x, Value(1.0)));
  BOOST_TEST(y.tangent().value() == first(1.5));
  backward(y.tangent());
  BOOST_TEST(x.grad() == second(1.5));
}

BOOST_AUTO_TEST_CASE(a_gradient_that_is_zero_only_here_still_counts_in_the_next_order) {
  // y = sin(x) w with w = x at x = 0: d y/d(sin x) = w is zero, its derivative is not.
  Tape inner;
  basic_tape<Value> outer;
  const Value x = variable(0.0);
  const basic_value<Value> z = variable(x);
  const basic_value<Value> h = sin(z);
  backward(h * z);
  backward(z.grad());
  BOOST_TEST(x.grad() == 2.0);
}

BOOST_AUTO_TEST_CASE(a_number_of_the_inner_kind_is_a_constant_of_the_outer_tape) {
  Tape inner;
  basic_tape<Value> outer;
  const Value w = variable(3.0);
  const basic_value<Value> z = variable(Value(2.0));
  const basic_value<Value> y = z * z * w + (w * 2.0) * z;
  backward(y);
  const Value d = z.grad();
  BOOST_TEST(d.value() == 2 * 2.0 * 3.0 + 6.0);
  backward(d);
  BOOST_TEST(w.grad() == 2 * 2.0 + 2.0);  // d/dw of d y/dz
  BOOST_TEST((y > w && w < y));
}

BOOST_AUTO_TEST_CASE(the_chain_of_an_inner_statement_is_swept_with_its_stored_values) {
  Tape inner;
  basic_tape<Value> outer;
  const Value x = variable(0.4);
  const basic_value<Value> z = variable(x);
  const basic_value<Value> y = exp(sin(z) * tanh(z / 2.0));
  backward(y);
  backward(z.grad());
  const Dual<Dual<double>> d(Dual<double>(0.4, 1.0), Dual<double>(1.0));
  const Dual<Dual<double>> forward = exp(sin(d) * tanh(d / 2.0));
  BOOST_TEST(z.grad().value() == forward.tangent().value());
  BOOST_TEST(x.grad() == forward.tangent().tangent());
}

namespace {

// All three nestings of two directions: the first derivative by x, and the second.
struct Derivatives {
  double first, second;
};
template <class F>
Derivatives forward_over_forward(const F& f, double at) {
  using D = Dual<double>;
  const auto y = f(Dual<D>(D(at, 1.0), D(1.0)));
  return {y.value().tangent(), y.tangent().tangent()};
}
template <class F>
Derivatives forward_over_reverse(const F& f, double at) {
  const Tape tape;
  const Value x = variable(at);
  const Dual<Value> y = f(Dual<Value>(x, Value(1.0)));
  backward(y.value());
  const double first = x.grad();
  x.zero_grad();
  if (y.tangent().is_active()) backward(y.tangent());
  return {first, x.grad()};
}
template <class F>
Derivatives reverse_over_forward(const F& f, double at) {
  using D = Dual<double>;
  basic_tape<D> tape;
  const auto x = basic_value<D>::variable(D(at, 1.0));
  tape.sweep(basic_value<D>(f(x)), D(1.0));
  return {x.grad().value(), x.grad().tangent()};
}
template <class F>
void check_nestings(const char* name, const F& f, double at, double first, double second) {
  BOOST_TEST_CONTEXT(name << " at " << at) {
    for (const Derivatives& found :
         {forward_over_forward(f, at), forward_over_reverse(f, at), reverse_over_forward(f, at)}) {
      BOOST_TEST(found.first == first);
      BOOST_TEST(found.second == second);
    }
  }
}

}  // namespace

// The formulas of these hold an abs, whose own slope at 0 is 0.
BOOST_AUTO_TEST_CASE(an_op_has_its_own_slopes_in_every_nesting) {
  check_nestings(
      "sigmoid", [](const auto& x) { return sigmoid(x); }, 0.0, 0.25, 0.0);
  check_nestings(
      "softplus", [](const auto& x) { return softplus(x); }, 0.0, 0.5, 0.25);
  const double density = std::exp(-0.5) / std::sqrt(2 * std::acos(-1.0));  // at 1
  check_nestings(
      "gelu", [](const auto& x) { return gelu(x); }, 0.0, 0.5, 2 / std::sqrt(2 * std::acos(-1.0)));
  check_nestings(
      "gelu", [](const auto& x) { return gelu(x); }, 1.0,
      0.5 * std::erfc(-std::sqrt(0.5)) + density, density);
  check_nestings(
      "a tie", [](const auto& x) { return maximum(x, 2.0 * x) * x; }, 0.0, 0.0, 3.0);
}

BOOST_AUTO_TEST_CASE(every_function_of_one_number_takes_every_nesting) {
  const auto all = [](const auto& x) {
    return abs(x) + acos(x) + acosh(1.5 + x) + asin(x) + asinh(x) + atan(x) + atanh(x) + cbrt(x) +
           clamp(x, -1.0, 1.0) + cos(x) + cosh(x) + digamma(x) + erf(x) + erfc(x) + exp(x) +
           exp2(x) + expm1(x) + gelu(x) + leaky_relu(x) + lgamma(x) + log(x) + log10(x) + log1p(x) +
           log2(x) + reciprocal(x) + relu(x) + sigmoid(x) + sin(x) + sinh(x) + softplus(x) +
           sqrt(x) + square(x) + tan(x) + tanh(x) + tgamma(x);
  };
  const Derivatives want = forward_over_forward(all, 0.3);
  check_nestings("all", all, 0.3, want.first, want.second);
}

BOOST_AUTO_TEST_SUITE_END()
