// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/nn/module.hpp>

// Activations as modules, to stand in a Sequential; each is the op of the same name. Flatten turns
// an example of any shape into a row of numbers.

namespace nabla::nn {

class Tanh : public Module {
 public:
  [[nodiscard]] std::string_view kind() const override { return "Tanh"; }

 protected:
  Tensor forward(const Tensor& x) override;
};

class Relu : public Module {
 public:
  [[nodiscard]] std::string_view kind() const override { return "Relu"; }

 protected:
  Tensor forward(const Tensor& x) override;
};

class Sigmoid : public Module {
 public:
  [[nodiscard]] std::string_view kind() const override { return "Sigmoid"; }

 protected:
  Tensor forward(const Tensor& x) override;
};

class LeakyRelu : public Module {
 public:
  explicit LeakyRelu(double negative_slope = 0.01) : negative_slope_(negative_slope) {}
  [[nodiscard]] std::string_view kind() const override { return "LeakyRelu"; }

 protected:
  Tensor forward(const Tensor& x) override;

 private:
  double negative_slope_;
};

class Gelu : public Module {
 public:
  [[nodiscard]] std::string_view kind() const override { return "Gelu"; }

 protected:
  Tensor forward(const Tensor& x) override;
};

class Softplus : public Module {
 public:
  [[nodiscard]] std::string_view kind() const override { return "Softplus"; }

 protected:
  Tensor forward(const Tensor& x) override;
};

/// Along one axis. A network that is trained with cross_entropy ends without it: that loss takes
/// logits.
class Softmax : public Module {
 public:
  explicit Softmax(int axis = -1) : axis_(axis) {}
  [[nodiscard]] std::string_view kind() const override { return "Softmax"; }

 protected:
  Tensor forward(const Tensor& x) override;

 private:
  int axis_;
};

/// Shapes    (n, ...) -> (n, numbers in an example)
class Flatten : public Module {
 public:
  [[nodiscard]] std::string_view kind() const override { return "Flatten"; }

 protected:
  Tensor forward(const Tensor& x) override;
};

}  // namespace nabla::nn
