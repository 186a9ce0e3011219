// SPDX-License-Identifier: MIT
#include <cmath>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/nn/neuron.hpp>
#include <nabla/ops/ops.hpp>

namespace nabla::nn {

Value activate(Activation activation, const Value& x) {
  switch (activation) {
    case Activation::step:
      return step(x);
    case Activation::sigmoid:
      return sigmoid(x);
    case Activation::tanh:
      return tanh(x);
    case Activation::relu:
      return relu(x);
    case Activation::softplus:
      return softplus(x);
    default:
      return x;
  }
}

Neuron::Neuron(std::size_t inputs, Activation activation, Random& random)
    : activation_(activation) {
  if (inputs == 0) throw ShapeError("[Neuron] got 0 inputs, need at least 1");
  const double gain = activation == Activation::relu ? 2.0 : 1.0;
  const double deviation = std::sqrt(gain / static_cast<double>(inputs));
  for (std::size_t i = 1; i <= inputs; ++i)
    parameters_.push_back(variable(random.normal(0.0, deviation), Name(fmt::format("w{}", i), "")));
  parameters_.push_back(variable(0.0, Name("b", "")));
  for (const Value& parameter : parameters_) Tape::active().mark_parameter(parameter);
}

Value Neuron::operator()(std::span<const Value> x) const {
  if (x.size() != input_count())
    throw ShapeError(fmt::format("[Neuron] got {} inputs, need {}", x.size(), input_count()));
  Value sum = parameters_.back();
  for (std::size_t i = 0; i < x.size(); ++i) sum = sum + parameters_[i] * x[i];
  return activate(activation_, sum);
}

void Neuron::set_parameters(std::span<const double> numbers) {
  if (numbers.size() != parameters_.size())
    throw ShapeError(fmt::format("[set_parameters] got {} numbers, need {}", numbers.size(),
                                 parameters_.size()));
  Tape& tape = Tape::active();
  for (std::size_t i = 0; i < numbers.size(); ++i) tape.set_value(parameters_[i], numbers[i]);
}

Layer::Layer(std::size_t inputs, std::size_t neurons, Activation activation, Random& random,
             const char* file, int line) {
  if (neurons == 0) throw ShapeError("[Layer] got 0 neurons, need at least 1");
  for (std::size_t i = 1; i <= neurons; ++i) {
    scopes_.push_back(fmt::format("neuron{}", i));
    const Scope scope(scopes_.back(), file, line);
    neurons_.emplace_back(inputs, activation, random);
  }
}

std::vector<Value> Layer::operator()(std::span<const Value> x, const char* file, int line) const {
  std::vector<Value> outputs;
  for (std::size_t i = 0; i < neurons_.size(); ++i) {
    const Scope scope(scopes_[i], file, line);
    outputs.push_back(neurons_[i](x));
  }
  return outputs;
}

Mlp::Mlp(std::span<const std::size_t> sizes, const MlpOptions& options, Random& random,
         const char* file, int line) {
  if (sizes.size() < 2)
    throw ShapeError(
        fmt::format("[Mlp] got {} sizes, need those of the inputs and of at least one "
                    "layer",
                    sizes.size()));
  for (std::size_t i = 1; i < sizes.size(); ++i) {
    scopes_.push_back(fmt::format("layer{}", i));
    const Scope scope(scopes_.back(), file, line);
    const bool last = i + 1 == sizes.size();
    layers_.emplace_back(sizes[i - 1], sizes[i], last ? options.output : options.hidden, random,
                         file, line);
  }
}

std::vector<Value> Mlp::operator()(std::span<const Value> x, const char* file, int line) const {
  std::vector<Value> signals(x.begin(), x.end());
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const Scope scope(scopes_[i], file, line);
    signals = layers_[i](signals, file, line);
  }
  return signals;
}

std::vector<Value> Mlp::operator()(std::span<const double> x, const char* file, int line) const {
  return (*this)(std::vector<Value>(x.begin(), x.end()), file, line);
}

std::vector<Value> Mlp::parameters() const {
  std::vector<Value> all;
  for (const Layer& layer : layers_)
    for (const Neuron& neuron : layer.neurons())
      all.insert(all.end(), neuron.parameters().begin(), neuron.parameters().end());
  return all;
}

std::size_t Mlp::parameter_count() const { return parameters().size(); }

void Mlp::set_parameters(std::span<const double> numbers) {
  if (numbers.size() != parameter_count())
    throw ShapeError(
        fmt::format("[set_parameters] got {} numbers, need {}", numbers.size(), parameter_count()));
  for (Layer& layer : layers_)
    for (Neuron& neuron : layer.neurons()) {
      const std::size_t count = neuron.parameters().size();
      neuron.set_parameters(numbers.first(count));
      numbers = numbers.subspan(count);
    }
}

void Mlp::zero_grad() const {
  for (const Value& parameter : parameters()) parameter.zero_grad();
}

void Mlp::descend(double learning_rate) {
  std::vector<double> numbers;
  for (const Value& parameter : parameters())
    numbers.push_back(parameter.value() - learning_rate * parameter.grad());
  set_parameters(numbers);
  zero_grad();
}

}  // namespace nabla::nn
