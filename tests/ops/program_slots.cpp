// SPDX-License-Identifier: MIT
// How much memory the evaluation of a Program takes for a block of rows.
#include <cstddef>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/ops/ops.hpp>
#include <nabla/ops/program.hpp>

#include "program/evaluate.hpp"
#include "program/record.hpp"
#include "program/schedule.hpp"
#include "program/writer.hpp"

using namespace nabla;

namespace {

detail::ProgramGraph chain(std::size_t length) {
  const auto f = [length](const std::vector<Value>& x) {
    Value y = x[0];
    for (std::size_t i = 0; i < length; ++i) y = sin(y) * x[1];
    return std::vector<Value>{y};
  };
  return detail::record_program(f, std::vector<double>{1, 2}, detail::ProgramOps({}));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(program_slots)

BOOST_AUTO_TEST_CASE(values_of_a_chain_take_a_few_slots_however_long_it_is) {
  for (const std::size_t length : {10u, 1'000u, 100'000u})
    BOOST_TEST(detail::write_values(chain(length)).finish().slots <= 4);
}

// The way back needs the operands: of sin y the y, of the product sin y.
BOOST_AUTO_TEST_CASE(a_gradient_of_a_chain_keeps_what_the_way_back_reads) {
  for (const std::size_t length : {10u, 1'000u, 20'000u})
    BOOST_TEST(detail::write_jacobian(chain(length)).finish().slots <= 2 * length + 8);
}

BOOST_AUTO_TEST_CASE(blocks_have_fewer_rows_where_slots_are_many) {
  using namespace nabla::detail;
  constexpr std::size_t kMany = 1'000'000;
  const auto block_of = [](std::uint32_t slots) {
    ProgramSchedule schedule;
    schedule.slots = slots;
    return block_rows(schedule, kMany);
  };
  const auto bytes_of = [](std::uint32_t slots, std::size_t rows) {
    return slots * rows * sizeof(double);
  };
  BOOST_TEST(block_of(4) == kMostRows);
  std::size_t before = kMostRows;
  for (std::uint32_t slots = 64; slots < 1'000'000; slots *= 2) {
    const std::size_t rows = block_of(slots);
    BOOST_TEST(rows <= before);
    BOOST_TEST((rows == kLeastRows || bytes_of(slots, rows) <= kBlockBytes));
    BOOST_TEST((rows == kMostRows || bytes_of(slots, 2 * rows) > kBlockBytes));
    before = rows;
  }
  BOOST_TEST(before == kLeastRows);
}

BOOST_AUTO_TEST_SUITE_END()
