// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <nabla/engine/value.hpp>

#include "commands/formula.hpp"
#include "commands/pictures.hpp"
#include "demo/demo.hpp"
#include "text.hpp"

namespace nabla::cli {

PartResult show_formula(const Stage& stage) {
  const BoundFormula formula = understand({"tanh(a*b) + c^2", {"a=1", "b=0.5", "c=3"}});
  stage.print("1  A formula\n\n   y = tanh(a*b) + c^2  at  a = 1, b = 0.5, c = 3\n\n");
  const Computed computed = compute(formula);
  backward(computed.result);
  std::vector<std::vector<std::string>> rows{{"y", number_text(computed.result.value())}};
  for (std::size_t i = 0; i < formula.names.size(); ++i)
    rows.push_back({"dy/d" + formula.names[i], number_text(computed.inputs[i].grad())});
  PartResult result{.name = "formula"};
  if (!has_pictures()) {
    stage.print(table_text(rows, "   "));
    result.text = "differentiated; not drawn, as this build has no pictures";
    return result;
  }
  const Graph graph = drawable(formula);
  stage.print(indented(explanation(graph, false, 0)));
  draw_graph(stage, graph, "formula", result);
  result.text = "explained and drawn";
  print_pictures(stage, result);
  return result;
}

}  // namespace nabla::cli
