// SPDX-License-Identifier: MIT
// nabla_bench [FILTER] [--list] [--json FILE] [--peer torch]: runs the cases whose names contain
// FILTER.
#include <cstdio>
#include <exception>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <nabla/engine/output_file.hpp>

#include "bench/bench.hpp"
#include "bench/torch_peer.hpp"

namespace nabla::bench {

std::vector<Case> bench_cases(const std::string& torch_program) {
  std::vector<Case> cases;
  for (auto list : {scalar_cases(), scalar_mode_cases(), scalar_program_cases(),
                    tensor_cases(torch_program), graph_cases()})
    cases.insert(cases.end(), std::make_move_iterator(list.begin()),
                 std::make_move_iterator(list.end()));
  return cases;
}

namespace {

struct Request {
  std::string filter;
  std::string json_file;
  std::string peer;  // empty, or torch
  bool list = false;
};

nlohmann::json to_json(const std::string& name, const Figure& figure) {
  return {{"case", name},
          {"unit", figure.unit},
          {"ours", figure.ours},
          {"peers", figure.peers},
          {"limit", figure.limit ? nlohmann::json(*figure.limit) : nlohmann::json()},
          {"goal", figure.goal ? nlohmann::json(*figure.goal) : nlohmann::json()},
          {"peer_goals", figure.peer_goals},
          {"note", figure.note}};
}

// Four digits, and no exponent.
std::string digits(double figure) {
  return figure < 1000 ? fmt::format("{:.4g}", figure) : fmt::format("{:.0f}", figure);
}

// "name 3.1 (2.00x, goal 1.8x)": the peer's figure, and how many times ours it is and is to be.
std::string against(const Figure& figure) {
  std::string text;
  for (const auto& [name, peer] : figure.peers) {
    text += fmt::format("{} {}", name, digits(peer));
    if (figure.ours > 0) {
      const double ratio = peer / figure.ours;
      const auto goal = figure.peer_goals.find(name);
      const bool has_goal = goal != figure.peer_goals.end();
      text += fmt::format(" ({:.2f}x{})", ratio,
                          has_goal ? fmt::format(", goal {}x{}", digits(goal->second),
                                                 ratio < goal->second ? " !" : "")
                                   : "");
    }
    text += "  ";
  }
  return text;
}

// "60", or "60 !" where ours exceeds it.
std::string goal_of(const Figure& figure) {
  if (!figure.goal) return "-";
  return digits(*figure.goal) + (figure.ours <= *figure.goal ? "" : " !");
}

void print_row(const std::string& name, const Figure& figure) {
  fmt::print("{:<36} {:>10} {:<8} {:>10} {:>8}  {}{}\n", name, digits(figure.ours), figure.unit,
             figure.limit ? digits(*figure.limit) : "-", goal_of(figure), against(figure),
             figure.note);
  std::fflush(stdout);
}

nlohmann::json run_all(const std::vector<Case>& cases) {
  fmt::print("{:<36} {:>10} {:<8} {:>10} {:>8}  {}\n", "case", "ours", "unit", "limit", "goal",
             "peers (times ours; above 1: ours is faster)");
  fmt::print(
      "(limit, and goal of tensor/: of one core of an Intel Xeon, Emerald Rapids; other machines "
      "have "
      "their own.\n goal: not to be exceeded, and by how much to beat a peer; ! where missed)\n");
  auto results = nlohmann::json::array();
  for (const Case& each : cases) {
    const Figure figure = each.run();
    print_row(each.name, figure);
    results.push_back(to_json(each.name, figure));
  }
  return results;
}

std::vector<Case> matching(const Request& request) {
  auto cases = bench_cases(request.peer.empty() ? std::string() : torch_program());
  std::erase_if(cases,
                [&](const Case& each) { return each.name.find(request.filter) == each.name.npos; });
  return cases;
}

int run(const Request& request) {
  const auto cases = matching(request);
  if (cases.empty()) {
    fmt::print(stderr, "nabla_bench: no case contains '{}'; --list shows them\n", request.filter);
    return 2;
  }
  if (request.list) {
    for (const Case& each : cases) fmt::print("{}\n", each.name);
    return 0;
  }
  // Opened first: better to fail before the measurements than after them.
  std::optional<OutputFile> json;
  if (!request.json_file.empty()) json.emplace(request.json_file);
  const auto results = run_all(cases);
  if (json) {
    json->write(results.dump(2) + "\n");
    json->commit();
  }
  return 0;
}

}  // namespace
}  // namespace nabla::bench

int main(int argc, char** argv) {
  CLI::App app{"Benchmarks of nabla. Lower is better; measure on an idle machine."};
  nabla::bench::Request request;
  app.add_option("FILTER", request.filter, "run the cases whose names contain this");
  app.add_option("--json", request.json_file, "write the figures to this file");
  app.add_flag("--list", request.list, "print the names and run nothing");
  app.add_option("--peer", request.peer, nabla::bench::kTorchHelp)->check(CLI::IsMember({"torch"}));
  app.footer("Example: nabla_bench scalar/ --json scalar.json");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "nabla_bench: {}; --help shows the usage\n", error.what());
    return 2;
  }
  try {
    return nabla::bench::run(request);
  } catch (const std::exception& error) {
    fmt::print(stderr, "nabla_bench: {}\n", error.what());
    return 2;
  }
}
