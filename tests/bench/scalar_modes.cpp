// SPDX-License-Identifier: MIT
// What scalar programs cost beyond one gradient on a warm tape: Jacobians, second derivatives,
// forward mode, and tapes that are cold, huge or tiny.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <nabla/nabla.hpp>

#include "bench/bench.hpp"
#include "bench/peak.hpp"
#include "bench/scalar/black_scholes.hpp"
#include "bench/scalar/bundle_adjustment.hpp"
#include "bench/scalar/burgers.hpp"
#include "bench/scalar/chain1.hpp"
#include "bench/scalar/chain4.hpp"
#include "bench/scalar/cholesky.hpp"
#include "bench/scalar/gaussian_mixture.hpp"
#include "bench/scalar/indep8.hpp"
#include "bench/scalar/lstm.hpp"
#include "bench/scalar/mlp.hpp"
#include "bench/scalar/n_body.hpp"
#include "bench/scalar/ode.hpp"
#include "bench/scalar/rosenbrock.hpp"
#include "bench/scalar/sparse_results.hpp"

#include <sys/resource.h>

namespace nabla::bench {
namespace {

// The operations of one evaluation.
template <class Program>
double operations_of(const Program& program) {
  if constexpr (requires { program.piece; })
    return program.operations * static_cast<double>(program.piece) /
           static_cast<double>(program.inputs().size());
  return program.operations;
}

Figure figure_of(const Seconds& seconds, double operations, std::string note) {
  const double factor = 1e9 / operations;
  return {.unit = "ns/op",
          .ours = seconds.ours * factor,
          .peers = scaled(seconds.peers, factor),
          .limit = std::nullopt,
          .note = std::move(note)};
}

// Gradients in the arithmetic of T: inputs registered, program recorded, swept, gradient read.
template <class T, class Program>
class Gradient {
 public:
  Gradient(const Program& program, std::vector<T> at)
      : program_(program), at_(std::move(at)), x_(at_.size()), gradient_(at_.size()) {}

  void on(basic_tape<T>& tape) {
    tape.add_variables(at_, x_);
    tape.sweep(program_(x_), T(1));
    tape.gradients(x_, gradient_);
    keep(gradient_);
  }
  // With memory that nobody has touched.
  void cold() {
    basic_tape<T> tape;
    on(tape);
  }
  void warm() {
    tape_.reset();
    on(tape_);
  }

