// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include <nabla/kernels/isa.hpp>
#include <nabla/kernels/lane_math.hpp>
#include <nabla/kernels/layer_norm.hpp>
#include <nabla/kernels/memory.hpp>
#include <nabla/kernels/unit.hpp>

#include "bundle.hpp"

namespace nabla::kernels {
namespace {

// Two ways to the same numbers. The quick one sums a few terms in T before it goes on in double, and
// multiplies as if all were finite; the rows where it finds that this does not do go the careful one.
enum class Way { quick, careful };

template <class T, Way kWay>
using Sum = std::conditional_t<kWay == Way::quick, T, double>;

template <Way kWay, class T>
T product(T g, T slope) {
  return kWay == Way::quick ? g * slope : chain(g, slope);
}

template <class T, Way kWay>
[[gnu::always_inline]] inline T mean_of(double sum, std::int64_t n) {
  return static_cast<T>(static_cast<Sum<T, kWay>>(sum) / static_cast<Sum<T, kWay>>(n));
}

// (x - mean) scale - rest has mean 0 and variance 1: `mean` is rounded to T, `rest` is what that lost.
// Unless it fits, something has left its range.
template <class Line, class T, Way kWay>
struct Moments {
  using Number = Sum<T, kWay>;
  Numbers<Line, T> mean, rest, scale;
  Numbers<Line, double> offset;  // of the mean from that of the first pass, which the second uses
  bool fits = true;

  Moments(const Line& line, const T* x, double epsilon)
      : Moments(
            line, x, epsilon, [](std::int64_t, std::size_t, std::int64_t, Number) {}, [] {}) {}

  // What else the second pass is to gather: also(place, lane, number in the line, x less the mean of the
  // first pass), and then after(), as for_each calls it.
  template <class Also, class After>
  Moments(const Line& line, const T* x, double epsilon, const Also& also, const After& after) {
    const double share = 1 / static_cast<double>(line.n);
    Numbers<Line, Number> lately{}, lately_squares{};
    Numbers<Line, double> sums{}, squares{};
    line.for_each(
        [&](std::int64_t i, std::int64_t l, std::int64_t) {
          lately[static_cast<std::size_t>(l)] += static_cast<Number>(x[i]);
        },
        [&] { add_lately(lately, sums); });
    join_sums(line, sums);
    for_each_line(line, mean, [&](std::size_t k) { return mean_of<T, kWay>(sums[k], line.n); });
    sums.fill(0);
    line.for_each(
        [&](std::int64_t i, std::int64_t l, std::int64_t j) {
          const auto k = static_cast<std::size_t>(l);
          const auto d = static_cast<Number>(x[i] - mean[k]);
          lately[k] += d;
          lately_squares[k] += d * d;
          also(i, k, j, d);
        },
        [&] {
          add_lately(lately, sums);
          add_lately(lately_squares, squares);
          after();
        });
    join_sums(line, sums);
    join_sums(line, squares);
    for_each_line(line, offset, [&](std::size_t k) {
      return static_cast<double>(mean_of<T, kWay>(sums[k], line.n));
    });
    for_each_line(line, scale, [&](std::size_t k) {
      const Lane<double> variance = squares[k] * share - offset[k] * offset[k];
      const Lane<double> not_negative = choose(variance < 0, Lane<double>(0), variance);
      const Lane<Number> all = static_cast<Number>((not_negative + epsilon).number());
      return static_cast<T>((1 / sqrt(all)).number());
    });
    // The first mean is as exact as its sums were; numbers that are all equal have to have theirs.
    const auto moved = [&](std::size_t k) {
      return static_cast<T>(static_cast<double>(mean[k]) + offset[k]);
    };
    for_each_line(line, rest, [&](std::size_t k) {
      const double by = static_cast<double>(moved(k)) - static_cast<double>(mean[k]);
      return static_cast<T>((offset[k] - by) * static_cast<double>(scale[k]));
    });
    for_each_line(line, mean, moved);
    // Quick products of a gradient and a distance from the mean do not underflow before the gradient is
    // next to nothing itself; if they overflow, their sum tells.
    constexpr bool kIsFloat = std::is_same_v<T, float>, kIsQuick = kWay == Way::quick;
    constexpr T kLeast = !kIsFloat ? T(0x1p-500) : kIsQuick ? T(0x1p-50) : T(0x1p-125);
    constexpr T kMost = !kIsQuick ? 1 / kLeast : kIsFloat ? T(0x1p24) : T(0x1p200);
    fits = all_lines(line, [&](std::size_t k) { return scale[k] > kLeast && scale[k] < kMost; });
  }

