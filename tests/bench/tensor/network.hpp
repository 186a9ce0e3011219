// SPDX-License-Identifier: MIT
// Training steps: the network 784-128-64-10 on batches of images, and 2-16-16-1 on two moons.
#pragma once

#include <cmath>
#include <memory>
#include <numbers>
#include <random>
#include <string>
#include <vector>

#include "bench/allocations.hpp"
#include "bench/bench.hpp"
#include "bench/tensor/workload.hpp"

namespace nabla::bench {

enum class Descent { sgd, adam };

/// Dense layers with `activation` between them, and the optimizer of their parameters.
template <class L>
class Network {
 public:
  using Tensor = typename L::Tensor;
  using Activation = Tensor (*)(const Tensor&);

  Network(const Sizes& layers, Activation activation, Descent descent) : activation_(activation) {
    for (std::size_t l = 0; l + 1 < layers.size(); ++l) {
      // He initialization: deviation sqrt(2 / inputs), which keeps the spread through relu.
      const double deviation = std::sqrt(2.0 / static_cast<double>(layers[l]));
      const Tensor w = L::randn({layers[l], layers[l + 1]}, L::kFloat32) * deviation;
      const std::vector<float> zeros(static_cast<std::size_t>(layers[l + 1]));
      parameters_.push_back(L::variable(w));
      parameters_.push_back(L::variable(L::from(zeros, {layers[l + 1]})));
    }
    optimizer_ = descent == Descent::sgd ? L::sgd(parameters_, 0.01) : L::adam(parameters_, 1e-3);
  }

  Tensor operator()(Tensor h) const {
    for (std::size_t i = 0; i < parameters_.size(); i += 2) {
      h = L::linear(h, parameters_[i], parameters_[i + 1]);
      if (i + 2 < parameters_.size()) h = activation_(h);
    }
    return h;
  }
  /// The sum of the squares of all parameters.
  Tensor squares() const {
    Tensor total = parameters_[0].square().sum();
    for (std::size_t i = 1; i < parameters_.size(); ++i)
      total = total + parameters_[i].square().sum();
    return total;
  }
  void descend(const Tensor& loss) {
    L::backward(loss);
    optimizer_->step();
    L::zero_grad(parameters_);
  }

 private:
  Activation activation_;
  std::vector<Tensor> parameters_;
  std::unique_ptr<typename L::Optimizer> optimizer_;
};

/// A step of 784-128-64-10 on a random batch, the same one each time.
template <class L>
std::function<void()> mlp_step(Descent descent, std::int64_t batch) {
  using Tensor = typename L::Tensor;
  const auto net = std::make_shared<Network<L>>(
      Sizes{784, 128, 64, 10}, [](const Tensor& x) -> Tensor { return relu(x); }, descent);
  return
      [net, images = sigmoid(L::randn({batch, 784}, L::kFloat32)), labels = L::labels(batch, 10)] {
        net->descend(L::cross_entropy((*net)(images), labels));
      };
}

/// 100 points of two half circles, their labels 1 and -1, full batch.
template <class L>
std::function<void()> moons_step(typename Network<L>::Activation activation) {
  constexpr int kPoints = 100;
  std::vector<float> points, signs;
  std::mt19937 random(1);
  std::normal_distribution<double> blur(0.0, 0.1);
  for (int i = 0; i < kPoints; ++i) {
    const double angle = std::numbers::pi * i / kPoints;
    const bool is_second = i % 2 == 1;
    const double x = is_second ? 1.0 - std::cos(angle) : std::cos(angle);
    const double y = is_second ? 0.5 - std::sin(angle) : std::sin(angle);
    points.push_back(static_cast<float>(x + blur(random)));
    points.push_back(static_cast<float>(y + blur(random)));
    signs.push_back(is_second ? 1.0f : -1.0f);
  }
  const auto net = std::make_shared<Network<L>>(Sizes{2, 16, 16, 1}, activation, Descent::sgd);
  return [net, x = L::from(points, {kPoints, 2}), t = L::from(signs, {kPoints, 1})] {
    net->descend(relu(1.0 - t * (*net)(x)).mean() + 1e-4 * net->squares());
  };
}

struct MlpRow {
  Descent descent;
  std::int64_t batch;
  double limit;  ///< us, of a program without an engine: matrix products of a library, fused loops
};

template <class L>
std::vector<Workload> network_workloads() {
  using Tensor = typename L::Tensor;
  std::vector<Workload> list;
  for (const MlpRow& row : {MlpRow{Descent::sgd, 1, 29}, MlpRow{Descent::sgd, 32, 105},
                            MlpRow{Descent::sgd, 256, 733}, MlpRow{Descent::adam, 1, 70},
                            MlpRow{Descent::adam, 32, 152}, MlpRow{Descent::adam, 256, 777}}) {
    const std::string name = std::string("mlp_") + (row.descent == Descent::sgd ? "sgd" : "adam") +
                             "_" + std::to_string(row.batch);
    const auto step = [row] { return mlp_step<L>(row.descent, row.batch); };
    list.push_back(
        {.name = name, .unit = "us/step", .limit = row.limit, .note = "float32", .prepare = step});
    list.push_back({.name = name + "_allocations",
                    .unit = "/step",
                    .limit = 0,
                    .note = "steady state: " + std::string(kCountedAllocations),
                    .prepare = {},
                    .count = [step] { return allocations_in_steady_state(step()); }});
  }
  const auto moons = [&](const std::string& name, auto activation, double limit) {
    list.push_back({.name = "moons_" + name,
                    .unit = "us/step",
                    .limit = limit,
                    .note = "2-16-16-1, 100 points, hinge and L2",
                    .prepare = [activation] { return moons_step<L>(activation); }});
  };
  moons(
      "relu", [](const Tensor& x) -> Tensor { return relu(x); }, 3.2);
  moons(
      "tanh", [](const Tensor& x) -> Tensor { return tanh(x); }, 6.2);
  return list;
}

}  // namespace nabla::bench
