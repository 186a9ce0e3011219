// SPDX-License-Identifier: MIT
// The op that CONTRIBUTING.md shows, word by word (tests/layout/readme.cpp compares them), as the build
// would take it in.
#include "gaussian.hpp"

#include <cmath>

#include <boost/test/unit_test.hpp>

#include <nabla/check/check_op.hpp>
#include <nabla/engine/backward.hpp>
#include <nabla/engine/value.hpp>
#include <nabla/ops/family/instantiate.hpp>

namespace nabla::detail {
template struct Instantiate<op::Gaussian>;
}  // namespace nabla::detail

using namespace nabla;

BOOST_AUTO_TEST_SUITE(op_of_the_guide)

BOOST_AUTO_TEST_CASE(it_is_right_in_all_that_is_checked) {
  const OpEntry& entry = detail::Instantiate<op::Gaussian>::entry();
  for (const int order : {1, 2}) {
    const check::OpReport report = check::check_op(entry, {.order = order});
    BOOST_TEST(!report.checks.empty());
    BOOST_TEST(report.ok(), to_string(report));
  }
}

BOOST_AUTO_TEST_CASE(it_works_on_values) {
  const Tape tape;
  const Value a = variable(1.0);
  const Value y = gaussian(a);
  backward(y);
  BOOST_TEST(y.value() == std::exp(-1.0));
  BOOST_TEST(a.grad() == -2 * std::exp(-1.0));
}

BOOST_AUTO_TEST_SUITE_END()
