// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include <boost/test/unit_test.hpp>

#include <nabla/check/check_op.hpp>
#include <nabla/check/report.hpp>
#include <nabla/ops/composition.hpp>
#include <nabla/ops/registry.hpp>

// Gradient checks in programs that test with Boost.Test. Optional: nothing else includes this header,
// and who includes it has Boost.
//
//   BOOST_TEST(check::agrees(check::gradcheck(f, {a, b})));     // also BOOST_TEST_WARN, _REQUIRE
//
//   BOOST_AUTO_TEST_SUITE(ops)
//   const bool added = check::add_op_tests();                   // --run_test=ops/softplus
//   BOOST_AUTO_TEST_SUITE_END()

namespace nabla::check {

/// True if the report is; where it is not, the table is the message.
[[nodiscard]] inline boost::test_tools::assertion_result agrees(const Report& report) {
  boost::test_tools::assertion_result result(report.ok());
  result.message() << '\n' << to_string(report);
  return result;
}
[[nodiscard]] inline boost::test_tools::assertion_result agrees(const OpReport& report) {
  boost::test_tools::assertion_result result(report.ok());
  result.message() << '\n' << to_string(report);
  return result;
}

/// Adds to the suite in which this stands, at namespace scope, a test case with the name of the op. It
/// checks all that check_op does.
inline void add_op_test(const OpEntry& op, const Options& options = {.order = 2}) {
  boost::unit_test::framework::current_auto_test_suite().add(
      boost::unit_test::make_test_case([op, options] { BOOST_TEST(agrees(check_op(op, options))); },
                                       std::string(op.info->name), __FILE__, __LINE__));
}

/// Such a case for each op that is known there, and for each function made of ops.
inline bool add_op_tests(const Options& options = {.order = 2}) {
  for (const OpEntry* op : all_ops()) add_op_test(*op, options);
  for (const Composition& made : all_compositions()) add_op_test(made.entry(), options);
  return true;
}

}  // namespace nabla::check
