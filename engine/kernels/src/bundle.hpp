// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include <nabla/kernels/elementwise.hpp>
#include <nabla/kernels/isa.hpp>
#include <nabla/kernels/lines.hpp>
#include <nabla/kernels/parallel.hpp>

#include "register.hpp"

// How reductions along lines become vector code: kWidth lanes at a time, which are lines side by side
// (Bundle) or the parts of one long line (Row). A formula is written once for both:
// line.for_each(f) calls f(place of an element, its lane, its number in the line);
// line.for_each(f, after) calls after() whenever a lane has had kSteps elements more, and at the end.

namespace nabla::kernels {

constexpr std::int64_t kWidth = 64;
constexpr std::int64_t kSteps = 16;

template <class T>
using Numbers = std::array<T, static_cast<std::size_t>(kWidth)>;

// Up to kWidth lines side by side: element j of line l is at [j * step + l].
struct Bundle {
  std::int64_t n, step, width;

  template <class F, class After>
  void for_each(const F& f, const After& after) const {
    for (std::int64_t first = 0; first < n; first += kSteps) {
      for (std::int64_t j = first; j < std::min(first + kSteps, n); ++j)
        for_lanes(width, [&](std::int64_t l) { f(j * step + l, l, j); });
      after();
    }
  }
  template <class F>
  void for_each(const F& f) const {
    for_each(f, [] {});
  }
};

// One long line, dealt out to kWidth lanes.
struct Row {
  std::int64_t n;

