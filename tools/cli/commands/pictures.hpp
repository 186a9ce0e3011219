// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <nabla/engine/graph.hpp>
#include <nabla/nn/module.hpp>

#include "commands/formula.hpp"
#include "console.hpp"

// What the commands show of a computation. A build without Graphviz has no nabla::viz; then each
// function here is an error that says so, and has_pictures() is false.

namespace nabla::cli {

[[nodiscard]] bool has_pictures();

/// The computation of the formula, with finite differences beside its gradients; also with the time
/// that each operation takes.
/// Errors    FormatError if no input stands in it, so that there is nothing to draw
[[nodiscard]] Graph drawable(const BoundFormula& formula, bool with_times = false);

/// The chain rule step by step: so many of each table, 0 for all.
[[nodiscard]] std::string explanation(const Graph& graph, bool markdown, std::size_t max_steps);

/// What to tell a user about a picture.
using Remarks = std::vector<std::string>;
void tell(const Remarks& remarks, Terminal& terminal);

/// `theme` is "light", "dark", "print", "auto", or empty where none was asked for.
[[nodiscard]] std::string dot_text(const Graph& graph, const std::string& theme);
Remarks save_picture(const Graph& graph, const std::filesystem::path& path,
                     const std::string& theme = {}, const std::string& title = {});

/// The graph in a file of JSON.
/// Errors    IoError; FormatError that names the file if it describes no graph
[[nodiscard]] Graph graph_in(const std::filesystem::path& path);
/// Draws the graph in a file, or a training run: as a page all of it, else its first frame.
/// Errors    as graph_in; IoError
Remarks render(const RenderArguments& arguments);

/// What is in a file, a graph or a training run, and what is wrong with it.
struct Checkup {
  std::string text;
  std::vector<std::string> troubles;  ///< of which kinds, as --fail-on names them
};
/// Errors    as graph_in; IoError
[[nodiscard]] Checkup check_up(const StatsArguments& arguments);

/// What changed from one graph to another.
struct Difference {
  bool is_same = true;
  std::string text;      ///< or JSON, if that was asked for
  Remarks remarks = {};  ///< about the picture
};
/// Draws it as well, if the arguments name a picture.
[[nodiscard]] Difference difference(const Graph& before, const Graph& after,
                                    const DiffArguments& arguments);

/// Writes a training run down, a frame a call: of its graph, and of the tensors how their elements lie.
/// Errors    IoError if the file cannot be written
[[nodiscard]] std::function<void(std::int64_t step, const Graph& graph)> run_recorder(
    const std::filesystem::path& path, const std::vector<nn::NamedTensor>& weights = {});

/// The chart of a recorded training run as SVG.
/// Errors    IoError; FormatError that names the file if it is no recording
[[nodiscard]] std::string chart_of(const PlotArguments& arguments);

/// A curve by number of the step.
struct Curve {
  std::string name{};
  std::vector<double> steps{}, values{};
};
void save_curves(const std::vector<Curve>& curves, const std::filesystem::path& path,
                 const std::string& title, const std::string& step_label,
                 const std::string& value_label);

}  // namespace nabla::cli
