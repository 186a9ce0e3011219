// SPDX-License-Identifier: MIT
#include "demo/digit_network.hpp"

#include <fmt/format.h>

namespace nabla::cli {

namespace {

nn::Mlp make_network(std::uint64_t seed) {
  Random random(seed);
  return {{kDigitPixels, 3, 2},
          {.hidden = nn::Activation::sigmoid, .output = nn::Activation::sigmoid},
          random};
}

// "layer 1 neuron 2 w5": names that differ, unlike those in the picture, where frames tell them
// apart.
std::vector<std::string> parameter_names(const nn::Mlp& network) {
  std::vector<std::string> names;
  for (std::size_t layer = 0; layer < network.layers().size(); ++layer) {
    const std::vector<nn::Neuron>& neurons = network.layers()[layer].neurons();
    for (std::size_t neuron = 0; neuron < neurons.size(); ++neuron)
      for (const Value& parameter : neurons[neuron].parameters())
        names.push_back(
            fmt::format("layer {} neuron {} {}", layer + 1, neuron + 1, parameter.name()));
  }
  return names;
}

}  // namespace

DigitNetwork::DigitNetwork(std::uint64_t seed)
    : network_(make_network(seed)),
      after_parameters_(tape_.mark()),
      velocities_(network_.parameter_count(), 0.0) {}

Value DigitNetwork::error_of(std::span<const Value> pixels, int digit) const {
  const double truth[] = {digit == 0 ? 1.0 : 0.0, digit == 1 ? 1.0 : 0.0};
  return nn::half_sum_of_squares(network_(pixels), truth);
}

Value DigitNetwork::error_of(const std::vector<DigitImage>& images) const {
  Value sum;
  for (const DigitImage& image : images) {
    const std::vector<Value> pixels(image.pixels.begin(), image.pixels.end());
    sum += error_of(pixels, image.digit);
  }
  return sum;
}

std::vector<double> DigitNetwork::numbers() const {
  std::vector<double> numbers;
  for (const Value& parameter : network_.parameters()) numbers.push_back(parameter.value());
  return numbers;
}

double DigitNetwork::sweep(const std::vector<DigitImage>& images, std::vector<double>& gradient) {
  tape_.rewind(after_parameters_);
  network_.zero_grad();
  const Value error = error_of(images);
  backward(error);
  gradient.clear();
  for (const Value& parameter : network_.parameters()) gradient.push_back(parameter.grad());
  tape_.rewind(after_parameters_);
  return error.value();
}

void DigitNetwork::assign(std::span<const double> numbers) {
  tape_.rewind(after_parameters_);
  network_.set_parameters(numbers);
}

double DigitNetwork::step(const std::vector<DigitImage>& images, double rate, double momentum) {
  std::vector<double> gradient;
  const double error = sweep(images, gradient);
  std::vector<double> w = numbers();
  for (std::size_t i = 0; i < w.size(); ++i) {
    velocities_[i] = momentum * velocities_[i] - rate * gradient[i];
    w[i] += velocities_[i];
  }
  assign(w);
  return error;
}

int DigitNetwork::count_right(const std::vector<DigitImage>& images) {
  const NoGrad no_grad;
  int right = 0;
  for (const DigitImage& image : images) {
    const std::vector<Value> answers = network_(std::span<const double>(image.pixels));
    if ((answers[1] > answers[0]) == (image.digit == 1)) ++right;
  }
  return right;
}

Graph DigitNetwork::graph_of(const DigitImage& image, bool with_differences) {
  tape_.rewind(after_parameters_);
  std::vector<Value> pixels;
  for (std::size_t i = 0; i < image.pixels.size(); ++i)
    pixels.push_back(variable(image.pixels[i], fmt::format("x{}", i + 1)));
  const Value error = named(error_of(pixels, image.digit), "error");
  Graph graph = capture(error);
  if (with_differences) check::add_differences(graph, error);
  tape_.rewind(after_parameters_);
  return graph;
}

check::Problem DigitNetwork::problem(const std::vector<DigitImage>& images) {
  check::Problem problem;
  for (std::string& name : parameter_names(network_))
    problem.inputs.push_back({std::move(name), {}});
  problem.at = numbers();
  problem.evaluate = [this, &images](std::span<const double> at) {
    assign(at);
    const NoGrad no_grad;
    return std::vector<double>{error_of(images).value()};
  };
  problem.gradient = [this, &images, at = problem.at](std::span<const double> upstream) {
    assign(at);
    check::Gradient gradient;
    sweep(images, gradient.values);
    for (double& value : gradient.values) value *= upstream[0];
    return gradient;
  };
  return problem;
}

}  // namespace nabla::cli
