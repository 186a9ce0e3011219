// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstdint>
#include <limits>
#include <type_traits>

#include <nabla/kernels/isa.hpp>
#include <nabla/kernels/lane_arithmetic.hpp>
#include <nabla/kernels/lines.hpp>

#include "bundle.hpp"

namespace nabla::kernels {
namespace {

// An order of elements: Sign 1 for the greatest first, -1 for the least, and NaN before all.
template <class T, int Sign>
struct Order {
  static constexpr bool kIsFloating = std::is_floating_point_v<T>;
  // The lowest, the highest: infinite where there is that.
  static constexpr T kLow = kIsFloating ? -std::numeric_limits<T>::infinity()
                                        : std::numeric_limits<T>::lowest(),
                     kHigh = kIsFloating ? std::numeric_limits<T>::infinity()
                                         : std::numeric_limits<T>::max(),
                     kLast = Sign > 0 ? kLow : kHigh;

  // True if a comes before b.
  static bool beats(T a, T b) {
    const bool is_farther = Sign > 0 ? a > b : a < b;
    if constexpr (kIsFloating) return either(is_farther, both(a != a, b == b));
    return is_farther;
  }
  static T better(T a, T b) {
    if constexpr (kIsFloating) {
      const bool is_farther = Sign > 0 ? a > b : a < b;
      return choose(either(is_farther, a != a), Lane<T>(a), Lane<T>(b)).number();
    } else {
      return beats(a, b) ? a : b;
    }
  }
};

// What a rule finds in each line, one number.
template <class Rule, class T, class Y>
struct Found {
  static void run(std::int64_t outer, std::int64_t n, std::int64_t inner, const T* x, Y* y) {
    map_groups<4, T, 1, 0>(
        outer, n, inner, {x}, {},
        [&]<class Line>(const Line& line, std::int64_t first, const auto& from, const auto&) {
          Numbers<Line, typename Rule::Number> found;
          Rule::line(line, from[0], found);
          write_lines(line, found, y + first);
        });
  }
};
template <class Rule, class T, class Y>
constexpr auto kFound = PerIsa<void(std::int64_t, std::int64_t, std::int64_t, const T*,
                                    Y*)>::template of<Found<Rule, T, Y>>();

// The element that comes first.
template <class T, int Sign>
struct Extreme {
  using Number = T;
  using ByRank = Order<T, Sign>;

  template <class Line>
  static void line(const Line& line, const T* x, Numbers<Line, T>& extremes) {
    extremes.fill(ByRank::kLast);
    line.for_each([&](std::int64_t i, std::int64_t l, std::int64_t) {
      T& extreme = extremes[static_cast<std::size_t>(l)];
      extreme = ByRank::better(x[i], extreme);
    });
    join(line, extremes, [](T a, T b) { return ByRank::better(a, b); });
  }
};

template <int Sign, class T>
void extremes(const Lines& lines, const T* x, T* y) {
  constexpr auto kernel = kFound<Extreme<T, Sign>, T, T>;
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
  // As wide as T, for vector code, but wide enough.
  using Number = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
  using ByRank = Order<T, Sign>;

  template <class Line>
  static void line(const Line& line, const T* x, Numbers<Line, Number>& places) {
    Numbers<Line, T> extremes;
    extremes.fill(ByRank::kLast);
    places.fill(0);
    line.for_each([&](std::int64_t i, std::int64_t l, std::int64_t j) {
      T& extreme = extremes[static_cast<std::size_t>(l)];
      Number& place = places[static_cast<std::size_t>(l)];
      const bool is_better = ByRank::beats(x[i], extreme);
      extreme = is_better ? x[i] : extreme;
      place = is_better ? static_cast<Number>(j) : place;
    });
    if constexpr (!kIsSideBySide<Line>) {
      Numbers<Line, T> of_line = extremes;
      join(line, of_line, [](T a, T b) { return ByRank::better(a, b); });
      for_all_lanes<Line::kAllLanes>([&](std::int64_t l) {
        const auto k = static_cast<std::size_t>(l);
        const T extreme = extremes[k], best = of_line[k];
        const bool is_best = either(extreme == best, both(extreme != extreme, best != best));
        places[k] = is_best ? places[k] : std::numeric_limits<Number>::max();
      });
      join(line, places, [](Number a, Number b) { return a < b ? a : b; });
    }
  }
};

template <int Sign, class T>
void places_of_extremes(const Lines& lines, const T* x, std::int64_t* places) {
  constexpr auto kernel = kFound<ExtremePlace<T, Sign>, T, std::int64_t>;
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
        if (Order<T, Sign>::beats(x[rivals[l] * inner + l], x[places[l] * inner + l]))
          places[l] = rivals[l];
    }
    return;
  }
  share_out(lines, [&](const Lines& part, std::int64_t at, std::int64_t first) {
    kernel(part.outer, part.n, part.inner, x + at, places + first);
  });
}

}  // namespace

template <Reducible T>
void greatest(const Lines& lines, const T* x, T* y) {
  extremes<1>(lines, stored(x), stored(y));
}
template <Reducible T>
void least(const Lines& lines, const T* x, T* y) {
  extremes<-1>(lines, stored(x), stored(y));
}
template <Reducible T>
void place_of_greatest(const Lines& lines, const T* x, std::int64_t* places) {
  places_of_extremes<1>(lines, stored(x), places);
}
template <Reducible T>
void place_of_least(const Lines& lines, const T* x, std::int64_t* places) {
  places_of_extremes<-1>(lines, stored(x), places);
}

#define NABLA_EXTREMES(T)                                                 \
  template void greatest(const Lines&, const T*, T*);                     \
  template void least(const Lines&, const T*, T*);                        \
  template void place_of_greatest(const Lines&, const T*, std::int64_t*); \
  template void place_of_least(const Lines&, const T*, std::int64_t*);
NABLA_EXTREMES(bool)
NABLA_EXTREMES(std::int64_t)
NABLA_EXTREMES(float)
NABLA_EXTREMES(double)
#undef NABLA_EXTREMES

}  // namespace nabla::kernels
