// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstdint>
#include <numeric>
#include <random>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/kernels/copy.hpp>

#include "support/instruction_sets.hpp"
#include "support/threads.hpp"

using nabla::kernels::copy;

namespace {

struct Array {
  std::vector<std::int64_t> strides;
  std::int64_t elements;
  std::int64_t first = 0;  // where index 0 is

  void turn(const std::vector<std::int64_t>& sizes, std::size_t axis) {
    first += strides[axis] * (sizes[axis] - 1);
    strides[axis] = -strides[axis];
  }
};

// Strides of an array whose axes lie in the order of `axes`, the last one innermost, with gaps.
Array arrange(const std::vector<std::int64_t>& sizes, const std::vector<std::size_t>& axes,
              std::int64_t gap) {
  Array array{std::vector<std::int64_t>(sizes.size()), 1, 0};
  for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
    array.strides[*axis] = array.elements;
    array.elements = array.elements * sizes[*axis] + gap;
  }
  return array;
}

template <class T>
void check(const std::vector<std::int64_t>& sizes, const Array& to, const Array& from) {
  const int rank = static_cast<int>(sizes.size());
  // Where the first elements are: seldom where a vector would like them to be.
  const auto source_first = static_cast<std::size_t>(from.elements) % 7,
             target_first = static_cast<std::size_t>(to.elements) % 5;
  std::vector<T> source(static_cast<std::size_t>(from.elements) + source_first);
  for (std::size_t i = 0; i < source.size(); ++i) source[i] = static_cast<T>(i % 251);
  std::vector<T> target(static_cast<std::size_t>(to.elements) + target_first, static_cast<T>(255));
  std::vector<T> expected = target;
  std::vector<std::int64_t> index(sizes.size());
  std::int64_t count = 1;
  for (const std::int64_t size : sizes) count *= size;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto at = [&](const Array& array) {
      return static_cast<std::size_t>(
          std::inner_product(index.begin(), index.end(), array.strides.begin(), array.first));
    };
    expected[target_first + at(to)] = source[source_first + at(from)];
    for (std::size_t axis = sizes.size(); axis-- > 0;) {
      if (++index[axis] < sizes[axis]) break;
      index[axis] = 0;
    }
  }
  const std::vector<T> before = target;
  nabla::test::for_each_instruction_set([&](nabla::kernels::Isa isa) {
    target = before;
    copy(rank, sizes.data(), target.data() + target_first + to.first, to.strides.data(),
         source.data() + source_first + from.first, from.strides.data(), sizeof(T));
    BOOST_TEST((target == expected), "in " << nabla::kernels::name_of(isa));
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(copies)

BOOST_AUTO_TEST_CASE(any_order_of_axes_with_and_without_gaps) {
  std::mt19937 random(7);
  for (int trial = 0; trial < 300; ++trial) {
    const std::size_t rank = random() % 5;
    std::vector<std::int64_t> sizes(rank);
    for (std::int64_t& size : sizes) size = static_cast<std::int64_t>(random() % 40);
    std::vector<std::size_t> axes(rank);
    std::iota(axes.begin(), axes.end(), std::size_t{0});
    const Array to = arrange(sizes, axes, trial % 3 == 0 ? 1 : 0);
    std::shuffle(axes.begin(), axes.end(), random);
    Array from = arrange(sizes, axes, trial % 4 == 0 ? 2 : 0);
    if (rank > 0 && trial % 5 == 0) from.strides[random() % rank] = 0;  // broadcast
    const bool has_elements = std::ranges::find(sizes, 0) == sizes.end();
    if (rank > 0 && has_elements && trial % 2 == 0) from.turn(sizes, random() % rank);
    check<std::uint8_t>(sizes, to, from);
    check<float>(sizes, to, from);
    check<double>(sizes, to, from);
  }
}

BOOST_AUTO_TEST_CASE(large_ones_are_shared_out) {
  nabla::test::for_each_thread_count([](int) {
    for (const std::vector<std::int64_t>& sizes :
         {std::vector<std::int64_t>{700, 801}, {2, 600, 500}, {300'000, 2}}) {
      std::vector<std::size_t> axes(sizes.size());
      std::iota(axes.begin(), axes.end(), std::size_t{0});
      const Array to = arrange(sizes, axes, 0);
      check<float>(sizes, to, to);
      check<float>(sizes, to, arrange(sizes, axes, 3));  // a part of each row
      Array apart = arrange(sizes, axes, 0);
      for (std::int64_t& stride : apart.strides) stride *= 2;  // every second element
      apart.elements *= 2;
      check<float>(sizes, to, apart);
      std::swap(axes[axes.size() - 1], axes[axes.size() - 2]);
      check<float>(sizes, to, arrange(sizes, axes, 0));
    }
  });
}

BOOST_AUTO_TEST_SUITE_END()
