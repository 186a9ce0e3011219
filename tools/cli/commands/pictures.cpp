// SPDX-License-Identifier: MIT
#include "commands/pictures.hpp"

#include <algorithm>
#include <ctime>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include <nabla/check/graph_differences.hpp>
#include <nabla/engine/error.hpp>
#ifdef NABLA_HAS_VIZ
#include <nabla/viz.hpp>
#endif

#include "files.hpp"
#include "text.hpp"

namespace nabla::cli {

void tell(const Remarks& remarks, Terminal& terminal) {
  for (const std::string& remark : remarks)
    terminal.err.print(fmt::format("nabla: note: {}\n", remark));
}

#ifdef NABLA_HAS_VIZ

namespace {

viz::PictureOptions picture_options(const std::string& theme, const std::string& title) {
  viz::PictureOptions options;
  if (theme == "light") options.theme = viz::Theme::light;
  if (theme == "dark") options.theme = viz::Theme::dark;
  if (theme == "print") options.theme = viz::Theme::print;
  if (theme == "auto") options.theme = viz::Theme::automatic;
  options.title = title;
  return options;
}

viz::ColorBy color_of(const std::string& name) {
  return name == "grad"    ? viz::ColorBy::gradient
         : name == "value" ? viz::ColorBy::value
         : name == "op"    ? viz::ColorBy::op
         : name == "bytes" ? viz::ColorBy::bytes
         : name == "time"  ? viz::ColorBy::time
                           : viz::ColorBy::none;
}

viz::Labels labels_of(const std::string& name) {
  return name == "minimal" ? viz::Labels::minimal
         : name == "full"  ? viz::Labels::full
                           : viz::Labels::normal;
}

viz::EdgeNumbers edges_of(const std::string& name) {
  return name == "local"     ? viz::EdgeNumbers::local
         : name == "product" ? viz::EdgeNumbers::product
                             : viz::EdgeNumbers::none;
}

// "model.json, nabla 0.1.0, 2026-01-31 12:00:00 UTC".
std::string stamp_of(const std::filesystem::path& graph) {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  if (::gmtime_r(&now, &utc) == nullptr) utc = {};
  char time[32] = "";
  std::strftime(time, sizeof time, "%Y-%m-%d %H:%M:%S UTC", &utc);
  return fmt::format("{}, nabla {}, {}", graph.filename().string(), NABLA_VERSION, time);
}

}  // namespace

bool has_pictures() { return true; }

Graph drawable(const BoundFormula& formula, bool with_times) {
  const Computed computed = compute(formula);
  if (!computed.result.is_active())
    throw FormatError("the formula depends on no input; there is nothing to differentiate");
  Graph graph = capture(computed.result);
  check::add_differences(graph, computed.result);
  if (with_times) viz::add_times(graph, computed.result);
  return graph;
}

std::string explanation(const Graph& graph, bool markdown, std::size_t max_steps) {
  return viz::explain(graph, {.markdown = markdown, .max_steps = max_steps});
}

std::string dot_text(const Graph& graph, const std::string& theme) {
  return viz::to_dot(graph, picture_options(theme, {}));
}

Remarks save_picture(const Graph& graph, const std::filesystem::path& path,
                     const std::string& theme, const std::string& title) {
  viz::SaveOptions options;
  options.picture = picture_options(theme, title);
  return viz::save(graph, path, options);
}

Graph graph_in(const std::filesystem::path& path) {
  constexpr std::size_t kMostBytes = std::size_t{1} << 30;
  const std::string text = read_text(path, kMostBytes, "graph");
  try {
    return viz::from_json(text);
  } catch (const Error& error) {
    throw FormatError(fmt::format("{}: {}", printable(path.string()), error.what()));
  }
}

namespace {

viz::DiagnoseOptions diagnose_options(const Thresholds& thresholds) {
  return {.exploding = thresholds.exploding,
          .vanished = thresholds.vanished,
          .zeros = thresholds.zeros,
          .saturated = thresholds.saturated};
}

viz::SaveOptions save_options(const RenderArguments& arguments) {
  const auto count = [](long long number) { return static_cast<std::size_t>(number); };
  viz::SaveOptions options;
  options.picture = picture_options(arguments.theme, arguments.title);
  options.picture.values = !arguments.no_values;
  options.picture.legend = !arguments.no_legend;
  options.picture.color = color_of(arguments.color);
  options.picture.labels = labels_of(arguments.labels);
  options.picture.edges = edges_of(arguments.edges);
  options.picture.precision = arguments.precision;
  if (arguments.stamp) options.picture.stamp = stamp_of(arguments.graph);
  options.picture.left_to_right = arguments.direction == "LR";
  viz::ViewOptions& view = options.picture.view;
  view.max_nodes = count(arguments.max_nodes);
  if (view.max_nodes == 0) view.max_cost = 0;  // all, whatever it costs
  view.depth = count(arguments.depth);
  view.expand = arguments.expand;
  view.collapse = arguments.collapse;
  view.focus = arguments.focus;
  view.hops = count(arguments.hops);
  if (const std::size_t dots = arguments.path.find(".."); dots != std::string::npos) {
    view.path_from = arguments.path.substr(0, dots);
    view.path_to = arguments.path.substr(dots + 2);
  }
  view.top_gradients = count(arguments.top_gradients);
  view.only_gradients = arguments.only_gradients;
  view.diagnosis = diagnose_options(arguments.thresholds);
  options.engine = arguments.engine == "dot"       ? viz::Engine::dot
                   : arguments.engine == "layered" ? viz::Engine::layered
                                                   : viz::Engine::automatic;
  options.timeout_seconds = arguments.timeout_seconds;
  options.max_pixels = static_cast<double>(arguments.max_pixels);
  return options;
}

// Where a constant was added, removed or changed, the picture has to show it.
bool has_other_constants(const Graph& graph, const std::vector<viz::Mark>& marks) {
  for (std::size_t i = 0; i < marks.size(); ++i)
    if (graph.nodes[i].role == Role::constant && marks[i].change != viz::Change::same) return true;
  return false;
}

// Errors    FormatError if the picture is to tell times that the graph does not have
void require_times(const Graph& graph, const RenderArguments& arguments) {
  const auto has_time = [](const GraphNode& node) { return node.notes->seconds > 0; };
  if (arguments.color == "time" && std::ranges::none_of(graph.nodes, has_time))
    throw FormatError(fmt::format(
        "--color time: {} has no times; nabla graph --times and viz::add_times measure them",
        printable(arguments.graph)));
}

}  // namespace

Remarks render(const RenderArguments& arguments) {
  const viz::SaveOptions options = save_options(arguments);
  if (suffix_of(arguments.graph) != ".jsonl") {
    const Graph graph = graph_in(arguments.graph);
    require_times(graph, arguments);
    return viz::save(graph, arguments.output, options);
  }
  const viz::Recording recording = viz::read_recording(arguments.graph);
  require_times(recording.graph, arguments);
  if (suffix_of(arguments.output) != ".html")
    return viz::save(recording.graph, arguments.output, options);
  write_file(arguments.output, viz::to_html(recording, options.picture));
  return {};
}

Checkup check_up(const StatsArguments& arguments) {
  const viz::DiagnoseOptions options = diagnose_options(arguments.thresholds);
  const auto checkup_of = [&](const auto& graph_or_run) {
    Checkup checkup{.text = viz::summary(graph_or_run, options), .troubles = {}};
    for (const viz::Finding& finding : viz::diagnose(graph_or_run, options)) {
      const bool is_bad_number = finding.trouble == viz::Trouble::non_finite;
      checkup.troubles.emplace_back(is_bad_number ? "nonfinite" : viz::name_of(finding.trouble));
    }
    return checkup;
  };
  if (suffix_of(arguments.graph) == ".jsonl")
    return checkup_of(viz::read_recording(arguments.graph));
  return checkup_of(graph_in(arguments.graph));
}

Difference difference(const Graph& before, const Graph& after, const DiffArguments& arguments) {
  const auto name_of = [](const std::string& path) {
    return std::filesystem::path(path).filename().string();
  };
  const viz::Comparison comparison =
      viz::compare(before, after, {.relative = arguments.relative, .ulps = arguments.ulps});
  const std::string text = viz::comparison_text(before, after, comparison);
  Remarks remarks;
  if (!arguments.output.empty()) {
    viz::JoinedGraphs both = viz::join(before, after, comparison);
    viz::SaveOptions options;
    options.picture = picture_options(
        arguments.theme, name_of(arguments.before) + " \xE2\x86\x92 " + name_of(arguments.after));
    options.picture.stamp = text.substr(0, text.find('\n'));
    options.picture.marks = std::move(both.marks);
    options.picture.view.fold_constants = !has_other_constants(both.graph, options.picture.marks);
    remarks = viz::save(both.graph, arguments.output, options);
  }
  return {.is_same = comparison.is_same(),
          .text = arguments.json ? viz::comparison_json(before, after, comparison) : text,
          .remarks = std::move(remarks)};
}

std::function<void(std::int64_t, const Graph&)> run_recorder(
    const std::filesystem::path& path, const std::vector<nn::NamedTensor>& weights) {
  viz::RecorderOptions options{.every = 1};
  for (const nn::NamedTensor& weight : weights)
    options.weights.push_back({weight.name, weight.tensor});
  // A std::function has to be copyable, a recorder is not.
  const auto recorder = std::make_shared<viz::Recorder>(path, std::move(options));
  return [recorder](std::int64_t step, const Graph& graph) { recorder->frame(step, graph); };
}

std::string chart_of(const PlotArguments& arguments) {
  const viz::Recording recording = viz::read_recording(arguments.recording);
  viz::PlotOptions options;
  options.theme = arguments.theme == "light"  ? viz::PlotTheme::light
                  : arguments.theme == "dark" ? viz::PlotTheme::dark
                                              : viz::PlotTheme::automatic;
  if (arguments.chart == "flow") return viz::gradient_flow_chart(recording, options);
  if (arguments.chart == "weights") return viz::weights_chart(recording, options);
  return viz::loss_chart(recording, options);
}

void save_curves(const std::vector<Curve>& curves, const std::filesystem::path& path,
                 const std::string& title, const std::string& step_label,
                 const std::string& value_label) {
  std::vector<viz::Series> series;
  for (const Curve& curve : curves) series.push_back({curve.name, curve.steps, curve.values});
  viz::PlotOptions options;
  options.title = title;
  options.x_label = step_label;
  options.whole_x = true;
  options.y_label = value_label;
  write_file(path, viz::line_plot(series, options));
}

#else

namespace {

[[noreturn]] void fail() {
  throw Error("this nabla was built without Graphviz and cannot draw or explain");
}

}  // namespace

bool has_pictures() { return false; }
Graph drawable(const BoundFormula&, bool) { fail(); }
std::string explanation(const Graph&, bool, std::size_t) { fail(); }
std::string dot_text(const Graph&, const std::string&) { fail(); }
Remarks save_picture(const Graph&, const std::filesystem::path&, const std::string&,
                     const std::string&) {
  fail();
}
Graph graph_in(const std::filesystem::path&) { fail(); }
Remarks render(const RenderArguments&) { fail(); }
Checkup check_up(const StatsArguments&) { fail(); }
Difference difference(const Graph&, const Graph&, const DiffArguments&) { fail(); }
std::function<void(std::int64_t, const Graph&)> run_recorder(const std::filesystem::path&,
                                                             const std::vector<nn::NamedTensor>&) {
  fail();
}
std::string chart_of(const PlotArguments&) { fail(); }
void save_curves(const std::vector<Curve>&, const std::filesystem::path&, const std::string&,
                 const std::string&, const std::string&) {
  fail();
}

#endif

}  // namespace nabla::cli
