// SPDX-License-Identifier: MIT
#include "tensors.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <numeric>
#include <utility>

#include <fmt/core.h>

#include <nabla/check/gradcheck.hpp>
#include <nabla/check/recorded.hpp>
#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/random.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/index/stack.hpp>
#include <nabla/ops/reduction/sum.hpp>
#include <nabla/ops/view/clone.hpp>
#include <nabla/ops/view/select.hpp>
#include <nabla/ops/view/to.hpp>
#include <nabla/ops/view/transpose.hpp>

#include "culprits.hpp"
#include "findings.hpp"
#include "reproducer.hpp"
#include "run.hpp"
#include "single.hpp"
#include "stopwatch.hpp"

namespace nabla::check {

namespace detail {

Tensor tensor_from(std::span<const double> numbers, const Shape& shape, DType dtype) {
  if (dtype != float32) return from_span(numbers, shape);
  std::vector<float> rounded;
  rounded.reserve(numbers.size());
  for (const double number : numbers) rounded.push_back(static_cast<float>(number));
  return from_span(std::span<const float>(rounded), shape);
}

namespace {

/// x with its axes in this order.
Tensor permuted(Tensor x, const std::vector<int>& order) {
  std::vector<int> now(order.size());
  std::iota(now.begin(), now.end(), 0);
  for (std::size_t axis = 0; axis < order.size(); ++axis) {
    const auto place =
        static_cast<std::size_t>(std::find(now.begin(), now.end(), order[axis]) - now.begin());
    if (place == axis) continue;
    x = nabla::transpose(x, static_cast<int>(axis), static_cast<int>(place));
    std::swap(now[axis], now[place]);
  }
  return x;
}

/// A tensor of these numbers that lies in memory as x does: axes in the same order, and with gaps if x
/// has some.
Tensor laid_out_like(const Tensor& x, std::span<const double> numbers) {
  const Tensor plain = tensor_from(numbers, x.shape(), x.dtype());
  if (x.is_contiguous() || x.numel() == 0) return plain;
  const NoGrad no_grad;
  const auto step = [&](int axis) { return std::abs(x.strides()[static_cast<std::size_t>(axis)]); };
  std::vector<int> order(static_cast<std::size_t>(x.rank())), back(order.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return step(a) > step(b); });
  for (std::size_t axis = 0; axis < order.size(); ++axis)
    back[static_cast<std::size_t>(order[axis])] = static_cast<int>(axis);
  Tensor result = nabla::clone(permuted(plain, order));
  if (step(order.back()) != 1)
    result = nabla::select(nabla::stack({result, zeros_like(result)}, -1), -1, 0);
  return permuted(result, back);
}

}  // namespace

std::vector<double> numbers_of(const Tensor& tensor) { return tensor.to_vector<double>(); }

Input input_of(const Tensor& tensor, const std::string& fallback) {
  const Shape shape = tensor.shape();
  const std::string name = tensor.name();
  Input input{name.empty() ? fallback : name, {shape.begin(), shape.end()}};
  input.dtype = name_of(tensor.dtype());
  if (!tensor.is_contiguous()) {
    const Strides strides = tensor.strides();
    input.strides.assign(strides.begin(), strides.begin() + tensor.rank());
  }
  return input;
}

std::vector<Input> inputs_of(std::span<const Tensor> tensors) {
  std::vector<Input> inputs;
  for (std::size_t k = 0; k < tensors.size(); ++k)
    if (is_floating(tensors[k].dtype()))
      inputs.push_back(input_of(tensors[k], fmt::format("input {}", k)));
  return inputs;
}

bool same_bits(std::span<const double> a, std::span<const double> b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
}

std::vector<std::uint32_t> versions_of(std::span<const Tensor> tensors) {
  std::vector<std::uint32_t> versions;
  for (const Tensor& x : tensors) versions.push_back(x.node()->storage->version);
  return versions;
}

Gradient gathered(std::span<const Tensor> gradients, std::span<const Tensor> xs) {
  Gradient result;
  for (std::size_t k = 0; k < xs.size(); ++k) {
    const Tensor& gradient = gradients[k];
    if (!gradient.defined()) {
      result.remarks.push_back({Verdict::missing_gradient, k, "no gradient"});
      result.values.resize(result.values.size() + static_cast<std::size_t>(xs[k].numel()));
      continue;
    }
    if (!(gradient.shape() == xs[k].shape())) {
      result.remarks.push_back(
          {Verdict::shape_mismatch, k,
           fmt::format("the gradient has shape {}, the input {}", to_string(gradient.shape()),
                       to_string(xs[k].shape()))});
    } else if (gradient.dtype() != xs[k].dtype()) {
      result.remarks.push_back({Verdict::dtype_mismatch, k,
                                fmt::format("the gradient is {}, the input {}",
                                            name_of(gradient.dtype()), name_of(xs[k].dtype()))});
    }
    const std::vector<double> numbers = numbers_of(gradient);
    result.values.insert(result.values.end(), numbers.begin(), numbers.end());
  }
  return result;
}

namespace {

/// A function of tensors at a point, as a function of the numbers in its floating inputs.
class TensorProblem {
 public:
  TensorProblem(const TensorFunction& f, std::span<const Tensor> at, const Options& options)
      : f_(f), at_(at.begin(), at.end()), options_(options) {
    for (std::size_t k = 0; k < at_.size(); ++k) {
      if (is_floating(at_[k].dtype())) floating_.push_back(k);
    }
    if (floating_.empty()) {
      throw DTypeError("[gradcheck] inputs: got none that is floating, need at least one");
    }
    for (const std::size_t k : floating_) {
      const std::vector<double> numbers = numbers_of(at_[k]);
      centre_.insert(centre_.end(), numbers.begin(), numbers.end());
    }
    count_ = centre_.size();
  }

