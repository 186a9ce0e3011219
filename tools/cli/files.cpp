// SPDX-License-Identifier: MIT
#include "files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/engine/output_file.hpp>

#include "text.hpp"

namespace nabla::cli {

std::string read_text(const std::filesystem::path& path, std::size_t most, std::string_view what) {
  const std::string name = printable(path.string());
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    throw IoError(fmt::format("{}: it is a folder, need a file", name));
  std::ifstream file(path, std::ios::binary);
  if (!file) throw IoError(fmt::format("{}: {}", name, std::strerror(errno)));
  std::string text;
  for (char part[1 << 16]; file.read(part, sizeof part) || file.gcount() > 0;) {
    text.append(part, static_cast<std::size_t>(file.gcount()));
    if (text.size() > most)
      throw FormatError(fmt::format("{}: larger than {} MiB, no {} is", name, most >> 20, what));
  }
  if (file.bad()) throw IoError(name + ": cannot be read");
  return text;
}

void write_file(const std::filesystem::path& path, std::string_view text) {
  OutputFile file(path);
  file.write(text);
  file.commit();
}

void check_writable(const std::filesystem::path& path) { const OutputFile file(path); }

std::string suffix_of(const std::filesystem::path& path) {
  std::string suffix = path.extension().string();
  std::ranges::transform(suffix, suffix.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return suffix;
}

bool same_file(const std::filesystem::path& a, const std::filesystem::path& b) {
  std::error_code error;
  return std::filesystem::equivalent(a, b, error) && !error;
}

void make_folder(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error && !std::filesystem::is_directory(path, error) && !error)
    error = std::make_error_code(std::errc::not_a_directory);
  if (error)
    throw IoError(
        fmt::format("cannot make the folder {}: {}", printable(path.string()), error.message()));
}

}  // namespace nabla::cli
