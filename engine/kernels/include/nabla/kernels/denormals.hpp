// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace nabla::kernels {

/// The switches of a thread's floating-point unit. On processors that are not known here, nothing.
struct FloatingMode {
#if defined(__x86_64__)
  static constexpr std::uint64_t flush = 0x8040;  ///< denormal results, and operands, are 0
  static std::uint64_t get() { return _mm_getcsr(); }
  static void set(std::uint64_t bits) { _mm_setcsr(static_cast<unsigned>(bits)); }
#elif defined(__aarch64__)
  static constexpr std::uint64_t flush = std::uint64_t{1} << 24;
  static std::uint64_t get() {
    std::uint64_t bits = 0;
    asm volatile("mrs %0, fpcr" : "=r"(bits));
    return bits;
  }
  static void set(std::uint64_t bits) { asm volatile("msr fpcr, %0" : : "r"(bits)); }
#else
  static constexpr std::uint64_t flush = 0;
  static std::uint64_t get() { return 0; }
  static void set(std::uint64_t) {}
#endif
};

/// While it lives, numbers below the normal range count as zero on this thread, and in loops that it
/// shares out: processors take a hundred times longer over them, and the moments of an optimizer
/// decay through that range for every parameter whose gradient has become zero.
class FlushDenormals {
 public:
  FlushDenormals() : before_(FloatingMode::get()) {
    FloatingMode::set(before_ | FloatingMode::flush);
  }
  ~FlushDenormals() { FloatingMode::set(before_); }
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
  std::uint64_t before_;
};

}  // namespace nabla::kernels
