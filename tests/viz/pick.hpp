// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

// Looks for pieces of a written picture. std::regex is avoided: GCC 12 warns inside it when it
// compiles for the sanitizers.

namespace nabla::viz::test {

/// How often `part` occurs in `text`.
std::size_t count(const std::string& text, const std::string& part);

/// What stands between each `before` and the next `after`.
std::vector<std::string> between(const std::string& text, const std::string& before,
                                 const std::string& after);

/// The attributes of the statement that begins with `head`.
std::string statement(const std::string& dot, const std::string& head);

/// How many nodes of the graph or groups of them DOT text has statements for.
std::size_t box_count(const std::string& dot);

/// The numbers in `text`, whatever separates them.
std::vector<double> numbers(const std::string& text);

/// Ratio of the luminances of two colours "#rrggbb", 1 to 21. Source: WCAG 2.1, contrast ratio.
double contrast(const std::string& a, const std::string& b);

}  // namespace nabla::viz::test
