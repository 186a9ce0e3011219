// SPDX-License-Identifier: MIT
// Training a small network.
//
//   upper moon (cos u, sin u), class 0      lower moon (1 - cos u, 1/2 - sin u), class 1
//   E = mean cross entropy of net(x)        w <- Adam step along -dE/dw
//
// The two moons reach into each other, so no straight line tells them apart: the best linear
// network stays below 95 %. With one hidden layer of 16 neurons the line may bend, and the network
// learns all the points, and those of a second draw that it has not seen. Writes two_moons.svg: the
// points and the line that the network draws between them; and two_moons.html: the same below the graph of
// the loss.
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <numbers>
#include <span>
#include <string>
#include <vector>

#include <fmt/core.h>

#include <nabla/nabla.hpp>
#include <nabla/viz.hpp>

#include "lesson.hpp"

using namespace nabla;

namespace {

struct Moons {
  Tensor points, labels;
};

// `count` points, every second one on the lower moon, each moved by noise.
Moons draw_moons(std::int64_t count, Random& random) {
  const double noise = 0.08;
  std::vector<float> points;
  std::vector<std::int64_t> labels;
  for (std::int64_t i = 0; i < count; ++i) {
    const bool lower = i % 2 == 1;
    const double u = random.uniform(0.0, std::numbers::pi);
    const double x = lower ? 1 - std::cos(u) : std::cos(u);
    const double y = lower ? 0.5 - std::sin(u) : std::sin(u);
    points.push_back(static_cast<float>(x + random.normal(0, noise)));
    points.push_back(static_cast<float>(y + random.normal(0, noise)));
    labels.push_back(lower);
  }
  return {from_span(std::span<const float>(points), {count, 2}),
          from_span(std::span<const std::int64_t>(labels))};
}

// Trains on all points at once; gives the part of the fresh points it gets right.
double train(nn::Sequential& net, const Moons& moons, const Moons& fresh) {
  optim::Adam adam(net.parameters(), {.learning_rate = 0.02});
  for (int step = 0; step <= 600; ++step) {
    Tensor logits = net(moons.points);
    Tensor E = nn::cross_entropy(logits, moons.labels);
    if (step % 200 == 0) {
      fmt::print("  {} parameters, step {:3}   E = {:.6f}   right {:5.1f} %\n",
                 net.parameter_count(), step, E.item(), 100 * nn::accuracy(logits, moons.labels));
    }
    adam.zero_grad();
    backward(E);
    adam.step();
  }
  NoGrad no_grad;
  return nn::accuracy(net(fresh.points), fresh.labels);
}

// Class 1 is more likely than class 0 where the difference of their logits is above 0.
std::string boundary(nn::Sequential& net, const Moons& moons) {
  const NoGrad no_grad;
  const auto score = [&](double x, double y) {
    const std::vector<float> point{static_cast<float>(x), static_cast<float>(y)};
    const std::vector<double> logits =
        net(from_span(std::span<const float>(point), {1, 2})).to_vector<double>();
    return logits[1] - logits[0];
  };
  std::vector<viz::PointClass> classes{{"upper moon", {}}, {"lower moon", {}}};
  const std::vector<double> points = moons.points.to_vector<double>();
  for (std::size_t i = 0; i < points.size() / 2; ++i)
    classes[i % 2].points.push_back({points[2 * i], points[2 * i + 1]});
  viz::BoundaryOptions options{.cells = 100};
  options.plot.title = "two moons, and where the network parts them";
  return viz::boundary_plot(score, {-1.5, 2.5}, {-1.0, 1.5}, classes, options);
}

}  // namespace

int main() {
  examples::Lesson lesson("two moons, with a straight line and with a network");
  Random random(19);
  const Moons moons = draw_moons(400, random), fresh = draw_moons(400, random);

  nn::Sequential line{nn::Dense(2, 2, random)};
  nn::Sequential net{nn::Dense(2, 16, random), nn::Tanh(), nn::Dense(16, 2, random)};
  const double right_by_line = train(line, moons, fresh), right_by_net = train(net, moons, fresh);
  fmt::print("  on fresh points: line {:.1f} %, network {:.1f} %\n", 100 * right_by_line,
             100 * right_by_net);
  lesson.claim("the line stays below 95 %", right_by_line < 0.95);
  lesson.claim("the network gets 99 % of fresh points right", right_by_net >= 0.99);
  const std::string svg = boundary(net, fresh);
  viz::write_file("two_moons.svg", svg);
  const Tensor loss = named(nn::cross_entropy(net(moons.points), moons.labels), "E");
  viz::write_file("two_moons.html", viz::to_html(capture(loss), {.title = "two moons"},
                                                 {{"The line between the moons", svg}}));
  lesson.claim("the picture was written",
               std::filesystem::file_size("two_moons.svg") == svg.size());
  lesson.claim("and so was the page, with the picture in it",
               std::filesystem::file_size("two_moons.html") > svg.size());
  return lesson.status();
}
