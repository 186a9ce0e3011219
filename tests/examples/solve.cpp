// SPDX-License-Identifier: MIT
#include "solve.hpp"

#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/creation.hpp>

namespace nabla::test {
namespace {

// Three rows of numbers below 10, eliminated in some ten operations of half an ulp each.
constexpr double kTol = 1e-14;

void expect_solution(const Tensor& matrix, const std::vector<double>& b,
                     const std::vector<double>& x) {
  const std::vector<double> got = examples::solve(matrix, b);
  BOOST_REQUIRE(got.size() == x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    BOOST_TEST(got[i] == x[i], boost::test_tools::tolerance(kTol));
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(solve)

BOOST_AUTO_TEST_CASE(gives_back_the_x_behind_the_right_hand_side) {
  expect_solution(tensor({{4.0}}, float64), {2.0}, {0.5});
  expect_solution(tensor({{2, 1, -1}, {-3, -1, 2}, {-2, 1, 2}}, float64), {8, -11, -3}, {2, 3, -1});
}

BOOST_AUTO_TEST_CASE(exchanges_rows_where_a_pivot_is_zero) {
  expect_solution(tensor({{0, 1}, {1, 0}}, float64), {3, 5}, {5, 3});
  expect_solution(tensor({{0, 2, 1}, {1, 0, 0}, {0, 0, 4}}, float64), {7, 1, 12}, {1, 2, 3});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace nabla::test
