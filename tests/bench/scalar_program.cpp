// SPDX-License-Identifier: MIT
// Programs, recorded once and evaluated for many rows of inputs, against what else gives the same rows: a
// recording each, and the value alone in double. All on one thread but where a row says otherwise. "A
// recording each" is the row's variables, the function, a sweep and the gradient, on one tape that is rewound.
//
// What compilers make of double (GCC 12, -O3, the 16-byte registers of any x86-64): of the ODE no packed
// arithmetic at all, nor of Monte Carlo and chain4; of n-body little, and without it (-fno-tree-vectorize) it is
// as fast; the loops of Rosenbrock and Burgers are packed. So gradients shall be cheaper than all of these but
// the last two.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <nabla/kernels/parallel.hpp>
#include <nabla/nabla.hpp>

#include "bench/adolc.hpp"
#include "bench/bench.hpp"
#include "bench/scalar/black_scholes.hpp"
#include "bench/scalar/bundle_adjustment.hpp"
#include "bench/scalar/burgers.hpp"
#include "bench/scalar/chain1.hpp"
#include "bench/scalar/chain4.hpp"
#include "bench/scalar/lstm.hpp"
#include "bench/scalar/monte_carlo.hpp"
#include "bench/scalar/n_body.hpp"
#include "bench/scalar/ode.hpp"
#include "bench/scalar/rosenbrock.hpp"

namespace nabla::bench {
namespace {

class OneThread {
 public:
  OneThread() : before_(kernels::threads()) { kernels::use_threads(1); }
  ~OneThread() { kernels::use_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

// The goal is to be so many times as fast as a recording each, which is more than as many times the speed of
// other tapes, all of which take longer to record.
Figure beside_recordings(const std::string& unit, const Seconds& seconds, double factor,
                         const std::string& note, double times = 4) {
  Figure figure{.unit = unit,
                .ours = seconds.ours * factor,
                .peers = scaled(seconds.peers, factor),
                .limit = std::nullopt,
                .note = note};
  if (figure.peers.contains("a recording each")) figure.peer_goals["a recording each"] = times;
  return figure;
}

// Rows near the inputs of a scalar program, and its values and gradients there, each in its way.
template <class F>
class ManyRows {
 public:
  ManyRows(const F& f, std::size_t rows)
      : f_(f),
        columns_(f.inputs().size()),
        rows_(rows),
        program_(Program::record(f, f.inputs())),
        values_(rows),
        gradients_(rows * columns_),
        other_(gradients_.size()),
        x_(columns_) {
    const std::vector<double> at = f.inputs();
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t i = 0; i < columns_; ++i)
        xs_.push_back(at[i] * (1 + 1e-4 * static_cast<double>((row + i) % 97)));
  }

  Figure gradients() {
    const OneThread one_thread;
    std::vector<Contender> peers{{"a recording each", [this] { record_each(); }},
                                 {"double", [this] { value_each(); }}};
#ifdef NABLA_HAS_ADOLC
    // Greater tapes go into files; more rows take long.
    if (f_.operations <= 1.2e5 && f_.operations * static_cast<double>(rows_) <= 1.5e7)
      peers.push_back({"ADOL-C", [this] { adolc_each(); }});
#endif
    return figure([this] { evaluate(); }, std::move(peers));
  }
  Figure on_all_threads() {
    const auto on_one = [this] {
      const OneThread one_thread;
      evaluate();
    };
    Figure figure = this->figure([this] { evaluate(); }, {{"one thread", on_one}});
    figure.note += fmt::format(", {} threads", kernels::threads());
    return figure;
  }
  Figure values() {
    const OneThread one_thread;
    return figure([this] { program_.values(xs_, values_); },
                  {{"double", [this] { value_each(); }}});
  }
  Figure hessian_products() {
    const OneThread one_thread;
    const std::vector<double> along(xs_.size(), 0.5);
    return figure([&] { program_.hessian_vector_products(xs_, along, other_); },
                  {{"gradients", [this] { evaluate(); }}});
  }

 private:
  std::span<const double> row(std::size_t number) const {
    return std::span(xs_).subspan(number * columns_, columns_);
  }
  void evaluate() { program_.values_and_gradients(xs_, values_, gradients_); }
  void record_each() {
    const Mark start = tape_.mark();
    for (std::size_t i = 0; i < rows_; ++i) {
      tape_.add_variables(row(i), x_);
      tape_.sweep(f_(x_), 1.0);
      tape_.gradients(x_, std::span(other_).subspan(i * columns_, columns_));
      tape_.rewind(start);
    }
  }
  void value_each() {
    std::vector<double> x(columns_);
    for (std::size_t i = 0; i < rows_; ++i) {
      std::ranges::copy(row(i), x.begin());
      keep(f_(x));
    }
  }
#ifdef NABLA_HAS_ADOLC
  void adolc_each() {
    for (std::size_t i = 0; i < rows_; ++i)
      gradient_by_adolc(f_, row(i), std::span(other_).subspan(i * columns_, columns_));
  }
#endif

  template <class Ours>
  Figure figure(const Ours& ours, std::vector<Contender> peers) {
    const Seconds seconds = measure_paired(ours, peers);
    const double factor = 1e9 / (f_.operations * static_cast<double>(rows_));
    return beside_recordings("ns/op", seconds, factor, remark(), rows_ > 1 ? 4 : 1);
  }
  std::string remark() {
    evaluate();
    record_each();
    // Sums of thousands of terms that cancel lose digits.
    constexpr double kTolerance = 1e-9;
    double miss = 0, size = 0;
    for (std::size_t i = 0; i < gradients_.size(); ++i) {
      miss = std::max(miss, std::abs(gradients_[i] - other_[i]));
      size = std::max(size, std::abs(gradients_[i]));
    }
    const char* fault = size == 0                   ? " GRADIENTS ARE ZERO"
                        : miss <= kTolerance * size ? ""
                                                    : " GRADIENTS DIFFER FROM THE TAPE";
    return fmt::format("{} rows, {} kernels{}", rows_, kernels::name_of(kernels::isa()), fault);
  }

  F f_;
  std::size_t columns_, rows_;
  Program program_;
  std::vector<double> xs_, values_, gradients_, other_;
  std::vector<Value> x_;
  Tape tape_;
};

// A sum of 64 terms, whose branches go one of so many ways, as the first input says. The others are recorded
// or found among those that are known.
struct WaysThrough {
  std::size_t ways;

