// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include <Eigen/LU>

#include "matrices.hpp"

namespace nabla::detail {
namespace {

// The coefficients of the numerator of the rational approximation of degree 13 to e^x, as parts of the
// first one, so that e^0 is 1; those of the denominator alternate in sign. Up to a 1-norm of kReach it
// is right to the last bit of double. Higham 2005.
constexpr double kFirst = 64764752532480000.;
constexpr double kPade[] = {1.,
                            32382376266240000. / kFirst,
                            7771770303897600. / kFirst,
                            1187353796428800. / kFirst,
                            129060195264000. / kFirst,
                            10559470521600. / kFirst,
                            670442572800. / kFirst,
                            33522128640. / kFirst,
                            1323241920. / kFirst,
                            40840800. / kFirst,
                            960960. / kFirst,
                            16380. / kFirst,
                            182. / kFirst,
                            1. / kFirst};
constexpr double kReach = 5.371920351148152;

MatrixXd approximation(const MatrixXd& a) {
  const auto& b = kPade;
  const MatrixXd one = MatrixXd::Identity(a.rows(), a.cols());
  const MatrixXd a2 = a * a, a4 = a2 * a2, a6 = a2 * a4;
  const MatrixXd odd = a * (a6 * (b[13] * a6 + b[11] * a4 + b[9] * a2) + b[7] * a6 + b[5] * a4 +
                            b[3] * a2 + b[1] * one);
  const MatrixXd even =
      a6 * (b[12] * a6 + b[10] * a4 + b[8] * a2) + b[6] * a6 + b[4] * a4 + b[2] * a2 + b[0] * one;
  return (even - odd).partialPivLu().solve(even + odd);
}

}  // namespace

void matrix_exponential(const Tensor& a, Tensor& y) {
  if (y.numel() == 0) return;
  const Matrices as(a);
  for (std::int64_t i = 0; i < as.count(); ++i) {
    const MatrixXd matrix = as[i];
    if (stores_nan(y, i, matrix)) continue;
    const double norm = matrix.cwiseAbs().colwise().sum().maxCoeff();
    const int halvings = std::max(0, std::ilogb(norm / kReach) + 1);
    MatrixXd power = approximation(matrix * std::ldexp(1.0, -halvings));
    for (int k = 0; k < halvings; ++k) power = (power * power).eval();
    store(y, i, power);
  }
}

}  // namespace nabla::detail
