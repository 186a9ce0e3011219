// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

// Files: read whole, and written so that they are there completely or not at all.

namespace nabla::cli {

/// Writes the text under a temporary name in the same folder and renames it when it is on the disk.
/// Errors    IoError; then nothing was left behind, and a file of that name is as it was
void write_file(const std::filesystem::path& path, std::string_view text);

/// All bytes of a file.
/// Errors    IoError if it cannot be read; FormatError if it has more than `most` bytes, which no
///           `what` has
[[nodiscard]] std::string read_text(const std::filesystem::path& path, std::size_t most,
                                    std::string_view what);

/// Finds out before long work whether `path` can be written later: that it is no folder, and that a
/// file can be made in its folder.
/// Errors    IoError
void check_writable(const std::filesystem::path& path);

/// What the name of a file ends in, in small letters: ".svg", or "".
[[nodiscard]] std::string suffix_of(const std::filesystem::path& path);

/// True if both paths lead to one file that is there, also through links.
[[nodiscard]] bool same_file(const std::filesystem::path& a, const std::filesystem::path& b);

/// Makes the folder, and those above it, unless they are there.
/// Errors    IoError
void make_folder(const std::filesystem::path& path);

}  // namespace nabla::cli
