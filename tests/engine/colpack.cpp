// SPDX-License-Identifier: MIT
#ifdef NABLA_HAS_COLPACK
#include "engine/colpack.hpp"

#include <cstddef>
#include <vector>

#include <ColPack/ColPackHeaders.h>

namespace nabla::test {
namespace {

/// Rows as ADOL-C hands them to ColPack: their length, then their columns.
class Rows {
 public:
  explicit Rows(const SparsityPattern& pattern) : rows_(pattern.row_count) {
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const std::span<const std::uint32_t> columns = pattern.row(i);
      rows_[i].push_back(static_cast<unsigned>(columns.size()));
      rows_[i].insert(rows_[i].end(), columns.begin(), columns.end());
      starts_.push_back(rows_[i].data());
    }
  }
  unsigned** data() { return starts_.data(); }

 private:
  std::vector<std::vector<unsigned>> rows_;
  std::vector<unsigned*> starts_;
};

}  // namespace

std::uint32_t colpack_row_colors(const SparsityPattern& pattern) {
  Rows rows(pattern);
  ColPack::BipartiteGraphPartialColoringInterface graph(SRC_MEM_ADOLC, rows.data(),
                                                        static_cast<int>(pattern.row_count),
                                                        static_cast<int>(pattern.column_count));
  graph.PartialDistanceTwoColoring("LARGEST_FIRST", "ROW_PARTIAL_DISTANCE_TWO");
  return static_cast<std::uint32_t>(graph.GetVertexColorCount());
}

std::uint32_t colpack_star_colors(const SparsityPattern& pattern) {
  Rows rows(pattern);
  ColPack::GraphColoringInterface graph(SRC_MEM_ADOLC, rows.data(),
                                        static_cast<int>(pattern.row_count));
  graph.Coloring("LARGEST_FIRST", "STAR");
  return static_cast<std::uint32_t>(graph.GetVertexColorCount());
}

}  // namespace nabla::test
#endif
