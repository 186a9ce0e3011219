// SPDX-License-Identifier: MIT
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/dual.hpp>
#include <nabla/engine/random.hpp>
#include <nabla/ops/ops.hpp>

using namespace nabla;

namespace {

/// An op with a parameter of its own.
struct Scale {
  static constexpr OpInfo info{.name = "scale"};
  static constexpr bool cheap = true;
  double factor;
  template <class T>
  T value(const T& x) const {
    return x * static_cast<T>(factor);
  }
  template <class T>
  T slope(const T&, const T&) const {
    return static_cast<T>(factor);
  }
};
template <ScalarOperand X>
auto scale(const X& x, double factor) {
  return make_expression(Scale{factor}, x);
}

/// An op with three operands that all have a slope.
struct MulAdd {
  static constexpr OpInfo info{.name = "mul_add"};
  template <class T>
  static T value(const T& a, const T& b, const T& c) {
    return a * b + c;
  }
  template <class T>
  static T slope_a(const T&, const T& b, const T&, const T&) {
    return b;
  }
  template <class T>
  static T slope_b(const T& a, const T&, const T&, const T&) {
    return a;
  }
  template <class T>
  static T slope_c(const T&, const T&, const T&, const T&) {
    return 1;
  }
};
template <class A, class B, class C>
requires ScalarArguments<A, B, C>
auto mul_add(const A& a, const B& b, const C& c) { return make_expression(MulAdd{}, a, b, c); }

constexpr double kInfinity = std::numeric_limits<double>::infinity();
// Derivatives below are sums of a few products of exactly rounded numbers of size about 1.
constexpr double kRounding = 20 * std::numeric_limits<double>::epsilon();

}  // namespace

BOOST_AUTO_TEST_SUITE(scalar_derivative, *boost::unit_test::tolerance(kRounding))

BOOST_AUTO_TEST_CASE(a_fused_statement_has_the_derivative_of_its_formula) {
  Tape tape;
  const Value a = variable(2.0), b = variable(3.0);
  const Value y = tanh(a * b * 0.1) * a + b * b;
  backward(y);
  const double t = std::tanh(0.6), s = 1 - t * t;
  BOOST_TEST(y.value() == t * 2 + 9);
  BOOST_TEST(a.grad() == t + 2 * s * 0.3);
  BOOST_TEST(b.grad() == 2 * s * 0.2 + 6);
}

BOOST_AUTO_TEST_CASE(an_argument_used_twice_counts_twice) {
  Tape tape;
  const Value x = variable(3.0);
  backward(x * x);
  BOOST_TEST(x.grad() == 6.0);
  x.zero_grad();
  backward(x * x * x / x);
  BOOST_TEST(x.grad() == 6.0);
}

BOOST_AUTO_TEST_CASE(paths_that_meet_again_add_up) {
  Tape tape;
  const Value x = variable(0.5);
  const Value left = sin(x), right = exp(x);
  const Value y = left * right;
  backward(y);
  BOOST_TEST(x.grad() == (std::cos(0.5) + std::sin(0.5)) * std::exp(0.5));
}

BOOST_AUTO_TEST_CASE(parameters_of_an_op_travel_with_the_statement) {
  Tape tape;
  const Value x = variable(2.0);
  const Value y = scale(scale(x, 3.0) * x, 0.5) + scale(x, -1.0);
  backward(y);
  BOOST_TEST(y.value() == 4.0);
  BOOST_TEST(x.grad() == 5.0);
}

BOOST_AUTO_TEST_CASE(three_operands_each_get_their_slope) {
  Tape tape;
  const Value a = variable(2.0), b = variable(3.0), c = variable(5.0);
  backward(mul_add(a, b, c) * mul_add(a, 2.0, 1.0));
  BOOST_TEST(a.grad() == 3.0 * 5.0 + 11.0 * 2.0);
  BOOST_TEST(b.grad() == 10.0);
  BOOST_TEST(c.grad() == 5.0);
}

BOOST_AUTO_TEST_CASE(a_gradient_of_zero_contributes_zero_across_statements) {
  Tape tape;
  const Value x = variable(0.0);
  const Value root = sqrt(x);  // slope infinite at 0
  const Value y = root * 0.0 + x;
  backward(y);
  BOOST_TEST(x.grad() == 1.0);
}

