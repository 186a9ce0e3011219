// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include <nabla/viz/picture.hpp>

// Colours of the pictures. The heat map puts a gradient on a signed logarithmic axis with fixed
// decades, so that two pictures compare: blue is negative, orange positive (both of Okabe and Ito's
// palette for colour-blind readers), deeper by decade; green is a norm, which has no sign.
// The sign always stands in the text as well.

namespace nabla::viz::detail {

struct Rgb {
  std::uint8_t red = 0, green = 0, blue = 0;

  bool operator==(const Rgb&) const = default;
};

struct Palette {
  Rgb text, faint, line, background, neutral, frame, frame_fill, alarm;
  Rgb negative, positive, unsigned_norm;  ///< the far ends of the heat map
  bool transparent = false;
};

[[nodiscard]] const Palette& palette(Theme theme);

/// "#rrggbb".
[[nodiscard]] std::string hex(Rgb color);

/// Ratio of luminances, 1 to 21. Source: WCAG 2.1, contrast ratio.
[[nodiscard]] double contrast(Rgb a, Rgb b);

/// Decades of |gradient| that have a shade of their own: below the first is white, at the last and
/// above is the deepest.
inline constexpr int kFirstDecade = -6;
inline constexpr int kLastDecade = 2;

/// 0 for |x| < 1e-6 and NaN, 1 for |x| in [1e-6, 1e-5), ... 9 for |x| >= 1e2.
[[nodiscard]] int shade(double x);
inline constexpr int kShades = kLastDecade - kFirstDecade + 1;

enum class Sign { negative, positive, none };

/// The fill of a box at `step` (0 to kShades) of the heat map.
[[nodiscard]] Rgb heat(const Palette& colors, Sign sign, int step);

}  // namespace nabla::viz::detail