  Problem first_order() {
    Problem problem = blocks();
    problem.evaluate = [this](std::span<const double> x) {
      const NoGrad no_grad;
      return numbers_of(result(tensors(x, false)));
    };
    problem.gradient = [this](std::span<const double> upstream) {
      const EnableGrad enable_grad;
      const std::vector<Tensor> xs = tensors(centre_, true);
      const std::vector<Tensor> by = floats(xs);
      const std::vector<std::uint32_t> before = versions_of(by);
      const Tensor y = result(xs);
      Gradient gradient = gathered(gradients_of(y, by, upstream_of(y, upstream), false), by);
      note_mutation(by, before, gradient);
      return gradient;
    };
    problem.rounding = [this](std::span<const double> upstream) {
      const EnableGrad enable_grad;
      const Tensor y = result(tensors(centre_, true));
      return rounding_of(y, upstream_of(y, upstream));
    };
    return problem;
  }

  /// All inputs as variables, at the point.
  [[nodiscard]] std::vector<Tensor> variables() const { return tensors(centre_, true); }
  /// Those that are floating.
  [[nodiscard]] std::vector<Tensor> floats(std::span<const Tensor> xs) const {
    std::vector<Tensor> result;
    for (const std::size_t k : floating_) result.push_back(xs[k]);
    return result;
  }

  /// What is checked, recorded at the point: the result, or its gradients.
  std::vector<Tensor> roots(int order) {
    const std::vector<Tensor> xs = variables();
    const Tensor y = result(xs);
    if (order == 1 || !y.requires_grad()) return {y};
    std::vector<Tensor> gradients = gradients_of(y, floats(xs), ones_like(y), true);
    std::erase_if(gradients, [](const Tensor& g) { return !g.defined() || !g.requires_grad(); });
    return gradients;
  }

  /// The gradient as a function of the inputs and of the upstream gradient.
  Problem second_order() {
    Problem problem = blocks();
    const Tensor y = result(tensors(centre_, false));
    upstream_shape_ = y.shape();
    Random random(options_.seed + 1);
    for (std::int64_t j = 0; j < y.numel(); ++j) centre_.push_back(random.uniform(0.5, 1.5));
    problem.inputs.push_back({"upstream", {upstream_shape_.begin(), upstream_shape_.end()}});
    problem.at = centre_;
    problem.evaluate = [this](std::span<const double> x) {
      const EnableGrad enable_grad;
      const std::vector<Tensor> xs = tensors(x, true);
      const Tensor value = result(xs);
      const std::vector<Tensor> by = floats(xs);
      return gathered(gradients_of(value, by, upstream_of(value, x.subspan(count_)), false), by)
          .values;
    };
    problem.gradient = [this](std::span<const double> v) {
      const EnableGrad enable_grad;
      const std::vector<Tensor> xs = tensors(centre_, true);
      const Tensor value = result(xs);
      std::vector<Tensor> by = floats(xs);
      const std::size_t count = by.size();
      by.push_back(variable(upstream_of(value, std::span<const double>(centre_).subspan(count_))));
      return Gradient{detail::second_gradient(value, by, count, v), {}};
    };
    problem.rounding = [this](std::span<const double> v) {
      const EnableGrad enable_grad;
      const std::vector<Tensor> xs = tensors(centre_, true);
      const Tensor value = result(xs);
      const Tensor upstream =
          variable(upstream_of(value, std::span<const double>(centre_).subspan(count_)));
      return rounding_of_gradients(value, floats(xs), upstream, v);
    };
    return problem;
  }

