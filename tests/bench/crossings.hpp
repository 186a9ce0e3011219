// SPDX-License-Identifier: MIT
// How tangled a picture is, told from the picture itself, whoever drew it.
#pragma once

#include <cstddef>
#include <string_view>

namespace nabla::bench {

/// How often two lines between boxes cross in an SVG of ours or of Graphviz. Curves count as a few
/// straight pieces; lines that only touch do not cross.
[[nodiscard]] std::size_t line_crossings(std::string_view svg);

}  // namespace nabla::bench
