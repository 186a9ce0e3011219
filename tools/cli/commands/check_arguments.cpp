// SPDX-License-Identifier: MIT
#include "commands/check_arguments.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>

#include "files.hpp"
#include "text.hpp"

namespace nabla::cli {

namespace {

constexpr std::size_t kMostBytes = std::size_t{64} << 20;

}  // namespace

nlohmann::ordered_json json_of(const CheckArguments& arguments) {
  nlohmann::ordered_json json{{"seed", arguments.seed},
                              {"order", arguments.order},
                              {"directions", arguments.directions},
                              {"full", arguments.full},
                              {"thorough", arguments.thorough}};
  if (!arguments.dtype.empty()) json["dtype"] = arguments.dtype;
  if (arguments.is_formula) {
    json["formula"] = arguments.formula;
    json["at"] = arguments.assignments;
  }
  return json;
}

CheckArguments replay_of(const std::filesystem::path& path) {
  const std::string text = read_text(path, kMostBytes, "report of checks");
  try {
    const auto json = nlohmann::json::parse(text);
    if (json.at("schema") != "nabla.check/1") throw FormatError("another schema");
    CheckArguments arguments;
    json.at("seed").get_to(arguments.seed);
    json.at("order").get_to(arguments.order);
    json.at("directions").get_to(arguments.directions);
    json.at("full").get_to(arguments.full);
    json.at("thorough").get_to(arguments.thorough);
    if (json.contains("dtype")) json.at("dtype").get_to(arguments.dtype);
    const bool is_known =
        arguments.dtype.empty() || arguments.dtype == "float32" || arguments.dtype == "float64";
    if (arguments.order < 1 || arguments.order > 3 || arguments.directions < 1 || !is_known)
      throw FormatError("options out of range");
    arguments.is_formula = json.contains("formula");
    if (arguments.is_formula) {
      json.at("formula").get_to(arguments.formula);
      json.at("at").get_to(arguments.assignments);
      return arguments;
    }
    std::vector<std::string> all;
    for (const auto& op : json.at("ops")) {
      all.push_back(op.at("op").get<std::string>());
      if (!op.at("ok").get<bool>()) arguments.globs.push_back(all.back());
    }
    if (all.empty()) throw FormatError("no ops");
    if (arguments.globs.empty()) arguments.globs = std::move(all);
    return arguments;
  } catch (const nlohmann::json::parse_error& error) {
    throw FormatError(fmt::format("{}: no report of nabla check --json: no JSON, at byte {}",
                                  printable(path.string()), error.byte));
  } catch (const nlohmann::json::exception&) {
    throw FormatError(
        fmt::format("{}: no report of nabla check --json: a member is missing or mistyped",
                    printable(path.string())));
  } catch (const FormatError& error) {
    throw FormatError(fmt::format("{}: no report of nabla check --json: {}",
                                  printable(path.string()), error.what()));
  }
}

}  // namespace nabla::cli
