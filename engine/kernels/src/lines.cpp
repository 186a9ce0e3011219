// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <type_traits>
#include <vector>

#include <nabla/kernels/isa.hpp>
#include <nabla/kernels/lane_arithmetic.hpp>
#include <nabla/kernels/lines.hpp>
#include <nabla/kernels/memory.hpp>
#include <nabla/kernels/scaled_product.hpp>

#include "bundle.hpp"

namespace nabla::kernels {
namespace {

// What is folded of an element, or of its distance from the origin of its line.
struct Itself {
  static double of(double x) { return x; }
};
struct Magnitude {
  static double of(double x) { return std::fabs(x); }
};
struct Square {
  static double of(double x) { return x * x; }
};

// Elements of T are joined by fours (of_four) where that costs less.
struct Plus {
  static constexpr double kNeutral = 0;
  static constexpr bool kByFours = false;
  static double of(double a, double b) { return a + b; }
  template <class T>
  static double of_four(double a, double b, double c, double d) {
    return (a + b) + (c + d);
  }
};
struct Times {
  static constexpr double kNeutral = 1;
  static constexpr bool kByFours = true;
  static double of(double a, double b) { return kept(a * b); }
  template <class T>
  static double of_four(double a, double b, double c, double d) {
    // In double, a product of four floats is in range.
    if constexpr (sizeof(T) < sizeof(double)) return (a * b) * (c * d);
    return of(of(a, b), of(c, d));
  }
};

// rows.for_each(f) where so little is done with an element of x that memory is the limit: it is asked for
// before the processor would, at the end of a row for the one that takes its place.
template <int R, class T, class F>
inline void read_ahead(const Rows<R>& rows, const T* x, const F& f) {
  constexpr std::int64_t kLanes = Rows<R>::kLanes, kAhead = 2048 / sizeof(T);
  const std::int64_t n = rows.n, full = n / kLanes * kLanes;
  for (std::int64_t j = 0; j < full; j += kLanes) {
    const T* const ahead = x + j + kAhead + (j + kAhead < n ? 0 : (R - 1) * n);
#pragma GCC unroll 4
    for (std::int64_t r = 0; r < R; ++r) {
      fetch(ahead + r * n, kLanes);
      for_lanes(kLanes, [&](std::int64_t l) { f(r * n + j + l, r * kLanes + l); });
    }
  }
  for (std::int64_t r = 0; r < R; ++r)
    for_lanes(n - full, [&](std::int64_t l) { f(r * n + full + l, r * kLanes + l); });
}
template <class Line, class T, class F>
requires kIsSideBySide<Line>
inline void read_ahead(const Line& lines, const T*, const F& f) {
  lines.for_each([&](std::int64_t i, std::int64_t l, std::int64_t) { f(i, l); });
}

template <class T, class Term, class Join, bool HasOrigins>
struct Fold {
  static double term(T x, const double* origins, std::int64_t l) {
    const auto number = static_cast<double>(x);
    return Term::of(HasOrigins ? number - origins[l] : number);
  }

  template <class Line>
  static void line(const Line& lines, const T* x, const double* origins, double* totals) {
    Numbers<Line, double> lanes, from;
    lanes.fill(Join::kNeutral);
    if constexpr (HasOrigins) read_lines(lines, origins, from);
    const auto at = [&](std::int64_t i, std::int64_t l) { return term(x[i], from.data(), l); };
    const auto add = [&](std::int64_t l, double number) {
      double& total = lanes[static_cast<std::size_t>(l)];
      total = Join::of(total, number);
    };
    if constexpr (Join::kByFours && !std::is_same_v<Line, Bundle>) {
      lines.for_each_four(
          [&](std::int64_t i, std::int64_t step, std::int64_t l) {
            add(l, Join::template of_four<T>(at(i, l), at(i + step, l), at(i + 2 * step, l),
                                             at(i + 3 * step, l)));
          },
          [&](std::int64_t i, std::int64_t l) { add(l, at(i, l)); });
    } else {
      read_ahead(lines, x, [&](std::int64_t i, std::int64_t l) { add(l, at(i, l)); });
    }
    join(lines, lanes, [](double a, double b) { return Join::of(a, b); });
    write_lines(lines, lanes, totals);
  }

