// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/ops/bessel.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/family/parameter.hpp>

// What Bessel functions have in common: an order, real for the cylindrical ones and whole for the
// spherical ones, that leads the operands. Their slopes are functions of neighbouring orders.

namespace nabla {

template <class Self>
struct CylindricalBessel : Unary<Self> {
  static constexpr OpParameter parameters[]{
      {.name = "nu", .value = 1, .range = {0, kMaxBesselOrder}}};
  static constexpr bool parameters_lead = true;
  double nu = parameters[0].value;
  static constexpr Self with(double nu) {
    Self op;
    op.nu = nu;
    return op;
  }
};

template <class Self>
struct SphericalBessel : Unary<Self> {
  static constexpr OpParameter parameters[]{
      {.name = "n", .value = 2, .whole = true, .range = {0, kMaxBesselOrder}}};
  static constexpr bool parameters_lead = true;
  int n = static_cast<int>(parameters[0].value);
  static constexpr Self with(int n) {
    Self op;
    op.n = n;
    return op;
  }
};

}  // namespace nabla