  template <class T>
  T operator()(const std::vector<T>& x) const {
    using std::exp, std::floor, std::sin;
    constexpr std::size_t kTerms = 64;
    T sum = 0.0;
    std::size_t way = 1;
    for (std::size_t i = 0; i < kTerms; ++i) {
      const T& a = x[1 + i % 4];
      const T term = a * sin(sum + 0.1 * a) + 0.5 * a * a;
      bool is_odd = false;
      if (way < ways) {
        const double step = static_cast<double>(way);
        is_odd = floor(x[0] / step) - 2.0 * floor(x[0] / (2.0 * step)) > 0.5;
        way *= 2;
      }
      sum = is_odd ? T(sum - 0.5 * term) : T(sum + term);
    }
    return sum;
  }
};

// Rows of WaysThrough: each takes one of the ways, with the same chance.
struct RowsThrough {
  static constexpr std::size_t kRows = 4'096, kColumns = 5;

  explicit RowsThrough(std::size_t ways)
      : f{ways}, ys(kRows), derivatives(kRows * kColumns), other(derivatives) {
    Random random(9);
    for (std::size_t row = 0; row < kRows; ++row) {
      xs.push_back(std::floor(random.uniform() * static_cast<double>(ways)));
      for (std::size_t k = 1; k < kColumns; ++k) xs.push_back(random.uniform());
    }
  }
  static auto row(auto& all, std::size_t i) {
    return std::span(all).subspan(i * kColumns, kColumns);
  }
  [[nodiscard]] Program program() const { return Program::record(f, row(xs, 0)); }
  Figure figure(const Seconds& seconds, double times) const {
    double miss = 0;
    for (std::size_t i = 0; i < other.size(); ++i)
      miss = std::max(miss, std::abs(derivatives[i] - other[i]) / (1 + std::abs(other[i])));
    return beside_recordings(
        "ns/row", seconds, 1e9 / kRows,
        fmt::format("{} ways, {} rows{}", f.ways, kRows, miss < 1e-9 ? "" : " DERIVATIVES DIFFER"),
        times);
  }

