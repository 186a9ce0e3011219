// SPDX-License-Identifier: MIT
#include "single.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <exception>
#include <iterator>
#include <limits>
#include <string>
#include <utility>

#include <fmt/core.h>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/distortion.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/view/to.hpp>

#include "findings.hpp"
#include "neighbours.hpp"
#include "tensors.hpp"

namespace nabla::check::detail {

namespace {

/// Computations with noise, at first and before something is called wrong.
constexpr int kRuns = 4, kMoreRuns = 32;
/// How often what the noise did is allowed, and how many units of rounding always are.
constexpr double kAllowed = 8.0, kUnits = 8.0;
/// Of each contribution to a gradient.
constexpr double kContributionUnits = 2.0;
constexpr double kUnit = 0x1p-24;

/// A value and the gradients by all inputs: numbers in blocks.
struct Numbers {
  std::vector<std::vector<double>> blocks;
  bool overflows = false;  ///< a number on the way is out of float32's range
};

Numbers numbers_and_gradients(const Tensor& y, std::span<const Tensor> xs, const Tensor& upstream) {
  Numbers numbers;
  numbers.blocks.push_back(numbers_of(y));
  std::vector<Tensor> gradients(xs.size());
  if (y.requires_grad()) {
    gradients = grad(y, xs, upstream, {.retain_graph = true, .allow_unused = true});
  }
  for (std::size_t k = 0; k < xs.size(); ++k) {
    numbers.blocks.push_back(gradients[k].defined()
                                 ? numbers_of(gradients[k])
                                 : std::vector<double>(static_cast<std::size_t>(xs[k].numel())));
  }
  return numbers;
}

/// By how much one number in float32 is off, relative to the larger of both.
double relative_error(double single, double exact) {
  return (single - exact) / std::max(std::abs(single), std::abs(exact));
}

/// By how much element `i` of `block` is off at a neighbouring point.
double error_beside(const Shadow& record, const Shadow& shadow, std::span<const Tensor> xs,
                    std::span<const double> weights, std::size_t block, std::size_t i,
                    Random& random) {
  std::vector<Tensor> single, exact;
  for (const Tensor& x : xs) {
    std::vector<double> numbers = numbers_of(x);
    for (double& number : numbers) number = static_cast<float>(beside(number, random));
    single.push_back(variable(tensor_from(numbers, x.shape(), x.dtype())));
    exact.push_back(variable(tensor_from(numbers, x.shape(), float64)));
  }
  const auto number = [&](const Tensor& y, std::span<const Tensor> at) {
    return numbers_and_gradients(y, at, tensor_from(weights, y.shape(), y.dtype()))
        .blocks[block][i];
  };
  return relative_error(number(record(single), single), number(shadow(exact), exact));
}

bool is_beyond_single(double x) { return std::abs(x) > std::numeric_limits<float>::max(); }

/// One block in float32 beside the same in float64, and how far noise moves each number.
class Comparison {
 public:
  Comparison(const std::vector<double>& single, const std::vector<double>& exact)
      : single_(single), exact_(exact), moved_(exact.size(), 0.0) {}

  void add(const std::vector<double>& noisy) {
    for (std::size_t i = 0; i < exact_.size(); ++i) {
      const double by = std::abs(noisy[i] - exact_[i]);
      // A NaN stays: what rounding alone can break is not decided here.
      if (!(by <= moved_[i])) moved_[i] = std::isnan(moved_[i]) ? moved_[i] : by;
    }
  }

  /// How far element i is beyond what noise can do, and 0 where it is within that, or not decided.
  [[nodiscard]] double beyond(std::size_t i, double together) const {
    const Entry entry = judged(i, together, false);
    return entry.verdict == Verdict::fail ? std::abs(single_[i] - exact_[i]) : 0.0;
  }
  /// The entry of the worst element.
  [[nodiscard]] Entry worst(bool overflows, std::size_t& element) const {
    Entry gravest;
    element = 0;
    const double together = typical();
    for (std::size_t i = 0; i < exact_.size(); ++i) {
      const Entry entry = judged(i, together, overflows);
      const bool is_graver = entry.verdict != gravest.verdict ? entry.verdict > gravest.verdict
                                                              : entry.slack > gravest.slack;
      if (i > 0 && !is_graver) continue;
      gravest = entry;
      element = i;
    }
    return gravest;
  }

  /// The root mean square of what noise did to the numbers that it left finite.
  [[nodiscard]] double typical() const {
    double squares = 0;
    std::size_t count = 0;
    for (const double by : moved_) {
      if (!std::isfinite(by)) continue;
      squares += by * by;
      ++count;
    }
    return count > 0 ? std::sqrt(squares / static_cast<double>(count)) : 0.0;
  }

