// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

// Small image folders of the kind MNIST comes in, for tests.

inline std::string big_endian(std::uint32_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 0xff);
  return bytes;
}

// `count` images of 2 x 2 pixels whose label is whether the upper row is bright.
inline void write_images(const std::filesystem::path& folder, const std::string& part,
                         std::uint32_t count) {
  std::string images =
      std::string("\0\0\x08\x03", 4) + big_endian(count) + big_endian(2) + big_endian(2);
  std::string labels = std::string("\0\0\x08\x01", 4) + big_endian(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const bool upper = i % 2 == 0;
    const auto pixel = [&](bool bright) { return static_cast<char>((bright ? 200 : 20) + i % 7); };
    images += {pixel(upper), pixel(upper), pixel(!upper), pixel(!upper)};
    labels += upper ? '\1' : '\0';
  }
  std::ofstream(folder / (part + "-images-idx3-ubyte"), std::ios::binary) << images;
  std::ofstream(folder / (part + "-labels-idx1-ubyte"), std::ios::binary) << labels;
}
