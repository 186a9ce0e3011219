// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <span>

// Random: a seeded generator that gives the same numbers on every machine and compiler, for
// initial weights, shuffling and sample inputs. Counter based (Philox 4x32-10), so its state is two
// integers that can be saved. Not for cryptography. Threads: one generator belongs to one thread.
//
//   Random random(42);
//   double x = random.normal();
//
// Source    Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3"

namespace nabla {

class Random {
 public:
  explicit Random(std::uint64_t seed = 0) : seed_(seed) {}

  /// 32 and 64 uniform bits.
  std::uint32_t bits();
  std::uint64_t bits64();
  /// Uniform in [0, 1), a multiple of 2^-53.
  double uniform();
  double uniform(double lower, double upper);
  /// Normal with mean 0 and deviation 1: the inverse of the distribution function at a uniform
  /// number, so one draw is always two 32-bit numbers.
  /// Accuracy  relative error <= 1e-15 of the quantile
  double normal();
  double normal(double mean, double deviation);
  /// Uniform in 0, ..., bound - 1, without bias.
  /// Requires  bound > 0
  std::uint64_t below(std::uint64_t bound);
  /// Puts the indices into random order (Fisher-Yates).
  void shuffle(std::span<std::int64_t> indices);

  [[nodiscard]] std::uint64_t seed() const { return seed_; }
  /// How many 32-bit numbers were drawn; with the seed it is the whole state.
  [[nodiscard]] std::uint64_t position() const { return position_ * 4 - left_; }
  /// Goes to the place where `position` 32-bit numbers were drawn.
  void seek(std::uint64_t position);
  /// A generator at its start that depends on this seed and on `stream` alone: one for each epoch,
  /// worker or layer. Does not move this one.
  [[nodiscard]] Random fork(std::uint64_t stream) const;

 private:
  std::uint64_t seed_ = 0;
  std::uint64_t position_ = 0;
  std::array<std::uint32_t, 4> block_{};
  std::uint32_t left_ = 0;
};

/// The generator of this thread, which randn and rand draw from when given none.
[[nodiscard]] Random& default_random();
/// Starts the thread's generator anew.
void manual_seed(std::uint64_t seed);

namespace detail {
/// The block cipher behind Random: 128 bits of counter and 64 bits of key to 128 uniform bits.
[[nodiscard]] std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                                  std::array<std::uint32_t, 2> key);
}  // namespace detail

}  // namespace nabla