  // Lines side by side: whole rows are joined, four at a time, so that memory is read in its order.
  static void join_rows(std::int64_t n, std::int64_t step, std::int64_t width, const T* x,
                        const double* origins, double* totals) {
    std::fill_n(totals, width, Join::kNeutral);
    const std::int64_t by_fours = n / 4 * 4;
    for (std::int64_t j = 0; j < by_fours; j += 4) {
      const T* row = x + j * step;
      for_lanes(width, [&](std::int64_t l) {
        const auto at = [&](std::int64_t r) { return term(row[r * step + l], origins, l); };
        totals[l] = Join::of(totals[l], Join::template of_four<T>(at(0), at(1), at(2), at(3)));
      });
    }
    for (std::int64_t j = by_fours; j < n; ++j) {
      const T* row = x + j * step;
      for_lanes(width,
                [&](std::int64_t l) { totals[l] = Join::of(totals[l], term(row[l], origins, l)); });
    }
  }

  // Rows too narrow for that, and many, are joined kRepeats at a time: a row of whole vectors, however
  // short a single one is.
  static constexpr std::int64_t kRepeats = 16;
  static void join_narrow_rows(std::int64_t n, std::int64_t width, const T* x,
                               const double* origins, double* totals) {
    std::array<double, static_cast<std::size_t>(kRepeats * kWidth / 2)> lanes, repeated;
    if (HasOrigins) {
      for (std::int64_t repeat = 0; repeat < kRepeats; ++repeat)
        std::copy_n(origins, width, repeated.data() + repeat * width);
    }
    join_rows(n / kRepeats, kRepeats * width, kRepeats * width, x, repeated.data(), lanes.data());
    const std::int64_t rest = n % kRepeats;
    join_rows(rest, width, width, x + (n - rest) * width, origins, totals);
    for (std::int64_t repeat = 0; repeat < kRepeats; ++repeat) {
      const double* part = lanes.data() + repeat * width;
      for_lanes(width, [&](std::int64_t l) { totals[l] = Join::of(totals[l], part[l]); });
    }
  }

  // Totals of this many lines stay in the nearest cache.
  static constexpr std::int64_t kMostLines = 2048;
  static void bundle(std::int64_t n, std::int64_t inner, const T* x, const double* origins,
                     double* totals) {
    if (inner <= kWidth / 2 && n >= 4 * kRepeats)
      return join_narrow_rows(n, inner, x, origins, totals);
    for (std::int64_t first = 0; first < inner; first += kMostLines) {
      join_rows(n, inner, std::min(kMostLines, inner - first), x + first,
                HasOrigins ? origins + first : origins, totals + first);
    }
  }

