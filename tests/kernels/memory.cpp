// SPDX-License-Identifier: MIT
#include <barrier>
#include <cstdint>
#include <cstring>
#include <new>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/kernels/memory.hpp>

using namespace nabla::kernels;

BOOST_AUTO_TEST_SUITE(memory)

BOOST_AUTO_TEST_CASE(blocks_do_not_overlap_and_are_aligned) {
  std::vector<std::pair<unsigned char*, std::size_t>> blocks;
  for (std::size_t size = 0; size < 20'000; size = size * 5 / 4 + 3) {
    for (int copy = 0; copy < 3; ++copy) {
      auto* block = static_cast<unsigned char*>(allocate(size));
      BOOST_TEST(reinterpret_cast<std::uintptr_t>(block) % (size > 4096 ? 64 : 16) == 0u);
      std::memset(block, static_cast<int>(blocks.size()), size);
      blocks.emplace_back(block, size);
    }
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const auto [block, size] = blocks[i];
    bool intact = true;
    for (std::size_t k = 0; k < size; ++k) intact &= block[k] == static_cast<unsigned char>(i);
    BOOST_TEST(intact, "block " << i << " of " << size << " bytes was overwritten");
    deallocate(block, size);
  }
}

#if !defined(__SANITIZE_ADDRESS__)
BOOST_AUTO_TEST_CASE(a_freed_block_serves_the_next_request_of_its_size) {
  for (const std::size_t size : {std::size_t{48}, std::size_t{100'000}, std::size_t{5} << 20}) {
    void* first = allocate(size);
    deallocate(first, size);
    void* second = allocate(size);
    BOOST_TEST(second == first);
    deallocate(second, size);
  }
  release_cache();
}
#endif

BOOST_AUTO_TEST_CASE(blocks_may_be_freed_by_another_thread_and_outlive_their_own) {
  std::vector<void*> blocks;
  std::thread([&] {
    for (int i = 0; i < 1000; ++i) blocks.push_back(allocate(64));
  }).join();
  for (void* block : blocks) {
    std::memset(block, 1, 64);
    deallocate(block, 64);
  }
}

#if !defined(__SANITIZE_ADDRESS__)
// Whoever drops what another thread makes must not keep it all to itself.
BOOST_AUTO_TEST_CASE(blocks_that_one_thread_makes_and_another_frees_are_used_again) {
  for (const std::size_t size : {std::size_t{48}, std::size_t{2000}, std::size_t{20'000}}) {
    std::set<void*> seen;
    std::vector<void*> blocks(1000);
    std::barrier turn(2);
    constexpr int kRounds = 100;
    std::thread other([&] {
      for (int round = 0; round < kRounds; ++round) {
        turn.arrive_and_wait();
        for (void* block : blocks) deallocate(block, size);
        turn.arrive_and_wait();
      }
    });
    for (int round = 0; round < kRounds; ++round) {
      for (void*& block : blocks) seen.insert(block = allocate(size));
      turn.arrive_and_wait();
      turn.arrive_and_wait();
    }
    other.join();
    // A round's own, a slab that is cut first, and two batches with either thread.
    const std::size_t most = blocks.size() + (std::size_t{1} << 20) / size + 4 * 256;
    BOOST_TEST(seen.size() <= most, size << " bytes: " << seen.size() << " blocks");
  }
}

BOOST_AUTO_TEST_CASE(threads_that_only_free_leave_their_blocks_behind) {
  std::set<void*> seen;
  for (int round = 0; round < 200; ++round) {
    std::vector<void*> blocks(100);
    for (void*& block : blocks) seen.insert(block = allocate(4000));
    std::thread([&] {
      for (void* block : blocks) deallocate(block, 4000);
    }).join();
  }
  BOOST_TEST(seen.size() < 600u);
}
#endif

BOOST_AUTO_TEST_CASE(an_impossible_request_is_bad_alloc) {
  BOOST_CHECK_THROW(static_cast<void>(allocate(std::size_t{1} << 60)), std::bad_alloc);
}

BOOST_AUTO_TEST_SUITE_END()
