// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

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

}  // namespace nabla::kernels
