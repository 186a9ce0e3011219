// SPDX-License-Identifier: MIT
#include <nabla/engine/graph.hpp>

#include "commands/formula.hpp"
#include "commands/pictures.hpp"

namespace nabla::cli {

int explain_command(const ExplainArguments& arguments, Terminal& terminal) {
  const BoundFormula formula = understand(arguments);
  remark(formula, terminal);
  terminal.out.print(explanation(drawable(formula), arguments.markdown));
  return kDone;
}

int graph_command(const GraphArguments& arguments, Terminal& terminal) {
  const BoundFormula formula = understand(arguments);
  remark(formula, terminal);
  const Graph graph = drawable(formula);
  if (arguments.output.empty()) {
    terminal.out.print(dot_text(graph, arguments.theme));
  } else {
    save_picture(graph, arguments.output, arguments.theme);
    terminal.out.print(arguments.output + "\n");
  }
  return kDone;
}

}  // namespace nabla::cli
