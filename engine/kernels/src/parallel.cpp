// SPDX-License-Identifier: MIT
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <system_error>
#include <thread>

#if defined(__unix__)
#include <pthread.h>
#endif

#include <nabla/kernels/denormals.hpp>
#include <nabla/kernels/parallel.hpp>

namespace nabla::kernels {
namespace {

constexpr int kMostThreads = 256;

int initial_threads() noexcept {
  const char* wish = std::getenv("NABLA_THREADS");
  const int asked = wish == nullptr ? 0 : std::atoi(wish);
  const int count = asked > 0 ? asked : static_cast<int>(std::thread::hardware_concurrency());
  return std::clamp(count, 1, kMostThreads);
}

std::atomic<int>& thread_count() noexcept {
  static std::atomic<int> count{initial_threads()};
  return count;
}

void pause() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// A loop that is being shared out. It lives on the stack of the thread that asked for it.
struct Job {
  detail::BlockFunction function;
  const void* f;
  std::int64_t count;
  int most;            // threads
  std::uint64_t mode;  // of the floating-point unit
  std::atomic<std::int64_t> next{0};
  std::atomic<int> threads{1};
  std::atomic_flag has_failed = ATOMIC_FLAG_INIT;
  std::exception_ptr error = nullptr;  // of the first block that failed

  void work() noexcept {
    for (std::int64_t block = next++; block < count; block = next++) {
      try {
        function(f, block);
      } catch (...) {
        if (!has_failed.test_and_set()) error = std::current_exception();
      }
    }
  }
};

// Threads that wait for jobs, one job at a time. They are started when they are first needed and
// never end. A worker is `inside` from before it looks for the job until it no longer touches it; the
// owner takes the job away and then waits until nobody is.
class Pool {
 public:
  // False if another job is under way.
  bool run(Job& job) noexcept {
    if (busy_.test_and_set(std::memory_order_acquire)) return false;
    start(job.most - 1);
    job_.store(&job);
    generation_.fetch_add(1);
    for (int worker = 1; worker < job.most; ++worker) generation_.notify_one();
    job.work();
    job_.store(nullptr);
    for (int turn = 0; inside_.load() != 0; ++turn)
      turn < kPatience ? pause() : std::this_thread::yield();
    busy_.clear(std::memory_order_release);
    return true;
  }

  // In a child process, where only the thread that called fork() goes on.
  void forget() noexcept {
    started_ = 0;
    inside_ = 0;
    job_ = nullptr;
    busy_.clear();
  }

 private:
  // About 20 us: longer than it takes from one large loop of a training step to the next.
  static constexpr int kPatience = 1000;

  void start(int workers) noexcept {
    try {
      for (; started_ < workers; ++started_)
        std::thread([this, seen = generation_.load()] { serve(seen); }).detach();
    } catch (const std::system_error&) {
      // As many as there are must do.
    }
  }

  [[noreturn]] void serve(std::uint32_t seen) noexcept {
    while (true) {
      for (int turn = 0; turn < kPatience && generation_.load() == seen; ++turn) pause();
      generation_.wait(seen);
      seen = generation_.load();
      inside_.fetch_add(1);
      if (Job* job = job_.load()) {
        if (job->threads++ < job->most) {
          FloatingMode::set(job->mode);
          job->work();
        }
      }
      inside_.fetch_sub(1);
    }
  }

  std::atomic_flag busy_;
  std::atomic<std::uint32_t> generation_{0};
  std::atomic<Job*> job_{nullptr};
  std::atomic<int> inside_{0};
  int started_ = 0;
};

Pool& pool() noexcept {
  // Never destroyed: its threads outlive static destruction.
  static Pool* const instance = [] {
    static Pool* created = new Pool;
#if defined(__unix__)
    pthread_atfork(nullptr, nullptr, [] { created->forget(); });
#endif
    return created;
  }();
  return *instance;
}

}  // namespace

int threads() noexcept { return thread_count().load(std::memory_order_relaxed); }

void use_threads(int count) noexcept {
  thread_count().store(std::clamp(count, 1, kMostThreads), std::memory_order_relaxed);
}

namespace detail {

void run_blocks(std::int64_t count, BlockFunction function, const void* f) {
  const auto most = static_cast<int>(std::min<std::int64_t>(threads(), count));
  Job job{function, f, count, most, FloatingMode::get()};
  if (most < 2 || !pool().run(job)) job.work();
  if (job.error) std::rethrow_exception(job.error);
}

}  // namespace detail
}  // namespace nabla::kernels
