// SPDX-License-Identifier: MIT
// The main program of every test executable. Its last line counts the test cases, for scripts that
// add up several executables; lines before it say why cases were skipped.
#include <cstdio>
#include <set>
#include <string>

#include <boost/test/results_collector.hpp>
#include <boost/test/tree/observer.hpp>
#include <boost/test/unit_test.hpp>

namespace {

namespace ut = boost::unit_test;

/// Why cases that were to run did not.
class Reasons : public ut::test_observer {
 public:
  void test_unit_skipped(const ut::test_unit& /*unit*/, ut::const_string reason) override {
    if (reason != "disabled") reasons_.emplace(reason.begin(), reason.end());
  }
  void print() const {
    for (const std::string& reason : reasons_) std::printf("skipped: %s\n", reason.c_str());
  }

 private:
  std::set<std::string> reasons_;
};

}  // namespace

int main(int argc, char** argv) {
  Reasons reasons;
  ut::framework::register_observer(reasons);
  const int status = ut::unit_test_main([] { return true; }, argc, argv);
  ut::framework::deregister_observer(reasons);
  const auto& results = ut::results_collector.results(ut::framework::master_test_suite().p_id);
  const auto passed = results.p_test_cases_passed.get() + results.p_test_cases_warned.get();
  const auto failed = results.p_test_cases_failed.get();
  const auto skipped = results.p_test_cases_skipped.get();
  reasons.print();
  std::printf("test cases: %lu passed, %lu failed, %lu skipped\n", passed, failed, skipped);
  return status;
}
