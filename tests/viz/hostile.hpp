// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <vector>

#include <nabla/engine/graph.hpp>

// Names that somebody might give to things, to do harm or by accident.

namespace nabla::viz::test {

/// Some by hand, each of which has broken a program that draws graphs.
const std::vector<std::string>& hostile_names();

/// More, put together from pieces that mean something to one of the formats, and from random bytes.
/// None is empty.
std::vector<std::string> random_names(unsigned seed, std::size_t count);

/// A graph with these names in every place where users' text gets into a file. For each there are two
/// nodes in a scope of its own, joined by two edges, and one to the root.
Graph graph_named(std::span<const std::string> names);

}  // namespace nabla::viz::test
