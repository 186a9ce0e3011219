// SPDX-License-Identifier: MIT
// nabla_bench [FILTER] [--list] [--json FILE]: runs the cases whose names contain FILTER.
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

namespace nabla::bench {

std::vector<Case> bench_cases() {
  std::vector<Case> cases;
  for (auto list : {scalar_cases(), scalar_mode_cases(), tensor_cases(), graph_cases()})
    cases.insert(cases.end(), std::make_move_iterator(list.begin()),
                 std::make_move_iterator(list.end()));
  return cases;
}

namespace {

nlohmann::json to_json(const std::string& name, const Figure& figure) {
  return {{"case", name},
          {"unit", figure.unit},
          {"ours", figure.ours},
          {"peers", figure.peers},
          {"limit", figure.limit ? nlohmann::json(*figure.limit) : nlohmann::json()},
          {"note", figure.note}};
}

// "name 3.1 (2.00x)": the peer's figure, and how many times ours it is.
std::string against(const Figure& figure) {
  std::string text;
  for (const auto& [name, peer] : figure.peers)
    text += fmt::format("{} {:.4g} ({:.2f}x)  ", name, peer, peer / figure.ours);
  return text;
}

void print_row(const std::string& name, const Figure& figure) {
  fmt::print("{:<28} {:>10.4g} {:<8} {:>10}  {}{}\n", name, figure.ours, figure.unit,
             figure.limit ? fmt::format("{:.4g}", *figure.limit) : "-", against(figure),
             figure.note);
  std::fflush(stdout);
}

nlohmann::json run_all(const std::vector<Case>& cases) {
  fmt::print("{:<28} {:>10} {:<8} {:>10}  {}\n", "case", "ours", "unit", "limit",
             "peers (times ours; above 1: ours is faster)");
  auto results = nlohmann::json::array();
  for (const Case& each : cases) {
    const Figure figure = each.run();
    print_row(each.name, figure);
    results.push_back(to_json(each.name, figure));
  }
  return results;
}

std::vector<Case> matching(const std::string& filter) {
  auto cases = bench_cases();
  std::erase_if(cases, [&](const Case& each) { return each.name.find(filter) == each.name.npos; });
  return cases;
}

int run(const std::string& filter, bool list, const std::string& json_file) {
  const auto cases = matching(filter);
  if (cases.empty()) {
    fmt::print(stderr, "nabla_bench: no case contains '{}'; --list shows them\n", filter);
    return 2;
  }
  if (list) {
    for (const Case& each : cases) fmt::print("{}\n", each.name);
    return 0;
  }
  // Opened first: better to fail before the measurements than after them.
  std::optional<OutputFile> json;
  if (!json_file.empty()) json.emplace(json_file);
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
  std::string filter;
  std::string json_file;
  bool list = false;
  app.add_option("FILTER", filter, "run the cases whose names contain this");
  app.add_option("--json", json_file, "write the figures to this file");
  app.add_flag("--list", list, "print the names and run nothing");
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
    return nabla::bench::run(filter, list, json_file);
  } catch (const std::exception& error) {
    fmt::print(stderr, "nabla_bench: {}\n", error.what());
    return 2;
  }
}
