// SPDX-License-Identifier: MIT
// The header for programs that test with Boost.Test, used as they would.
#include <span>
#include <string>
#include <vector>

#include <nabla/check/boost_test.hpp>
#include <nabla/check/gradcheck.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/ops/ops.hpp>

using namespace nabla;

BOOST_AUTO_TEST_SUITE(boost_test)

BOOST_AUTO_TEST_CASE(a_right_gradient_agrees) {
  BOOST_TEST(check::agrees(check::gradcheck([](const auto& p) { return sin(p[0]) * p[1]; },
                                            std::vector<double>{1.0, 2.0})));
}

BOOST_AUTO_TEST_CASE(a_wrong_one_does_not_and_the_table_is_the_message) {
  const auto wrong = [](std::span<const Tensor> x) { return x[0] * x[0].detach(); };
  const auto result = check::agrees(check::gradcheck(wrong, {tensor({1.0, 3.0}, float64)}));
  BOOST_TEST(!result);
  const auto text = result.message();
  const std::string message(text.begin(), text.end());
  BOOST_TEST(message.find("analytic") != std::string::npos, message);
  BOOST_TEST(message.find("fail") != std::string::npos, message);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(each_op)
const bool added = check::add_op_tests();

BOOST_AUTO_TEST_CASE(has_a_case) {
  const auto& suite = boost::unit_test::framework::get<boost::unit_test::test_suite>(
      boost::unit_test::framework::current_test_case().p_parent_id);
  BOOST_TEST(added);
  BOOST_TEST(suite.size() == all_ops().size() + all_compositions().size() + 1);
}
BOOST_AUTO_TEST_SUITE_END()
