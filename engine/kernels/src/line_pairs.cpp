// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <numeric>
#include <type_traits>

#include <nabla/kernels/isa.hpp>
#include <nabla/kernels/lane_math.hpp>
#include <nabla/kernels/line_pairs.hpp>
#include <nabla/kernels/unit.hpp>

#include "bundle.hpp"

namespace nabla::kernels {
namespace {

template <class T>
struct Dot {
  static double run(std::int64_t n, const T* a, const T* b) {
    const Rows<1> line{n};
    Numbers<Rows<1>, double> totals{};
    line.for_each([&](std::int64_t i, std::int64_t l, std::int64_t) {
      totals[static_cast<std::size_t>(l)] += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    });
    join_sums(line, totals);
    return totals[0];
  }
};

// Squares of float are in the range of double.
template <class T>
[[gnu::always_inline]] inline bool is_in_range(double squares) {
  return std::is_same_v<T, float> || either(fits(squares), squares != squares);
}

template <class Line>
struct Cosines {
  Numbers<Line, double> of_a, of_b, cosines;  // lengths, no less than epsilon
  bool fits = true;

  template <class T>
  Cosines(const Line& line, const T* a, const T* b, double epsilon) {
    Numbers<Line, double> dots{}, squares_a{}, squares_b{};
    line.for_each([&](std::int64_t i, std::int64_t l, std::int64_t) {
      const auto k = static_cast<std::size_t>(l);
      const auto x = static_cast<double>(a[i]), z = static_cast<double>(b[i]);
      dots[k] += x * z;
      squares_a[k] += x * x;
      squares_b[k] += z * z;
    });
    join_sums(line, dots);
    join_sums(line, squares_a);
    join_sums(line, squares_b);
    fits = all_lines(line, [&](std::size_t k) {
      return both(is_in_range<T>(squares_a[k]), is_in_range<T>(squares_b[k]));
    });
    const auto length_of = [=](double squares) {
      const Lane<double> length = sqrt(Lane<double>(squares));
      return choose(length < Lane<double>(epsilon), Lane<double>(epsilon), length).number();
    };
    for_each_line(line, of_a, [&](std::size_t k) { return length_of(squares_a[k]); });
    for_each_line(line, of_b, [&](std::size_t k) { return length_of(squares_b[k]); });
    for_each_line(line, cosines, [&](std::size_t k) { return dots[k] / (of_a[k] * of_b[k]); });
  }
};

template <class T>
struct Cosine {
  static bool run(std::int64_t outer, std::int64_t n, std::int64_t inner, const T* a, const T* b,
                  double epsilon, T* y) {
    bool fits = true;
    map_groups<4, T, 2, 0>(
        outer, n, inner, {a, b}, {},
        [&]<class Line>(const Line& line, std::int64_t first, const auto& x, const auto&) {
          const Cosines<Line> of_lines(line, x[0], x[1], epsilon);
          Numbers<Line, T> rounded;
          for_each_line(line, rounded,
                        [&](std::size_t k) { return static_cast<T>(of_lines.cosines[k]); });
          write_lines(line, rounded, y + first);
          fits &= of_lines.fits;
        });
    return fits;
  }
};

// da = g (b / |b| - cos a / |a|) / |a|, the second term only where |a| is the length.
template <class T>
struct CosineGradient {
  template <class Line>
  static bool line(const Line& line, const T* a, const T* b, const T* g, double epsilon, T* da,
                   T* db) {
    const Cosines<Line> of(line, a, b, epsilon);
    Numbers<Line, T> arriving;
    read_lines(line, g, arriving);
    Numbers<Line, double> across, along_a, along_b;
    for_each_line(line, across, [&](std::size_t k) { return 1 / (of.of_a[k] * of.of_b[k]); });
    const auto along = [&](double length, double cosine) {
      const Lane<double> factor = cosine / (length * length);
      return choose(Lane<double>(length) == Lane<double>(epsilon), Lane<double>(0), factor)
          .number();
    };
    for_each_line(line, along_a, [&](std::size_t k) { return along(of.of_a[k], of.cosines[k]); });
    for_each_line(line, along_b, [&](std::size_t k) { return along(of.of_b[k], of.cosines[k]); });
    line.for_each([&](std::int64_t i, std::int64_t l, std::int64_t) {
      const auto k = static_cast<std::size_t>(l);
      const auto x = static_cast<double>(a[i]), z = static_cast<double>(b[i]),
                 arrives = static_cast<double>(arriving[k]);
      da[i] = static_cast<T>(chain(arrives, z * across[k] - x * along_a[k]));
      db[i] = static_cast<T>(chain(arrives, x * across[k] - z * along_b[k]));
    });
    return of.fits;
  }
  static bool run(std::int64_t outer, std::int64_t n, std::int64_t inner, const T* a, const T* b,
                  const T* g, double epsilon, T* da, T* db) {
    bool fits = true;
    map_groups<4, T, 2, 2>(
        outer, n, inner, {a, b}, {da, db},
        [&](const auto& lines, std::int64_t first, const auto& x, const auto& dx) {
          fits &= line(lines, x[0], x[1], g + first, epsilon, dx[0], dx[1]);
        });
    return fits;
  }
};

// The three distances of each line, rounded to T, as a tie is one of numbers that users see.
template <class T, class Line>
struct Distances {
  Numbers<Line, T> to_positive, to_negative, between;  // the last only if they may be swapped
  bool fits = true;

