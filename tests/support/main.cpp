// SPDX-License-Identifier: MIT
// The main program of every test executable. Its last line counts the test cases, for scripts that
// add up several executables.
#include <cstdio>

#include <boost/test/results_collector.hpp>
#include <boost/test/unit_test.hpp>

int main(int argc, char** argv) {
  const int status = boost::unit_test::unit_test_main([] { return true; }, argc, argv);
  const auto& results = boost::unit_test::results_collector.results(
      boost::unit_test::framework::master_test_suite().p_id);
  const auto passed = results.p_test_cases_passed.get() + results.p_test_cases_warned.get();
  const auto failed = results.p_test_cases_failed.get();
  const auto skipped = results.p_test_cases_skipped.get();
  std::printf("test cases: %lu passed, %lu failed, %lu skipped\n", passed, failed, skipped);
  return status;
}
