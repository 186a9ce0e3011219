// SPDX-License-Identifier: MIT
#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/dual.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/value.hpp>
#include <nabla/ops/ops.hpp>

using namespace nabla;

BOOST_AUTO_TEST_SUITE(set_value)

BOOST_AUTO_TEST_CASE(a_variable_registered_once_changes_from_step_to_step) {
  Tape tape;
  Value a = variable(2.0, "a"), b = variable(3.0, "b");
  const Mark start = tape.mark();
  for (int step = 0; step < 3; ++step) {
    const Value y = a * (a * b);
    BOOST_TEST(y.value() == a.value() * a.value() * b.value());
    backward(y);
    BOOST_TEST(a.grad() == 2 * a.value() * b.value());
    BOOST_TEST(b.grad() == a.value() * a.value());
    tape.rewind(start);
    tape.zero_grad();
    tape.set_value(a, a.value() + 1);
    tape.set_value(b, -b.value());
  }
  BOOST_TEST(a.value() == 5.0);
  BOOST_TEST(a.name() == "a");
}

BOOST_AUTO_TEST_CASE(a_variable_that_something_was_computed_from_is_refused) {
  Tape tape;
  Value a = variable(2.0);
  const Mark start = tape.mark();
  Value y = a * a;
  BOOST_CHECK_THROW(tape.set_value(a, 3.0), GraphError);
  BOOST_CHECK_THROW(tape.set_value(y, 3.0), GraphError);
  Value late = variable(1.0);
  BOOST_CHECK_THROW(tape.set_value(a, 3.0), GraphError);
  tape.set_value(late, 4.0);
  BOOST_TEST(late.value() == 4.0);
  backward(y);
  BOOST_TEST(a.grad() == 4.0);
  tape.rewind(start);
  BOOST_CHECK_THROW(tape.set_value(y, 3.0), GraphError);
  tape.set_value(a, 3.0);
  BOOST_TEST(a.value() == 3.0);
}

BOOST_AUTO_TEST_CASE(a_plain_number_is_refused) {
  Tape tape;
  Value number = 2.0;
  BOOST_CHECK_THROW(tape.set_value(number, 3.0), GraphError);
}

BOOST_AUTO_TEST_SUITE_END()

// What the members for many variables do is what those for one do, again and again.
BOOST_AUTO_TEST_SUITE(many_variables)

BOOST_AUTO_TEST_CASE(they_are_made_set_and_read_together) {
  Tape tape;
  const Value first = variable(7.0);
  std::vector<Value> x = variables(std::vector<double>{1, 2, 3});
  BOOST_TEST(tape.statistics().inputs == 4u);
  const Mark start = tape.mark();
  std::vector<double> gradient(3);
  for (int step = 0; step < 3; ++step) {
    backward(x[0] * x[1] * (x[2] * first));
    tape.gradients(x, gradient);
    for (std::size_t i = 0; i < x.size(); ++i) {
      BOOST_TEST(gradient[i] == 7.0 * x[(i + 1) % 3].value() * x[(i + 2) % 3].value());
      BOOST_TEST(gradient[i] == x[i].grad());
    }
    tape.rewind(start);
    tape.zero_grad();
    tape.set_values(x, std::array{2.0, step + 1.0, -4.0});
    BOOST_TEST(x[1].value() == step + 1.0);
  }
}

