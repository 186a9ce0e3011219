// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nabla/engine/graph.hpp>

#include "commands/formula.hpp"

// What the commands show of a computation. A build without Graphviz has no nabla::viz; then each
// function here is an error that says so, and has_pictures() is false.

namespace nabla::cli {

[[nodiscard]] bool has_pictures();

/// The computation of the formula.
/// Errors    FormatError if no input stands in it, so that there is nothing to draw
[[nodiscard]] Graph drawable(const BoundFormula& formula);

/// The chain rule step by step.
[[nodiscard]] std::string explanation(const Graph& graph, bool markdown);

/// `theme` is "light", "dark" or "print".
[[nodiscard]] std::string dot_text(const Graph& graph, const std::string& theme);
void save_picture(const Graph& graph, const std::filesystem::path& path,
                  const std::string& theme = "light", const std::string& title = {});

/// The graph in a file of JSON.
/// Errors    IoError; FormatError that names the file if it describes no graph
[[nodiscard]] Graph graph_in(const std::filesystem::path& path);
void render(const Graph& graph, const RenderArguments& arguments);
[[nodiscard]] std::string graph_summary(const Graph& graph);
/// What is wrong in the graph: of which kind, as --fail-on names it.
[[nodiscard]] std::vector<std::string> troubles(const Graph& graph);

/// A curve by number of the step.
struct Curve {
  std::string name{};
  std::vector<double> steps{}, values{};
};
void save_curves(const std::vector<Curve>& curves, const std::filesystem::path& path,
                 const std::string& title, const std::string& step_label,
                 const std::string& value_label);

}  // namespace nabla::cli
