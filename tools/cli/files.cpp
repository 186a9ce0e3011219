// SPDX-License-Identifier: MIT
#include "files.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>

#include "text.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nabla::cli {

namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const char* why) {
  throw IoError(fmt::format("cannot write {}: {}", printable(path.string()), why));
}

// A new file beside `path` that disappears unless it is kept.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::filesystem::path& path)
      : target_(path), name_(path.string() + ".XXXXXX") {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) fail(path, "it is a folder");
    descriptor_ = ::mkstemp(name_.data());
    if (descriptor_ < 0) fail(path, std::strerror(errno));
  }
  ~TemporaryFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!name_.empty()) ::unlink(name_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  void write(std::string_view text) {
    while (!text.empty()) {
      const ssize_t written = ::write(descriptor_, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail(target_, std::strerror(errno));
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  void keep() {
    const mode_t mask = ::umask(0);
    ::umask(mask);
    // mkstemp lets only the owner read; the file gets the rights any new file would have.
    if (::fchmod(descriptor_, 0666 & ~mask) != 0 || ::fsync(descriptor_) != 0)
      fail(target_, std::strerror(errno));
    if (::close(std::exchange(descriptor_, -1)) != 0) fail(target_, std::strerror(errno));
    if (::rename(name_.c_str(), target_.c_str()) != 0) fail(target_, std::strerror(errno));
    name_.clear();
  }

 private:
  std::filesystem::path target_;
  std::string name_;
  int descriptor_ = -1;
};

}  // namespace

void write_file(const std::filesystem::path& path, std::string_view text) {
  TemporaryFile file(path);
  file.write(text);
  file.keep();
}

void check_writable(const std::filesystem::path& path) { const TemporaryFile file(path); }

void make_folder(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error && !std::filesystem::is_directory(path, error) && !error)
    error = std::make_error_code(std::errc::not_a_directory);
  if (error)
    throw IoError(
        fmt::format("cannot make the folder {}: {}", printable(path.string()), error.message()));
}

}  // namespace nabla::cli
