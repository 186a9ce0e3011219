// SPDX-License-Identifier: MIT
#include <boost/test/unit_test.hpp>

#include <nabla/engine/error.hpp>
#include <nabla/engine/value.hpp>

using namespace nabla;

namespace {

struct Product {
  static constexpr OpInfo info{.name = "product"};
  static constexpr bool cheap = true;
  template <class T>
  static constexpr T value(const T& a, const T& b) {
    return a * b;
  }
  template <class T>
  static constexpr T slope_a(const T&, const T& b, const T&) {
    return b;
  }
  template <class T>
  static constexpr T slope_b(const T& a, const T&, const T&) {
    return a;
  }
};

Value product(const Value& a, const Value& b) { return make_expression(Product{}, a, b); }

}  // namespace

BOOST_AUTO_TEST_SUITE(set_value)

BOOST_AUTO_TEST_CASE(a_variable_registered_once_changes_from_step_to_step) {
  Tape tape;
  Value a = variable(2.0, "a"), b = variable(3.0, "b");
  const Mark start = tape.mark();
  for (int step = 0; step < 3; ++step) {
    const Value y = product(a, product(a, b));
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
  Value y = product(a, a);
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
