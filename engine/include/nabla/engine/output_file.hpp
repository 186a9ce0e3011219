// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

// OutputFile: a file that becomes visible only when it is complete. It is written in the folder of
// its target, without a name where the system can; `commit` brings it to the disk and puts it in
// place, and without `commit` it disappears: then a file that was there before is as it was. A file
// that is replaced leaves its permissions to the new one. It owns its descriptor and its temporary
// name. Several may write at once, in threads or processes; one belongs to one thread.
//
//   OutputFile file("weights.safetensors", "save");
//   file.write(bytes);
//   file.commit();

namespace nabla {

class OutputFile {
 public:
  /// A new, empty file that is going to replace `target`; a symbolic link is followed. `op` stands
  /// in front of the errors of this file; empty for none.
  /// Errors    IoError if its folder cannot be written, or `target` is no regular file
  explicit OutputFile(const std::filesystem::path& target, std::string_view op = {});
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  /// Appends.
  /// Errors    IoError with the path and the system's reason
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }

  /// For a program or library that writes by itself.
  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] std::size_t size_bytes() const;

  /// Makes the content durable and gives it the target's name. Nothing can be written after it.
  /// Errors    IoError with the path and the system's reason
  void commit();

 private:
  [[noreturn]] void fail(std::string_view why) const;
  [[noreturn]] void fail_as_the_system_says() const;

  std::filesystem::path target_;
  std::filesystem::path temporary_;  ///< empty while there is none, and after commit
  std::string op_;
  int descriptor_ = -1;
};

}  // namespace nabla
