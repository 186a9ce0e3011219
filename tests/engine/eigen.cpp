// SPDX-License-Identifier: MIT
#if __has_include(<eigen3/Eigen/Core>)

#include <cmath>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/eigen.hpp>
#include <nabla/ops/ops.hpp>

#include <eigen3/Eigen/Core>
#include <eigen3/Eigen/LU>

using namespace nabla;

BOOST_AUTO_TEST_SUITE(eigen)

BOOST_AUTO_TEST_CASE(matrices_of_values_multiply_and_have_gradients) {
  Tape tape;
  Eigen::Matrix<Value, 2, 2> a;
  Eigen::Matrix<Value, 2, 1> x;
  a << variable(1.0), variable(2.0), variable(3.0), variable(4.0);
  x << variable(5.0), variable(-1.0);
  const Value y = (a * x).sum() + a.trace() * 2.0;
  BOOST_TEST(y.value() == (5.0 - 2.0) + (15.0 - 4.0) + 10.0);
  backward(y);
  BOOST_TEST(a(0, 0).grad() == 5.0 + 2.0);
  BOOST_TEST(a(1, 0).grad() == 5.0);
  BOOST_TEST(x(0).grad() == 1.0 + 3.0);
  BOOST_TEST(x(1).grad() == 2.0 + 4.0);
}

BOOST_AUTO_TEST_CASE(numbers_and_values_mix_in_matrix_expressions) {
  Tape tape;
  Eigen::Matrix<Value, 3, 1> x;
  x << variable(1.0), variable(2.0), variable(3.0);
  const Eigen::Vector3d w(0.5, -1.0, 2.0);
  const Value y = x.dot(x) + x.cwiseProduct(w).sum();
  backward(y);
  BOOST_TEST(x(0).grad() == 2.0 + 0.5);
  BOOST_TEST(x(1).grad() == 4.0 - 1.0);
  BOOST_TEST(x(2).grad() == 6.0 + 2.0);
}

// x = a^-1 b: d sum(x)/db = a^-T 1, d sum(x)/da = -(a^-T 1) x^T.
BOOST_AUTO_TEST_CASE(a_system_solved_by_lu_has_the_gradient_of_the_adjoint_system) {
  constexpr double kTolerance = 1e-14;  // some roundings of numbers of size 1
  Tape tape;
  Eigen::Matrix3d plain;
  plain << 4, 1, 2, 1, 5, 3, 2, 0, 6;
  const Eigen::Vector3d right(1, 2, 3);
  Eigen::Matrix<Value, Eigen::Dynamic, Eigen::Dynamic> a(3, 3);
  Eigen::Matrix<Value, Eigen::Dynamic, 1> b(3);
  for (int i = 0; i < 3; ++i) {
    b(i) = variable(right(i));
    for (int j = 0; j < 3; ++j) a(i, j) = variable(plain(i, j));
  }
  const Eigen::Matrix<Value, Eigen::Dynamic, 1> x = a.partialPivLu().solve(b);
  backward(x.sum());
  const Eigen::Vector3d solution = plain.partialPivLu().solve(right);
  const Eigen::Vector3d adjoint = plain.transpose().partialPivLu().solve(Eigen::Vector3d::Ones());
  for (int i = 0; i < 3; ++i) {
    BOOST_TEST(std::abs(x(i).value() - solution(i)) <= kTolerance);
    BOOST_TEST(std::abs(b(i).grad() - adjoint(i)) <= kTolerance);
    for (int j = 0; j < 3; ++j)
      BOOST_TEST(std::abs(a(i, j).grad() + adjoint(i) * solution(j)) <= kTolerance);
  }
}

BOOST_AUTO_TEST_SUITE_END()

#endif
