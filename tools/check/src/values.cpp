// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <tuple>
#include <utility>

#include <fmt/core.h>

#include <nabla/check/gradcheck.hpp>
#include <nabla/check/recorded.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/random.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/engine/sweep.hpp>
#include <nabla/engine/tape.hpp>
#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/registry.hpp>

#include "culprits.hpp"
#include "findings.hpp"
#include "neighbours.hpp"
#include "reproducer.hpp"
#include "stopwatch.hpp"

namespace nabla::check {

namespace {

std::vector<double> numbers_of(const std::vector<Value>& values) {
  std::vector<double> numbers;
  numbers.reserve(values.size());
  for (const Value& value : values) numbers.push_back(value.value());
  return numbers;
}

std::vector<double> evaluate(const ValueFunction& f, std::span<const double> at) {
  const NoGrad no_grad;
  return numbers_of(f(std::vector<Value>(at.begin(), at.end())));
}

/// One sweep from all results at once, each with its upstream gradient.
std::vector<double> sweep(Tape& tape, const std::vector<Value>& xs, const std::vector<Value>& ys,
                          std::span<const double> upstream) {
  for (std::size_t j = 0; j < ys.size() && j < upstream.size(); ++j) {
    if (ys[j].is_active()) tape.add_adjoint(ys[j].index(), upstream[j]);
  }
  // What a tensor on the way gives back arrives in the tape's half of a joint sweep.
  std::optional<nabla::detail::Sweep> tensors;
  if (tape.has_externals()) tensors.emplace(false).set_tape_under_way(true);
  tape.sweep_from(tape.last());
  std::vector<double> gradient;
  gradient.reserve(xs.size());
  for (const Value& x : xs) gradient.push_back(x.grad());
  return gradient;
}

/// The rounding of <upstream, f(at)>.
double rounding_of_sum(const ValueFunction& f, std::span<const double> at,
                       std::span<const double> upstream) {
  const Tape tape;
  const EnableGrad enable_grad;
  const std::vector<Value> ys = f(nabla::variables(at));
  Value sum = 0.0;
  for (std::size_t j = 0; j < ys.size() && j < upstream.size(); ++j)
    if (ys[j].is_active()) sum += ys[j] * upstream[j];
  return rounding_of(sum);
}

Gradient differentiate(const ValueFunction& f, std::span<const double> at,
                       std::span<const double> upstream) {
  Tape tape;
  const EnableGrad enable_grad;
  const std::vector<Value> xs = nabla::variables(at);
  return {sweep(tape, xs, f(xs), upstream), {}};
}

Problem vector_problem(std::span<const double> at) {
  Problem problem;
  problem.inputs = {{"p", {static_cast<std::int64_t>(at.size())}}};
  problem.at.assign(at.begin(), at.end());
  return problem;
}

/// Puts the handles that the caller's parameters held back where they were.
class RestoredValues {
 public:
  explicit RestoredValues(std::span<Value* const> parameters) : parameters_(parameters) {
    for (const Value* parameter : parameters) before_.push_back(*parameter);
  }
  ~RestoredValues() {
    for (std::size_t i = 0; i < before_.size(); ++i) *parameters_[i] = before_[i];
  }
  RestoredValues(const RestoredValues&) = delete;
  RestoredValues& operator=(const RestoredValues&) = delete;

