// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include <nabla/kernels/elementwise.hpp>
#include <nabla/kernels/isa.hpp>

namespace nabla::kernels {

// An element of so many bytes, whatever number it is: what copies are made of.
template <std::size_t Bytes>
struct Element {
  std::byte bytes[Bytes];
};

// f(an element of this size). Requires  1, 4 or 8 bytes
template <class F>
void visit_element(std::size_t bytes, const F& f) {
  switch (bytes) {
    case 1:
      return f(Element<1>{});
    case 4:
      return f(Element<4>{});
    default:
      return f(Element<8>{});
  }
}

// Its bytes as a number: a compiler makes no vectors of structs.
template <class E>
auto bits_of(const E* element) {
  static_assert(sizeof(E) == 1 || sizeof(E) == 4 || sizeof(E) == 8);
  using Words = std::conditional_t<sizeof(E) == 4, std::uint32_t, std::uint64_t>;
  std::conditional_t<sizeof(E) == 1, std::uint8_t, Words> bits;
  std::memcpy(&bits, element, sizeof(bits));
  return bits;
}

struct RepeatRow {
  template <class E>
  static void run(E* to, const E* from, std::int64_t n) {
    const auto bits = bits_of(from);
    for_lanes(n, [=](std::int64_t i) { std::memcpy(to + i, &bits, sizeof(bits)); });
  }
};
struct ReverseRow {
  template <class E>
  static void run(E* to, const E* from, std::int64_t n) {
    for_lanes(n, [=](std::int64_t i) {
      const auto bits = bits_of(from - i);
      std::memcpy(to + i, &bits, sizeof(bits));
    });
  }
};

// to[i] = from[i step] for i < n.
template <class E>
void copy_row(E* to, const E* from, std::int64_t n, std::int64_t step) {
  using Kernel = PerIsa<void(E*, const E*, std::int64_t)>;
  static constexpr auto repeat = Kernel::template of<RepeatRow>();
  static constexpr auto reverse = Kernel::template of<ReverseRow>();
  if (step == 1) {
    std::copy_n(from, n, to);
  } else if (step == 0) {
    repeat(to, from, n);
  } else if (step == -1) {
    reverse(to, from, n);
  } else {
    for (std::int64_t i = 0; i < n; ++i) to[i] = from[i * step];
  }
}

// Such rows: `apart` from one to the next, and one behind another in `to`.
// Requires  room in `to` for kLanesBlock elements more than they are
template <class E>
void copy_rows(E* to, const E* from, std::int64_t rows, std::int64_t n, std::int64_t step,
               std::int64_t apart) {
  constexpr std::int64_t kFew = 4;
  const auto copy_each = [&](const auto& copy) {
    for (std::int64_t r = 0; r < rows; ++r) copy(to + r * n, from + r * apart);
  };
  if (step == 0 && n <= kLanesBlock) {
    // As if the row were a vector: the next stands over what is too much of it.
    copy_each([](E* target, const E* source) { RepeatRow::run(target, source, kLanesBlock); });
  } else if (step == 1 && n <= kLanesBlock && n >= kFew) {
    copy_each([=](E* target, const E* source) {
      for (std::int64_t i = 0; i < n - kFew; i += kFew) std::copy_n(source + i, kFew, target + i);
      std::copy_n(source + (n - kFew), kFew, target + (n - kFew));
    });
  } else {
    copy_each([=](E* target, const E* source) { copy_row(target, source, n, step); });
  }
}

}  // namespace nabla::kernels
