// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <atomic>
#include <cstddef>

// The instruction sets that kernels are compiled for. One binary holds them all and chooses at run
// time, so it runs on any x86-64 and uses AVX-512 where there is. Elsewhere there is the baseline
// alone: what the compiler makes of plain loops for its target.

namespace nabla::kernels {

enum class Isa { baseline, avx2, avx512 };
inline constexpr std::size_t kIsaCount = 3;

/// What kernels use: the best that the processor has, or what use_isa() or the environment variable
/// NABLA_ISA (baseline, avx2, avx512) asks for, if the processor has it.
[[nodiscard]] inline Isa isa() noexcept;
[[nodiscard]] Isa best_isa() noexcept;
/// Changes it for all threads; to compare and to test. Asking for more than best_isa() gives that.
void use_isa(Isa isa) noexcept;
[[nodiscard]] const char* name_of(Isa isa) noexcept;

namespace detail {
/// What was chosen, asked before each loop; kIsaCount before the first.
extern constinit std::atomic<std::size_t> chosen_isa;
std::size_t choose_isa() noexcept;
}  // namespace detail

inline Isa isa() noexcept {
  const std::size_t chosen = detail::chosen_isa.load(std::memory_order_relaxed);
  return static_cast<Isa>(chosen < kIsaCount ? chosen : detail::choose_isa());
}

/// A kernel in each instruction set. `Kernel::run(args...)` is an inline function of plain loops
/// over plain numbers; a copy of it, with all that it calls, is compiled for each set, and the
/// compiler turns the loops into vector code. No other function sees such code.
///
///   struct Doubled {
///     static void run(float* x, std::int64_t n) { for (...) x[i] *= 2; }
///   };
///   constexpr PerIsa<void(float*, std::int64_t)> doubled = PerIsa<...>::of<Doubled>();
///   doubled(x, n);
template <class Signature>
class PerIsa;

// Several sets are compiled for x86-64 only. clang has no name here for GCC's prefer-vector-width, and
// drops the whole attribute if it meets one that it does not know.
#if defined(__x86_64__)
#define NABLA_AVX2 "avx2,fma,bmi,bmi2"
#define NABLA_AVX512 "avx512f,avx512bw,avx512dq,avx512vl," NABLA_AVX2
#if defined(__clang__)
#define NABLA_TARGET_AVX512 gnu::target(NABLA_AVX512), clang::min_vector_width(512)
#else
#define NABLA_TARGET_AVX512 gnu::target(NABLA_AVX512 ",prefer-vector-width=512")
#endif
#define NABLA_TARGET_AVX2 gnu::target(NABLA_AVX2)
#endif

template <class R, class... Args>
class PerIsa<R(Args...)> {
 public:
  using Function = R (*)(Args...);

  template <class Kernel>
  static constexpr PerIsa of() {
    return of<Kernel, Kernel, Kernel>();
  }
  /// The same of one kernel written in three ways.
  template <class Baseline, class Avx2, class Avx512>
  static constexpr PerIsa of() {
#if defined(__x86_64__)
    return PerIsa({&baseline<Baseline>, &avx2<Avx2>, &avx512<Avx512>});
#else
    return PerIsa(&baseline<Baseline>);
#endif
  }
  /// For what is rare, and long to compile: the copy for AVX2 is that for AVX-512 too, half as fast there,
  /// and a processor with neither gets plain code.
  template <class Kernel>
  static constexpr PerIsa of_avx2() {
#if defined(__x86_64__)
    return PerIsa({&Kernel::run, &avx2<Kernel>, &avx2<Kernel>});
#else
    return PerIsa(&baseline<Kernel>);
#endif
  }
  constexpr PerIsa() = default;
  /// The same code whatever the instruction set is, for what is not worth compiling thrice.
  constexpr explicit PerIsa(Function function) : table_{function, function, function} {}

  [[nodiscard]] Function chosen() const noexcept { return table_[static_cast<std::size_t>(isa())]; }
  R operator()(Args... args) const { return chosen()(args...); }

 private:
  constexpr explicit PerIsa(const std::array<Function, kIsaCount>& table) : table_(table) {}

  template <class Kernel>
  [[gnu::flatten]] static R baseline(Args... args) {
    return Kernel::run(args...);
  }
#if defined(__x86_64__)
  template <class Kernel>
  [[NABLA_TARGET_AVX2, gnu::flatten]] static R avx2(Args... args) {
    return Kernel::run(args...);
  }
  template <class Kernel>
  [[NABLA_TARGET_AVX512, gnu::flatten]] static R avx512(Args... args) {
    return Kernel::run(args...);
  }
#endif

  std::array<Function, kIsaCount> table_{};
};

}  // namespace nabla::kernels
