// SPDX-License-Identifier: MIT
// Loops over any strides against a plain loop over indices, in each instruction set.
#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/kernels/elementwise.hpp>
#include <nabla/kernels/isa.hpp>
#include <nabla/kernels/lane_math.hpp>

#include "support/instruction_sets.hpp"

using namespace nabla::kernels;

namespace {

// y = factor * (a - b), which is rounded the same in any instruction set; and z = b - a.
template <class T>
struct Differences {
  static void run(const void* factor, const void* const* x, void* const* results, std::int64_t n) {
    const T f = *static_cast<const T*>(factor);
    const T* a = static_cast<const T*>(x[0]);
    const T* b = static_cast<const T*>(x[1]);
    T* y = static_cast<T*>(results[0]);
    T* z = static_cast<T*>(results[1]);
    for_lanes(n, [&](std::int64_t i) {
      const T d = static_cast<T>(b[i] - a[i]);
      y[i] = static_cast<T>(f * static_cast<T>(a[i] - b[i]));
      z[i] = d;
    });
  }
};

struct BytesAsNumbers {
  static void run(const void*, const void* const* x, void* const* results, std::int64_t n) {
    const auto* from = static_cast<const std::uint8_t*>(x[0]);
    auto* to = static_cast<double*>(results[0]);
    for_lanes_of_bytes(n, [&](std::int64_t i) { to[i] = from[i]; });
  }
};

template <class T>
bool is_same(T a, T b) {
  return a == b || (a != a && b != b);
}

// An input of a loop: strides as a view of a bigger array might have them, and its numbers.
template <class T>
struct Input {
  std::vector<T> numbers;
  std::vector<std::int64_t> strides;
  std::int64_t first = 0;

