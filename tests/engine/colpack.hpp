// SPDX-License-Identifier: MIT
// ColPack as an oracle of how many colors are enough.
#pragma once

#include <cstdint>

#include <nabla/engine/sparse.hpp>

namespace nabla::test {

/// What its partial coloring of distance 2 gives the rows, the longest first.
std::uint32_t colpack_row_colors(const SparsityPattern& pattern);
/// What its star coloring gives the graph of a symmetric pattern, the longest row first.
std::uint32_t colpack_star_colors(const SparsityPattern& pattern);

}  // namespace nabla::test
