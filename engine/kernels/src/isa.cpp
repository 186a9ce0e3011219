// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <string_view>

#include <nabla/kernels/isa.hpp>

namespace nabla::kernels {
namespace {

constexpr std::array<const char*, kIsaCount> kNames{"baseline", "avx2", "avx512"};

Isa supported() noexcept {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
      !__builtin_cpu_supports("bmi") || !__builtin_cpu_supports("bmi2"))
    return Isa::baseline;
  const bool has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  return has_avx512 ? Isa::avx512 : Isa::avx2;
#else
  return Isa::baseline;
#endif
}

// A name that is none of the three asks for nothing.
Isa initial() noexcept {
  const char* wish = std::getenv("NABLA_ISA");
  const auto* const found = wish == nullptr
                                ? kNames.end()
                                : std::find(kNames.begin(), kNames.end(), std::string_view(wish));
  const Isa best = best_isa();
  return found == kNames.end() ? best : std::min(best, static_cast<Isa>(found - kNames.begin()));
}

}  // namespace

constinit std::atomic<std::size_t> detail::chosen_isa{kIsaCount};

// Of several threads that ask first, all find the same.
std::size_t detail::choose_isa() noexcept {
  std::size_t unknown = kIsaCount;
  const auto found = static_cast<std::size_t>(initial());
  return chosen_isa.compare_exchange_strong(unknown, found, std::memory_order_relaxed) ? found
                                                                                       : unknown;
}

Isa best_isa() noexcept {
  static const Isa best = supported();
  return best;
}

void use_isa(Isa isa) noexcept {
  detail::chosen_isa.store(static_cast<std::size_t>(std::min(isa, best_isa())),
                           std::memory_order_relaxed);
}

const char* name_of(Isa isa) noexcept { return kNames[static_cast<std::size_t>(isa)]; }

}  // namespace nabla::kernels
