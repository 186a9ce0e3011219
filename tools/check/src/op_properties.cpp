// SPDX-License-Identifier: MIT
#include "op_properties.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/random.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/kernels/parallel.hpp>
#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/index/concat.hpp>
#include <nabla/ops/view/broadcast_to.hpp>
#include <nabla/ops/view/clone.hpp>
#include <nabla/ops/view/flip.hpp>
#include <nabla/ops/view/slice.hpp>
#include <nabla/ops/view/transpose.hpp>

#include "number_text.hpp"
#include "single.hpp"
#include "tensors.hpp"

namespace nabla::check::detail {

namespace {

/// Round-off that another order of summation, or another path through libm, may cause.
constexpr double kRounding = 1e-12;

std::vector<Tensor> variables_of(std::span<const Tensor> inputs) {
  std::vector<Tensor> xs(inputs.begin(), inputs.end());
  for (Tensor& x : xs) {
    if (is_floating(x.dtype())) x = variable(x);
  }
  return xs;
}

std::vector<Tensor> floating(std::span<const Tensor> inputs) {
  std::vector<Tensor> result;
  for (const Tensor& x : inputs) {
    if (is_floating(x.dtype())) result.push_back(x);
  }
  return result;
}

Tensor random_like(const Tensor& y, Random& random) {
  std::vector<double> numbers(static_cast<std::size_t>(y.numel()));
  for (double& number : numbers) number = random.uniform(0.5, 1.5) - (random.bits() & 1);
  return tensor_from(numbers, y.shape(), y.dtype());
}

/// All gradients, one after another; zeros for what y does not depend on.
std::vector<double> gradient_of(const Tensor& y, std::span<const Tensor> xs,
                                const Tensor& upstream) {
  const std::vector<Tensor> by = floating(xs);
  if (!y.requires_grad()) return gathered(std::vector<Tensor>(by.size()), by).values;
  return gathered(grad(y, by, upstream, {.retain_graph = true, .allow_unused = true}), by).values;
}

bool same_number(double a, double b, double tolerance) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b || std::abs(a - b) <= tolerance;
}

/// Compares element by element, with a tolerance relative to the largest finite element.
std::string difference(const char* what, std::span<const double> got, std::span<const double> want,
                       double relative) {
  if (got.size() != want.size()) {
    return fmt::format("{}: got {} elements, need {}", what, got.size(), want.size());
  }
  double size = std::numeric_limits<double>::min();
  for (const double number : want) {
    if (std::isfinite(number)) size = std::max(size, std::abs(number));
  }
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (!same_number(got[i], want[i], relative * size)) {
      return fmt::format("{}: element {} is {}, need {}", what, i, number_text("{:.17g}", got[i]),
                         number_text("{:.17g}", want[i]));
    }
  }
  return {};
}

}  // namespace

std::string value_repeats(const Sample& sample) {
  const std::vector<double> first = numbers_of(sample.apply(sample.inputs));
  const std::vector<double> second = numbers_of(sample.apply(sample.inputs));
  const std::vector<double> recorded = numbers_of(sample.apply(variables_of(sample.inputs)));
  std::string text = difference("a second call", second, first, 0.0);
  return text.empty() ? difference("the recorded value", recorded, first, 0.0) : text;
}

std::string upstream_adds(const Sample& sample, std::uint64_t seed) {
  Random random(seed);
  const std::vector<Tensor> xs = variables_of(sample.inputs);
  const Tensor y = sample.apply(xs);
  const Tensor v = random_like(y, random), w = random_like(y, random);
  const std::vector<double> together = gradient_of(y, xs, v + w);
  const std::vector<double> one = gradient_of(y, xs, v), other = gradient_of(y, xs, w);
  std::vector<double> sum(one.size());
  for (std::size_t i = 0; i < sum.size(); ++i) {
    // An infinite slope may meet upstreams of both signs.
    sum[i] = std::isfinite(one[i]) && std::isfinite(other[i]) ? one[i] + other[i] : together[i];
  }
  return difference("the gradient for v + w", together, sum, kRounding);
}

std::string uses_add_up(const Sample& sample, std::uint64_t seed) {
  Random random(seed);
  const std::vector<Tensor> xs = variables_of(sample.inputs);
  const Tensor y = sample.apply(xs);
  const Tensor upstream = random_like(y, random);
  std::vector<double> twice = gradient_of(y, xs, upstream);
  for (double& number : twice) number *= 2;
  const Tensor both = sample.apply(xs) + sample.apply(xs);
  std::string text =
      difference("the gradient of f(x) + f(x)", gradient_of(both, xs, upstream), twice, kRounding);
  if (!text.empty() || !y.requires_grad()) return text;
  backward(y, upstream, {.retain_graph = true});
  backward(y, upstream, {.retain_graph = true});
  Gradient accumulated;
  const std::vector<Tensor> by = floating(xs);
  std::vector<Tensor> gradients(by.size());
  for (std::size_t k = 0; k < by.size(); ++k) {
    if (by[k].has_grad()) gradients[k] = by[k].grad();
  }
  return difference("the gradient after two sweeps", gathered(gradients, by).values, twice,
                    kRounding);
}

