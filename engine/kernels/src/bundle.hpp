// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include <nabla/kernels/elementwise.hpp>
#include <nabla/kernels/isa.hpp>
#include <nabla/kernels/lines.hpp>
#include <nabla/kernels/memory.hpp>
#include <nabla/kernels/parallel.hpp>

#include "transposition.hpp"

// How reductions along lines become vector code: a fixed number of lanes at a time, which are lines side
// by side (Bundle), narrow ones that were dealt out to lie so (Narrow), or the parts of a few long lines
// (Rows). A formula is written once for all:
// line.for_each(f) calls f(place of an element, its lane, its number in the line);
// line.for_each(f, after) calls after() whenever a lane has had kSteps elements more, and at the end;
// line.first_of_lane(lane) is the place of the first element of its line;
// line.for_each_four(four, f) calls four(place of the first of four elements, step to the next, their lane),
// and f(place, lane) for those left over.

namespace nabla::kernels {

constexpr std::int64_t kWidth = 64;
constexpr std::int64_t kSteps = 16;
constexpr std::int64_t kMostNarrow = 127;  // elements of a narrow line

// One number for each lane; aligned, for a register that lies in two lines of the cache costs both.
template <class Line, class T>
struct alignas(64) Numbers : std::array<T, static_cast<std::size_t>(Line::kAllLanes)> {};

// Calls f for each lane. (Lanes are so many that compilers make vectors of the loop before they unroll
// it, and of Narrow so few that then they do: what lanes gather stays in registers.)
template <std::int64_t kCount, class F>
inline void for_all_lanes(const F& f) {
#if !defined(__clang__)
#pragma GCC ivdep
#endif
  for (std::int64_t l = 0; l < kCount; ++l) f(l);
}

// Up to kWidth lines side by side: element j of line l is at [j * step + l].
struct Bundle {
  static constexpr std::int64_t kAllLanes = kWidth;
  std::int64_t n, step, width;

  [[nodiscard]] static std::size_t first_of_lane(std::size_t lane) { return lane; }

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

// Narrow lines, dealt out to lanes: element j of line l is at [j * kAllLanes + l]. Lanes without a line
// repeat one.
struct Narrow {
  static constexpr std::int64_t kAllLanes = 32;
  std::int64_t n, width;

  [[nodiscard]] static std::size_t first_of_lane(std::size_t lane) { return lane; }

  template <class F, class After>
  void for_each(const F& f, const After& after) const {
    for (std::int64_t first = 0; first < n; first += kSteps) {
      for (std::int64_t j = first; j < std::min(first + kSteps, n); ++j)
        for_all_lanes<kAllLanes>([&](std::int64_t l) { f(j * kAllLanes + l, l, j); });
      after();
    }
  }
  template <class F>
  void for_each(const F& f) const {
    for (std::int64_t j = 0; j < n; ++j)
      for_all_lanes<kAllLanes>([&](std::int64_t l) { f(j * kAllLanes + l, l, j); });
  }
  template <class Four, class F>
  void for_each_four(const Four& four, const F& f) const {
    const std::int64_t by_fours = n / 4 * 4;
    for (std::int64_t j = 0; j < by_fours; j += 4)
      for_all_lanes<kAllLanes>([&](std::int64_t l) { four(j * kAllLanes + l, kAllLanes, l); });
    for (std::int64_t j = by_fours; j < n; ++j)
      for_all_lanes<kAllLanes>([&](std::int64_t l) { f(j * kAllLanes + l, l); });
  }
};
template <class Line>
constexpr bool kIsSideBySide = std::is_same_v<Line, Bundle> || std::is_same_v<Line, Narrow>;

// R long lines one behind another, each dealt out to kLanes lanes. What is done once a line costs less
// where several are done together.
template <int R>
struct Rows {
  static constexpr std::int64_t kAllLanes = kWidth, kLanes = kWidth / R;
  std::int64_t n;

  [[nodiscard]] std::size_t first_of_lane(std::size_t lane) const {
    return lane / static_cast<std::size_t>(kLanes) * static_cast<std::size_t>(n);
  }