 private:
  std::span<Value* const> parameters_;
  std::vector<Value> before_;
};

}  // namespace

namespace detail {

namespace {

Report report_on_values(const ValueFunction& f, std::span<const double> at,
                        const Options& options) {
  Problem problem = vector_problem(at);
  problem.evaluate = [&](std::span<const double> x) { return evaluate(f, x); };
  problem.gradient = [&](std::span<const double> upstream) {
    return differentiate(f, at, upstream);
  };
  problem.rounding = [&](std::span<const double> upstream) {
    return rounding_of_sum(f, at, upstream);
  };
  return check_problem(problem, options);
}

}  // namespace

Report check_values(const ValueFunction& f, std::span<const double> at, const Options& options) {
  if (at.empty()) throw DomainError("[gradcheck] inputs: got none, need at least one number");
  const Stopwatch watch;
  Report report = report_on_values(f, at, options);
  if (!wants_culprits(report)) return report;
  const Tape tape;
  const EnableGrad enable_grad;
  find_culprits(report, f(nabla::variables(at)), options);
  if (report.reproducer.empty() && options.reproducer) {
    report.reproducer = reproducer("f", at, options, [&](std::span<const double> x) {
      return is_failure(report_on_values(f, x, options).verdict);
    });
  }
  report.milliseconds = watch.milliseconds();
  return report;
}

std::string reproducer(const ScalarOperation& operation, const Options& options) {
  const OpEntry* entry = find_op(operation.info.name);
  const bool is_plain = entry != nullptr && entry->info == &operation.info &&
                        operation.info.name != "where" &&  // its condition is no number
                        entry->scalar != nullptr && entry->parameters.empty() &&
                        entry->arity == static_cast<int>(operation.operands.size());
  if (!is_plain) return {};
  std::string arguments;
  for (std::size_t k = 0; k < operation.operands.size(); ++k)
    arguments += fmt::format("{}x[{}]", k == 0 ? "" : ", ", k);
  const ValueFunction f = [entry](const std::vector<Value>& xs) {
    return std::vector<Value>{entry->scalar(xs, {})};
  };
  return reproducer(
      fmt::format("[](const auto& x) {{ return {}({}); }}", operation.info.name, arguments),
      operation.operands, options, [&](std::span<const double> x) {
        return is_failure(report_on_values(f, x, options).verdict);
      });
}

namespace {

/// A Hessian is symmetric: <v, H w> = <w, H v>.
void add_symmetry(Report& report, const SecondOrder& f, std::span<const double> at,
                  const Options& options) {
  constexpr double kRounding = 1e-12;
  Random random(options.seed);
  std::vector<double> v, w;
  for (std::size_t i = 0; i < at.size(); ++i) {
    v.push_back(random.normal());
    w.push_back(random.normal());
  }
  double size = 0.0;
  const auto both = [&](std::span<const double> x) {
    const std::vector<double> hv = f.product(x, v), hw = f.product(x, w);
    double one = 0.0, other = 0.0;
    size = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      one += v[i] * hw[i];
      other += w[i] * hv[i];
      size += std::abs(v[i] * hw[i]) + std::abs(w[i] * hv[i]);
    }
    return std::pair(one, other);
  };
  Entry entry;
  std::tie(entry.analytic, entry.numeric) = both(at);
  if (!std::isfinite(size)) return;
  entry.input = "two directions";
  entry.is_direction = true;
  entry.bound = kRounding * size;
  entry.reason = "symmetry of the Hessian";
  const double error = entry.analytic - entry.numeric;
  entry.slack = error == 0 ? 0.0 : std::abs(error) / entry.bound;
  if (std::abs(error) > entry.bound) {
    const double off = error / size;
    const bool is_wrong = is_off_beside(off, [&] {
      std::vector<double> near(at.begin(), at.end());
      for (double& x : near) x = beside(x, random);
      const auto [one, other] = both(near);
      return (one - other) / size;
    });
    entry.verdict = is_wrong ? Verdict::fail : Verdict::inconclusive;
    if (!is_wrong) entry.reason += ": hidden by rounding";
  }
  std::vector<Entry> one;
  one.push_back(std::move(entry));
  add_entries(report, std::move(one), options);
}

}  // namespace

double rounding_at(const std::function<Value(const std::vector<Value>&)>& f,
                   std::span<const double> at) {
  const Tape tape;
  const EnableGrad enable_grad;
  return rounding_of(f(nabla::variables(at)));
}

void add_forward_mode(Report& report, const std::function<double(std::span<const double>)>& slope,
                      const std::function<double(std::span<const double>)>& rounding,
                      std::span<const double> gradient, const Options& options) {
  constexpr std::size_t kAlone = 64;
  constexpr double kRounding = 1e-12;
  constexpr double kModes = 4.0;  // each mode rounds in its own way
  if (!report.ok()) return;
  const std::size_t n = gradient.size();
  Random random(options.seed);
  std::vector<Entry> entries;
  for (std::size_t k = 0; k < std::min(n, kAlone); ++k) {
    std::vector<double> v(n, 0.0);
    if (n <= kAlone)
      v[k] = 1.0;
    else
      for (double& number : v) number = random.normal();
    Entry entry;
    double size = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
      if (v[i] == 0) continue;
      entry.analytic += gradient[i] * v[i];
      size += std::abs(gradient[i] * v[i]);
    }
    entry.input = n <= kAlone ? fmt::format("p[{}]", k) : "a direction";
    entry.is_direction = n > kAlone;
    entry.numeric = slope(v);
    entry.bound = kRounding * std::max(size, std::abs(entry.numeric));
    entry.reason = "forward mode";
    const double error = std::abs(entry.analytic - entry.numeric);
    // Infinite slopes of both signs meet along a direction, and not in each mode at the same place.
    if (entry.analytic == entry.numeric || !std::isfinite(size)) continue;
    if (error > entry.bound) entry.bound += kModes * rounding(v);
    entry.slack = error / entry.bound;
    entry.verdict = error <= entry.bound ? Verdict::pass : Verdict::fail;
    entries.push_back(std::move(entry));
  }
  add_entries(report, std::move(entries), options);
}