 private:
  Problem blocks() {
    Problem problem;
    problem.inputs = inputs_of(at_);
    for (const std::size_t k : floating_)
      problem.is_float32 = problem.is_float32 || at_[k].dtype() == float32;
    problem.at = centre_;
    return problem;
  }

  /// All inputs, the floating ones with these numbers.
  [[nodiscard]] std::vector<Tensor> tensors(std::span<const double> x, bool as_variables) const {
    std::vector<Tensor> xs = at_;
    std::size_t first = 0;
    for (const std::size_t k : floating_) {
      const auto count = static_cast<std::size_t>(at_[k].numel());
      xs[k] = laid_out_like(at_[k], x.subspan(first, count));
      if (as_variables) xs[k] = variable(xs[k], at_[k].name());
      first += count;
    }
    return xs;
  }

  [[nodiscard]] Tensor result(std::span<const Tensor> xs) const {
    const nabla::detail::Differentiating inside(xs);
    Tensor y = f_(xs);
    if (!is_floating(y.dtype())) {
      throw DTypeError(fmt::format("[gradcheck] result: got {}, need a floating element type",
                                   name_of(y.dtype())));
    }
    return y;
  }

  static Tensor upstream_of(const Tensor& y, std::span<const double> upstream) {
    return tensor_from(upstream, y.shape(), y.dtype());
  }

  /// By the count of writes, and by the numbers: a span from earlier writes without being counted.
  void note_mutation(std::span<const Tensor> by, std::span<const std::uint32_t> before,
                     Gradient& gradient) const {
    const std::vector<std::uint32_t> after = versions_of(by);
    std::size_t first = 0;
    for (std::size_t block = 0; block < by.size(); ++block) {
      const std::vector<double> now = numbers_of(by[block]);
      if (before[block] != after[block] ||
          !same_bits(now, std::span(centre_).subspan(first, now.size())))
        gradient.remarks.push_back(
            {Verdict::input_mutated, block, "the function changes its input in place"});
      first += now.size();
    }
  }