 private:
  [[nodiscard]] Entry judged(std::size_t i, double together, bool overflows) const {
    const double a = single_[i], n = exact_[i];
    Entry entry;
    entry.analytic = a;
    entry.numeric = n;
    entry.bound = kAllowed * (moved_[i] + together) + kUnits * kUnit * std::abs(n) +
                  kUnits * std::numeric_limits<float>::denorm_min();
    const double error = std::abs(a - n);
    if (a == n || (std::isnan(a) && std::isnan(n))) return entry;
    // Out of range is rounded to infinity, and near its end one may be and the other not.
    if (is_beyond_single(n * (1 + entry.bound / std::abs(n)))) {
      if (std::isinf(a) || error <= entry.bound) return entry;
    }
    entry.slack = error / entry.bound;
    if (error <= entry.bound) return entry;
    entry.slack = std::numeric_limits<double>::infinity();
    if (!std::isfinite(n) || !std::isfinite(entry.bound)) {
      entry.verdict = Verdict::inconclusive;
      entry.reason = "float32's rounding alone can make it infinite or NaN";
    } else if (!std::isfinite(a) && overflows) {
      entry.verdict = Verdict::inconclusive;
      entry.reason = "a number on the way leaves float32's range";
    } else if (!std::isfinite(a)) {
      entry.verdict = Verdict::non_finite_analytic;
    } else {
      entry.slack = error / entry.bound;
      entry.verdict = overflows ? Verdict::inconclusive : Verdict::fail;
      if (overflows) entry.reason = "a number on the way leaves float32's range";
    }
    return entry;
  }

