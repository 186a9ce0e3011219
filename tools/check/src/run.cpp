// SPDX-License-Identifier: MIT
#include "run.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <optional>

#include <fmt/core.h>

#include <nabla/check/problem.hpp>
#include <nabla/engine/error.hpp>

#include "direction.hpp"
#include "findings.hpp"
#include "number_text.hpp"
#include "probe.hpp"
#include "stopwatch.hpp"
#include "tensors.hpp"

namespace nabla::check {

namespace detail {

namespace {

/// Inputs up to this many are checked one by one to localise a failure.
constexpr std::size_t kSweepOnFailure = 1024;
/// Inputs in more blocks than this share their directions.
constexpr std::size_t kOwnDirections = 32;
/// Directions that are added where kinks were found.
constexpr int kKinkDirections = 6;
/// Probes that a bisection may spend.
constexpr int kBisectionProbes = 100;

void validate(const Problem& problem, const Options& options) {
  std::int64_t count = 0;
  for (const Input& input : problem.inputs) count += input.numel();
  if (count != static_cast<std::int64_t>(problem.at.size())) {
    throw DomainError(fmt::format("[gradcheck] inputs: got {} numbers, need {} as the shapes say",
                                  problem.at.size(), count));
  }
  if (!(options.safety >= 1) || options.directions < 0 || options.worst < 0) {
    throw DomainError("[gradcheck] options: need safety >= 1, directions >= 0, worst >= 0");
  }
  if (options.order < 1 || options.order > 3) {
    throw DomainError(
        fmt::format("[gradcheck] options: got order {}, need 1, 2 or 3", options.order));
  }
}

std::vector<double> random_upstream(std::size_t outputs, Random& random) {
  std::vector<double> upstream;
  for (std::size_t j = 0; j < outputs; ++j) {
    const double size = outputs == 1 ? 1.0 : std::nearbyint(random.uniform(8.0, 24.0)) / 16;
    upstream.push_back(outputs > 1 && (random.bits() & 1) != 0 ? -size : size);
  }
  return upstream;
}

/// One check, from the first evaluation to the report.
class Run {
 public:
  Run(const Problem& problem, const Options& options)
      : problem_(problem), options_(options), random_(options.seed), findings_(problem, options) {}

  /// What needs no differences: value and gradient repeat, and the gradient is linear in upstream.
  Report claims() {
    if (evaluate_centre() && claim_gradient()) check_upstream();
    return findings_.report();
  }

  Report operator()() {
    if (!evaluate_centre() || !claim_gradient() || !check_upstream()) return findings_.report();
    if (problem_.at.empty()) {
      findings_.whole(Verdict::inconclusive, "nothing was checked: the inputs have no elements");
      return findings_.report();
    }
    noise_ = noise_of_outputs();
    Probe probe(problem_, options_, centre_, upstream_, gradient_, noise_);
    const bool sweep = options_.full || problem_.at.size() <= swept();
    if (problem_.at.size() != 1) judge_directions(probe);
    if (sweep) {
      judge_elements(probe, -1);
      findings_.excuse_directions();
    }
    if (findings_.has_kinks() && problem_.at.size() > 1) judge_kink_directions(probe);
    if (!sweep && findings_.failing_direction() != nullptr) localise(probe);
    findings_.account(probe.evaluations(), probe.quick());
    if (options_.full) judge_outputs();
    if (findings_.is_empty()) {
      findings_.whole(Verdict::inconclusive,
                      "nothing was checked: the options ask for no direction and no element");
    }
    return findings_.report();
  }

 private:
  [[nodiscard]] std::size_t swept() const {
    return static_cast<std::size_t>(std::max<std::int64_t>(options_.sweep, 1));
  }

  bool evaluate_centre() {
    centre_ = problem_.evaluate(problem_.at);
    const std::vector<double> again = problem_.evaluate(problem_.at);
    findings_.account(2, 0);
    if (same_bits(centre_, again)) return true;
    findings_.whole(Verdict::nondeterministic, "two evaluations at the same point differ");
    return false;
  }

  /// What rounding inside does to each output, where that is known; else nothing.
  std::vector<double> noise_of_outputs() {
    constexpr std::size_t kAlone = 64;  // outputs that are asked for one by one
    if (problem_.is_float32 || !problem_.rounding) return {};
    const std::size_t outputs = centre_.size();
    std::vector<double> noise;
    if (outputs > kAlone) {
      const double together = problem_.rounding(upstream_);
      if (!is_noisy(together)) return {};
      for (const double weight : upstream_) noise.push_back(together / std::abs(weight));
      return noise;
    }
    for (std::size_t j = 0; j < outputs; ++j) {
      std::vector<double> one(outputs, 0.0);
      one[j] = 1.0;
      noise.push_back(problem_.rounding(one));
    }
    return noise;
  }

  /// True if rounding inside is far more than the sizes of the outputs tell.
  [[nodiscard]] bool is_noisy(double together) const {
    constexpr double kMore = 8.0;
    double plain = 0.0;
    for (std::size_t j = 0; j < centre_.size(); ++j)
      plain += 2 * 0x1p-53 * std::abs(upstream_[j] * centre_[j]);
    return together > kMore * plain;
  }

  /// The gradient for `upstream`; nothing if it cannot be compared at all.
  std::optional<std::vector<double>> gradient(std::span<const double> upstream) {
    Gradient result;
    try {
      result = problem_.gradient(upstream);
    } catch (const std::exception& error) {
      findings_.whole(
          Verdict::throws_mismatch,
          fmt::format("the value is computed, but the gradient throws: {}", error.what()));
      return std::nullopt;
    }
    if (findings_.remark(result.remarks)) return std::nullopt;
    if (result.values.size() == problem_.at.size()) return std::move(result.values);
    findings_.whole(Verdict::shape_mismatch, fmt::format("the gradient has {} elements, need {}",
                                                         result.values.size(), problem_.at.size()));
    return std::nullopt;
  }

