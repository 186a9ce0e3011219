// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <nabla/kernels/elementwise.hpp>

// How reductions along lines become vector code: kWidth lanes at a time, which are lines side by side
// (Bundle) or the parts of one long line (Row). A formula is written once for both.

namespace nabla::kernels {

constexpr std::int64_t kWidth = 64;

template <class T>
using Numbers = std::array<T, static_cast<std::size_t>(kWidth)>;

// Up to kWidth lines side by side: element j of line l is at [j * step + l].
struct Bundle {
  std::int64_t n, step, width;

  template <class F>
  void for_each(const F& f) const {
    for (std::int64_t j = 0; j < n; ++j)
      for_lanes(width, [&](std::int64_t l) { f(j * step + l, l); });
  }
};

// One long line, dealt out to kWidth lanes.
struct Row {
  std::int64_t n;

  template <class F>
  void for_each(const F& f) const {
    std::int64_t first = 0;
    for (; first + kWidth <= n; first += kWidth)
      for_lanes(kWidth, [&](std::int64_t l) { f(first + l, l); });
    for_lanes(n - first, [&](std::int64_t l) { f(first + l, l); });
  }
};

// What the lanes have gathered, brought together: nothing to do for lines side by side.
template <class T, class F>
inline void join(const Bundle&, Numbers<T>&, const F&) {}
template <class T, class F>
inline void join(const Row&, Numbers<T>& lanes, const F& f) {
  T all = lanes[0];
  for (std::size_t l = 1; l < lanes.size(); ++l) all = f(all, lanes[l]);
  lanes.fill(all);
}

template <class Line>
inline void join_sums(const Line& line, Numbers<double>& totals) {
  join(line, totals, [](double a, double b) { return a + b; });
}

// f(l) for each line of a bundle, and once for a row, whose lanes all hold the same.
template <class T, class F>
inline void for_each_line(const Bundle& bundle, Numbers<T>& to, const F& f) {
  for_lanes(bundle.width, [&](std::int64_t l) {
    to[static_cast<std::size_t>(l)] = f(static_cast<std::size_t>(l));
  });
}
template <class T, class F>
inline void for_each_line(const Row&, Numbers<T>& to, const F& f) {
  to.fill(f(0));
}

// Element j of line l goes to [j * kWidth + l].
template <class T>
inline void deal_out(std::int64_t width, std::int64_t n, const T* x, T* to) {
  for (std::int64_t l = 0; l < width; ++l)
    for (std::int64_t j = 0; j < n; ++j) to[j * kWidth + l] = x[l * n + j];
}

}  // namespace nabla::kernels
