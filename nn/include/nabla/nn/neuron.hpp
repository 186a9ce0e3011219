// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include <nabla/engine/random.hpp>
#include <nabla/engine/value.hpp>

// Networks of single neurons on Values, for what is small enough to be seen number by number. The weights are
// variables of the tape that is active when the neuron is made, registered once; a training loop marks the
// tape behind them, records a step, sweeps, rewinds to the mark, and changes the weights. In a picture each
// layer and each neuron is a frame with its weights w1, w2, ... and b inside, opened in the lines that make and
// call the network. A network belongs to the thread and the tape it was made on.
//
//   Tape tape;
//   Random random(1);
//   nn::Mlp net({2, 16, 16, 1}, {.hidden = nn::Activation::tanh}, random);
//   const Mark start = tape.mark();
//   for (...) {
//     backward(nn::half_sum_of_squares(net(x), target));
//     tape.rewind(start);
//     net.descend(0.1);
//   }

namespace nabla::nn {

enum class Activation { identity, step, sigmoid, tanh, relu, softplus };

/// The activation of one number.
[[nodiscard]] Value activate(Activation activation, const Value& x);

/// f(w1 x1 + ... + wn xn + b)
class Neuron {
 public:
  /// Weights are drawn normal with deviation 1/sqrt(inputs) (sqrt(2/inputs) before relu); b is 0.
  /// Errors    ShapeError if there are no inputs
  Neuron(std::size_t inputs, Activation activation, Random& random);

  /// Errors    ShapeError unless there are as many x as inputs
  [[nodiscard]] Value operator()(std::span<const Value> x) const;

  [[nodiscard]] std::size_t input_count() const { return parameters_.size() - 1; }
  [[nodiscard]] Activation activation() const { return activation_; }
  /// The weights and then b: handles, with value, gradient and name.
  [[nodiscard]] const std::vector<Value>& parameters() const { return parameters_; }
  /// Gives the weights and b other numbers, in the order of parameters().
  /// Errors    ShapeError unless there are as many; GraphError unless the tape was rewound to a
  ///           mark behind the weights
  void set_parameters(std::span<const double> numbers);

 private:
  std::vector<Value> parameters_;
  Activation activation_;
};

/// Neurons that see the same inputs.
class Layer {
 public:
  /// Errors    ShapeError if there are no inputs or no neurons
  Layer(std::size_t inputs, std::size_t neurons, Activation activation, Random& random,
        const char* file = __builtin_FILE(), int line = __builtin_LINE());

  [[nodiscard]] std::vector<Value> operator()(std::span<const Value> x,
                                              const char* file = __builtin_FILE(),
                                              int line = __builtin_LINE()) const;
  [[nodiscard]] std::vector<Neuron>& neurons() { return neurons_; }
  [[nodiscard]] const std::vector<Neuron>& neurons() const { return neurons_; }

 private:
  std::vector<Neuron> neurons_;
  std::vector<std::string> scopes_;
};

struct MlpOptions {
  Activation hidden = Activation::tanh;
  Activation output = Activation::identity;
};

/// Layers one after another.
class Mlp {
 public:
  /// sizes: inputs, then the number of neurons in each layer.
  /// Errors    ShapeError if there are fewer than two sizes, or one is 0
  Mlp(std::span<const std::size_t> sizes, const MlpOptions& options, Random& random,
      const char* file = __builtin_FILE(), int line = __builtin_LINE());
  Mlp(std::initializer_list<std::size_t> sizes, const MlpOptions& options, Random& random,
      const char* file = __builtin_FILE(), int line = __builtin_LINE())
      : Mlp(std::span(sizes.begin(), sizes.size()), options, random, file, line) {}

  [[nodiscard]] std::vector<Value> operator()(std::span<const Value> x,
                                              const char* file = __builtin_FILE(),
                                              int line = __builtin_LINE()) const;
  /// On plain numbers, for a network whose inputs need no gradient.
  [[nodiscard]] std::vector<Value> operator()(std::span<const double> x,
                                              const char* file = __builtin_FILE(),
                                              int line = __builtin_LINE()) const;

  [[nodiscard]] const std::vector<Layer>& layers() const { return layers_; }
  /// All parameters, neuron by neuron: handles, with value, gradient and name.
  [[nodiscard]] std::vector<Value> parameters() const;
  [[nodiscard]] std::size_t parameter_count() const;
  /// Gives all parameters other numbers, in the order of parameters().
  /// Errors    as Neuron::set_parameters
  void set_parameters(std::span<const double> numbers);
  void zero_grad() const;
  /// One step of gradient descent, w <- w - rate dw, and the gradients start at 0 again.
  /// Errors    GraphError unless the tape was rewound to a mark behind the weights
  void descend(double learning_rate);

 private:
  std::vector<Layer> layers_;
  std::vector<std::string> scopes_;
};

}  // namespace nabla::nn