  bool claim_gradient() {
    upstream_ = random_upstream(centre_.size(), random_);
    std::optional<std::vector<double>> claim = gradient(upstream_);
    if (!claim) return false;
    gradient_ = *std::move(claim);
    const std::optional<std::vector<double>> again = gradient(upstream_);
    if (!again) return false;
    if (same_bits(gradient_, *again)) return true;
    findings_.whole(Verdict::nondeterministic, "two gradients at the same point differ");
    return false;
  }

  /// A rule is linear in the gradient from above: -2 times as much, exactly -2 times; none, exactly none.
  bool check_upstream() {
    std::vector<double> turned = upstream_;
    for (double& weight : turned) weight *= -2;
    const auto doubled = gradient(turned);
    const auto none = gradient(std::vector<double>(upstream_.size(), 0.0));
    if (!doubled || !none) return false;
    constexpr double kRounding = 1e-14;  // doubling is exact, but for subnormal intermediates
    for (std::size_t i = 0; i < gradient_.size(); ++i) {
      const double size = 2 * std::abs(gradient_[i]);
      const bool is_comparable = std::isfinite(size) && size > 1e-280 && !problem_.is_float32;
      if (is_comparable && !(std::abs((*doubled)[i] + 2 * gradient_[i]) <= kRounding * size)) {
        findings_.whole(Verdict::not_linear_in_upstream,
                        "-2 times the upstream gradient does not give -2 times the gradient" +
                            std::string((*doubled)[i] == gradient_[i]
                                            ? ": does the rule ignore what arrives from above?"
                                            : ""));
        return false;
      }
      if (!std::isfinite(gradient_[i])) continue;  // a verdict of its own
      if (!((*none)[i] == 0)) {
        findings_.whole(Verdict::not_linear_in_upstream,
                        "a zero upstream gradient gives " + number_text("{}", (*none)[i]));
        return false;
      }
    }
    return true;
  }

  void judge_directions(Probe& probe) {
    const std::size_t n = problem_.at.size();
    for (int k = 0; k < options_.directions; ++k) {
      findings_.add(k % 3 == 0   ? along_signs(problem_, random_)
                    : k % 3 == 1 ? along_normal(problem_, random_, 0, n)
                                 : along_few(problem_, random_),
                    probe, -1);
    }
    const std::size_t blocks = problem_.inputs.size();
    if (options_.directions < 2 || blocks < 2 || blocks > kOwnDirections) return;
    std::size_t first = 0;
    for (const Input& input : problem_.inputs) {
      const auto count = static_cast<std::size_t>(input.numel());
      Direction direction = along_normal(problem_, random_, first, count);
      direction.name = fmt::format("{}, normal", input.name);
      if (count > 1) findings_.add(direction, probe, -1);
      first += count;
    }
  }

  void judge_elements(Probe& probe, std::int64_t output) {
    for (std::size_t i = 0; i < problem_.at.size(); ++i) {
      findings_.add(along_element(problem_, i), probe, output);
    }
  }

  /// A gradient is a subgradient only if it lies between the slopes in every direction.
  void judge_kink_directions(Probe& probe) {
    findings_.add(along_ones(problem_), probe, -1);
    for (int k = 0; k < kKinkDirections; ++k) {
      findings_.add(along_normal(problem_, random_, 0, problem_.at.size()), probe, -1);
    }
  }

  /// Each output alone: the full Jacobian.
  void judge_outputs() {
    if (centre_.size() < 2) return;
    for (std::size_t j = 0; j < centre_.size(); ++j) {
      std::vector<double> one(centre_.size(), 0.0);
      one[j] = 1.0;
      const auto row = gradient(one);
      if (!row) return;
      Probe probe(problem_, options_, centre_, one, *row, noise_);
      judge_elements(probe, static_cast<std::int64_t>(j));
      findings_.account(probe.evaluations(), probe.quick());
    }
  }

  /// From a direction that failed to the elements that make it fail.
  void localise(Probe& probe) {
    if (problem_.at.size() <= kSweepOnFailure) {
      judge_elements(probe, -1);
      return;
    }
    std::vector<Direction> pending{*findings_.failing_direction()};
    for (int used = 0; used < kBisectionProbes && !pending.empty(); used += 2) {
      const Direction whole = std::move(pending.back());
      pending.pop_back();
      for (const bool second : {false, true}) {
        const auto middle = static_cast<std::ptrdiff_t>(whole.index.size() / 2);
        const auto from = second ? middle : std::ptrdiff_t{0};
        const auto to = second ? static_cast<std::ptrdiff_t>(whole.index.size()) : middle;
        Direction half{whole.name,
                       {whole.index.begin() + from, whole.index.begin() + to},
                       {whole.step.begin() + from, whole.step.begin() + to}};
        if (half.index.size() == 1) {
          findings_.add(half, probe, -1);
        } else if (probe.is_suspicious(half)) {
          pending.push_back(std::move(half));
        }
      }
    }
  }

  const Problem& problem_;
  const Options& options_;
  Random random_;
  Findings findings_;
  std::vector<double> centre_, upstream_, gradient_;
  std::vector<double> noise_;
};

}  // namespace

}  // namespace detail

Report detail::check_claims(const Problem& problem, const Options& options) {
  validate(problem, options);
  return Run(problem, options).claims();
}

Report check_problem(const Problem& problem, const Options& options) {
  const detail::Stopwatch watch;
  detail::validate(problem, options);
  Report report = detail::Run(problem, options)();
  report.milliseconds = watch.milliseconds();
  return report;
}

}  // namespace nabla::check
