// SPDX-License-Identifier: MIT
#include "probe.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace nabla::check::detail {

namespace {
/// Differences whose error is this part of the values say nothing.
constexpr double kAllNoise = 0.1;
/// Below this, differences and products sink under the smallest numbers.
constexpr double kTiny = 1e-306;
/// Slopes below this are not told from each other.
constexpr double kLeastSlope = 1e-306;
}  // namespace

/// An interval of slopes, with the part of it that is uncertain.
struct Probe::Slopes {
  double low = 0.0, high = 0.0, bound = 0.0;
  double slope = 0.0, magnitude = 0.0, step = std::numeric_limits<double>::infinity();
  bool kink = false, infinite = false, jump = false, not_finite = false, one_sided = false;
  bool grows = false;   ///< some difference grows slowly to the last
  bool chance = false;  ///< some output scatters as widely as it varies at all

  void add(const Difference& d, double weight) {
    if (weight == 0) return;
    double left = d.slope, right = d.slope, uncertain = d.bound;
    if (d.behaviour == Behaviour::kink || d.behaviour == Behaviour::infinite_slope) {
      left = d.left;
      right = d.right;
      uncertain = std::max(d.left_bound, d.right_bound);
    }
    low += std::min(weight * left, weight * right);
    high += std::max(weight * left, weight * right);
    bound += std::abs(weight) * uncertain;
    slope += weight * d.slope;
    magnitude += std::abs(weight) * d.magnitude;
    if (d.step > 0) step = std::min(step, d.step);
    kink = kink || d.behaviour == Behaviour::kink;
    infinite = infinite || d.behaviour == Behaviour::infinite_slope;
    jump = jump || d.behaviour == Behaviour::jump;
    not_finite = not_finite || d.behaviour == Behaviour::not_finite;
    one_sided = one_sided || d.behaviour == Behaviour::one_sided;
    grows = grows || d.grows;
    chance = chance || (d.magnitude >= std::numeric_limits<double>::min() &&
                        d.noise >= kAllNoise * d.magnitude);
  }
};

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
/// A bound above this part of the slope cannot tell a right gradient from a wrong one.
constexpr double kUseful = 1e-2;
/// A gradient of at most so many units of round-off of the function claims to be zero.
constexpr double kZeroClaim = 16.0;
/// To be believed, when no part of the function's size above this can be in the slope.
double zero_resolved(const Problem& problem) { return problem.is_float32 ? 1e-3 : 1e-9; }
/// The claim itself is a rounded sum: so many units of its largest terms are no error.
constexpr double kClaimRounding = 64.0;

/// How far apart the first tier lets claim and difference be, and how far the second always does.
double quick_tolerance(const Problem& problem) { return problem.is_float32 ? 2e-3 : 1e-6; }
double careful_tolerance(const Problem& problem, const Options& options) {
  if (options.relative_floor > 0) return options.relative_floor;
  return problem.is_float32 ? 7e-4 : 1e-7;
}

/// In single precision kinks inside the steps can hide below the noise of finer rows, and the bound
/// misses them: only a difference far beyond it is a failure.
bool is_certain(const Problem& problem, double error, const Entry& entry) {
  constexpr double kFarBeyond = 16.0, kRelative = 1e-2;
  return !problem.is_float32 ||
         !(error <= kFarBeyond * entry.bound + kRelative * std::abs(entry.numeric));
}

double slack_of(double error, double bound) {
  if (error == 0) return 0.0;
  return bound > 0 ? error / bound : std::numeric_limits<double>::infinity();
}

}  // namespace

Probe::Probe(const Problem& problem, const Options& options, std::span<const double> centre,
             std::span<const double> upstream, std::span<const double> claimed,
             std::span<const double> noise)
    : problem_(problem),
      options_(options),
      centre_(centre),
      upstream_(upstream),
      claimed_(claimed),
      noise_(noise),
      arithmetic_(problem.is_float32 ? Arithmetic::float32() : Arithmetic::float64()) {}