  static void run(std::int64_t outer, std::int64_t n, std::int64_t inner, const T* x,
                  const double* origins, double* totals) {
    const auto origins_from = [&](std::int64_t line) {
      return HasOrigins ? origins + line : origins;
    };
    if (inner > 1) {
      for (std::int64_t o = 0; o < outer; ++o)
        bundle(n, inner, x + o * n * inner, origins_from(o * inner), totals + o * inner);
    } else {
      const auto group = [&](const auto& lines, std::int64_t first, const auto& from, const auto&) {
        line(lines, from[0], origins_from(first), totals + first);
      };
      // Of fewer elements than lanes the sum is that of one after another, however many lines there are.
      map_groups<4, T, 1, 0>(Part{{outer, n, 1}, 1}, {x}, {}, group, n < kWidth);
    }
  }
};

// Lines so few and so long that each is cut into parts.
bool have_parts(const Lines& lines) {
  constexpr std::int64_t kFewLines = 4096;
  return lines.outer == 1 && lines.inner <= kFewLines && lines.n * lines.inner >= kLargeLoop;
}
// What f(lines of a part, place of its first element, a result for each of its lines) gives: numbers of
// the shape (parts, inner), in the order of the parts.
template <class Number, class F>
std::vector<Number, Allocator<Number>> of_parts(const Lines& lines, const F& f) {
  const std::int64_t block = std::max(kLoopBlock / lines.inner, std::int64_t{1});
  const std::int64_t parts = (lines.n + block - 1) / block;
  std::vector<Number, Allocator<Number>> results(static_cast<std::size_t>(parts * lines.inner));
  for_each_range(lines.n, block, [&](std::int64_t first, std::int64_t last) {
    f(Lines{1, last - first, lines.inner}, first * lines.inner,
      results.data() + first / block * lines.inner);
  });
  return results;
}

template <class Term, class Join, bool HasOrigins = false, class T>
void fold(const Lines& lines, const T* x, const double* origins, double* totals) {
  static constexpr auto kernel =
      PerIsa<void(std::int64_t, std::int64_t, std::int64_t, const T*, const double*,
                  double*)>::template of<Fold<T, Term, Join, HasOrigins>>();
  if (have_parts(lines)) {
    const auto parts = of_parts<double>(lines, [&](const Lines& part, std::int64_t at, double* to) {
      kernel(1, part.n, part.inner, x + at, origins, to);
    });
    std::fill_n(totals, lines.inner, Join::kNeutral);
    for (const double* part = parts.data(); part != parts.data() + parts.size();
         part += lines.inner)
      for (std::int64_t l = 0; l < lines.inner; ++l) totals[l] = Join::of(totals[l], part[l]);
    return;
  }
  share_out(lines, [&](const Lines& part, std::int64_t at, std::int64_t first) {
    kernel(part.outer, part.n, part.inner, x + at, origins == nullptr ? nullptr : origins + first,
           totals + first);
  });
}

// The product of the mantissas of n numbers, one each `step`, and the sum of their exponents. False of
// numbers that have no such two: 0, infinite, NaN, or denormal.
template <class T>
struct Mantissas {
  struct Result {
    ScaledProduct product;
    std::int64_t exponent = 0;
  };
  static bool run(std::int64_t n, std::int64_t step, const T* x, Result* result) {
    return step == 1 ? gather(
                           n, [=](std::int64_t k) { return x[k]; }, *result)
                     : gather(
                           n, [=](std::int64_t k) { return x[k * step]; }, *result);
  }

 private:
  static constexpr std::int64_t kLanes = 32, kBias = 1023,
                                kMostFactors = 256;  // in range, each below 2
  static constexpr std::uint64_t kExponent = 0x7ff, kDigits = 52,
                                 kOne = std::uint64_t{kBias} << kDigits;

