// SPDX-License-Identifier: MIT
#include <algorithm>

#include "commands/commands.hpp"
#include "commands/pictures.hpp"

namespace nabla::cli {

int render_command(const RenderArguments& arguments, Terminal& terminal) {
  render(graph_in(arguments.graph), arguments);
  terminal.out.print(arguments.output + "\n");
  return kDone;
}

int stats_command(const StatsArguments& arguments, Terminal& terminal) {
  const Graph graph = graph_in(arguments.graph);
  terminal.out.print(graph_summary(graph));
  const std::vector<std::string> found = troubles(graph);
  const bool fails = std::ranges::any_of(arguments.fail_on, [&](const std::string& kind) {
    return std::ranges::count(found, kind) > 0;
  });
  return fails ? kAnswerIsNo : kDone;
}

}  // namespace nabla::cli
