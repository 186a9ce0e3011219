// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "color.hpp"
#include "label.hpp"

// What the fills of a picture mean.

namespace nabla::viz::detail {

struct Legend {
  struct Entry {
    Rgb fill;
    std::string text;
  };
  std::string title;
  bool is_scale = true;  ///< else each entry is for itself
  std::size_t zero = 0;  ///< of a scale: the entry from which the steps go up, and down before it
  std::vector<Entry> entries;  ///< the least first
};

/// Scales of the kinds of numbers that fills of the picture show, or the ops that have one. Empty if
/// no legend is wanted or nothing is filled.
[[nodiscard]] std::vector<Legend> legends(const LabelContext& context);

}  // namespace nabla::viz::detail
