// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>

#include <nabla/engine/graph.hpp>
#include <nabla/viz/diagnose.hpp>

// The chain rule of one computation in words and numbers: each operation forward, then each
// product backward in the order in which the sweep made it, and how the products add up. Tensors of
// at most eight elements are written out, larger ones are told by mean, deviation and norms.
//
//   fmt::print("{}", viz::explain(capture(loss)));

namespace nabla::viz {

struct ExplainOptions {
  bool markdown = false;        ///< headings and tables for a Markdown document
  std::size_t max_steps = 500;  ///< of each table, 0 for all; what is left out is counted
};

/// What happened in `graph`, step by step.
/// Errors    GraphError if `graph` is not consistent
/// Accuracy  numbers carry six significant digits
[[nodiscard]] std::string explain(const Graph& graph, const ExplainOptions& options = {});

/// A few lines about `graph`: how many nodes of which kind and op, depth, gradients, memory of tensors
/// and which ops need most of it, and what is wrong.
/// Errors    as of diagnose
[[nodiscard]] std::string summary(const Graph& graph, const DiagnoseOptions& options = {});
/// Of a training run: its first graph, its frames, and what went wrong on the way.
[[nodiscard]] std::string summary(const Recording& recording, const DiagnoseOptions& options = {});

}  // namespace nabla::viz
