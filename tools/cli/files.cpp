// SPDX-License-Identifier: MIT
#include "files.hpp"

#include <system_error>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/engine/output_file.hpp>

#include "text.hpp"

namespace nabla::cli {

void write_file(const std::filesystem::path& path, std::string_view text) {
  OutputFile file(path);
  file.write(text);
  file.commit();
}

void check_writable(const std::filesystem::path& path) { const OutputFile file(path); }

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
