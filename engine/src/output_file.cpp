// SPDX-License-Identifier: MIT
#include <atomic>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/engine/output_file.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nabla {
namespace {

namespace fs = std::filesystem;

// Names that earlier, killed runs may have left behind.
constexpr int kMaxAttempts = 100;
// Leaves room in a name of 255 bytes for what makes it unique.
constexpr std::size_t kMaxStemBytes = 100;

// Links may point in a circle.
constexpr int kMaxLinks = 40;

// The file a link points to is replaced, and not the link; it need not be there yet.
fs::path resolve(fs::path target) {
  std::error_code error;
  for (int link = 0; link < kMaxLinks && fs::is_symlink(target, error); ++link) {
    const fs::path next = fs::read_symlink(target, error);
    if (error) break;
    target = target.parent_path() / next;
  }
  return target;
}

// Process and counter keep writers apart; O_EXCL finds what an earlier crash left.
fs::path temporary_name(const fs::path& target) {
  static std::atomic<unsigned> counter{0};
  const std::string stem = target.filename().string().substr(0, kMaxStemBytes);
  return target.parent_path() / fmt::format(".{}.{}.{}.tmp", stem, ::getpid(), counter++);
}

fs::path folder_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

// Brings the new name to the disk as well. Not every file system can; the data are safe anyway.
void sync_folder(const fs::path& file) {
  const int descriptor = ::open(folder_of(file).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

OutputFile::OutputFile(const fs::path& target, std::string_view op)
    : target_(resolve(target)), op_(op) {
  std::error_code ignored;
  const fs::file_status status = fs::status(target_, ignored);
  if (fs::is_directory(status)) fail("it is a folder");
  if (fs::exists(status) && !fs::is_regular_file(status)) fail("it is a special file");
  const bool replaces = fs::exists(status);
  const mode_t mode = replaces ? static_cast<mode_t>(status.permissions() & fs::perms::all) : 0666;
#ifdef O_TMPFILE
  // Without a name nothing can be left behind, however the process ends. /proc gives the name.
  if (::access("/proc/self/fd", X_OK) == 0) {
    descriptor_ = ::open(folder_of(target_).c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, mode);
  }
#endif
  for (int attempt = 0; descriptor_ < 0 && attempt < kMaxAttempts; ++attempt) {
    temporary_ = temporary_name(target_);
    descriptor_ = ::open(temporary_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (descriptor_ < 0 && errno != EEXIST) break;
  }
  if (descriptor_ < 0) fail_as_the_system_says();
  // The umask is for new files. Where this fails the permissions are fewer, never more.
  if (replaces) static_cast<void>(!::fchmod(descriptor_, mode));
}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void OutputFile::fail(std::string_view why) const {
  const std::string prefix = op_.empty() ? "" : fmt::format("[{}] ", op_);
  throw IoError(fmt::format("{}cannot write {}: {}", prefix, target_.string(), why));
}

void OutputFile::fail_as_the_system_says() const { fail(std::generic_category().message(errno)); }

void OutputFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_as_the_system_says();
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

std::size_t OutputFile::size_bytes() const {
  struct stat status {};
  return ::fstat(descriptor_, &status) == 0 ? static_cast<std::size_t>(status.st_size) : 0;
}

void OutputFile::commit() {
  // EINVAL: a file system without fsync.
  if (::fsync(descriptor_) != 0 && errno != EINVAL) fail_as_the_system_says();
  if (temporary_.empty()) {
    const std::string open_file = fmt::format("/proc/self/fd/{}", descriptor_);
    for (int attempt = 0; temporary_.empty(); ++attempt) {
      const fs::path name = temporary_name(target_);
      if (::linkat(AT_FDCWD, open_file.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0) {
        temporary_ = name;
      } else if (errno != EEXIST || attempt == kMaxAttempts) {
        fail_as_the_system_says();
      }
    }
  }
  if (::close(std::exchange(descriptor_, -1)) != 0) fail_as_the_system_says();
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail_as_the_system_says();
  temporary_.clear();
  sync_folder(target_);
}

}  // namespace nabla