Probe::Claim Probe::claim_along(const Direction& direction) const {
  Claim claim;
  for (std::size_t k = 0; k < direction.index.size(); ++k) {
    if (direction.step[k] == 0) continue;
    const double term = claimed_[direction.index[k]] * direction.step[k];
    claim.slope += term;
    claim.input_size = std::max(claim.input_size, std::abs(problem_.at[direction.index[k]]));
    claim.size += std::abs(term);
    claim.is_nan = claim.is_nan || std::isnan(claimed_[direction.index[k]]);
    claim.is_infinite = claim.is_infinite || std::isinf(claimed_[direction.index[k]]);
  }
  return claim;
}

Line Probe::line_along(const Direction& direction) const {
  return [this, &direction](double t, std::span<double> values) {
    std::vector<double> point = problem_.at;
    for (std::size_t k = 0; k < direction.index.size(); ++k) {
      point[direction.index[k]] += t * direction.step[k];
    }
    std::fill(values.begin(), values.end(), kNan);
    try {
      const std::vector<double> outputs = problem_.evaluate(point);
      if (outputs.size() == values.size()) {
        std::copy(outputs.begin(), outputs.end(), values.begin());
      }
    } catch (const std::exception&) {
      // Outside the domain: the step is too large, just as with a value that is not finite.
    }
  };
}

/// How much the rounding of the points x + t * step can move the value: 4 deviations.
double Probe::input_noise(const Direction& direction, double t) const {
  double squares = 0.0;
  for (std::size_t k = 0; k < direction.index.size(); ++k) {
    const double x = problem_.at[direction.index[k]], move = t * direction.step[k];
    const double exact = x + move;
    const double reached = problem_.is_float32 ? static_cast<float>(exact) : exact;
    const double error = ((x - reached) + move) * claimed_[direction.index[k]];
    if (std::isfinite(error)) squares += error * error;
  }
  return 4 * std::sqrt(squares);
}

Probe::Path::Path(const Probe& probe, const Direction& along)
    : direction(along),
      claim(probe.claim_along(along)),
      line(probe.line_along(direction)),
      samples(line, probe.upstream_.size()) {
  samples.know(0.0, probe.centre_);
}

/// One input: per unit of that input. The step is a power of two, so this is exact.
void Probe::scale(Entry& entry, const Path& path) {
  if (path.direction.index.size() != 1) return;
  const double unit = path.direction.step[0];
  entry.bound /= std::abs(unit);
  for (double* number : {&entry.analytic, &entry.numeric, &entry.left, &entry.right}) {
    *number /= unit;
  }
  const bool is_below = std::max(std::abs(entry.analytic), std::abs(entry.numeric)) < kLeastSlope;
  if (is_failure(entry.verdict) && is_below) {
    entry.verdict = Verdict::inconclusive;
    entry.reason = "the slope is too close to the smallest numbers";
  }
  if (unit < 0) std::swap(entry.left, entry.right);
}

/// True if the function may have a kink at the point itself: (f(t) - 2 f(0) + f(-t)) / t does not
/// shrink with t. Central differences alone do not see a kink that is symmetric.
bool Probe::bends(Path& path, double t, double numeric) const {
  constexpr double kShrinks = 0.85;    // a kink has the ratio 1, a smooth function 1/2
  constexpr double kStandsOut = 64.0;  // of round-off, and of what the first tier lets pass
  double wide = 0.0, narrow = 0.0, round_off = 0.0;
  for (std::size_t j = 0; j < upstream_.size(); ++j) {
    const double weight = upstream_[j], centre = path.samples.at(0.0)[j];
    if (weight == 0) continue;
    const double a = path.samples.at(t)[j], b = path.samples.at(-t)[j];
    const double c = path.samples.at(t / 2)[j], d = path.samples.at(-t / 2)[j];
    wide += weight * ((a - centre) + (b - centre)) / t;
    narrow += weight * ((c - centre) + (d - centre)) / (t / 2);
    const double size = std::max({std::abs(a), std::abs(b), std::abs(centre)});
    round_off += std::abs(weight) * (8 * arithmetic_.unit_roundoff * size + 2 * noise_of(j)) / t;
  }
  const double least = kStandsOut * (round_off + quick_tolerance(problem_) * std::abs(numeric));
  return std::abs(narrow) > least && std::abs(narrow) > kShrinks * std::abs(wide);
}

