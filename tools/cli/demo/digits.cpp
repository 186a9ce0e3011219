// SPDX-License-Identifier: MIT
#include "digits.hpp"

#include <algorithm>
#include <bit>
#include <bitset>
#include <cmath>
#include <iterator>
#include <span>
#include <string_view>

#include <fmt/format.h>

#include <nabla/engine/random.hpp>

namespace nabla::cli {

namespace {

// Black and white: bit i is pixel i.
using Pattern = std::uint32_t;

constexpr Pattern pattern(std::string_view rows) {
  Pattern result = 0;
  Pattern bit = 1;
  for (const char c : rows) {
    if (c == '/') continue;
    if (c == '#') result |= bit;
    bit <<= 1;
  }
  return result;
}

constexpr Pattern kRings[] = {
    pattern("###/#.#/#.#/###"), pattern(".##/#.#/#.#/###"), pattern("##./#.#/#.#/###"),
    pattern("###/#.#/#.#/.##"), pattern("###/#.#/#.#/##."), pattern(".##/#.#/#.#/##."),
    pattern("##./#.#/#.#/.##"), pattern(".#./#.#/#.#/.#."), pattern("###/#.#/###/..."),
    pattern(".../###/#.#/###"),
};
constexpr Pattern kStrokes[] = {
    pattern(".#./.#./.#./.#."), pattern("#../#../#../#.."), pattern("..#/..#/..#/..#"),
    pattern("##./.#./.#./.#."), pattern(".##/..#/..#/..#"), pattern(".#./.#./.#./###"),
    pattern("##./.#./.#./###"), pattern("..#/.#./.#./#.."), pattern(".#./.#./.#./..."),
    pattern(".../.#./.#./.#."),
};

int distance(Pattern drawn, std::span<const Pattern> shapes) {
  int least = kDigitPixels;
  for (const Pattern shape : shapes) least = std::min(least, std::popcount(drawn ^ shape));
  return least;
}

// A shape of the digit in which one pixel may be wrong.
Pattern draw_pattern(std::span<const Pattern> shapes, Random& random) {
  Pattern drawn = shapes[random.below(shapes.size())];
  if (random.below(2) == 1) drawn ^= Pattern{1} << random.below(kDigitPixels);
  return drawn;
}

DigitImage paint(int digit, Pattern drawn, Random& random) {
  DigitImage image{.digit = digit};
  for (std::size_t i = 0; i < kDigitPixels; ++i) {
    const double grey =
        (drawn >> i & 1) != 0 ? random.uniform(0.75, 1.0) : random.uniform(0.0, 0.2);
    // Two decimals, so that a picture or a listing shows the pixel exactly.
    image.pixels[i] = std::round(grey * 100.0) / 100.0;
  }
  return image;
}

}  // namespace

std::vector<DigitImage> draw_digits(std::uint64_t seed) {
  Random random(seed);
  std::vector<DigitImage> images;
  std::bitset<std::size_t{1} << kDigitPixels> drawn_before;
  while (images.size() < kDigitImages) {
    const int digit = static_cast<int>(images.size() % 2);
    const std::span<const Pattern> own = digit == 0 ? std::span(kRings) : std::span(kStrokes);
    const std::span<const Pattern> other = digit == 0 ? std::span(kStrokes) : std::span(kRings);
    const Pattern drawn = draw_pattern(own, random);
    // What looks as much like the other digit has no right answer.
    if (drawn_before[drawn] || distance(drawn, own) >= distance(drawn, other)) continue;
    drawn_before[drawn] = true;
    images.push_back(paint(digit, drawn, random));
  }
  return images;
}

std::string digits_text(const std::vector<DigitImage>& images) {
  constexpr std::string_view kGreys[] = {"  ", "░░", "▒▒", "▓▓", "██"};
  std::string text;
  for (std::size_t row = 0; row < kDigitRows; ++row) {
    text += "   ";
    for (const DigitImage& image : images) {
      text += "  ";
      for (std::size_t column = 0; column < kDigitColumns; ++column) {
        const double ink = image.pixels[row * kDigitColumns + column];
        text += kGreys[std::min<std::size_t>(static_cast<std::size_t>(ink * 5.0), 4)];
      }
    }
    text += '\n';
  }
  return text;
}

std::string digits_svg(const std::vector<DigitImage>& images) {
  constexpr std::size_t kInRow = 16, kPixel = 12, kGap = 14, kLabel = 16;
  constexpr std::size_t kWide = kDigitColumns * kPixel, kHigh = kDigitRows * kPixel;
  const std::size_t rows = (images.size() + kInRow - 1) / kInRow;
  const std::size_t width = kGap + kInRow * (kWide + kGap);
  const std::size_t height = kGap + rows * (kHigh + kLabel + kGap);
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
      "viewBox=\"0 0 {0} {1}\">\n<title>{2} images of the digits 0 and 1</title>\n"
      "<rect width=\"{0}\" height=\"{1}\" fill=\"#ffffff\"/>\n",
      width, height, images.size());
  for (std::size_t index = 0; index < images.size(); ++index) {
    const std::size_t left = kGap + index % kInRow * (kWide + kGap);
    const std::size_t top = kGap + index / kInRow * (kHigh + kLabel + kGap);
    for (std::size_t i = 0; i < kDigitPixels; ++i) {
      const int grey = static_cast<int>(std::lround(255.0 * (1.0 - images[index].pixels[i])));
      svg += fmt::format(
          "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"#{:02x}{:02x}{:02x}\"/>\n",
          left + i % kDigitColumns * kPixel, top + i / kDigitColumns * kPixel, kPixel, kPixel, grey,
          grey, grey);
    }
    svg += fmt::format(
        "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"none\" stroke=\"#b0b0b0\"/>\n"
        "<text x=\"{}\" y=\"{}\" font-family=\"monospace\" font-size=\"12\" "
        "text-anchor=\"middle\">{}</text>\n",
        left, top, kWide, kHigh, left + kWide / 2, top + kHigh + kLabel - 3, images[index].digit);
  }
  return svg + "</svg>\n";
}

}  // namespace nabla::cli
