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
#include <nabla/kernels/lines.hpp>
#include <nabla/kernels/memory.hpp>
#include <nabla/kernels/scaled_product.hpp>

#include "bundle.hpp"

namespace nabla::kernels {
namespace {

// What is folded of an element, or of its distance from the origin of its line.
struct Itself {
  template <class Number>
  static Number of(Number x) {
    return x;
  }
};
struct Magnitude {
  static double of(double x) { return std::fabs(x); }
};
struct Square {
  static double of(double x) { return x * x; }
};

// Elements of T are joined by fours (of_four) where that costs less. Integers wrap around, as only
// unsigned ones may. What is not right is to be found in another way.
using Wrapping = std::uint64_t;
struct Plus {
  static constexpr int kNeutral = 0;
  static constexpr bool kByFours = false;
  static bool is_right(auto) { return true; }
  static double of(double a, double b) { return a + b; }
  static std::int64_t of(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<Wrapping>(a) + static_cast<Wrapping>(b));
  }
  template <class T>
  static Total<T> of_four(Total<T> a, Total<T> b, Total<T> c, Total<T> d) {
    return of(of(a, b), of(c, d));
  }
};
struct Times {
  static constexpr int kNeutral = 1;
  static constexpr bool kByFours = true;
  static bool is_right(double product) { return is_kept(product); }
  static bool is_right(std::int64_t) { return true; }
  static double of(double a, double b) { return kept(a * b); }
  static std::int64_t of(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<Wrapping>(a) * static_cast<Wrapping>(b));
  }
  template <class T>
  static Total<T> of_four(Total<T> a, Total<T> b, Total<T> c, Total<T> d) {
    // In double, a product of four floats is in range.
    if constexpr (std::is_same_v<T, float>) return (a * b) * (c * d);
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
  using Number = Total<T>;
  static constexpr auto kNeutral = static_cast<Number>(Join::kNeutral);

  static Number term(T x, const double* origins, std::int64_t l) {
    const auto number = static_cast<Number>(x);
    if constexpr (HasOrigins) return Term::of(number - origins[l]);
    return Term::of(number);
  }

  // Each of these gives true if all totals are right.
  template <class Line>
  static bool line(const Line& lines, const T* x, const double* origins, Number* totals) {
    Numbers<Line, Number> lanes;
    Numbers<Line, double> from;
    lanes.fill(kNeutral);
    if constexpr (HasOrigins) read_lines(lines, origins, from);
    const auto at = [&](std::int64_t i, std::int64_t l) { return term(x[i], from.data(), l); };
    const auto add = [&](std::int64_t l, Number number) {
      Number& total = lanes[static_cast<std::size_t>(l)];
      total = Join::of(total, number);
    };
    if constexpr (sizeof(T) == 1 && std::is_same_v<Join, Plus>) {
      // In bytes, of which vectors hold most, while they do not overflow.
      Numbers<Line, T> lately{};
      lines.for_each(
          [&](std::int64_t i, std::int64_t l, std::int64_t) {
            T& count = lately[static_cast<std::size_t>(l)];
            count = static_cast<T>(count + x[i]);
          },
          [&] { add_lately(lately, lanes); });
    } else if constexpr (Join::kByFours && !std::is_same_v<Line, Bundle>) {
      lines.for_each_four(
          [&](std::int64_t i, std::int64_t step, std::int64_t l) {
            add(l, Join::template of_four<T>(at(i, l), at(i + step, l), at(i + 2 * step, l),
                                             at(i + 3 * step, l)));
          },
          [&](std::int64_t i, std::int64_t l) { add(l, at(i, l)); });
    } else {
      read_ahead(lines, x, [&](std::int64_t i, std::int64_t l) { add(l, at(i, l)); });
    }
    join(lines, lanes, [](Number a, Number b) { return Join::of(a, b); });
    write_lines(lines, lanes, totals);
    return all_lines(lines, [&](std::size_t k) { return Join::is_right(lanes[k]); });
  }

  // Lines side by side: whole rows are joined, four at a time, so that memory is read in its order.
  static void join_rows(std::int64_t n, std::int64_t step, std::int64_t width, const T* x,
                        const double* origins, Number* totals) {
    std::fill_n(totals, width, kNeutral);
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
                               const double* origins, Number* totals) {
    constexpr auto kMost = static_cast<std::size_t>(kRepeats * kWidth / 2);
    std::array<Number, kMost> lanes;
    std::array<double, kMost> repeated;
    if (HasOrigins) {
      for (std::int64_t repeat = 0; repeat < kRepeats; ++repeat)
        std::copy_n(origins, width, repeated.data() + repeat * width);
    }
    join_rows(n / kRepeats, kRepeats * width, kRepeats * width, x, repeated.data(), lanes.data());
    const std::int64_t rest = n % kRepeats;
    join_rows(rest, width, width, x + (n - rest) * width, origins, totals);
    for (std::int64_t repeat = 0; repeat < kRepeats; ++repeat) {
      const Number* part = lanes.data() + repeat * width;
      for_lanes(width, [&](std::int64_t l) { totals[l] = Join::of(totals[l], part[l]); });
    }
  }

  // Totals of this many lines stay in the nearest cache.
  static constexpr std::int64_t kMostLines = 2048;
  static bool bundle(std::int64_t n, std::int64_t inner, const T* x, const double* origins,
                     Number* totals) {
    if (inner <= kWidth / 2 && n >= 4 * kRepeats) {
      join_narrow_rows(n, inner, x, origins, totals);
    } else {
      for (std::int64_t first = 0; first < inner; first += kMostLines) {
        join_rows(n, inner, std::min(kMostLines, inner - first), x + first,
                  HasOrigins ? origins + first : origins, totals + first);
      }
    }
    return all_lines(Bundle{n, inner, inner},
                     [=](std::size_t k) { return Join::is_right(totals[k]); });
  }

  static bool run(std::int64_t outer, std::int64_t n, std::int64_t inner, const T* x,
                  const double* origins, Number* totals) {
    const auto origins_from = [&](std::int64_t line) {
      return HasOrigins ? origins + line : origins;
    };
    bool are_right = true;
    if (inner > 1) {
      for (std::int64_t o = 0; o < outer; ++o)
        are_right &=
            bundle(n, inner, x + o * n * inner, origins_from(o * inner), totals + o * inner);
    } else {
      const auto group = [&](const auto& lines, std::int64_t first, const auto& from, const auto&) {
        are_right &= line(lines, from[0], origins_from(first), totals + first);
      };
      // Of fewer elements than lanes the sum is that of one after another, however many lines there are.
      map_groups<4, T, 1, 0>(Part{{outer, n, 1}, 1}, {x}, {}, group, n < kWidth);
    }
    return are_right;
  }
};

// True if all totals are right.
template <class Term, class Join, bool HasOrigins = false, class T>
bool fold(const Lines& lines, const T* x, const double* origins, Total<T>* totals) {
  using Rule = Fold<T, Term, Join, HasOrigins>;
  static constexpr auto kernel = PerIsa<bool(std::int64_t, std::int64_t, std::int64_t, const T*,
                                             const double*, Total<T>*)>::template of<Rule>();
  if (have_parts(lines)) {
    const auto parts =
        of_parts<Total<T>>(lines, [&](const Lines& part, std::int64_t at, Total<T>* to) {
          kernel(1, part.n, part.inner, x + at, origins, to);
        });
    std::fill_n(totals, lines.inner, Rule::kNeutral);
    for (const Total<T>* part = parts.data(); part != parts.data() + parts.size();
         part += lines.inner)
      for (std::int64_t l = 0; l < lines.inner; ++l) totals[l] = Join::of(totals[l], part[l]);
    return std::all_of(totals, totals + lines.inner, [](Total<T> t) { return Join::is_right(t); });
  }
  return all_shared_out(lines, [&](const Lines& part, std::int64_t at, std::int64_t first) {
    return kernel(part.outer, part.n, part.inner, x + at,
                  origins == nullptr ? nullptr : origins + first, totals + first);
  });
}

// The sum of (x - mean)^2 of lines one behind another.
template <class T>
struct SquaredDeviations {
  static void run(std::int64_t outer, std::int64_t n, const T* x, double* totals) {
    map_groups<4, T, 1, 0>(
        outer, n, 1, {x}, {},
        [&]<class Line>(const Line& line, std::int64_t first, const auto& from, const auto&) {
          Numbers<Line, double> means, squares{};
          gather_means(line, from[0], means);
          line.for_each([&](std::int64_t i, std::int64_t l, std::int64_t) {
            const auto k = static_cast<std::size_t>(l);
            squares[k] += Square::of(static_cast<double>(from[0][i]) - means[k]);
          });
          join_sums(line, squares);
          write_lines(line, squares, totals + first);
        });
  }
};

// The mean of n numbers, one each `step`, whose sum leaves the range of double; NaN if one is infinite.
template <class T>
double far_mean(const T* x, std::int64_t n, std::int64_t step) {
  constexpr double kFew = 0x1p-64;  // of numbers so small no sum overflows
  double sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += static_cast<double>(x[i * step]) * kFew;
  return std::isfinite(sum) ? sum / static_cast<double>(n) / kFew
                            : std::numeric_limits<double>::quiet_NaN();
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

}  // namespace

template <Reducible T>
void sum(const Lines& lines, const T* x, Total<T>* totals) {
  fold<Itself, Plus>(lines, stored(x), nullptr, totals);
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
void squared_deviations(const Lines& lines, const T* x, double* totals) {
  static constexpr auto kernel = PerIsa<void(std::int64_t, std::int64_t, const T*,
                                             double*)>::template of<SquaredDeviations<T>>();
  if (lines.inner == 1 && !have_parts(lines)) {
    return share_out(lines, [&](const Lines& part, std::int64_t at, std::int64_t first) {
      kernel(part.outer, part.n, x + at, totals + first);
    });
  }
  std::vector<double, Allocator<double>> means(static_cast<std::size_t>(lines.outer * lines.inner));
  mean(lines, x, means.data());
  fold<Square, Plus, true>(lines, x, means.data(), totals);
}
template <std::floating_point T>
void mean(const Lines& lines, const T* x, double* means) {
  const auto [outer, n, inner] = lines;
  std::vector<double, Allocator<double>> origins(static_cast<std::size_t>(outer * inner));
  for (std::int64_t o = 0; o < outer; ++o)
    std::copy_n(x + o * n * inner, inner, origins.data() + o * inner);
  fold<Itself, Plus, true>(lines, x, origins.data(), means);
  for (std::int64_t line = 0; line < outer * inner; ++line) {
    double& to = means[line];
    to = origins[static_cast<std::size_t>(line)] + to / static_cast<double>(n);
    if (!std::isfinite(to)) to = far_mean(x + first_of_line(lines, line), n, inner);
  }
}
template <Reducible T>
void product(const Lines& lines, const T* x, Total<T>* totals) {
  if (fold<Itself, Times>(lines, stored(x), nullptr, totals)) return;
  if constexpr (std::is_floating_point_v<T>) {
    for_each_single_line(lines, [&](std::int64_t line) {
      double& total = totals[line];
      if (is_kept(total)) return;
      total = scaled_product(lines.n, lines.inner, x + first_of_line(lines, line), total);
    });
  }
}
#define NABLA_LINES(T)                                  \
  template void sum(const Lines&, const T*, Total<T>*); \
  template void product(const Lines&, const T*, Total<T>*);
#define NABLA_FLOATING_LINES(T)                                      \
  NABLA_LINES(T)                                                     \
  template void sum_of_magnitudes(const Lines&, const T*, double*);  \
  template void sum_of_squares(const Lines&, const T*, double*);     \
  template void squared_deviations(const Lines&, const T*, double*); \
  template void mean(const Lines&, const T*, double*);
NABLA_LINES(bool)
NABLA_LINES(std::int64_t)
NABLA_FLOATING_LINES(float)
NABLA_FLOATING_LINES(double)
#undef NABLA_FLOATING_LINES
#undef NABLA_LINES

}  // namespace nabla::kernels
