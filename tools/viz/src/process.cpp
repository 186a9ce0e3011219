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
#include <sys/mman.h>
#include <sys/prctl.h>
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
constexpr int kReport = STDERR_FILENO + 1, kFirstAside = kReport + 1;  // descriptors of the child
constexpr int kFirstPause = 1, kLongestPause = 20;  // milliseconds between looks at the child

[[noreturn]] void fail(const char* what) {
  const std::string reason = std::generic_category().message(errno);
  throw IoError(fmt::format("[save] cannot {} for the layout program: {}", what, reason));
}

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor() { reset(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return number_; }
  void reset(int number = -1) {
    if (number_ >= 0) close(number_);
    number_ = number;
  }

 private:
  int number_;
};

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{-1, -1};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) fail("make a pipe");
    reading.reset(ends[0]);
    writing.reset(ends[1]);
  }
  Descriptor reading, writing;
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

// All that the child needs. It is made before fork, since between fork and exec only system calls are
// safe: another thread may have held a lock.
struct Launch {
  char* const* arguments;
  char* const* environment;
  int input, output, messages;
  int report;  ///< the number of the error goes here if the program cannot be started
  pid_t parent;
};

// Nobody is left to keep the deadline once the parent is gone. The system watches the thread that
// called fork; here that thread waits for the child, so it ends early only with its process.
bool die_with(pid_t parent) { return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent; }

// A copy out of the way of the numbers that the child's files are going to have.
int set_aside(int file) { return fcntl(file, F_DUPFD_CLOEXEC, kFirstAside); }

void reset_signals() {
  for (int number = 1; number < NSIG; ++number) std::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void become_program(const Launch& launch) {
  const int report = set_aside(launch.report), input = set_aside(launch.input);
  const int output = set_aside(launch.output), messages = set_aside(launch.messages);
  setpgid(0, 0);  // a group of its own, so that all of it can end
  reset_signals();
  const bool ready = report >= 0 && die_with(launch.parent) && dup2(input, STDIN_FILENO) >= 0 &&
                     dup2(output, STDOUT_FILENO) >= 0 && dup2(messages, STDERR_FILENO) >= 0 &&
                     dup3(report, kReport, O_CLOEXEC) >= 0;
  if (ready) {
    closefrom(kReport + 1);
    execvpe(launch.arguments[0], launch.arguments, launch.environment);
  }
  const int error = errno;
  const int to = ready ? kReport : report >= 0 ? report : launch.report;
  static_cast<void>(!write(to, &error, sizeof error));
  _exit(127);
}

// The error that kept the program from being started; 0 if it runs, and then the pipe is closed.
int start_error(int report) {
  int error = 0;
  ssize_t count = 0;
  do {
    count = read(report, &error, sizeof error);
  } while (count < 0 && errno == EINTR);
  return count == sizeof error ? error : 0;
}

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

void forget(pid_t child) {
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void end_group(pid_t child) {
  kill(-child, SIGKILL);
  forget(child);
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
  Pipe messages, report;
  std::vector<std::string> words = arguments, environment = small_environment();
  const std::vector<char*> word_pointers = pointers(words);
  const std::vector<char*> environment_pointers = pointers(environment);
  const Launch launch{.arguments = word_pointers.data(),
                      .environment = environment_pointers.data(),
                      .input = source.get(),
                      .output = output,
                      .messages = messages.writing.get(),
                      .report = report.writing.get(),
                      .parent = getpid()};
  const pid_t child = fork();
  if (child < 0) fail("make a process");
  if (child == 0) become_program(launch);
  messages.writing.reset();
  report.writing.reset();
  ProcessResult result;
  result.start_error = start_error(report.reading.get());
  result.started = result.start_error == 0;
  if (!result.started) {
    forget(child);
    return result;
  }
  bound(child);
  wait_for(child, messages.reading.get(), timeout_seconds, result);
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
