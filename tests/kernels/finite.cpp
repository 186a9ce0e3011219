// SPDX-License-Identifier: MIT
// One number that is not finite is found wherever it stands, in each instruction set.
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/kernels/finite.hpp>
#include <nabla/kernels/isa.hpp>

#include "support/instruction_sets.hpp"

using namespace nabla::kernels;

namespace {

template <class T>
void check() {
  using Limits = std::numeric_limits<T>;
  nabla::test::for_each_instruction_set([](Isa isa) {
    // All of them in every place of short arrays; of one that is shared out, some places.
    for (const std::int64_t n : {0, 1, 2, 15, 16, 17, 63, 64, 65, 200, 1100, 300'000}) {
      std::vector<T> x(static_cast<std::size_t>(n) + 1, Limits::max());
      x.back() = Limits::infinity();  // behind the end
      for (std::int64_t i = 0; i < n; i += 3) x[static_cast<std::size_t>(i)] = Limits::denorm_min();
      BOOST_TEST(all_finite(x.data(), n), name_of(isa) << " " << n);
      const std::int64_t step = n < 2000 ? 1 : 9973;
      for (std::int64_t at = 0; at < n; at += step) {
        for (const T odd : {Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN()}) {
          T& number = x[static_cast<std::size_t>(at)];
          const T before = number;
          number = odd;
          const bool finite = all_finite(x.data(), n);
          BOOST_TEST(!finite, name_of(isa) << " " << n << ": " << odd << " at " << at);
          number = before;
        }
      }
    }
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(finite_numbers)

BOOST_AUTO_TEST_CASE(floats) { check<float>(); }
BOOST_AUTO_TEST_CASE(doubles) { check<double>(); }

BOOST_AUTO_TEST_SUITE_END()
