// SPDX-License-Identifier: MIT
// The price of a call option by simulated paths, with all of its sensitivities.
//
//   ln S(t + h) = ln S(t) + (r - v^2/2) h + v sqrt(h) z,   price = E[e^(-rT) max(S(T) - K, 0)]
//
// The derivative of an average is the average of the derivatives, path by path. One path is recorded as
// a Program and evaluated for all: its inputs are spot, strike, rate, volatility, years and twelve normal
// numbers z. Black and Scholes 1973 know the answers: with d1 = (ln(S/K) + (r + v^2/2) T) / (v sqrt T)
// and d2 = d1 - v sqrt T, the price is S N(d1) - K e^(-rT) N(d2), and its derivatives
//
//   by S: N(d1),  by K: -e^(-rT) N(d2),  by r: K T e^(-rT) N(d2),  by v: S n(d1) sqrt T,
//   by T (theta, but for the sign): S n(d1) v / (2 sqrt T) + r K e^(-rT) N(d2).
//
// Then a barrier: a path that rises above it is worth nothing, which the function says by an `if`. Writes
// monte_carlo.svg, the derivative by the spot against the spot.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <numbers>
#include <span>
#include <vector>

#include <fmt/core.h>

#include <nabla/nabla.hpp>
#include <nabla/viz.hpp>

#include "lesson.hpp"

using namespace nabla;

namespace {

constexpr std::size_t kMarket = 5, kSteps = 12, kInputs = kMarket + kSteps;
constexpr double kYears = 1.0, kStrike = 100, kRate = 0.03, kVolatility = 0.2;

template <class T>
T stepped(const T& spot, const std::vector<T>& x, std::size_t step) {
  using std::exp, std::sqrt;
  const T &rate = x[2], &volatility = x[3], &z = x[kMarket + step];
  const T h = x[4] / static_cast<double>(kSteps);
  return spot * exp((rate - 0.5 * volatility * volatility) * h + volatility * sqrt(h) * z);
}

const auto call = [](const auto& x) {
  using T = std::decay_t<decltype(x[0])>;
  using std::exp;
  T spot = x[0];
  for (std::size_t step = 0; step < kSteps; ++step) spot = stepped(spot, x, step);
  return T(exp(-x[2] * x[4]) * maximum(spot - x[1], 0.0));
};

const auto call_below_barrier = [](const auto& x) {
  using T = std::decay_t<decltype(x[0])>;
  constexpr double kBarrier = 125;
  T spot = x[0];
  for (std::size_t step = 0; step < kSteps; ++step) {
    spot = stepped(spot, x, step);
    if (spot > kBarrier) return T(0.0);
  }
  return T(exp(-x[2] * x[4]) * maximum(spot - x[1], 0.0));
};

// A row of inputs a path.
std::vector<double> paths_from(double spot, std::size_t count) {
  Random random(1973);
  std::vector<double> xs;
  xs.reserve(count * kInputs);
  for (std::size_t path = 0; path < count; ++path) {
    xs.insert(xs.end(), {spot, kStrike, kRate, kVolatility, kYears});
    for (std::size_t step = 0; step < kSteps; ++step) xs.push_back(random.normal());
  }
  return xs;
}

struct Mean {
  double value, standard_error;
};
Mean mean_of(std::span<const double> rows, std::size_t columns, std::size_t column) {
  const auto n = static_cast<double>(rows.size() / columns);
  double sum = 0, squares = 0;
  for (std::size_t at = column; at < rows.size(); at += columns) {
    sum += rows[at];
    squares += rows[at] * rows[at];
  }
  const double mean = sum / n;
  return {mean, std::sqrt((squares / n - mean * mean) / n)};
}

double normal(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }
double normal_density(double x) { return std::exp(-0.5 * x * x) / std::sqrt(2 * std::numbers::pi); }

// The price, then its derivatives by spot, strike, rate, volatility and years.
std::vector<double> black_scholes(double spot) {
  const double deviation = kVolatility * std::sqrt(kYears), discount = std::exp(-kRate * kYears);
  const double d1 =
      (std::log(spot / kStrike) + (kRate + 0.5 * kVolatility * kVolatility) * kYears) / deviation;
  const double d2 = d1 - deviation;
  return {spot * normal(d1) - kStrike * discount * normal(d2),
          normal(d1),
          -discount * normal(d2),
          kStrike * kYears * discount * normal(d2),
          spot * normal_density(d1) * std::sqrt(kYears),
          spot * normal_density(d1) * kVolatility / (2 * std::sqrt(kYears)) +
              kRate * kStrike * discount * normal(d2)};
}

// Path by path: each is recorded, swept and forgotten.
template <class F>
void record_each(const F& f, std::span<const double> xs, std::span<double> ys,
                 std::span<double> gradients) {
  Tape tape;
  const Mark start = tape.mark();
  std::vector<Value> x(kInputs);
  for (std::size_t path = 0; path < ys.size(); ++path) {
    tape.add_variables(xs.subspan(path * kInputs, kInputs), x);
    const Value y = f(x);
    ys[path] = y.value();
    if (y.has_history()) backward(y);
    tape.gradients(x, gradients.subspan(path * kInputs, kInputs));
    tape.rewind(start);
  }
}

double greatest_difference(std::span<const double> a, std::span<const double> b) {
  double greatest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) greatest = std::max(greatest, std::abs(a[i] - b[i]));
  return greatest;
}

}  // namespace

