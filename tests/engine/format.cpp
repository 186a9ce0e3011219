// SPDX-License-Identifier: MIT
#include <boost/test/unit_test.hpp>

#include <nabla/engine/creation.hpp>
#include <nabla/engine/format.hpp>
#include <nabla/engine/tape.hpp>
#include <nabla/ops/ops.hpp>

using namespace nabla;

BOOST_AUTO_TEST_SUITE(format)

BOOST_AUTO_TEST_CASE(a_value_is_formatted_as_its_number) {
  const Tape tape;
  const Value x = variable(2.0);
  BOOST_TEST(fmt::format("{} {:.3f} {:>6}", x, Value(x / 3.0), basic_value<Value>(x)) ==
             "2 0.667      2");
  BOOST_TEST(fmt::format("{} {}", Value(-0.0), tensor(-0.0)) == "-0 tensor(-0, shape=(), float32)");
  BOOST_TEST(fmt::format("{:.1f}", basic_value<float>(0.25F)) == "0.2");
}

BOOST_AUTO_TEST_CASE(a_tensor_is_formatted_as_text) {
  const Tensor x = tensor({1, 2});
  BOOST_TEST(fmt::format("x = {}", x) == "x = " + to_string(x));
}

BOOST_AUTO_TEST_SUITE_END()
