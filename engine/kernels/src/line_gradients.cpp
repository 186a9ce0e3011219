// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include <nabla/kernels/isa.hpp>
#include <nabla/kernels/lane.hpp>
#include <nabla/kernels/line_gradients.hpp>
#include <nabla/kernels/memory.hpp>
#include <nabla/kernels/scaled_product.hpp>

#include "bundle.hpp"

namespace nabla::kernels {
namespace {

// Rows of lanes, and `tail` lanes of one more. Lines side by side have none; a long line that is dealt
// out to lanes has what is left of it.
struct LaneRows {
  std::int64_t n, step, width, tail;

  [[nodiscard]] std::int64_t count() const { return tail == 0 ? n : n + 1; }
  [[nodiscard]] std::int64_t width_of(std::int64_t row) const { return row < n ? width : tail; }
};

// The gradient of a product that has left the range, or that has a 0, on the way: that of all elements
// without each. Zeros, infinities and NaN are counted apart, since they cannot be taken out again.
struct Apart {
  std::int64_t zeros = 0, infinities = 0, nans = 0;

  static Apart of(double x) { return {x == 0, std::isinf(x), std::isnan(x)}; }
  [[nodiscard]] bool is_none() const { return zeros + infinities + nans == 0; }
  /// What is left of `rest`, the product of the other factors.
  [[nodiscard]] double times(double rest) const {
    if (nans > 0 || (zeros > 0 && infinities > 0)) return std::numeric_limits<double>::quiet_NaN();
    if (zeros > 0) return std::copysign(0.0, rest);
    return infinities > 0 ? std::copysign(std::numeric_limits<double>::infinity(), rest) : rest;
  }
};
template <class T>
[[gnu::noinline]] void share_scaled(std::int64_t n, std::int64_t step, const T* x, T g, T* dx) {
  const auto at = [=](std::int64_t k) { return static_cast<double>(x[k * step]); };
  const auto factor = [](double number) {
    return Apart::of(number).is_none() ? number : std::copysign(1.0, number);
  };
  Apart apart;
  for (std::int64_t k = 0; k < n; ++k) {
    const Apart one = Apart::of(at(k));
    apart = {apart.zeros + one.zeros, apart.infinities + one.infinities, apart.nans + one.nans};
  }
  if (apart.zeros > 1 && apart.infinities + apart.nans == 0) {
    const auto nothing = static_cast<T>(chain(static_cast<double>(g), 0.0));
    for (std::int64_t k = 0; k < n; ++k) dx[k * step] = nothing;
    return;
  }
  ScaledProduct product;
  for (std::int64_t k = 0; k < n; ++k) product *= factor(at(k));
  for (std::int64_t k = 0; k < n; ++k) {
    const Apart one = Apart::of(at(k));
    const Apart others{apart.zeros - one.zeros, apart.infinities - one.infinities,
                       apart.nans - one.nans};
    ScaledProduct rest = product;
    rest /= factor(at(k));
    dx[k * step] = static_cast<T>(chain(static_cast<double>(g), others.times(rest.value())));
  }
}

// For each element the products of those before it in its lane and of those behind it. Those before
// are kept for a block of rows, which the nearest cache holds; where the blocks begin, for all.
template <class T>
struct Others {
  static constexpr std::int64_t kBlock = 32;
  using Block = std::array<double, static_cast<std::size_t>(kBlock* kWidth)>;
  static std::int64_t blocks_of(const LaneRows& rows) {
    return (rows.count() + kBlock - 1) / kBlock;
  }

