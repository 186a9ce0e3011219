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

/// The numbers in `text`, whatever separates them.
std::vector<double> numbers(const std::string& text);

}  // namespace nabla::viz::test
