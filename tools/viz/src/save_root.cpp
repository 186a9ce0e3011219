// SPDX-License-Identifier: MIT
#include <nabla/viz/save.hpp>

namespace nabla::viz {

Remarks save(const Value& root, const std::filesystem::path& path, const SaveOptions& options) {
  return save(capture(root), path, options);
}

Remarks save(const Tensor& root, const std::filesystem::path& path, const SaveOptions& options) {
  return save(capture(root), path, options);
}

}  // namespace nabla::viz