  // Multiplies the products by a block of rows.
  static void multiply(const LaneRows& rows, std::int64_t block, const T* x,
                       Numbers<double>& products) {
    const std::int64_t first = block * kBlock, last = std::min(first + kBlock, rows.count());
    for (std::int64_t row = first; row < last; ++row) {
      const T* from = x + row * rows.step;
      for_lanes(rows.width_of(row), [&](std::int64_t l) {
        double& product = products[static_cast<std::size_t>(l)];
        product = kept(product * static_cast<double>(from[l]));
      });
    }
  }
  // The products of all before each row of a block, from those before the block.
  static void products_before(const LaneRows& rows, std::int64_t block, const T* x,
                              const double* start, Block& before) {
    const std::int64_t first = block * kBlock, last = std::min(first + kBlock, rows.count());
    std::copy_n(start, kWidth, before.data());
    for (std::int64_t row = first; row + 1 < last; ++row) {
      const T* from = x + row * rows.step;
      const double* here = before.data() + (row - first) * kWidth;
      double* next = before.data() + (row + 1 - first) * kWidth;
      for_lanes(rows.width_of(row),
                [&](std::int64_t l) { next[l] = here[l] * static_cast<double>(from[l]); });
    }
  }

  // `others` are factors of each lane that are not in it.
  static void share(const LaneRows& rows, const T* x, const double* starts, Numbers<double>& others,
                    const Numbers<double>& g, T* dx) {
    Block before;
    for (std::int64_t block = blocks_of(rows) - 1; block >= 0; --block) {
      products_before(rows, block, x, starts + block * kWidth, before);
      const std::int64_t first = block * kBlock, last = std::min(first + kBlock, rows.count());
      for (std::int64_t row = last - 1; row >= first; --row) {
        const T* from = x + row * rows.step;
        T* to = dx + row * rows.step;
        const double* those_before = before.data() + (row - first) * kWidth;
        for_lanes(rows.width_of(row), [&](std::int64_t l) {
          const auto k = static_cast<std::size_t>(l);
          const double factor = static_cast<double>(from[l]);
          to[l] = static_cast<T>(chain(g[k], those_before[l] * others[k]));
          others[k] = kept(others[k] * factor);
        });
      }
    }
  }

  // The products of each lane up to where a block begins; and of all of it.
  static Numbers<double> start_blocks(const LaneRows& rows, const T* x, double* starts) {
    Numbers<double> products;
    products.fill(1);
    for (std::int64_t block = 0; block < blocks_of(rows); ++block) {
      std::copy(products.begin(), products.end(), starts + block * kWidth);
      multiply(rows, block, x, products);
    }
    return products;
  }

  static void bundle(const LaneRows& rows, const T* x, const T* g, double* starts, T* dx) {
    const Numbers<double> products = start_blocks(rows, x, starts);
    Numbers<double> others, arriving;
    others.fill(1);
    std::copy_n(g, rows.width, arriving.begin());
    share(rows, x, starts, others, arriving, dx);
    for (std::int64_t l = 0; l < rows.width; ++l) {
      const auto k = static_cast<std::size_t>(l);
      if (!is_kept(products[k]) || !is_kept(others[k]))
        share_scaled(rows.n, rows.step, x + l, g[l], dx + l);
    }
  }

  static void row(const LaneRows& rows, const T* x, T g, double* starts, T* dx) {
    const Numbers<double> products = start_blocks(rows, x, starts);
    Numbers<double> others, arriving;
    double before = 1, behind = 1;
    for (std::size_t l = 0; l < others.size(); ++l) {
      others[l] = before;
      before = kept(before * products[l]);
    }
    for (std::size_t l = others.size(); l-- > 0;) {
      others[l] = kept(others[l] * behind);
      behind = kept(behind * products[l]);
    }
    arriving.fill(static_cast<double>(g));
    share(rows, x, starts, others, arriving, dx);
    if (!std::ranges::all_of(products, is_kept) || !std::ranges::all_of(others, is_kept))
      share_scaled(rows.n * rows.width + rows.tail, 1, x, g, dx);
  }