std::string repeated_operand_adds_up(const Sample& sample, std::uint64_t seed) {
  const std::vector<Tensor>& inputs = sample.inputs;
  if (inputs.size() < 2 || !is_floating(inputs[0].dtype()) || !is_floating(inputs[1].dtype()) ||
      !(inputs[0].shape() == inputs[1].shape())) {
    return {};
  }
  Random random(seed);
  std::vector<Tensor> apart = inputs;
  apart[1] = apart[0];
  apart = variables_of(apart);
  std::vector<Tensor> same = apart;
  same[1] = same[0];
  const Tensor y = sample.apply(same), z = sample.apply(apart);
  const Tensor upstream = random_like(y, random);
  const std::vector<double> both = gradient_of(z, apart, upstream);
  const auto count = static_cast<std::size_t>(inputs[0].numel());
  std::vector<double> sum(both.begin(), both.begin() + static_cast<std::ptrdiff_t>(count));
  for (std::size_t i = 0; i < count; ++i) sum[i] += both[count + i];
  std::vector<double> got = gradient_of(y, std::span<const Tensor>(same).first(1), upstream);
  for (std::size_t i = 0; i < count; ++i) {
    if (!std::isfinite(sum[i])) got[i] = sum[i];
  }
  return difference("the gradient of f(x, x)", got, sum, kRounding);
}

std::string forward_agrees(const Sample& sample, std::uint64_t seed) {
  Random random(seed);
  const std::vector<Tensor> at = floating(sample.inputs);
  if (at.empty()) return {};
  const TensorFunction f = [&sample](std::span<const Tensor> xs) {
    std::vector<Tensor> inputs = sample.inputs;
    auto next = xs.begin();
    for (Tensor& input : inputs)
      if (is_floating(input.dtype())) input = *next++;
    return sample.apply(inputs);
  };
  std::vector<Tensor> directions;
  for (const Tensor& x : at) directions.push_back(random_like(x, random));
  const auto [y, tangent] = jvp(f, at, directions);
  const Tensor upstream = random_like(y, random);
  const std::vector<double> w = numbers_of(upstream), jv = numbers_of(tangent);
  double forward = 0, reverse = 0, size = 0;
  for (std::size_t i = 0; i < w.size(); ++i) {
    forward += w[i] * jv[i];
    size += std::abs(w[i] * jv[i]);
  }
  const std::vector<Tensor> gradients = vjp(f, at, upstream).gradient;
  for (std::size_t k = 0; k < at.size(); ++k) {
    const std::vector<double> g = numbers_of(gradients[k]), v = numbers_of(directions[k]);
    for (std::size_t i = 0; i < g.size(); ++i) {
      reverse += g[i] * v[i];
      size += std::abs(g[i] * v[i]);
    }
  }
  // Infinite slopes of both signs may meet in one sum and not in the other.
  const bool are_infinite = !std::isfinite(forward) && !std::isfinite(reverse);
  const bool are_finite = std::isfinite(forward) && std::isfinite(reverse);
  if (are_infinite || (are_finite && std::abs(forward - reverse) <= kRounding * size)) return {};
  return fmt::format("the derivative along a direction is {} forward, {} by a sweep",
                     number_text("{:.17g}", forward), number_text("{:.17g}", reverse));
}

namespace {

/// The same elements with the last two axes stored the other way round, or with gaps between them.
Tensor laid_out_otherwise(const Tensor& x) {
  const Shape shape = x.shape();
  if (shape.rank() == 0 || shape.numel() == 0) return x;
  const NoGrad no_grad;
  if (shape.rank() >= 2) {
    const Tensor turned = nabla::transpose(x, -2, -1);
    return nabla::transpose(tensor_from(numbers_of(turned), turned.shape(), x.dtype()), -2, -1);
  }
  const std::vector<double> numbers = numbers_of(x);
  std::vector<double> spaced(2 * numbers.size(), std::numeric_limits<double>::quiet_NaN());
  for (std::size_t i = 0; i < numbers.size(); ++i) spaced[2 * i] = numbers[i];
  const auto count = static_cast<std::int64_t>(spaced.size());
  return nabla::slice(tensor_from(spaced, Shape{count}, x.dtype()), 0, 0, count, 2);
}

}  // namespace

