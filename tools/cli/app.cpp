// SPDX-License-Identifier: MIT
#include "app.hpp"

#include <algorithm>
#include <exception>
#include <functional>
#include <limits>
#include <new>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <nabla/engine/error.hpp>

#include "commands/commands.hpp"
#include "console.hpp"
#include "files.hpp"
#include "usage.hpp"

namespace nabla::cli {

namespace {

constexpr long long kMaxSeed = std::numeric_limits<long long>::max();

// The arguments of all commands, which CLI11 fills, and the one command that was asked for.
struct Request {
  GradArguments grad;
  ExplainArguments explain;
  GraphArguments graph;
  RenderArguments render;
  StatsArguments stats;
  DiffArguments diff;
  PlotArguments plot;
  OpsArguments ops;
  CheckArguments check;
  TrainArguments train;
  DemoArguments demo;
  std::function<int(Terminal&)> command;
};

CLI::App& add_command(CLI::App& app, const char* name, const char* what, const char* examples) {
  CLI::App& command = *app.add_subcommand(name, what);
  command.footer(std::string("Examples:\n") + examples);
  return command;
}

constexpr const char* kFormulaText =
    "Formula of the inputs: + - * / ^, functions (see nabla ops), pi, e";

void add_formula(CLI::App& command, FormulaArguments& formula, const char* name = "EXPR",
                 const char* what = kFormulaText) {
  command.add_option(name, formula.formula, what)
      ->required()
      ->transform(unprotected)
      ->type_name("");
  command.add_option("INPUT", formula.assignments, "name=value, for each name in the formula")
      ->type_name("");
}

void add_grad(CLI::App& app, Request& request) {
  CLI::App& grad = add_command(app, "grad", "Value and derivatives of a formula",
                               "  nabla grad 'tanh(a*b)+c^2' a=1 b=2 c=3\n"
                               "  nabla grad --order 2 'x^2*y' x=3 y=-pi/2\n"
                               "  nabla grad --json 'exp(x)' x=1");
  add_formula(grad, request.grad);
  grad.add_option("--order", request.grad.order, "2 adds the second derivatives [1]")
      ->check(between(1, 2))
      ->type_name("N");
  grad.add_option("--digits", request.grad.digits, "Significant digits of numbers [10]")
      ->check(between(1, 17))
      ->type_name("N");
  grad.add_flag("--json", request.grad.json, "JSON with all digits");
  grad.callback([&] {
    request.command = [&](Terminal& terminal) { return grad_command(request.grad, terminal); };
  });
}

constexpr long long kMostNodes = 1LL << 31;

void add_explain(CLI::App& app, Request& request) {
  CLI::App& explain = add_command(app, "explain", "The chain rule, step by step",
                                  "  nabla explain 'tanh(a*b)+c^2' a=1 b=2 c=3\n"
                                  "  nabla explain model.json\n"
                                  "  nabla explain 'x*sin(y)' x=2 y=1 -o steps.md");
  add_formula(explain, request.explain, "WHAT",
              "Formula, as of nabla grad, or FILE.json, a saved graph; no formula ends so");
  auto* output = explain.add_option("-o,--output", request.explain.output,
                                    "File: .md, which is Markdown, or .txt [standard output]");
  output->check(with_suffix({".md", ".txt"}))->type_name("FILE");
  explain.add_flag("--markdown", request.explain.markdown, "Headings and tables of Markdown")
      ->excludes(output);
  explain.add_option("--max-steps", request.explain.max_steps, "Of each table, 0 for all [500]")
      ->check(between(0, kMostNodes))
      ->type_name("N");
  explain.callback([&] {
    request.command = [&](Terminal& terminal) {
      return explain_command(request.explain, terminal);
    };
  });
}

// Options that a file of this kind would not show; all but those of what goes in and out.
std::vector<std::string> idle_options(const std::string& suffix) {
  if (suffix == ".svg" || suffix == ".pdf") return {"--max-pixels"};
  if (suffix == ".dot") return {"--engine", "--timeout", "--max-pixels"};
  if (suffix == ".html")
    return {"--labels",    "--edges",  "--precision", "--rankdir",
            "--no-legend", "--engine", "--timeout",   "--max-pixels"};
  return {};
}

// Errors    FormatError if an option was given that the file would not show
void require_effect(const CLI::App& command, const std::string& output, const std::string& theme) {
  const std::string suffix = suffix_of(output);
  const bool has_no_look = suffix == ".json" || suffix == ".txt";
  const std::vector<std::string> idle = idle_options(suffix);
  for (const CLI::Option* option : command.get_options()) {
    const std::string name = option->get_name();
    const bool is_of_picture = !option->get_positional() && name != "--output" &&
                               name != "--times" && option != command.get_help_ptr();
    if (option->count() == 0 || !is_of_picture) continue;
    if (has_no_look || std::ranges::count(idle, name) > 0)
      throw FormatError(
          fmt::format("{} changes nothing in a {} file{}", name, suffix,
                      has_no_look ? ", which holds the whole graph; need a picture" : ""));
  }
  if (suffix == ".html" && theme == "print")
    throw FormatError("--theme print changes nothing in a .html file; need light, dark or auto");
  const CLI::Option* color = command.get_option_no_throw("--color");
  if (suffix == ".html" && color != nullptr && color->count() > 0 &&
      color->as<std::string>() == "op")
    throw FormatError(
        "--color op changes nothing in a .html file; need grad, value, bytes, time or none");
}

void add_graph(CLI::App& app, Request& request) {
  CLI::App& graph =
      add_command(app, "graph", "Draw the computation with values and gradients",
                  "  nabla graph 'tanh(a*b)+c^2' a=1 b=2 c=3 -o graph.svg\n"
                  "  nabla graph 'sigmoid(w*x+b)' w=2 x=1 b=-1 --theme dark -o g.png\n"
                  "  nabla graph 'exp(a)*b' a=1 b=2 --times -o graph.html");
  add_formula(graph, request.graph);
  graph
      .add_option("-o,--output", request.graph.output,
                  "File: .svg .html .png .pdf .dot .json .txt [DOT to standard output]")
      ->check(not_empty())
      ->type_name("FILE");
  graph
      .add_option("--theme", request.graph.theme,
                  "light, dark, print, or auto of an .svg or .html [.html auto, else light]")
      ->check(one_of({"light", "dark", "print", "auto"}))
      ->type_name("NAME");
  graph.add_flag("--times", request.graph.times,
                 "Measure how long each operation takes, which .html and .json hold");
  graph.callback([&] {
    require_effect(graph, request.graph.output, request.graph.theme);
    const std::string suffix = suffix_of(request.graph.output);
    if (request.graph.times && suffix != ".html" && suffix != ".json")
      throw FormatError(fmt::format("--times changes nothing in {}; need a .html or .json file",
                                    suffix.empty() ? "DOT" : "a " + suffix + " file"));
    request.command = [&](Terminal& terminal) { return graph_command(request.graph, terminal); };
  });
}

void add_view_options(CLI::App& render, RenderArguments& arguments) {
  render.add_option("--max-nodes", arguments.max_nodes, "Boxes at most; 0 shows all [400]")
      ->check(between(0, kMostNodes))
      ->type_name("N");
  render.add_option("--depth", arguments.depth, "Scopes nested deeper become one box each [8]")
      ->check(between(0, 1000))
      ->type_name("N");
  render.add_option("--expand", arguments.expand, "Scopes that stay open: 'layer1/neuron*'")
      ->check(not_empty())
      ->type_name("GLOB");
  render.add_option("--collapse", arguments.collapse, "Scopes that become one box each")
      ->check(not_empty())
      ->type_name("GLOB");
  auto* focus =
      render.add_option("--focus", arguments.focus, "Only these nodes, and what is near them");
  focus->check(not_empty())->type_name("GLOB");
  render.add_option("--hops", arguments.hops, "How many edges away is near [2]")
      ->check(between(0, 1'000'000))
      ->needs(focus)
      ->type_name("N");
  render.add_option("--path", arguments.path, "Only what lies between two nodes")
      ->check(CLI::Validator(
          [](const std::string& text) {
            const std::size_t dots = text.find("..");
            const bool is_path = dots != std::string::npos && dots > 0 && dots + 2 < text.size();
            if (!is_path) return "got '" + text + "', need FROM..TO";
            return text.find("..", dots + 1) == std::string::npos
                       ? std::string()
                       : "got '" + text +
                             "', need FROM..TO with .. once; in a name, write ? for a dot";
          },
          ""))
      ->type_name("FROM..TO");
  render.add_option("--top-grad", arguments.top_gradients, "Only the N greatest gradients")
      ->check(between(1, kMostNodes))
      ->type_name("N");
  render.add_flag("--only-grad", arguments.only_gradients, "Only what a gradient reached");
}

void add_thresholds(CLI::App& command, Thresholds& thresholds) {
  const auto add = [&](const char* name, double& value, const char* what) {
    command.add_option(name, value, what)->check(above_zero())->type_name("X");
  };
  add("--exploding", thresholds.exploding,
      "A gradient of so many times the median of the parameters' explodes [1e3]");
  add("--vanished", thresholds.vanished, "One of less than so much of it vanished [1e-7]");
  add("--zeros", thresholds.zeros, "So does a tensor's if more than this share of it is 0 [0.99]");
  add("--saturated", thresholds.saturated,
      "A tanh or sigmoid whose slope is below this is saturated [1e-3]");
}

void add_look_options(CLI::App& render, RenderArguments& arguments) {
  const auto add_choice = [&](const char* name, std::string& value, const char* what,
                              const std::vector<std::string>& words) {
    auto* option = render.add_option(name, value, what);
    return option->check(one_of(words))->type_name("NAME");
  };
  add_choice("--theme", arguments.theme,
             "light, dark, print, or auto of an .svg or .html [.html auto, else light]",
             {"light", "dark", "print", "auto"});
  add_choice(
      "--color", arguments.color,
      "Fill by grad, value, op, bytes (of tensors), time (where it was measured) or none [grad]",
      {"grad", "value", "op", "bytes", "time", "none"});
  add_choice("--labels", arguments.labels,
             "How much boxes say, not in .html: minimal, normal or full [normal]",
             {"minimal", "normal", "full"});
  auto* edges = add_choice(
      "--edges", arguments.edges,
      "On arrows the local derivative, its product with what arrived, or none; not in .html "
      "[local]",
      {"local", "product", "none"});
  add_choice("--rankdir", arguments.direction, "LR or TB; .html is LR [LR]", {"LR", "TB"});
  auto* precision = render.add_option(
      "--precision", arguments.precision,
      "Digits of values and gradients; two fewer on arrows; in .html always 6 [6]");
  precision->check(between(1, 17))->type_name("N");
  render.add_option("--title", arguments.title, "Stands above the picture")->type_name("TEXT");
  render.add_flag("--stamp", arguments.stamp, "Below that the file, the version and the time");
  render.add_flag("--no-values", arguments.no_values, "Without numbers and colours that tell them")
      ->excludes(edges)
      ->excludes(precision);
  render.add_flag("--no-legend", arguments.no_legend, "Without the scale of colours");
}

// Errors    FormatError if one option makes another one idle
void require_harmony(const CLI::App& render, const RenderArguments& arguments) {
  if (arguments.no_values && render.count("--color") > 0 &&
      (arguments.color == "grad" || arguments.color == "value"))
    throw FormatError(
        fmt::format("--color {} tells numbers, --no-values leaves them out", arguments.color));
  if (arguments.engine == "layered" && render.count("--timeout") > 0)
    throw FormatError("--timeout is for Graphviz, which --engine layered does without");
}

void add_render(CLI::App& app, Request& request) {
  CLI::App& render =
      add_command(app, "render", "Draw a graph that was saved as JSON",
                  "  nabla graph 'tanh(a*b)+c^2' a=1 b=2 c=3 -o graph.json\n"
                  "  nabla render graph.json -o graph.svg --theme dark\n"
                  "  nabla render model.json -o part.svg --focus 'layer1/*' --hops 1\n"
                  "  nabla render model.json -o memory.svg --color bytes --labels full\n"
                  "  nabla render run.ngraph.jsonl -o run.html\n"
                  "  nabla render model.json -o all.svg --max-nodes 0 --engine layered");
  RenderArguments& arguments = request.render;
  render
      .add_option("GRAPH", arguments.graph,
                  "File that viz::save or nabla graph wrote as .json, or a Recorder as .jsonl")
      ->required()
      ->type_name("");
  render.add_option("-o,--output", arguments.output, "File: .svg .html .png .pdf .dot .json .txt")
      ->required()
      ->check(not_empty())
      ->type_name("FILE");
  add_view_options(render, arguments);
  add_look_options(render, arguments);
  add_thresholds(render, arguments.thresholds);
  render
      .add_option("--engine", arguments.engine, "Who lays a picture out: auto, dot, layered [auto]")
      ->check(one_of({"auto", "dot", "layered"}))
      ->type_name("NAME");
  render
      .add_option("--timeout", arguments.timeout_seconds,
                  "Seconds that layout by Graphviz and drawing may take [10]")
      ->check(above_zero())
      ->type_name("S");
  render.add_option("--max-pixels", arguments.max_pixels, "Of a .png [16000000]")
      ->check(between(10'000, 1'000'000'000))
      ->type_name("N");
  render.callback([&] {
    require_effect(render, request.render.output, request.render.theme);
    require_harmony(render, request.render);
    request.command = [&](Terminal& terminal) { return render_command(request.render, terminal); };
  });
}

void add_stats(CLI::App& app, Request& request) {
  CLI::App& stats =
      add_command(app, "stats", "What is in a saved graph or training run, and what is wrong",
                  "  nabla stats model.json\n"
                  "  nabla stats run.ngraph.jsonl\n"
                  "  nabla stats model.json --fail-on nonfinite,exploding\n"
                  "  nabla stats model.json --fail-on vanished --vanished 1e-12\n"
                  "\nExit status: 0 done, 1 --fail-on found something");
  stats
      .add_option("GRAPH", request.stats.graph,
                  "File that viz::save or nabla graph wrote as .json, or a Recorder as .jsonl")
      ->required()
      ->type_name("");
  stats
      .add_option("--fail-on", request.stats.fail_on,
                  "nonfinite, exploding, vanished, dead, saturated, detached, unused")
      ->delimiter(',')
      ->check(
          one_of({"nonfinite", "exploding", "vanished", "dead", "saturated", "detached", "unused"}))
      ->type_name("NAME,...");
  add_thresholds(stats, request.stats.thresholds);
  stats.callback([&] {
    request.command = [&](Terminal& terminal) { return stats_command(request.stats, terminal); };
  });
}

void add_diff(CLI::App& app, Request& request) {
  CLI::App& diff =
      add_command(app, "diff", "What changed from one saved graph to another",
                  "  nabla diff before.json after.json\n"
                  "  nabla diff before.json after.json --rel 1e-9 -o diff.svg\n"
                  "  nabla diff before.json after.json --ulps 4 --json > diff.json\n"
                  "\n+ was added, - removed, ~ is another in structure, value or gradient\n"
                  "Exit status: 0 the same, 1 something changed");
  DiffArguments& arguments = request.diff;
  diff.add_option("BEFORE", arguments.before, "File that viz::save or nabla graph wrote as .json")
      ->required()
      ->type_name("");
  diff.add_option("AFTER", arguments.after, "Another one")->required()->type_name("");
  auto* output = diff.add_option("-o,--output", arguments.output,
                                 "Draw both in one: .svg .png .pdf .dot .html");
  output->check(with_suffix({".svg", ".png", ".pdf", ".dot", ".html"}))
      ->check(not_empty())
      ->type_name("FILE");
  diff.add_option("--theme", arguments.theme,
                  "light, dark, print, or auto of an .svg or .html [.html auto, else light]")
      ->check(one_of({"light", "dark", "print", "auto"}))
      ->needs(output)
      ->type_name("NAME");
  diff.add_option("--rel", arguments.relative, "Numbers so close, relatively, are the same [0]")
      ->check(above_zero())
      ->type_name("X");
  diff.add_option("--ulps", arguments.ulps, "Or so many doubles apart [0]")
      ->check(between(0, kMaxSeed))
      ->type_name("N");
  diff.add_flag("--json", arguments.json, "The comparison as JSON");
  diff.callback([&] {
    require_effect(diff, request.diff.output, request.diff.theme);
    request.command = [&](Terminal& terminal) { return diff_command(request.diff, terminal); };
  });
}

void add_plot(CLI::App& app, Request& request) {
  CLI::App& plot = add_command(app, "plot", "Charts of a training run that was recorded",
                               "  nabla plot run.ngraph.jsonl -o loss.svg\n"
                               "  nabla plot run.ngraph.jsonl --chart flow -o flow.svg\n"
                               "  nabla plot run.ngraph.jsonl --chart weights -o weights.svg\n"
                               "  ssh host cat run.ngraph.jsonl | nabla plot /dev/stdin -o l.svg");
  PlotArguments& arguments = request.plot;
  plot.add_option("RECORDING", arguments.recording, "File that viz::Recorder wrote, or a pipe")
      ->required()
      ->type_name("");
  plot.add_option("-o,--output", arguments.output, "File: .svg")
      ->required()
      ->check(with_suffix({".svg"}))
      ->type_name("FILE");
  plot.add_option("--chart", arguments.chart,
                  "loss, flow (gradients by layer) or weights (how they lie) [loss]")
      ->check(one_of({"loss", "flow", "weights"}))
      ->type_name("NAME");
  plot.add_option("--theme", arguments.theme,
                  "auto (as the reader's system or page is), light or dark [auto]")
      ->check(one_of({"auto", "light", "dark"}))
      ->type_name("NAME");
  plot.callback([&] {
    request.command = [&](Terminal& terminal) { return plot_command(request.plot, terminal); };
  });
}

void add_ops(CLI::App& app, Request& request) {
  CLI::App& ops =
      add_command(app, "ops", "The ops: what each computes, and all that is known about one",
                  "  nabla ops\n"
                  "  nabla ops clamp\n"
                  "  nabla ops 'log*'\n"
                  "  nabla ops --markdown > ops.md");
  ops.add_option("NAME", request.ops.name,
                 "One op, with all that is known about it; or several, with * and ?")
      ->type_name("");
  ops.add_flag("--markdown", request.ops.markdown,
               "A table in Markdown: formula, derivative, domain, kinks, accuracy");
  ops.callback([&] {
    request.ops.is_named = ops.get_option("NAME")->count() > 0;
    request.command = [&](Terminal& terminal) { return ops_command(request.ops, terminal); };
  });
}

void add_check(CLI::App& app, Request& request) {
  CLI::App& check = add_command(
      app, "check", "Compare gradients with finite differences",
      "  nabla check                     every op, and what is made of ops\n"
      "  nabla check 'soft*' tanh        some of them\n"
      "  nabla check --full matmul       the whole Jacobian, not directions through it\n"
      "  nabla check --expr 'tanh(a*b)+c^2' a=1 b=2 c=3\n"
      "  nabla check --mutants           would the checks notice a wrong rule?\n"
      "  nabla check --json > a.json;  nabla check --replay a.json\n"
      "\nExit status: 0 all agree, 1 one does not, 3 none is wrong but one cannot be told");
  check.add_option("WHAT", request.check.globs, "Op names, with * and ?; after --expr name=value")
      ->type_name("");
  auto* formula =
      check.add_option("--expr", request.check.formula, "Check this formula instead of ops");
  formula->transform(unprotected)->type_name("EXPR");
  check.add_option("--order", request.check.order, "Derivatives up to this order, 1 to 3 [2]")
      ->check(between(1, 3))
      ->type_name("N");
  check.add_option("--dtype", request.check.dtype, "float32 or float64 only; a formula: [float64]")
      ->check(one_of({"float32", "float64"}))
      ->type_name("TYPE");
  check.add_flag("--full", request.check.full, "Each input element against each result element");
  check.add_flag("--thorough", request.check.thorough,
                 "The careful difference for every derivative, not only where a quick one is off");
  check.add_option("--directions", request.check.directions, "Random directions [3]")
      ->check(between(1, 1000))
      ->type_name("N");
  check.add_option("--seed", request.check.seed, "Start of the random directions [0]")
      ->check(between(0, kMaxSeed))
      ->type_name("N");
  auto* mutants = check.add_flag("--mutants", request.check.mutants,
                                 "Damage each rule in every usual way; are 99 % found out?");
  auto* steps = check.add_flag("--steps", request.check.steps,
                               "How wrong plain differences are at which step, as CSV");
  auto* json = check.add_flag("--json", request.check.json, "The reports as JSON");
  auto* junit = check.add_flag("--junit", request.check.junit, "The reports as JUnit XML");
  check
      .add_option("-o,--output", request.check.output,
                  "Draw the formula, with what is wrong: FILE.svg, .html, .png, .pdf, ...")
      ->check(not_empty())
      ->needs(formula)
      ->type_name("FILE");
  auto* replay = check.add_option("--replay", request.check.replay,
                                  "Check again what a report of --json did not find right");
  replay->check(not_empty())->type_name("FILE");
  for (CLI::Option* other : check.get_options())
    if (other != replay && other != json && other != junit && other != check.get_help_ptr())
      replay->excludes(other);
  junit->excludes(json)->excludes(mutants)->excludes(steps);
  steps->needs(formula)->excludes(json)->excludes(mutants);
  mutants->excludes(formula);
  check.callback([&] {
    request.check.is_formula = check.get_option("--expr")->count() > 0;
    if (request.check.is_formula) request.check.assignments.swap(request.check.globs);
    request.command = [&](Terminal& terminal) { return check_command(request.check, terminal); };
  });
}

void add_learning_options(CLI::App& train, TrainArguments& arguments) {
  train.add_option("--epochs", arguments.epochs, "Passes over the data [5]")
      ->check(between(0, 1000000))
      ->type_name("N");
  train.add_option("--batch", arguments.batch, "Examples a step [64]")
      ->check(between(1, 1 << 20))
      ->type_name("N");
  train.add_option("--lr", arguments.learning_rate, "Learning rate [the optimizer's usual one]")
      ->check(above_zero())
      ->type_name("X");
  train.add_option("--optimizer", arguments.optimizer, "sgd, momentum, adam or adamw [adam]")
      ->check(one_of({"sgd", "momentum", "adam", "adamw"}))
      ->type_name("NAME");
  train.add_option("--activation", arguments.activation, "relu, tanh or sigmoid [relu]")
      ->check(one_of({"relu", "tanh", "sigmoid"}))
      ->type_name("NAME");
}

constexpr const char* kTrainFooter =
    R"(  nabla train /usr/share/datasets/fashion-mnist --save fashion.safetensors
  nabla train iris.csv --layers 4,16,3 --epochs 100 --batch 16 --optimizer sgd --lr 0.1

The first line of a CSV file names the columns if none of its fields but the last is a number.
Where numbers are the names, as in 2019,2020,label, take that line out or write y2019,y2020,label.

Ctrl-C stops after the current step and saves what was learned; the exit status is 130)";

void add_train(CLI::App& app, Request& request) {
  CLI::App& train = add_command(app, "train", "Train a dense network to classify", kTrainFooter);
  TrainArguments& arguments = request.train;
  train
      .add_option("DATA", arguments.data,
                  "Folder of IDX files as MNIST has them, or a CSV file with the label last")
      ->required()
      ->type_name("");
  train
      .add_option_function<std::string>(
          "--layers",
          [&arguments](const std::string& sizes) {
            arguments.layers.clear();
            for (const std::string& size : split_list(sizes))
              arguments.layers.push_back(std::stoll(size));
          },
          "Sizes from input to output [input,128,classes]")
      ->check(list_between(1, 1 << 20))
      ->type_name("N,N,...");
  add_learning_options(train, arguments);
  train.add_option("--seed", arguments.seed, "Start of the random numbers [0]")
      ->check(between(0, kMaxSeed))
      ->type_name("N");
  train.add_option("--save", arguments.save, "Write the weights here, also after Ctrl-C")
      ->check(not_empty())
      ->type_name("FILE");
  train.callback([&] {
    request.command = [&](Terminal& terminal) { return train_command(request.train, terminal); };
  });
}

void add_demo_and_info(CLI::App& app, Request& request) {
  CLI::App& demo = add_command(app, "demo", "See it work: a formula, a small network, a large one",
                               "  nabla demo\n"
                               "  nabla demo --data mnist/ --epochs 10 --out pictures");
  demo.add_option("--data", request.demo.data,
                  "Folder of IDX files [Fashion-MNIST, where Debian has it]")
      ->check(not_empty())
      ->type_name("DIR");
  demo.add_option("--out", request.demo.out, "Folder for pictures [nabla-demo]")
      ->check(not_empty())
      ->type_name("DIR");
  demo.add_option("--epochs", request.demo.epochs, "Passes of the large network; 0 skips it [6]")
      ->check(between(0, 1000))
      ->type_name("N");
  demo.add_option("--seed", request.demo.seed, "Start of the random numbers [1]")
      ->check(between(0, kMaxSeed))
      ->type_name("N");
  demo.callback([&] {
    request.command = [&](Terminal& terminal) { return demo_command(request.demo, terminal); };
  });

  add_command(app, "info", "Version and build",
              "  nabla info\n"
              "  NABLA_ISA=avx2 nabla info    # older instructions: baseline, avx2 or avx512\n"
              "  NABLA_THREADS=1 nabla info   # fewer threads")
      .callback(
          [&] { request.command = [](Terminal& terminal) { return info_command(terminal); }; });
}

int run_request(CLI::App& app, Request& request, std::vector<std::string> words,
                Terminal& terminal) {
  if (const std::string unknown = unknown_command(app, words); !unknown.empty()) {
    terminal.err.try_print(unknown);
    return kBadInput;
  }
  protect_formulas(words);
  std::reverse(words.begin(), words.end());  // CLI11 takes them from the back
  try {
    app.parse(std::move(words));
  } catch (const CLI::Success&) {
    const bool version = app.get_option("--version")->count() > 0;
    terminal.out.print(version ? "nabla " NABLA_VERSION "\n" : app.help());
    return kDone;
  } catch (const CLI::ParseError& error) {
    terminal.err.try_print(usage_error(app, error));
    return kBadInput;
  }
  if (!request.command) {
    terminal.out.print(app.help());
    return kDone;
  }
  return request.command(terminal);
}

}  // namespace

int run_app(int argc, const char* const* argv) {
  prepare_standard_streams();
  Terminal terminal;
  std::string what;
  try {
    CLI::App app("nabla differentiates: formulas, ops, networks, with pictures of how", "nabla");
    Request request;
    app.formatter(help_layout());
    app.set_help_flag("-h,--help", "This text");
    app.footer("nabla COMMAND --help explains a command. A first look: nabla demo");
    app.set_version_flag("--version", "nabla " NABLA_VERSION, "Version");
    add_grad(app, request);
    add_explain(app, request);
    add_graph(app, request);
    add_render(app, request);
    add_stats(app, request);
    add_diff(app, request);
    add_plot(app, request);
    add_ops(app, request);
    add_check(app, request);
    add_train(app, request);
    add_demo_and_info(app, request);
    return run_request(app, request, {argv + 1, argv + argc}, terminal);
  } catch (const std::bad_alloc&) {
    what = "not enough memory";
  } catch (const std::exception& error) {
    what = error.what();
  }
  terminal.err.try_print("nabla: " + what + "\n");
  return kBadInput;
}

}  // namespace nabla::cli
