// SPDX-License-Identifier: MIT
#include <algorithm>

#include <nabla/kernels/isa.hpp>
#include <nabla/kernels/lane_math.hpp>
#include <nabla/kernels/layer_norm.hpp>

#include "bundle.hpp"

namespace nabla::kernels {
namespace {

// (x - mean - rest) scale has mean 0 and variance 1: `mean` is rounded to T, `rest` is what that lost.
template <class T>
struct Moments {
  Numbers<T> mean, rest, scale;

  template <class Line>
  Moments(const Line& line, const T* x, double epsilon) {
    const double count = static_cast<double>(line.n);
    Numbers<double> sums{}, squares{};
    line.for_each([&](std::int64_t i, std::int64_t l, std::int64_t) {
      sums[static_cast<std::size_t>(l)] += static_cast<double>(x[i]);
    });
    join_sums(line, sums);
    for_each_line(line, mean, [&](std::size_t k) { return static_cast<T>(sums[k] / count); });
    sums.fill(0);
    line.for_each([&](std::int64_t i, std::int64_t l, std::int64_t) {
      const auto k = static_cast<std::size_t>(l);
      const auto d = static_cast<double>(x[i] - mean[k]);
      sums[k] += d;
      squares[k] += d * d;
    });
    join_sums(line, sums);
    join_sums(line, squares);
    for_each_line(line, rest, [&](std::size_t k) { return static_cast<T>(sums[k] / count); });
    for_each_line(line, scale, [&](std::size_t k) {
      const Lane<double> offset = sums[k] / count;
      const Lane<double> variance = squares[k] / count - offset * offset;
      const Lane<double> not_negative = choose(variance < 0, Lane<double>(0), variance);
      return static_cast<T>((1 / sqrt(not_negative + epsilon)).number());
    });
  }

  [[nodiscard]] T normal(T x, std::int64_t l) const {
    const auto k = static_cast<std::size_t>(l);
    return ((x - mean[k]) - rest[k]) * scale[k];
  }
};

template <class T, bool IsAffine>
struct Forward {
  template <class Line>
  static void line(const Line& line, const T* x, const T* w, const T* b, double epsilon, T* y) {
    const Moments<T> moments(line, x, epsilon);
    line.for_each([&](std::int64_t i, std::int64_t l, std::int64_t j) {
      const T normal = moments.normal(x[i], l);
      if constexpr (IsAffine) {
        y[i] = normal * w[j] + b[j];
      } else {
        y[i] = normal;
      }
    });
  }
  static void run(std::int64_t rows, std::int64_t n, const T* x, const T* w, const T* b,
                  double epsilon, T* y) {
    map_groups(rows, n, 1, x, y, [&](const auto& lines, const T* from, T* to) {
      line(lines, from, w, b, epsilon, to);
    });
  }
};

template <class T, bool IsAffine>
struct Gradient {
  template <class Line>
  static void line(const Line& line, const T* x, const T* w, const T* g, double epsilon, T* dx,
                   T* products) {
    const Moments<T> moments(line, x, epsilon);
    const auto weighted = [&](std::int64_t i, std::int64_t j) {
      if constexpr (IsAffine) return chain(g[i], w[j]);
      return g[i];
    };
    Numbers<double> sums{}, dots{};
    line.for_each([&](std::int64_t i, std::int64_t l, std::int64_t j) {
      const auto k = static_cast<std::size_t>(l);
      const T gw = weighted(i, j), normal = moments.normal(x[i], l);
      sums[k] += static_cast<double>(gw);
      dots[k] += static_cast<double>(chain(gw, normal));
    });
    join_sums(line, sums);
    join_sums(line, dots);
    Numbers<T> mean, slope;
    const double count = static_cast<double>(line.n);
    for_each_line(line, mean, [&](std::size_t k) { return static_cast<T>(sums[k] / count); });
    for_each_line(line, slope, [&](std::size_t k) { return static_cast<T>(dots[k] / count); });
    line.for_each([&](std::int64_t i, std::int64_t l, std::int64_t j) {
      const auto k = static_cast<std::size_t>(l);
      const T normal = moments.normal(x[i], l);
      dx[i] = chain(weighted(i, j) - mean[k] - chain(slope[k], normal), moments.scale[k]);
      if constexpr (IsAffine) products[i] = chain(g[i], normal);
    });
  }
  static void run(std::int64_t rows, std::int64_t n, const T* x, const T* w, const T* g,
                  double epsilon, T* dx, T* products) {
    if (n < kWidth) {
      Dealt<T> dealt_x, dealt_g, dealt_dx, dealt_products;
      for_each_narrow_group(rows, n, [&](std::int64_t at, std::int64_t, std::int64_t width) {
        deal_out(width, n, x + at, dealt_x.data());
        deal_out(width, n, g + at, dealt_g.data());
        line(Bundle{n, kWidth, width}, dealt_x.data(), w, dealt_g.data(), epsilon, dealt_dx.data(),
             dealt_products.data());
        collect(width, n, dealt_dx.data(), dx + at);
        if constexpr (IsAffine) collect(width, n, dealt_products.data(), products + at);
      });
    } else {
      for (std::int64_t i = 0; i < rows; ++i)
        line(Row{n}, x + i * n, w, g + i * n, epsilon, dx + i * n,
             IsAffine ? products + i * n : nullptr);
    }
  }
};

template <class T>
using ForwardKernel =
    PerIsa<void(std::int64_t, std::int64_t, const T*, const T*, const T*, double, T*)>;
template <class T>
using GradientKernel =
    PerIsa<void(std::int64_t, std::int64_t, const T*, const T*, const T*, double, T*, T*)>;

}  // namespace

template <std::floating_point T>
void layer_norm(std::int64_t rows, std::int64_t n, const T* x, const T* w, const T* b,
                double epsilon, T* y) {
  static constexpr auto plain = ForwardKernel<T>::template of<Forward<T, false>>();
  static constexpr auto affine = ForwardKernel<T>::template of<Forward<T, true>>();
  const auto& kernel = w == nullptr ? plain : affine;
  share_out({rows, n, 1}, [&](const Lines& part, std::int64_t at, std::int64_t) {
    kernel(part.outer, n, x + at, w, b, epsilon, y + at);
  });
}

template <std::floating_point T>
void layer_norm_gradient(std::int64_t rows, std::int64_t n, const T* x, const T* w, const T* g,
                         double epsilon, T* dx, T* products) {
  static constexpr auto plain = GradientKernel<T>::template of<Gradient<T, false>>();
  static constexpr auto affine = GradientKernel<T>::template of<Gradient<T, true>>();
  const auto& kernel = w == nullptr ? plain : affine;
  share_out({rows, n, 1}, [&](const Lines& part, std::int64_t at, std::int64_t) {
    kernel(part.outer, n, x + at, w, g + at, epsilon, dx + at,
           products == nullptr ? nullptr : products + at);
  });
}

#define NABLA_LAYER_NORM(T)                                                                       \
  template void layer_norm(std::int64_t, std::int64_t, const T*, const T*, const T*, double, T*); \
  template void layer_norm_gradient(std::int64_t, std::int64_t, const T*, const T*, const T*,     \
                                    double, T*, T*);
NABLA_LAYER_NORM(float)
NABLA_LAYER_NORM(double)
#undef NABLA_LAYER_NORM

}  // namespace nabla::kernels
