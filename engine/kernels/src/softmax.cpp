// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>

#include <nabla/kernels/isa.hpp>
#include <nabla/kernels/lane_math.hpp>
#include <nabla/kernels/softmax.hpp>

#include "bundle.hpp"

namespace nabla::kernels {
namespace {

// What is subtracted before exp: the greatest element of a line, but 0 where that is -inf (there is no
// other) or, `of_infinities`, where it is inf. Returns whether no element is so far below that exp needs
// care.
template <class T, class Line>
inline bool shift_of(const Line& line, const T* x, Numbers<Line, T>& shift, bool of_infinities) {
  constexpr T kInfinity = std::numeric_limits<T>::infinity();
  Numbers<Line, T> least;
  shift.fill(-kInfinity);
  least.fill(kInfinity);
  line.for_each([&](std::int64_t i, std::int64_t l, std::int64_t) {
    const auto k = static_cast<std::size_t>(l);
    const T number = x[i], most = shift[k], fewest = least[k];
    shift[k] = number > most ? number : most;
    least[k] = number < fewest ? number : fewest;
  });
  join(line, shift, [](T a, T b) { return a > b ? a : b; });
  join(line, least, [](T a, T b) { return a < b ? a : b; });
  int unusual = 0;
  for_all_lanes<Line::kAllLanes>([&](std::int64_t l) {
    const auto k = static_cast<std::size_t>(l);
    const Lane<T> most = shift[k];
    const bool is_used = most >= Lane<T>(least[k]);  // or has nothing but NaN
    unusual += static_cast<int>(is_used & !is_usual_exponent(most - Lane<T>(least[k])));
    const Lane<T> size = of_infinities ? abs(most) : -most;
    shift[k] = choose(size == Lane<T>(kInfinity), Lane<T>(0), most).number();
  });
  return unusual == 0;
}

// f(a type of Lane) for numbers which all are usual exponents, or need not be.
template <class T, class F>
inline void for_exponents(bool are_usual, const F& f) {
  are_usual ? f(UsualLane<T>()) : f(Lane<T>());
}

template <class T>
struct Softmax {
  template <class Line>
  static void line(const Line& line, const T* x, T* y) {
    Numbers<Line, T> shift, lately{};
    Numbers<Line, double> totals{};
    for_exponents<T>(shift_of(line, x, shift, false), [&]<class L>(L) {
      line.for_each(
          [&](std::int64_t i, std::int64_t l, std::int64_t) {
            const auto k = static_cast<std::size_t>(l);
            const T e = exp(L(Lane<T>(x[i]) - Lane<T>(shift[k]))).number();
            y[i] = e;
            lately[k] += e;
          },
          [&] { add_lately(lately, totals); });
    });
    join_sums(line, totals);
    Numbers<Line, T> factors;
    for_each_line(line, factors, [&](std::size_t k) {
      const Lane<T> total = static_cast<T>(totals[k]);
      return choose(total == Lane<T>(0), Lane<T>(0), 1 / total).number();
    });
    line.for_each([&](std::int64_t i, std::int64_t l, std::int64_t) {
      y[i] *= factors[static_cast<std::size_t>(l)];
    });
  }
};

// The shift, and logs = ln sum e^(x - shift)
template <class T, class Line>
inline void log_totals(const Line& line, const T* x, Numbers<Line, T>& shift,
                       Numbers<Line, T>& logs, bool of_infinities) {
  Numbers<Line, T> lately{};
  Numbers<Line, double> totals{};
  for_exponents<T>(shift_of(line, x, shift, of_infinities), [&]<class L>(L) {
    line.for_each(
        [&](std::int64_t i, std::int64_t l, std::int64_t) {
          const auto k = static_cast<std::size_t>(l);
          lately[k] += exp(L(Lane<T>(x[i]) - Lane<T>(shift[k]))).number();
        },
        [&] { add_lately(lately, totals); });
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
    Numbers<Line, T> shift, logs;
    log_totals(line, x, shift, logs, false);
    line.for_each([&](std::int64_t i, std::int64_t l, std::int64_t) {
      const auto k = static_cast<std::size_t>(l);
      y[i] = (x[i] - shift[k]) - logs[k];
    });
  }
};

template <class T>
struct SoftmaxGradient {
  template <class Line>
  static void line(const Line& line, const T* y, const T* g, T* dx) {
    Numbers<Line, double> totals{};
    line.for_each([&](std::int64_t i, std::int64_t l, std::int64_t) {
      totals[static_cast<std::size_t>(l)] += static_cast<double>(chain(g[i], y[i]));
    });
    join_sums(line, totals);
    Numbers<Line, T> sums;
    for_each_line(line, sums, [&](std::size_t k) { return static_cast<T>(totals[k]); });
    line.for_each([&](std::int64_t i, std::int64_t l, std::int64_t) {
      dx[i] = chain(g[i] - sums[static_cast<std::size_t>(l)], y[i]);
    });
  }
};

template <class T>
struct LogSoftmaxGradient {
  template <class Line>
  static void line(const Line& line, const T* y, const T* g, T* dx) {
    Numbers<Line, double> totals{};
    line.for_each([&](std::int64_t i, std::int64_t l, std::int64_t) {
      totals[static_cast<std::size_t>(l)] += static_cast<double>(g[i]);
    });
    join_sums(line, totals);
    Numbers<Line, T> sums;
    for_each_line(line, sums, [&](std::size_t k) { return static_cast<T>(totals[k]); });
    line.for_each([&](std::int64_t i, std::int64_t l, std::int64_t) {
      dx[i] = g[i] - chain(sums[static_cast<std::size_t>(l)], exp(Lane<T>(y[i])).number());
    });
  }
};

// A formula along all lines, of one input and of two.
template <class Formula, class T>
struct OneInput {
  static void run(const Part& part, const T* x, T* y) {
    map_groups<4, T, 1, 1>(part, {x}, {y},
                           [](const auto& lines, std::int64_t, const auto& from, const auto& to) {
                             Formula::line(lines, from[0], to[0]);
                           });
  }
};

template <class Formula, class T>
struct TwoInputs {
  static void run(const Part& part, const T* a, const T* b, T* y) {
    map_groups<1, T, 2, 1>(part, {a, b}, {y},
                           [](const auto& lines, std::int64_t, const auto& from, const auto& to) {
                             Formula::line(lines, from[0], from[1], to[0]);
                           });
  }
};

// Two results a line, the shape (outer, inner).
template <class T>
struct LogSumExp {
  template <class Line>
  static void line(const Line& line, const T* x, T* greatest, T* log_total) {
    Numbers<Line, T> shift, logs;
    log_totals(line, x, shift, logs, true);
    write_lines(line, shift, greatest);
    write_lines(line, logs, log_total);
  }
  static void run(const Part& part, const T* x, T* greatest, T* log_total) {
    map_groups<4, T, 1, 0>(
        part, {x}, {}, [&](const auto& lines, std::int64_t first, const auto& from, const auto&) {
          line(lines, from[0], greatest + first, log_total + first);
        });
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
      for_lanes(n, [&](std::int64_t j) { row[j] = chain(factor, row[j]); });
      row[labels[i]] -= factor;
    }
  }
};

template <class T>
using OneInputKernel = PerIsa<void(const Part&, const T*, T*)>;
template <class T>
using TwoInputsKernel = PerIsa<void(const Part&, const T*, const T*, T*)>;
template <class T>
using TwoResultsKernel = PerIsa<void(const Part&, const T*, T*, T*)>;
template <class T>
using LabelKernel =
    PerIsa<void(std::int64_t, std::int64_t, const std::int64_t*, const T*, std::int64_t, T*)>;

template <template <class> class Formula, class T>
void one_input(const Lines& lines, const T* x, T* y) {
  static constexpr auto kernel = OneInputKernel<T>::template of<OneInput<Formula<T>, T>>();
  share_out_all(lines, [&](const Part& part, std::int64_t at, std::int64_t) {
    kernel(part, x + at, y + at);
  });
}
template <template <class> class Formula, class T>
void two_inputs(const Lines& lines, const T* y, const T* g, T* dx) {
  static constexpr auto kernel = TwoInputsKernel<T>::template of<TwoInputs<Formula<T>, T>>();
  share_out_all(lines, [&](const Part& part, std::int64_t at, std::int64_t) {
    kernel(part, y + at, g + at, dx + at);
  });
}

}  // namespace

template <std::floating_point T>
void softmax(const Lines& lines, const T* x, T* y) {
  one_input<Softmax>(lines, x, y);
}
template <std::floating_point T>
void log_softmax(const Lines& lines, const T* x, T* y) {
  one_input<LogSoftmax>(lines, x, y);
}
template <std::floating_point T>
void log_sum_exp(const Lines& lines, const T* x, T* greatest, T* log_total) {
  static constexpr auto kernel = TwoResultsKernel<T>::template of<LogSumExp<T>>();
  share_out_all(lines, [&](const Part& part, std::int64_t at, std::int64_t first) {
    kernel(part, x + at, greatest + first, log_total + first);
  });
}
template <std::floating_point T>
void softmax_gradient(const Lines& lines, const T* y, const T* g, T* dx) {
  two_inputs<SoftmaxGradient>(lines, y, g, dx);
}
template <std::floating_point T>
void log_softmax_gradient(const Lines& lines, const T* y, const T* g, T* dx) {
  two_inputs<LogSoftmaxGradient>(lines, y, g, dx);
}
template <std::floating_point T>
void label_gradient(std::int64_t rows, std::int64_t n, const std::int64_t* labels, const T* g,
                    std::int64_t g_step, T* dx) {
  static constexpr auto kernel = LabelKernel<T>::template of<LabelGradient<T>>();
  share_out({rows, n, 1}, [&](const Lines& part, std::int64_t at, std::int64_t first) {
    kernel(part.outer, part.n, labels + first, g + first * g_step, g_step, dx + at);
  });
}

#define NABLA_SOFTMAX(T)                                                                  \
  template void softmax(const Lines&, const T*, T*);                                      \
  template void log_softmax(const Lines&, const T*, T*);                                  \
  template void log_sum_exp(const Lines&, const T*, T*, T*);                              \
  template void softmax_gradient(const Lines&, const T*, const T*, T*);                   \
  template void log_softmax_gradient(const Lines&, const T*, const T*, T*);               \
  template void label_gradient(std::int64_t, std::int64_t, const std::int64_t*, const T*, \
                               std::int64_t, T*);
NABLA_SOFTMAX(float)
NABLA_SOFTMAX(double)
#undef NABLA_SOFTMAX

}  // namespace nabla::kernels
