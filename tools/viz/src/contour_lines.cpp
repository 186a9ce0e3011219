// SPDX-License-Identifier: MIT
#include "contour_lines.hpp"

#include <array>
#include <cmath>
#include <map>
#include <utility>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>

namespace nabla::viz::detail {
namespace {

// A grid edge has a number: 2 * corner for the one to the right of the corner, + 1 for the one
// above it. A line crosses an edge in one point, so that pieces are joined by edge numbers.
using EdgeId = int;

struct Corner {
  int column, row;
};

Corner corner_of(const Grid& grid, EdgeId edge) {
  const int corner = edge / 2;
  return {corner % (grid.cells + 1), corner / (grid.cells + 1)};
}

Point crossing(const Grid& grid, EdgeId edge, double level) {
  const auto [column, row] = corner_of(grid, edge);
  const bool up = edge % 2 == 1;
  const double a = grid.at(column, row);
  const double b = up ? grid.at(column, row + 1) : grid.at(column + 1, row);
  const double share = (level - a) / (b - a);
  const double step_x = (grid.x.upper - grid.x.lower) / grid.cells;
  const double step_y = (grid.y.upper - grid.y.lower) / grid.cells;
  return {grid.x.lower + step_x * (column + (up ? 0.0 : share)),
          grid.y.lower + step_y * (row + (up ? share : 0.0))};
}

// The ends of lines at each edge: at most two, one from the cell on each side.
class Links {
 public:
  void join(EdgeId a, EdgeId b) {
    links_[a].push_back(b);
    links_[b].push_back(a);
  }

  // Takes one line out, starting at `edge`.
  std::vector<EdgeId> walk(EdgeId edge) {
    std::vector<EdgeId> line{edge};
    while (!links_[edge].empty()) {
      const EdgeId next = links_[edge].back();
      links_[edge].pop_back();
      std::erase(links_[next], edge);
      line.push_back(edge = next);
    }
    return line;
  }

  // Open lines first, from an end; what remains is closed.
  std::vector<std::vector<EdgeId>> lines() {
    std::vector<std::vector<EdgeId>> result;
    for (const std::size_t wanted : {std::size_t{1}, std::size_t{2}}) {
      for (auto& [edge, others] : links_) {
        if (others.size() == wanted) result.push_back(walk(edge));
      }
    }
    return result;
  }

 private:
  std::map<EdgeId, std::vector<EdgeId>> links_;
};

void march(const Grid& grid, int column, int row, double level, Links& links) {
  const int corner = row * (grid.cells + 1) + column;
  const std::array<double, 4> values{grid.at(column, row), grid.at(column + 1, row),
                                     grid.at(column + 1, row + 1), grid.at(column, row + 1)};
  // Edges in the order below, right, above, left; edge i joins corners i and i + 1.
  const std::array<EdgeId, 4> edges{2 * corner, 2 * (corner + 1) + 1, 2 * (corner + grid.cells + 1),
                                    2 * corner + 1};
  double sum = 0.0;
  std::vector<std::size_t> crossed;
  for (std::size_t i = 0; i < 4; ++i) {
    if (!std::isfinite(values[i])) return;
    sum += values[i];
    if ((values[i] < level) != (values[(i + 1) % 4] < level)) crossed.push_back(i);
  }
  if (crossed.size() == 2) links.join(edges[crossed[0]], edges[crossed[1]]);
  if (crossed.size() != 4) return;
  // A saddle: the value in the middle tells which corners belong together.
  const bool middle_like_first = (sum / 4 < level) == (values[0] < level);
  links.join(edges[0], edges[middle_like_first ? 1 : 3]);
  links.join(edges[2], edges[middle_like_first ? 3 : 1]);
}

}  // namespace

Grid sampled(std::string_view who, const std::function<double(double, double)>& f, Range x, Range y,
             int cells) {
  for (const auto& [range, name] : {std::pair{x, "x"}, {y, "y"}}) {
    if (std::isfinite(range.lower) && std::isfinite(range.upper) && range.lower < range.upper)
      continue;
    throw DomainError(fmt::format("[{}] range of {}: got {} to {}, need lower < upper", who, name,
                                  range.lower, range.upper));
  }
  if (cells < 2 || cells > 2000)
    throw DomainError(fmt::format("[{}] got {} cells, need 2 to 2000", who, cells));
  Grid grid{x, y, cells, {}};
  for (int row = 0; row <= cells; ++row) {
    for (int column = 0; column <= cells; ++column) {
      grid.values.push_back(f(x.lower + (x.upper - x.lower) * column / cells,
                              y.lower + (y.upper - y.lower) * row / cells));
    }
  }
  return grid;
}

std::vector<std::vector<Point>> contour_lines(const Grid& grid, double level) {
  Links links;
  for (int row = 0; row < grid.cells; ++row) {
    for (int column = 0; column < grid.cells; ++column) march(grid, column, row, level, links);
  }
  std::vector<std::vector<Point>> result;
  for (const auto& line : links.lines()) {
    result.emplace_back();
    for (const EdgeId edge : line) result.back().push_back(crossing(grid, edge, level));
  }
  return result;
}

}  // namespace nabla::viz::detail
