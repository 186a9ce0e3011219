// SPDX-License-Identifier: MIT
// Graphs: taking a snapshot of what a tape holds, and drawing it.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <limits>
#include <random>
#include <string>
#include <vector>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include <fmt/format.h>

#include <nabla/nabla.hpp>
#if defined(NABLA_HAS_VIZ)
#include <nabla/viz.hpp>
#endif

#include "bench/bench.hpp"
#include "bench/crossings.hpp"
#include "bench/page.hpp"

namespace nabla::bench {
namespace {

// A chain y <- tanh(y) w of so many operations.
Value chain(int operations) {
  const Value w = variable(1.1, "w");
  Value y = variable(0.5, "x");
  for (int i = 0; i < operations / 2; ++i) y = tanh(y) * w;
  return y;
}

// The peer is the sweep alone: what a snapshot costs beside what it describes.
Figure run_capture(int operations) {
  const Tape tape;
  const Value y = chain(operations);
  const Seconds seconds =
      measure_paired([&] { keep(capture(y)); }, {{"sweep", [&] { backward(y); }}}, {.rounds = 5});
  return {.unit = "ms",
          .ours = seconds.ours * 1e3,
          .peers = scaled(seconds.peers, 1e3),
          .limit = std::nullopt,
          .note = "operations on Values"};
}

#if defined(__GLIBC__)
// What a snapshot holds, by the C library's account.
Figure run_capture_memory(int operations) {
  const auto held = [] {
    const auto info = mallinfo2();
    return static_cast<double>(info.uordblks + info.hblkhd);
  };
  const Tape tape;
  const Value y = chain(operations);
  const double before = held();
  const Graph graph = capture(y);
  return {.unit = "B/node",
          .ours = (held() - before) / static_cast<double>(graph.nodes.size()),
          .limit = std::nullopt,
          .note = fmt::format(
              "{} nodes, and {:.2f} edges a node", graph.nodes.size(),
              static_cast<double>(graph.edges.size()) / static_cast<double>(graph.nodes.size()))};
}
#endif

#if defined(NABLA_HAS_VIZ)

// A chain y <- tanh(y).
Value plain_chain(int operations) {
  Value y = variable(0.5, "x");
  for (int i = 0; i < operations; ++i) y = tanh(y);
  return y;
}

// y <- y + tanh(y w + v) tanh(y v), each in a scope of its own.
Value blocks(int count) {
  Value y = variable(0.5, "x");
  for (int i = 0; i < count; ++i) {
    const Scope scope("block" + std::to_string(i));
    const Value w = variable(0.3, "w"), v = variable(0.2, "v");
    y = y + tanh(y * w + v) * tanh(y * v);
  }
  return y;
}

// A dense network of tanh neurons, number by number, without scopes.
Value mlp(const std::vector<int>& layers) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<Value> h;
  for (int i = 0; i < layers[0]; ++i) h.push_back(variable(uniform(random)));
  for (std::size_t l = 1; l < layers.size(); ++l) {
    std::vector<Value> next;
    for (int i = 0; i < layers[l]; ++i) {
      Value sum = variable(uniform(random));
      for (const Value& x : h) sum = sum + x * variable(uniform(random));
      next.push_back(tanh(sum));
    }
    h = next;
  }
  return h[0];
}

// Every node has its box.
viz::PictureOptions whole() {
  viz::PictureOptions options;
  options.view.max_nodes = 0;
  options.view.max_cost = 0;
  return options;
}

template <class Make, class Draw>
Figure run_drawing(const Make& make, const Draw& draw, const std::string& note) {
  const Tape tape;
  const Graph graph = capture(make());
  const Seconds seconds = measure_paired([&] { keep(draw(graph)); }, {}, {.rounds = 3});
  return {.unit = "ms",
          .ours = seconds.ours * 1e3,
          .peers = {},
          .limit = std::nullopt,
          .note = fmt::format("{} nodes; {}", graph.nodes.size(), note)};
}

// With a finite difference beside each gradient, as a small graph has them.
Graph with_differences(Graph graph) {
  for (GraphNode& node : graph.nodes)
    if (node.has_gradient)
      node.notes.edit().difference = FiniteDifference{node.gradient * (1 + 1e-11),
                                                      1e-9 * std::abs(node.gradient), 0, 0, "pass"};
  return graph;
}

Figure run_size(const std::string& text, const std::string& note) {
  return {.unit = "MB",
          .ours = static_cast<double>(text.size()) / 1e6,
          .peers = {},
          .limit = std::nullopt,
          .note = note};
}

std::string dot_of(const Graph& graph) { return viz::to_dot(graph, whole()); }
std::string svg_of(const Graph& graph) { return viz::to_svg(graph, whole()); }
std::string page_of(const Graph& graph) { return viz::to_html(graph); }
std::string usual_svg_of(const Graph& graph) { return viz::to_svg(graph); }

const std::vector<int> kTenThousand{16, 54, 40, 8, 1};

std::filesystem::path temporary(const char* name) {
  return std::filesystem::temp_directory_path() / name;
}

// The file of a small picture: Graphviz in its process, and our own layout.
Figure run_small() {
  const Tape tape;
  const Graph graph = capture(mlp({2, 8, 1}));
  const std::filesystem::path path = temporary("nabla_bench_graph.svg");
  const auto save = [&](viz::Engine engine) {
    return
        [&graph, path, engine] { viz::save(graph, path, {.picture = whole(), .engine = engine}); };
  };
  const Seconds seconds = measure_paired(save(viz::Engine::layered),
                                         {{"by dot", save(viz::Engine::dot)}}, {.rounds = 5});
  std::filesystem::remove(path);
  return {.unit = "ms",
          .ours = seconds.ours * 1e3,
          .peers = scaled(seconds.peers, 1e3),
          .limit = std::nullopt,
          .note = fmt::format("{} nodes to an .svg file", graph.nodes.size())};
}

// A picture as it is usually saved, by a file's suffix.
Figure run_saved(const Value& root, const char* file, const viz::SaveOptions& options,
                 const std::string& note) {
  const Graph graph = capture(root);
  const std::filesystem::path path = temporary(file);
  const Seconds seconds =
      measure_paired([&] { viz::save(graph, path, options); }, {}, {.rounds = 3});
  std::filesystem::remove(path);
  return {.unit = "ms",
          .ours = seconds.ours * 1e3,
          .limit = std::nullopt,
          .note = fmt::format("{} nodes; {}", graph.nodes.size(), note)};
}

// The page of the large network in a browser, opened once for all that is told of it.
Figure run_browser(const std::string& what) {
  if (!has_browser())
    return {.unit = "ms",
            .ours = std::numeric_limits<double>::quiet_NaN(),
            .limit = std::nullopt,
            .note = "skipped: chromium was not found; Debian has it as chromium"};
  static const PageTimes times = [] {
    const Tape tape;
    return page_times(page_of(with_differences(capture(mlp(kTenThousand)))));
  }();
  if (what == "first")
    return {.unit = "ms",
            .ours = times.first_picture,
            .limit = std::nullopt,
            .note = "to the first picture of that page in chromium; goal: 1000"};
  const FrameTimes& frame = times.frames.at(what);
  return {.unit = "ms",
          .ours = frame.median,
          .limit = std::nullopt,
          .note = fmt::format("a frame of it; 19 of 20 within {:.1f}{}, worst {:.1f}", frame.high,
                              what.starts_with("pan") ? " (goal: 33)" : "", frame.worst)};
}

#if defined(__linux__)
// What is resident of this process.
double resident_kilobytes() {
  std::ifstream file("/proc/self/statm");
  double total = 0, resident = 0;
  file >> total >> resident;
  return resident * 4;
}

// How the process grows while Graphviz lays out pictures in children of its own.
Figure run_isolation() {
  constexpr int kPictures = 1'000;
  const Tape tape;
  const Graph graph = capture(mlp({2, 4, 1}));
  const std::filesystem::path path = temporary("nabla_bench_isolation.svg");
  const auto draw = [&](int count) {
    for (int i = 0; i < count; ++i) viz::save(graph, path, {.engine = viz::Engine::dot});
  };
  draw(20);
  const double before = resident_kilobytes();
  draw(kPictures);
  std::filesystem::remove(path);
  return {.unit = "KB",
          .ours = resident_kilobytes() - before,
          .limit = std::nullopt,
          .note = fmt::format("growth while {} pictures are laid out by dot", kPictures)};
}
#endif

// How often lines cross in our layout and in Graphviz', which minimizes that.
Figure run_crossings(const std::function<Value()>& make) {
  const Tape tape;
  const Graph graph = capture(make());
  const std::filesystem::path path = temporary("nabla_bench_crossings.svg");
  const auto crossings = [&](viz::Engine engine) {
    viz::save(graph, path, {.picture = whole(), .engine = engine, .timeout_seconds = 60});
    std::ifstream file(path);
    const std::string svg(std::istreambuf_iterator<char>(file), {});
    return static_cast<double>(line_crossings(svg));
  };
  const double ours = crossings(viz::Engine::layered), by_dot = crossings(viz::Engine::dot);
  std::filesystem::remove(path);
  return {.unit = "",
          .ours = ours,
          .peers = {{"by dot", by_dot}},
          .limit = std::nullopt,
          .note = fmt::format("{} nodes; crossings of lines", graph.nodes.size())};
}

#endif

}  // namespace