  // Lines that are computed together: side by side, or narrow and one behind another, or one alone.
  static std::int64_t groups_of(const Lines& lines) {
    if (lines.inner > 1) return lines.outer * groups(lines.inner);
    return lines.n < kWidth ? groups(lines.outer) : lines.outer;
  }
  // How many numbers a group has where its blocks begin.
  static std::int64_t starts_of(const Lines& lines) {
    const bool is_dealt_out = lines.inner == 1 && lines.n >= kWidth;
    return blocks_of({is_dealt_out ? groups(lines.n) : lines.n, 1, 1, 0}) * kWidth;
  }
  static void run(const Lines& lines, std::int64_t first, std::int64_t last, const T* x, const T* g,
                  double* all_starts, T* dx) {
    const auto [outer, n, inner] = lines;
    Dealt<T> dealt_x, dealt_dx;
    for (std::int64_t group = first; group < last; ++group) {
      double* starts = all_starts + group * starts_of(lines);
      if (inner > 1) {
        const std::int64_t block = group / groups(inner), column = group % groups(inner) * kWidth;
        const std::int64_t at = block * n * inner + column;
        bundle({n, inner, std::min(kWidth, inner - column), 0}, x + at, g + block * inner + column,
               starts, dx + at);
      } else if (n < kWidth) {
        const std::int64_t line = group * kWidth, width = std::min(kWidth, outer - line);
        deal_out(width, n, x + line * n, dealt_x.data());
        bundle({n, kWidth, width, 0}, dealt_x.data(), g + line, starts, dealt_dx.data());
        collect(width, n, dealt_dx.data(), dx + line * n);
      } else {
        row({n / kWidth, kWidth, kWidth, n % kWidth}, x + group * n, g[group], starts,
            dx + group * n);
      }
    }
  }

