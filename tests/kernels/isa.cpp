// SPDX-License-Identifier: MIT
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/kernels/isa.hpp>

#include "support/instruction_sets.hpp"

using namespace nabla::kernels;

namespace {

struct Sum {
  static double run(const double* x, int n) {
    double sum = 0;
    for (int i = 0; i < n; ++i) sum += x[i];
    return sum;
  }
};

double from_plain_code(const double*, int) { return 42; }

}  // namespace

BOOST_AUTO_TEST_SUITE(isa_choice)

BOOST_AUTO_TEST_CASE(a_kernel_exists_in_each_instruction_set) {
  constexpr auto sum = PerIsa<double(const double*, int)>::of<Sum>();
  const std::vector<double> x{1, 2, 3, 4, 5};
  std::vector<void*> functions;
  nabla::test::for_each_instruction_set([&](Isa set) {
    BOOST_TEST(isa() == set);
    BOOST_TEST(sum(x.data(), 5) == 15);
    for (void* other : functions) BOOST_TEST(reinterpret_cast<void*>(sum.chosen()) != other);
    functions.push_back(reinterpret_cast<void*>(sum.chosen()));
  });
  constexpr PerIsa<double(const double*, int)> plain(&from_plain_code);
  BOOST_TEST(plain(nullptr, 0) == 42);
}

BOOST_AUTO_TEST_CASE(no_more_than_the_processor_has_can_be_asked_for) {
  const Isa before = isa();
  use_isa(Isa::avx512);
  BOOST_TEST(isa() == best_isa());
  use_isa(Isa::baseline);
  BOOST_TEST(isa() == Isa::baseline);
  use_isa(before);
}

BOOST_AUTO_TEST_CASE(names) {
  BOOST_TEST(name_of(Isa::baseline) == std::string("baseline"));
  BOOST_TEST(name_of(Isa::avx2) == std::string("avx2"));
  BOOST_TEST(name_of(Isa::avx512) == std::string("avx512"));
}

BOOST_AUTO_TEST_SUITE_END()

namespace nabla::kernels {
std::ostream& operator<<(std::ostream& stream, Isa isa) { return stream << name_of(isa); }
}  // namespace nabla::kernels
