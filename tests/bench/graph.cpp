// SPDX-License-Identifier: MIT
// Graphs: taking a snapshot of what a tape holds, and drawing it.
#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <limits>
#include <optional>
#include <random>
#include <stdexcept>
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
#include "bench/peak.hpp"

namespace nabla::bench {
namespace {

// A chain y <- tanh(y) w of so many operations.
Value chain(int operations) {
  const Value w = variable(1.1, "w");
  Value y = variable(0.5, "x");
  for (int i = 0; i < operations / 2; ++i) y = tanh(y) * w;
  return y;
}

// A chain y <- -(y w), whose gradients stay near 1, so that pictures have nothing to warn of.
Value steady_chain(int operations) {
  const Value w = variable(1.0000001, "w");
  Value y = variable(0.5, "x");
  for (int i = 0; i < operations / 2; ++i) y = -(y * w);
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

// The peer is the sweep alone: what a snapshot costs beside what it describes.
Figure run_capture(const std::function<Value()>& make, std::optional<double> goal) {
  const Tape tape;
  const Value y = make();
  const Seconds seconds =
      measure_paired([&] { keep(capture(y)); }, {{"sweep", [&] { backward(y); }}}, {.rounds = 5});
  return {.unit = "ms",
          .ours = seconds.ours * 1e3,
          .peers = scaled(seconds.peers, 1e3),
          .limit = std::nullopt,
          .note = fmt::format("{} nodes", capture(y).nodes.size()),
          .goal = goal};
}

#if defined(__GLIBC__)
// What a snapshot holds, by the C library's account.
Figure run_capture_memory(const std::function<Value()>& make) {
  const auto held = [] {
    const auto info = mallinfo2();
    return static_cast<double>(info.uordblks + info.hblkhd);
  };
  const Tape tape;
  const Value y = make();
  const double before = held();
  const Graph graph = capture(y);
  const auto nodes = static_cast<double>(graph.nodes.size()),
             edges = static_cast<double>(graph.edges.size()) / nodes;
  return {.unit = "B/node",
          .ours = (held() - before) / nodes,
          .limit = std::nullopt,
          .note = fmt::format("{} nodes, and {:.2f} edges a node", graph.nodes.size(), edges),
          .goal = 120 + edges * sizeof(GraphEdge)};
}
#endif

#if defined(NABLA_HAS_VIZ)

// A chain y <- tanh(y).
Value plain_chain(int operations) {
  Value y = variable(0.5, "x");
  for (int i = 0; i < operations; ++i) y = tanh(y);
  return y;
}

// h <- tanh(u h + w x + b): all steps use the same weights.
Value unrolled(int steps) {
  const Value u = variable(0.9, "u"), w = variable(0.3, "w"), b = variable(0.1, "b");
  Value h = variable(0.5, "h");
  for (int i = 0; i < steps; ++i) h = tanh(u * h + w * variable(0.01 * i) + b);
  return h;
}

// Layers of numbers, each made of two of the layer before.
Value layered(int layers, int width) {
  std::mt19937 random(1);
  std::uniform_int_distribution<std::size_t> any(0, static_cast<std::size_t>(width) - 1);
  std::vector<Value> h(static_cast<std::size_t>(width), variable(0.5));
  for (int l = 0; l < layers; ++l) {
    std::vector<Value> next;
    for (int i = 0; i < width; ++i) next.push_back(h[any(random)] * h[any(random)]);
    h = next;
  }
  return sum(h);
}

// Each number is made of the one before and any earlier one.
Value tangle(int operations) {
  std::mt19937 random(1);
  std::vector<Value> h{variable(0.9)};
  for (int i = 0; i < operations; ++i) h.push_back(h.back() * h[random() % h.size()]);
  return h.back();
}

// Every node has its box.
viz::PictureOptions whole() {
  viz::PictureOptions options;
  options.view.max_nodes = 0;
  options.view.max_cost = 0;
  return options;
}

template <class Make, class Draw>
Figure run_drawing(const Make& make, const Draw& draw, const std::string& note,
                   std::optional<double> goal) {
  const Tape tape;
  const Graph graph = capture(make());
  const Seconds seconds = measure_paired([&] { keep(draw(graph)); }, {}, {.rounds = 3});
  return {.unit = "ms",
          .ours = seconds.ours * 1e3,
          .limit = std::nullopt,
          .note = fmt::format("{} nodes; {}", graph.nodes.size(), note),
          .goal = goal};
}

// With a finite difference beside each gradient, as a small graph has them.
Graph with_differences(Graph graph) {
  for (GraphNode& node : graph.nodes)
    if (node.has_gradient)
      node.notes.edit().difference = FiniteDifference{node.gradient * (1 + 1e-11),
                                                      1e-9 * std::abs(node.gradient), 0, 0, "pass"};
  return graph;
}

Figure run_size(const std::string& text, const std::string& note, double goal) {
  return {.unit = "MB",
          .ours = static_cast<double>(text.size()) / 1e6,
          .limit = std::nullopt,
          .note = note,
          .goal = goal};
}

#if defined(__linux__)
template <class Make, class Draw>
Figure run_peak(const Make& make, const Draw& draw, const std::string& note, double goal) {
  const Tape tape;
  const Graph graph = capture(make());
  const double megabytes = peak_megabytes_of([&] { keep(draw(graph)); });
  return {.unit = "MB",
          .ours = megabytes,
          .limit = std::nullopt,
          .note = fmt::format("{} nodes; peak memory of {}", graph.nodes.size(), note),
          .goal = goal};
}
#endif

std::string dot_of(const Graph& graph) { return viz::to_dot(graph, whole()); }
std::string svg_of(const Graph& graph) { return viz::to_svg(graph, whole()); }
std::string page_of(const Graph& graph) { return viz::to_html(graph); }
std::string usual_svg_of(const Graph& graph) { return viz::to_svg(graph); }

const std::vector<int> kTenThousand{16, 54, 40, 8, 1};

std::filesystem::path temporary(const char* name) {
  return std::filesystem::temp_directory_path() / name;
}

// A picture as it is usually saved, by a file's suffix.
Figure run_saved(const Value& root, const char* file, const viz::SaveOptions& options,
                 const std::string& note, double goal) {
  const Graph graph = capture(root);
  const std::filesystem::path path = temporary(file);
  const Seconds seconds =
      measure_paired([&] { viz::save(graph, path, options); }, {}, {.rounds = 3});
  std::filesystem::remove(path);
  return {.unit = "ms",
          .ours = seconds.ours * 1e3,
          .limit = std::nullopt,
          .note = fmt::format("{} nodes; {}", graph.nodes.size(), note),
          .goal = goal};
}

Figure run_boxes(const Value& root) {
  const Graph graph = capture(root);
  const viz::View view = viz::make_view(graph, {.max_cost = 0});  // as an .svg shows it
  return {.unit = "boxes",
          .ours = static_cast<double>(view.boxes.size()),
          .limit = std::nullopt,
          .note = fmt::format("of {} nodes, as they are usually shown", graph.nodes.size()),
          .goal = 400};
}

void save_whole_png(const Graph& graph, const std::filesystem::path& path) {
  viz::save(graph, path, {.picture = whole()});
}

// A .png with a box for each node, which is scaled down to what it may have.
Figure run_pixels(const Value& root) {
  const Graph graph = capture(root);
  const std::filesystem::path path = temporary("nabla_bench_pixels.png");
  save_whole_png(graph, path);
  std::ifstream file(path, std::ios::binary);
  std::array<unsigned char, 24> head{};  // ends with width and height, the high byte first
  file.read(reinterpret_cast<char*>(head.data()), head.size());
  std::filesystem::remove(path);
  const auto number = [&](std::size_t at) {
    return ((head[at] * 256.0 + head[at + 1]) * 256 + head[at + 2]) * 256 + head[at + 3];
  };
  return {.unit = "Mpixel",
          .ours = number(16) * number(20) / 1e6,
          .limit = std::nullopt,
          .note = fmt::format("{} nodes as .png, a box each", graph.nodes.size()),
          .goal = 16};
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
            .note = "to the first picture of that page in chromium",
            .goal = 1000};
  const FrameTimes& frame = times.frames.at(what);
  const bool has_goal = what.starts_with("pan");
  return {.unit = "ms",
          .ours = frame.high,
          .limit = std::nullopt,
          .note = fmt::format("19 of 20 frames of it; median {:.1f}, worst {:.1f}", frame.median,
                              frame.worst),
          .goal = has_goal ? std::optional(33.0) : std::nullopt};
}

#if defined(__linux__)
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
  const double before = resident_megabytes();
  draw(kPictures);
  std::filesystem::remove(path);
  return {.unit = "KB",
          .ours = (resident_megabytes() - before) * 1e3,
          .limit = std::nullopt,
          .note = fmt::format("growth while {} pictures are laid out by dot", kPictures),
          .goal = 64};
}
#endif

// How often lines cross in our layout and in Graphviz', which minimizes that.
Figure run_crossings(const std::function<Value()>& make, double times_dot) {
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
          .note = fmt::format("{} nodes; crossings of lines", graph.nodes.size()),
          .goal = times_dot * by_dot};
}

