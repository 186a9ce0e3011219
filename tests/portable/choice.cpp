// SPDX-License-Identifier: MIT
#include <cstdint>

#include <boost/test/unit_test.hpp>

#include <nabla/kernels/denormals.hpp>
#include <nabla/kernels/isa.hpp>

using namespace nabla::kernels;

namespace {

struct Doubled {
  static int run(int x) { return 2 * x; }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(other_processor)

BOOST_AUTO_TEST_CASE(has_the_baseline_alone) {
  BOOST_TEST((best_isa() == Isa::baseline));
  use_isa(Isa::avx512);
  BOOST_TEST((isa() == Isa::baseline));
  BOOST_TEST(PerIsa<int(int)>::of<Doubled>()(21) == 42);
  BOOST_TEST(PerIsa<int(int)>::of_avx2<Doubled>()(21) == 42);
}

BOOST_AUTO_TEST_CASE(has_no_switches_of_denormals_that_are_known) {
  const FlushDenormals flush;
  BOOST_TEST(FloatingMode::flush == 0U);
  BOOST_TEST(FloatingMode::get() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