  const TensorFunction& f_;
  std::vector<Tensor> at_;
  const Options& options_;
  std::vector<std::size_t> floating_;  ///< which inputs are perturbed
  std::vector<double> centre_;         ///< their numbers
  std::size_t count_ = 0;              ///< how many those are, without an upstream gradient
  Shape upstream_shape_;
};

}  // namespace

std::vector<Tensor> gradients_of(const Tensor& y, std::span<const Tensor> xs,
                                 const Tensor& upstream, bool create_graph) {
  if (!y.requires_grad()) return std::vector<Tensor>(xs.size());
  return grad(y, xs, upstream, {.create_graph = create_graph, .allow_unused = true});
}

std::vector<double> second_gradient(const Tensor& y, std::span<const Tensor> by, std::size_t count,
                                    std::span<const double> v) {
  const std::vector<Tensor> firsts = gradients_of(y, by.first(count), by.back(), true);
  std::vector<double> sum;
  std::size_t first = 0;
  for (std::size_t k = 0; k < count; ++k) {
    const auto numel = static_cast<std::size_t>(by[k].numel());
    const Tensor& g = firsts[k];
    std::vector<Tensor> seconds(by.size());
    if (g.defined() && g.requires_grad()) {
      const Tensor seed = tensor_from(v.subspan(first, numel), g.shape(), g.dtype());
      seconds = grad(g, by, seed, {.retain_graph = true, .allow_unused = true});
    }
    const std::vector<double> numbers = gathered(seconds, by).values;
    sum.resize(numbers.size());
    for (std::size_t i = 0; i < numbers.size(); ++i) sum[i] += numbers[i];
    first += numel;
  }
  return sum;
}

namespace {
bool has_float32(const Tensor& y) {
  if (y.dtype() == float32) return true;
  for (const Operation& operation : operations_behind(y)) {
    if (operation.result().dtype() == float32) return true;
  }
  return false;
}
}  // namespace

Report check_single(const Problem& problem, const std::function<Tensor()>& record,
                    std::span<const Tensor> xs, const Options& options) {
  const Report claims = check_claims(problem, options);
  if (!claims.ok()) return claims;
  const EnableGrad enable_grad;
  const Tensor y = record();
  const Shadow shadow(y, xs);
  std::string obstacle = obstacle_of(shadow, xs);
  if (obstacle.empty()) {
    try {
      std::vector<Tensor> twice;
      for (std::size_t k = 0; k < xs.size(); ++k)
        twice.push_back(variable(xs[k].detach().to(float64), problem.inputs[k].name));
      const TensorFunction f = [&](std::span<const Tensor> at) { return shadow(at); };
      Report report = report_on_tensors(f, twice, options);
      report.evaluations += claims.evaluations;
      add_entries(report, compare_single(y, xs, problem.inputs, shadow, options), options);
      add_entries(report, compare_beside(problem, y, xs, shadow, options), options);
      report.inputs = problem.inputs;
      return report;
    } catch (const std::exception& error) {
      obstacle = error.what();
    }
  }
  Report report = check_problem(problem, options);
  if (report.reason.empty()) report.reason = "in single precision, without a shadow: " + obstacle;
  return report;
}

/// Whether `record` gives something that was computed in float32. What throws or sweeps there shows in
/// the check itself.
bool records_float32(const std::function<Tensor()>& record) {
  try {
    const EnableGrad enable_grad;
    const Tensor y = record();
    return y.requires_grad() && has_float32(y);
  } catch (const std::exception&) {
    return false;
  }
}

Report report_on_tensors(const TensorFunction& f, std::span<const Tensor> at,
                         const Options& options) {
  TensorProblem tensors(f, at, options);
  Problem problem = options.order == 2 ? tensors.second_order() : tensors.first_order();
  const std::vector<Tensor> xs = tensors.variables();
  const auto record = [&] { return f(xs); };
  problem.is_float32 = problem.is_float32 || records_float32(record);
  if (!problem.is_float32) return check_problem(problem, options);
  return check_single(problem, record, tensors.floats(xs), options);
}

double rounding_of_gradients(const Tensor& y, std::span<const Tensor> xs, const Tensor& upstream,
                             std::span<const double> v) {
  Tensor sum = zeros({}, y.dtype());
  std::size_t first = 0;
  const std::vector<Tensor> gradients = gradients_of(y, xs, upstream, true);
  for (std::size_t k = 0; k < xs.size(); ++k) {
    const auto numel = static_cast<std::size_t>(xs[k].numel());
    const Tensor& g = gradients[k];
    if (g.defined())
      sum = sum + nabla::sum(g * tensor_from(v.subspan(first, numel), g.shape(), g.dtype()));
    first += numel;
  }
  return rounding_of(sum, ones_like(sum.detach()));
}

Tensor slope_along(const Tensor& y, std::span<const Tensor> xs, std::uint64_t seed) {
  Tensor sum = zeros({}, y.dtype());
  if (!y.requires_grad()) return sum;
  Random random(seed + 2);
  const auto weights_like = [&](const Tensor& x) {
    std::vector<double> weights(static_cast<std::size_t>(x.numel()));
    for (double& weight : weights)
      weight = (random.bits() & 1) != 0 ? random.uniform(0.5, 1.5) : -random.uniform(0.5, 1.5);
    return tensor_from(weights, x.shape(), x.dtype());
  };
  for (const Tensor& g : gradients_of(y, xs, weights_like(y), true))
    if (g.defined()) sum = sum + nabla::sum(g * weights_like(g));
  return sum;
}

namespace {

/// f's slope along a direction, as a function that can be differentiated.
TensorFunction slope_of(const TensorFunction& f, std::uint64_t seed) {
  return [&f, seed](std::span<const Tensor> at) {
    const bool is_recorded = is_recording();
    const EnableGrad enable_grad;
    std::vector<Tensor> xs(at.begin(), at.end()), by;
    for (Tensor& x : xs) {
      if (!is_floating(x.dtype())) continue;
      if (!x.requires_grad()) x = variable(x);
      by.push_back(x);
    }
    const Tensor slope = slope_along(f(xs), by, seed);
    return is_recorded ? slope : slope.detach();
  };
}

}  // namespace

Report check_tensors(const TensorFunction& f, std::span<const Tensor> at, const Options& options) {
  if (options.order == 3) {
    Options second = options;
    second.order = 2;
    Report report = check_tensors(slope_of(f, options.seed), at, second);
    report.order = 3;
    report.reproducer.clear();  // it shows the slope, not f
    return report;
  }
  const Stopwatch watch;
  Report report = report_on_tensors(f, at, options);
  report.milliseconds = watch.milliseconds();
  if (!wants_culprits(report)) return report;
  const EnableGrad enable_grad;
  TensorProblem problem(f, at, options);
  find_culprits(report, problem.roots(options.order), options);
  if (report.culprits.empty() && options.order == 2)
    find_second_order_culprits(report, problem.roots(1), options);
  if (report.reproducer.empty() && options.reproducer)
    report.reproducer = reproducer({f, "f", {at.begin(), at.end()}}, options);
  report.milliseconds = watch.milliseconds();
  return report;
}

}  // namespace detail

}  // namespace nabla::check
