// SPDX-License-Identifier: MIT
#include "tensors.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include <fmt/core.h>

#include <nabla/check/gradcheck.hpp>
#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/random.hpp>
#include <nabla/engine/recording.hpp>

namespace nabla::check {

namespace detail {

Tensor tensor_from(std::span<const double> numbers, const Shape& shape, DType dtype) {
  if (dtype != float32) return from_span(numbers, shape);
  std::vector<float> rounded;
  rounded.reserve(numbers.size());
  for (const double number : numbers) rounded.push_back(static_cast<float>(number));
  return from_span(std::span<const float>(rounded), shape);
}

std::vector<double> numbers_of(const Tensor& tensor) { return tensor.to_vector<double>(); }

Input input_of(const Tensor& tensor, const std::string& fallback) {
  const Shape shape = tensor.shape();
  const std::string name = tensor.name();
  return {name.empty() ? fallback : name, {shape.begin(), shape.end()}};
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
      const Tensor y = result(xs);
      Gradient gradient = gathered(gradients(y, xs, upstream_of(y, upstream), false), floats(xs));
      note_mutation(xs, gradient);
      return gradient;
    };
    return problem;
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
      return gathered(gradients(value, xs, upstream_of(value, x.subspan(count_)), false),
                      floats(xs))
          .values;
    };
    problem.gradient = [this](std::span<const double> upstream) {
      return second_gradient(upstream);
    };
    return problem;
  }

 private:
  Problem blocks() {
    Problem problem;
    for (const std::size_t k : floating_) {
      problem.inputs.push_back(input_of(at_[k], fmt::format("input {}", k)));
      const std::vector<double> numbers = numbers_of(at_[k]);
      centre_.insert(centre_.end(), numbers.begin(), numbers.end());
      problem.is_float32 = problem.is_float32 || at_[k].dtype() == float32;
    }
    count_ = centre_.size();
    problem.at = centre_;
    return problem;
  }

  /// All inputs, the floating ones with these numbers.
  [[nodiscard]] std::vector<Tensor> tensors(std::span<const double> x, bool as_variables) const {
    std::vector<Tensor> xs = at_;
    std::size_t first = 0;
    for (const std::size_t k : floating_) {
      const auto count = static_cast<std::size_t>(at_[k].numel());
      xs[k] = tensor_from(x.subspan(first, count), at_[k].shape(), at_[k].dtype());
      if (as_variables) xs[k] = variable(xs[k], at_[k].name());
      first += count;
    }
    return xs;
  }

  [[nodiscard]] std::vector<Tensor> floats(std::span<const Tensor> xs) const {
    std::vector<Tensor> result;
    for (const std::size_t k : floating_) result.push_back(xs[k]);
    return result;
  }

  [[nodiscard]] Tensor result(std::span<const Tensor> xs) const {
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

  /// The gradients by the floating inputs; undefined where y does not depend on one.
  [[nodiscard]] std::vector<Tensor> gradients(const Tensor& y, std::span<const Tensor> xs,
                                              const Tensor& upstream, bool create_graph) const {
    if (!y.requires_grad()) return std::vector<Tensor>(floating_.size());
    return grad(y, floats(xs), upstream, {.create_graph = create_graph, .allow_unused = true});
  }

  Gradient second_gradient(std::span<const double> upstream) const {
    const EnableGrad enable_grad;
    const std::vector<Tensor> xs = tensors(centre_, true);
    const Tensor y = result(xs);
    std::vector<Tensor> by = floats(xs);
    by.push_back(variable(upstream_of(y, std::span<const double>(centre_).subspan(count_))));
    const std::vector<Tensor> firsts = gradients(y, xs, by.back(), true);
    std::vector<double> sum(centre_.size());
    std::size_t first = 0;
    for (std::size_t k = 0; k < firsts.size(); ++k) {
      const auto count = static_cast<std::size_t>(by[k].numel());
      const Tensor& g = firsts[k];
      if (g.defined() && g.requires_grad()) {
        const Tensor seed = tensor_from(upstream.subspan(first, count), g.shape(), g.dtype());
        const std::vector<Tensor> seconds =
            grad(g, by, seed, {.retain_graph = true, .allow_unused = true});
        const std::vector<double> numbers = gathered(seconds, by).values;
        for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += numbers[i];
      }
      first += count;
    }
    return {std::move(sum), {}};
  }

  void note_mutation(std::span<const Tensor> xs, Gradient& gradient) const {
    std::size_t first = 0;
    for (std::size_t block = 0; block < floating_.size(); ++block) {
      const std::vector<double> now = numbers_of(xs[floating_[block]]);
      const bool changed = !now.empty() && std::memcmp(now.data(), centre_.data() + first,
                                                       now.size() * sizeof(double)) != 0;
      if (changed) {
        gradient.remarks.push_back(
            {Verdict::input_mutated, block, "the function changes its input in place"});
      }
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

Report check_tensors(const TensorFunction& f, std::span<const Tensor> at, const Options& options) {
  TensorProblem problem(f, at, options);
  return check_problem(options.order == 2 ? problem.second_order() : problem.first_order(),
                       options);
}

}  // namespace detail

}  // namespace nabla::check
