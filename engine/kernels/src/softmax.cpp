// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <nabla/kernels/isa.hpp>
#include <nabla/kernels/lane_math.hpp>
#include <nabla/kernels/softmax.hpp>

#include "bundle.hpp"

namespace nabla::kernels {
namespace {

template <class T, class Line>
inline void greatest_of(const Line& line, const T* x, Numbers<T>& greatest) {
  greatest.fill(-std::numeric_limits<T>::infinity());
  line.for_each([&](std::int64_t i, std::int64_t l) {
    T& most = greatest[static_cast<std::size_t>(l)];
    most = choose(Lane<T>(x[i]) > Lane<T>(most), Lane<T>(x[i]), Lane<T>(most)).number();
  });
  join(line, greatest, [](T a, T b) { return a > b ? a : b; });
}

// What is subtracted before exp: the greatest element, but 0 for a line that has nothing but -inf.
template <class T, class Line>
inline void shift_of(const Line& line, const T* x, Numbers<T>& shift) {
  greatest_of(line, x, shift);
  for_lanes(kWidth, [&](std::int64_t l) {
    T& most = shift[static_cast<std::size_t>(l)];
    const bool is_lowest = Lane<T>(most) == Lane<T>(-std::numeric_limits<T>::infinity());
    most = choose(is_lowest, Lane<T>(0), Lane<T>(most)).number();
  });
}

template <class T>
struct Softmax {
  template <class Line>
  static void line(const Line& line, const T* x, T* y) {
    Numbers<T> shift;
    Numbers<double> totals{};
    shift_of(line, x, shift);
    line.for_each([&](std::int64_t i, std::int64_t l) {
      const auto k = static_cast<std::size_t>(l);
      const T e = exp(Lane<T>(x[i]) - Lane<T>(shift[k])).number();
      y[i] = e;
      totals[k] += static_cast<double>(e);
    });
    join_sums(line, totals);
    Numbers<T> factors;
    for_each_line(line, factors, [&](std::size_t k) {
      return static_cast<T>(
          choose(totals[k] == 0, Lane<double>(0), 1 / Lane<double>(totals[k])).number());
    });
    line.for_each(
        [&](std::int64_t i, std::int64_t l) { y[i] *= factors[static_cast<std::size_t>(l)]; });
  }
};

// logs = ln sum e^(x - shift)
template <class T, class Line>
inline void log_totals(const Line& line, const T* x, const Numbers<T>& shift, Numbers<T>& logs) {
  Numbers<double> totals{};
  line.for_each([&](std::int64_t i, std::int64_t l) {
    const auto k = static_cast<std::size_t>(l);
    totals[k] += static_cast<double>(exp(Lane<T>(x[i]) - Lane<T>(shift[k])).number());
  });
  join_sums(line, totals);
  for_each_line(line, logs, [&](std::size_t k) {
    return static_cast<T>(log(Lane<double>(totals[k])).number());
  });
}

template <class T>
struct LogSoftmax {
  template <class Line>
  static void line(const Line& line, const T* x, T* y) {
    Numbers<T> shift, logs;
    shift_of(line, x, shift);
    log_totals(line, x, shift, logs);
    line.for_each([&](std::int64_t i, std::int64_t l) {
      const auto k = static_cast<std::size_t>(l);
      y[i] = (x[i] - shift[k]) - logs[k];
    });
  }
};

template <class T>
struct SoftmaxGradient {
  template <class Line>
  static void line(const Line& line, const T* y, const T* g, T* dx) {
    Numbers<double> totals{};
    line.for_each([&](std::int64_t i, std::int64_t l) {
      totals[static_cast<std::size_t>(l)] += static_cast<double>(g[i] * y[i]);
    });
    join_sums(line, totals);
    Numbers<T> sums;
    for_each_line(line, sums, [&](std::size_t k) { return static_cast<T>(totals[k]); });
    line.for_each([&](std::int64_t i, std::int64_t l) {
      dx[i] = y[i] * (g[i] - sums[static_cast<std::size_t>(l)]);
    });
  }
};

template <class T>
struct LogSoftmaxGradient {
  template <class Line>
  static void line(const Line& line, const T* y, const T* g, T* dx) {
    Numbers<double> totals{};
    line.for_each([&](std::int64_t i, std::int64_t l) {
      totals[static_cast<std::size_t>(l)] += static_cast<double>(g[i]);
    });
    join_sums(line, totals);
    Numbers<T> sums;
    for_each_line(line, sums, [&](std::size_t k) { return static_cast<T>(totals[k]); });
    line.for_each([&](std::int64_t i, std::int64_t l) {
      dx[i] = g[i] - exp(Lane<T>(y[i])).number() * sums[static_cast<std::size_t>(l)];
    });
  }
};

// Narrow lines one behind another are dealt out to lanes, computed side by side and brought back.
// Inputs and result are of one type and shape, so one list of pointers serves: the last is written.
template <class Formula, class T, std::size_t Inputs>
inline void narrow_lines(std::int64_t count, std::int64_t n, const std::array<const T*, Inputs>& x,
                         T* y) {
  alignas(64) std::array<std::array<T, static_cast<std::size_t>(kWidth * kWidth)>, Inputs + 1>
      dealt;
  for (std::int64_t first = 0; first < count; first += kWidth) {
    const std::int64_t width = std::min(kWidth, count - first);
    for (std::size_t k = 0; k < Inputs; ++k) deal_out(width, n, x[k] + first * n, dealt[k].data());
    const Bundle bundle{n, kWidth, width};
    if constexpr (Inputs == 1) {
      Formula::line(bundle, dealt[0].data(), dealt[1].data());
    } else {
      Formula::line(bundle, dealt[0].data(), dealt[1].data(), dealt[2].data());
    }
    for (std::int64_t l = 0; l < width; ++l)
      for (std::int64_t j = 0; j < n; ++j)
        y[(first + l) * n + j] = dealt[Inputs][static_cast<std::size_t>(j * kWidth + l)];
  }
}

template <class Formula, class T>
struct OneInput {
  static void run(std::int64_t outer, std::int64_t n, std::int64_t inner, const T* x, T* y) {
    if (inner == 1 && n < kWidth) return narrow_lines<Formula, T, 1>(outer, n, {x}, y);
    for (std::int64_t o = 0; o < outer; ++o) {
      const std::int64_t block = o * n * inner;
      if (inner == 1) {
        Formula::line(Row{n}, x + block, y + block);
        continue;
      }
      for (std::int64_t first = 0; first < inner; first += kWidth) {
        const Bundle bundle{n, inner, std::min(kWidth, inner - first)};
        Formula::line(bundle, x + block + first, y + block + first);
      }
    }
  }
};

template <class Formula, class T>
struct TwoInputs {
  static void run(std::int64_t outer, std::int64_t n, std::int64_t inner, const T* a, const T* b,
                  T* y) {
    if (inner == 1 && n < kWidth) return narrow_lines<Formula, T, 2>(outer, n, {a, b}, y);
    for (std::int64_t o = 0; o < outer; ++o) {
      const std::int64_t block = o * n * inner;
      if (inner == 1) {
        Formula::line(Row{n}, a + block, b + block, y + block);
        continue;
      }
      for (std::int64_t first = 0; first < inner; first += kWidth) {
        const Bundle bundle{n, inner, std::min(kWidth, inner - first)};
        Formula::line(bundle, a + block + first, b + block + first, y + block + first);
      }
    }
  }
};

// Two results a line, the shape (outer, inner).
template <class T>
struct LogSumExp {
  template <class Line>
  static void line(const Line& line, std::int64_t width, const T* x, T* greatest, T* log_total) {
    Numbers<T> shift, logs;
    greatest_of(line, x, shift);
    for_lanes(kWidth, [&](std::int64_t l) {
      T& most = shift[static_cast<std::size_t>(l)];
      const bool is_infinite = abs(Lane<T>(most)) == Lane<T>(std::numeric_limits<T>::infinity());
      most = choose(is_infinite, Lane<T>(0), Lane<T>(most)).number();
    });
    log_totals(line, x, shift, logs);
    std::copy_n(shift.begin(), width, greatest);
    std::copy_n(logs.begin(), width, log_total);
  }
  static void run(std::int64_t outer, std::int64_t n, std::int64_t inner, const T* x, T* greatest,
                  T* log_total) {
    if (inner == 1 && n < kWidth) {
      alignas(64) std::array<T, static_cast<std::size_t>(kWidth * kWidth)> dealt;
      for (std::int64_t first = 0; first < outer; first += kWidth) {
        const std::int64_t width = std::min(kWidth, outer - first);
        deal_out(width, n, x + first * n, dealt.data());
        line(Bundle{n, kWidth, width}, width, dealt.data(), greatest + first, log_total + first);
      }
      return;
    }
    for (std::int64_t o = 0; o < outer; ++o) {
      const T* block = x + o * n * inner;
      if (inner == 1) {
        line(Row{n}, 1, block, greatest + o, log_total + o);
        continue;
      }
      for (std::int64_t first = 0; first < inner; first += kWidth) {
        const std::int64_t width = std::min(kWidth, inner - first), at = o * inner + first;
        line(Bundle{n, inner, width}, width, block + first, greatest + at, log_total + at);
      }
    }
  }
};

// dx = g (softmax - one at the label), from the softmax in dx.
template <class T>
struct LabelGradient {
  static void run(std::int64_t rows, std::int64_t n, const std::int64_t* labels, const T* g,
                  std::int64_t g_step, T* dx) {
    for (std::int64_t i = 0; i < rows; ++i) {
      const T factor = g[i * g_step];
      T* row = dx + i * n;
      for_lanes(n, [&](std::int64_t j) { row[j] *= factor; });
      row[labels[i]] -= factor;
    }
  }
};

template <class T>
using OneInputKernel = PerIsa<void(std::int64_t, std::int64_t, std::int64_t, const T*, T*)>;
template <class T>
using TwoInputsKernel =
    PerIsa<void(std::int64_t, std::int64_t, std::int64_t, const T*, const T*, T*)>;
template <class T>
using TwoResultsKernel = PerIsa<void(std::int64_t, std::int64_t, std::int64_t, const T*, T*, T*)>;
template <class T>
using LabelKernel =
    PerIsa<void(std::int64_t, std::int64_t, const std::int64_t*, const T*, std::int64_t, T*)>;

template <template <class> class Formula, class T>
void one_input(const Lines& lines, const T* x, T* y) {
  static constexpr auto kernel = OneInputKernel<T>::template of<OneInput<Formula<T>, T>>();
  kernel(lines.outer, lines.n, lines.inner, x, y);
}
template <template <class> class Formula, class T>
void two_inputs(const Lines& lines, const T* y, const T* g, T* dx) {
  static constexpr auto kernel = TwoInputsKernel<T>::template of<TwoInputs<Formula<T>, T>>();
  kernel(lines.outer, lines.n, lines.inner, y, g, dx);
}

}  // namespace

void softmax(const Lines& lines, const float* x, float* y) { one_input<Softmax>(lines, x, y); }
void softmax(const Lines& lines, const double* x, double* y) { one_input<Softmax>(lines, x, y); }
void log_softmax(const Lines& lines, const float* x, float* y) {
  one_input<LogSoftmax>(lines, x, y);
}
void log_softmax(const Lines& lines, const double* x, double* y) {
  one_input<LogSoftmax>(lines, x, y);
}
void log_sum_exp(const Lines& lines, const float* x, float* greatest, float* log_total) {
  static constexpr auto kernel = TwoResultsKernel<float>::of<LogSumExp<float>>();
  kernel(lines.outer, lines.n, lines.inner, x, greatest, log_total);
}
void log_sum_exp(const Lines& lines, const double* x, double* greatest, double* log_total) {
  static constexpr auto kernel = TwoResultsKernel<double>::of<LogSumExp<double>>();
  kernel(lines.outer, lines.n, lines.inner, x, greatest, log_total);
}
void softmax_gradient(const Lines& lines, const float* y, const float* g, float* dx) {
  two_inputs<SoftmaxGradient>(lines, y, g, dx);
}
void softmax_gradient(const Lines& lines, const double* y, const double* g, double* dx) {
  two_inputs<SoftmaxGradient>(lines, y, g, dx);
}
void log_softmax_gradient(const Lines& lines, const float* y, const float* g, float* dx) {
  two_inputs<LogSoftmaxGradient>(lines, y, g, dx);
}
void log_softmax_gradient(const Lines& lines, const double* y, const double* g, double* dx) {
  two_inputs<LogSoftmaxGradient>(lines, y, g, dx);
}

void label_gradient(std::int64_t rows, std::int64_t n, const std::int64_t* labels, const float* g,
                    std::int64_t g_step, float* dx) {
  static constexpr auto kernel = LabelKernel<float>::of<LabelGradient<float>>();
  kernel(rows, n, labels, g, g_step, dx);
}
void label_gradient(std::int64_t rows, std::int64_t n, const std::int64_t* labels, const double* g,
                    std::int64_t g_step, double* dx) {
  static constexpr auto kernel = LabelKernel<double>::of<LabelGradient<double>>();
  kernel(rows, n, labels, g, g_step, dx);
}

}  // namespace nabla::kernels