  template <class F, class After>
  void for_each(const F& f, const After& after) const {
    const std::int64_t full = n / kWidth * kWidth;
    for (std::int64_t first = 0; first < full; first += kSteps * kWidth) {
      const std::int64_t last = std::min(first + kSteps * kWidth, full);
      for (std::int64_t i = first; i < last; i += kWidth)
        for_lanes(kWidth, [&](std::int64_t l) { f(i + l, l, i + l); });
      after();
    }
    for_lanes(n - full, [&](std::int64_t l) { f(full + l, l, full + l); });
    after();
  }
  template <class F>
  void for_each(const F& f) const {
    for_each(f, [] {});
  }
};

// Adds what the lanes have summed up lately, and begins again: sums of numbers of one sign that lose
// no more than a few of them would, at the speed of T.
template <class T>
inline void add_lately(Numbers<T>& lately, Numbers<double>& totals) {
  for_lanes(kWidth, [&](std::int64_t l) {
    const auto k = static_cast<std::size_t>(l);
    totals[k] += static_cast<double>(lately[k]);
    lately[k] = 0;
  });
}

// What the lanes have gathered, brought together: nothing to do for lines side by side. By halves,
// because each step from lane to lane would wait for the one before.
template <class T, class F>
inline void join(const Bundle&, Numbers<T>&, const F&) {}
template <class T, class F>
inline void join(const Row&, Numbers<T>& lanes, const F& f) {
  for (std::int64_t half = kWidth / 2; half > 0; half /= 2) {
    for_lanes(half, [&](std::int64_t l) {
      const auto k = static_cast<std::size_t>(l);
      lanes[k] = f(lanes[k], lanes[k + static_cast<std::size_t>(half)]);
    });
  }
  lanes.fill(T(lanes[0]));
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

// How many lines there are.
inline std::int64_t lines_in(const Bundle& bundle) { return bundle.width; }
inline std::int64_t lines_in(const Row&) { return 1; }

// A square of numbers in registers, to be transposed: where bit `kStep` of a row and of a column differ,
// two blocks change places, for each bit.
// Source: Eklundh 1972, "A fast computer method for matrix transposing".
template <class T, int Bytes>
class Transposition {
 public:
  static constexpr std::int64_t kSide = Bytes / static_cast<std::int64_t>(sizeof(T));

  // Its row i is at from + i * from_step, and comes to be column i at `to`.
  static void run(const T* from, std::int64_t from_step, T* to, std::int64_t to_step) {
    Transposition square;
#pragma GCC unroll 8
    for (std::int64_t i = 0; i < kSide; ++i)
      std::memcpy(&square.rows_[i], from + i * from_step, Bytes);
    if constexpr (kSide > 4) square.template swap<4>();
    if constexpr (kSide > 2) square.template swap<2>();
    square.template swap<1>();
#pragma GCC unroll 8
    for (std::int64_t i = 0; i < kSide; ++i) std::memcpy(to + i * to_step, &square.rows_[i], Bytes);
  }

 private:
  template <int kStep>
  void swap() {
    [this]<int... L>(std::integer_sequence<int, L...>) {
#pragma GCC unroll 8
      for (int i = 0; i < kSide; ++i) {
        if ((i & kStep) != 0) continue;
        const Register<T, Bytes> a = rows_[i], b = rows_[i + kStep];
        rows_[i] =
            __builtin_shufflevector(a, b, ((L & kStep) == 0 ? L : int{kSide} + L - kStep)...);
        rows_[i + kStep] =
            __builtin_shufflevector(a, b, ((L & kStep) == 0 ? L + kStep : int{kSide} + L)...);
      }
    }
    (std::make_integer_sequence<int, static_cast<int>(kSide)>());
  }

  Register<T, Bytes> rows_[kSide];
};

// Narrow lines, dealt out to lanes to be computed side by side: element j of line l is at
// [j * kWidth + l]. And the way back.
template <class T>
struct Dealt {
  alignas(64) std::array<T, static_cast<std::size_t>(kWidth* kWidth)> numbers;
  [[nodiscard]] T* data() { return numbers.data(); }
};
// Squares cover the lines as far as they reach; the last ones of a line may overlap those before.
template <class T, int Bytes, bool IsOut>
struct Deal {
  static void run(std::int64_t width, std::int64_t n, const T* from, T* to) {
    using Block = Transposition<T, Bytes>;
    constexpr std::int64_t kSide = Block::kSide;
    std::int64_t l = 0;
    for (; n >= kSide && l + kSide <= width; l += kSide) {
      for (std::int64_t at = 0; at < n; at += kSide) {
        const std::int64_t j = std::min(at, n - kSide);
        if constexpr (IsOut) {
          Block::run(from + l * n + j, n, to + j * kWidth + l, kWidth);
        } else {
          Block::run(from + j * kWidth + l, kWidth, to + l * n + j, n);
        }
      }
    }
    for (; l < width; ++l) {
      for (std::int64_t j = 0; j < n; ++j) {
        if constexpr (IsOut) {
          to[j * kWidth + l] = from[l * n + j];
        } else {
          to[l * n + j] = from[j * kWidth + l];
        }
      }
    }
  }
};
template <class T, bool IsOut>
constexpr auto kDeal = PerIsa<void(std::int64_t, std::int64_t, const T*, T*)>::template of<
    Deal<T, 16, IsOut>, Deal<T, 32, IsOut>, Deal<T, 32, IsOut>>();
template <class T>
inline void deal_out(std::int64_t width, std::int64_t n, const T* x, T* to) {
  kDeal<T, true>(width, n, x, to);
}
template <class T>
inline void collect(std::int64_t width, std::int64_t n, const T* from, T* y) {
  kDeal<T, false>(width, n, from, y);
}

// All lines of a contiguous array of shape (outer, n, inner), those side by side together:
// f(lines, place of their first element, number of the first of them, how many).
template <class F>
inline void for_each_group(std::int64_t outer, std::int64_t n, std::int64_t inner, const F& f) {
  for (std::int64_t o = 0; o < outer; ++o) {
    if (inner == 1) {
      f(Row{n}, o * n, o, std::int64_t{1});
      continue;
    }
    for (std::int64_t first = 0; first < inner; first += kWidth) {
      const std::int64_t width = std::min(kWidth, inner - first);
      f(Bundle{n, inner, width}, o * n * inner + first, o * inner + first, width);
    }
  }
}

// Lines too narrow to fill the lanes, one behind another: f(place of the first element of up to
// kWidth lines, number of the first, how many).
template <class F>
inline void for_each_narrow_group(std::int64_t outer, std::int64_t n, const F& f) {
  for (std::int64_t first = 0; first < outer; first += kWidth)
    f(first * n, first, std::min(kWidth, outer - first));
}

// All lines of x, narrow ones dealt out before: f(lines, their first element, number of the first of
// them, how many).
template <class T, class F>
inline void for_each_group_of(std::int64_t outer, std::int64_t n, std::int64_t inner, const T* x,
                              const F& f) {
  if (inner == 1 && n < kWidth) {
    Dealt<T> dealt;
    for_each_narrow_group(outer, n, [&](std::int64_t at, std::int64_t first, std::int64_t width) {
      deal_out(width, n, x + at, dealt.data());
      f(Bundle{n, kWidth, width}, static_cast<const T*>(dealt.data()), first, width);
    });
  } else {
    for_each_group(outer, n, inner,
                   [&](const auto& lines, std::int64_t at, std::int64_t first, std::int64_t width) {
                     f(lines, x + at, first, width);
                   });
  }
}

// The same with a result for each element: f(lines, first element of x, first element of y).
template <class T, class F>
inline void map_groups(std::int64_t outer, std::int64_t n, std::int64_t inner, const T* x, T* y,
                       const F& f) {
  if (inner == 1 && n < kWidth) {
    Dealt<T> dealt_x, dealt_y;
    for_each_narrow_group(outer, n, [&](std::int64_t at, std::int64_t, std::int64_t width) {
      deal_out(width, n, x + at, dealt_x.data());
      f(Bundle{n, kWidth, width}, static_cast<const T*>(dealt_x.data()), dealt_y.data());
      collect(width, n, dealt_y.data(), y + at);
    });
  } else {
    for_each_group(outer, n, inner,
                   [&](const auto& lines, std::int64_t at, std::int64_t, std::int64_t) {
                     f(lines, x + at, y + at);
                   });
  }
}

// How many of the outer lines one thread takes at a time: all where they are few.
inline std::int64_t outer_block(const Lines& lines) {
  const std::int64_t elements = lines.n * lines.inner;
  if (lines.outer * elements < kLargeLoop) return std::max(lines.outer, std::int64_t{1});
  const std::int64_t most = std::max(kLoopBlock / elements, std::int64_t{1});
  return most < kWidth ? most : most / kWidth * kWidth;
}

// Lines shared out over threads, where there are many: f(part, place of its first element, number
// of its first line).
template <class F>
void share_out(const Lines& lines, const F& f) {
  const std::int64_t block = outer_block(lines);
  if (block >= lines.outer) return f(lines, std::int64_t{0}, std::int64_t{0});
  for_each_range(lines.outer, block, [&](std::int64_t first, std::int64_t last) {
    f(Lines{last - first, lines.n, lines.inner}, first * lines.n * lines.inner,
      first * lines.inner);
  });
}

}  // namespace nabla::kernels
