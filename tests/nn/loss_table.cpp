// SPDX-License-Identifier: MIT
// Every loss is proven here by itself, at orders 1 and 2: a new entry of all_losses() is a new test case.
#include <boost/test/unit_test.hpp>

#include <nabla/check/boost_test.hpp>
#include <nabla/nn/loss/table.hpp>

using namespace nabla;

BOOST_AUTO_TEST_SUITE(each_loss)
const bool added = [] {
  for (const Composition& loss : nn::all_losses()) check::add_op_test(loss.entry("loss"));
  return true;
}();

BOOST_AUTO_TEST_CASE(has_a_case) {
  const auto& suite = boost::unit_test::framework::get<boost::unit_test::test_suite>(
      boost::unit_test::framework::current_test_case().p_parent_id);
  BOOST_TEST(added);
  BOOST_TEST(suite.size() == nn::all_losses().size() + 1);
}
BOOST_AUTO_TEST_SUITE_END()
