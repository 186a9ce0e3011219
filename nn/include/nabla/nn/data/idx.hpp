// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include <nabla/engine/tensor.hpp>

// IDX: the format of MNIST and of the data sets made in its image. An array of up to eight axes,
// big endian, plain or packed with gzip (recognised by its contents, not by its name).
//
//   bytes 0, 1   zero
//   byte 2       element type: 08 u8, 09 i8, 0B i16, 0C i32, 0D f32, 0E f64
//   byte 3       number of axes
//   then         one u32 for each axis, and the elements in row-major order
//
//   Tensor images = data::load_idx("train-images-idx3-ubyte.gz", {.dtype = float32,
//                                                                 .divisor = 255});

namespace nabla::data {

struct IdxOptions {
  /// Of the result; by default int64 for integers, float32 for f32, float64 for f64.
  std::optional<DType> dtype{};
  /// Elements are divided by this. Needs a floating result unless it is 1.
  double divisor = 1.0;
};

/// The array in an IDX file.
/// Errors    IoError if the file cannot be read; FormatError if it is not IDX, is cut short, goes
///           on after its last element, or claims more than it holds; DTypeError if .divisor is
///           used with integers; DomainError if it is 0 or not finite
/// Cost      the file is read once; memory is allocated by the size of the file, not by its header
[[nodiscard]] Tensor load_idx(const std::string& path, const IdxOptions& options = {});

}  // namespace nabla::data
