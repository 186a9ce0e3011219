// SPDX-License-Identifier: MIT
#pragma once

#include <limits>

#include <nabla/engine/compare.hpp>
#include <nabla/engine/value.hpp>

// Lets Value (and basic_value of anything) be the scalar of Eigen's matrices. Needs nothing of
// Eigen itself, which may be included before or after.
//
//   #include <Eigen/Core>
//   #include <nabla/engine/eigen.hpp>
//   Eigen::Matrix<Value, 3, 3> a;   Value y = (a * a.transpose()).trace();

namespace Eigen {

template <typename T>
struct NumTraits;
template <typename A, typename B, typename BinaryOp>
struct ScalarBinaryOpTraits;

/// What Eigen asks of a scalar: the limits of the number inside, and costs in its own units, where
/// an operation that is recorded counts as a few plain ones.
template <class T>
struct NumTraits<nabla::basic_value<T>> {
  using Value = nabla::basic_value<T>;
  using Real = Value;
  using NonInteger = Value;
  using Nested = Value;
  using Literal = Value;
  enum {
    IsComplex = 0,
    IsInteger = 0,
    IsSigned = 1,
    RequireInitialization = 1,
    ReadCost = 2,
    AddCost = 4,
    MulCost = 4
  };
  static Value epsilon() { return std::numeric_limits<Value>::epsilon(); }
  static Value dummy_precision() { return 1e3 * std::numeric_limits<T>::epsilon(); }
  static Value highest() { return std::numeric_limits<Value>::max(); }
  static Value lowest() { return std::numeric_limits<Value>::lowest(); }
  static Value infinity() { return std::numeric_limits<Value>::infinity(); }
  static Value quiet_NaN() { return std::numeric_limits<Value>::quiet_NaN(); }
  static constexpr int digits10() { return std::numeric_limits<Value>::digits10; }
};

template <class T, typename BinaryOp>
struct ScalarBinaryOpTraits<nabla::basic_value<T>, double, BinaryOp> {
  using ReturnType = nabla::basic_value<T>;
};
template <class T, typename BinaryOp>
struct ScalarBinaryOpTraits<double, nabla::basic_value<T>, BinaryOp> {
  using ReturnType = nabla::basic_value<T>;
};

}  // namespace Eigen
