// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include <nabla/viz/plot.hpp>

// Contour lines of a function on a grid, by marching squares.

namespace nabla::viz::detail {

struct Grid {
  Range x, y;
  int cells = 1;               ///< in each direction
  std::vector<double> values;  ///< (cells + 1)^2, row by row

  [[nodiscard]] double at(int column, int row) const {
    return values[static_cast<std::size_t>(row * (cells + 1) + column)];
  }
};

/// f at the corners of a grid.
/// Errors    DomainError in the name of `who` if a range is empty or not finite, or `cells` is not 2 to 2000
[[nodiscard]] Grid sampled(std::string_view who, const std::function<double(double, double)>& f,
                           Range x, Range y, int cells);

/// Lines along which the grid has the value `level`, each as points in the grid's coordinates.
/// Closed lines end where they begin. Cells with a corner that is not finite have none.
[[nodiscard]] std::vector<std::vector<Point>> contour_lines(const Grid& grid, double level);

}  // namespace nabla::viz::detail
