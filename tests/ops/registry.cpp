// SPDX-License-Identifier: MIT
// Every op of the registry is proven here by itself: a new op file is a new set of test cases.
#include <string>

#include <boost/test/unit_test.hpp>

#include <nabla/check/check_op.hpp>
#include <nabla/ops/registry.hpp>

using namespace nabla;

namespace {

void check_order(const OpEntry& op, int order) {
  const check::OpReport report = check::check_op(op, {.order = order});
  BOOST_TEST(!report.checks.empty(), op.info->name << " has neither samples nor error cases");
  for (const check::OpCheck& check : report.checks) {
    const bool is_honest = is_inconclusive(check.verdict) && !check.is_required;
    BOOST_TEST((is_ok(check.verdict) || is_honest), op.info->name << ", " << check.sample << ", "
                                                                  << check.property << ": "
                                                                  << name_of(check.verdict) << "\n"
                                                                  << check.detail);
  }
}

/// One test case for each op, named as the op is.
class CasePerOp : public boost::unit_test::test_unit_generator {
 public:
  explicit CasePerOp(int order) : order_(order) {}

  boost::unit_test::test_unit* next() const override {
    if (position_ == all_ops().size()) return nullptr;
    const OpEntry& op = *all_ops()[position_++];
    return boost::unit_test::make_test_case([&op, order = order_] { check_order(op, order); },
                                            std::string(op.info->name), __FILE__, __LINE__);
  }

 private:
  int order_;
  mutable std::size_t position_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(registry)

BOOST_AUTO_TEST_CASE(every_op_describes_itself) {
  BOOST_TEST(!all_ops().empty());
  for (const OpEntry* op : all_ops()) {
    BOOST_TEST(!op->info->name.empty());
    BOOST_TEST(!op->info->formula.empty(), op->info->name);
    BOOST_TEST(!op->info->gradient.empty(), op->info->name);
    BOOST_TEST(find_op(op->info->name) == op);
  }
  BOOST_TEST(find_op("no such op") == nullptr);
}

BOOST_AUTO_TEST_SUITE(order_1)
BOOST_AUTO_TU_REGISTRAR(cases)(CasePerOp(1), boost::unit_test::decorator::collector_t::instance());
BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(order_2)
BOOST_AUTO_TU_REGISTRAR(cases)(CasePerOp(2), boost::unit_test::decorator::collector_t::instance());
BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
