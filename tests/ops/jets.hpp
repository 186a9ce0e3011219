// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <limits>
#include <numbers>
#include <string>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/tape.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/reduction/sum.hpp>
#include <nabla/ops/ternary/where.hpp>

// What the tests of special functions share: value, slope and second derivative of a function at a
// point, by Values and by Tensors, and the differential equations that they are to solve.

namespace nabla::test {

inline constexpr double kEps = std::numeric_limits<double>::epsilon();
inline constexpr double kInf = std::numeric_limits<double>::infinity();
inline const double kNan = std::numeric_limits<double>::quiet_NaN();
inline constexpr double kPi = std::numbers::pi;

// What the headers promise, and one rounding of the figure itself.
inline constexpr double kFew = 9 * kEps;
// The second derivative of a function of order n is made of four others, each of which may be n^2
// times as large as the sum.
inline constexpr double kEquation = 1e-12;

inline bool close(double got, double want, double relative) {
  return got == want || std::abs(got - want) <= relative * std::abs(want);
}
inline bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

/// A value and its first and second derivative.
struct Jet {
  double y, slope, bend;
};

/// By Values of Values.
template <class F>
Jet jet(const F& f, double at) {
  const Tape inner;
  const basic_tape<Value> outer;
  const Value x = variable(at);
  const basic_value<Value> z = variable(x);
  const basic_value<Value> y = f(z);
  const double value = y.value().value();
  backward(y);
  const Value slope = z.grad();
  const double first = slope.value();
  backward(slope);
  return {value, first, x.grad()};
}

/// By Tensors, with the operand in the middle of others.
template <class F>
Jet tensor_jet(const F& f, double at) {
  const Tensor x = variable(tensor({at + 0.125, at, at}, float64));
  const Tensor y = f(x);
  const auto [slope] = grad(y.sum(), wrt(x), {.create_graph = true});
  const auto [bend] = grad(slope.sum(), wrt(x));
  return {y.at({1}), slope.at({1}), bend.at({1})};
}

/// Both are the same to rounding.
template <class F>
Jet common_jet(const F& f, double at) {
  const Jet a = jet(f, at);
  const Jet b = tensor_jet(f, at);
  const double size = std::abs(a.y) + std::abs(a.slope) + std::abs(a.bend);
  const auto agree = [size](double u, double v) {
    return same(u, v) || std::abs(u - v) <= kFew * size;
  };
  BOOST_TEST(a.y == b.y, "at " << at << ": " << a.y << " and " << b.y);
  BOOST_TEST(agree(a.slope, b.slope), a.slope << " and " << b.slope);
  BOOST_TEST(agree(a.bend, b.bend), a.bend << " and " << b.bend);
  return a;
}

/// p y'' + q y' + r y = 0, relative to the size of the terms.
inline void check_equation(const Jet& j, double p, double q, double r, const std::string& what) {
  const double left = p * j.bend + q * j.slope + r * j.y;
  const double size = std::abs(p * j.bend) + std::abs(q * j.slope) + std::abs(r * j.y);
  BOOST_TEST(std::abs(left) <= kEquation * size, what << ": " << left << " of " << size);
  BOOST_TEST(std::abs(j.y) + std::abs(j.slope) > 0, what);
}

/// Value and Tensor give y at x.
template <class F>
void check_figure(const F& f, double x, double y, double relative) {
  const Tape tape;
  const double value = Value(f(variable(x))).value();
  BOOST_TEST(close(value, y, relative), "at " << x << ": " << value << ", need " << y);
  BOOST_TEST(same(f(tensor(x, float64)).item(), value));
}

/// Value and slope at a point, of Values and Tensors.
template <class F>
void check_limit(const char* what, const F& f, double at, double value, double slope) {
  const Tape tape;
  const Value x = variable(at);
  const Value y = f(x);
  backward(y);
  BOOST_TEST(same(y.value(), value), what << " at " << at << " is " << y.value());
  BOOST_TEST(same(x.grad(), slope), what << " at " << at << " has slope " << x.grad());
  const Tensor t = variable(tensor(at, float64));
  const Tensor u = f(t);
  backward(u);
  BOOST_TEST(same(u.item(), value));
  BOOST_TEST(same(t.grad().item(), slope));
  // Not read by the result, so it contributes nothing, whatever the slope.
  const Value off = variable(at);
  backward(where(false, Value(f(off)), off));
  BOOST_TEST(off.grad() == 1.0);
}

template <class F>
void check_refused(const F& call, const std::string& text) {
  BOOST_CHECK_EXCEPTION(call(), DomainError, [&](const Error& error) {
    BOOST_TEST_MESSAGE(error.what());
    return std::string(error.what()).find(text) == 0;
  });
}

}  // namespace nabla::test
