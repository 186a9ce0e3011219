// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>

// Numbers inside a stream of 32-bit words: written and read at any multiple of four bytes.

namespace nabla::detail {

template <class X>
constexpr std::uint32_t words_of() {
  return static_cast<std::uint32_t>((sizeof(X) + 3) / 4);
}

#if defined(__GNUC__)
// A store of the very type keeps apart what memcpy would let alias with every other load.
template <class X>
struct [[gnu::packed]] Packed {
  X value;
};
#endif

template <class X>
[[gnu::always_inline]] inline void put(std::uint32_t* words, const X& x) {
#if defined(__GNUC__)
  if constexpr (std::is_arithmetic_v<X>) {
    reinterpret_cast<Packed<X>*>(words)->value = x;
    return;
  }
#endif
  std::memcpy(static_cast<void*>(words), static_cast<const void*>(&x), sizeof(X));
}

template <class X>
[[gnu::always_inline]] inline X take(const std::uint32_t* words) {
#if defined(__GNUC__)
  if constexpr (std::is_arithmetic_v<X>) {
    return reinterpret_cast<const Packed<X>*>(words)->value;
  }
#endif
  X x{};
  std::memcpy(static_cast<void*>(&x), static_cast<const void*>(words), sizeof(X));
  return x;
}

/// True if put(words, x) would change nothing.
template <class X>
[[gnu::always_inline]] inline bool holds(const std::uint32_t* words, const X& x) {
  if constexpr (std::is_same_v<X, double>) {
    return take<std::uint64_t>(words) == std::bit_cast<std::uint64_t>(x);
  } else if constexpr (std::is_same_v<X, float>) {
    return *words == std::bit_cast<std::uint32_t>(x);
  } else {
    return std::memcmp(static_cast<const void*>(words), static_cast<const void*>(&x), sizeof(X)) ==
           0;
  }
}

}  // namespace nabla::detail