  const std::vector<double>& single_;
  const std::vector<double>& exact_;
  std::vector<double> moved_;
};

}  // namespace

std::vector<Entry> compare_single(const Tensor& y, std::span<const Tensor> xs,
                                  std::span<const Input> names, const Shadow& shadow,
                                  const Options& options) {
  Random random(options.seed);
  std::vector<double> weights(static_cast<std::size_t>(y.numel()));
  for (double& weight : weights) weight = std::nearbyint(random.uniform(8.0, 24.0)) / 16;
  const auto upstream = [&](DType dtype) { return tensor_from(weights, y.shape(), dtype); };
  const Numbers single = numbers_and_gradients(y, xs, upstream(y.dtype()));

  std::vector<Tensor> twice;
  for (const Tensor& x : xs) twice.push_back(variable(x.detach().to(float64)));
  Numbers exact;
  {
    const Distortion look([&](const BackwardCall&, int, Tensor contribution) {
      for (const double number : numbers_of(contribution))
        exact.overflows = exact.overflows || is_beyond_single(number);
      return contribution;
    });
    Numbers found = numbers_and_gradients(shadow(twice), twice, upstream(float64));
    exact.blocks = std::move(found.blocks);
  }
  exact.overflows = exact.overflows || shadow.overflows(twice);
  // Where the value is not a number, its gradient need not be one.
  for (std::size_t i = 0; i < single.blocks[0].size(); ++i) {
    const bool is_lost = !std::isfinite(single.blocks[0][i]) && std::isfinite(exact.blocks[0][i]);
    exact.overflows = exact.overflows || is_lost;
  }

  std::vector<Comparison> comparisons;
  for (std::size_t block = 0; block < single.blocks.size(); ++block)
    comparisons.emplace_back(single.blocks[block], exact.blocks[block]);
  const auto add_noise = [&](int runs) {
    const Distortion noise([&](const BackwardCall& call, int, const Tensor& contribution) {
      const double inside = mixes_elements(call.info()) ? largest_in(call.gradient()) : 0.0;
      return with_rounding(contribution, kContributionUnits, inside, random);
    });
    for (int run = 0; run < runs; ++run) {
      const Numbers noisy =
          numbers_and_gradients(shadow.noisy(twice, random), twice, upstream(float64));
      for (std::size_t block = 0; block < comparisons.size(); ++block)
        comparisons[block].add(noisy.blocks[block]);
    }
  };
  // A function of the user's may round more than its result tells.
  const auto is_rounding = [&](const Entry& entry, std::size_t block, std::size_t element) {
    constexpr double kClear = 1e-2;
    const double off = relative_error(entry.analytic, entry.numeric);
    if (block == 0 || entry.analytic == 0 || !(std::abs(off) > kClear)) return true;
    const Shadow record(y, xs, false);
    if (!record.obstacle().empty()) return true;
    return !is_off_beside(
        off, [&] { return error_beside(record, shadow, xs, weights, block, element, random); });
  };
  const auto entries = [&] {
    std::vector<Entry> found;
    for (std::size_t block = 0; block < comparisons.size(); ++block) {
      if (exact.blocks[block].empty()) continue;
      std::size_t element = 0;
      Entry entry = comparisons[block].worst(exact.overflows, element);
      if (entry.verdict == Verdict::fail && shadow.has_custom() &&
          is_rounding(entry, block, element)) {
        entry.verdict = Verdict::inconclusive;
        entry.reason = "a function of the user's may round more than its result tells";
      }
      const Input input = block == 0 ? input_of(y, "") : names[block - 1];
      entry.input = block == 0 ? "the value" : input.name;
      entry.index = index_in(input.shape, static_cast<std::int64_t>(element));
      entry.reason = "float32 beside float64" + (entry.reason.empty() ? "" : ": " + entry.reason);
      found.push_back(std::move(entry));
    }
    return found;
  };
  add_noise(kRuns);
  std::vector<Entry> found = entries();
  const auto is_wrong = [](const Entry& entry) { return is_failure(entry.verdict); };
  if (std::ranges::none_of(found, is_wrong)) return found;
  add_noise(kMoreRuns);
  return entries();
}

namespace {

/// The point moved by `step` units of each input, up or down as `signs` say, rounded to its own type.
std::vector<double> moved_point(const Problem& problem, std::span<const Tensor> xs, double step,
                                const std::vector<double>& signs) {
  constexpr double kFloor = 0x1p-7;
  std::vector<double> at = problem.at;
  std::size_t i = 0;
  for (const Tensor& x : xs) {
    for (const std::size_t end = i + static_cast<std::size_t>(x.numel()); i < end; ++i) {
      at[i] += step * signs[i] * std::max(std::abs(at[i]), kFloor);
      if (x.dtype() == float32) at[i] = static_cast<float>(at[i]);
    }
  }
  return at;
}

/// The point as float64 tensors.
std::vector<Tensor> tensors_at(std::span<const double> at, std::span<const Tensor> xs) {
  std::vector<Tensor> tensors;
  std::size_t first = 0;
  for (const Tensor& x : xs) {
    const auto count = static_cast<std::size_t>(x.numel());
    tensors.push_back(tensor_from(at.subspan(first, count), x.shape(), float64));
    first += count;
  }
  return tensors;
}

}  // namespace

std::vector<Entry> compare_beside(const Problem& problem, const Tensor& y,
                                  std::span<const Tensor> xs, const Shadow& shadow,
                                  const Options& options) {
  if (options.order != 1) return {};  // the gradient is not what was recorded
  constexpr double kSteps[] = {0x1p-4, 0x1p-6, 0x1p-8};
  constexpr double kLeastShrink = 2.0, kMostShrink = 8.0;  // the steps shrink by 4
  Random random(options.seed);
  std::vector<double> signs(problem.at.size());
  for (double& sign : signs) sign = (random.bits() & 1) != 0 ? 1.0 : -1.0;
  const NoGrad no_grad;
  const std::vector<double> centre = numbers_of(y);
  const std::vector<double> recorded = numbers_of(shadow(tensors_at(problem.at, xs)));

  // How far apart function and record are, element by element; 0 where noise can do that.
  std::vector<double> single, exact;
  const auto errors_at = [&](double step) {
    const std::vector<double> at = moved_point(problem, xs, step, signs);
    const std::vector<Tensor> there = tensors_at(at, xs);
    std::vector<double> errors(recorded.size(), 0.0);
    try {
      single = problem.evaluate(at);
      exact = numbers_of(shadow(there));
      if (single.size() != exact.size()) return errors;
      Comparison comparison(single, exact);
      for (int run = 0; run < kRuns; ++run) comparison.add(numbers_of(shadow.noisy(there, random)));
      const double together = comparison.typical();
      for (std::size_t i = 0; i < errors.size(); ++i) errors[i] = comparison.beyond(i, together);
    } catch (const std::exception&) {
      // Outside the domain.
    }
    return errors;
  };

  Entry entry;
  entry.input = "all inputs, +-1";
  entry.is_direction = true;
  entry.reason = "beside the point";
  // Only what shrinks with the step, on both sides, belongs to the point; a kink or a jump does not.
  std::vector<double> before[2];
  std::size_t suspect = 0;
  for (const double step : kSteps) {
    for (const int side : {0, 1}) {
      std::vector<double> errors = errors_at(side == 0 ? step : -step);
      bool any = false;
      for (std::size_t i = 0; i < errors.size(); ++i) {
        const double shrink = before[side].empty() ? kLeastShrink : before[side][i] / errors[i];
        const bool is_steady = shrink >= kLeastShrink && shrink <= kMostShrink;
        const bool is_known = side == 0 || before[0][i] > 0;
        if (!(errors[i] > 0) || !is_steady || !is_known) errors[i] = 0.0;
        if (errors[i] > 0 && (!any || errors[i] > errors[suspect])) suspect = i;
        any = any || errors[i] > 0;
      }
      if (!any) return {entry};
      before[side] = std::move(errors);
    }
  }
  if (shadow.has_custom()) return {entry};
  const double step = -kSteps[std::size(kSteps) - 1];
  entry.analytic = (exact[suspect] - recorded[suspect]) / step;
  entry.numeric = (single[suspect] - centre[suspect]) / step;
  entry.bound = 0.0;
  entry.slack = std::numeric_limits<double>::infinity();
  entry.verdict = Verdict::fail;
  entry.reason = "the function changes otherwise than what it recorded";
  return {entry};
}

}  // namespace nabla::check::detail
