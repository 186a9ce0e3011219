// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

// How the command line talks to people: the layout of help texts, checks of option values with
// messages that say what is allowed, and the one line about a command line that is wrong.

namespace nabla::cli {

/// The layout of the help texts.
[[nodiscard]] std::shared_ptr<CLI::FormatterBase> help_layout();

/// Checks that an option is one of these words, or a number in this range.
[[nodiscard]] CLI::Validator one_of(std::vector<std::string> words);
[[nodiscard]] CLI::Validator between(long long least, long long most);
/// The texts between commas, also empty ones, which CLI11 would leave out.
[[nodiscard]] std::vector<std::string> split_list(const std::string& text);
/// Checks that an option is a list of such numbers.
[[nodiscard]] CLI::Validator list_between(long long least, long long most);
[[nodiscard]] CLI::Validator above_zero();
/// Checks that an option names something: left out is not the same as empty.
[[nodiscard]] CLI::Validator not_empty();
/// Checks that a file name ends in one of `suffixes`, in capitals or not.
[[nodiscard]] CLI::Validator with_suffix(std::vector<std::string> suffixes);

/// What is wrong with the command line, in one line.
[[nodiscard]] std::string usage_error(const CLI::App& app, const CLI::ParseError& error);

/// The line about a first word that is no command, or "".
[[nodiscard]] std::string unknown_command(CLI::App& app, const std::vector<std::string>& words);

/// Puts a space in front of formulas that begin with a minus sign, which would make them options.
void protect_formulas(std::vector<std::string>& words);
/// The formula without that space.
[[nodiscard]] std::string unprotected(std::string formula);

}  // namespace nabla::cli
