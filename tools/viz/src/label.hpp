// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <nabla/viz/dot.hpp>

#include "color.hpp"

// What a box says and how it is filled.

namespace nabla::viz::detail {

/// What all labels of one picture need.
struct LabelContext {
  const Graph& graph;
  const View& view;
  const DotOptions& options;
  std::vector<std::string> names;
  std::vector<std::size_t> offsets;
  bool show_temporaries = false;  ///< t1, t2, ... in front of unnamed operations
};

[[nodiscard]] LabelContext label_context(const Graph& graph, const View& view,
                                         const DotOptions& options);

/// Lines of a box, cleaned, not yet escaped.
[[nodiscard]] std::vector<std::string> box_lines(const LabelContext& context, const Box& box);

/// What a pointer over the box shows: the op with its operands, formula and derivative.
[[nodiscard]] std::string box_tooltip(const LabelContext& context, const Box& box);

/// What a pointer over the arrow shows: the product of the chain rule that it stands for.
[[nodiscard]] std::string arrow_tooltip(const LabelContext& context, const Arrow& arrow);

struct Fill {
  Sign sign = Sign::none;
  int step = 0;
};

[[nodiscard]] Fill box_fill(const LabelContext& context, const Box& box);

}  // namespace nabla::viz::detail
