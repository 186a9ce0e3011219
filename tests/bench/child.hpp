// SPDX-License-Identifier: MIT
// A program that runs beside this one and answers each line with a number. It ends with the object.
#pragma once

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace nabla::bench {

/// Name and value of a variable of the environment.
using Setting = std::pair<std::string, std::string>;

class Child {
 public:
  /// Starts `command` in this program's environment, with `settings` in place of its own.
  /// Errors    std::system_error if it cannot be started
  Child(const std::vector<std::string>& command, const std::vector<Setting>& settings);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Sends a line and waits for the number.
  /// Errors    std::runtime_error if the program has ended
  double ask();

 private:
  pid_t process_ = -1;
  std::FILE* questions_ = nullptr;
  std::FILE* answers_ = nullptr;
};

}  // namespace nabla::bench
