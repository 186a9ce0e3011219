// SPDX-License-Identifier: MIT
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/kernels/loop.hpp>

using namespace nabla::kernels;

namespace {

// The offsets of the first array, in the order in which the loop visits them.
template <std::size_t N>
std::vector<std::int64_t> visited(const Loop<N>& loop) {
  std::vector<std::int64_t> offsets;
  for_each_row(loop, [&](const auto& first, std::int64_t n, const auto& step) {
    for (std::int64_t i = 0; i < n; ++i) offsets.push_back(first[0] + i * step[0]);
  });
  return offsets;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(loop)

BOOST_AUTO_TEST_CASE(axes_that_lie_one_behind_another_become_one) {
  const std::int64_t sizes[] = {2, 3, 4}, dense[] = {12, 4, 1};
  BOOST_TEST((make_loop<1>(3, sizes, {dense}).rank) == 1);
  const std::int64_t transposed[] = {1, 2, 6};
  BOOST_TEST((make_loop<2>(3, sizes, {dense, transposed}).rank) == 3);
}

BOOST_AUTO_TEST_CASE(elements_come_in_row_major_order) {
  const std::int64_t sizes[] = {2, 1, 3}, strides[] = {1, 99, 2};
  BOOST_TEST(
      visited(make_loop<1>(3, sizes, {strides})) == (std::vector<std::int64_t>{0, 2, 4, 1, 3, 5}),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_stride_of_zero_repeats) {
  const std::int64_t sizes[] = {2, 3}, strides[] = {0, 1};
  BOOST_TEST(
      visited(make_loop<1>(2, sizes, {strides})) == (std::vector<std::int64_t>{0, 1, 2, 0, 1, 2}),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(no_axes_are_one_element_and_an_empty_axis_is_none) {
  BOOST_TEST(visited(make_loop<1>(0, nullptr, {nullptr})).size() == 1u);
  const std::int64_t sizes[] = {2, 0, 3}, strides[] = {0, 3, 1};
  BOOST_TEST(visited(make_loop<1>(3, sizes, {strides})).empty());
}

BOOST_AUTO_TEST_SUITE_END()
