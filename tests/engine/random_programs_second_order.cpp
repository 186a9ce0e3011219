// SPDX-License-Identifier: MIT
// Hessian-vector products of random programs by one sweep over duals and by two sweeps, against
// dual numbers of dual numbers. In a file of its own, and in doubles only, because each way is the
// whole program once more for the compiler.
#include <cstdint>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "engine/random_program.hpp"
#include "support/derivatives.hpp"

using namespace nabla;
using nabla::test::RandomProgram;

namespace {

bool agrees(const RandomProgram& f) {
  const std::vector<double>& at = f.start();
  const std::vector<double>& v = f.direction();
  const std::vector<double> product = test::hvp_by_duals(f, at, v);
  return test::agree(test::hvp_by_tape_over_duals(f, at, v), product) &&
         test::agree(test::hvp_by_two_tapes(f, at, v), product);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(random_programs_second_order)

BOOST_AUTO_TEST_CASE(tapes_over_duals_and_over_tapes_agree_with_duals) {
  test::check_programs(0, 20'000, agrees);
}

BOOST_AUTO_TEST_CASE(two_threads_at_once_agree_too) {
  constexpr std::uint64_t kMiddle = 22'000, kEnd = 24'000;
  std::uint64_t there = 0;
  std::thread other([&] { there = test::first_failure(kMiddle, kEnd, agrees); });
  test::check_programs(20'000, kMiddle, agrees);
  other.join();
  BOOST_TEST(there == kEnd, "the program of seed " << there << " has another derivative");
}

BOOST_AUTO_TEST_SUITE_END()
