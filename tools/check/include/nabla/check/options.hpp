// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

#include <nabla/engine/dtype.hpp>

namespace nabla::check {

/// How thorough a check is. The defaults need no tolerance from anybody: the verdict comes from the
/// error bound of the finite difference itself.
struct Options {
  int order = 1;              ///< 2 checks the gradient of the gradient, 3 the third derivatives
  bool full = false;          ///< every element of every input against every output
  bool thorough = false;      ///< the careful finite difference for each derivative, not on demand
  std::uint64_t seed = 0;     ///< of directions and upstream gradients
  int directions = 3;         ///< random directions through all inputs: +-1, normal, sparse, ...;
                              ///< from 2 on, one more through each input
  std::int64_t sweep = 64;    ///< up to so many input elements, each is checked alone as well
  double safety = 4.0;        ///< a difference of this many bounds is a failure
  double relative_floor = 0;  ///< never asks for more agreement than this; 0 is the default of the
                              ///< element type: 1e-7 for float64, 7e-4 for float32
  int worst = 10;             ///< entries that a report lists
  std::optional<DType> dtype =
      {};                  ///< check_op: samples of this floating element type alone, not both
  bool reproducer = true;  ///< after a failure, checks up to 40 smaller and rounder inputs as well
};

}  // namespace nabla::check
