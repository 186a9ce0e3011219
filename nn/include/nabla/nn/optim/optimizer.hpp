// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include <nabla/engine/tensor.hpp>

// Optimizer: what turns gradients into better parameters. It shares the parameters with whoever
// made them and changes their elements in place, outside the graph. A parameter without a gradient
// is left alone.
//
//   optim::Adam adam(net.parameters(), {.learning_rate = 1e-3});
//   adam.zero_grad();
//   backward(loss);
//   adam.step();

namespace nabla::optim {

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// Changes every parameter that has a gradient.
  /// Cost      one pass over parameters, gradients and state
  virtual void step() = 0;
  void zero_grad();

  [[nodiscard]] const std::vector<Tensor>& parameters() const { return parameters_; }
  [[nodiscard]] virtual double learning_rate() const = 0;
  /// Errors    DomainError unless it is finite and >= 0
  virtual void set_learning_rate(double rate) = 0;

 protected:
  /// Errors    GraphError if a parameter is no variable, or given twice
  Optimizer(std::vector<Tensor> parameters, const char* name);

  std::vector<Tensor> parameters_;
};

namespace detail {
/// Errors    DomainError that names the option unless lower <= value < upper
void require_option(const char* optimizer, const char* option, double value, double lower,
                    double upper);
}  // namespace detail

}  // namespace nabla::optim
