// SPDX-License-Identifier: MIT
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include <fmt/core.h>

#include <nabla/check/gradcheck.hpp>
#include <nabla/engine/backward.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/recording.hpp>

#include "tensors.hpp"

namespace nabla::check {

namespace {

void write(Tensor parameter, std::span<const double> numbers) {
  visit_floating(parameter.dtype(), [&]<class T>(T) {
    const std::span<T> elements = parameter.mutable_data<T>();
    for (std::size_t i = 0; i < elements.size(); ++i) elements[i] = static_cast<T>(numbers[i]);
  });
}

/// The parameters' elements, put back bit for bit at the end.
class RestoredTensors {
 public:
  explicit RestoredTensors(std::span<const Tensor> parameters)
      : parameters_(parameters.begin(), parameters.end()) {
    for (const Tensor& parameter : parameters_) {
      visit_floating(parameter.dtype(), [&]<class T>(T) {
        const auto bytes = std::as_bytes(parameter.data<T>());
        before_.emplace_back(bytes.begin(), bytes.end());
      });
    }
  }
  ~RestoredTensors() { restore(); }
  RestoredTensors(const RestoredTensors&) = delete;
  RestoredTensors& operator=(const RestoredTensors&) = delete;

  void restore() {
    const NoGrad no_grad;
    for (std::size_t k = 0; k < parameters_.size(); ++k) {
      visit_floating(parameters_[k].dtype(), [&]<class T>(T) {
        const auto bytes = std::as_writable_bytes(parameters_[k].mutable_data<T>());
        if (!bytes.empty()) std::memcpy(bytes.data(), before_[k].data(), bytes.size());
      });
    }
  }

 private:
  std::vector<Tensor> parameters_;
  std::vector<std::vector<std::byte>> before_;
};

Problem blocks(std::span<const Tensor> parameters) {
  Problem problem;
  for (std::size_t k = 0; k < parameters.size(); ++k) {
    const Tensor& parameter = parameters[k];
    if (!parameter.requires_grad()) {
      throw GraphError(fmt::format(
          "[check_gradient] parameter {}: got a tensor that needs no gradient, need a variable; "
          "make it with variable(t)",
          k));
    }
    problem.inputs.push_back(detail::input_of(parameter, fmt::format("parameter {}", k)));
    const std::vector<double> numbers = detail::numbers_of(parameter);
    problem.at.insert(problem.at.end(), numbers.begin(), numbers.end());
    problem.is_float32 = problem.is_float32 || parameter.dtype() == float32;
  }
  return problem;
}

}  // namespace

Report check_gradient(const std::function<Tensor()>& loss, std::span<const Tensor> parameters,
                      const Options& options) {
  if (options.order != 1) {
    throw DomainError("[check_gradient] options: a model is checked to order 1 only");
  }
  Problem problem = blocks(parameters);
  RestoredTensors restored(parameters);
  problem.evaluate = [&](std::span<const double> x) {
    const NoGrad no_grad;
    std::size_t first = 0;
    for (const Tensor& parameter : parameters) {
      const auto count = static_cast<std::size_t>(parameter.numel());
      write(parameter, x.subspan(first, count));
      first += count;
    }
    return detail::numbers_of(loss());
  };
  problem.gradient = [&](std::span<const double> upstream) {
    restored.restore();
    const EnableGrad enable_grad;
    const Tensor y = loss();
    if (!y.requires_grad()) {
      return detail::gathered(std::vector<Tensor>(parameters.size()), parameters);
    }
    const Tensor seed = detail::tensor_from(upstream, y.shape(), y.dtype());
    return detail::gathered(grad(y, parameters, seed, {.allow_unused = true}), parameters);
  };
  return check_problem(problem, options);
}

}  // namespace nabla::check
