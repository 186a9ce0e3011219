// SPDX-License-Identifier: MIT
#include "usage.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "files.hpp"
#include "text.hpp"

namespace nabla::cli {

namespace {

class HelpLayout : public CLI::Formatter {
 public:
  HelpLayout() { column_width(22); }

  std::string make_usage(const CLI::App* app, std::string name) const override {
    std::string usage = "\nusage: " + name;
    if (app->get_parent() == nullptr) return usage + " COMMAND ...\n";
    for (const CLI::Option* option : app->get_options()) {
      if (!option->get_positional()) continue;
      const std::string label = option->get_name(true);
      usage += option->get_required() ? " " + label : " [" + label + "]";
      if (option->get_items_expected_max() > 1) usage += "...";
    }
    return usage + " [OPTION]...\n";
  }
  std::string make_group(std::string group, bool is_positional,
                         std::vector<const CLI::Option*> options) const override {
    std::string text = "\n";
    if (!is_positional && group != "Options") text += group + ":\n";
    for (const CLI::Option* option : options) text += make_option(option, is_positional);
    return text;
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    const std::string type = option->get_type_name();
    return type.empty() || option->get_type_size() == 0 ? "" : " " + type;
  }
  std::string make_subcommands(const CLI::App* app, CLI::AppFormatMode) const override {
    if (app->get_parent() != nullptr) return {};
    std::vector<std::vector<std::string>> rows;
    for (const CLI::App* command : app->get_subcommands({}))
      rows.push_back({command->get_name(), command->get_description()});
    return "\n" + table_text(rows, "  ");
  }
  std::string make_footer(const CLI::App* app) const override { return app->get_footer() + "\n"; }
};

}  // namespace

std::shared_ptr<CLI::FormatterBase> help_layout() { return std::make_shared<HelpLayout>(); }

CLI::Validator one_of(std::vector<std::string> words) {
  return {[words](std::string& text) {
            if (std::find(words.begin(), words.end(), text) != words.end()) return std::string();
            return fmt::format("'{}' is none of {}{}", printable(text), fmt::join(words, ", "),
                               did_you_mean(text, words));
          },
          ""};
}

CLI::Validator between(long long least, long long most) {
  return {[least, most](std::string& text) {
            long long number = 0;
            const char* end = text.data() + text.size();
            const auto [rest, error] = std::from_chars(text.data(), end, number);
            const bool whole = error == std::errc{} && rest == end;
            if (whole && number >= least && number <= most) return std::string();
            return fmt::format("'{}' is no whole number from {} to {}",
                               printable(unprotected(text)), least, count_text(most));
          },
          ""};
}

std::vector<std::string> split_list(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text)
    if (c == ',')
      parts.emplace_back();
    else
      parts.back() += c;
  return parts;
}

CLI::Validator list_between(long long least, long long most) {
  return {[each = between(least, most)](std::string& text) {
            for (const std::string& part : split_list(text))
              if (const std::string wrong = each(part); !wrong.empty()) return wrong;
            return std::string();
          },
          ""};
}

CLI::Validator above_zero() {
  return {[](std::string& text) {
            double number = 0.0;
            const char* end = text.data() + text.size();
            const auto [rest, error] = std::from_chars(text.data(), end, number);
            if (error == std::errc{} && rest == end && number > 0.0 && std::isfinite(number))
              return std::string();
            return fmt::format("'{}' is no number above 0", printable(text));
          },
          ""};
}

CLI::Validator not_empty() {
  return {[](std::string& text) { return std::string(text.empty() ? "the name is empty" : ""); },
          ""};
}

CLI::Validator with_suffix(std::vector<std::string> suffixes) {
  return {[suffixes = std::move(suffixes)](std::string& name) {
            const bool is_good = std::ranges::find(suffixes, suffix_of(name)) != suffixes.end();
            if (is_good) return std::string();
            return fmt::format("got '{}', need a file name that ends in {}", name,
                               fmt::join(suffixes, " "));
          },
          ""};
}

std::string usage_error(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* command = &app;
  if (!app.get_subcommands().empty()) command = app.get_subcommands().front();
  const std::string name = command == &app ? "nabla" : "nabla " + command->get_name();
  std::string what = error.what();
  what.resize(std::min(what.size(), what.find('\n')));
  const std::vector<std::string> extras = command->remaining(true);
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr && !extras.empty()) {
    const std::string word = extras.front().substr(0, extras.front().find('='));
    std::vector<std::string> options;
    for (const CLI::Option* option : command->get_options())
      if (!option->get_lnames().empty()) options.push_back("--" + option->get_lnames().front());
    what = fmt::format("{} '{}'{}", word[0] == '-' ? "unknown option" : "unexpected argument", word,
                       did_you_mean(word, options));
  }
  return fmt::format("nabla: {}; {} --help shows the usage\n", printable(what), name);
}

std::string unknown_command(CLI::App& app, const std::vector<std::string>& words) {
  if (words.empty() || words.front().substr(0, 1) == "-") return {};
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  if (std::find(names.begin(), names.end(), words.front()) != names.end()) return {};
  return fmt::format("nabla: unknown command '{}'{}; nabla --help lists them\n",
                     printable(words.front()), did_you_mean(words.front(), names));
}

std::string unprotected(std::string formula) {
  if (formula.size() > 1 && formula[0] == ' ' && formula[1] == '-') formula.erase(0, 1);
  return formula;
}

void protect_formulas(std::vector<std::string>& words) {
  constexpr std::string_view kCommands[] = {"grad", "explain", "graph", "check"};
  if (words.empty() || std::count(std::begin(kCommands), std::end(kCommands), words[0]) == 0)
    return;
  for (std::size_t i = 1; i < words.size() && words[i] != "--"; ++i) {
    std::string& word = words[i];
    if (words[i - 1] == "-o") {  // its value, whatever it begins with: -oVALUE
      words[i - 1] += word;
      words.erase(words.begin() + static_cast<std::ptrdiff_t>(i--));
      continue;
    }
    if (word.size() < 2 || word[0] != '-' || word[1] == '-') continue;
    if (word == "-h" || word.substr(0, 2) == "-o") continue;  // the options with one letter
    word.insert(0, 1, ' ');
  }
}

}  // namespace nabla::cli