  Distances(const Line& line, const T* anchor, const T* positive, const T* negative,
            const TripletMargin& options) {
    Numbers<Line, double> ap{}, an{}, pn{};
    const bool are_squares = options.order == 2;
    const auto term = [=](double x, double z) {
      const double d = x - z, size = abs(Lane<double>(d)).number();
      return size * (are_squares ? size : 1.0);
    };
    const auto add_all = [&](auto with_between) {
      line.for_each([&](std::int64_t i, std::int64_t l, std::int64_t) {
        const auto k = static_cast<std::size_t>(l);
        const auto a = static_cast<double>(anchor[i]), p = static_cast<double>(positive[i]),
                   n = static_cast<double>(negative[i]);
        ap[k] += term(a, p);
        an[k] += term(a, n);
        if constexpr (with_between) pn[k] += term(p, n);
      });
    };
    options.swap ? add_all(std::true_type()) : add_all(std::false_type());
    const auto length = [&](Numbers<Line, double>& sums, Numbers<Line, T>& lengths) {
      join_sums(line, sums);
      if (are_squares) {
        // Those of an infinite difference have a limit.
        constexpr double kInfinity = std::numeric_limits<double>::infinity();
        fits &= all_lines(line, [&](std::size_t k) {
          return both(is_in_range<T>(sums[k]), sums[k] != kInfinity);
        });
        for_each_line(line, lengths, [&](std::size_t k) {
          return static_cast<T>(sqrt(Lane<double>(sums[k])).number());
        });
      } else {
        for_each_line(line, lengths, [&](std::size_t k) { return static_cast<T>(sums[k]); });
      }
    };
    length(ap, to_positive);
    length(an, to_negative);
    if (options.swap) {
      length(pn, between);
    } else {
      between.fill(0);
    }
  }

