// SPDX-License-Identifier: MIT
// Cosines and distances of lines against sums in long double, for lines of any length and place, in each
// instruction set and for any number of threads.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/kernels/isa.hpp>
#include <nabla/kernels/line_pairs.hpp>

#include "random_lines.hpp"
#include "support/instruction_sets.hpp"
#include "support/threads.hpp"

using namespace nabla::kernels;
using namespace nabla::kernels::test;

namespace {

using Exact = long double;
using Places = std::vector<std::size_t>;

template <class T>
struct ThreeArrays {
  Placed<T> a, b, c, g;
  ThreeArrays(const Lines& lines, std::mt19937& random)
      : a(normal_numbers<T>(element_count(lines), random, 3)),
        b(normal_numbers<T>(element_count(lines), random, 3)),
        c(normal_numbers<T>(element_count(lines), random, 3)),
        g(normal_numbers<T>(line_count(lines), random, 3)) {}
};

template <class T>
struct ExactCosines {
  std::vector<Exact> y, da, db, sizes;

  ExactCosines(const Lines& lines, const ThreeArrays<T>& x, Exact epsilon)
      : y(x.g.size()), da(x.a.size()), db(x.a.size()), sizes(x.a.size()) {
    for_each_line(lines, [&](std::size_t line, const Places& places) {
      Exact ab = 0, aa = 0, bb = 0;
      for (const std::size_t at : places) {
        const Exact a = x.a[at], b = x.b[at];
        ab += a * b;
        aa += a * a;
        bb += b * b;
      }
      const Exact la = std::max(std::sqrt(aa), epsilon), lb = std::max(std::sqrt(bb), epsilon);
      y[line] = ab / la / lb;
      for (const std::size_t at : places) {
        const Exact a = x.a[at], b = x.b[at], g = x.g[line];
        da[at] = chained(g, (b / lb - (la > epsilon ? y[line] * a / la : 0)) / la);
        db[at] = chained(g, (a / la - (lb > epsilon ? y[line] * b / lb : 0)) / lb);
        // Both terms may be all but equal.
        sizes[at] = std::numeric_limits<T>::epsilon() * std::fabs(g) * (1 / la + 1 / lb);
      }
    });
  }
};

template <class T>
struct ExactTriplets {
  std::vector<Exact> y, da, dp, dn, sums;  // the last: what sums of so many terms may lose