  template <class At>
  static bool gather(std::int64_t n, const At& at, Result& result) {
    std::array<double, kLanes> mantissas;
    std::array<std::int64_t, kLanes> exponents, odd;
    exponents.fill(0);
    odd.fill(0);
    const auto take = [&](std::int64_t k, std::int64_t lane) {
      const auto l = static_cast<std::size_t>(lane);
      const auto bits = std::bit_cast<std::uint64_t>(static_cast<double>(at(k)));
      const auto exponent = static_cast<std::int64_t>(bits >> kDigits & kExponent);
      odd[l] |= static_cast<std::int64_t>(exponent == 0) |
                static_cast<std::int64_t>(exponent == kExponent);
      exponents[l] += exponent - kBias;
      mantissas[l] *= std::bit_cast<double>((bits & ~(kExponent << kDigits)) | kOne);
    };
    for (std::int64_t first = 0; first < n; first += kLanes * kMostFactors) {
      mantissas.fill(1);
      const std::int64_t last = std::min(first + kLanes * kMostFactors, n);
      std::int64_t k = first;
      for (; k + kLanes <= last; k += kLanes)
        for_all_lanes<kLanes>([&](std::int64_t l) { take(k + l, l); });
      for (; k < last; ++k) take(k, k % kLanes);
      for (const double mantissa : mantissas) result.product *= mantissa;
    }
    result.exponent = std::accumulate(exponents.begin(), exponents.end(), std::int64_t{0});
    return std::all_of(odd.begin(), odd.end(), [](std::int64_t is_odd) { return is_odd == 0; });
  }
};

// The product of n numbers, one each `step`, that left the range on the way or has a factor 0.
template <class T>
double scaled_product(std::int64_t n, std::int64_t step, const T* x, double plain) {
  using Split = Mantissas<T>;
  static constexpr auto split = PerIsa<bool(std::int64_t, std::int64_t, const T*,
                                            typename Split::Result*)>::template of<Split>();
  typename Split::Result result;
  if (split(n, step, x, &result)) return result.product.value(-result.exponent);
  const auto at = [=](std::int64_t k) { return static_cast<double>(x[k * step]); };
  int zeros = 0;
  for (std::int64_t k = 0; k < n; ++k) zeros |= static_cast<int>(at(k) == 0);
  if (zeros != 0 && plain == 0) return plain;
  ScaledProduct product;
  for (std::int64_t k = 0; k < n; ++k) product *= at(k);
  return product.value();
}

// The element that comes first in an order: Sign 1 for the greatest, -1 for the least.
template <class T, int Sign>
struct Extreme {
  static T better(T a, T b) {
    const Lane<T> x = a, y = b;
    const bool wins = Sign > 0 ? x > y : x < y;
    return choose(either(wins, x != x), x, y).number();
  }
  template <class Line>
  static void line(const Line& line, const T* x, Numbers<Line, T>& extremes) {
    extremes.fill(-Sign * std::numeric_limits<T>::infinity());
    line.for_each([&](std::int64_t i, std::int64_t l, std::int64_t) {
      T& extreme = extremes[static_cast<std::size_t>(l)];
      extreme = better(x[i], extreme);
    });
    join(line, extremes, [](T a, T b) { return better(a, b); });
  }
  static void run(std::int64_t outer, std::int64_t n, std::int64_t inner, const T* x, T* y) {
    map_groups<4, T, 1, 0>(
        outer, n, inner, {x}, {},
        [&]<class Line>(const Line& lines, std::int64_t first, const auto& from, const auto&) {
          Numbers<Line, T> extremes;
          line(lines, from[0], extremes);
          write_lines(lines, extremes, y + first);
        });
  }
};

template <class T, int Sign>
void extremes(const Lines& lines, const T* x, T* y) {
  static constexpr auto kernel = PerIsa<void(std::int64_t, std::int64_t, std::int64_t, const T*,
                                             T*)>::template of<Extreme<T, Sign>>();
  if (have_parts(lines)) {
    const auto parts = of_parts<T>(lines, [&](const Lines& part, std::int64_t at, T* to) {
      kernel(1, part.n, part.inner, x + at, to);
    });
    const auto count = static_cast<std::int64_t>(parts.size()) / lines.inner;
    return kernel(1, count, lines.inner, parts.data(), y);
  }
  share_out(lines, [&](const Lines& part, std::int64_t at, std::int64_t first) {
    kernel(part.outer, part.n, part.inner, x + at, y + first);
  });
}

// The number of that element in its line, of equals the first one.
template <class T, int Sign>
struct ExtremePlace {
  using Place = typename detail::Layout<T>::Bits;  // as wide as T, for vector code

