// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <vector>

#include <nabla/nn/module.hpp>

// Weights in files, in the safetensors format, under the names of named_parameters(): a file that
// was written here can be read by PyTorch's safetensors package and the other way round.
//
//   8 bytes   N, the size of the header, little endian
//   N bytes   JSON: {"0.weight": {"dtype": "F32", "shape": [128, 784], "data_offsets": [0,
//   401408]},
//             ...}, padded with spaces to a multiple of 8
//   the rest  the elements, little endian, row-major; the offsets cover it exactly
//
// A file is written beside its place and moved there when it is complete and on the disk, so a
// crash leaves the old file or the new one. Reading trusts nothing: sizes, offsets and the size of
// the file have to agree before anything is allocated or changed.
//
//   nn::save(net, "weights.safetensors");
//   nn::load(net, "weights.safetensors");

namespace nabla::nn {

/// Writes the parameters of the module.
/// Errors    IoError if the file cannot be written; what stood at `path` is then still there
void save(const Module& module, const std::string& path);
/// Writes tensors; names must differ.
/// Errors    as above; FormatError if two names are the same
void save_tensors(std::span<const NamedTensor> tensors, const std::string& path);

/// Reads the parameters of the module, all or none.
/// Errors    IoError if the file cannot be read; FormatError if it is damaged, or its names, shapes
///           or element types are not the module's
void load(Module& module, const std::string& path);
/// Reads all tensors of a file, in the order of their names.
/// Errors    IoError; FormatError
[[nodiscard]] std::vector<NamedTensor> load_tensors(const std::string& path);

}  // namespace nabla::nn