  Input(const std::vector<std::int64_t>& sizes, std::mt19937& random) {
    std::vector<std::size_t> order(sizes.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (random() % 2 == 0) std::shuffle(order.begin(), order.end(), random);
    strides.resize(sizes.size());
    std::int64_t count = 1 + static_cast<std::int64_t>(random() % 2);
    for (std::size_t k = order.size(); k-- > 0;) {
      const std::size_t axis = order[k];
      const auto kind = random() % 8;
      strides[axis] = kind == 0 ? 0 : count;
      if (kind == 0) continue;
      if (kind == 1) {  // backwards
        strides[axis] = -count;
        first += count * (sizes[axis] - 1);
      }
      count *= sizes[axis] + (kind == 2 ? 1 : 0);
    }
    const std::int64_t unaligned = static_cast<std::int64_t>(random() % 3);
    first += unaligned;
    numbers.resize(static_cast<std::size_t>(count + unaligned + 1));
    for (T& number : numbers) number = static_cast<T>(random() % 100);
    if constexpr (std::numeric_limits<T>::has_infinity) {
      numbers[random() % numbers.size()] = std::numeric_limits<T>::infinity();
      numbers[random() % numbers.size()] = std::numeric_limits<T>::quiet_NaN();
    }
  }
  [[nodiscard]] ElementwiseInput input() const { return {numbers.data() + first, strides.data()}; }
};

template <class T>
void agrees_with_a_plain_loop(const std::vector<std::int64_t>& sizes, std::mt19937& random) {
  const Input<T> a(sizes, random), b(sizes, random);
  const auto total =
      std::accumulate(sizes.begin(), sizes.end(), std::int64_t{1}, std::multiplies<>());
  const T factor = 3;
  std::vector<T> expected, expected_z;
  std::vector<std::int64_t> index(sizes.size(), 0);
  for (std::int64_t i = 0; i < total; ++i) {
    std::int64_t at_a = a.first, at_b = b.first;
    for (std::size_t k = 0; k < sizes.size(); ++k) {
      at_a += index[k] * a.strides[k];
      at_b += index[k] * b.strides[k];
    }
    const T from_a = a.numbers[static_cast<std::size_t>(at_a)];
    const T from_b = b.numbers[static_cast<std::size_t>(at_b)];
    expected.push_back(static_cast<T>(factor * static_cast<T>(from_a - from_b)));
    expected_z.push_back(static_cast<T>(from_b - from_a));
    for (std::size_t k = sizes.size(); k-- > 0;) {
      if (++index[k] < sizes[k]) break;
      index[k] = 0;
    }
  }
  const ElementwiseInput inputs[] = {a.input(), b.input()};
  nabla::test::for_each_instruction_set([&](Isa isa) {
    std::vector<T> y(expected.size() + 1, T(77)), z = y;  // one more: what must not be touched
    void* const results[] = {y.data(), z.data()};
    elementwise(ElementwiseKernel::of<Differences<T>>(), &factor, static_cast<int>(sizes.size()),
                sizes.data(), inputs, sizeof(T), results, sizeof(T));
    bool same = y.back() == T(77) && z.back() == T(77);
    for (std::size_t i = 0; i < expected.size(); ++i)
      same = same && is_same(y[i], expected[i]) && is_same(z[i], expected_z[i]);
    BOOST_TEST(same, total << " elements on " << sizes.size() << " axes in " << name_of(isa));
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(elementwise_loops)

BOOST_AUTO_TEST_CASE(any_shape_and_strides) {
  std::mt19937 random(7);
  for (int round = 0; round < 400; ++round) {
    std::vector<std::int64_t> sizes(random() % 5);
    for (std::int64_t& size : sizes) size = static_cast<std::int64_t>(1 + random() % 13);
    if (round % 40 == 0 && !sizes.empty()) sizes[0] = 0;
    agrees_with_a_plain_loop<float>(sizes, random);
    agrees_with_a_plain_loop<double>(sizes, random);
    agrees_with_a_plain_loop<std::int64_t>(sizes, random);
    agrees_with_a_plain_loop<std::uint8_t>(sizes, random);
  }
}

BOOST_AUTO_TEST_CASE(many_blocks_and_ragged_ends) {
  std::mt19937 random(8);
  for (const std::vector<std::int64_t>& sizes : {std::vector<std::int64_t>{4099},
                                                 {3, 1500},
                                                 {1500, 3},
                                                 {1025, 1},
                                                 {7, 11, 63},
                                                 {2, 1024},
                                                 {2, 2100},
                                                 {400, 4},
                                                 {300, 7},
                                                 {3, 90, 10},
                                                 {200, 16},
                                                 {130, 17}}) {
    for (int round = 0; round < 20; ++round) {
      agrees_with_a_plain_loop<float>(sizes, random);
      agrees_with_a_plain_loop<double>(sizes, random);
      agrees_with_a_plain_loop<std::uint8_t>(sizes, random);
    }
  }
}

// Large enough to be written past the caches; the last block is ragged.
BOOST_AUTO_TEST_CASE(a_large_result) {
  const std::int64_t size = (std::int64_t{5} << 20) + 7, stride = 1;
  std::vector<float> a(static_cast<std::size_t>(size)), b(a.size(), 1), y(a.size() + 8), z(y);
  std::iota(a.begin(), a.end(), 0.0f);
  const float factor = 2;
  const ElementwiseInput inputs[] = {{a.data(), &stride}, {b.data(), &stride}};
  // The elements of a vector are aligned to 16 bytes; four further they are again, one further not.
  for (const std::size_t first : {std::size_t{0}, std::size_t{1}, std::size_t{4}}) {
    std::fill(y.begin(), y.end(), 77.0f);
    z = y;
    void* const results[] = {y.data() + first, z.data() + first};
    elementwise(ElementwiseKernel::of<Differences<float>>(), &factor, 1, &size, inputs,
                sizeof(float), results, sizeof(float));
    bool same = true;
    for (const auto* all : {&y, &z})
      same = same && (*all)[first + a.size()] == 77 && (first == 0 || (*all)[first - 1] == 77);
    for (std::size_t i = 0; i < a.size(); ++i)
      same = same && y[first + i] == 2 * (a[i] - 1) && z[first + i] == 1 - a[i];
    BOOST_TEST(same, "from element " << first);
  }
}

// The second input is of bytes, in any place, and read as numbers.
BOOST_AUTO_TEST_CASE(an_input_is_converted_on_the_way) {
  std::mt19937 random(9);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::int64_t> sizes(1 + random() % 3);
    for (std::int64_t& size : sizes) size = static_cast<std::int64_t>(1 + random() % 40);
    if (round % 20 == 0) sizes = {2, 2100};
    const Input<double> a(sizes, random);
    const Input<std::uint8_t> b(sizes, random);
    std::vector<double> numbers(b.numbers.begin(), b.numbers.end());
    const ElementwiseKernel conversion = ElementwiseKernel::of<BytesAsNumbers>();
    const ElementwiseInput converted{b.numbers.data() + b.first, b.strides.data(), &conversion, 1};
    const ElementwiseInput before{numbers.data() + b.first, b.strides.data()};
    const auto total = static_cast<std::size_t>(
        std::accumulate(sizes.begin(), sizes.end(), std::int64_t{1}, std::multiplies<>()));
    const double factor = 3;
    nabla::test::for_each_instruction_set([&](Isa isa) {
      std::vector<double> y(total), z(total), expected_y(total), expected_z(total);
      const auto run = [&](const ElementwiseInput& second, double* to_y, double* to_z) {
        const ElementwiseInput inputs[] = {a.input(), second};
        void* const results[] = {to_y, to_z};
        elementwise(ElementwiseKernel::of<Differences<double>>(), &factor,
                    static_cast<int>(sizes.size()), sizes.data(), inputs, sizeof(double), results,
                    sizeof(double));
      };
      run(converted, y.data(), z.data());
      run(before, expected_y.data(), expected_z.data());
      bool same = true;
      for (std::size_t i = 0; i < total; ++i)
        same = same && is_same(y[i], expected_y[i]) && is_same(z[i], expected_z[i]);
      BOOST_TEST(same, total << " elements in " << name_of(isa));
    });
  }
}

BOOST_AUTO_TEST_CASE(a_result_may_take_the_place_of_an_input) {
  std::vector<float> x(1000), y(1000, 1), z(1000);
  std::iota(x.begin(), x.end(), 0.0f);
  const std::int64_t size = 1000, stride = 1;
  const float factor = 2;
  const ElementwiseInput inputs[] = {{x.data(), &stride}, {y.data(), &stride}};
  void* const results[] = {x.data(), z.data()};
  elementwise(ElementwiseKernel::of<Differences<float>>(), &factor, 1, &size, inputs, sizeof(float),
              results, sizeof(float));
  for (std::size_t i = 0; i < x.size(); ++i) {
    BOOST_TEST(x[i] == 2 * (static_cast<float>(i) - 1));
    BOOST_TEST(z[i] == 1 - static_cast<float>(i));
  }
}

// The same two results by many(), beside copies where elements are left over, and by one().
template <class T>
struct DifferencesInLanes {
  static void run(const void* factor, const void* const* x, void* const* results, std::int64_t n) {
    const T f = *static_cast<const T*>(factor);
    const std::array<const T*, 2> ab{static_cast<const T*>(x[0]), static_cast<const T*>(x[1])};
    const std::array<T*, 2> yz{static_cast<T*>(results[0]), static_cast<T*>(results[1])};
    const auto one = [f](const auto& from, const auto& to, std::int64_t i) {
      const T a = from[0][i], b = from[1][i];
      to[0][i] = f * (a - b);
      to[1][i] = b - a;
    };
    const auto many = [&](const auto& from, const auto& to, std::int64_t size) {
      for_whole_lanes(size, [&](std::int64_t i) { one(from, to, i); });
    };
    in_lanes(n, ab, yz, many, one);
  }
};

template <class T>
void any_number_of_lanes() {
  constexpr T kNan = std::numeric_limits<T>::quiet_NaN();
  nabla::test::for_each_instruction_set([&](Isa isa) {
    for (std::size_t n = 0; n < 140; ++n) {
      const std::size_t place = n % 3;  // not always aligned
      std::vector<T> x(n + place), y(n + place, T(2)), z(n + place + 20, T(77));
      std::iota(x.begin(), x.end(), T(0));
      if (n > 5) x[n - 1] = kNan;
      const std::vector<T> before = x;
      x.resize(x.size() + 20, T(77));  // what must not be touched
      const T factor = 3;
      const void* inputs[] = {x.data() + place, y.data() + place};
      void* results[] = {x.data() + place, z.data() + place};  // over an input
      ElementwiseKernel::of<DifferencesInLanes<T>>()(&factor, inputs, results,
                                                     static_cast<std::int64_t>(n));
      bool same = true;
      for (std::size_t i = 0; i < x.size(); ++i) {
        const bool is_result = i >= place && i < n + place;
        const T was = i < before.size() ? before[i] : T(77);
        same = same && is_same(x[i], is_result ? 3 * (was - 2) : was) &&
               is_same(z[i], is_result ? 2 - was : T(77));
      }
      BOOST_TEST(same, n << " elements in " << name_of(isa));
    }
  });
}

BOOST_AUTO_TEST_CASE(elements_left_over) {
  any_number_of_lanes<float>();
  any_number_of_lanes<double>();
}

BOOST_AUTO_TEST_SUITE_END()
