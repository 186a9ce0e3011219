// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include <nabla/kernels/isa.hpp>
#include <nabla/kernels/lane.hpp>
#include <nabla/kernels/lines.hpp>
#include <nabla/kernels/memory.hpp>

#include "bundle.hpp"

namespace nabla::kernels {
namespace {

template <class T>
struct Sum {
  static double row(const Row& line, const T* x) {
    Numbers<double> totals{};
    line.for_each([&](std::int64_t i, std::int64_t l, std::int64_t) {
      totals[static_cast<std::size_t>(l)] += static_cast<double>(x[i]);
    });
    join_sums(line, totals);
    return totals[0];
  }

  // Lines side by side: whole rows are added, four at a time, so that memory is read in its order.
  static void add_rows(std::int64_t n, std::int64_t step, std::int64_t width, const T* x,
                       double* totals) {
    std::fill_n(totals, width, 0.0);
    const std::int64_t by_fours = n / 4 * 4;
    for (std::int64_t j = 0; j < by_fours; j += 4) {
      const T* row = x + j * step;
      for_lanes(width, [&](std::int64_t l) {
        const auto at = [&](std::int64_t r) { return static_cast<double>(row[r * step + l]); };
        totals[l] += (at(0) + at(1)) + (at(2) + at(3));
      });
    }
    for (std::int64_t j = by_fours; j < n; ++j) {
      const T* row = x + j * step;
      for_lanes(width, [&](std::int64_t l) { totals[l] += static_cast<double>(row[l]); });
    }
  }

  // Rows too narrow for that, and many, are added kRepeats at a time: a row of whole vectors, however
  // short a single one is.
  static constexpr std::int64_t kRepeats = 16;
  static void add_narrow_rows(std::int64_t n, std::int64_t width, const T* x, double* totals) {
    std::array<double, static_cast<std::size_t>(kRepeats * kWidth / 2)> lanes;
    add_rows(n / kRepeats, kRepeats * width, kRepeats * width, x, lanes.data());
    const std::int64_t rest = n % kRepeats;
    add_rows(rest, width, width, x + (n - rest) * width, totals);
    for (std::int64_t repeat = 0; repeat < kRepeats; ++repeat) {
      const double* part = lanes.data() + repeat * width;
      for_lanes(width, [&](std::int64_t l) { totals[l] += part[l]; });
    }
  }

  // Totals of this many lines stay in the nearest cache.
  static constexpr std::int64_t kMostLines = 2048;
  static void bundle(std::int64_t n, std::int64_t inner, const T* x, double* totals) {
    if (inner <= kWidth / 2 && n >= 4 * kRepeats) return add_narrow_rows(n, inner, x, totals);
    for (std::int64_t first = 0; first < inner; first += kMostLines)
      add_rows(n, inner, std::min(kMostLines, inner - first), x + first, totals + first);
  }

  static void run(std::int64_t outer, std::int64_t n, std::int64_t inner, const T* x,
                  double* totals) {
    if (inner == 1 && n < kWidth) {
      for_each_narrow_group(outer, n, [&](std::int64_t at, std::int64_t first, std::int64_t width) {
        std::fill_n(totals + first, width, 0.0);
        for (std::int64_t j = 0; j < n; ++j) {
          for_lanes(width, [&](std::int64_t l) {
            totals[first + l] += static_cast<double>(x[at + l * n + j]);
          });
        }
      });
    } else if (inner > 1) {
      for (std::int64_t o = 0; o < outer; ++o)
        bundle(n, inner, x + o * n * inner, totals + o * inner);
    } else {
      for (std::int64_t o = 0; o < outer; ++o) totals[o] = row(Row{n}, x + o * n);
    }
  }
};

// Lines so long that each is cut into parts, whose sums are added in their order.
template <class T, class Kernel>
void sum_of_parts(const Kernel& kernel, const Lines& lines, const T* x, double* totals) {
  const std::int64_t block = std::max(kLoopBlock / lines.inner, std::int64_t{1});
  const std::int64_t parts = (lines.n + block - 1) / block;
  std::vector<double, Allocator<double>> sums(static_cast<std::size_t>(parts * lines.inner));
  for_each_range(lines.n, block, [&](std::int64_t first, std::int64_t last) {
    kernel(1, last - first, lines.inner, x + first * lines.inner,
           sums.data() + first / block * lines.inner);
  });
  std::fill_n(totals, lines.inner, 0.0);
  for (std::int64_t part = 0; part < parts; ++part)
    for (std::int64_t i = 0; i < lines.inner; ++i)
      totals[i] += sums[static_cast<std::size_t>(part * lines.inner + i)];
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
  static void line(const Line& line, const T* x, Numbers<T>& extremes) {
    extremes.fill(-Sign * std::numeric_limits<T>::infinity());
    line.for_each([&](std::int64_t i, std::int64_t l, std::int64_t) {
      T& extreme = extremes[static_cast<std::size_t>(l)];
      extreme = better(x[i], extreme);
    });
    join(line, extremes, [](T a, T b) { return better(a, b); });
  }
  static void run(std::int64_t outer, std::int64_t n, std::int64_t inner, const T* x, T* y) {
    Numbers<T> extremes;
    for_each_group_of(
        outer, n, inner, x,
        [&](const auto& lines, const T* from, std::int64_t first, std::int64_t width) {
          line(lines, from, extremes);
          std::copy_n(extremes.begin(), width, y + first);
        });
  }
};

template <class T, int Sign>
void extremes(const Lines& lines, const T* x, T* y) {
  static constexpr auto kernel = PerIsa<void(std::int64_t, std::int64_t, std::int64_t, const T*,
                                             T*)>::template of<Extreme<T, Sign>>();
  share_out(lines, [&](const Lines& part, std::int64_t at, std::int64_t first) {
    kernel(part.outer, part.n, part.inner, x + at, y + first);
  });
}

}  // namespace

template <std::floating_point T>
void sum(const Lines& lines, const T* x, double* totals) {
  static constexpr auto kernel = PerIsa<void(std::int64_t, std::int64_t, std::int64_t, const T*,
                                             double*)>::template of<Sum<T>>();
  constexpr std::int64_t kFewLines = 4096;
  if (lines.outer == 1 && lines.inner <= kFewLines && lines.n * lines.inner >= kLargeLoop)
    return sum_of_parts(kernel, lines, x, totals);
  share_out(lines, [&](const Lines& part, std::int64_t at, std::int64_t first) {
    kernel(part.outer, part.n, part.inner, x + at, totals + first);
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
template void sum(const Lines&, const float*, double*);
template void sum(const Lines&, const double*, double*);
template void greatest(const Lines&, const float*, float*);
template void greatest(const Lines&, const double*, double*);
template void least(const Lines&, const float*, float*);
template void least(const Lines&, const double*, double*);

}  // namespace nabla::kernels
