// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>

#include <nabla/kernels/isa.hpp>
#include <nabla/kernels/lines.hpp>

#include "bundle.hpp"

namespace nabla::kernels {
namespace {

template <class T>
struct Sum {
  template <class Line>
  static void line(const Line& line, const T* x, Numbers<double>& totals) {
    totals.fill(0);
    line.for_each([&](std::int64_t i, std::int64_t l) {
      totals[static_cast<std::size_t>(l)] += static_cast<double>(x[i]);
    });
    join_sums(line, totals);
  }

  // Few lines side by side: several elements of each at a time fill the lanes, so that `folded` lanes
  // hold `inner` lines.
  static void narrow_bundle(std::int64_t n, std::int64_t inner, const T* x, double* totals) {
    const std::int64_t repeats = kWidth / inner, folded = repeats * inner;
    Numbers<double> lanes;
    line(Bundle{n / repeats, folded, folded}, x, lanes);
    std::fill_n(totals, inner, 0.0);
    for (std::int64_t l = 0; l < folded; ++l)
      totals[l % inner] += lanes[static_cast<std::size_t>(l)];
    for (std::int64_t i = n / repeats * folded; i < n * inner; ++i)
      totals[i % inner] += static_cast<double>(x[i]);
  }

  static void run(std::int64_t outer, std::int64_t n, std::int64_t inner, const T* x,
                  double* totals) {
    Numbers<double> lanes;
    if (inner == 1 && n < kWidth) {
      for (std::int64_t first = 0; first < outer; first += kWidth) {
        const std::int64_t width = std::min(kWidth, outer - first);
        std::fill_n(totals + first, width, 0.0);
        for (std::int64_t j = 0; j < n; ++j) {
          for_lanes(width, [&](std::int64_t l) {
            totals[first + l] += static_cast<double>(x[(first + l) * n + j]);
          });
        }
      }
      return;
    }
    for (std::int64_t o = 0; o < outer; ++o) {
      const T* block = x + o * n * inner;
      double* to = totals + o * inner;
      if (inner == 1) {
        line(Row{n}, block, lanes);
        *to = lanes[0];
      } else if (inner <= kWidth / 2) {
        narrow_bundle(n, inner, block, to);
      } else {
        for (std::int64_t first = 0; first < inner; first += kWidth) {
          const std::int64_t width = std::min(kWidth, inner - first);
          line(Bundle{n, inner, width}, block + first, lanes);
          std::copy_n(lanes.begin(), width, to + first);
        }
      }
    }
  }
};

template <class T>
constexpr auto sum_kernel = PerIsa<void(std::int64_t, std::int64_t, std::int64_t, const T*,
                                        double*)>::template of<Sum<T>>();

}  // namespace

void sum(const Lines& lines, const float* x, double* totals) {
  sum_kernel<float>(lines.outer, lines.n, lines.inner, x, totals);
}
void sum(const Lines& lines, const double* x, double* totals) {
  sum_kernel<double>(lines.outer, lines.n, lines.inner, x, totals);
}

}  // namespace nabla::kernels