 private:
  static std::int64_t groups(std::int64_t lines) { return (lines + kWidth - 1) / kWidth; }
};

template <class T>
struct Differences {
  static double of(T x, double origin, double slope, T g) {
    return chain(static_cast<double>(g), (static_cast<double>(x) - origin) * slope);
  }
  static void run(std::int64_t outer, std::int64_t n, std::int64_t inner, const T* x,
                  const double* origins, const double* slopes, const T* g, T* dx) {
    for (std::int64_t o = 0; o < outer; ++o) {
      if (inner == 1) {
        for_lanes(n, [&](std::int64_t k) {
          dx[o * n + k] = static_cast<T>(of(x[o * n + k], origins[o], slopes[o], g[o]));
        });
        continue;
      }
      for (std::int64_t j = 0; j < n; ++j) {
        const std::int64_t at = (o * n + j) * inner;
        const std::int64_t line = o * inner;
        for_lanes(inner, [&](std::int64_t l) {
          dx[at + l] =
              static_cast<T>(of(x[at + l], origins[line + l], slopes[line + l], g[line + l]));
        });
      }
    }
  }
};

template <class T>
struct SharesAtTies {
  template <class Line>
  static void share(const Line& line, const T* x, const T* y, const T* g, T* dx) {
    Numbers<T> extremes, arriving, lately{}, shares;
    Numbers<double> ties{};
    read_lines(line, y, extremes);
    read_lines(line, g, arriving);
    const auto is_extreme = [&](std::int64_t i, std::size_t l) {
      return Lane<T>(x[i]) == Lane<T>(extremes[l]);
    };
    line.for_each(
        [&](std::int64_t i, std::int64_t l, std::int64_t) {
          const auto k = static_cast<std::size_t>(l);
          lately[k] += choose(is_extreme(i, k), Lane<T>(1), Lane<T>(0)).number();
        },
        [&] { add_lately(lately, ties); });
    join_sums(line, ties);
    for_each_line(line, shares, [&](std::size_t l) {
      return static_cast<T>(static_cast<double>(arriving[l]) / ties[l]);
    });
    line.for_each([&](std::int64_t i, std::int64_t l, std::int64_t) {
      const auto k = static_cast<std::size_t>(l);
      dx[i] = choose(is_extreme(i, k), Lane<T>(shares[k]), Lane<T>(0)).number();
    });
  }
  static void run(std::int64_t outer, std::int64_t n, std::int64_t inner, const T* x, const T* y,
                  const T* g, T* dx) {
    if (inner == 1 && n < kWidth) {
      Dealt<T> dealt_x, dealt_dx;
      for_each_narrow_group(outer, n, [&](std::int64_t at, std::int64_t first, std::int64_t width) {
        deal_out(width, n, x + at, dealt_x.data());
        share(Bundle{n, kWidth, width}, dealt_x.data(), y + first, g + first, dealt_dx.data());
        collect(width, n, dealt_dx.data(), dx + at);
      });
    } else {
      for_each_group(outer, n, inner, [&](const auto& lines, std::int64_t at, std::int64_t first) {
        share(lines, x + at, y + first, g + first, dx + at);
      });
    }
  }
};

}  // namespace

template <std::floating_point T>
void products_of_others(const Lines& lines, const T* x, const T* g, T* dx) {
  static constexpr auto kernel = PerIsa<void(const Lines&, std::int64_t, std::int64_t, const T*,
                                             const T*, double*, T*)>::template of<Others<T>>();
  const std::int64_t groups = Others<T>::groups_of(lines);
  std::vector<double, Allocator<double>> starts(
      static_cast<std::size_t>(groups * Others<T>::starts_of(lines)));
  const std::int64_t elements = lines.outer * lines.n * lines.inner;
  if (elements < kLargeLoop) return kernel(lines, 0, groups, x, g, starts.data(), dx);
  for_each_range(groups, std::max(kLoopBlock / (elements / groups), std::int64_t{1}),
                 [&](std::int64_t first, std::int64_t last) {
                   kernel(lines, first, last, x, g, starts.data(), dx);
                 });
}

template <std::floating_point T>
void scaled_differences(const Lines& lines, const T* x, const double* origins, const double* slopes,
                        const T* g, T* dx) {
  static constexpr auto kernel =
      PerIsa<void(std::int64_t, std::int64_t, std::int64_t, const T*, const double*, const double*,
                  const T*, T*)>::template of<Differences<T>>();
  const auto [outer, n, inner] = lines;
  if (outer > 1 || n * inner < kLargeLoop) {
    return share_out(lines, [&](const Lines& part, std::int64_t at, std::int64_t first) {
      kernel(part.outer, part.n, part.inner, x + at, origins + first, slopes + first, g + first,
             dx + at);
    });
  }
  for_each_range(n, std::max(kLoopBlock / inner, std::int64_t{1}),
                 [&, inner = inner](std::int64_t first, std::int64_t last) {
                   const std::int64_t at = first * inner;
                   kernel(1, last - first, inner, x + at, origins, slopes, g, dx + at);
                 });
}

template <std::floating_point T>
void shares_at_ties(const Lines& lines, const T* x, const T* y, const T* g, T* dx) {
  static constexpr auto kernel =
      PerIsa<void(std::int64_t, std::int64_t, std::int64_t, const T*, const T*, const T*,
                  T*)>::template of<SharesAtTies<T>>();
  share_out(lines, [&](const Lines& part, std::int64_t at, std::int64_t first) {
    kernel(part.outer, part.n, part.inner, x + at, y + first, g + first, dx + at);
  });
}

#define NABLA_LINE_GRADIENTS(T)                                                                    \
  template void products_of_others(const Lines&, const T*, const T*, T*);                          \
  template void scaled_differences(const Lines&, const T*, const double*, const double*, const T*, \
                                   T*);                                                            \
  template void shares_at_ties(const Lines&, const T*, const T*, const T*, T*);
NABLA_LINE_GRADIENTS(float)
NABLA_LINE_GRADIENTS(double)
#undef NABLA_LINE_GRADIENTS

}  // namespace nabla::kernels
