// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include <nabla/nn/optim/optimizer.hpp>

// Adam and AdamW: steps scaled by running means of the gradient and of its square. w is a
// parameter, g its gradient, t counts the parameter's steps from 1:
//
//   Adam     g <- g + weight_decay w
//   AdamW    w <- w - rate weight_decay w
//   both     m <- beta1 m + (1 - beta1) g
//            v <- beta2 v + (1 - beta2) g^2
//            w <- w - rate / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)
//
// Source    Kingma & Ba 2015, "Adam: a method for stochastic optimization"; Loshchilov & Hutter
//           2019, "Decoupled weight decay regularization"; in the form of PyTorch

namespace nabla::optim {

struct AdamOptions {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0.0;
};

class Adam : public Optimizer {
 public:
  /// Errors    DomainError if an option is out of range; GraphError if a parameter is no variable
  explicit Adam(std::vector<Tensor> parameters, const AdamOptions& options = {});

  void step() override;
  [[nodiscard]] double learning_rate() const override { return options_.learning_rate; }
  void set_learning_rate(double rate) override;
  [[nodiscard]] const AdamOptions& options() const { return options_; }

 protected:
  /// Decoupled decay shrinks the parameter itself instead of adding to its gradient.
  Adam(std::vector<Tensor> parameters, const AdamOptions& options, const char* name,
       bool decoupled_decay);

 private:
  struct State {
    Tensor mean, square;  // undefined until the parameter's first step
    std::int64_t steps = 0;
  };

  AdamOptions options_;
  bool decoupled_decay_ = false;
  std::vector<State> states_;
};

struct AdamWOptions {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 1e-2;
};

class AdamW : public Adam {
 public:
  /// Errors    as Adam
  explicit AdamW(std::vector<Tensor> parameters, const AdamWOptions& options = {});
};

}  // namespace nabla::optim