  [[nodiscard]] T normal(T x, std::int64_t l) const {
    const auto k = static_cast<std::size_t>(l);
    return (x - mean[k]) * scale[k] - rest[k];
  }
};

template <class T, Way kWay, bool IsAffine>
struct Forward {
  template <class Line>
  static bool line(const Line& line, const T* x, const T* w, const T* b, double epsilon, T* y) {
    const Moments<Line, T, kWay> moments(line, x, epsilon);
    map_elements(line, [&](std::int64_t i, std::int64_t l, std::int64_t j) {
      const T normal = moments.normal(x[i], l);
      if constexpr (IsAffine) {
        y[i] = normal * w[j] + b[j];
      } else {
        y[i] = normal;
      }
    });
    return moments.fits;
  }
  static bool run(std::int64_t rows, std::int64_t n, const T* x, const T* w, const T* b,
                  double epsilon, T* y) {
    bool fits = true;
    map_groups<4, T, 1, 1>(rows, n, 1, {x}, {y},
                           [&](const auto& lines, std::int64_t, const auto& from, const auto& to) {
                             fits &= line(lines, from[0], w, b, epsilon, to[0]);
                           });
    return fits;
  }
};

// The gradient of each row, and sums over rows in double: of the gradients of w, and of g.
template <class T, Way kWay, bool IsAffine>
struct Gradient {
  // dw and db gather at the place of an element in its line; of lines side by side, each its own.
  template <class Line>
  static bool lines(const Line& line, const T* x, const T* w, const T* g, double epsilon, T* dx,
                    double* dw, double* db) {
    using Number = Sum<T, kWay>;
    const auto weighted = [&](std::int64_t i, std::int64_t j) {
      if constexpr (IsAffine) return product<kWay>(g[i], w[j]);
      return g[i];
    };
    Numbers<Line, Number> lately{}, lately_dots{};
    Numbers<Line, double> sums{}, dots{};
    const Moments<Line, T, kWay> moments(
        line, x, epsilon,
        [&](std::int64_t i, std::size_t k, std::int64_t j, Number d) {
          const auto gw = static_cast<Number>(weighted(i, j));
          lately[k] += gw;
          lately_dots[k] += product<kWay>(gw, d);
        },
        [&] {
          add_lately(lately, sums);
          add_lately(lately_dots, dots);
        });
    join_sums(line, sums);
    join_sums(line, dots);
    Numbers<Line, T> mean, slope;
    const double share = 1 / static_cast<double>(line.n);
    for_each_line(line, mean, [&](std::size_t k) { return static_cast<T>(sums[k] * share); });
    // The mean of g w h. The dots are of x less another mean than h has, which is nothing to an infinite
    // gradient.
    for_each_line(line, slope, [&](std::size_t k) {
      const Lane<double> sum = sums[k];
      const double finite = choose(sum * 0 == 0, sum, Lane<double>(0)).number();
      const double dot = dots[k] - product<kWay>(finite, moments.offset[k]);
      return static_cast<T>(product<kWay>(dot * share, static_cast<double>(moments.scale[k])));
    });
    const auto gradient = [&](std::int64_t i, std::int64_t l, std::int64_t j) {
      const auto k = static_cast<std::size_t>(l);
      const T normal = moments.normal(x[i], l);
      dx[i] = product<kWay>(weighted(i, j) - mean[k] - product<kWay>(slope[k], normal),
                            moments.scale[k]);
      return static_cast<double>(product<kWay>(g[i], normal));
    };
    if constexpr (!IsAffine) {
      map_elements(line, gradient);
    } else if constexpr (std::is_same_v<Line, Narrow>) {
      line.for_each([&](std::int64_t i, std::int64_t l, std::int64_t j) {
        dw[i] += gradient(i, l, j);
        db[i] += static_cast<double>(g[i]);
      });
    } else {
      // All rows of a column at once: what is added to is read and written once.
      line.for_each_column([&](std::int64_t j, const auto& for_its_rows) {
        double of_w = 0, of_b = 0;
        for_its_rows([&](std::int64_t i, std::int64_t l) {
          of_w += gradient(i, l, j);
          of_b += static_cast<double>(g[i]);
        });
        dw[j] += of_w;
        db[j] += of_b;
      });
    }
    return moments.fits &&
           all_lines(line, [&](std::size_t k) { return sums[k] * 0 == 0 && dots[k] * 0 == 0; });
  }