  // Of line k: the loss; and the part that the anchor's distance has in that of the negative.
  [[nodiscard]] T loss(std::size_t k, const TripletMargin& options) const {
    const Lane<T> an = to_negative[k], pn = between[k];
    const Lane<T> nearer = choose(either(pn < an, pn != pn), pn, an);
    const Lane<T> lack = Lane<T>(to_positive[k]) - (options.swap ? nearer : an) +
                         Lane<T>(static_cast<T>(options.margin));
    return choose(lack <= Lane<T>(0), Lane<T>(0), lack).number();
  }
  [[nodiscard]] T part_of_anchor(std::size_t k, bool swap) const {
    const Lane<T> an = to_negative[k], pn = between[k];
    const Lane<T> part = choose(an == pn, Lane<T>(T(0.5)), Lane<T>(0));
    return swap ? choose(an < pn, Lane<T>(1), part).number() : T(1);
  }
};

template <class T>
struct Triplet {
  static bool run(std::int64_t outer, std::int64_t n, std::int64_t inner, const T* anchor,
                  const T* positive, const T* negative, const TripletMargin* options, T* y) {
    bool fits = true;
    map_groups<4, T, 3, 0>(
        outer, n, inner, {anchor, positive, negative}, {},
        [&]<class Line>(const Line& line, std::int64_t first, const auto& x, const auto&) {
          const Distances<T, Line> distances(line, x[0], x[1], x[2], *options);
          Numbers<Line, T> losses;
          for_each_line(line, losses, [&](std::size_t k) { return distances.loss(k, *options); });
          write_lines(line, losses, y + first);
          fits &= distances.fits;
        });
    return fits;
  }
};

template <class T>
struct TripletGradient {
  template <class Line>
  static bool line(const Line& line, const T* anchor, const T* positive, const T* negative,
                   const T* g, const TripletMargin& options, T* da, T* dp, T* dn) {
    const Distances<T, Line> distances(line, anchor, positive, negative, options);
    Numbers<Line, T> arriving;
    read_lines(line, g, arriving);
    // What arrives at each distance, over it if it is a root: times d or the sign of d, this is what
    // comes to d. Of nothing nothing comes, whatever the distance is.
    const bool has_roots = options.order == 2;
    const auto over = [=](T share, T length) {
      const Lane<T> divisor = has_roots ? Lane<T>(length) : Lane<T>(1);
      const auto is_nothing = either(Lane<T>(length) == Lane<T>(0), Lane<T>(share) == Lane<T>(0));
      return choose(is_nothing, Lane<T>(0), Lane<T>(share) / divisor).number();
    };
    const auto lacking = [&](std::size_t k) {
      return choose(Lane<T>(distances.loss(k, options)) == Lane<T>(0), Lane<T>(0),
                    Lane<T>(arriving[k]))
          .number();
    };
    Numbers<Line, T> of_ap, of_an, of_pn;
    for_each_line(line, of_ap,
                  [&](std::size_t k) { return over(lacking(k), distances.to_positive[k]); });
    for_each_line(line, of_an, [&](std::size_t k) {
      const T part = distances.part_of_anchor(k, options.swap);
      return over(-chain(lacking(k), part), distances.to_negative[k]);
    });
    for_each_line(line, of_pn, [&](std::size_t k) {
      const T part = 1 - distances.part_of_anchor(k, options.swap);
      return over(-chain(lacking(k), part), distances.between[k]);
    });
    const auto slope = [=](T factor, T x, T z) {
      const Lane<T> d = Lane<T>(x) - Lane<T>(z), zero = 0, one = 1;
      const Lane<T> sign = choose(d > zero, one, choose(d < zero, -one, zero));
      return chain(factor, choose(has_roots, d, sign).number());
    };
    line.for_each([&](std::int64_t i, std::int64_t l, std::int64_t) {
      const auto k = static_cast<std::size_t>(l);
      const T a = anchor[i], p = positive[i], n = negative[i];
      const T ap = slope(of_ap[k], a, p), an = slope(of_an[k], a, n), pn = slope(of_pn[k], p, n);
      da[i] = ap + an;
      dp[i] = pn - ap;
      dn[i] = -(an + pn);
    });
    return distances.fits;
  }
  static bool run(std::int64_t outer, std::int64_t n, std::int64_t inner, const T* anchor,
                  const T* positive, const T* negative, const T* g, const TripletMargin* options,
                  T* da, T* dp, T* dn) {
    bool fits = true;
    map_groups<4, T, 3, 3>(
        outer, n, inner, {anchor, positive, negative}, {da, dp, dn},
        [&](const auto& lines, std::int64_t first, const auto& x, const auto& dx) {
          fits &= line(lines, x[0], x[1], x[2], g + first, *options, dx[0], dx[1], dx[2]);
        });
    return fits;
  }
};

template <class... Arguments>
using Kernel = PerIsa<bool(std::int64_t, std::int64_t, std::int64_t, Arguments...)>;

}  // namespace

template <std::floating_point T>
double dot(std::int64_t n, const T* a, const T* b) {
  static constexpr auto kernel =
      PerIsa<double(std::int64_t, const T*, const T*)>::template of<Dot<T>>();
  if (n < kWidth)
    return std::inner_product(a, a + n, b, 0.0, std::plus<>(),
                              [](double x, double y) { return x * y; });
  const Lines line{1, n, 1};
  if (!have_parts(line)) return kernel(n, a, b);
  const auto parts = of_parts<double>(line, [&](const Lines& part, std::int64_t at, double* to) {
    *to = kernel(part.n, a + at, b + at);
  });
  return std::accumulate(parts.begin(), parts.end(), 0.0);
}
template <std::floating_point T>
bool cosines(const Lines& lines, const T* a, const T* b, double epsilon, T* y) {
  static constexpr auto kernel = Kernel<const T*, const T*, double, T*>::template of<Cosine<T>>();
  return all_shared_out(lines, [&](const Lines& part, std::int64_t at, std::int64_t first) {
    return kernel(part.outer, part.n, part.inner, a + at, b + at, epsilon, y + first);
  });
}
template <std::floating_point T>
bool cosine_gradients(const Lines& lines, const T* a, const T* b, const T* g, double epsilon, T* da,
                      T* db) {
  static constexpr auto kernel =
      Kernel<const T*, const T*, const T*, double, T*, T*>::template of<CosineGradient<T>>();
  return all_shared_out(lines, [&](const Lines& part, std::int64_t at, std::int64_t first) {
    return kernel(part.outer, part.n, part.inner, a + at, b + at, g + first, epsilon, da + at,
                  db + at);
  });
}
template <std::floating_point T>
bool triplet_margins(const Lines& lines, const T* anchor, const T* positive, const T* negative,
                     const TripletMargin& options, T* y) {
  static constexpr auto kernel =
      Kernel<const T*, const T*, const T*, const TripletMargin*, T*>::template of<Triplet<T>>();
  return all_shared_out(lines, [&](const Lines& part, std::int64_t at, std::int64_t first) {
    return kernel(part.outer, part.n, part.inner, anchor + at, positive + at, negative + at,
                  &options, y + first);
  });
}
template <std::floating_point T>
bool triplet_margin_gradients(const Lines& lines, const T* anchor, const T* positive,
                              const T* negative, const T* g, const TripletMargin& options,
                              T* danchor, T* dpositive, T* dnegative) {
  static constexpr auto kernel =
      Kernel<const T*, const T*, const T*, const T*, const TripletMargin*, T*, T*,
             T*>::template of<TripletGradient<T>>();
  return all_shared_out(lines, [&](const Lines& part, std::int64_t at, std::int64_t first) {
    return kernel(part.outer, part.n, part.inner, anchor + at, positive + at, negative + at,
                  g + first, &options, danchor + at, dpositive + at, dnegative + at);
  });
}

#define NABLA_LINE_PAIRS(T)                                                                       \
  template double dot(std::int64_t, const T*, const T*);                                          \
  template bool cosines(const Lines&, const T*, const T*, double, T*);                            \
  template bool cosine_gradients(const Lines&, const T*, const T*, const T*, double, T*, T*);     \
  template bool triplet_margins(const Lines&, const T*, const T*, const T*, const TripletMargin&, \
                                T*);                                                              \
  template bool triplet_margin_gradients(const Lines&, const T*, const T*, const T*, const T*,    \
                                         const TripletMargin&, T*, T*, T*);
NABLA_LINE_PAIRS(float)
NABLA_LINE_PAIRS(double)
#undef NABLA_LINE_PAIRS

}  // namespace nabla::kernels
