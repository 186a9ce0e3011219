// SPDX-License-Identifier: MIT
#include "console.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace nabla::cli {

namespace {

// 0, or the error number that ended it.
int write_all(int descriptor, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

}  // namespace

void Console::print(std::string_view text) {
  if (const int error = write_all(descriptor_, text); error != 0)
    throw IoError(fmt::format("cannot write to standard {}: {}",
                              descriptor_ == 2 ? "error" : "output", std::strerror(error)));
}

void Console::try_print(std::string_view text) noexcept { write_all(descriptor_, text); }

bool Console::is_terminal() const { return ::isatty(descriptor_) == 1; }

int Console::columns() const {
  winsize size{};
  if (::ioctl(descriptor_, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

void prepare_standard_streams() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file over the limit is then an error of write
  for (int descriptor = 0; descriptor < 3; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) >= 0) continue;
    // The lowest free number is this one. It cannot be used the way it is meant, so that writing
    // to a closed standard output still fails.
    if (::open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY) < 0) return;
  }
}

}  // namespace nabla::cli
