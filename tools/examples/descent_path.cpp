// SPDX-License-Identifier: MIT
// The path of gradient descent on a contour plot.
//
//   f(x, y) = x^2 + 10 y^2      grad f = (2x, 20y)
//
// The gradient is perpendicular to the contour line through the point. In a narrow valley it points
// across rather than along, so the path zigzags: with rate 0.09, y is multiplied by 1 - 1.8 = -0.8
// in each step and x by 1 - 0.18 = 0.82. Writes descent_path.svg, and descent_path.html: the same below
// the graph of f where the path ends, with finite differences beside its gradients.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <vector>

#include <fmt/core.h>

#include <nabla/check.hpp>
#include <nabla/nabla.hpp>
#include <nabla/viz.hpp>

#include "lesson.hpp"

using namespace nabla;

int main() {
  examples::Lesson lesson("the path of gradient descent on f(x, y) = x^2 + 10 y^2");
  const auto f = [](const auto& p) { return p[0] * p[0] + 10 * p[1] * p[1]; };
  const double rate = 0.09;
  const int steps = 40;

  std::vector<double> p{-4.5, 1.0};
  std::vector<viz::Point> path{{p[0], p[1]}};
  bool downhill = true;
  double before = f(p);
  for (int step = 0; step < steps; ++step) {
    const std::vector<double> g = gradient(f, p);
    for (std::size_t i = 0; i < p.size(); ++i) p[i] -= rate * g[i];
    path.push_back({p[0], p[1]});
    downhill = downhill && f(p) < before;
    before = f(p);
  }

  viz::ContourOptions options;
  options.plot.title = "gradient descent on x^2 + 10 y^2, rate 0.09";
  options.plot.x_label = "x";
  options.plot.y_label = "y";
  const auto height = [&](double x, double y) { return f(std::vector{x, y}); };
  const std::string svg = viz::contour_plot(height, {-5.0, 2.0}, {-1.5, 1.5}, path, options);
  viz::write_file("descent_path.svg", svg);
  const Tape tape;
  const std::vector<Value> end{variable(p[0], "x"), variable(p[1], "y")};
  const Value bottom = named(f(end), "f");
  Graph graph = capture(bottom);
  check::add_differences(graph, bottom);
  viz::write_file("descent_path.html", viz::to_html(graph, {.title = options.plot.title},
                                                    {{"The path on the contour lines of f", svg}}));
  fmt::print("  {} points from ({}, {}) to ({:.2e}, {:.2e}), drawn in descent_path.svg\n",
             path.size(), path.front().x, path.front().y, p[0], p[1]);

  lesson.claim("every step goes downhill", downhill);
  lesson.claim("y changes sign in each step: y3 = -0.8^3 y0", path[3].y, -0.512, 1e-14);
  lesson.claim("x after all steps: 0.82^40 x0", p[0], -4.5 * std::pow(0.82, steps), 1e-15);
  lesson.claim("finite differences agree with the gradient at its end",
               std::ranges::all_of(graph.nodes, [](const GraphNode& node) {
                 return node.notes->difference->verdict == (node.has_gradient ? "pass" : "");
               }));
  lesson.claim("the picture was written",
               std::filesystem::file_size("descent_path.svg") == svg.size());
  return lesson.status();
}
