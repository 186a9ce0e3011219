// SPDX-License-Identifier: MIT
// Gradients of products and spreads along lines of any length and place against plain loops, in each
// instruction set.
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/kernels/isa.hpp>
#include <nabla/kernels/line_gradients.hpp>

#include "support/instruction_sets.hpp"

using namespace nabla::kernels;

namespace {

// Narrow and long lines, with what is left of a block of rows and of a register; shared out too.
const std::vector<Lines> kLines = {{1, 1, 1},    {3, 10, 1},      {130, 10, 1},   {2, 64, 1},
                                   {3, 1001, 1}, {1, 5000, 1},    {1, 100, 10},   {4, 7, 3},
                                   {2, 129, 70}, {3, 9, 200},     {2, 0, 3},      {0, 4, 1},
                                   {3, 0, 1},    {1, 300'000, 1}, {1, 30'000, 9}, {300, 1000, 1}};

// The element j of line (o, i).
std::size_t place(const Lines& lines, std::int64_t o, std::int64_t j, std::int64_t i) {
  return static_cast<std::size_t>((o * lines.n + j) * lines.inner + i);
}

template <class F>
void for_each_line(const Lines& lines, const F& f) {
  for (std::int64_t o = 0; o < lines.outer; ++o)
    for (std::int64_t i = 0; i < lines.inner; ++i)
      f(o, i, static_cast<std::size_t>(o * lines.inner + i));
}

// Numbers whose products are exact in any order; every third line has one zero, or a few. Nothing
// arrives at every fifth line, in which NaN stands.
template <class T>
struct Drawn {
  std::vector<T> x, g;