std::vector<Case> graph_cases() {
  std::vector<Case> cases{{"graph/capture_1e4", [] { return run_capture(10'000); }},
                          {"graph/capture_1e6", [] { return run_capture(1'000'000); }}};
#if defined(__GLIBC__)
  cases.push_back({"graph/capture_1e6_memory", [] { return run_capture_memory(1'000'000); }});
#endif
#if defined(NABLA_HAS_VIZ)
  const auto add = [&](const char* name, auto make, auto draw, const char* note) {
    cases.push_back({std::string("graph/") + name, [=] { return run_drawing(make, draw, note); }});
  };
  const auto long_chain = [](int operations) { return [=] { return chain(operations); }; };
  const auto network = [] { return mlp(kTenThousand); };
  add("dot_1e4", long_chain(10'000), dot_of, "a chain as DOT");
  add("dot_1e5", long_chain(100'000), dot_of, "a chain as DOT");
  add("svg_mlp_1e4", network, svg_of, "a network as SVG, a box each");
  add("svg_default_1e4", network, usual_svg_of, "the same, as it is usually shown");
  add(
      "svg_blocks_2e4", [] { return blocks(2'200); }, svg_of, "blocks with frames as SVG");
  add("page_mlp_1e4", network, page_of, "the same as a page for a browser");
  add("svg_chain_1e6", long_chain(1'000'000), svg_of, "a chain as SVG");
  cases.push_back({"graph/page_mlp_1e4_size", [network] {
                     const Tape tape;
                     return run_size(page_of(with_differences(capture(network()))),
                                     "the file of page_mlp_1e4 with finite differences; goal: 1.5");
                   }});
  for (const char* what : {"first", "pan", "pan_near", "zoom", "hover", "play"})
    cases.push_back({fmt::format("graph/page_{}_1e4", what), [what] { return run_browser(what); }});
  cases.push_back({"graph/svg_mlp_1e4_size", [network] {
                     const Tape tape;
                     return run_size(svg_of(capture(network())),
                                     "the file of svg_mlp_1e4; goal: 4");
                   }});
  cases.push_back({"graph/svg_default_1e4_size", [network] {
                     const Tape tape;
                     return run_size(usual_svg_of(capture(network())),
                                     "the file of svg_default_1e4; goal: 0.6");
                   }});
  cases.push_back({"graph/png_1e3", [] {
                     const Tape tape;
                     return run_saved(mlp({4, 16, 16, 1}), "nabla_bench.png", {}, "as .png");
                   }});
  cases.push_back({"graph/deadline_1e4", [network] {
                     const Tape tape;
                     viz::SaveOptions options{.picture = whole(), .timeout_seconds = 2};
                     options.picture.view.max_cost = std::size_t{1}
                                                     << 40;  // left to dot, which needs longer
                     return run_saved(network(), "nabla_bench_deadline.svg", options,
                                      "as .svg where dot has 2 s");
                   }});
#if defined(__linux__)
  cases.push_back({"graph/isolation", run_isolation});
#endif
  cases.push_back({"graph/small", run_small});
  cases.push_back({"graph/crossings_mlp_1e3", [] {
                     return run_crossings([] { return mlp({4, 16, 16, 1}); });
                   }});
  cases.push_back(
      {"graph/crossings_blocks_1e3", [] { return run_crossings([] { return blocks(110); }); }});
  cases.push_back({"graph/crossings_chain_1e3",
                   [] { return run_crossings([] { return plain_chain(1'000); }); }});
#endif
  return cases;
}

}  // namespace nabla::bench
