// SPDX-License-Identifier: MIT
#include <atomic>
#include <cstdint>
#include <mutex>
#include <numeric>
#include <set>
#include <thread>
#include <vector>

#if defined(__unix__)
#include <sys/wait.h>
#include <unistd.h>
#endif

#include <boost/test/unit_test.hpp>

#include <nabla/kernels/denormals.hpp>
#include <nabla/kernels/parallel.hpp>

#include "support/threads.hpp"

using namespace nabla::kernels;

namespace {

// How often each block was called.
std::vector<int> calls(std::int64_t count) {
  std::vector<std::atomic<int>> counts(static_cast<std::size_t>(count));
  for_each_block(count, [&](std::int64_t block) { ++counts[static_cast<std::size_t>(block)]; });
  return {counts.begin(), counts.end()};
}

const std::vector<int> kOnce(1000, 1);

}  // namespace

BOOST_AUTO_TEST_SUITE(parallel)

BOOST_AUTO_TEST_CASE(each_block_is_called_once) {
  nabla::test::for_each_thread_count([](int) {
    for (int turn = 0; turn < 200; ++turn) BOOST_REQUIRE((calls(1000) == kOnce));
    BOOST_TEST((calls(0).empty()));
    BOOST_TEST((calls(1) == std::vector<int>{1}));
  });
}

BOOST_AUTO_TEST_CASE(no_more_calls_than_threads_are_under_way) {
  nabla::test::for_each_thread_count([](int threads) {
    std::atomic<int> inside{0}, most{0};
    for_each_block(2000, [&](std::int64_t) {
      const int now = ++inside;
      for (int before = most; before < now && !most.compare_exchange_weak(before, now);) continue;
      --inside;
    });
    BOOST_TEST(most >= 1);
    BOOST_TEST(most <= threads);
  });
}

BOOST_AUTO_TEST_CASE(ranges_cover_the_loop) {
  std::mutex mutex;
  std::set<std::pair<std::int64_t, std::int64_t>> ranges;
  for_each_range(25, 10, [&](std::int64_t first, std::int64_t last) {
    const std::lock_guard lock(mutex);
    ranges.emplace(first, last);
  });
  const std::set<std::pair<std::int64_t, std::int64_t>> expected{{0, 10}, {10, 20}, {20, 25}};
  BOOST_TEST((ranges == expected));
}

BOOST_AUTO_TEST_CASE(a_loop_inside_another_and_loops_of_several_threads_work) {
  nabla::test::for_each_thread_count([](int) {
    std::atomic<int> total{0};
    for_each_block(20, [&](std::int64_t) { for_each_block(20, [&](std::int64_t) { ++total; }); });
    BOOST_TEST(total == 400);
    std::vector<std::thread> threads;
    std::atomic<int> right{0};
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int turn = 0; turn < 50; ++turn) right += calls(1000) == kOnce ? 1 : 0;
      });
    }
    for (std::thread& thread : threads) thread.join();
    BOOST_TEST(right == 200);
  });
}

BOOST_AUTO_TEST_CASE(workers_take_over_how_denormals_are_treated) {
  nabla::test::for_each_thread_count([](int) {
    const std::uint64_t outside = FloatingMode::get();
    std::atomic<int> others{0};
    {
      const FlushDenormals flush;
      const std::uint64_t expected = FloatingMode::get();
      for_each_block(1000, [&](std::int64_t) { others += FloatingMode::get() != expected; });
    }
    for_each_block(1000, [&](std::int64_t) { others += FloatingMode::get() != outside; });
    BOOST_TEST(others == 0);
  });
}

BOOST_AUTO_TEST_CASE(there_is_at_least_one_thread) {
  const int before = threads();
  use_threads(-3);
  BOOST_TEST(threads() == 1);
  use_threads(before);
}

// The threads of a process do not follow it into a child.
#if defined(__unix__) && !defined(__SANITIZE_THREAD__)
BOOST_AUTO_TEST_CASE(a_child_process_goes_on) {
  nabla::test::for_each_thread_count([](int) {
    BOOST_TEST((calls(1000) == kOnce));
    const pid_t child = fork();
    if (child == 0) _exit(calls(1000) == kOnce && calls(1000) == kOnce ? 0 : 1);
    int status = -1;
    BOOST_TEST(waitpid(child, &status, 0) == child);
    BOOST_TEST(status == 0);
  });
}
#endif

BOOST_AUTO_TEST_SUITE_END()
