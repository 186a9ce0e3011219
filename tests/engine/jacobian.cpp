// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/bridge.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/tape.hpp>
#include <nabla/ops/ops.hpp>

using namespace nabla;

namespace {
// A product of slopes is rounded in another order than by a single sweep.
constexpr double kRounding = 1e-13;

// Statements of one to five leaves, with repeats and a number that no result needs.
std::vector<Value> mixed_program(const std::vector<Value>& x, std::size_t results) {
  std::vector<Value> h(x);
  for (std::size_t i = 0; i < 60; ++i) {
    const Value& a = h[h.size() - 1];
    const Value& b = h[h.size() - 3];
    h.push_back(a * x[i % x.size()] * 0.5 + tanh(b) * b - h[h.size() - 2]);
    h.push_back(sin(h.back()));
  }
  return {h.end() - static_cast<std::ptrdiff_t>(results), h.end()};
}
}  // namespace

BOOST_AUTO_TEST_SUITE(jacobian_in_lanes)

BOOST_AUTO_TEST_CASE(each_row_is_the_gradient_of_its_result) {
  for (const std::size_t results : {1u, 7u, 8u, 9u, 30u}) {
    const Tape tape;
    const std::vector<Value> x{variable(0.3), variable(-0.8), variable(1.1)};
    const std::vector<Value> ys = mixed_program(x, results);
    backward(ys[0]);
    const double before = x[1].grad();
    const Tensor j = jacobian(ys, x);
    BOOST_TEST((j.shape() == Shape{static_cast<std::int64_t>(results), 3}));
    for (std::size_t row = 0; row < results; ++row) {
      const std::vector<double> want = grad(ys[row], x);
      for (std::size_t column = 0; column < 3; ++column) {
        BOOST_TEST(j.at({static_cast<std::int64_t>(row), static_cast<std::int64_t>(column)}) ==
                       want[column],
                   boost::test_tools::tolerance(kRounding));
      }
    }
    BOOST_TEST(x[1].grad() == before);
  }
}

BOOST_AUTO_TEST_CASE(it_may_be_asked_by_intermediate_values) {
  const Tape tape;
  const Value a = variable(2.0), b = variable(3.0);
  const Value h = a * b;
  const std::vector<Value> ys{h * a, h + b, Value(7.0), a}, xs{a, h};
  BOOST_TEST(
      jacobian(ys, xs).to_vector<double>() == (std::vector<double>{6 + 2 * 3, 2, 3, 1, 0, 0, 1, 0}),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(nothing_is_left_of_the_one_before) {
  Tape tape;
  const std::vector<Value> x = variables(std::vector<double>{0.3, -0.8, 1.1});
  const Mark start = tape.mark();
  for (const std::size_t results : {9u, 3u, 30u, 8u}) {
    tape.rewind(start);
    const Value source = 0.25;  // a leaf without history
    std::vector<Value> ys = mixed_program(x, results);
    const Value h = ys[0] * source + x[1];
    ys.push_back(sin(h) * ys[1]);
    for (const std::vector<Value>& xs :
         {x, std::vector<Value>{x[1]}, std::vector<Value>{h, x[0]}, x}) {
      const std::vector<double> rows = jacobian(ys, xs).to_vector<double>();
      auto row = rows.begin();
      for (const Value& y : ys) {
        for (const double want : grad(y, xs, {.allow_unused = true}))
          BOOST_TEST(*row++ == want, boost::test_tools::tolerance(kRounding));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_row_of_zero_stays_zero_where_another_is_infinite) {
  const Tape tape;
  const Value x = variable(0.0), y = variable(1.0);
  const Value root = sqrt(x);
  const std::vector<Value> ys{root, root * 0.0 + y, root * y}, xs{x, y};
  const std::vector<double> j = jacobian(ys, xs).to_vector<double>();
  BOOST_TEST(j[0] == std::numeric_limits<double>::infinity());
  BOOST_TEST(j[2] == 0.0);
  BOOST_TEST(j[3] == 1.0);
  BOOST_TEST(j[5] == 0.0);
}

BOOST_AUTO_TEST_CASE(floats_have_lanes_too) {
  basic_tape<float> tape;
  const auto x = basic_value<float>::variable(3.0f);
  const std::vector<basic_value<float>> xs{x}, ys{x * x, x * 2.0f};
  std::vector<float> rows(2);
  tape.jacobian(ys, xs, rows);
  BOOST_TEST(rows == (std::vector<float>{6, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(tensors_on_the_way_are_part_of_it) {
  const Tape tape;
  const std::vector<Value> xs{variable(2.0), variable(3.0)};
  const Tensor t = stack(xs).square();
  const std::vector<Value> ys = elements(t);
  BOOST_TEST(jacobian(ys, xs).to_vector<double>() == (std::vector<double>{4, 0, 0, 6}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_has_no_history_is_refused) {
  Tape tape;
  const Mark mark = tape.mark();
  const std::vector<Value> xs{variable(2.0)}, numbers{Value(1.0)};
  const std::vector<Value> ys{xs[0] * 2.0};
  BOOST_CHECK_THROW(static_cast<void>(jacobian(ys, numbers)), GraphError);
  tape.rewind(mark);
  BOOST_CHECK_THROW(static_cast<void>(jacobian(ys, xs)), GraphError);
}

BOOST_AUTO_TEST_CASE(lanes_refuse_what_they_do_not_go_through_and_a_wrong_room) {
  Tape tape;
  const std::vector<Value> x = variables(std::vector<double>{1.0, 2.0});
  const std::vector<Value> y{x[0] * x[1]};
  std::vector<double> rows(2);
  tape.jacobian(y, x, rows);
  BOOST_TEST(rows == (std::vector<double>{2.0, 1.0}), boost::test_tools::per_element());
  rows.resize(3);
  BOOST_CHECK_THROW(tape.jacobian(y, x, rows), ShapeError);
  const std::vector<Value> z{element(square(stack(x)), {1})};
  rows.resize(2);
  BOOST_CHECK_THROW(tape.jacobian(z, x, rows), GraphError);
  BOOST_TEST(jacobian(z, x).at({0, 1}) == 4.0);
}

BOOST_AUTO_TEST_SUITE_END()
