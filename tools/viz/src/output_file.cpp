// SPDX-License-Identifier: MIT
#include "output_file.hpp"

#include <atomic>
#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/viz/save.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nabla::viz {
namespace detail {
namespace {

namespace fs = std::filesystem;

// A link is followed, so that the file it points to is replaced and not the link.
fs::path resolve(const fs::path& target) {
  std::error_code ignored;
  if (!fs::is_symlink(target, ignored)) return target;
  const fs::path resolved = fs::weakly_canonical(target, ignored);
  return resolved.empty() ? target : resolved;
}

// Process and counter keep writers apart; O_EXCL finds what an earlier crash left.
fs::path temporary_name(const fs::path& target) {
  static std::atomic<unsigned> counter{0};
  const std::string stem = target.filename().string().substr(0, 100);
  return target.parent_path() / fmt::format(".{}.{}.{}.tmp", stem, getpid(), counter++);
}

void sync_folder(const fs::path& file) {
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  fsync(descriptor);
  close(descriptor);
}

}  // namespace

OutputFile::OutputFile(const fs::path& target) : target_(resolve(target)) {
  std::error_code ignored;
  if (fs::is_directory(target_, ignored)) {
    throw IoError(fmt::format("[save] cannot write {}: it is a folder", target_.string()));
  }
  constexpr int kAttempts = 100;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    temporary_ = temporary_name(target_);
    descriptor_ = open(temporary_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor_ >= 0 || errno != EEXIST) break;
  }
  if (descriptor_ < 0) fail("cannot write");
}

OutputFile::~OutputFile() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  unlink(temporary_.c_str());
}

void OutputFile::fail(const char* what) const {
  const std::string reason = std::generic_category().message(errno);
  throw IoError(fmt::format("[save] {} {}: {}", what, target_.string(), reason));
}

void OutputFile::write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("cannot write");
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::size_t OutputFile::size_bytes() const {
  struct stat status {};
  return fstat(descriptor_, &status) == 0 ? static_cast<std::size_t>(status.st_size) : 0;
}

void OutputFile::commit() {
  if (fsync(descriptor_) != 0 && errno != EINVAL) fail("cannot write");
  if (rename(temporary_.c_str(), target_.c_str()) != 0) fail("cannot replace");
  close(descriptor_);
  descriptor_ = -1;
  sync_folder(target_);
}

}  // namespace detail

void write_file(const std::filesystem::path& path, std::string_view text) {
  detail::OutputFile file(path);
  file.write(text);
  file.commit();
}

}  // namespace nabla::viz
