// SPDX-License-Identifier: MIT
#include <nabla/viz/save.hpp>

namespace nabla::viz {

void save(const Value& root, const std::filesystem::path& path, const SaveOptions& options) {
  save(capture(root), path, options);
}

void save(const Tensor& root, const std::filesystem::path& path, const SaveOptions& options) {
  save(capture(root), path, options);
}

}  // namespace nabla::viz
