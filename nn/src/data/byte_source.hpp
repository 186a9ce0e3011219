// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

// ByteSource: the contents of a regular file as a stream of bytes, unpacked on the way if the file
// is gzip, all its members. It says plainly when the file is something else than data (a web page, a folder).
// Nothing is allocated by what the file claims: only by its size on disk.

namespace nabla::data {

class ByteSource {
 public:
  /// `op` is the function whose errors these are.
  /// Errors    IoError if it cannot be read; FormatError if it is a web page, or gzip that this
  ///           build cannot unpack
  ByteSource(const std::string& path, const char* op);
  ~ByteSource();
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  /// Up to out.size() bytes; fewer only at the end.
  std::size_t read_some(std::span<std::byte> out);
  /// Exactly out.size() bytes.
  /// Errors    FormatError that says that the file ends inside `what`
  void read(std::span<std::byte> out, const char* what);
  /// Errors    FormatError if there are more bytes
  void expect_end(const char* what);
  /// All the bytes that are left.
  /// Errors    FormatError if something else follows the gzip data
  std::vector<std::byte> read_all();

  /// No more bytes than this can come out of the file.
  [[nodiscard]] std::uint64_t size_limit() const;
  /// Errors    FormatError if these first bytes are the start of a web page
  void refuse_markup(std::span<const std::byte> beginning) const;

 private:
  struct Inflater;

  [[noreturn]] void fail(const std::string& text) const;

  std::string path_;
  const char* op_;
  std::vector<std::byte> file_;
  std::size_t position_ = 0;
  std::unique_ptr<Inflater> inflater_;
};

/// The bytes of a regular file.
/// Errors    IoError that names `op` and what the system said
[[nodiscard]] std::vector<std::byte> read_file(const std::string& path, const char* op);

}  // namespace nabla::data
