// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/engine/graph.hpp>

#include "commands/formula.hpp"
#include "commands/pictures.hpp"
#include "files.hpp"
#include "text.hpp"

namespace nabla::cli {

namespace {

// A file is told by its suffix: in a formula no name follows a point.
bool is_graph_file(const std::string& what) { return suffix_of(what) == ".json"; }

Graph saved_graph(const FormulaArguments& arguments) {
  if (!arguments.assignments.empty())
    throw FormatError(
        fmt::format("got '{}' beside the file {}, need no inputs: a graph has its numbers",
                    printable(arguments.assignments.front()), printable(arguments.formula)));
  return graph_in(arguments.formula);
}

Graph computed_graph(const FormulaArguments& arguments, Terminal& terminal,
                     bool with_times = false) {
  const BoundFormula formula = understand(arguments);
  remark(formula, terminal);
  return drawable(formula, with_times);
}

}  // namespace

int explain_command(const ExplainArguments& arguments, Terminal& terminal) {
  const Graph graph = is_graph_file(arguments.formula) ? saved_graph(arguments)
                                                       : computed_graph(arguments, terminal);
  const bool markdown = arguments.markdown || suffix_of(arguments.output) == ".md";
  const std::string text = explanation(graph, markdown, arguments.max_steps);
  if (arguments.output.empty()) {
    terminal.out.print(text);
  } else {
    write_file(arguments.output, text);
    terminal.out.print(arguments.output + "\n");
  }
  return kDone;
}

int graph_command(const GraphArguments& arguments, Terminal& terminal) {
  const Graph graph = computed_graph(arguments, terminal, arguments.times);
  if (arguments.output.empty()) {
    terminal.out.print(dot_text(graph, arguments.theme));
  } else {
    tell(save_picture(graph, arguments.output, arguments.theme), terminal);
    terminal.out.print(arguments.output + "\n");
  }
  return kDone;
}

}  // namespace nabla::cli
