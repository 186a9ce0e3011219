// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/nn/data/dataset.hpp>
#include <nabla/nn/data/idx.hpp>
#include <nabla/ops/reduction/max.hpp>
#include <nabla/ops/view/clone.hpp>

namespace nabla::data {
namespace {

/// The path of the file with or without .gz; without, if neither is there.
std::string packed_or_plain(const std::string& folder, const char* name) {
  const std::string plain = (std::filesystem::path(folder) / name).string();
  std::error_code ignored;
  return std::filesystem::exists(plain + ".gz", ignored) && !std::filesystem::exists(plain, ignored)
             ? plain + ".gz"
             : plain;
}

std::string images_of(const std::string& folder, const std::string& part) {
  return packed_or_plain(folder, (part + "-images-idx3-ubyte").c_str());
}

std::string labels_of(const std::string& folder, const std::string& part) {
  return packed_or_plain(folder, (part + "-labels-idx1-ubyte").c_str());
}

Dataset load_part(const std::string& folder, const std::string& part) {
  const std::string images = images_of(folder, part), labels = labels_of(folder, part);
  Dataset dataset{load_idx(images, {.dtype = float32, .divisor = 255.0}), load_idx(labels)};
  if (dataset.inputs.rank() != 3 || dataset.labels.rank() != 1 || dataset.labels.dtype() != int64)
    throw FormatError(fmt::format(
        "[load_image_folder] {} holds an array of shape {}, {} one of "
        "shape {}, need (n, rows, columns) and (n)",
        images, to_string(dataset.inputs.shape()), labels, to_string(dataset.labels.shape())));
  if (dataset.inputs.numel() == 0)
    throw FormatError(
        fmt::format("[load_image_folder] {} holds no pixels: its shape is {}, need "
                    "(n, rows, columns) without a zero",
                    images, to_string(dataset.inputs.shape())));
  if (dataset.inputs.size(0) != dataset.labels.size(0))
    throw FormatError(
        fmt::format("[load_image_folder] {}: got {} images and {} labels, need as "
                    "many of both",
                    folder, dataset.inputs.size(0), dataset.labels.size(0)));
  return dataset;
}

/// What was learned from one part can be tested on the other.
void require_fit(const std::string& folder, const Dataset& train, const Dataset& test) {
  const auto size_text = [](const Dataset& part) {
    return fmt::format("{} x {}", part.inputs.size(1), part.inputs.size(2));
  };
  if (train.inputs.shape().with(0, 1) != test.inputs.shape().with(0, 1))
    throw FormatError(fmt::format(
        "[load_image_folder] {} has images of {} pixels, {} of {}, need the same size in both",
        images_of(folder, "train"), size_text(train), images_of(folder, "t10k"), size_text(test)));
  const std::int64_t known = train.labels.max().item<std::int64_t>();
  const std::int64_t greatest = test.labels.max().item<std::int64_t>();
  if (greatest > known)
    throw FormatError(
        fmt::format("[load_image_folder] {} has the label {}, but the labels in {} end at {}",
                    labels_of(folder, "t10k"), greatest, labels_of(folder, "train"), known));
}

/// The rows of axis 0 with these indices. They are in range.
Tensor take_rows(const Tensor& from, std::span<const std::int64_t> indices) {
  const Tensor source = from.contiguous();
  Tensor result =
      empty(source.shape().with(0, static_cast<std::int64_t>(indices.size())), source.dtype());
  visit_dtype(source.dtype(), [&]<class T>(T) {
    const std::span<const T> rows = source.data<T>();
    T* out = result.mutable_data<T>().data();
    const std::size_t width =
        source.size(0) == 0 ? 0 : rows.size() / static_cast<std::size_t>(source.size(0));
    for (const std::int64_t index : indices) {
      const auto row = rows.subspan(static_cast<std::size_t>(index) * width, width);
      out = std::copy(row.begin(), row.end(), out);
    }
  });
  return result;
}

}  // namespace

std::int64_t Dataset::class_count() const {
  if (labels.dtype() != int64)
    throw DTypeError(
        fmt::format("[class_count] labels are {}, need int64 classes", name_of(labels.dtype())));
  if (!classes.empty()) return static_cast<std::int64_t>(classes.size());
  const std::vector<std::int64_t> all = labels.to_vector<std::int64_t>();
  if (all.empty()) return 0;
  const auto [least, greatest] = std::minmax_element(all.begin(), all.end());
  if (*least < 0)
    throw DomainError(fmt::format("[class_count] got label {}, need labels >= 0", *least));
  return *greatest + 1;
}

bool is_image_folder(const std::string& folder) {
  std::error_code ignored;
  return std::filesystem::exists(packed_or_plain(folder, "train-images-idx3-ubyte"), ignored);
}

ImageFolder load_image_folder(const std::string& folder) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored))
    throw IoError(fmt::format("[load_image_folder] {}: no such folder", folder));
  ImageFolder parts{load_part(folder, "train"), load_part(folder, "t10k")};
  require_fit(folder, parts.train, parts.test);
  return parts;
}

Dataset take(const Dataset& dataset, std::span<const std::int64_t> indices) {
  for (const std::int64_t index : indices)
    if (index < 0 || index >= dataset.size())
      throw ShapeError(
          fmt::format("[take] got index {}, need 0 <= index < {}", index, dataset.size()));
  return {take_rows(dataset.inputs, indices), take_rows(dataset.labels, indices), dataset.classes};
}

}  // namespace nabla::data
