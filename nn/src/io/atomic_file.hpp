// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace nabla::nn {

/// Replaces the file at `path` by these pieces, one after another: writes a new file in the same
/// folder, brings it to the disk, moves it into place. A symbolic link is followed.
/// Errors    IoError that names `op`; the new file is removed and the old one still there
void write_atomically(const std::string& path, std::span<const std::span<const std::byte>> pieces,
                      const char* op);

}  // namespace nabla::nn
