// SPDX-License-Identifier: MIT
#include "color.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace nabla::viz::detail {
namespace {

constexpr Palette kLight{.text = {0x1A, 0x1A, 0x1A},
                         .faint = {0x6E, 0x6E, 0x6E},
                         .line = {0x55, 0x55, 0x55},
                         .background = {0xFF, 0xFF, 0xFF},
                         .neutral = {0xFF, 0xFF, 0xFF},
                         .frame = {0xA8, 0xA8, 0xA8},
                         .frame_fill = {0xF6, 0xF6, 0xF4},
                         .alarm = {0xC2, 0x3B, 0x00},
                         .alarm_fill = {0xFF, 0xD3, 0xBF},
                         .negative = {0x56, 0xB4, 0xE9},
                         .positive = {0xE6, 0x9F, 0x00},
                         .unsigned_norm = {0x4F, 0xC3, 0x9E},
                         .op_share = 0.6};

constexpr Palette kDark{.text = {0xF2, 0xF2, 0xF2},
                        .faint = {0xA0, 0xA0, 0xA0},
                        .line = {0xB8, 0xB8, 0xB8},
                        .background = {0x16, 0x18, 0x1C},
                        .neutral = {0x2A, 0x2D, 0x33},
                        .frame = {0x6A, 0x6E, 0x76},
                        .frame_fill = {0x1E, 0x21, 0x26},
                        .alarm = {0xFF, 0x8A, 0x5C},
                        .alarm_fill = {0x6E, 0x22, 0x08},
                        .negative = {0x0B, 0x63, 0xA0},
                        .positive = {0x9A, 0x5B, 0x00},
                        .unsigned_norm = {0x0B, 0x70, 0x54},
                        .op_share = 0.3};

constexpr Palette kPrint{.text = {0x00, 0x00, 0x00},
                         .faint = {0x6A, 0x6A, 0x6A},
                         .line = {0x20, 0x20, 0x20},
                         .background = {0xFF, 0xFF, 0xFF},
                         .neutral = {0xFF, 0xFF, 0xFF},
                         .frame = {0x80, 0x80, 0x80},
                         .frame_fill = {0xFF, 0xFF, 0xFF},
                         .alarm = {0x00, 0x00, 0x00},
                         .alarm_fill = {0xC8, 0xC8, 0xC8},
                         .negative = {0xB0, 0xB0, 0xB0},
                         .positive = {0xB0, 0xB0, 0xB0},
                         .unsigned_norm = {0xB0, 0xB0, 0xB0},
                         .op_share = 0.0,
                         .transparent = true};

std::uint8_t mix(std::uint8_t from, std::uint8_t to, double share) {
  return static_cast<std::uint8_t>(std::lround(from + (to - from) * share));
}

Rgb mix(Rgb from, Rgb to, double share) {
  return {mix(from.red, to.red, share), mix(from.green, to.green, share),
          mix(from.blue, to.blue, share)};
}

}  // namespace

const Palette& palette(std::optional<Theme> theme) {
  switch (theme.value_or(Theme::light)) {
    case Theme::dark:
      return kDark;
    case Theme::print:
      return kPrint;
    case Theme::light:
    case Theme::automatic:
      break;
  }
  return kLight;
}

std::string hex(Rgb color) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text = "#";
  for (const unsigned part : {color.red, color.green, color.blue}) {
    text += digits[part / 16];
    text += digits[part % 16];
  }
  return text;
}

int shade(double x) {
  const double size = std::abs(x);
  int steps = 0;
  // Powers of ten are compared, not logarithms, so that 0.001 falls into its own decade.
  static constexpr std::array<double, kShades> decades{1e-6, 1e-5, 1e-4, 1e-3, 1e-2,
                                                       1e-1, 1e0,  1e1,  1e2};
  while (steps < kShades && size >= decades[static_cast<std::size_t>(steps)]) ++steps;
  return steps;
}

int size_step(double bytes) {
  int step = 0;
  while (step < kShades && bytes >= size_of_step(step + 1)) ++step;
  return step;
}

Rgb heat(const Palette& colors, Sign sign, int step) {
  const Rgb end = sign == Sign::negative   ? colors.negative
                  : sign == Sign::positive ? colors.positive
                                           : colors.unsigned_norm;
  return mix(colors.neutral, end, static_cast<double>(std::clamp(step, 0, kShades)) / kShades);
}

Rgb op_color(const Palette& colors, std::size_t index) {
  // Okabe and Ito's, neighbours far apart in lightness.
  static constexpr std::array<Rgb, kOpColors> hues{{{0xE6, 0x9F, 0x00},
                                                    {0x00, 0x72, 0xB2},
                                                    {0xF0, 0xE4, 0x42},
                                                    {0x00, 0x9E, 0x73},
                                                    {0x56, 0xB4, 0xE9},
                                                    {0xD5, 0x5E, 0x00},
                                                    {0xCC, 0x79, 0xA7}}};
  if (colors.op_share > 0.0) return mix(colors.neutral, hues[index], colors.op_share);
  // In print, greys.
  return mix(colors.neutral, colors.unsigned_norm, static_cast<double>(index + 1) / kOpColors);
}

std::vector<std::pair<Rgb, Rgb>> light_and_dark() {
  std::vector<std::pair<Rgb, Rgb>> pairs;
  for (const auto part : {&Palette::neutral, &Palette::line, &Palette::faint, &Palette::frame,
                          &Palette::frame_fill, &Palette::alarm, &Palette::alarm_fill})
    pairs.emplace_back(kLight.*part, kDark.*part);
  for (const Sign sign : {Sign::negative, Sign::positive, Sign::none})
    for (int step = 1; step <= kShades; ++step)
      pairs.emplace_back(heat(kLight, sign, step), heat(kDark, sign, step));
  for (std::size_t i = 0; i < kOpColors; ++i)
    pairs.emplace_back(op_color(kLight, i), op_color(kDark, i));
  return pairs;
}

}  // namespace nabla::viz::detail