bool Probe::confirms(Path& path, double t, bool as_zero, Entry& entry) const {
  const std::vector<double>&a = path.samples.at(t), &b = path.samples.at(-t);
  const std::vector<double>&c = path.samples.at(t / 2), &d = path.samples.at(-t / 2);
  double numeric = 0.0, truncation = 0.0, round_off = 0.0, magnitude = 0.0;
  for (std::size_t j = 0; j < upstream_.size(); ++j) {
    const double weight = upstream_[j];
    if (weight == 0) continue;
    const double wide = (a[j] / 2 - b[j] / 2) / t, narrow = (c[j] - d[j]) / t;
    const double slope = narrow + (narrow - wide) / 3;
    numeric += weight * slope;
    truncation += std::abs(weight * (slope - narrow));
    const double size = std::max(std::abs(c[j]), std::abs(d[j]));
    round_off += std::abs(weight) * (8 * arithmetic_.unit_roundoff * size + 2 * noise_of(j)) / t;
    magnitude += std::abs(weight) * size;
  }
  round_off += input_noise(path.direction, t / 2) * 2 / t;
  const double claim = path.claim.slope;
  const double error = std::abs(claim - numeric);
  const bool is_close = error <= quick_tolerance(problem_) * std::abs(numeric);
  const bool claims_zero = std::abs(claim) <= kZeroClaim * arithmetic_.unit_roundoff * magnitude;
  const bool is_zero =
      claims_zero && error <= round_off && round_off <= zero_resolved(problem_) * magnitude;
  if (!is_close && !(as_zero && is_zero)) return false;
  if (bends(path, t, numeric)) return false;
  entry.numeric = numeric;
  entry.bound = truncation + round_off;
  entry.slack = slack_of(error, entry.bound);
  entry.verdict = Verdict::pass;
  return true;
}

void Probe::decide_kink(const Slopes& slopes, double analytic, double tolerance, Entry& entry) {
  entry.left = slopes.low;
  entry.right = slopes.high;
  const bool inside = analytic >= slopes.low - tolerance && analytic <= slopes.high + tolerance;
  const bool one_infinity = slopes.infinite && slopes.low == slopes.high;
  if (one_infinity) {
    entry.numeric = slopes.low;
    entry.verdict = analytic == slopes.low ? Verdict::infinite_slope : Verdict::fail;
    entry.reason = "the slope grows without limit";
    return;
  }
  const double outside = std::max({slopes.low - analytic, analytic - slopes.high, 0.0});
  entry.slack = inside ? 0.0 : slack_of(outside, slopes.bound);
  entry.verdict = inside ? Verdict::kink_accepted : Verdict::kink_violates;
  entry.reason = "a kink: the slopes on its two sides differ";
}

/// A slope of nothing but zeros, beside a claim that a function of numbers of this size, in this
/// arithmetic, may well round away.
bool Probe::is_hidden(const Claim& claim, const Slopes& slopes) const {
  constexpr double kRounded = 1e5;  // units of round-off
  const double size = std::max(slopes.magnitude, claim.input_size);
  return std::abs(claim.slope) <= kRounded * arithmetic_.unit_roundoff * size;
}

