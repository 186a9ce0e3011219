// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include <nabla/kernels/isa.hpp>
#include <nabla/kernels/lane.hpp>
#include <nabla/kernels/line_gradients.hpp>
#include <nabla/kernels/lines.hpp>
#include <nabla/kernels/memory.hpp>
#include <nabla/kernels/scaled_product.hpp>

#include "bundle.hpp"

namespace nabla::kernels {
namespace {

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
  bool are_near = true;  // so that a quotient of 1 and of each loses nothing
  for (std::int64_t k = 0; k < n; ++k) {
    const double size = std::fabs(at(k));
    are_near &= size < 0x1p500 && size > 0x1p-500;
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
  if (apart.is_none() && are_near) {
    // The power of two in factors that are normal: nothing is rounded before the result is denormal.
    std::int64_t exponent = product.exponent();
    const double mantissa = product.value(exponent);
    const auto power = [&exponent](std::int64_t most) {
      const std::int64_t part = std::clamp(exponent, -most, most);
      exponent -= part;
      return times_power_of_two(1, part);
    };
    const double first = power(500), second = power(1022), third = power(1022);
    for (std::int64_t k = 0; k < n; ++k) {
      const double rest = mantissa / at(k) * first * second * third;
      dx[k * step] = static_cast<T>(chain(static_cast<double>(g), rest));
    }
    return;
  }
  for (std::int64_t k = 0; k < n; ++k) {
    const Apart one = Apart::of(at(k));
    const Apart others{apart.zeros - one.zeros, apart.infinities - one.infinities,
                       apart.nans - one.nans};
    ScaledProduct rest = product;
    rest /= factor(at(k));
    dx[k * step] = static_cast<T>(chain(static_cast<double>(g), others.times(rest.value())));
  }
}

// dx_k = g times a slope, which is made of x_k and of numbers of its line.
struct Difference {
  static double of(double x, double origin, double slope) { return (x - origin) * slope; }
};
struct Quotient {
  static double of(double x, double product) { return product / x; }
};

template <class T, class Slope, class... Number>
struct Chained {
  static T at(T x, T g, Number... of_line) {
    return static_cast<T>(
        chain(static_cast<double>(g), Slope::of(static_cast<double>(x), of_line...)));
  }
  static void run(std::int64_t outer, std::int64_t n, std::int64_t inner, const T* x, const T* g,
                  T* dx, const Number*... of_lines) {
    for (std::int64_t o = 0; o < outer; ++o) {
      if (inner == 1) {
        for_lanes(n,
                  [&](std::int64_t k) { dx[o * n + k] = at(x[o * n + k], g[o], of_lines[o]...); });
        continue;
      }
      for (std::int64_t j = 0; j < n; ++j) {
        const std::int64_t row = (o * n + j) * inner;
        const std::int64_t line = o * inner;
        for_lanes(inner, [&](std::int64_t l) {
          dx[row + l] = at(x[row + l], g[line + l], of_lines[line + l]...);
        });
      }
    }
  }
};

template <class Slope, class T, class... Number>
void chain_slopes(const Lines& lines, const T* x, const T* g, T* dx, const Number*... of_lines) {
  static constexpr auto kernel =
      PerIsa<void(std::int64_t, std::int64_t, std::int64_t, const T*, const T*, T*,
                  const Number*...)>::template of<Chained<T, Slope, Number...>>();
  const auto [outer, n, inner] = lines;
  if (outer > 1 || n * inner < kLargeLoop) {
    return share_out(lines, [&](const Lines& part, std::int64_t at, std::int64_t first) {
      kernel(part.outer, part.n, part.inner, x + at, g + first, dx + at, (of_lines + first)...);
    });
  }
  for_each_range(n, std::max(kLoopBlock / inner, std::int64_t{1}),
                 [&, inner = inner](std::int64_t first, std::int64_t last) {
                   const std::int64_t at = first * inner;
                   kernel(1, last - first, inner, x + at, g, dx + at, of_lines...);
                 });
}

// Of lines one behind another; false if a mean is not finite.
template <class T>
struct ScaledDeviations {
  static bool run(std::int64_t outer, std::int64_t n, const T* x, const double* slopes, const T* g,
                  T* dx) {
    bool are_finite = true;
    map_groups<4, T, 1, 1>(
        outer, n, 1, {x}, {dx},
        [&]<class Line>(const Line& line, std::int64_t first, const auto& from, const auto& to) {
          Numbers<Line, double> means, of_lines;
          Numbers<Line, T> arriving;
          gather_means(line, from[0], means);
          are_finite &= all_lines(line, [&](std::size_t k) { return means[k] * 0 == 0; });
          read_lines(line, slopes + first, of_lines);
          read_lines(line, g + first, arriving);
          map_elements(line, [&](std::int64_t i, std::int64_t l, std::int64_t) {
            const auto k = static_cast<std::size_t>(l);
            to[0][i] = Chained<T, Difference, double, double>::at(from[0][i], arriving[k], means[k],
                                                                  of_lines[k]);
          });
        });
    return are_finite;
  }
};

template <class T>
struct SharesAtTies {
  template <class Line>
  static void share(const Line& line, const T* x, const T* y, const T* g, T* dx) {
    Numbers<Line, T> extremes, arriving, lately{}, shares;
    Numbers<Line, double> ties{};
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
    map_groups<4, T, 1, 1>(
        outer, n, inner, {x}, {dx},
        [&](const auto& lines, std::int64_t first, const auto& from, const auto& to) {
          share(lines, from[0], y + first, g + first, to[0]);
        });
  }
};

}  // namespace

// Of the product of a line, each element is taken out again; unless it is 0, or digits of it are lost.
template <std::floating_point T>
void products_of_others(const Lines& lines, const T* x, const T* g, T* dx) {
  std::vector<double, Allocator<double>> products(
      static_cast<std::size_t>(lines.outer * lines.inner));
  product(lines, x, products.data());
  chain_slopes<Quotient>(lines, x, g, dx, std::as_const(products).data());
  for_each_single_line(lines, [&](std::int64_t line) {
    if (std::isnormal(products[static_cast<std::size_t>(line)])) return;
    const std::int64_t at = first_of_line(lines, line);
    share_scaled(lines.n, lines.inner, x + at, g[line], dx + at);
  });
}

template <std::floating_point T>
void scaled_deviations(const Lines& lines, const T* x, const double* slopes, const T* g, T* dx) {
  static constexpr auto kernel = PerIsa<bool(std::int64_t, std::int64_t, const T*, const double*,
                                             const T*, T*)>::template of<ScaledDeviations<T>>();
  const auto in_one_go = [&](const Lines& part, std::int64_t at, std::int64_t first) {
    return kernel(part.outer, part.n, x + at, slopes + first, g + first, dx + at);
  };
  if (lines.inner == 1 && !have_parts(lines) && all_shared_out(lines, in_one_go)) return;
  std::vector<double, Allocator<double>> means(static_cast<std::size_t>(lines.outer * lines.inner));
  mean(lines, x, means.data());
  chain_slopes<Difference>(lines, x, g, dx, std::as_const(means).data(), slopes);
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

#define NABLA_LINE_GRADIENTS(T)                                                         \
  template void products_of_others(const Lines&, const T*, const T*, T*);               \
  template void scaled_deviations(const Lines&, const T*, const double*, const T*, T*); \
  template void shares_at_ties(const Lines&, const T*, const T*, const T*, T*);
NABLA_LINE_GRADIENTS(float)
NABLA_LINE_GRADIENTS(double)
#undef NABLA_LINE_GRADIENTS

}  // namespace nabla::kernels
