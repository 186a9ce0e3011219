// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <nabla/viz/picture.hpp>

// Colours of the pictures. The heat map puts a number on a signed logarithmic axis with fixed
// decades, so that two pictures compare: blue is negative, orange positive (both of Okabe and Ito's
// palette for colour-blind readers), deeper by decade; green is a norm or a size, which has no sign.
// The sign always stands in the text as well. Ops have a colour of that palette each.

namespace nabla::viz::detail {

struct Rgb {
  std::uint8_t red = 0, green = 0, blue = 0;

  bool operator==(const Rgb&) const = default;
};

struct Palette {
  Rgb text, faint, line, background, neutral, frame, frame_fill, alarm, alarm_fill;
  Rgb negative, positive, unsigned_norm;  ///< the far ends of the heat map
  double op_share;  ///< how far fills of ops go from neutral to the full colour
  bool transparent = false;
};

[[nodiscard]] const Palette& palette(std::optional<Theme> theme);

/// "#rrggbb".
[[nodiscard]] std::string hex(Rgb color);

/// Decades of |gradient| that have a shade of their own: below the first is white, at the last and
/// above is the deepest.
inline constexpr int kFirstDecade = -6;
inline constexpr int kLastDecade = 2;

/// 0 for |x| < 1e-6 and NaN, 1 for |x| in [1e-6, 1e-5), ... 9 for |x| >= 1e2.
[[nodiscard]] int shade(double x);
inline constexpr int kShades = kLastDecade - kFirstDecade + 1;

/// The same steps for sizes: 0 for less than 64 bytes, then one for each factor of 8 up to 1 GiB.
[[nodiscard]] int size_step(double bytes);
/// The least size of a step.
[[nodiscard]] inline double size_of_step(int step) { return std::ldexp(8.0, 3 * step); }
/// And for times, as the size that has the same step: 64 bytes are a nanosecond.
inline constexpr double kSizeOfSecond = 64e9;

enum class Sign { negative, positive, none };

/// The fill of a box at `step` (0 to kShades) of the heat map.
[[nodiscard]] Rgb heat(const Palette& colors, Sign sign, int step);

/// So many ops have a fill of their own.
inline constexpr std::size_t kOpColors = 7;
inline constexpr std::size_t kGreen = 3, kMagenta = 6;  ///< among them
[[nodiscard]] Rgb op_color(const Palette& colors, std::size_t index);

/// The colours of fills and lines in the light theme, and what they are in the dark one.
[[nodiscard]] std::vector<std::pair<Rgb, Rgb>> light_and_dark();

}  // namespace nabla::viz::detail
