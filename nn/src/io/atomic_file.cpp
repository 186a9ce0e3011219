// SPDX-License-Identifier: MIT
#include "atomic_file.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>

#include <fcntl.h>
#include <unistd.h>

namespace nabla::nn {
namespace {

// Names that earlier, killed runs may have left behind.
constexpr int kMaxAttempts = 100;

/// A new file that removes itself unless it was moved into place.
class TemporaryFile {
 public:
  TemporaryFile(const std::string& target, const char* op) : target_(target), op_(op) {
    for (int attempt = 0; descriptor_ < 0; ++attempt) {
      path_ = fmt::format("{}.{}.{}.tmp", target, ::getpid(), attempt);
      descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      if (descriptor_ < 0 && (errno != EEXIST || attempt == kMaxAttempts))
        fail("create a file beside it");
    }
  }
  ~TemporaryFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!moved_) ::unlink(path_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  void write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) fail("write it");
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
  }

  void move_into_place() {
    if (::fsync(descriptor_) != 0) fail("bring it to the disk");
    const int descriptor = std::exchange(descriptor_, -1);
    if (::close(descriptor) != 0) fail("close it");
    if (::rename(path_.c_str(), target_.c_str()) != 0) fail("move it into place");
    moved_ = true;
  }

 private:
  [[noreturn]] void fail(std::string_view what) const {
    throw IoError(fmt::format("[{}] cannot save {}: could not {}: {}", op_, target_, what,
                              std::strerror(errno)));
  }

  std::string target_;
  const char* op_;
  std::string path_;
  int descriptor_ = -1;
  bool moved_ = false;
};

/// Brings the new name to the disk as well. Not every file system can; the data are safe anyway.
void sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

void write_atomically(const std::string& path, std::span<const std::span<const std::byte>> pieces,
                      const char* op) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::exists(status) && !fs::is_regular_file(status))
    throw IoError(fmt::format("[{}] cannot save {}: it is a {}, need a regular file or none", op,
                              path, fs::is_directory(status) ? "folder" : "special file"));
  const fs::path target = fs::weakly_canonical(path, error);
  TemporaryFile file(error ? path : target.string(), op);
  for (const std::span<const std::byte> piece : pieces) file.write(piece);
  file.move_into_place();
  sync_folder(target.parent_path());
}

}  // namespace nabla::nn