int main() {
  examples::Lesson lesson("an option by Monte Carlo, with all sensitivities");
  constexpr double kSpot = 100;
  constexpr std::size_t kPaths = 100'000;
  const std::vector<double> xs = paths_from(kSpot, kPaths);
  std::vector<double> ys(kPaths), gradients(kPaths * kInputs), other(ys), others(gradients);

  const Program program = Program::record(call, std::span(xs).first(kInputs));
  const auto in_lanes = [&] { program.values_and_gradients(xs, ys, gradients); };
  fmt::print("  the program of a path: {}\n", program.summary());
  const double ours = examples::milliseconds(in_lanes);
  const double naive = examples::milliseconds([&] { record_each(call, xs, other, others); });
  fmt::print(
      "  {} paths with {} derivatives each: {:.1f} ms on all threads (NABLA_THREADS=1: on one), "
      "recorded one by one on one thread {:.1f} ms\n",
      kPaths, kInputs, ours, naive);
  lesson.claim("path by path, values are those of the tape", greatest_difference(ys, other), 0,
               1e-10);
  lesson.claim("and so are derivatives", greatest_difference(gradients, others), 0, 1e-10);

  const std::vector<double> theory = black_scholes(kSpot);
  const char* const names[] = {"price",       "by the spot",       "by the strike",
                               "by the rate", "by the volatility", "by the years"};
  for (std::size_t i = 0; i <= kMarket; ++i) {
    const Mean mean = i == 0 ? mean_of(ys, 1, 0) : mean_of(gradients, kInputs, i - 1);
    lesson.claim(names[i], mean.value, theory[i], 4 * mean.standard_error);
  }

  // Thirteen ways: above the barrier at one of twelve steps, or never.
  const Program barrier = Program::record(call_below_barrier, std::span(xs).first(kInputs));
  fmt::print("  with a barrier: {}\n", barrier.summary());
  const double branching =
      examples::milliseconds([&] { barrier.values_and_gradients(xs, ys, gradients); });
  const double recorded =
      examples::milliseconds([&] { record_each(call_below_barrier, xs, other, others); });
  fmt::print("  in {:.1f} ms, recorded one by one on one thread {:.1f} ms\n", branching, recorded);
  lesson.claim("each path is evaluated along its own way", greatest_difference(ys, other), 0,
               1e-10);
  lesson.claim("derivatives too", greatest_difference(gradients, others), 0, 1e-10);

  std::vector<double> spots, simulated, exact;
  for (double spot = 60; spot <= 150; spot += 2) {
    const std::vector<double> some = paths_from(spot, 4'096);
    std::vector<double> y(4'096), g(some.size());
    program.values_and_gradients(some, y, g);
    spots.push_back(spot);
    simulated.push_back(mean_of(g, kInputs, 0).value);
    exact.push_back(black_scholes(spot)[1]);
  }
  const std::string svg = viz::line_plot(
      {{"4,096 paths", spots, simulated}, {"exact", spots, exact}},
      {.title = "derivative of a call by the spot", .x_label = "spot", .y_label = "derivative"});
  viz::write_file("monte_carlo.svg", svg);
  lesson.claim("derivatives by the spot, drawn in monte_carlo.svg", simulated, exact, 0.03);
  return lesson.status();
}