BOOST_AUTO_TEST_CASE(those_after_something_else_are_a_run_of_their_own) {
  Tape tape;
  const std::vector<Value> a = variables(std::vector<double>{2, 3});
  const Value h = a[0] * a[1];
  const std::vector<Value> b = variables(std::vector<double>{5});
  backward(h * b[0]);
  const std::vector<Value> all{a[0], b[0], a[1]};
  std::vector<double> gradient(3);
  tape.gradients(all, gradient);
  BOOST_TEST(gradient == (std::vector<double>{15, 6, 10}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(none_is_nothing) {
  Tape tape;
  BOOST_TEST(variables(std::vector<double>{}).empty());
  tape.set_values({}, {});
  tape.gradients({}, {});
  BOOST_TEST(tape.statistics().inputs == 0u);
}

BOOST_AUTO_TEST_CASE(gradients_before_any_sweep_are_zero) {
  Tape tape;
  const std::vector<Value> x = variables(std::vector<double>{1, 2});
  std::vector<double> gradient{9, 9};
  tape.gradients(x, gradient);
  BOOST_TEST(gradient == (std::vector<double>{0, 0}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(other_numbers_have_them_too) {
  basic_tape<Dual<double>> tape;
  const std::vector<Dual<double>> at{{2.0, 1.0}, {3.0, 0.0}};
  const auto x = variables<Dual<double>>(at);
  tape.sweep(x[0] * x[1], 1.0);
  std::vector<Dual<double>> gradient(2);
  tape.gradients(x, gradient);
  BOOST_TEST(gradient[0].value() == 3.0);
  BOOST_TEST(gradient[1].tangent() == 1.0);
}

BOOST_AUTO_TEST_CASE(one_that_does_not_fit_is_refused_and_nothing_has_changed) {
  Tape tape;
  std::vector<Value> x = variables(std::vector<double>{1, 2});
  std::vector<Value> with_number{x[0], Value(4.0)};
  const std::array numbers{5.0, 6.0};
  std::vector<double> gradient(2);
  BOOST_CHECK_THROW(tape.set_values(with_number, numbers), GraphError);
  BOOST_TEST(with_number[0].value() == 1.0);
  BOOST_CHECK_THROW(tape.gradients(with_number, gradient), GraphError);
  BOOST_CHECK_THROW(tape.set_values(x, std::span(numbers).first(1)), ShapeError);
  BOOST_CHECK_THROW(tape.gradients(x, std::span(gradient).first(1)), ShapeError);
  BOOST_CHECK_THROW(tape.add_variables(std::span(numbers).first(1), x), ShapeError);
  const Value y = x[0] * x[1];
  BOOST_CHECK_THROW(tape.set_values(x, numbers), GraphError);
  const std::vector<Value> with_result{x[0], y};
  BOOST_CHECK_THROW(tape.gradients(with_result, gradient), GraphError);
  BOOST_TEST(y.value() == 2.0);
  const auto begins_with = [](const char* text) {
    return [text](const GraphError& e) { return std::string_view(e.what()).starts_with(text); };
  };
  BOOST_CHECK_EXCEPTION(tape.set_values(x, numbers), GraphError, begins_with("[set_values] "));
  BOOST_CHECK_EXCEPTION(tape.gradients(with_result, gradient), GraphError,
                        begins_with("[gradients] "));
  tape.reset();
  BOOST_CHECK_THROW(tape.gradients(x, gradient), GraphError);
}

BOOST_AUTO_TEST_CASE(the_last_of_many_does_not_fit_and_none_is_set) {
  Tape tape;
  std::vector<Value> x = variables(std::vector<double>(1000, 1.0));
  x.push_back(4.0);
  BOOST_CHECK_THROW(tape.set_values(x, std::vector<double>(1001, 2.0)), GraphError);
  for (int i = 0; i < 1000; ++i) BOOST_REQUIRE(x[static_cast<std::size_t>(i)].value() == 1.0);
  backward(x[0] * x[1]);
  BOOST_TEST(x[0].grad() == 1.0);
}

BOOST_AUTO_TEST_CASE(a_memory_limit_leaves_the_tape_as_it_was) {
  Tape tape;
  tape.memory_limit(100'000);
  const std::vector<double> numbers(100'000, 1.0);
  BOOST_CHECK_THROW(static_cast<void>(variables(numbers)), GraphError);
  BOOST_TEST(tape.statistics().inputs == 0u);
  const Value a = variable(2.0);
  backward(a * a);
  BOOST_TEST(a.grad() == 4.0);
}

BOOST_AUTO_TEST_SUITE_END()
