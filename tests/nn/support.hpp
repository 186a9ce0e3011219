// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nabla/engine/tensor.hpp>

// What the tests of nn share: folders that remove themselves, files, messages, finite differences.

namespace nabla::test {

/// A new folder that is removed with everything in it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  /// The path of a file in it.
  [[nodiscard]] std::string path(std::string_view name = {}) const;
  /// Writes a file in it and gives its path.
  std::string write(std::string_view name, std::string_view contents) const;
  /// How many files are in it.
  [[nodiscard]] std::size_t file_count() const;

 private:
  std::string folder_;
};

[[nodiscard]] std::string read_text(const std::string& path);
/// Packed with gzip.
[[nodiscard]] std::string gzip(std::string_view text);

/// The text of the nabla::Error that f throws; empty if it throws none.
[[nodiscard]] std::string message_of(const std::function<void()>& f);

/// A matcher for BOOST_CHECK_EXCEPTION: the text contains all these pieces.
[[nodiscard]] inline auto says(std::vector<std::string> pieces) {
  return [pieces = std::move(pieces)](const std::exception& error) {
    for (const std::string& piece : pieces)
      if (std::string_view(error.what()).find(piece) == std::string_view::npos) return false;
    return true;
  };
}

/// The largest difference between the gradient of f by x (float64) and central differences with
/// step h: a truncation of h^2/6 |f'''| and a rounding of eps |f| / h.
[[nodiscard]] double gradient_error(const std::function<Tensor(const Tensor&)>& f, const Tensor& x,
                                    double step = 1e-5);

}  // namespace nabla::test