  explicit Drawn(const Lines& lines)
      : x(static_cast<std::size_t>(lines.outer * lines.n * lines.inner)),
        g(static_cast<std::size_t>(lines.outer * lines.inner)) {
    std::mt19937 random(7);
    for (T& number : x) number = std::array<T, 4>{1, -1, 2, T(0.5)}[random() % 4];
    for_each_line(lines, [&](std::int64_t o, std::int64_t i, std::size_t line) {
      g[line] = line % 5 == 4 ? 0 : static_cast<T>(random() % 7) + 1;
      const auto n = static_cast<std::uint32_t>(lines.n);
      if (n == 0) return;
      for (std::size_t zeros = 0; line % 3 == 1 && zeros < 1 + line % 2; ++zeros)
        x[place(lines, o, random() % n, i)] = 0;
      if (line % 5 == 4) x[place(lines, o, random() % n, i)] = std::numeric_limits<T>::quiet_NaN();
    });
  }
};

template <class T>
std::vector<double> others_by_hand(const Lines& lines, const Drawn<T>& drawn) {
  std::vector<double> expected(drawn.x.size());
  for_each_line(lines, [&](std::int64_t o, std::int64_t i, std::size_t line) {
    if (drawn.g[line] == 0) return;
    std::vector<double> before;
    double product = 1;
    for (std::int64_t j = 0; j < lines.n; ++j) {
      before.push_back(product);
      product *= static_cast<double>(drawn.x[place(lines, o, j, i)]);
    }
    product = static_cast<double>(drawn.g[line]);
    for (std::int64_t j = lines.n - 1; j >= 0; --j) {
      expected[place(lines, o, j, i)] = before[static_cast<std::size_t>(j)] * product;
      product *= static_cast<double>(drawn.x[place(lines, o, j, i)]);
    }
  });
  return expected;
}

// The first half of each line is made smaller by this power of two, the second larger: the product stays
// what it was.
template <class T>
void check_products(int exponent) {
  for (const Lines& lines : kLines) {
    Drawn<T> drawn(lines);
    const std::vector<double> others = others_by_hand(lines, drawn);
    std::vector<T> expected(others.size());
    for_each_line(lines, [&](std::int64_t o, std::int64_t i, std::size_t) {
      for (std::int64_t j = 0; j < lines.n; ++j) {
        const bool is_small = j < lines.n / 2, is_large = j >= lines.n - lines.n / 2;
        const int by = is_small ? -exponent : is_large ? exponent : 0;
        const std::size_t at = place(lines, o, j, i);
        drawn.x[at] = std::ldexp(drawn.x[at], by);
        expected[at] = static_cast<T>(std::ldexp(others[at], -by));
      }
    });
    nabla::test::for_each_instruction_set([&](Isa isa) {
      std::vector<T> dx(expected.size() + 1, 77);  // one more: not to be touched
      products_of_others(lines, drawn.x.data(), drawn.g.data(), dx.data());
      const bool is_whole = dx.back() == 77;
      dx.pop_back();
      BOOST_TEST((is_whole && dx == expected), name_of(isa)
                                                   << " (" << lines.outer << ", " << lines.n << ", "
                                                   << lines.inner << ")");
    });
  }
}

template <class T>
void check_differences() {
  for (const Lines& lines : kLines) {
    const Drawn<T> drawn(lines);
    std::vector<double> origins, slopes;
    for (std::size_t line = 0; line < drawn.g.size(); ++line) {
      origins.push_back(static_cast<double>(line % 9) / 4);
      slopes.push_back(static_cast<double>(line % 5 + 1) / 8);
    }
    std::vector<T> expected(drawn.x.size());
    for_each_line(lines, [&](std::int64_t o, std::int64_t i, std::size_t line) {
      for (std::int64_t j = 0; drawn.g[line] != 0 && j < lines.n; ++j) {
        const std::size_t at = place(lines, o, j, i);
        expected[at] = static_cast<T>(static_cast<double>(drawn.g[line]) * slopes[line] *
                                      (static_cast<double>(drawn.x[at]) - origins[line]));
      }
    });
    nabla::test::for_each_instruction_set([&](Isa isa) {
      std::vector<T> dx(expected.size() + 1, 77);
      scaled_differences(lines, drawn.x.data(), origins.data(), slopes.data(), drawn.g.data(),
                         dx.data());
      const bool is_whole = dx.back() == 77;
      dx.pop_back();
      BOOST_TEST((is_whole && dx == expected), name_of(isa)
                                                   << " (" << lines.outer << ", " << lines.n << ", "
                                                   << lines.inner << ")");
    });
  }
}

// The greatest, NaN if there is one, and what its places get.
template <class T>
void check_shares() {
  for (const Lines& lines : kLines) {
    const Drawn<T> drawn(lines);
    std::vector<T> y(drawn.g.size()), expected(drawn.x.size());
    for_each_line(lines, [&](std::int64_t o, std::int64_t i, std::size_t line) {
      std::vector<std::size_t> places;
      for (std::int64_t j = 0; j < lines.n; ++j) places.push_back(place(lines, o, j, i));
      T& greatest = y[line] = -std::numeric_limits<T>::infinity();
      for (const std::size_t at : places)
        if (drawn.x[at] > greatest || std::isnan(drawn.x[at])) greatest = drawn.x[at];
      double ties = 0;
      for (const std::size_t at : places) ties += drawn.x[at] == greatest ? 1 : 0;
      for (const std::size_t at : places)
        if (drawn.x[at] == greatest)
          expected[at] = static_cast<T>(static_cast<double>(drawn.g[line]) / ties);
    });
    nabla::test::for_each_instruction_set([&](Isa isa) {
      std::vector<T> dx(expected.size() + 1, 77);
      shares_at_ties(lines, drawn.x.data(), y.data(), drawn.g.data(), dx.data());
      const bool is_whole = dx.back() == 77;
      dx.pop_back();
      BOOST_TEST((is_whole && dx == expected), name_of(isa)
                                                   << " (" << lines.outer << ", " << lines.n << ", "
                                                   << lines.inner << ")");
    });
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(gradients_of_lines)

BOOST_AUTO_TEST_CASE(products_of_others_of_floats) { check_products<float>(0); }
BOOST_AUTO_TEST_CASE(products_of_others_of_doubles) { check_products<double>(0); }
BOOST_AUTO_TEST_CASE(products_of_others_whose_parts_leave_the_range) {
  check_products<float>(90);
  check_products<double>(540);
}
BOOST_AUTO_TEST_CASE(differences_of_floats) { check_differences<float>(); }
BOOST_AUTO_TEST_CASE(differences_of_doubles) { check_differences<double>(); }
BOOST_AUTO_TEST_CASE(shares_at_ties_of_floats) { check_shares<float>(); }
BOOST_AUTO_TEST_CASE(shares_at_ties_of_doubles) { check_shares<double>(); }

BOOST_AUTO_TEST_SUITE_END()
