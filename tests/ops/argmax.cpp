// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/ops/argmax.hpp>
#include <nabla/ops/ops.hpp>

#include "support/instruction_sets.hpp"
#include "support/threads.hpp"

using namespace nabla;

namespace {

// Numbers of which many are equal, zeros of both signs, and a few NaN and infinities.
template <class T>
std::vector<T> numbers_with_ties(std::int64_t count, std::mt19937& random) {
  constexpr T kInfinity = std::numeric_limits<T>::infinity();
  std::vector<T> numbers(static_cast<std::size_t>(count));
  for (T& number : numbers) {
    const auto level = static_cast<int>(random() % 9) - 4;
    number = level == 0 && random() % 2 == 0 ? -T{0} : static_cast<T>(level);
    if constexpr (std::is_floating_point_v<T>) {
      if (random() % 50 == 0) number = random() % 2 == 0 ? kInfinity : -kInfinity;
      if (random() % 90 == 0) number = std::numeric_limits<T>::quiet_NaN();
    }
  }
  return numbers;
}

// The place of the first element of each line that no other beats, in the order of (outer, inner).
template <class T>
std::vector<std::int64_t> plain_places(const std::vector<T>& x, std::int64_t outer, std::int64_t n,
                                       std::int64_t inner, bool greatest) {
  std::vector<std::int64_t> places;
  for (std::int64_t o = 0; o < outer; ++o) {
    for (std::int64_t l = 0; l < inner; ++l) {
      const auto at = [&](std::int64_t j) {
        return x[static_cast<std::size_t>((o * n + j) * inner + l)];
      };
      std::int64_t best = 0;
      for (std::int64_t j = 1; j < n; ++j) {
        const T a = at(j), b = at(best);
        if (b == b && (a != a || (greatest ? a > b : a < b))) best = j;
      }
      places.push_back(best);
    }
  }
  return places;
}

template <class T>
bool are_places_right(std::int64_t outer, std::int64_t n, std::int64_t inner,
                      std::mt19937& random) {
  const std::vector<T> numbers = numbers_with_ties<T>(outer * n * inner, random);
  const Tensor x = from_span(std::span<const T>(numbers)).reshape({outer, n, inner});
  const auto is_right = [&](const Tensor& y, bool greatest) {
    const std::vector<std::int64_t> exact = plain_places(numbers, outer, n, inner, greatest);
    return y.numel() == outer * inner &&
           std::equal(exact.begin(), exact.end(), elements<std::int64_t>(y));
  };
  return is_right(argmax(x, 1), true) && is_right(argmin(x, 1), false);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(places)

BOOST_AUTO_TEST_CASE(argmax_takes_all_elements_unless_an_axis_is_given) {
  const Tensor x = tensor({{1, 9, 3}, {4, 5, 0}});
  BOOST_TEST(argmax(x).item<std::int64_t>() == 1);
  BOOST_TEST(argmin(x).item<std::int64_t>() == 5);
  BOOST_TEST(to_string(argmax(x, 1)) == to_string(tensor({1, 1}, int64)));
  const auto refused = [](const auto& call, const std::string& text) {
    BOOST_CHECK_EXCEPTION(static_cast<void>(call()), ShapeError, [&](const ShapeError& error) {
      return std::string(error.what()) == text;
    });
  };
  refused(
      [] {
        return argmax(zeros({0, 3}));
      },
      "[argmax] no elements: got (0, 3), need at least one");
  refused([] { return argmin(zeros({0}), 0); },
          "[argmin] no elements: got (0,), need at least one along axis 0");
}

BOOST_AUTO_TEST_CASE(a_kept_axis_has_size_1) {
  const Tensor x = tensor({{1, 9, 3}, {4, 5, 0}});
  BOOST_TEST(to_string(argmax(x, 1, true)) == to_string(tensor({{1}, {1}}, int64)));
  BOOST_TEST(to_string(x.argmax(0, true)) == to_string(tensor({{1, 0, 0}}, int64)));
  BOOST_TEST(to_string(argmin(x, -1, true)) == to_string(tensor({{0}, {2}}, int64)));
  BOOST_TEST(to_string(argmin(full({}, 7.0), 0, true)) == to_string(full({}, 0, int64)));
  BOOST_TEST(to_string(argmax(zeros({0, 3}), 1, true).shape()) == "(0, 1)");
}

BOOST_AUTO_TEST_CASE(places_are_those_of_a_plain_loop) {
  std::mt19937 random(11);
  const auto any = [&](std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution(least, most)(random);
  };
  const auto check = [&](std::int64_t outer, std::int64_t n, std::int64_t inner) {
    BOOST_TEST_CONTEXT(outer << " x " << n << " x " << inner) {
      BOOST_TEST(are_places_right<float>(outer, n, inner, random));
      BOOST_TEST(are_places_right<double>(outer, n, inner, random));
      BOOST_TEST(are_places_right<std::int64_t>(outer, n, inner, random));
    }
  };
  test::for_each_instruction_set([&](kernels::Isa) {
    for (std::int64_t n = 1; n <= 40; ++n) {
      check(any(1, 70), n, 1);
      check(any(1, 3), n, any(2, 70));
    }
    for (int trial = 0; trial < 10; ++trial) {
      check(any(1, 5), any(60, 3000), 1);
      check(any(1, 2), any(41, 300), any(2, 33));
    }
  });
}

BOOST_AUTO_TEST_CASE(places_do_not_depend_on_threads) {
  test::for_each_thread_count([](int) {
    std::mt19937 random(12);
    BOOST_TEST(are_places_right<float>(kernels::kLargeLoop / 10 + 77, 10, 1, random));
    BOOST_TEST(are_places_right<double>(kernels::kLargeLoop / 900 + 7, 900, 1, random));
    BOOST_TEST(are_places_right<float>(kernels::kLargeLoop / 200 + 3, 20, 10, random));
    BOOST_TEST(are_places_right<std::int64_t>(kernels::kLargeLoop / 33 + 5, 33, 1, random));
    BOOST_TEST(are_places_right<float>(1, kernels::kLargeLoop / 40 + 9, 40, random));
    BOOST_TEST(are_places_right<float>(1, kernels::kLargeLoop + 9, 1, random));
  });
}

BOOST_AUTO_TEST_SUITE_END()