namespace {

/// Value and gradient for inputs that lie in memory otherwise than these, with the same elements.
std::string layouts_agree(const Sample& sample, std::span<const Tensor> inputs,
                          std::span<const Tensor> otherwise, Random& random, const char* value_text,
                          const char* gradient_text) {
  const std::vector<Tensor> xs = variables_of(inputs), zs = variables_of(otherwise);
  const Tensor y = sample.apply(xs), z = sample.apply(zs);
  const Tensor upstream = random_like(y, random);
  std::string text = difference(value_text, numbers_of(z), numbers_of(y), kRounding);
  if (!text.empty()) return text;
  return difference(gradient_text, gradient_of(z, zs, laid_out_otherwise(upstream)),
                    gradient_of(y, xs, upstream), kRounding);
}

/// The same elements behind others in one block.
Tensor at_an_offset(const Tensor& x) {
  if (x.rank() == 0 || x.numel() == 0) return x;
  const NoGrad no_grad;
  return nabla::slice(concat({x, x}, 0), 0, x.size(0), 2 * x.size(0));
}

/// The same elements from the last to the first in memory, along each axis.
Tensor backwards(const Tensor& x) {
  const NoGrad no_grad;
  return flip(flip(x).contiguous());
}

/// The first element along each axis, once in memory, as often as the shape says.
Tensor stretched(const Tensor& x) {
  if (x.rank() == 0 || x.numel() == 0) return x;
  const NoGrad no_grad;
  Tensor first = x;
  for (int axis = 0; axis < x.rank(); ++axis) first = nabla::slice(first, axis, 0, 1);
  return broadcast_to(first, x.shape());
}

}  // namespace

std::string layout_does_not_matter(const Sample& sample, std::uint64_t seed) {
  Random random(seed);
  const auto changed = [&](Tensor (*change)(const Tensor&)) {
    std::vector<Tensor> inputs = sample.inputs;
    for (Tensor& x : inputs)
      if (is_floating(x.dtype())) x = change(x);
    return inputs;
  };
  std::string text = layouts_agree(sample, sample.inputs, changed(laid_out_otherwise), random,
                                   "the value of strided inputs", "the gradient of strided inputs");
  if (!text.empty()) return text;
  text = layouts_agree(sample, sample.inputs, changed(at_an_offset), random,
                       "the value of inputs at an offset", "the gradient of inputs at an offset");
  if (!text.empty()) return text;
  text = layouts_agree(sample, sample.inputs, changed(backwards), random,
                       "the value of inputs with negative strides",
                       "the gradient of inputs with negative strides");
  if (!text.empty()) return text;
  const std::vector<Tensor> repeated = changed(stretched);
  std::vector<Tensor> copied = repeated;
  for (Tensor& x : copied) x = x.contiguous();
  text = layouts_agree(sample, copied, repeated, random, "the value of stretched inputs",
                       "the gradient of stretched inputs");
  if (!text.empty()) return text;
  // A gradient from above whose elements are one number in memory, as that of a sum.
  const std::vector<Tensor> xs = variables_of(sample.inputs);
  const Tensor y = sample.apply(xs);
  const Tensor one = broadcast_to(tensor_from(std::vector<double>{1.25}, {}, y.dtype()), y.shape());
  return difference("the gradient for a stretched upstream", gradient_of(y, xs, one),
                    gradient_of(y, xs, one.clone()), kRounding);
}

namespace {

/// So many kernels threads as long as it lives.
class WithThreads {
 public:
  explicit WithThreads(int count) : before_(kernels::threads()) { kernels::use_threads(count); }
  ~WithThreads() { kernels::use_threads(before_); }
  WithThreads(const WithThreads&) = delete;
  WithThreads& operator=(const WithThreads&) = delete;

 private:
  int before_;
};

/// So many copies of each tensor along a new first axis.
std::vector<Tensor> repeated(std::span<const Tensor> inputs, std::int64_t copies) {
  const NoGrad no_grad;
  std::vector<Tensor> many;
  for (const Tensor& x : inputs)
    many.push_back(broadcast_to(x, x.shape().inserted(0, copies)).contiguous());
  return many;
}

}  // namespace

