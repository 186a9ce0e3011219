// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numeric>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/random.hpp>

using nabla::Random;

namespace {
using Words = std::array<std::uint32_t, 4>;

/// The bits of the fraction of pi and of e, as the publication's third vector has them.
constexpr Words kPi{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344};
}  // namespace

BOOST_AUTO_TEST_SUITE(random_suite)

BOOST_AUTO_TEST_CASE(philox_gives_the_published_vectors) {
  using nabla::detail::philox;
  constexpr std::uint32_t ones = 0xffffffff;
  BOOST_TEST(
      (philox({0, 0, 0, 0}, {0, 0}) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  BOOST_TEST((philox({ones, ones, ones, ones}, {ones, ones}) ==
              Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  BOOST_TEST((philox(kPi, {0xa4093822, 0x299f31d0}) ==
              Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

BOOST_AUTO_TEST_CASE(bits_are_the_blocks_in_order) {
  Random random(0);
  BOOST_TEST(random.bits() == 0x6627e8d5u);
  BOOST_TEST(random.bits64() == 0xbc57ac4ce169c58du);
  BOOST_TEST(random.bits() == 0x9b00dbd8u);
  BOOST_TEST(random.bits() == nabla::detail::philox({1, 0, 0, 0}, {0, 0})[0]);
  BOOST_TEST(random.position() == 5u);
}

BOOST_AUTO_TEST_CASE(first_numbers_are_the_stored_ones) {
  Random random(42);
  const std::array<double, 3> uniforms{random.uniform(), random.uniform(), random.uniform()};
  const std::array<double, 3> normals{random.normal(), random.normal(), random.normal()};
  BOOST_TEST(uniforms[0] == 0.46858651833910492);
  BOOST_TEST(uniforms[1] == 0.34086154938517876);
  BOOST_TEST(uniforms[2] == 0.32706338120338474);
  BOOST_TEST(normals[0] == -0.11476523741853367);
  BOOST_TEST(normals[1] == 0.40787023580530962);
  BOOST_TEST(normals[2] == 0.75070430676856359);
}

BOOST_AUTO_TEST_CASE(ten_thousand_normals_are_the_stored_ones_bit_for_bit) {
  Random random(42);
  std::uint64_t hash = 0;
  for (int i = 0; i < 10'000; ++i)
    hash = hash * 0x9E3779B97F4A7C15u + std::bit_cast<std::uint64_t>(random.normal());
  BOOST_TEST(hash == 10756577058705235085u);
}

BOOST_AUTO_TEST_CASE(seed_and_position_are_the_whole_state) {
  Random random(7);
  for (int draws = 0; draws < 11; ++draws) random.bits();
  Random resumed(random.seed());
  resumed.seek(random.position());
  for (int draw = 0; draw < 9; ++draw) BOOST_TEST(resumed.bits() == random.bits());
}

BOOST_AUTO_TEST_CASE(uniform_stays_below_one_and_has_the_right_moments) {
  Random random(1);
  constexpr int kDraws = 100'000;
  double sum = 0, squares = 0, least = 1, greatest = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double x = random.uniform();
    sum += x, squares += x * x;
    least = std::min(least, x), greatest = std::max(greatest, x);
  }
  BOOST_TEST(least >= 0.0);
  BOOST_TEST(greatest < 1.0);
  // Five deviations of a mean of kDraws numbers: sqrt(1/12 / n) and sqrt(4/45 / n).
  BOOST_TEST(std::abs(sum / kDraws - 0.5) < 5 * std::sqrt(1.0 / 12 / kDraws));
  BOOST_TEST(std::abs(squares / kDraws - 1.0 / 3) < 5 * std::sqrt(4.0 / 45 / kDraws));
}

BOOST_AUTO_TEST_CASE(normal_is_the_quantile_of_its_uniform_number) {
  // erfc is an independent oracle: P(N < x) = erfc(-x / sqrt 2) / 2. A relative error d of x moves
  // P by x phi(x) d, which relative to the smaller tail is at most about x^2 d: 70 d in the tails.
  constexpr long double kTol = 70 * 1e-15L;
  Random bits(3), random(3);
  for (int i = 0; i < 200'000; ++i) {
    const long double u = (static_cast<long double>(bits.bits64() >> 12) + 0.5L) * 0x1p-52L;
    const long double x = random.normal();
    const long double tail = u < 0.5L ? u : 1.0L - u;
    const long double got = std::erfc(std::abs(x) / std::sqrt(2.0L)) / 2.0L;
    BOOST_REQUIRE((x < 0) == (u < 0.5L));
    BOOST_REQUIRE(std::abs(got - tail) <= kTol * tail);
  }
}

BOOST_AUTO_TEST_CASE(normal_has_the_right_moments) {
  Random random(2);
  constexpr int kDraws = 100'000;
  double sum = 0, squares = 0, fourth = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double x = random.normal();
    sum += x, squares += x * x, fourth += x * x * x * x;
  }
  // Variances of x, x^2, x^4 are 1, 2, 96.
  BOOST_TEST(std::abs(sum / kDraws) < 5 * std::sqrt(1.0 / kDraws));
  BOOST_TEST(std::abs(squares / kDraws - 1) < 5 * std::sqrt(2.0 / kDraws));
  BOOST_TEST(std::abs(fourth / kDraws - 3) < 5 * std::sqrt(96.0 / kDraws));
}

BOOST_AUTO_TEST_CASE(below_is_unbiased_and_in_range) {
  Random random(4);
  constexpr std::uint64_t kBound = 6;
  constexpr int kDraws = 60'000;
  std::array<int, kBound> counts{};
  for (int i = 0; i < kDraws; ++i) ++counts.at(random.below(kBound));
  double chi_square = 0;
  for (const int count : counts) chi_square += (count - 1e4) * (count - 1e4) / 1e4;
  // 5 degrees of freedom: exceeded with probability 1e-5.
  BOOST_TEST(chi_square < 30.9);
  BOOST_TEST(random.below(1) == 0u);
  BOOST_TEST(random.below(std::uint64_t{1} << 63) < std::uint64_t{1} << 63);
}

BOOST_AUTO_TEST_CASE(shuffle_is_a_permutation_and_reaches_every_order) {
  Random random(5);
  std::array<int, 27> seen{};
  for (int i = 0; i < 600; ++i) {
    std::vector<std::int64_t> order{0, 1, 2};
    random.shuffle(order);
    ++seen.at(static_cast<std::size_t>(order[0] * 9 + order[1] * 3 + order[2]));
    std::sort(order.begin(), order.end());
    BOOST_REQUIRE((order == std::vector<std::int64_t>{0, 1, 2}));
  }
  BOOST_TEST(std::count_if(seen.begin(), seen.end(), [](int n) { return n > 0; }) == 6);
  std::vector<std::int64_t> none;
  random.shuffle(none);
}

BOOST_AUTO_TEST_CASE(forks_differ_and_do_not_move_their_parent) {
  const Random parent(6);
  Random first = parent.fork(0), second = parent.fork(1), again = parent.fork(0);
  BOOST_TEST(parent.position() == 0u);
  const std::uint64_t drawn = first.bits64();
  BOOST_TEST(drawn == again.bits64());
  BOOST_TEST(drawn != second.bits64());
}

BOOST_AUTO_TEST_CASE(manual_seed_starts_this_thread_alone) {
  nabla::manual_seed(9);
  const std::uint64_t here = nabla::default_random().bits64();
  std::uint64_t there = 0;
  std::thread([&] { there = nabla::default_random().bits64(); }).join();
  BOOST_TEST(here == Random(9).bits64());
  BOOST_TEST(there == Random(0).bits64());
}

BOOST_AUTO_TEST_SUITE_END()
