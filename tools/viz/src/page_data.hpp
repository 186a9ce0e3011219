// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>

#include <nabla/viz/picture.hpp>
#include <nabla/viz/recording.hpp>

// What a page knows of its graph, as JSON in columns ("nabla.page/1").
// Items are the boxes of a view in their order, then the constants that labels show. Links are the edges
// between items in the order of the graph, so those into one item stand together, by operand. Scopes are
// places of the whole layout with everything open: the page closes scopes by taking away the room that
// nothing needs then, so that nothing changes its order.

namespace nabla::viz::detail {

/// `frames` are those of a Recording of `graph`.
[[nodiscard]] std::string page_data(const Graph& graph, std::span<const RecordedFrame> frames,
                                    const PictureOptions& options);

}  // namespace nabla::viz::detail