  static bool wins(T rival, T champion) {
    const Lane<T> x = rival, y = champion;
    return either(Sign > 0 ? x > y : x < y, both(x != x, y == y));
  }
  template <class Line>
  static void line(const Line& line, const T* x, Numbers<Line, Place>& places) {
    Numbers<Line, T> extremes;
    extremes.fill(-Sign * std::numeric_limits<T>::infinity());
    places.fill(0);
    line.for_each([&](std::int64_t i, std::int64_t l, std::int64_t j) {
      T& extreme = extremes[static_cast<std::size_t>(l)];
      Place& place = places[static_cast<std::size_t>(l)];
      const bool is_better = wins(x[i], extreme);
      extreme = is_better ? x[i] : extreme;
      place = is_better ? static_cast<Place>(j) : place;
    });
    if constexpr (!kIsSideBySide<Line>) {
      Numbers<Line, T> of_line = extremes;
      join(line, of_line, [](T a, T b) { return Extreme<T, Sign>::better(a, b); });
      for_all_lanes<Line::kAllLanes>([&](std::int64_t l) {
        const auto k = static_cast<std::size_t>(l);
        const Lane<T> extreme = extremes[k], best = of_line[k];
        const bool is_best = either(extreme == best, both(extreme != extreme, best != best));
        places[k] = is_best ? places[k] : std::numeric_limits<Place>::max();
      });
      join(line, places, [](Place a, Place b) { return a < b ? a : b; });
    }
  }
  static void run(std::int64_t outer, std::int64_t n, std::int64_t inner, const T* x,
                  std::int64_t* y) {
    map_groups<4, T, 1, 0>(
        outer, n, inner, {x}, {},
        [&]<class Line>(const Line& lines, std::int64_t first, const auto& from, const auto&) {
          Numbers<Line, Place> places;
          line(lines, from[0], places);
          write_lines(lines, places, y + first);
        });
  }
};

template <class T, int Sign>
void places_of_extremes(const Lines& lines, const T* x, std::int64_t* places) {
  using Rule = ExtremePlace<T, Sign>;
  static constexpr auto kernel = PerIsa<void(std::int64_t, std::int64_t, std::int64_t, const T*,
                                             std::int64_t*)>::template of<Rule>();
  const std::int64_t inner = lines.inner;
  if (have_parts(lines)) {
    const auto of_part = [&](const Lines& part, std::int64_t at, std::int64_t* to) {
      kernel(1, part.n, inner, x + at, to);
      for (std::int64_t l = 0; l < inner; ++l) to[l] += at / inner;
    };
    const auto found = of_parts<std::int64_t>(lines, of_part);
    std::copy_n(found.begin(), inner, places);
    for (const std::int64_t* rivals = found.data(); rivals != found.data() + found.size();
         rivals += inner) {
      for (std::int64_t l = 0; l < inner; ++l)
        if (Rule::wins(x[rivals[l] * inner + l], x[places[l] * inner + l])) places[l] = rivals[l];
    }
    return;
  }
  share_out(lines, [&](const Lines& part, std::int64_t at, std::int64_t first) {
    kernel(part.outer, part.n, part.inner, x + at, places + first);
  });
}

}  // namespace

template <std::floating_point T>
void sum(const Lines& lines, const T* x, double* totals) {
  fold<Itself, Plus>(lines, x, nullptr, totals);
}
template <std::floating_point T>
void sum_of_differences(const Lines& lines, const T* x, const double* origins, double* totals) {
  fold<Itself, Plus, true>(lines, x, origins, totals);
}
template <std::floating_point T>
void sum_of_magnitudes(const Lines& lines, const T* x, double* totals) {
  fold<Magnitude, Plus>(lines, x, nullptr, totals);
}
template <std::floating_point T>
void sum_of_squares(const Lines& lines, const T* x, double* totals) {
  fold<Square, Plus>(lines, x, nullptr, totals);
}
template <std::floating_point T>
void sum_of_squares(const Lines& lines, const T* x, const double* origins, double* totals) {
  fold<Square, Plus, true>(lines, x, origins, totals);
}
template <std::floating_point T>
void product(const Lines& lines, const T* x, double* totals) {
  fold<Itself, Times>(lines, x, nullptr, totals);
  for_each_single_line(lines, [&](std::int64_t line, std::int64_t at) {
    double& total = totals[line];
    if (!is_kept(total)) total = scaled_product(lines.n, lines.inner, x + at, total);
  });
}
template <std::floating_point T>
void greatest(const Lines& lines, const T* x, T* y) {
  extremes<T, 1>(lines, x, y);
}
template <std::floating_point T>
void least(const Lines& lines, const T* x, T* y) {
  extremes<T, -1>(lines, x, y);
}
template <std::floating_point T>
void place_of_greatest(const Lines& lines, const T* x, std::int64_t* places) {
  places_of_extremes<T, 1>(lines, x, places);
}
template <std::floating_point T>
void place_of_least(const Lines& lines, const T* x, std::int64_t* places) {
  places_of_extremes<T, -1>(lines, x, places);
}

#define NABLA_LINES(T)                                                              \
  template void sum(const Lines&, const T*, double*);                               \
  template void sum_of_differences(const Lines&, const T*, const double*, double*); \
  template void sum_of_magnitudes(const Lines&, const T*, double*);                 \
  template void sum_of_squares(const Lines&, const T*, double*);                    \
  template void sum_of_squares(const Lines&, const T*, const double*, double*);     \
  template void product(const Lines&, const T*, double*);                           \
  template void greatest(const Lines&, const T*, T*);                               \
  template void least(const Lines&, const T*, T*);                                  \
  template void place_of_greatest(const Lines&, const T*, std::int64_t*);           \
  template void place_of_least(const Lines&, const T*, std::int64_t*);
NABLA_LINES(float)
NABLA_LINES(double)
#undef NABLA_LINES

}  // namespace nabla::kernels