  ExactTriplets(const Lines& lines, const ThreeArrays<T>& x, const TripletMargin& options)
      : y(x.g.size()), da(x.a.size()), dp(x.a.size()), dn(x.a.size()), sums(x.g.size()) {
    for_each_line(lines, [&](std::size_t line, const Places& places) {
      const auto distance = [&](const Placed<T>& u, const Placed<T>& v) {
        Exact total = 0;
        for (const std::size_t at : places)
          total += std::pow(std::fabs(Exact(u[at]) - Exact(v[at])), options.order);
        return options.order == 2 ? std::sqrt(total) : total;
      };
      const Exact ap = distance(x.a, x.b), an = distance(x.a, x.c), pn = distance(x.b, x.c);
      const bool is_swapped = options.swap && pn < an;
      const Exact loss = ap - (is_swapped ? pn : an) + Exact(options.margin);
      y[line] = std::max(Exact(0), loss);
      sums[line] = static_cast<Exact>(lines.n) * kRounding * (ap + an + pn);
      if (loss <= 0) return;
      const auto slope = [&](const Placed<T>& u, const Placed<T>& v, std::size_t at, Exact length) {
        const Exact d = Exact(u[at]) - Exact(v[at]);
        return Exact(x.g[line]) * (options.order == 2 ? d / length : d > 0 ? 1 : -1);
      };
      for (const std::size_t at : places) {
        const Exact of_ap = slope(x.a, x.b, at, ap),
                    of_an = is_swapped ? 0 : slope(x.a, x.c, at, an),
                    of_pn = is_swapped ? slope(x.b, x.c, at, pn) : 0;
        da[at] = of_ap - of_an;
        dp[at] = -of_ap - of_pn;
        dn[at] = of_an + of_pn;
      }
    });
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(line_pair_kernels)

BOOST_AUTO_TEST_CASE_TEMPLATE(cosines_agree_with_plain_sums_for_all_lines, T, FloatingTypes) {
  std::mt19937 random(21);
  for (const Lines& lines : random_lines(random)) {
    const ThreeArrays<T> x(lines, random);
    // Some lines are shorter than it.
    const double epsilon = random() % 3 == 0 ? 3 * std::sqrt(static_cast<double>(lines.n)) : 1e-8;
    const ExactCosines<T> exact(lines, x, epsilon);
    nabla::test::for_each_instruction_set([&](Isa isa) {
      const std::string name = std::string(name_of(isa)) + " " + name_of(lines);
      Placed<T> y(line_count(lines), random), da(element_count(lines), random),
          db(element_count(lines), random);
      BOOST_TEST(cosines(lines, x.a.data(), x.b.data(), epsilon, y.data()));
      BOOST_TEST(wrong_in(y, exact.y, 4, 1) == 0u, "cosines, " << name);
      BOOST_TEST(cosine_gradients(lines, x.a.data(), x.b.data(), x.g.data(), epsilon, da.data(),
                                  db.data()));
      std::vector<Exact> bounds = exact.sizes;
      for (Exact& bound : bounds) bound *= 8;
      BOOST_TEST(wrong_in(da, exact.da, 8, 0, bounds) == 0u, "by a, " << name);
      BOOST_TEST(wrong_in(db, exact.db, 8, 0, bounds) == 0u, "by b, " << name);
    });
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(triplets_agree_with_plain_sums_for_all_lines, T, FloatingTypes) {
  std::mt19937 random(22);
  for (const Lines& lines : random_lines(random)) {
    const ThreeArrays<T> x(lines, random);
    const int order = drawn(random, 1, 2) == 1 ? 1 : 2;
    const TripletMargin options{0.5, order, drawn(random, 0, 1) == 1};
    const ExactTriplets<T> exact(lines, x, options);
    const double size = order == 1 ? 4.0 * static_cast<double>(lines.n)
                                   : 4 * std::sqrt(static_cast<double>(lines.n));
    nabla::test::for_each_instruction_set([&](Isa isa) {
      const std::string name = std::string(name_of(isa)) + " " + name_of(lines);
      Placed<T> y(line_count(lines), random), da(element_count(lines), random),
          dp(element_count(lines), random), dn(element_count(lines), random);
      BOOST_TEST(triplet_margins(lines, x.a.data(), x.b.data(), x.c.data(), options, y.data()));
      BOOST_TEST(wrong_in(y, exact.y, 4, size, exact.sums) == 0u, "triplets, " << name);
      BOOST_TEST(triplet_margin_gradients(lines, x.a.data(), x.b.data(), x.c.data(), x.g.data(),
                                          options, da.data(), dp.data(), dn.data()));
      BOOST_TEST(wrong_in(da, exact.da, 8, 10) == 0u, "by a, " << name);
      BOOST_TEST(wrong_in(dp, exact.dp, 8, 10) == 0u, "by p, " << name);
      BOOST_TEST(wrong_in(dn, exact.dn, 8, 10) == 0u, "by n, " << name);
    });
  }
}

// Squares of the second of three lines leave their range; a distance of 0 in double looks like that too.
BOOST_AUTO_TEST_CASE(lines_out_of_range_are_told) {
  const std::vector<double> near{1, 2, 3, 4, 5, 6}, long_one{1, 2, 3e200, 4e200, 5, 6},
      short_one{1, 2, 3e-200, 4e-200, 5, 6}, g{1, 1, 1};
  std::vector<double> y(3), da(6), db(6), dc(6);
  for (const Lines& lines : {Lines{3, 2, 1}, Lines{1, 6, 1}}) {
    for (const auto& far : {long_one, short_one}) {
      const bool is_lost = lines.outer == 3 || far[2] > 1;
      BOOST_TEST(cosines(lines, far.data(), near.data(), 1e-8, y.data()) == !is_lost);
      BOOST_TEST(cosines(lines, near.data(), far.data(), 1e-8, y.data()) == !is_lost);
      BOOST_TEST(cosine_gradients(lines, near.data(), far.data(), g.data(), 1e-8, da.data(),
                                  db.data()) == !is_lost);
    }
    const TripletMargin options{1, 2, false};
    BOOST_TEST(
        !triplet_margins(lines, near.data(), long_one.data(), near.data(), options, y.data()));
    BOOST_TEST(!triplet_margin_gradients(lines, near.data(), near.data(), long_one.data(), g.data(),
                                         options, da.data(), db.data(), dc.data()));
    BOOST_TEST(
        triplet_margins(lines, near.data(), long_one.data(), near.data(), {1, 1, false}, y.data()));
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_is_not_finite_stays_in_its_line, T, FloatingTypes) {
  std::mt19937 random(23);
  for (const Lines& lines : {Lines{70, 10, 1}, Lines{5, 130, 1}, Lines{2, 9, 70}}) {
    ThreeArrays<T> x(lines, random);
    const std::size_t count = x.g.size();
    Placed<T> y(line_count(lines), random), before(line_count(lines), random),
        da(element_count(lines), random), dp(element_count(lines), random),
        dn(element_count(lines), random);
    const TripletMargin options{100, 1, true};
    BOOST_TEST(triplet_margins(lines, x.a.data(), x.b.data(), x.c.data(), options, before.data()));
    std::vector<bool> is_odd(count);
    for_each_line(lines, [&](std::size_t line, const Places& places) {
      if (line % 3 != 1) return;
      is_odd[line] = true;
      x.b[places[random() % places.size()]] = any_oddity<T>(random);
      x.g[line] = 0;
    });
    BOOST_TEST(triplet_margins(lines, x.a.data(), x.b.data(), x.c.data(), options, y.data()));
    for (std::size_t line = 0; line < count; ++line) {
      BOOST_TEST(
          (is_odd[line] ? !std::isfinite(y[line]) || y[line] == 0 : y[line] == before[line]));
    }
    BOOST_TEST(triplet_margin_gradients(lines, x.a.data(), x.b.data(), x.c.data(), x.g.data(),
                                        options, da.data(), dp.data(), dn.data()));
    static_cast<void>(
        cosine_gradients(lines, x.a.data(), x.b.data(), x.g.data(), 1e-8, dn.data(), dp.data()));
    for_each_line(lines, [&](std::size_t line, const Places& places) {
      if (!is_odd[line]) return;
      for (const std::size_t at : places) BOOST_TEST((da[at] == 0 && dp[at] == 0 && dn[at] == 0));
    });
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_same_bits_for_any_number_of_threads, T, FloatingTypes) {
  std::mt19937 random(24);
  for (const Lines& lines : {Lines{kLargeLoop / 10 + 7, 10, 1}, Lines{kLargeLoop / 700 + 7, 700, 1},
                             Lines{kLargeLoop / 900 + 3, 30, 30}}) {
    const ThreeArrays<T> x(lines, random);
    std::vector<std::vector<T>> found;
    nabla::test::for_each_thread_count([&](int) {
      Placed<T> y(line_count(lines), random), da(element_count(lines), random),
          db(element_count(lines), random), dc(element_count(lines), random);
      BOOST_TEST(cosines(lines, x.a.data(), x.b.data(), 1e-8, y.data()));
      std::vector<T> all(y.begin(), y.end());
      BOOST_TEST(triplet_margin_gradients(lines, x.a.data(), x.b.data(), x.c.data(), x.g.data(),
                                          {1, 2, true}, da.data(), db.data(), dc.data()));
      for (Placed<T>* each : {&da, &db, &dc}) all.insert(all.end(), each->begin(), each->end());
      found.push_back(all);
    });
    BOOST_TEST((found[0] == found[1] && found[0] == found[2]));
  }
}

// Quarters of small integers, whose sums are exact in any order.
BOOST_AUTO_TEST_CASE_TEMPLATE(dot_agrees_with_a_plain_loop, T, FloatingTypes) {
  std::mt19937 random(25);
  for (const std::int64_t n :
       {std::int64_t{0}, std::int64_t{1}, drawn(random, 2, 63), std::int64_t{64},
        drawn(random, 65, 3000), kLargeLoop - 1, kLargeLoop + drawn(random, 1, 99'999)}) {
    Placed<T> a(n, random), b(n, random);
    double expected = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      a[i] = static_cast<T>(drawn(random, -99, 99)) / 4;
      b[i] = static_cast<T>(drawn(random, -99, 99)) / 4;
      expected += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    }
    nabla::test::for_each_instruction_set([&](Isa isa) {
      BOOST_TEST(dot(n, std::as_const(a).data(), std::as_const(b).data()) == expected,
                 name_of(isa) << " " << n);
    });
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(dot_has_the_same_bits_for_any_number_of_threads, T, FloatingTypes) {
  std::mt19937 random(26);
  const std::int64_t n = 3 * kLargeLoop + 77;
  const Placed<T> a = normal_numbers<T>(n, random, 1), b = normal_numbers<T>(n, random, 1);
  std::vector<double> found;
  nabla::test::for_each_thread_count([&](int) { found.push_back(dot(n, a.data(), b.data())); });
  BOOST_TEST((found[0] == found[1] && found[0] == found[2]));
}

BOOST_AUTO_TEST_SUITE_END()
