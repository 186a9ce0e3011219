// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include <nabla/engine/tensor.hpp>

namespace nabla::test {

/// The most bytes of elements that there are at once while f runs and its result lives, beside those that
/// there were before.
template <class F>
std::int64_t most_bytes(const F& f) {
  reset_peak();
  const std::int64_t before = tensor_statistics().storage_bytes;
  const Tensor result = f();
  return tensor_statistics().peak_storage_bytes - before;
}

}  // namespace nabla::test
