// SPDX-License-Identifier: MIT
// Whether indices are in range, wherever the one that is not stands, in each instruction set.
#include <cstdint>
#include <limits>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/kernels/indices.hpp>
#include <nabla/kernels/isa.hpp>

#include "support/instruction_sets.hpp"

using namespace nabla::kernels;

BOOST_AUTO_TEST_SUITE(indices)

BOOST_AUTO_TEST_CASE(an_index_out_of_range_is_found_wherever_it_stands) {
  constexpr std::int64_t kSize = 10;
  constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
  constexpr auto kGreatest = std::numeric_limits<std::int64_t>::max();
  nabla::test::for_each_instruction_set([&](Isa isa) {
    for (const std::int64_t n : {1, 7, 8, 37}) {
      for (const std::int64_t step : {1, 3, -2}) {
        std::vector<std::int64_t> numbers(static_cast<std::size_t>(1 + (n - 1) * std::abs(step)));
        for (std::size_t i = 0; i < numbers.size(); ++i)
          numbers[i] = static_cast<std::int64_t>(i) % kSize;
        const std::int64_t* first = step > 0 ? numbers.data() : &numbers.back();
        BOOST_TEST(are_below(first, n, step, kSize), name_of(isa));
        BOOST_TEST(!are_below(first, n, step, 0), name_of(isa));
        for (std::int64_t at = 0; at < n; ++at) {
          for (const std::int64_t wrong : {std::int64_t{-1}, kSize, kLeast, kGreatest}) {
            auto changed = numbers;
            std::int64_t* start = step > 0 ? changed.data() : &changed.back();
            start[at * step] = wrong;
            BOOST_TEST(!are_below(start, n, step, kSize), name_of(isa)
                                                              << ": " << wrong << " at " << at);
          }
        }
      }
    }
  });
}

BOOST_AUTO_TEST_CASE(none_are_in_range_of_anything) {
  BOOST_TEST(are_below(nullptr, 0, 1, 5));
  BOOST_TEST(are_below(nullptr, 0, 1, 0));
}

BOOST_AUTO_TEST_SUITE_END()
