// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

// The data of the textbook network: small grey images of the digits 0 and 1, drawn by the program.
// A digit is one of a few shapes (a ring that may be small or open at a corner; a stroke that may
// be short, slanted or have a foot), in which at most one pixel is wrong, painted in uneven grey.

namespace nabla::cli {

inline constexpr int kDigitRows = 4;
inline constexpr int kDigitColumns = 3;
inline constexpr int kDigitPixels = kDigitRows * kDigitColumns;
inline constexpr int kDigitImages = 64;

struct DigitImage {
  int digit = 0;                              ///< 0 or 1
  std::array<double, kDigitPixels> pixels{};  ///< rows from above; 0 is paper, 1 is ink
};

/// 32 images of each digit, alternating, the same for the same seed on every machine. No two are
/// equal, not even when each pixel is rounded to black or white.
[[nodiscard]] std::vector<DigitImage> draw_digits(std::uint64_t seed);

/// The images side by side as blocks of characters, for a terminal.
[[nodiscard]] std::string digits_text(const std::vector<DigitImage>& images);

/// All images as one SVG picture, sixteen in a row, each with its digit below.
[[nodiscard]] std::string digits_svg(const std::vector<DigitImage>& images);

}  // namespace nabla::cli
