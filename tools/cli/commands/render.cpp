// SPDX-License-Identifier: MIT
#include <algorithm>

#include "commands/commands.hpp"
#include "commands/pictures.hpp"
#include "files.hpp"

namespace nabla::cli {

int render_command(const RenderArguments& arguments, Terminal& terminal) {
  tell(render(arguments), terminal);
  terminal.out.print(arguments.output + "\n");
  return kDone;
}

int stats_command(const StatsArguments& arguments, Terminal& terminal) {
  const Checkup found = check_up(arguments);
  terminal.out.print(found.text);
  const bool fails = std::ranges::any_of(arguments.fail_on, [&](const std::string& kind) {
    return std::ranges::count(found.troubles, kind) > 0;
  });
  return fails ? kAnswerIsNo : kDone;
}

int diff_command(const DiffArguments& arguments, Terminal& terminal) {
  const Graph before = graph_in(arguments.before), after = graph_in(arguments.after);
  const Difference found = difference(before, after, arguments);
  tell(found.remarks, terminal);
  terminal.out.print(found.text);
  if (!arguments.output.empty() && !arguments.json) terminal.out.print(arguments.output + "\n");
  return found.is_same ? kDone : kAnswerIsNo;
}

int plot_command(const PlotArguments& arguments, Terminal& terminal) {
  write_file(arguments.output, chart_of(arguments));
  terminal.out.print(arguments.output + "\n");
  return kDone;
}

}  // namespace nabla::cli