BOOST_AUTO_TEST_CASE(a_gradient_of_zero_contributes_zero_inside_a_statement) {
  Tape tape;
  const Value x = variable(0.0), big = variable(kInfinity);
  const Value y = sqrt(x) * 0.0 + x;
  backward(y);
  BOOST_TEST(x.grad() == 1.0);
  x.zero_grad();
  backward((x * big) * 0.0 + x);
  BOOST_TEST(x.grad() == 1.0);
  BOOST_TEST(big.grad() == 0.0);
}

BOOST_AUTO_TEST_CASE(infinite_and_undefined_slopes_flow_where_they_count) {
  Tape tape;
  const Value x = variable(0.0), nan = variable(std::nan(""));
  backward(sqrt(x));
  BOOST_TEST(x.grad() == kInfinity);
  const Value y = nan * x;
  backward(y);
  BOOST_TEST(std::isnan(y.value()));
  BOOST_TEST(std::isnan(x.grad()));
}

BOOST_AUTO_TEST_CASE(minus_zero_is_a_number_like_others) {
  Tape tape;
  const Value x = variable(-0.0);
  const Value y = x * 3.0;
  BOOST_TEST(std::signbit(y.value()));
  backward(y);
  BOOST_TEST(x.grad() == 3.0);
}

BOOST_AUTO_TEST_CASE(float_values_have_a_tape_of_their_own) {
  basic_tape<float> tape;
  const auto x = basic_value<float>::variable(0.5f);
  const basic_value<float> y = exp(x * 2.0) * x;
  backward(y);
  const float e = std::exp(1.0f);
  // Three rounded operations in single precision.
  BOOST_TEST(std::abs(x.grad() - 2 * e) <= 4 * std::numeric_limits<float>::epsilon() * e);
  BOOST_TEST(tape.statistics().inputs == 1u);
}

namespace {

/// A random straight-line program over a few registers; the same for every kind of number.
template <class T>
T run_program(std::uint64_t seed, const std::vector<T>& inputs) {
  Random random(seed);
  std::vector<T> r = inputs;
  const auto pick = [&]() -> T& { return r[random.bits() % r.size()]; };
  for (int step = 0; step < 40; ++step) {
    const T a = pick(), b = pick(), c = pick();
    switch (random.bits() % 8) {
      case 0:
        pick() = a * b;
        break;
      case 1:
        pick() = a + b * 0.5;
        break;
      case 2:
        pick() = tanh(a - b) * c;
        break;
      case 3:
        pick() = sin(a) + cos(b * c);
        break;
      case 4:
        pick() = a / (b * b + 2.0);
        break;
      case 5:
        pick() = tanh(a * b + c) - 0.25 * a;
        break;
      case 6:
        pick() = scale(mul_add(a, b, c), 0.5) / exp(tanh(c));
        break;
      default:
        pick() = tanh(a) + T(0.125);
    }
    T& bounded = pick();
    bounded = tanh(bounded);
  }
  T y = r[0];
  for (std::size_t i = 1; i < r.size(); ++i) y = y + r[i];
  return y;
}

}  // namespace

BOOST_AUTO_TEST_CASE(random_programs_agree_with_forward_mode) {
  // 40 steps of conditioned operations: rounding errors of both modes stay below this.
  constexpr double kTolerance = 1e-11;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      Tape tape;
      const std::vector<double> at{0.3, -0.7, 1.1, 0.2};
      std::vector<Value> x;
      for (const double v : at) x.push_back(variable(v));
      const Value y = run_program(seed, x);
      if (y.has_history()) backward(y);
      for (std::size_t i = 0; i < at.size(); ++i) {
        std::vector<Dual<double>> d(at.begin(), at.end());
        d[i] = Dual<double>(at[i], 1.0);
        const Dual<double> forward = run_program(seed, d);
        BOOST_TEST(forward.value() == y.value());
        BOOST_TEST(std::abs(forward.tangent() - x[i].grad()) <=
                   kTolerance * (1 + std::abs(forward.tangent())));
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
