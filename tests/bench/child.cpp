// SPDX-License-Identifier: MIT
#include "bench/child.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace nabla::bench {
namespace {

struct Pipe {
  std::array<int, 2> ends{};  // to read from, to write to
  Pipe() {
    if (pipe2(ends.data(), O_CLOEXEC) != 0)
      throw std::system_error(errno, std::generic_category(), "pipe");
  }
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (std::string& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

std::vector<std::string> environment(const std::vector<Setting>& settings) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) all.emplace_back(*entry);
  for (const Setting& setting : settings) {
    const std::string start = setting.first + "=";
    std::erase_if(all, [&](const std::string& text) { return text.starts_with(start); });
    all.push_back(start + setting.second);
  }
  return all;
}

}  // namespace

Child::Child(const std::vector<std::string>& command, const std::vector<Setting>& settings) {
  // A child that has ended is an error of the next question, not the end of this program.
  std::signal(SIGPIPE, SIG_IGN);
  const Pipe in, out;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.ends[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.ends[1], STDOUT_FILENO);
  auto words = command;
  auto variables = environment(settings);
  const int error = posix_spawn(&process_, command[0].c_str(), &actions, nullptr,
                                pointers(words).data(), pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  close(in.ends[0]);
  close(out.ends[1]);
  questions_ = fdopen(in.ends[1], "w");
  answers_ = fdopen(out.ends[0], "r");
  if (error != 0) {
    std::fclose(questions_);
    std::fclose(answers_);
    throw std::system_error(error, std::generic_category(), command[0]);
  }
}

Child::~Child() {
  std::fclose(questions_);
  std::fclose(answers_);
  waitpid(process_, nullptr, 0);
}

double Child::ask() {
  std::fputs("\n", questions_);
  std::fflush(questions_);
  double answer = 0;
  if (std::fscanf(answers_, "%lf", &answer) != 1)
    throw std::runtime_error("the program that was to be measured has ended early");
  return answer;
}

}  // namespace nabla::bench