/// Where the function is smooth, or has one side.
void Probe::decide_smooth(const Claim& claim, const Slopes& slopes, Entry& entry) const {
  const double error = std::abs(claim.slope - entry.numeric);
  const double tolerance = options_.safety * entry.bound +
                           careful_tolerance(problem_, options_) * std::abs(entry.numeric) +
                           kClaimRounding * arithmetic_.unit_roundoff * claim.size;
  const double size = std::max(std::abs(claim.slope), std::abs(entry.numeric));
  const bool is_useful = entry.bound <= kUseful * size;
  const bool is_zero =
      std::abs(claim.slope) <= kZeroClaim * arithmetic_.unit_roundoff * slopes.magnitude &&
      entry.bound <= zero_resolved(problem_) * slopes.magnitude;
  // Neighbouring values differ as much as distant ones: the slope is that of chance.
  const bool is_unresolved =
      slopes.chance || (slopes.magnitude >= std::numeric_limits<double>::min() &&
                        entry.bound * slopes.step >= kAllNoise * slopes.magnitude);
  entry.slack = slack_of(error, entry.bound);
  if (!std::isfinite(entry.numeric) || !std::isfinite(entry.bound)) {
    entry.verdict = Verdict::inconclusive;
    entry.reason = "the differences do not converge";
  } else if (!(error <= tolerance) && is_unresolved) {
    entry.verdict = Verdict::inconclusive;
    entry.reason = "the function varies too fast for steps between floating-point numbers";
  } else if (!(error <= tolerance) && slopes.grows) {
    entry.verdict = Verdict::inconclusive;
    entry.reason = "the slope grows slowly, perhaps without limit";
  } else if (!(error <= tolerance) && entry.numeric == 0 && is_hidden(claim, slopes)) {
    entry.verdict = Verdict::inconclusive;
    entry.reason =
        "the values are constant, and the claim is below the rounding of what they come from";
  } else if (!(error <= tolerance) && slopes.magnitude > 0 && slopes.magnitude < kTiny) {
    entry.verdict = Verdict::inconclusive;
    entry.reason = "the values are too close to the smallest numbers";
  } else if (!(error <= tolerance) && is_certain(problem_, error, entry)) {
    entry.verdict = Verdict::fail;
  } else if (!(error <= tolerance)) {
    entry.verdict = Verdict::inconclusive;
    entry.reason = "single precision cannot tell; check in float64";
  } else if (is_useful || is_zero) {
    entry.verdict = Verdict::pass;
  } else {
    entry.verdict = Verdict::inconclusive;
    entry.reason = slopes.one_sided ? "finite on one side only, and the differences there are rough"
                                    : "the round-off of the function hides the slope";
  }
}

void Probe::decide(std::span<const Difference> differences, const Direction& direction,
                   const Claim& claim, Entry& entry) const {
  Slopes slopes;
  for (std::size_t j = 0; j < upstream_.size(); ++j) slopes.add(differences[j], upstream_[j]);
  entry.numeric = slopes.slope;
  entry.bound = slopes.bound;
  if (std::isfinite(slopes.step)) {
    entry.bound += input_noise(direction, slopes.step) / slopes.step;
  }
  const double tolerance =
      options_.safety * entry.bound +
      careful_tolerance(problem_, options_) * std::max(std::abs(slopes.low), std::abs(slopes.high));
  if (slopes.not_finite) {
    entry.verdict = std::isfinite(claim.slope) ? Verdict::inconclusive : Verdict::non_finite_both;
    entry.reason = "the function is not finite around the point";
  } else if (slopes.jump) {
    entry.verdict = Verdict::inconclusive;
    entry.reason = "the function jumps here";
  } else if (!claim.is_infinite && !std::isfinite(claim.slope) && !claim.is_nan) {
    entry.verdict = Verdict::inconclusive;
    entry.reason = "the change along one step is beyond the range of numbers";
  } else if (slopes.infinite && (std::isnan(slopes.low) || std::isnan(slopes.high) ||
                                 (std::isnan(claim.slope) && !claim.is_nan))) {
    entry.verdict = Verdict::inconclusive;
    entry.reason = "infinite slopes of both signs meet along this direction";
  } else if (claim.is_infinite && !claim.is_nan && !std::isfinite(claim.slope) &&
             !slopes.infinite && slopes.grows) {
    entry.verdict = Verdict::inconclusive;
    entry.reason = "the slope grows slowly, perhaps without limit";
  } else if (std::isnan(claim.slope) || (!std::isfinite(claim.slope) && !slopes.infinite)) {
    entry.verdict = Verdict::non_finite_analytic;
    entry.slack = std::numeric_limits<double>::infinity();
  } else if (slopes.kink || slopes.infinite) {
    decide_kink(slopes, claim.slope, tolerance, entry);
  } else {
    decide_smooth(claim, slopes, entry);
    if (slopes.one_sided && entry.reason.empty()) entry.reason = "one-sided difference";
  }
}