  template <class F, class After>
  void for_each(const F& f, const After& after) const {
    const std::int64_t full = n / kLanes * kLanes;
    for (std::int64_t first = 0; first < full; first += kSteps * kLanes) {
      const std::int64_t last = std::min(first + kSteps * kLanes, full);
      for (std::int64_t j = first; j < last; j += kLanes) {
#pragma GCC unroll 4
        for (std::int64_t r = 0; r < R; ++r)
          for_lanes(kLanes, [&](std::int64_t l) { f(r * n + j + l, r * kLanes + l, j + l); });
      }
      after();
    }
    for (std::int64_t r = 0; r < R; ++r)
      for_lanes(n - full, [&](std::int64_t l) { f(r * n + full + l, r * kLanes + l, full + l); });
    after();
  }
  template <class F>
  void for_each(const F& f) const {
    for_each(f, [] {});
  }
  // f(number of a column, g), where g(h) calls h(place of an element of it, a lane of its row).
  template <class F>
  void for_each_column(const F& f) const {
    for_lanes(n, [&](std::int64_t j) {
      f(j, [&](const auto& of_row) {
#pragma GCC unroll 4
        for (std::int64_t r = 0; r < R; ++r) of_row(r * n + j, r * kLanes);
      });
    });
  }
  template <class Four, class F>
  void for_each_four(const Four& four, const F& f) const {
    const auto for_rows = [this](std::int64_t first, std::int64_t last, std::int64_t step,
                                 const auto& each) {
      for (std::int64_t j = first; j < last; j += step) {
#pragma GCC unroll 4
        for (std::int64_t r = 0; r < R; ++r)
          for_lanes(kLanes, [&](std::int64_t l) { each(r * n + j + l, r * kLanes + l); });
      }
    };
    const std::int64_t by_fours = n / (4 * kLanes) * (4 * kLanes), full = n / kLanes * kLanes;
    for_rows(0, by_fours, 4 * kLanes, [&](std::int64_t i, std::int64_t l) { four(i, kLanes, l); });
    for_rows(by_fours, full, kLanes, f);
    for (std::int64_t r = 0; r < R; ++r)
      for_lanes(n - full, [&](std::int64_t l) { f(r * n + full + l, r * kLanes + l); });
  }
};

// line.for_each(f) where nothing is gathered, so that rows need not be read side by side.
template <class Line, class F>
inline void map_elements(const Line& line, const F& f) {
  if constexpr (kIsSideBySide<Line>) {
    line.for_each(f);
  } else {
    constexpr std::int64_t kRows = Line::kAllLanes / Line::kLanes;
    for (std::int64_t r = 0; r < kRows; ++r)
      for_lanes(line.n, [&](std::int64_t j) { f(r * line.n + j, r * Line::kLanes, j); });
  }
}

// Adds what the lanes have summed up lately, and begins again: sums of numbers of one sign that lose
// no more than a few of them would, at the speed of T.
template <class T, class Total, std::size_t kCount>
inline void add_lately(std::array<T, kCount>& lately, std::array<Total, kCount>& totals) {
  for_all_lanes<kCount>([&](std::int64_t l) {
    const auto k = static_cast<std::size_t>(l);
    totals[k] += static_cast<Total>(lately[k]);
    lately[k] = 0;
  });
}

// What the lanes have gathered, brought together: nothing to do for lines side by side. By halves,
// because each step from lane to lane would wait for the one before.
template <class Line, class T, class F>
requires kIsSideBySide<Line>
inline void join(const Line&, Numbers<Line, T>&, const F&) {}
template <int R, class T, class F>
inline void join(const Rows<R>&, Numbers<Rows<R>, T>& numbers, const F& f) {
  constexpr std::int64_t kLanes = Rows<R>::kLanes;
  for (std::int64_t r = 0; r < R; ++r) {
    T* lanes = numbers.data() + r * kLanes;
    for (std::int64_t half = kLanes / 2; half > 4; half /= 2)
      for_lanes(half, [&](std::int64_t l) { lanes[l] = f(lanes[l], lanes[l + half]); });
    const auto pair = [&](std::int64_t l) {
      return f(f(lanes[l], lanes[l + 4]), f(lanes[l + 2], lanes[l + 6]));
    };
    std::fill_n(lanes, kLanes, f(pair(0), pair(1)));
  }
}

template <class Line>
inline void join_sums(const Line& line, Numbers<Line, double>& totals) {
  join(line, totals, [](double a, double b) { return a + b; });
}

// to = f(a lane of the line) for each line: that of lines side by side, or one of those of a row, which
// hold the same.
template <class T, class F>
inline void for_each_line(const Bundle& bundle, Numbers<Bundle, T>& to, const F& f) {
  for_lanes(bundle.width, [&](std::int64_t l) {
    to[static_cast<std::size_t>(l)] = f(static_cast<std::size_t>(l));
  });
}
template <class T, class F>
inline void for_each_line(const Narrow&, Numbers<Narrow, T>& to, const F& f) {
  for_all_lanes<Narrow::kAllLanes>(
      [&](std::int64_t l) { to[static_cast<std::size_t>(l)] = f(static_cast<std::size_t>(l)); });
}
template <int R, class T, class F>
inline void for_each_line(const Rows<R>&, Numbers<Rows<R>, T>& to, const F& f) {
  constexpr std::int64_t kLanes = Rows<R>::kLanes;
  for (std::int64_t r = 0; r < R; ++r)
    std::fill_n(to.data() + r * kLanes, kLanes, T(f(static_cast<std::size_t>(r * kLanes))));
}
// One number a line, to all lanes of it; and from there.
template <class T>
inline void read_lines(const Bundle& bundle, const T* from, Numbers<Bundle, T>& to) {
  std::copy_n(from, bundle.width, to.begin());
}
template <class T>
inline void read_lines(const Narrow& lines, const T* from, Numbers<Narrow, T>& to) {
  std::fill(std::copy_n(from, lines.width, to.begin()), to.end(), *from);
}
template <int R, class T>
inline void read_lines(const Rows<R>& rows, const T* from, Numbers<Rows<R>, T>& to) {
  for_each_line(rows, to, [&](std::size_t lane) {
    return from[static_cast<std::int64_t>(lane) / Rows<R>::kLanes];
  });
}
template <class Line, class T, class To>
requires kIsSideBySide<Line>
inline void write_lines(const Line& lines, const Numbers<Line, T>& from, To* to) {
  std::copy_n(from.begin(), lines.width, to);
}
template <int R, class T, class To>
inline void write_lines(const Rows<R>&, const Numbers<Rows<R>, T>& from, To* to) {
  for (std::int64_t r = 0; r < R; ++r)
    to[r] = static_cast<To>(from[static_cast<std::size_t>(r * Rows<R>::kLanes)]);
}
// True if is_right(a lane of the line) for each line.
template <class F>
inline bool all_lines(const Bundle& bundle, const F& is_right) {
  int wrong = 0;
  for_lanes(bundle.width, [&](std::int64_t l) {
    wrong += static_cast<int>(!is_right(static_cast<std::size_t>(l)));
  });
  return wrong == 0;
}
template <class F>
inline bool all_lines(const Narrow&, const F& is_right) {
  int wrong = 0;
  for_all_lanes<Narrow::kAllLanes>(
      [&](std::int64_t l) { wrong += static_cast<int>(!is_right(static_cast<std::size_t>(l))); });
  return wrong == 0;
}
template <int R, class F>
inline bool all_lines(const Rows<R>&, const F& is_right) {
  int wrong = 0;
  for (std::int64_t r = 0; r < R; ++r)
    wrong += static_cast<int>(!is_right(static_cast<std::size_t>(r * Rows<R>::kLanes)));
  return wrong == 0;
}

// Booleans are read as bytes.
template <class T>
using Stored = std::conditional_t<std::is_same_v<T, bool>, std::uint8_t, T>;
template <class T>
const Stored<T>* stored(const T* x) {
  return reinterpret_cast<const Stored<T>*>(x);
}
template <class T>
Stored<T>* stored(T* x) {
  return reinterpret_cast<Stored<T>*>(x);
}

// The elements of Narrow lines.
template <class T>
struct Dealt {
  alignas(64) std::array<T, static_cast<std::size_t>(kMostNarrow* Narrow::kAllLanes)> numbers;
  [[nodiscard]] T* data() { return numbers.data(); }
};
// Between lines of n elements one behind another and lanes: strips of Side elements, the last of which may
// overlap the one before, of as many lines as registers of so many bytes have numbers.
template <class T, int Bytes, int Side, bool IsOut>
inline void deal_strips(std::int64_t width, std::int64_t n, const T* from, T* to, std::int64_t& l) {
  using Block = Strip<T, Bytes, Side>;
  for (; n >= Side && l + Block::kRows <= width; l += Block::kRows) {
    for (std::int64_t at = 0; at < n; at += Side) {
      const std::int64_t j = std::min(at, n - Side);
      if constexpr (IsOut) {
        Block::deal(from + l * n + j, n, to + j * Narrow::kAllLanes + l, Narrow::kAllLanes);
      } else {
        Block::collect(from + j * Narrow::kAllLanes + l, Narrow::kAllLanes, to + l * n + j, n);
      }
    }
  }
}
// Memory that is read, or written, soon: a strip touches so many lines of it that it would wait for each.
template <class T>
inline void fetch(const T* from, std::int64_t count) {
  constexpr std::int64_t kLine = 64 / sizeof(T);
  for (std::int64_t i = 0; i < count; i += kLine) __builtin_prefetch(from + i);
}
template <class T, int Bytes, bool IsOut>
struct Deal {
  static void run(std::int64_t width, std::int64_t n, const T* from, T* to) {
    if (IsOut) fetch(from + width * n, width * n);
    constexpr int kSide = 16 / static_cast<int>(sizeof(T));
    std::int64_t l = 0;
    if constexpr (kSide <= 4) {
      deal_strips<T, Bytes, kSide, IsOut>(width, n, from, to, l);
      deal_strips<T, 16, kSide, IsOut>(width, n, from, to, l);
      if constexpr (kSide > 2) deal_strips<T, Bytes, 2, IsOut>(width, n, from, to, l);
    }
    for (; l < width; ++l) {
      for (std::int64_t j = 0; j < n; ++j) {
        if constexpr (IsOut) {
          to[j * Narrow::kAllLanes + l] = from[l * n + j];
        } else {
          to[l * n + j] = from[j * Narrow::kAllLanes + l];
        }
      }
    }
    if (!IsOut || width == Narrow::kAllLanes) return;
    for (std::int64_t j = 0; j < n; ++j) {
      T* lanes = to + j * Narrow::kAllLanes;
      std::fill(lanes + width, lanes + Narrow::kAllLanes, *lanes);
    }
  }
};
template <class T, bool IsOut>
constexpr auto kDeal = PerIsa<void(std::int64_t, std::int64_t, const T*, T*)>::template of<
    Deal<T, 16, IsOut>, Deal<T, 32, IsOut>, Deal<T, 64, IsOut>>();
template <class T>
inline void deal_out(const Narrow& lines, const T* x, Dealt<T>& to) {
  kDeal<T, true>(lines.width, lines.n, x, to.data());
}
template <class T>
inline void collect(const Narrow& lines, Dealt<T>& from, T* y) {
  kDeal<T, false>(lines.width, lines.n, from.data(), y);
}

// f(lines, number of the first of them) for `count` long lines one behind another, R of them together.
// (Four at a time gain where one array is read; with two there are too few registers.)
template <int R, class F>
inline void for_each_rows(std::int64_t count, std::int64_t n, const F& f) {
  std::int64_t row = 0;
  for (; row + R <= count; row += R) f(Rows<R>{n}, row);
  for (; row < count; ++row) f(Rows<1>{n}, row);
}

// Lines of a contiguous array of shape (outer, n, inner): the first `columns` of the inner ones.
struct Part : Lines {
  std::int64_t columns;
};

// All lines of a part, those side by side together: f(lines, place of their first element, number of the
// first of them).
template <int R = 4, class F>
inline void for_each_group(const Part& part, const F& f) {
  const auto [outer, n, inner] = static_cast<const Lines&>(part);
  if (inner == 1) {
    return for_each_rows<R>(
        outer, n, [&, n = n](const auto& rows, std::int64_t row) { f(rows, row * n, row); });
  }
  for (std::int64_t o = 0; o < outer; ++o) {
    for (std::int64_t first = 0; first < part.columns; first += kWidth) {
      const std::int64_t width = std::min(kWidth, part.columns - first);
      f(Bundle{n, inner, width}, o * n * inner + first, o * inner + first);
    }
  }
}

// Lines too narrow for lanes of their own, one behind another. To bring the lanes of long ones together, R of
// which are done at once, takes as long as some elements of each lane, so a few are better long than most lanes
// idle.
template <int R>
bool are_narrow(const Lines& lines) {
  constexpr std::int64_t kElementsPerJoin = 8;
  const std::int64_t joins = lines.outer / R + lines.outer % R;
  return lines.inner == 1 && lines.n <= kMostNarrow && lines.n < kElementsPerJoin * joins;
}
// f(these, place of their first element, number of the first of them)
template <class F>
inline void for_each_narrow_group(std::int64_t outer, std::int64_t n, const F& f) {
  constexpr std::int64_t kCount = Narrow::kAllLanes;
  for (std::int64_t first = 0; first < outer; first += kCount)
    f(Narrow{n, std::min(kCount, outer - first)}, first * n, first);
}

// All lines of arrays xs, which are read, and ys, which are written, dealt out to lanes and back if they
// `are_dealt`: f(lines, number of the first of them, first element of each x, of each y).
// Requires  of lines that are dealt an inner size of 1 and at most kMostNarrow elements
template <int R = 4, class T, std::size_t X, std::size_t Y, class F>
inline void map_groups(const Part& part, const std::array<const T*, X>& xs,
                       const std::array<T*, Y>& ys, const F& f, bool are_dealt) {
  const auto moved = [](auto places, std::int64_t by) {
    for (auto& place : places) place += by;
    return places;
  };
  if (!are_dealt) {
    return for_each_group<R>(part, [&](const auto& lines, std::int64_t at, std::int64_t first) {
      f(lines, first, moved(xs, at), moved(ys, at));
    });
  }
  std::array<Dealt<T>, X + Y> dealt;
  std::array<const T*, X> from;
  std::array<T*, Y> to;
  Dealt<T>* next = dealt.data();
  for (const T*& x : from) x = next++->data();
  for (T*& y : to) y = next++->data();
  for_each_narrow_group(part.outer, part.n,
                        [&](const Narrow& lines, std::int64_t at, std::int64_t first) {
                          Dealt<T>* next_of = dealt.data();
                          for (const T* x : xs) deal_out(lines, x + at, *next_of++);
                          for (T* y : ys) fetch(y + at, lines.width * lines.n);
                          f(lines, first, from, to);
                          for (T* y : ys) collect(lines, *next_of++, y + at);
                        });
}
template <int R = 4, class T, std::size_t X, std::size_t Y, class F>
inline void map_groups(const Part& part, const std::array<const T*, X>& xs,
                       const std::array<T*, Y>& ys, const F& f) {
  map_groups<R>(part, xs, ys, f, are_narrow<R>(part));
}
// The same of all lines of the shape (outer, n, inner).
template <int R = 4, class T, std::size_t X, std::size_t Y, class F>
inline void map_groups(std::int64_t outer, std::int64_t n, std::int64_t inner,
                       const std::array<const T*, X>& xs, const std::array<T*, Y>& ys, const F& f) {
  map_groups<R>(Part{{outer, n, inner}, inner}, xs, ys, f);
}

// The mean of each line, to all lanes of it, measured from the first element: exact where all are equal.
// Not finite if something is not on the way.
template <class T>
inline void gather_means(const auto& line, const T* x, auto& means) {
  std::remove_cvref_t<decltype(means)> origins, shifts{};
  for_each_line(line, origins,
                [&](std::size_t k) { return static_cast<double>(x[line.first_of_lane(k)]); });
  line.for_each([&](std::int64_t i, std::int64_t l, std::int64_t) {
    const auto k = static_cast<std::size_t>(l);
    shifts[k] += static_cast<double>(x[i]) - origins[k];
  });
  join_sums(line, shifts);
  const auto count = static_cast<double>(line.n);
  for_each_line(line, means, [&](std::size_t k) { return origins[k] + shifts[k] / count; });
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

// The same of f that says whether it has done it: true if it has done all.
template <class F>
bool all_shared_out(const Lines& lines, const F& f) {
  std::atomic<bool> holds = true;
  share_out(lines, [&](const Lines& part, std::int64_t at, std::int64_t first) {
    if (!f(part, at, first)) holds = false;
  });
  return holds;
}

// The same where those side by side are shared out too, because there are few others:
// f(part, place of its first element, number of its first line).
template <class F>
void share_out_all(const Lines& lines, const F& f) {
  const auto [outer, n, inner] = lines;
  constexpr std::int64_t kFew = 16;
  if (outer >= kFew || outer * n * inner < kLargeLoop || inner < 2 * kWidth) {
    return share_out(lines, [&](const Lines& part, std::int64_t at, std::int64_t first) {
      f(Part{part, part.inner}, at, first);
    });
  }
  const std::int64_t block = std::max(kLoopBlock / n / kWidth, std::int64_t{1}) * kWidth;
  const std::int64_t blocks = (inner + block - 1) / block;
  for_each_block(outer * blocks, [&, n = n, inner = inner](std::int64_t b) {
    const std::int64_t o = b / blocks, first = b % blocks * block;
    f(Part{{1, n, inner}, std::min(block, inner - first)}, o * n * inner + first,
      o * inner + first);
  });
}

// Lines one by one, shared out where they have many elements: f(number of a line).
template <class F>
void for_each_single_line(const Lines& lines, const F& f) {
  const std::int64_t count = lines.outer * lines.inner;
  const auto run = [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t line = first; line < last; ++line) f(line);
  };
  if (count * lines.n < kLargeLoop) return run(0, count);
  for_each_range(count, std::max(kLoopBlock / lines.n, std::int64_t{1}), run);
}
// The place of the first element of one.
inline std::int64_t first_of_line(const Lines& lines, std::int64_t line) {
  return line / lines.inner * lines.n * lines.inner + line % lines.inner;
}

// Lines so few and so long that each is cut into parts.
inline bool have_parts(const Lines& lines) {
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

}  // namespace nabla::kernels