std::optional<std::vector<Tensor>> enlarged(const Sample& sample) {
  std::int64_t least = kernels::kLargeLoop;
  for (const Tensor& x : sample.inputs) least = std::min(least, x.numel());
  if (sample.inputs.empty() || least == 0) return std::nullopt;
  try {
    const std::int64_t once = sample.apply(sample.inputs).numel();
    // What grows faster than its inputs is left alone.
    if (once == 0 || sample.apply(repeated(sample.inputs, 4)).numel() > 4 * once)
      return std::nullopt;
    return repeated(sample.inputs, 5 * kernels::kLargeLoop / (4 * std::min(least, once)) + 1);
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

std::string threads_do_not_matter(const Sample& sample, std::span<const Tensor> inputs) {
  const std::vector<Tensor> xs = variables_of(inputs);
  std::vector<double> values[2], gradients[2];
  for (const int run : {0, 1}) {
    const WithThreads with_threads(run == 0 ? 1 : 3);
    const Tensor y = sample.apply(xs);
    values[run] = numbers_of(y);
    gradients[run] = gradient_of(y, xs, ones_like(y));
  }
  std::string text = difference("the value with 3 threads", values[1], values[0], 0.0);
  return text.empty() ? difference("the gradient with 3 threads", gradients[1], gradients[0], 0.0)
                      : text;
}

Sample in_float32(Sample sample) {
  for (Tensor& x : sample.inputs)
    if (is_floating(x.dtype())) x = tensor_from(numbers_of(x), x.shape(), float32);
  return sample;
}

std::string single_precision_agrees(const Sample& sample, const Options& options) {
  const std::vector<Tensor> xs = variables_of(sample.inputs);
  const std::vector<Input> names = inputs_of(xs);
  const EnableGrad enable_grad;
  const Tensor y = sample.apply(xs);
  const std::vector<Tensor> by = floating(xs);
  const Shadow shadow(y, by);
  if (const std::string obstacle = obstacle_of(shadow, by); !obstacle.empty())
    return "cannot be computed again: " + obstacle;
  for (const Entry& entry : compare_single(y, by, names, shadow, options)) {
    if (!is_failure(entry.verdict)) continue;
    return fmt::format("{}[{}] is {} in float32, {} in float64, and may be off by {:.1e}",
                       entry.input, fmt::join(entry.index, ", "),
                       number_text("{:.9g}", entry.analytic), number_text("{:.9g}", entry.numeric),
                       entry.bound);
  }
  return {};
}

std::size_t scalar_operands(const OpEntry& op) {
  constexpr std::size_t kListed = 3;
  return op.arity < 0 ? kListed : static_cast<std::size_t>(op.arity);
}

std::vector<std::vector<double>> scalar_points(const OpEntry& op, std::size_t operands,
                                               std::uint64_t seed) {
  constexpr int kPoints = 16;
  Random random(seed);
  std::vector<std::vector<double>> points(kPoints);
  for (std::vector<double>& at : points) {
    for (std::size_t k = 0; k < operands; ++k) {
      const Interval& interval = op.info->samples[k];
      at.push_back(random.uniform(interval.lower, interval.upper));
    }
  }
  auto point = points.begin();
  for (const double x : op.info->singular) (*point++)[0] = x;
  return points;
}

std::vector<double> scalar_slopes(const ScalarOp& f, std::span<const double> at) {
  Tape tape;
  const std::vector<Value> xs = nabla::variables(at);
  const Value y = f(xs);
  if (y.is_active()) tape.sweep(y, 1.0);
  std::vector<double> slopes;
  for (const Value& x : xs) slopes.push_back(x.grad());
  return slopes;
}

std::string scalar_agrees(const OpEntry& op, const ScalarOp& scalar, std::uint64_t seed) {
  for (const std::vector<double>& at : scalar_points(op, scalar_operands(op), seed)) {
    std::vector<Tensor> tensors;
    for (const double number : at) tensors.push_back(variable(tensor(number, float64)));
    const Tensor y = op.tensor(tensors, {});
    const std::vector<double> gradient = gradient_of(y, tensors, ones_like(y));

    const std::vector<double> slopes = scalar_slopes(scalar, at);
    const double value = scalar(std::vector<Value>(at.begin(), at.end())).value(), want = y.item();
    std::string text = difference("the value for scalars", {&value, 1}, {&want, 1}, 1e-14);
    if (text.empty()) text = difference("the gradient for scalars", slopes, gradient, 1e-13);
    if (!text.empty()) return text;
  }
  return {};
}

TensorFunction inside_another(const Sample& sample, std::vector<Tensor>& at) {
  Random random(at.size());
  std::vector<Tensor> centres = sample.inputs;
  at = sample.inputs;
  for (std::size_t k = 0; k < at.size(); ++k) {
    if (!is_floating(at[k].dtype())) continue;
    std::vector<double> u = numbers_of(at[k]), c = u;
    for (std::size_t i = 0; i < u.size(); ++i) {
      u[i] = random.uniform(0.25, 1.0);
      c[i] -= u[i] + u[i] * u[i] / 4;
    }
    centres[k] = tensor_from(c, at[k].shape(), at[k].dtype());
    at[k] = tensor_from(u, at[k].shape(), at[k].dtype());
  }
  return [apply = sample.apply, centres](std::span<const Tensor> us) {
    std::vector<Tensor> xs(us.begin(), us.end());
    for (std::size_t k = 0; k < xs.size(); ++k) {
      if (is_floating(xs[k].dtype())) xs[k] = centres[k] + us[k] + us[k] * us[k] * 0.25;
    }
    return apply(xs);
  };
}

}  // namespace nabla::check::detail
