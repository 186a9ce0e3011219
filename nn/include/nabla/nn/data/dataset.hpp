// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <nabla/engine/tensor.hpp>

// Dataset: examples and what they are labelled with, example i in row i of both. A cheap handle: a
// copy shares the elements.
//
//   auto [train, test] = data::load_image_folder("/usr/share/datasets/fashion-mnist");
//   train.inputs;   // (60000, 28, 28) float32 in [0, 1]
//   train.labels;   // (60000) int64

namespace nabla::data {

struct Dataset {
  Tensor inputs;                       ///< (n, ...)
  Tensor labels;                       ///< (n) int64 classes, or floating targets (n, ...)
  std::vector<std::string> classes{};  ///< names of the classes, where the source has them

  [[nodiscard]] std::int64_t size() const { return inputs.size(0); }
  /// How many classes there are: of the names if there are any, else the largest label and one.
  /// Errors    DTypeError if the labels are not int64; DomainError if one is negative
  [[nodiscard]] std::int64_t class_count() const;
};

/// The two parts of an MNIST-like data set.
struct ImageFolder {
  Dataset train;
  Dataset test;
};

/// The four IDX files train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and
/// t10k-labels-idx1-ubyte of a folder, each plain or with .gz. Pixels become float32 in [0, 1].
/// Shapes    inputs (n, rows, columns), labels (n)
/// Errors    IoError that names the missing file; FormatError if a file is not what it should be,
///           images and labels differ in number, or the test part has images of another size or
///           labels beyond those of the training part
[[nodiscard]] ImageFolder load_image_folder(const std::string& folder);
/// True if the folder has the first of the four files.
[[nodiscard]] bool is_image_folder(const std::string& folder);

/// The examples with these indices, copied.
/// Errors    ShapeError if an index is out of range
[[nodiscard]] Dataset take(const Dataset& dataset, std::span<const std::int64_t> indices);

}  // namespace nabla::data
