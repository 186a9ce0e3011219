// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <nabla/engine/tensor.hpp>

// The header of a safetensors file as plain data.

namespace nabla::nn {

/// A header may have this many bytes.
inline constexpr std::uint64_t kMaxHeaderBytes = std::uint64_t{16} << 20;

struct TensorEntry {
  std::string name;
  DType dtype;
  Shape shape;
  std::uint64_t begin, end;  ///< bytes in the buffer behind the header
};

/// The JSON text of these entries, padded to a multiple of 8.
[[nodiscard]] std::string write_header(std::span<const TensorEntry> entries);

/// The entries that the text describes, in the order of their names. Their bytes are as many as
/// shape and dtype say, do not overlap, and cover 0 to buffer_bytes.
/// Errors    FormatError that names `path`
[[nodiscard]] std::vector<TensorEntry> read_header(std::string_view text,
                                                   std::uint64_t buffer_bytes,
                                                   const std::string& path);

}  // namespace nabla::nn
