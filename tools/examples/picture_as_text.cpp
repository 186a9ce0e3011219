// SPDX-License-Identifier: MIT
// A picture as text, in a look of one's own.
//
//   y = relu(w x + b)      E = (y - t)^2      dE/dw = 2 (y - t) x      where w x + b > 0
//
// capture(E) takes a snapshot of the computation: plain nodes and edges with the gradients of a
// sweep of its own. to_dot writes it as DOT, the language of Graphviz, and options choose the look;
// the same snapshot can be searched, or explained in words. Prints all three.
#include <algorithm>
#include <string>

#include <fmt/core.h>

#include <nabla/nabla.hpp>
#include <nabla/viz.hpp>

#include "lesson.hpp"

using namespace nabla;

int main() {
  examples::Lesson lesson("a graph as DOT, as data and in words");
  Value w = variable(0.5, "w"), b = variable(1.0, "b");
  const double x = 3.0, t = 2.0;
  Value y;
  {
    Scope neuron("neuron");
    y = named(relu(w * x + b), "y");
  }
  Value E = named(square(y - t), "E");

  const Graph graph = capture(E);
  const std::string dot = viz::to_dot(
      graph, {.theme = viz::Theme::dark, .left_to_right = false, .title = "one neuron"});
  fmt::print("{}\n{}\n", dot, viz::explain(graph));

  const auto has = [&](const char* text) { return dot.find(text) != std::string::npos; };
  lesson.claim("the DOT text is a directed graph", dot.starts_with("digraph"));
  lesson.claim("it has boxes for the variables w and b", has("tooltip=w,") && has("tooltip=b,"));
  lesson.claim("and a frame around the neuron", has("cluster") && has("neuron"));
  lesson.claim("the same graph gives the same text",
               dot == viz::to_dot(capture(E), {.theme = viz::Theme::dark,
                                               .left_to_right = false,
                                               .title = "one neuron"}));

  const auto node =
      std::ranges::find_if(graph.nodes, [](const GraphNode& n) { return n.name == "w"; });
  lesson.claim("the snapshot knows w", node != graph.nodes.end());
  lesson.claim("dE/dw = 2 (y - t) x", node->gradient, 2 * (y.value() - t) * x, 0.0);
  lesson.claim("taking it leaves .grad alone", w.grad(), 0.0, 0.0);
  return lesson.status();
}