/// Fills in the entry for the claim along `path`, from the careful difference.
Entry Probe::examine(Path& path) const {
  Entry entry;
  entry.analytic = path.claim.slope;
  decide(careful(path.samples, arithmetic_, noise_), path.direction, path.claim, entry);
  scale(entry, path);
  return entry;
}

/// The first tier: a pair of steps, and a second one where the first does not confirm the claim.
bool Probe::confirms_quickly(Path& path, Path* closer, Entry& entry) const {
  const double wide = problem_.is_float32 ? 0x1p-5 : 0x1p-10;
  const double narrow = problem_.is_float32 ? 0x1p-8 : 0x1p-17;
  entry.analytic = path.claim.slope;
  if (confirms(path, wide, false, entry)) return scale(entry, path), true;
  if (closer != nullptr) {
    entry.analytic = closer->claim.slope;
    if (confirms(*closer, wide, false, entry)) return scale(entry, *closer), true;
    entry.analytic = path.claim.slope;
  } else if (confirms(path, narrow, false, entry)) {
    return scale(entry, path), true;
  }
  if (confirms(path, wide, true, entry)) return scale(entry, path), true;
  return false;
}

bool Probe::is_suspicious(const Direction& direction) {
  Path path(*this, direction);
  Entry entry;
  const bool is_confirmed = confirms_quickly(path, nullptr, entry);
  evaluations_ += path.samples.evaluations();
  return !is_confirmed;
}

Entry Probe::judge(const Direction& direction) {
  const bool is_single = direction.index.size() == 1;
  const std::optional<Direction> narrow = narrowed(problem_, direction);
  Path path(*this, direction);
  std::optional<Path> closer;
  if (narrow) closer.emplace(*this, *narrow);
  Path* const close_path = closer ? &*closer : nullptr;

  Entry entry;
  if (!options_.thorough && confirms_quickly(path, is_single ? close_path : nullptr, entry)) {
    ++quick_;
  } else {
    entry = examine(path);
    // Inputs close to zero may need steps in proportion. Along many inputs such steps see less.
    const double size = std::max(std::abs(entry.analytic), std::abs(entry.numeric));
    const bool is_sharp = std::isfinite(size) && entry.bound <= quick_tolerance(problem_) * size;
    // What looks like a kink may lie between the point and the nearest step.
    const bool is_edge =
        is_failure(entry.verdict) && (entry.left != entry.right || entry.bound == 0);
    const bool is_open = is_inconclusive(entry.verdict) || is_edge;
    if (close_path != nullptr && (is_single ? !is_sharp : is_open)) {
      const Entry second = examine(*close_path);
      const bool is_sharper = second.bound < entry.bound || !std::isfinite(size);
      if (is_sharper || is_open) entry = second;
    }
  }
  evaluations_ += path.samples.evaluations() + (closer ? closer->samples.evaluations() : 0);
  entry.input = direction.name;
  entry.is_direction = !is_single;
  return entry;
}

}  // namespace nabla::check::detail