std::vector<double> random_direction(std::size_t n, const Options& options) {
  Random random(options.seed + 2);
  std::vector<double> v(n);
  for (double& number : v) number = random.normal();
  return v;
}

Report check_second_order(const SecondOrder& f, std::span<const double> at,
                          const Options& options) {
  const Stopwatch watch;
  Problem problem = vector_problem(at);
  problem.evaluate = f.gradient;
  problem.gradient = [&](std::span<const double> upstream) {
    return Gradient{f.product(at, upstream), {}};
  };
  problem.rounding = [&](std::span<const double> upstream) { return f.rounding(at, upstream); };
  Report report = check_problem(problem, options);
  if (wants_culprits(report)) {
    const Tape tape;
    const EnableGrad enable_grad;
    const Value y = f.value(nabla::variables(at));
    find_culprits(report, {&y, 1}, options);
  }
  if (report.ok()) add_symmetry(report, f, at, options);
  report.milliseconds = watch.milliseconds();
  return report;
}

void throw_not_generic() {
  throw DomainError(
      "[gradcheck] order 2, 3: the function takes Values only or gives a list, need one that is "
      "generic and gives one scalar; write [](const auto& p) { ... }");
}

}  // namespace detail

Report check_gradient(const std::function<Value()>& loss, std::span<Value* const> parameters,
                      const Options& options) {
  if (options.order != 1) {
    throw DomainError(
        fmt::format("[check_gradient] order {}: a loss of Values has none here; give the loss as a "
                    "generic function "
                    "to gradcheck, or use Tensors",
                    options.order));
  }
  const detail::Stopwatch watch;
  const RestoredValues restored(parameters);
  std::vector<double> at;
  for (const Value* parameter : parameters) at.push_back(parameter->value());
  Problem problem;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const std::string name = parameters[i]->name();
    problem.inputs.push_back({name.empty() ? fmt::format("parameter {}", i) : name, {}});
  }
  problem.at = at;
  problem.evaluate = [&](std::span<const double> x) {
    const NoGrad no_grad;
    for (std::size_t i = 0; i < x.size(); ++i) *parameters[i] = x[i];
    return std::vector<double>{loss().value()};
  };
  problem.gradient = [&](std::span<const double> upstream) {
    Tape tape;
    const EnableGrad enable_grad;
    const std::vector<Value> xs = nabla::variables(std::span<const double>(at));
    for (std::size_t i = 0; i < xs.size(); ++i) *parameters[i] = xs[i];
    return Gradient{sweep(tape, xs, {loss()}, upstream), {}};
  };
  problem.rounding = [&](std::span<const double> upstream) {
    const ValueFunction f = [&](const std::vector<Value>& xs) {
      for (std::size_t i = 0; i < xs.size(); ++i) *parameters[i] = xs[i];
      return std::vector<Value>{loss()};
    };
    return rounding_of_sum(f, at, upstream);
  };
  Report report = check_problem(problem, options);
  if (!detail::wants_culprits(report)) return report;
  const Tape tape;
  const EnableGrad enable_grad;
  const std::vector<Value> xs = nabla::variables(std::span<const double>(at));
  for (std::size_t i = 0; i < xs.size(); ++i) *parameters[i] = xs[i];
  const Value y = loss();
  detail::find_culprits(report, {&y, 1}, options);
  report.milliseconds = watch.milliseconds();
  return report;
}

}  // namespace nabla::check
