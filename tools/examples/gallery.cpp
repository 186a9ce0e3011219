// SPDX-License-Identifier: MIT
// A gallery: pictures of five computations, from a neuron to a graph of hundreds of nodes.
//
//   neuron            z = tanh(w x + b)^2, number by number: values, gradients, local derivatives
//   mlp               a network 4-16-16-1 on scalars, 1,000 nodes and more: neurons of a layer as one box
//   residual          48 times h <- h + tanh(W h + b): the first block, the last, the rest as one
//   nan_hunt          p log p at p = 0: 0 * -inf is NaN, and the picture says where it began, hatches what
//                     it spoils, and draws what it does not touch faintly
//   double_backward   a penalty on the length of a gradient: the gradient in a lane of its own
//
// Writes each as .svg, as .dot and as .html, which a browser opens and plays, into the folder that it is
// given, "gallery" without one, and claims that the pictures show what is said here.
#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <fmt/core.h>

#include <nabla/check.hpp>
#include <nabla/nabla.hpp>
#include <nabla/viz.hpp>

#include "lesson.hpp"

using namespace nabla;

namespace {

struct Picture {
  const char* name;
  const char* title;
  Graph graph;
  std::size_t max_nodes = 400;
};

// The computation behind `root`, with finite differences beside its gradients.
template <class Root>
Graph captured(const Root& root) {
  Graph graph = capture(root);
  check::add_differences(graph, root);
  return graph;
}

Picture neuron() {
  Value x1 = variable(2.0, "x1"), x2 = variable(0.0, "x2");
  Value w1 = variable(-3.0, "w1"), w2 = variable(1.0, "w2"), b = variable(6.88, "b");
  for (const Value& parameter : {w1, w2, b}) Tape::active().mark_parameter(parameter);
  Value y;
  {
    Scope scope("neuron");
    y = named(tanh(x1 * w1 + x2 * w2 + b), "y");
  }
  return {"neuron", "A neuron", captured(named(square(y), "z"))};
}

Picture mlp() {
  Random random(3);
  nn::Mlp net({4, 16, 16, 1}, {.hidden = nn::Activation::tanh}, random);
  std::vector<Value> x;
  for (const char* name : {"x1", "x2", "x3", "x4"})
    x.push_back(variable(random.normal(0, 1), name));
  const double target[] = {1.0};
  return {"mlp", "A network of 33 neurons, one sample",
          captured(named(nn::half_sum_of_squares(net(x), target), "E"))};
}

Picture residual() {
  Random random(5);
  Tensor h = named(randn({8, 16}, random), "x");
  for (int i = 1; i <= 48; ++i) {
    Scope block(fmt::format("block{}", i));
    Tensor W = variable(0.2 * randn({16, 16}, random), "W"), b = variable(zeros({16}), "b");
    h = h + tanh(matmul(h, W) + b);
  }
  return {"residual", "A residual stack of 48 dense blocks",
          captured(named(mean(square(h)), "loss")), 60};
}

Picture nan_hunt() {
  Tensor x = tensor({{-1.0, 0.5, 2.0}});
  Tensor W = variable(tensor({{1.0, 0.5}, {0.0, -1.0}, {0.5, 0.75}}), "W");
  Tensor p;
  {
    Scope scope("activity");
    p = named(relu(matmul(x, W)), "p");
  }
  Tensor entropy;
  {
    Scope scope("entropy");
    entropy = named(-sum(p * log(p)), "entropy");
  }
  Tensor v = variable(tensor({0.5, 1.5}), "v");
  return {"nan_hunt", "A NaN hunt: p log p where p is 0",
          captured(named(entropy + 0.5 * sum(square(v)), "objective"))};
}

Picture double_backward() {
  Tensor x = variable(tensor({{0.5, -1.0}}), "x");
  Tensor W = variable(tensor({{1.0, -0.5}, {0.25, 2.0}}), "W");
  Tensor loss;
  {
    Scope scope("critic");
    loss = named(sum(tanh(matmul(x, W))), "loss");
  }
  auto [g] = grad(loss, wrt(x), {.create_graph = true});
  Tensor penalty = square(norm(named(g, "g")) - 1.0);
  return {"double_backward", "A penalty on the length of a gradient",
          captured(named(loss + penalty, "objective"))};
}

std::string text_in(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

int main(int argc, char** argv) {
  examples::Lesson lesson("a gallery of computations");
  const std::filesystem::path folder = argc > 1 ? argv[1] : "gallery";
  std::filesystem::create_directories(folder);
  const SourceLines lines;  // this program has debug information
  const std::array pictures{neuron(), mlp(), residual(), nan_hunt(), double_backward()};

  std::string svg;  // of all
  for (const Picture& picture : pictures) {
    viz::SaveOptions options;
    options.picture.title = picture.title;
    options.picture.view.max_nodes = picture.max_nodes;
    for (const char* suffix : {".svg", ".dot", ".html"}) {
      const std::filesystem::path file = folder / (std::string(picture.name) + suffix);
      viz::save(picture.graph, file, options);
      fmt::print("{}\n", file.string());
    }
    const std::string text = text_in(folder / (std::string(picture.name) + ".svg"));
    lesson.claim(picture.title, text.find("</svg>") != std::string::npos &&
                                    text.find(picture.title) != std::string::npos);
    svg += text;
  }

  const auto shows = [&](const char* text) { return svg.find(text) != std::string::npos; };
  lesson.claim("16 neurons are one box", shows("neuron \xC3\x97 16"));
  lesson.claim("46 of 48 blocks are one box", shows("block \xC3\x97 46"));
  lesson.claim("the NaN is marked", shows("NaN or inf begins here!"));
  lesson.claim("and where it came from is told",
               shows("first NaN or inf: the value of t3 = log(p)"));
  const auto level = [](const GraphNode& node) { return node.level; };
  lesson.claim("the gradient stands one level above what it is the gradient of",
               std::ranges::max(pictures[4].graph.nodes, {}, level).level == 2);
  lesson.claim("in a lane of its own", shows("its gradient"));
  lesson.claim("dotted lines lead there", shows("dotted lines: from each box to its gradient"));
  return lesson.status();
}
