// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "console.hpp"

// The commands of the program, one function each, and what the command line says to them. A command
// prints results to terminal.out and remarks to terminal.err, returns the exit status, and throws
// nabla::Error on bad input. None of them leaves a partial file.

namespace nabla::cli {

inline constexpr int kDone = 0;
inline constexpr int kAnswerIsNo = 1;
inline constexpr int kBadInput = 2;
inline constexpr int kInconclusive = 3;

/// A formula and its inputs: "a*b", {"a=1", "b=2"}.
struct FormulaArguments {
  std::string formula{};
  std::vector<std::string> assignments{};
};

struct GradArguments : FormulaArguments {
  int order = 1;  ///< 2 adds the Hessian
  int digits = 10;
  bool json = false;
};
int grad_command(const GradArguments& arguments, Terminal& terminal);

/// The formula may be the name of a graph file instead, which then has no inputs.
struct ExplainArguments : FormulaArguments {
  bool markdown = false;
  std::size_t max_steps = 500;  ///< of each table; 0 for all
  std::string output;  ///< .md or .txt; empty writes to standard output
};
int explain_command(const ExplainArguments& arguments, Terminal& terminal);

struct GraphArguments : FormulaArguments {
  std::string output;  ///< empty writes DOT to standard output
  std::string theme;   ///< empty if none was asked for
  bool times = false;
};
int graph_command(const GraphArguments& arguments, Terminal& terminal);

/// Where trouble begins, as viz::DiagnoseOptions has it.
struct Thresholds {
  double exploding = 1e3, vanished = 1e-7, zeros = 0.99, saturated = 1e-3;
};

struct RenderArguments {
  std::string graph;   ///< file of a graph: JSON
  std::string output;  ///< picture; its suffix says the format
  std::string theme;   ///< empty if none was asked for
  std::string engine = "auto";
  std::string direction = "LR";
  std::string color = "grad";
  std::string labels = "normal";
  std::string edges = "local";
  int precision = 6;
  std::string title;
  bool stamp = false;
  bool no_values = false;
  bool no_legend = false;
  long long max_nodes = 400;
  long long depth = 8;
  std::vector<std::string> expand, collapse;
  std::string focus;
  long long hops = 2;
  std::string path;  ///< "A..B"
  long long top_gradients = 0;
  bool only_gradients = false;
  Thresholds thresholds;
  double timeout_seconds = 10;
  long long max_pixels = 16'000'000;
};
int render_command(const RenderArguments& arguments, Terminal& terminal);

struct StatsArguments {
  std::string graph;
  std::vector<std::string> fail_on;  ///< kinds of trouble that make the answer no
  Thresholds thresholds;
};
int stats_command(const StatsArguments& arguments, Terminal& terminal);

struct DiffArguments {
  std::string before, after;  ///< files of graphs
  std::string output;         ///< picture; empty is none
  std::string theme;          ///< empty if none was asked for
  double relative = 0.0;
  long long ulps = 0;
  bool json = false;
};
int diff_command(const DiffArguments& arguments, Terminal& terminal);

struct PlotArguments {
  std::string recording;  ///< file that a Recorder wrote
  std::string output;
  std::string chart = "loss";
  std::string theme = "auto";
};
int plot_command(const PlotArguments& arguments, Terminal& terminal);

struct OpsArguments {
  std::string name;
  bool is_named = false;  ///< otherwise all ops are listed
  bool markdown = false;
};
int ops_command(const OpsArguments& arguments, Terminal& terminal);

struct CheckArguments : FormulaArguments {
  bool is_formula = false;         ///< otherwise ops are checked
  std::vector<std::string> globs;  ///< of op names; empty is all
  int order = 2;                   ///< 2 includes 1, 3 both
  std::string dtype;               ///< "float32", "float64"; empty is both, of a formula float64
  bool full = false;               ///< every element of every input against every output
  bool thorough = false;           ///< the careful difference for every derivative
  int directions = 3;
  bool mutants = false;  ///< check the checker: damage each rule
  bool steps = false;    ///< the error of plain differences, by step, as CSV
  std::uint64_t seed = 0;
  bool json = false;
  bool junit = false;
  std::string output;  ///< picture of the formula; empty is none
  std::string replay;  ///< an earlier report; empty is none
};
int check_command(const CheckArguments& arguments, Terminal& terminal);

struct TrainArguments {
  std::string data;  ///< folder of IDX files or CSV file
  std::vector<std::int64_t> layers;
  int epochs = 5;
  int batch = 64;
  double learning_rate = 0.0;  ///< 0 takes the optimizer's usual one
  std::string optimizer = "adam";
  std::string activation = "relu";
  std::uint64_t seed = 0;
  std::string save;
};
int train_command(const TrainArguments& arguments, Terminal& terminal);

struct DemoArguments {
  std::string data;  ///< empty looks where Debian installs Fashion-MNIST
  std::string out = "nabla-demo";
  int epochs = 6;
  std::uint64_t seed = 1;
};
int demo_command(const DemoArguments& arguments, Terminal& terminal);

int info_command(Terminal& terminal);

}  // namespace nabla::cli
