// SPDX-License-Identifier: MIT
#include "process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <system_error>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nabla::viz::detail {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxMessages = 4096;
constexpr std::size_t kMaxOutput = std::size_t{64} << 10;
constexpr rlim_t kMaxMemoryBytes = rlim_t{4} << 30;
constexpr rlim_t kMaxFileBytes = rlim_t{1} << 30;
constexpr int kFirstPause = 1, kLongestPause = 20;  // milliseconds between looks at the child

[[noreturn]] void fail(const char* what) {
  const std::string reason = std::generic_category().message(errno);
  throw IoError(fmt::format("[save] cannot {} for the layout program: {}", what, reason));
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { reset(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return number_; }
  void reset() {
    if (number_ >= 0) close(number_);
    number_ = -1;
  }

 private:
  int number_;
};

// A file in memory instead of a pipe: nothing blocks, and a child that does not read raises no
// SIGPIPE here.
int file_in_memory(std::string_view text) {
  const int file = memfd_create("graph", MFD_CLOEXEC);
  while (file >= 0 && !text.empty()) {
    const ssize_t written = write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      close(file);
      return -1;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (file >= 0) lseek(file, 0, SEEK_SET);
  return file;
}

// Only what a program needs to be found and to find its fonts.
std::vector<std::string> small_environment() {
  std::vector<std::string> result{"LC_ALL=C"};
  for (const char* name : {"PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "XDG_CACHE_HOME",
                           "XDG_CONFIG_HOME", "FONTCONFIG_FILE", "FONTCONFIG_PATH"}) {
    if (const char* value = std::getenv(name)) result.push_back(fmt::format("{}={}", name, value));
  }
  return result;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

class SpawnSettings {
 public:
  SpawnSettings(int input, int output, int messages) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, messages, STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    posix_spawnattr_init(&attributes_);
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setpgroup(&attributes_, 0);  // a group of its own, so that all of it can end
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnSettings() {
    posix_spawnattr_destroy(&attributes_);
    posix_spawn_file_actions_destroy(&actions_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }
  [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

void bound(pid_t child) {
  const rlimit memory{kMaxMemoryBytes, kMaxMemoryBytes}, file{kMaxFileBytes, kMaxFileBytes};
  const rlimit core{0, 0};
  prlimit(child, RLIMIT_AS, &memory, nullptr);
  prlimit(child, RLIMIT_FSIZE, &file, nullptr);
  prlimit(child, RLIMIT_CORE, &core, nullptr);
}

// Waits for `milliseconds` or for messages, and keeps what fits of those. False at their end.
bool listen(int pipe, int milliseconds, std::string& messages) {
  pollfd waiting{.fd = pipe, .events = POLLIN, .revents = 0};
  if (poll(&waiting, 1, milliseconds) <= 0) return true;
  std::array<char, 1024> buffer{};
  const ssize_t count = read(pipe, buffer.data(), buffer.size());
  if (count < 0) return errno == EINTR || errno == EAGAIN;
  const std::size_t room = kMaxMessages - messages.size();
  messages.append(buffer.data(), std::min(room, static_cast<std::size_t>(count)));
  return count > 0;
}

// True when the child has ended, which is then recorded. A caller that ignores SIGCHLD lets the
// system forget the exit status: then the output alone tells.
bool has_ended(pid_t child, ProcessResult& result) {
  int status = 0;
  const pid_t ended = waitpid(child, &status, WNOHANG);
  if (ended == 0 || (ended < 0 && errno == EINTR)) return false;
  if (ended == child && WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  if (ended == child && WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  return true;
}

void end_group(pid_t child) {
  kill(-child, SIGKILL);
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void wait_for(pid_t child, int pipe, double timeout_seconds, ProcessResult& result) {
  const auto deadline = Clock::now() + std::chrono::duration<double>(timeout_seconds);
  bool open = true;
  int pause = kFirstPause;
  while (!has_ended(child, result)) {
    const auto left = deadline - Clock::now();
    if (left <= Clock::duration::zero()) {
      result.timed_out = true;
      end_group(child);
      return;
    }
    open = listen(open ? pipe : -1, pause, result.messages) && open;
    pause = std::min(2 * pause, kLongestPause);
  }
  for (std::size_t before = kMaxMessages; open && before != result.messages.size();) {
    before = result.messages.size();
    open = listen(pipe, 0, result.messages);
  }
  if (open) kill(-child, SIGKILL);  // somebody whom the program left behind still holds the pipe
}

}  // namespace

ProcessResult run_process(const std::vector<std::string>& arguments, std::string_view input,
                          int output, double timeout_seconds) {
  const Descriptor source(file_in_memory(input));
  if (source.get() < 0) fail("make a file in memory");
  std::array<int, 2> ends{-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) fail("make a pipe");
  const Descriptor reading(ends[0]);
  Descriptor writing(ends[1]);
  std::vector<std::string> words = arguments, environment = small_environment();
  const SpawnSettings settings(source.get(), output, writing.get());
  ProcessResult result;
  pid_t child = 0;
  result.start_error =
      posix_spawnp(&child, words.front().c_str(), settings.actions(), settings.attributes(),
                   pointers(words).data(), pointers(environment).data());
  if (result.start_error != 0) return result;
  result.started = true;
  bound(child);
  writing.reset();
  wait_for(child, reading.get(), timeout_seconds, result);
  return result;
}

ProcessResult run_process(const std::vector<std::string>& arguments, std::string_view input,
                          std::string& output, double timeout_seconds) {
  const Descriptor sink(file_in_memory({}));
  if (sink.get() < 0) fail("make a file in memory");
  const ProcessResult result = run_process(arguments, input, sink.get(), timeout_seconds);
  output.resize(kMaxOutput);
  const ssize_t count = pread(sink.get(), output.data(), output.size(), 0);
  output.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  return result;
}

}  // namespace nabla::viz::detail
