// SPDX-License-Identifier: MIT
#include "bench/peak.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <limits>
#include <stdexcept>

#if defined(__GLIBC__)
#include <malloc.h>
#endif
#if defined(__linux__)
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

#include <nabla/kernels/memory.hpp>

namespace nabla::bench {

#if defined(__linux__)
double resident_megabytes() {
  std::ifstream file("/proc/self/statm");
  double total = 0, resident = 0;  // in pages
  file >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

double peak_megabytes_of(const std::function<void()>& work) {
  std::array<int, 2> ends{};
  double megabytes = std::numeric_limits<double>::quiet_NaN();
  if (pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
#if defined(__GLIBC__)
  malloc_trim(0);  // what former work left would be taken again, and not be seen
#endif
  kernels::release_cache();
  const pid_t process = fork();  // its peak begins as what is resident now
  if (process == 0) {
    const double before = resident_megabytes();
    work();
    const auto peak_of = [](int who) {
      rusage usage{};
      getrusage(who, &usage);
      return static_cast<double>(usage.ru_maxrss) * 1024 / 1e6;
    };
    megabytes = std::max(peak_of(RUSAGE_SELF) - before, peak_of(RUSAGE_CHILDREN));
    const bool is_told = write(ends[1], &megabytes, sizeof(megabytes)) == sizeof(megabytes);
    _exit(is_told ? 0 : 1);
  }
  close(ends[1]);
  const bool is_read = read(ends[0], &megabytes, sizeof(megabytes)) == sizeof(megabytes);
  close(ends[0]);
  waitpid(process, nullptr, 0);
  if (!is_read) throw std::runtime_error("the copy of the process told nothing");
  return megabytes;
}
#else
double resident_megabytes() { return std::numeric_limits<double>::quiet_NaN(); }
double peak_megabytes_of(const std::function<void()>&) { return resident_megabytes(); }
#endif

}  // namespace nabla::bench
