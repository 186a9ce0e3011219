// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/nn/optim/optimizer.hpp>

// Sgd: steps against the gradient, with momentum if asked for. w is a parameter, g its gradient,
// v its velocity:
//
//   g <- g + weight_decay w
//   v <- momentum v + g                    (v <- g in the first step)
//   w <- w - rate v                        (rate (g + momentum v) if nesterov)
//
// Source    Sutskever, Martens, Dahl & Hinton 2013, "On the importance of initialization and
//           momentum in deep learning", in the form of PyTorch

namespace nabla::optim {

struct SgdOptions {
  double learning_rate = 1e-2;
  double momentum = 0.0;
  bool nesterov = false;
  double weight_decay = 0.0;
};

class Sgd : public Optimizer {
 public:
  /// Errors    DomainError if an option is out of range, or nesterov comes without momentum;
  ///           GraphError if a parameter is no variable
  explicit Sgd(std::vector<Tensor> parameters, const SgdOptions& options = {});

  void step() override;
  [[nodiscard]] double learning_rate() const override { return options_.learning_rate; }
  void set_learning_rate(double rate) override;
  [[nodiscard]] const SgdOptions& options() const { return options_; }

 private:
  SgdOptions options_;
  std::vector<Tensor> velocities_;  // undefined until a parameter's first step
};

}  // namespace nabla::optim