 private:
  Program program_;
  std::vector<T> at_;
  std::vector<basic_value<T>> x_;
  std::vector<T> gradient_;
  basic_tape<T> tape_;
};

// All rows of a Jacobian from one recording; what one row costs.
template <class Program>
Figure run_jacobian(const Program& program) {
  Tape tape;
  const std::vector<Value> x = variables(program.inputs());
  const std::vector<Value> y = program.results(x);
  std::vector<double> rows(y.size() * x.size()), other(rows.size());
  const auto in_lanes = [&] { tape.jacobian(y, x, rows); };
  const auto one_by_one = [&] {
    double* to = other.data();
    for (const Value& result : y) {
      tape.zero_grad();
      tape.sweep(result, 1.0);
      for (const Value& input : x) *to++ = input.grad();
    }
  };
  const Seconds seconds = measure_paired(in_lanes, {{"sweep", one_by_one}});
  // Products of slopes are rounded in another order.
  const auto differ = [](double a, double b) {
    return std::abs(a - b) > 1e-12 * (1 + std::abs(b));
  };
  const bool agree = std::ranges::mismatch(rows, other, std::not_fn(differ)).in1 == rows.end();
  return figure_of(seconds, program.operations * static_cast<double>(y.size()),
                   fmt::format("a row of {} x {}{}", y.size(), x.size(),
                               agree ? "" : " ROWS DIFFER FROM SWEEPS"));
}

// The Hessian times a vector, reverse over forward, against a gradient.
template <class Program>
Figure run_hvp(const Program& program) {
  const std::vector<double> at = program.inputs();
  std::vector<Dual<double>> along;
  for (const double number : at) along.emplace_back(number, 0.5);
  Gradient<Dual<double>, Program> product(program, along);
  Gradient<double, Program> gradient(program, at);
  const Seconds seconds =
      measure_paired([&] { product.warm(); }, {{"gradient", [&] { gradient.warm(); }}});
  return figure_of(seconds, program.operations, "Hessian times a vector");
}

// The whole Hessian against as many gradients as it has rows; what one row costs.
template <class Program>
Figure run_hessian(const Program& program) {
  const std::vector<double> at = arguments_of(program);
  Gradient<double, Program> gradient(program, at);
  const Seconds seconds = measure_paired([&] { keep(hessian(program, at)); },
                                         {{"gradients", [&] {
                                             for (std::size_t i = 0; i < at.size(); ++i)
                                               gradient.warm();
                                           }}});
  return figure_of(seconds, operations_of(program) * static_cast<double>(at.size()),
                   fmt::format("a row of {}", at.size()));
}

// A Jacobian or Hessian whose pattern and colors are known, beside finding these and the dense one.
template <class Program>
Figure run_sparse_jacobian(const Program& program) {
  const std::vector<double> at = program.inputs();
  const SparsePlan plan = plan_jacobian(program, at);
  const Seconds seconds =
      measure_paired([&] { keep(sparse_jacobian(program, at, plan)); },
                     {{"plan found too", [&] { keep(sparse_jacobian(program, at)); }},
                      {"dense", [&] { keep(jacobian(program, at)); }}},
                     {.rounds = 9});
  return figure_of(seconds, static_cast<double>(plan.pattern.columns.size()),
                   fmt::format("an element; {} x {}, {} colors", plan.pattern.row_count, at.size(),
                               plan.coloring.count + plan.across.count));
}
template <class Program>
Figure run_sparse_hessian(const Program& program) {
  const std::vector<double> at = program.inputs();
  const SparsePlan plan = plan_hessian(program, at);
  const Seconds seconds =
      measure_paired([&] { keep(sparse_hessian(program, at, plan)); },
                     {{"plan found too", [&] { keep(sparse_hessian(program, at)); }},
                      {"dense", [&] { keep(hessian(program, at)); }}},
                     {.rounds = 9});
  return figure_of(
      seconds, static_cast<double>(plan.pattern.columns.size()),
      fmt::format("an element; {} arguments, {} colors", at.size(), plan.coloring.count));
}

// Eight derivatives beside the value, no tape.
template <class Program>
Figure run_forward(const Program& program) {
  const std::vector<double> at = arguments_of(program);
  std::vector<Dual<double, 8>> wide(at.begin(), at.end());
  std::vector<Dual<double>> narrow(at.begin(), at.end());
  for (std::size_t i = 0; i < std::min<std::size_t>(8, at.size()); ++i)
    wide[i].set_tangent(static_cast<int>(i), 1.0);
  narrow[0].set_tangent(0, 1.0);
  const auto value_of = [&program](const auto& x) {
    return [&] {
      keep(x);
      keep(program(x));
    };
  };
  const Seconds seconds = measure_paired(
      value_of(wide), {{"double", value_of(at)}, {"one direction", value_of(narrow)}});
  return figure_of(seconds, operations_of(program), "8 directions");
}

// A gradient with all memory that it takes.
template <class Program>
Figure run_cold(const Program& program) {
  Gradient<double, Program> gradient(program, program.inputs());
  const Seconds seconds =
      measure_paired([&] { gradient.cold(); }, {{"warm", [&] { gradient.warm(); }}}, {.rounds = 9});
  return figure_of(seconds, program.operations, "on a new tape");
}

double peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// A hundred million statements; once to touch the memory, then three times.
Figure run_huge() {
  const Chain1 program(100'000'000);
  const std::vector<double> at = program.inputs();
  Gradient<double, Chain1> gradient(program, at);
  const auto value = [&] {
    keep(at);
    keep(program(at));
  };
  const Seconds seconds =
      measure_paired([&] { gradient.warm(); }, {{"double", value}}, {.rounds = 3});
  return figure_of(seconds, program.operations,
                   fmt::format("peak memory of the process {:.2f} GiB", peak_megabytes() / 1024));
}

// A pendulum of a million steps with some states kept, and with all steps on a tape.
Figure run_long_loop(std::size_t snapshots) {
  constexpr std::size_t kSteps = 1'000'000;
  const auto step = [](std::size_t, const auto& x, const auto& p) {
    using std::sin;
    auto y = x;
    y[1] = x[1] - 1e-5 * p[0] * sin(x[0]);
    y[0] = x[0] + 1e-5 * y[1];
    return y;
  };
  const auto loss = [](const auto& x, const auto&) { return x[0] * x[0]; };
  const std::vector<double> start{1.0, 0.0}, parameters{9.81};
  LoopGradient kept;
  const auto by_snapshots = [&] {
    kept =
        gradient_of_loop(step, loss, start, parameters, {.steps = kSteps, .snapshots = snapshots});
  };
  double slope = 0;
  const auto on = [&](Tape& tape) {
    tape.reset();
    std::vector<Value> x = variables(start);
    const std::vector<Value> p = variables(parameters);
    for (std::size_t i = 0; i < kSteps; ++i) x = step(i, x, p);
    tape.sweep(loss(x, p), 1.0);
    slope = p[0].grad();
  };
  const double with_snapshots = peak_megabytes_of(by_snapshots);
  const double with_tape = peak_megabytes_of([&] {
    Tape tape;
    on(tape);
  });
  Tape tape;
  const Seconds seconds =
      measure_paired(by_snapshots, {{"all on a tape", [&] { on(tape); }}}, {.rounds = 3});
  constexpr double kTolerance = 1e-9;
  const bool is_same = std::abs(kept.parameters[0] - slope) <= kTolerance * std::abs(slope);
  return figure_of(
      seconds, kSteps,
      fmt::format(
          "a step; {} states kept; computed {:.2f} times and recorded once; {:.1f} MB, on a tape "
          "{:.1f} MB{}",
          snapshots, static_cast<double>(kept.steps_computed) / kSteps, with_snapshots, with_tape,
          is_same ? "" : " GRADIENTS DIFFER"));
}

// Many gradients of some hundred statements, each on a tape that was reset.
Figure run_tiny_tapes() {
  constexpr std::size_t kTapes = 5'000;
  Rosenbrock program(100);
  const std::vector<double> at = program.inputs();
  std::vector<double> by_hand(at.size());
  Gradient<double, Rosenbrock> gradient(program, at);
  const auto repeated = [](const auto& work) {
    return [&work] {
      for (std::size_t i = 0; i < kTapes; ++i) work();
    };
  };
  const auto ours = [&] { gradient.warm(); };
  const auto afresh = [&] { gradient.cold(); };
  const auto value = [&] {
    keep(at);
    keep(program(at));
  };
  const auto hand = [&] {
    keep(at);
    program.gradient_by_hand(at, by_hand);
    keep(by_hand);
  };
  const Seconds seconds = measure_paired(
      repeated(ours),
      {{"new tapes", repeated(afresh)}, {"double", repeated(value)}, {"by hand", repeated(hand)}});
  return figure_of(seconds, program.operations * kTapes,
                   fmt::format("{} tapes of 300 statements", kTapes));
}

// Programs are made when they run: the great ones hold much memory.
template <class Program, class... Sizes>
std::function<Figure()> measured(Figure (*run)(const Program&), Sizes... sizes) {
  return [=] { return run(Program(static_cast<std::size_t>(sizes)...)); };
}

}  // namespace

std::vector<Case> scalar_mode_cases() {
  using Calls = BlackScholes<NormalByPolynomial>;
  return {
      {"scalar/jacobian_burgers_100x50", measured(run_jacobian<Burgers>, 100, 50)},
      {"scalar/jacobian_n_body_20x10", measured(run_jacobian<NBody>, 20, 10)},
      {"scalar/jacobian_lstm", measured(run_jacobian<Lstm>, 32, 32, 4)},
      {"scalar/jacobian_mlp", measured(run_jacobian<Mlp>, 784, 64, 10)},
      {"scalar/hvp_rosenbrock_1e3", measured(run_hvp<Rosenbrock>, 1'000)},
      {"scalar/hvp_burgers_100x50", measured(run_hvp<Burgers>, 100, 50)},
      {"scalar/hvp_ode_1e3", measured(run_hvp<Ode>, 1'000)},
      {"scalar/hvp_lstm", measured(run_hvp<Lstm>, 32, 32, 4)},
      {"scalar/hvp_black_scholes", measured(run_hvp<Calls>, 1'000)},
      {"scalar/hvp_mlp", measured(run_hvp<Mlp>, 784, 64, 10)},
      {"scalar/hessian_ode_1e3", measured(run_hessian<Ode>, 1'000)},
      {"scalar/hessian_bundle_adjustment", measured(run_hessian<BundleAdjustment>, 1)},
      {"scalar/hessian_rosenbrock_100", measured(run_hessian<Rosenbrock>, 100)},
      {"scalar/hessian_cholesky_8", measured(run_hessian<Cholesky>, 8)},
      {"scalar/hessian_gaussian_mixture", measured(run_hessian<GaussianMixture>, 50, 3, 2)},
      {"scalar/sparse_jacobian_band_1e3", measured(run_sparse_jacobian<BandResults>, 1'000)},
      {"scalar/sparse_jacobian_arrow_1e3", measured(run_sparse_jacobian<ArrowResults>, 1'000)},
      {"scalar/sparse_jacobian_full_arrow_1e3",
       measured(run_sparse_jacobian<FullArrowResults>, 1'000)},
      {"scalar/sparse_jacobian_random_1e3", measured(run_sparse_jacobian<RandomResults>, 1'000)},
      {"scalar/sparse_hessian_band_1e3", measured(run_sparse_hessian<SumOf<BandResults>>, 1'000)},
      {"scalar/sparse_hessian_arrow_1e3", measured(run_sparse_hessian<SumOf<ArrowResults>>, 1'000)},
      {"scalar/sparse_hessian_random_1e3",
       measured(run_sparse_hessian<SumOf<RandomResults>>, 1'000)},
      {"scalar/forward_chain4_1e4", measured(run_forward<Chain4>, 10'000)},
      {"scalar/forward_ode_1e3", measured(run_forward<Ode>, 1'000)},
      {"scalar/forward_burgers_100x50", measured(run_forward<Burgers>, 100, 50)},
      {"scalar/forward_cholesky_50", measured(run_forward<Cholesky>, 50)},
      {"scalar/forward_black_scholes", measured(run_forward<Calls>, 1'000)},
      {"scalar/cold_chain1_1e4", measured(run_cold<Chain1>, 10'000)},
      {"scalar/cold_chain1_1e7", measured(run_cold<Chain1>, 10'000'000)},
      {"scalar/cold_chain4_1e4", measured(run_cold<Chain4>, 10'000)},
      {"scalar/cold_chain4_1e7", measured(run_cold<Chain4>, 10'000'000)},
      {"scalar/cold_indep8_1e4", measured(run_cold<Indep8>, 10'000)},
      {"scalar/cold_indep8_1e7", measured(run_cold<Indep8>, 10'000'000)},
      {"scalar/cold_rosenbrock_1e3", measured(run_cold<Rosenbrock>, 1'000)},
      {"scalar/cold_rosenbrock_1e5", measured(run_cold<Rosenbrock>, 100'000)},
      {"scalar/cold_burgers_100x50", measured(run_cold<Burgers>, 100, 50)},
      {"scalar/cold_burgers_1000x500", measured(run_cold<Burgers>, 1'000, 500)},
      {"scalar/cold_mlp", measured(run_cold<Mlp>, 784, 64, 10)},
      {"scalar/cold_mlp_64x32x10", measured(run_cold<Mlp>, 64, 32, 10)},
      {"scalar/cold_mlp_784x1024x10", measured(run_cold<Mlp>, 784, 1024, 10)},
      {"scalar/chain1_1e8", run_huge},
      {"scalar/loop_1e6_5", [] { return run_long_loop(5); }},
      {"scalar/loop_1e6_20", [] { return run_long_loop(20); }},
      {"scalar/loop_1e6", [] { return run_long_loop(100); }},
      {"scalar/loop_1e6_1000", [] { return run_long_loop(1'000); }},
      {"scalar/tiny_tapes", run_tiny_tapes},
  };
}

}  // namespace nabla::bench
