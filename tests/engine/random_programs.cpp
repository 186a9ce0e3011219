// SPDX-License-Identifier: MIT
// Gradients of random programs by the tape, against dual numbers.
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/graph.hpp>
#include <nabla/engine/tape.hpp>
#include <nabla/ops/ops.hpp>
#include <nabla/ops/registry.hpp>

#include "engine/random_program.hpp"
#include "support/derivatives.hpp"

using namespace nabla;
using nabla::test::RandomProgram;

namespace {

template <class T>
bool agrees(const RandomProgram& f) {
  const std::vector<T> at(f.start().begin(), f.start().end());
  return test::agree(test::gradient_by_tape(f, at), test::gradient_by_duals(f, at));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(random_programs)

BOOST_AUTO_TEST_CASE(the_tape_and_duals_agree) { test::check_programs(0, 20'000, agrees<double>); }

BOOST_AUTO_TEST_CASE(they_agree_in_floats) { test::check_programs(0, 5'000, agrees<float>); }

BOOST_AUTO_TEST_CASE(two_threads_at_once_agree_too) {
  constexpr std::uint64_t kMiddle = 22'000, kEnd = 24'000;
  std::uint64_t there = 0;
  std::thread other([&] { there = test::first_failure(kMiddle, kEnd, agrees<double>); });
  test::check_programs(20'000, kMiddle, agrees<double>);
  other.join();
  BOOST_TEST(there == kEnd, "the program of seed " << there << " has another derivative");
}

// Reductions of lists are recorded as the ops that they consist of, so they do not show.
BOOST_AUTO_TEST_CASE(every_elementwise_op_occurs) {
  std::set<std::string, std::less<>> used;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const Tape tape;
    const RandomProgram f(seed);
    std::vector<Value> x;
    for (const double number : f.start()) x.push_back(variable(number));
    for (const GraphNode& node : capture(f(x)).nodes) used.insert(node.op->name);
  }
  for (const OpEntry* op : all_ops()) {
    const bool is_elementwise = op->scalar != nullptr && op->family != "structured";
    BOOST_TEST((!is_elementwise || used.contains(op->info->name)), op->info->name);
  }
}

BOOST_AUTO_TEST_SUITE_END()
