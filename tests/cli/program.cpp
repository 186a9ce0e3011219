// SPDX-License-Identifier: MIT
#include "program.hpp"

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

[[noreturn]] void become_nabla(const std::vector<std::string>& arguments, const RunOptions& options,
                               int out, int err) {
  if (!options.folder.empty() && ::chdir(options.folder.c_str()) != 0) ::_exit(126);
  if (!options.out_file.empty()) out = ::open(options.out_file.c_str(), O_WRONLY | O_CREAT, 0644);
  if (!options.search_path.empty()) ::setenv("PATH", options.search_path.c_str(), 1);
  const int in = ::open("/dev/null", O_RDONLY);
  ::dup2(in, 0);
  ::dup2(out, 1);
  ::dup2(err, 2);
  if (options.close_out) ::close(1);
  if (options.max_file_bytes > 0) {
    const rlimit limit{options.max_file_bytes, options.max_file_bytes};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  std::vector<char*> argv{const_cast<char*>(NABLA_PROGRAM)};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

// Reads both pipes until the program has closed them or time is up.
void collect(std::vector<pollfd>& pipes, Outcome& outcome, int process, const RunOptions& options) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  bool told = false;
  while (pipes[0].fd >= 0 || pipes[1].fd >= 0) {
    if (std::chrono::steady_clock::now() > deadline) ::kill(process, SIGKILL);
    ::poll(pipes.data(), pipes.size(), 1000);
    for (pollfd& pipe : pipes) {
      if (pipe.fd < 0 || pipe.revents == 0) continue;
      std::array<char, 4096> buffer{};
      const ssize_t got = ::read(pipe.fd, buffer.data(), buffer.size());
      std::string& text = &pipe == pipes.data() ? outcome.out : outcome.err;
      if (got > 0) text.append(buffer.data(), static_cast<std::size_t>(got));
      if (got <= 0) {
        ::close(pipe.fd);
        pipe.fd = -1;
      }
    }
    if (!told && options.while_running && !outcome.out.empty()) {
      told = true;
      options.while_running(process);
    }
  }
}

}  // namespace

Outcome run_nabla(const std::vector<std::string>& arguments, const RunOptions& options) {
  std::array<int, 2> out{}, err{};
  if (::pipe2(out.data(), O_CLOEXEC) != 0 || ::pipe2(err.data(), O_CLOEXEC) != 0)
    throw std::runtime_error("no pipe");
  const int process = ::fork();
  if (process < 0) throw std::runtime_error("no process");
  if (process == 0) become_nabla(arguments, options, out[1], err[1]);
  ::close(out[1]);
  ::close(err[1]);

  Outcome outcome;
  std::vector<pollfd> pipes{pollfd{out[0], POLLIN, 0}, pollfd{err[0], POLLIN, 0}};
  collect(pipes, outcome, process, options);
  int status = 0;
  ::waitpid(process, &status, 0);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return outcome;
}