#endif

}  // namespace

std::vector<Case> graph_cases() {
  std::vector<Case> cases{{"graph/capture_1e4",
                           [] { return run_capture([] { return chain(10'000); }, std::nullopt); }}};
  const auto add_capture = [&](const std::string& family, const std::function<Value()>& make) {
    const std::string name = "graph/capture_" + family + "_1e6";
    cases.push_back({name, [make] { return run_capture(make, 150); }});
#if defined(__GLIBC__)
    cases.push_back({name + "_memory", [make] { return run_capture_memory(make); }});
#endif
  };
  add_capture("chain", [] { return chain(1'000'000); });
  add_capture("blocks", [] { return blocks(111'000); });
  add_capture("mlp", [] { return mlp({300, 1000, 30, 1}); });
#if defined(NABLA_HAS_VIZ)
  const auto add = [&](const std::string& name, const std::function<Figure()>& run) {
    cases.push_back({"graph/" + name, run});
  };
  const auto add_drawing = [&](const char* name, auto make, auto draw, const char* note,
                               std::optional<double> goal) {
    add(name, [=] { return run_drawing(make, draw, note, goal); });
  };
  const auto long_chain = [](int operations) { return [=] { return chain(operations); }; };
  const auto network = [] { return mlp(kTenThousand); };
  const auto many_blocks = [] { return blocks(2'200); };
  const auto thousand = [] { return mlp({4, 16, 16, 1}); };
  add_drawing(
      "dot_chain_1e4", [] { return steady_chain(10'000); }, dot_of, "as DOT", 60);
  add_drawing(
      "dot_chain_1e5", [] { return steady_chain(100'000); }, dot_of, "as DOT", 600);
  add_drawing(
      "dot_blocks_1e4", [] { return blocks(1'100); }, dot_of, "as DOT", 60);
  add_drawing(
      "dot_blocks_1e5", [] { return blocks(11'000); }, dot_of, "as DOT", 600);
  add_drawing("dot_mlp_1e4", network, dot_of, "as DOT", 60);
  add_drawing(
      "dot_mlp_1e5",
      [] {
        return mlp({100, 200, 70, 1});
      },
      dot_of, "as DOT", 600);
  add_drawing("svg_mlp_1e4", network, svg_of, "a network as SVG, a box each", 500);
  add_drawing("svg_default_1e4", network, usual_svg_of, "the same, as it is usually shown", 300);
  add_drawing("svg_blocks_2e4", many_blocks, svg_of, "blocks with frames as SVG", 1'000);
  add_drawing("page_mlp_1e4", network, page_of, "a network as a page for a browser", std::nullopt);
  add_drawing("svg_chain_1e6", long_chain(1'000'000), svg_of, "a chain as SVG", 15'000);
  const auto add_size = [&](const char* name, const char* note, double goal, auto text_of) {
    add(name, [=] {
      const Tape tape;
      return run_size(text_of(capture(network())), note, goal);
    });
  };
  add_size("page_mlp_1e4_size", "the file of page_mlp_1e4 with finite differences", 1.5,
           [](Graph graph) { return page_of(with_differences(std::move(graph))); });
  add_size("svg_mlp_1e4_size", "the file of svg_mlp_1e4", 4, svg_of);
  add_size("svg_default_1e4_size", "the file of svg_default_1e4", 0.6, usual_svg_of);
  add("svg_default_1e4_boxes", [network] {
    const Tape tape;
    return run_boxes(network());
  });
  for (const char* what : {"first", "pan", "pan_near", "zoom", "hover", "play"})
    add(fmt::format("page_{}_1e4", what), [what] { return run_browser(what); });
  add("png_1e3", [thousand] {
    const Tape tape;
    return run_saved(thousand(), "nabla_bench.png", {}, "as .png", 1'500);
  });
  add("png_1e3_pixels", [thousand] {
    const Tape tape;
    return run_pixels(thousand());
  });
#if defined(__linux__)
  add("svg_mlp_1e4_memory", [network] { return run_peak(network, svg_of, "svg_mlp_1e4", 64); });
  add("svg_blocks_2e4_memory",
      [many_blocks] { return run_peak(many_blocks, svg_of, "svg_blocks_2e4", 128); });
  add("png_1e3_memory", [thousand] {
    const auto png = [](const Graph& graph) {
      const std::filesystem::path path = temporary("nabla_bench_memory.png");
      save_whole_png(graph, path);
      return std::filesystem::remove(path);
    };
    return run_peak(thousand, png, "dot, which makes a .png with a box each", 200);
  });
#endif
  const auto add_deadline = [&](const std::string& family, const std::function<Value()>& make) {
    for (const std::string suffix : {"svg", "png", "pdf"})
      add(fmt::format("deadline_{}_2e4_{}", family, suffix), [make, suffix] {
        const Tape tape;
        viz::SaveOptions options{.picture = whole(), .timeout_seconds = 2};
        options.picture.view.max_cost = std::size_t{1} << 40;  // left to dot, which needs longer
        const std::string file = "nabla_bench_deadline." + suffix;
        return run_saved(make(), file.c_str(), options,
                         fmt::format("as .{} where that has 2 s", suffix), 2'500);
      });
  };
  add_deadline("chain", long_chain(20'000));
  add_deadline("blocks", many_blocks);
  add_deadline("mlp", [] { return mlp({16, 78, 60, 8, 1}); });
  add_deadline("layered", [] { return layered(200, 100); });
#if defined(__linux__)
  add("isolation", run_isolation);
#endif
  // At most 130 nodes.
  const auto add_small = [&](const std::string& family, const std::function<Value()>& make) {
    for (const auto& [engine, name] :
         {std::pair{viz::Engine::layered, "layered"}, std::pair{viz::Engine::dot, "dot"}})
      add(fmt::format("small_{}_{}", family, name), [make, engine = engine, name = name] {
        const Tape tape;
        return run_saved(make(), "nabla_bench_small.svg",
                         {.picture = whole(), .engine = engine, .timeout_seconds = 60},
                         fmt::format("as .svg, laid out by {}", name), 60);
      });
  };
  add_small("chain", [] { return plain_chain(129); });
  add_small("loop", [] { return chain(128); });
  add_small("unrolled", [] { return unrolled(20); });
  add_small("blocks", [] { return blocks(14); });
  add_small("mlp", [] { return mlp({3, 8, 1}); });
  add_small("layered", [] { return layered(14, 8); });
  add_small("tangle", [] { return tangle(129); });
  add("crossings_mlp_1e3", [thousand] { return run_crossings(thousand, 1.5); });
  add("crossings_blocks_1e3", [] { return run_crossings([] { return blocks(110); }, 0); });
  add("crossings_chain_1e3", [] { return run_crossings([] { return plain_chain(1'000); }, 0); });
#endif
  return cases;
}

}  // namespace nabla::bench