  WaysThrough f;
  std::vector<double> xs, ys, derivatives, other;
};

Figure run_ways(std::size_t ways) {
  const OneThread one_thread;
  RowsThrough rows(ways);
  const Program program = rows.program();
  const auto evaluate = [&] { program.values_and_gradients(rows.xs, rows.ys, rows.derivatives); };
  Tape tape;
  const Mark start = tape.mark();
  std::vector<Value> x(RowsThrough::kColumns);
  const auto record_each = [&] {
    for (std::size_t i = 0; i < RowsThrough::kRows; ++i) {
      tape.add_variables(rows.row(rows.xs, i), x);
      tape.sweep(rows.f(x), 1.0);
      tape.gradients(x, rows.row(rows.other, i));
      tape.rewind(start);
    }
  };
  // Beside a Program that knows no way yet.
  const auto afresh = [&] {
    rows.program().values_and_gradients(rows.xs, rows.ys, rows.derivatives);
  };
  const Seconds seconds = measure_paired(
      evaluate, {{"a recording each", record_each}, {"with the Program", afresh}}, {.rounds = 9});
  return rows.figure(seconds, 1);
}

// Hessians times a direction, beside those of functions that are not recorded before: each on a tape of dual
// numbers, which a Program, whose function takes Values, does not have.
Figure run_ways_hessian_products(std::size_t ways) {
  const OneThread one_thread;
  RowsThrough rows(ways);
  const std::vector<double> along(rows.xs.size(), 0.5);
  const Program program = rows.program();
  const auto multiply_by = [&](const Program& each) {
    each.hessian_vector_products(rows.xs, along, rows.derivatives);
  };
  const auto record_each = [&] {
    for (std::size_t i = 0; i < RowsThrough::kRows; ++i)
      std::ranges::copy(hvp(rows.f, rows.row(rows.xs, i), rows.row(along, i)),
                        rows.row(rows.other, i).begin());
  };
  const Seconds seconds = measure_paired(
      [&] { multiply_by(program); },
      {{"a recording each", record_each},
       {"gradients", [&] { program.values_and_gradients(rows.xs, rows.ys, rows.derivatives); }},
       {"with the Program", [&] { multiply_by(rows.program()); }}},
      {.rounds = 9});
  multiply_by(program);
  return rows.figure(seconds, 1);
}

// Residual blocks of bundle adjustment: values and Jacobians, 2 results of 15 inputs.
Figure run_residual_blocks() {
  constexpr std::size_t kBlocks = 4'096, kInputs = 15, kResults = 2;
  const OneThread one_thread;
  const BundleAdjustment blocks(kBlocks);
  const std::vector<double> xs = blocks.inputs();
  std::vector<double> ys(kBlocks * kResults), jacobians(ys.size() * kInputs), other(jacobians);
  const auto f = [&](const auto& x) { return blocks.residuals(x); };
  const Program program = Program::record(f, std::span(xs).first(kInputs));
  Tape tape;
  const Mark start = tape.mark();
  std::vector<Value> x(kInputs);
  const auto record_each = [&] {
    for (std::size_t i = 0; i < kBlocks; ++i) {
      tape.add_variables(std::span(xs).subspan(i * kInputs, kInputs), x);
      const auto residuals = f(x);
      tape.jacobian(residuals, x,
                    std::span(other).subspan(i * kResults * kInputs, kResults * kInputs));
      tape.rewind(start);
    }
  };
  const auto in_double = [&] {
    std::vector<double> at(kInputs);
    for (std::size_t i = 0; i < kBlocks; ++i) {
      std::ranges::copy(std::span(xs).subspan(i * kInputs, kInputs), at.begin());
      keep(f(at));
    }
  };
  const Seconds seconds =
      measure_paired([&] { program.values_and_jacobians(xs, ys, jacobians); },
                     {{"a recording each", record_each}, {"double", in_double}});
  double miss = 0;
  for (std::size_t i = 0; i < other.size(); ++i)
    miss = std::max(miss, std::abs(jacobians[i] - other[i]));
  return beside_recordings("ns/block", seconds, 1e9 / kBlocks,
                           fmt::format("Jacobians of 2 x 15, {} rows{}", kBlocks,
                                       miss < 1e-9 ? "" : " JACOBIANS DIFFER"));
}

// Made when it runs.
template <class F, class... Sizes>
Case gradients(const char* size, std::size_t rows, Sizes... sizes) {
  return {"scalar/program_" + std::string(F::name) + size,
          [=] { return ManyRows<F>(F(static_cast<std::size_t>(sizes)...), rows).gradients(); }};
}
template <class F, class... Sizes>
Case values(const char* size, std::size_t rows, Sizes... sizes) {
  return {"scalar/program_values_" + std::string(F::name) + size,
          [=] { return ManyRows<F>(F(static_cast<std::size_t>(sizes)...), rows).values(); }};
}
template <class F, class... Sizes>
Case hessian_products(const char* size, std::size_t rows, Sizes... sizes) {
  return {"scalar/program_hvp_" + std::string(F::name) + size, [=] {
            return ManyRows<F>(F(static_cast<std::size_t>(sizes)...), rows).hessian_products();
          }};
}

}  // namespace

std::vector<Case> scalar_program_cases() {
  using Call = BlackScholes<NormalByErfc>;
  return {
      gradients<Call>("_1", 4'096, 1),
      gradients<Call>("_10", 1'024, 10),
      gradients<MonteCarlo>("_10x100", 256, 10, 100),
      gradients<Chain1>("_1e3", 256, 1'000),
      gradients<Chain1>("_1e4", 256, 10'000),
      gradients<Chain4>("_1e3", 256, 1'000),
      gradients<Rosenbrock>("_1e3", 256, 1'000),
      gradients<Rosenbrock>("_1e5", 64, 100'000),
      gradients<Burgers>("_100x50", 256, 100, 50),
      gradients<Ode>("_100", 256, 100),
      gradients<NBody>("_5x10", 256, 5, 10),
      gradients<Lstm>("_8", 256, 8, 8, 4),
      gradients<Call>("_1_a_row", 1, 1),
      gradients<Call>("_10_a_row", 1, 10),
      gradients<Rosenbrock>("_1e3_a_row", 1, 1'000),
      gradients<Burgers>("_100x50_a_row", 1, 100, 50),
      gradients<NBody>("_5x10_a_row", 1, 5, 10),
      gradients<Lstm>("_8_a_row", 1, 8, 8, 4),
      {"scalar/program_black_scholes_erfc_1_threads",
       [] { return ManyRows<Call>(Call(1), 65'536).on_all_threads(); }},
      {"scalar/program_bundle_adjustment", run_residual_blocks},
      {"scalar/program_ways_2", [] { return run_ways(2); }},
      {"scalar/program_ways_8", [] { return run_ways(8); }},
      {"scalar/program_ways_256", [] { return run_ways(256); }},
      {"scalar/program_hvp_ways_8", [] { return run_ways_hessian_products(8); }},
      {"scalar/program_hvp_ways_256", [] { return run_ways_hessian_products(256); }},
      {"scalar/program_hvp_ways_65536", [] { return run_ways_hessian_products(65'536); }},
      values<Call>("_1", 4'096, 1),
      values<MonteCarlo>("_10x100", 256, 10, 100),
      values<Rosenbrock>("_1e3", 256, 1'000),
      hessian_products<Call>("_1", 4'096, 1),
      hessian_products<Rosenbrock>("_1e3", 256, 1'000),
      hessian_products<Burgers>("_100x50", 256, 100, 50),
      hessian_products<NBody>("_5x10", 256, 5, 10),
  };
}

}  // namespace nabla::bench