  static bool run(std::int64_t rows, std::int64_t n, const T* x, const T* w, const T* g,
                  double epsilon, T* dx, double* sums) {
    return n < kWidth ? narrow(rows, n, x, w, g, epsilon, dx, sums)
                      : wide(rows, n, x, w, g, epsilon, dx, sums);
  }

 private:
  static bool wide(std::int64_t rows, std::int64_t n, const T* x, const T* w, const T* g,
                   double epsilon, T* dx, double* sums) {
    bool fits = true;
    if constexpr (IsAffine) std::fill_n(sums, 2 * n, 0.0);
    for_each_rows<4>(rows, n, [&]<int R>(const Rows<R>& together, std::int64_t first) {
      const std::int64_t at = first * n;
      fits &= lines(together, x + at, w, g + at, epsilon, dx + at, sums, sums + n);
    });
    return fits;
  }
  static bool narrow(std::int64_t rows, std::int64_t n, const T* x, const T* w, const T* g,
                     double epsilon, T* dx, double* sums) {
    bool fits = true;
    constexpr std::int64_t kLanes = Narrow::kAllLanes;
    Dealt<T> dealt_x, dealt_g, dealt_dx;
    Dealt<double> dw, db;
    if constexpr (IsAffine) {
      std::fill_n(dw.data(), n * kLanes, 0.0);
      std::fill_n(db.data(), n * kLanes, 0.0);
    }
    for_each_narrow_group(rows, n, [&](const Narrow& group, std::int64_t at, std::int64_t) {
      deal_out(group, x + at, dealt_x);
      deal_out(group, g + at, dealt_g);
      for (std::int64_t j = 0; j < n && group.width < kLanes; ++j) {  // repeated lines add nothing
        T* const lanes = dealt_g.data() + j * kLanes;
        std::fill(lanes + group.width, lanes + kLanes, T(0));
      }
      fetch(dx + at, group.width * group.n);
      fits &= lines(group, dealt_x.data(), w, dealt_g.data(), epsilon, dealt_dx.data(), dw.data(),
                    db.data());
      collect(group, dealt_dx, dx + at);
    });
    if constexpr (IsAffine) {
      for (std::int64_t j = 0; j < n; ++j) {
        sums[j] = std::accumulate(dw.data() + j * kLanes, dw.data() + (j + 1) * kLanes, 0.0);
        sums[n + j] = std::accumulate(db.data() + j * kLanes, db.data() + (j + 1) * kLanes, 0.0);
      }
    }
    return fits;
  }
};

template <class T>
using ForwardKernel =
    PerIsa<bool(std::int64_t, std::int64_t, const T*, const T*, const T*, double, T*)>;
template <class T>
using GradientKernel =
    PerIsa<bool(std::int64_t, std::int64_t, const T*, const T*, const T*, double, T*, double*)>;

// A row in units of its size: h is the same, and dx is so many times what it is. Equal numbers are as
// zeros.
template <class T>
struct InUnits {
  T unit;
  double epsilon;
  std::vector<T, Allocator<T>> numbers;

