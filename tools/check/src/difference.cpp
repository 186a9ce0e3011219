// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>

#include <nabla/check/difference.hpp>

#include "extrapolate.hpp"
#include "samples.hpp"

namespace nabla::check {

namespace detail {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
/// Finer rows are useless when round-off in the first column exceeds the best bound so often.
constexpr double kHopeless = 4096.0;
/// Rows that a trend (kink, infinite slope) must last.
constexpr std::size_t kTrend = 4;

/// What was seen of one output: values on both sides for each step.
struct Trace {
  double centre = kNan;
  double noise = 0.0;                         ///< of the function, from its difference table
  bool jumps = false;                         ///< there, between the two sides of the point
  double fine = 0.0, fine_error = kInfinity;  ///< the slope over that table alone
  std::vector<double> step, plus, minus;
};

double round_off(const Trace& trace, const Arithmetic& arithmetic, double a, double b) {
  const double size = std::max(std::abs(a), std::abs(b));
  return std::max(2 * arithmetic.unit_roundoff * size, 2 * trace.noise) +
         2 * std::numeric_limits<double>::denorm_min();
}

/// What the rounding of a number about the size of the argument does to the value.
double argument(const Arithmetic& arithmetic, double slope) {
  return 4 * arithmetic.unit_roundoff * std::abs(slope);
}

std::vector<Quotient> central(const Trace& trace, const Arithmetic& arithmetic) {
  std::vector<Quotient> quotients;
  for (std::size_t k = 0; k < trace.step.size(); ++k) {
    const double a = trace.plus[k], b = trace.minus[k], t = trace.step[k];
    if (!std::isfinite(a) || !std::isfinite(b)) {
      quotients.clear();  // only steps below the last trouble count
      continue;
    }
    // Halves first: the difference of two huge values of opposite sign can overflow.
    const double value = (a / 2 - b / 2) / t;
    const double noise = std::max(round_off(trace, arithmetic, a, b), argument(arithmetic, value));
    quotients.push_back({t, value, noise / t});
  }
  return quotients;
}

std::vector<Quotient> one_sided(const Trace& trace, const Arithmetic& arithmetic, double side) {
  std::vector<Quotient> quotients;
  const std::vector<double>& values = side > 0 ? trace.plus : trace.minus;
  for (std::size_t k = 0; k < trace.step.size(); ++k) {
    const double a = values[k], t = trace.step[k];
    if (!std::isfinite(a) || !std::isfinite(trace.centre)) {
      quotients.clear();
      continue;
    }
    quotients.push_back(
        {t, side * (a - trace.centre) / t, 2 * round_off(trace, arithmetic, a, trace.centre) / t});
  }
  return quotients;
}

/// The values of the finest steps at which |values| still stand out of the round-off, finest last.
/// Empty if they sink below it before round-off forces them to.
std::vector<double> significant(std::span<const Quotient> quotients) {
  constexpr double kStandsOut = 16.0;
  std::vector<double> values;
  for (const Quotient& quotient : quotients) {
    if (std::abs(quotient.value) > kStandsOut * quotient.round_off) {
      values.push_back(std::abs(quotient.value));
    } else if (!values.empty() && values.back() > 2 * kStandsOut * quotient.round_off) {
      values.clear();
    }
  }
  if (values.size() > kTrend) values.erase(values.begin(), values.end() - kTrend);
  return values;
}

/// True if each value is within [low, high] of the one before.
bool has_trend(std::span<const double> values, double low, double high) {
  if (values.size() < kTrend) return false;
  for (std::size_t k = 1; k < values.size(); ++k) {
    const double ratio = values[k] / values[k - 1];
    if (!(ratio >= low && ratio <= high)) return false;
  }
  return true;
}

/// (f(t) - 2 f(0) + f(-t)) / t: halves with t where f is smooth, stays where f has a kink.
std::vector<Quotient> second(const Trace& trace, const Arithmetic& arithmetic) {
  std::vector<Quotient> quotients;
  for (std::size_t k = 0; k < trace.step.size(); ++k) {
    const double a = trace.plus[k], b = trace.minus[k], t = trace.step[k];
    const double value = ((a - trace.centre) + (b - trace.centre)) / t;
    if (!std::isfinite(value)) {
      quotients.clear();
      continue;
    }
    quotients.push_back({t, value, 4 * round_off(trace, arithmetic, a, b) / t});
  }
  return quotients;
}

/// The value does not come closer from left and right as the step shrinks.
bool jumps(const Trace& trace) {
  constexpr double kLeast = 1e-6;  // of the size: far above the noise of any sane function
  if (trace.step.size() < 8) return false;
  const std::size_t fine = trace.step.size() - 1, coarse = fine / 2;
  const double near = std::abs(trace.plus[fine] - trace.minus[fine]);
  const double far = std::abs(trace.plus[coarse] - trace.minus[coarse]);
  const double size = std::max(std::abs(trace.plus[fine]), std::abs(trace.minus[fine]));
  return near > kLeast * size && near > 0.5 * far && near > 0;
}

constexpr double kGrows = 1.15;    // |x|^p has the ratio 2^(1 - p)
constexpr double kSteady = 0.85;   // a kink has the ratio 1
constexpr double kCreeps = 1.005;  // log t at the smallest steps

void set_sides(Difference& result, const Trace& trace, const Arithmetic& arithmetic) {
  const std::vector<Quotient> minus = one_sided(trace, arithmetic, -1.0);
  const std::vector<Quotient> plus = one_sided(trace, arithmetic, 1.0);
  const Extrapolated left = extrapolate(minus, 2.0), right = extrapolate(plus, 2.0);
  result.left = left.value;
  result.left_bound = left.bound;
  result.right = right.value;
  result.right_bound = right.bound;
  result.grows =
      has_trend(significant(minus), kCreeps, 1.95) || has_trend(significant(plus), kCreeps, 1.95);
  // An infinite slope on a side shows as quotients that grow without limit.
  if (has_trend(significant(minus), kGrows, 1.95)) {
    result.left = std::copysign(kInfinity, minus.back().value);
    result.left_bound = 0.0;
    result.behaviour = Behaviour::infinite_slope;
  }
  if (has_trend(significant(plus), kGrows, 1.95)) {
    result.right = std::copysign(kInfinity, plus.back().value);
    result.right_bound = 0.0;
    result.behaviour = Behaviour::infinite_slope;
  }
}

void set_one_sided(Difference& result, const Trace& trace, const Arithmetic& arithmetic) {
  const std::vector<Quotient> minus = one_sided(trace, arithmetic, -1.0);
  const std::vector<Quotient> plus = one_sided(trace, arithmetic, 1.0);
  const double side = plus.size() >= minus.size() ? 1.0 : -1.0;
  const std::vector<Quotient>& quotients = side > 0 ? plus : minus;
  if (quotients.size() <= kTrend) {
    result.behaviour = Behaviour::not_finite;
    result.slope = kNan;
    result.bound = kInfinity;
    return;
  }
  const Extrapolated limit = extrapolate(quotients, 2.0);
  result.behaviour = Behaviour::one_sided;
  result.slope = limit.value;
  result.bound = limit.bound;
  result.step = limit.step;
  if (has_trend(significant(quotients), kGrows, 1.95)) {
    result.behaviour = Behaviour::infinite_slope;
    result.slope = std::copysign(kInfinity, quotients.back().value);
    result.bound = 0.0;
  }
  result.grows = has_trend(significant(quotients), kCreeps, 1.95);
  result.left = result.right = result.slope;
  result.left_bound = result.right_bound = result.bound;
}

double magnitude_of(const Trace& trace) {
  double magnitude = 0.0;
  for (std::size_t k = 0; k < trace.step.size(); ++k) {
    for (const double value : {trace.plus[k], trace.minus[k], trace.centre}) {
      if (std::isfinite(value)) magnitude = std::max(magnitude, std::abs(value));
    }
  }
  return magnitude;
}

Difference classify_scaled(const Trace& trace, const Arithmetic& arithmetic) {
  Difference result;
  if (!std::isfinite(trace.centre)) {
    // Values beside the point may be finite, and say nothing about it.
    result.behaviour = Behaviour::not_finite;
    result.slope = kNan;
    result.bound = kInfinity;
    return result;
  }
  const std::vector<Quotient> quotients = central(trace, arithmetic);
  if (quotients.size() <= kTrend) {
    set_one_sided(result, trace, arithmetic);
    return result;
  }
  const Extrapolated limit = extrapolate(quotients, 4.0);
  result.slope = limit.value;
  result.bound = limit.bound;
  result.step = limit.step;
  const std::vector<double> growth = significant(quotients);
  const std::vector<double> bend = significant(second(trace, arithmetic));
  const bool is_useless = !(result.bound <= 0.1 * std::abs(result.slope));
  if (trace.jumps || (is_useless && jumps(trace))) {
    result.behaviour = Behaviour::jump;
    result.bound = kInfinity;
  } else if (has_trend(bend, kSteady, 1.95) || has_trend(growth, kGrows, 1.95)) {
    result.behaviour = Behaviour::kink;
    set_sides(result, trace, arithmetic);
    const double gap = std::abs(result.right - result.left);
    if (gap <= result.left_bound + result.right_bound) result.behaviour = Behaviour::smooth;
  }
  // Another slope on the smallest scale: the steps of a staircase, or the alias of a fast wave.
  const double apart = std::abs(trace.fine - result.slope);
  if (result.behaviour == Behaviour::smooth && apart > trace.fine_error + result.bound)
    result.bound = apart;
  return result;
}

/// Values near the end of the range are scaled down, so that quotients do not overflow.
Difference classify(Trace& trace, const Arithmetic& arithmetic) {
  constexpr double kHuge = 0x1p500;
  const double magnitude = magnitude_of(trace);
  const double scale = magnitude > kHuge ? kHuge : 1.0;
  for (std::vector<double>* values : {&trace.plus, &trace.minus}) {
    for (double& value : *values) value /= scale;
  }
  for (double* number : {&trace.centre, &trace.noise, &trace.fine, &trace.fine_error})
    *number /= scale;
  Difference d = classify_scaled(trace, arithmetic);
  d.magnitude = magnitude;
  d.noise = trace.noise * scale;
  for (double* number : {&d.slope, &d.bound, &d.left, &d.left_bound, &d.right, &d.right_bound}) {
    *number *= scale;
  }
  return d;
}

bool is_hopeless(const Trace& trace, const Arithmetic& arithmetic) {
  std::vector<Quotient> quotients = central(trace, arithmetic);
  double base = 4.0;
  if (quotients.empty()) {
    quotients = one_sided(trace, arithmetic, 1.0);
    if (quotients.empty()) quotients = one_sided(trace, arithmetic, -1.0);
    base = 2.0;
  }
  if (quotients.size() < kTrend + 3) return false;
  return quotients.back().round_off > kHopeless * extrapolate(quotients, base).bound;
}

/// Two levels, one on each side of the point: far apart, and flat beside that.
bool is_step(std::span<const double> table, const Arithmetic& arithmetic) {
  constexpr double kApart = 4096.0, kFlat = 1e-3;
  if (table.size() != 9) return false;
  const auto [low_left, high_left] = std::minmax({table[0], table[1], table[2], table[3]});
  const auto [low_right, high_right] = std::minmax({table[5], table[6], table[7], table[8]});
  const double gap = std::max(low_right - high_left, low_left - high_right);
  const double size = std::max(std::abs(table[3]), std::abs(table[5]));
  const double spread = std::max(high_left - low_left, high_right - low_right);
  return gap > kApart * arithmetic.unit_roundoff * size && spread <= kFlat * gap;
}

void look_closely(Samples& samples, std::size_t output, const Arithmetic& arithmetic,
                  Trace& trace) {
  std::vector<double> values;
  std::size_t centre = 0;
  for (int i = -4; i <= 4; ++i) {
    const double value = samples.at(i * arithmetic.noise_step)[output];
    if (std::isfinite(value)) {
      values.push_back(value);
    } else if (i < 0) {
      values.clear();
    } else {
      break;
    }
    if (i == 0) centre = values.size();
  }
  if (centre == 0 || values.size() < 5) return;
  trace.noise = std::max(trace.noise, noise_of(values));
  trace.jumps = is_step(values, arithmetic);
  if (values.size() < 9) return;
  constexpr double kSafety = 4.0;
  const double width = 8 * arithmetic.noise_step;
  trace.fine = (values[8] - values[0]) / width;
  const double half = (values[6] - values[2]) / (width / 2);
  trace.fine_error = kSafety * (round_off(trace, arithmetic, values[8], values[0]) / width +
                                std::abs(half - trace.fine));
}

/// How many different finite values there are.
std::size_t levels_in(std::vector<double> values) {
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  std::sort(values.begin(), values.end());
  return static_cast<std::size_t>(std::unique(values.begin(), values.end()) - values.begin());
}

/// The first change of the value on the way from the point, where it stays the same for the finest steps on both
/// sides and then goes up and down by small stairs: of numbers that cancelled before, few digits are left. Else
/// 0.
double stair(const Trace& trace) {
  constexpr std::size_t kLevels = 3, kFlat = 4;
  constexpr double kCoarsest = 1e-5;  // what is coarser, rounds on purpose: floor
  double height = 0.0;
  for (const std::vector<double>* side : {&trace.plus, &trace.minus}) {
    const auto is_other = [&](double value) { return value != trace.centre; };
    const auto first = std::find_if(side->rbegin(), side->rend(), is_other);
    if (static_cast<std::size_t>(first - side->rbegin()) < kFlat || levels_in(*side) < kLevels)
      return 0.0;
    height = std::max(height, std::abs(*first - trace.centre));
  }
  return height <= kCoarsest * std::max(1.0, std::abs(trace.centre)) ? height : 0.0;
}

}  // namespace

std::vector<Difference> careful(Samples& samples, const Arithmetic& arithmetic,
                                std::span<const double> noise) {
  const std::size_t outputs = samples.outputs();
  std::vector<Trace> traces(outputs);
  for (std::size_t j = 0; j < outputs; ++j) {
    traces[j].centre = samples.at(0.0)[j];
    if (!noise.empty()) traces[j].noise = noise[j];
    look_closely(samples, j, arithmetic, traces[j]);
  }
  double t = 0.25;
  for (int row = 0; row < arithmetic.max_rows; ++row) {
    t /= 2;
    const std::vector<double>& plus = samples.at(t);
    const std::vector<double>& minus = samples.at(-t);
    for (std::size_t j = 0; j < outputs; ++j) {
      traces[j].step.push_back(t);
      traces[j].plus.push_back(plus[j]);
      traces[j].minus.push_back(minus[j]);
    }
    const bool enough = std::all_of(traces.begin(), traces.end(), [&](const Trace& trace) {
      return is_hopeless(trace, arithmetic);
    });
    if (enough) break;
  }
  std::vector<Difference> results;
  for (Trace& trace : traces) {
    if (const double height = stair(trace); height > 0) {
      trace.noise = std::max(trace.noise, height);
      trace.fine_error = kInfinity;  // on one stair
    }
    results.push_back(classify(trace, arithmetic));
  }
  return results;
}

}  // namespace detail

std::vector<Difference> differentiate(const Line& line, std::size_t outputs,
                                      const Arithmetic& arithmetic) {
  detail::Samples samples(line, outputs);
  return detail::careful(samples, arithmetic);
}

Difference differentiate(const std::function<double(double)>& f, double x) {
  constexpr double kFloor = 0x1p-7;
  // A power of two as the unit of t makes x + t * unit exact for dyadic t.
  const auto slope_in_unit = [&](double size) {
    const double unit = std::exp2(std::floor(std::log2(size)));
    const Line line = [&](double t, std::span<double> values) { values[0] = f(x + t * unit); };
    Difference d = differentiate(line, 1).front();
    for (double* number : {&d.slope, &d.bound, &d.left, &d.left_bound, &d.right, &d.right_bound}) {
      *number /= unit;
    }
    return d;
  };
  const Difference wide = slope_in_unit(std::max(std::abs(x), kFloor));
  if (x == 0 || std::abs(x) >= kFloor) return wide;
  const Difference narrow = slope_in_unit(std::abs(x));
  return narrow.bound < wide.bound || !std::isfinite(wide.slope) ? narrow : wide;
}

}  // namespace nabla::check
