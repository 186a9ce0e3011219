// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

// OutputFile is a file that becomes visible only when it is complete. It is written beside its
// target under a name of its own; `commit` puts it in place, and without `commit` it disappears.

namespace nabla::viz::detail {

class OutputFile {
 public:
  /// Errors    IoError if the folder cannot be written or `target` is a folder
  explicit OutputFile(const std::filesystem::path& target);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  [[nodiscard]] int descriptor() const { return descriptor_; }
  void write(std::string_view text);
  [[nodiscard]] std::size_t size_bytes() const;

  /// Makes the content durable and renames it to the target.
  /// Errors    IoError
  void commit();

 private:
  [[noreturn]] void fail(const char* what) const;

  std::filesystem::path target_;
  std::filesystem::path temporary_;
  int descriptor_ = -1;
};

}  // namespace nabla::viz::detail