  InUnits(const T* x, std::int64_t n, double given_epsilon) {
    const bool all_equal = std::all_of(x, x + n, [x](T number) { return number == *x; });
    T size = static_cast<T>(std::sqrt(given_epsilon));
    for (std::int64_t i = 0; i < n && !all_equal; ++i) size = std::fmax(size, std::fabs(x[i]));
    unit = unit_of(size);
    epsilon = all_equal && given_epsilon == 0 ? std::numeric_limits<double>::infinity()  // h = 0
                                              : given_epsilon / unit / unit;
    numbers.resize(static_cast<std::size_t>(n));
    std::transform(x, x + n, numbers.begin(),
                   [&](T number) { return all_equal ? number - *x : number / unit; });
  }
};

}  // namespace

template <std::floating_point T>
void layer_norm(std::int64_t rows, std::int64_t n, const T* x, const T* w, const T* b,
                double epsilon, T* y) {
  const auto chosen = [&]<bool kIsAffine>() {
    static constexpr auto quick =
        ForwardKernel<T>::template of<Forward<T, Way::quick, kIsAffine>>();
    static constexpr auto careful =
        ForwardKernel<T>::template of<Forward<T, Way::careful, kIsAffine>>();
    share_out({rows, n, 1}, [&](const Lines& part, std::int64_t at, std::int64_t) {
      if (quick(part.outer, n, x + at, w, b, epsilon, y + at)) return;
      for (std::int64_t i = at; i < at + part.outer * n; i += n) {
        if (quick(1, n, x + i, w, b, epsilon, y + i)) continue;
        const InUnits<T> row(x + i, n, epsilon);
        careful(1, n, row.numbers.data(), w, b, row.epsilon, y + i);
      }
    });
  };
  w == nullptr ? chosen.template operator()<false>() : chosen.template operator()<true>();
}

template <std::floating_point T>
void layer_norm_gradient(std::int64_t rows, std::int64_t n, const T* x, const T* w, const T* g,
                         double epsilon, T* dx, T* dw, T* db) {
  const auto chosen = [&]<bool kIsAffine>() {
    static constexpr auto quick =
        GradientKernel<T>::template of<Gradient<T, Way::quick, kIsAffine>>();
    static constexpr auto careful =
        GradientKernel<T>::template of<Gradient<T, Way::careful, kIsAffine>>();
    using Sums = std::vector<double, Allocator<double>>;
    // Few parts, because each has sums of its own: depending on the sizes alone.
    constexpr std::int64_t kMostParts = 32, kFewRows = 8;
    const std::int64_t block =
        std::max({outer_block({rows, n, 1}), (rows + kMostParts - 1) / kMostParts, kFewRows});
    const std::int64_t parts = (rows + block - 1) / block;
    const std::int64_t size = kIsAffine ? 2 * n : 0;  // sums for w, then for b
    Sums all(static_cast<std::size_t>(std::max(parts, std::int64_t{1}) * size));
    for_each_range(rows, block, [&](std::int64_t first, std::int64_t last) {
      const std::int64_t at = first * n;
      double* const sums = all.data() + first / block * size;
      if (quick(last - first, n, x + at, w, g + at, epsilon, dx + at, sums)) return;
      std::fill_n(sums, size, 0.0);
      Sums of_row(static_cast<std::size_t>(size));
      for (std::int64_t i = at; i < last * n; i += n) {
        if (!quick(1, n, x + i, w, g + i, epsilon, dx + i, of_row.data())) {
          const InUnits<T> row(x + i, n, epsilon);
          careful(1, n, row.numbers.data(), w, g + i, row.epsilon, dx + i, of_row.data());
          for (std::int64_t j = i; j < i + n; ++j) dx[j] /= row.unit;
        }
        for (std::int64_t j = 0; j < size; ++j) sums[j] += of_row[static_cast<std::size_t>(j)];
      }
    });
    if constexpr (kIsAffine) {
      for (std::int64_t part = 1; part < parts; ++part) {
        const double* sums = all.data() + part * size;
        for (std::int64_t j = 0; j < size; ++j) all[static_cast<std::size_t>(j)] += sums[j];
      }
      std::transform(all.begin(), all.begin() + n, dw,
                     [](double sum) { return static_cast<T>(sum); });
      std::transform(all.begin() + n, all.begin() + size, db,
                     [](double sum) { return static_cast<T>(sum); });
    }
  };
  w == nullptr ? chosen.template operator()<false>() : chosen.template operator()<true>();
}

#define NABLA_LAYER_NORM(T)                                                                       \
  template void layer_norm(std::int64_t, std::int64_t, const T*, const T*, const T*, double, T*); \
  template void layer_norm_gradient(std::int64_t, std::int64_t, const T*, const T*, const T*,     \
                                    double, T*, T*, T*);
NABLA_LAYER_NORM(float)
NABLA_LAYER_NORM(double)
#undef NABLA_LAYER_NORM

}  // namespace nabla::kernels
