// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include <nabla/ops/binary/chain.hpp>
#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/pow.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/linalg/cdist.hpp>
#include <nabla/ops/reduction/sum.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/abs.hpp>
#include <nabla/ops/unary/neg.hpp>
#include <nabla/ops/view/reshape.hpp>
#include <nabla/ops/view/to.hpp>

#include "matrices.hpp"

namespace nabla {
namespace {

using detail::Matrices;
using detail::MatrixXd;
using detail::VectorXd;

double length_of(const VectorXd& d, double order) {
  if (d.size() == 0) return 0.0;
  if (order == 0) return static_cast<double>((d.array() != 0).count());
  if (order == 1) return d.lpNorm<1>();
  if (order != 2) {
    const double most = d.cwiseAbs().maxCoeff<Eigen::PropagateNaN>();
    if (std::isinf(order) || most == 0 || !std::isfinite(most)) return most;
    return most * std::pow((d.array().abs() / most).pow(order).sum(), 1 / order);
  }
  const double norm = d.norm();
  // Only near the ends of the range do squares go wrong, and the safe way takes three times as long.
  return norm > 1e-140 && norm < 1e140 ? norm : d.stableNorm();
}

// d becomes the gradient of its length.
// Requires  the length is not 0
void turn_to_slopes(VectorXd& d, double length, double order) {
  if (order == 2) {
    d /= length;
    return;
  }
  for (double& element : d) {
    const double sign = element > 0 ? 1.0 : element < 0 ? -1.0 : 0.0;
    if (order == 1) {
      element = sign;
    } else if (std::isinf(order)) {
      element = std::abs(element) == length ? sign : 0.0;
    } else if (element != 0) {
      element = sign * std::pow(std::abs(element) / length, order - 1);
    }
  }
  if (std::isinf(order))
    d /= std::max(1.0, d.lpNorm<1>());  // as many as share; none, if one is NaN
}

// The same for all pairs at once, in ops: d is (..., m, n, size), lengths are (..., m, n, 1).
Tensor directions(const Tensor& d, const Tensor& lengths, double order) {
  // Dividing by 1 where the length is 0 keeps NaN out of the branch that is not taken.
  if (order == 2) return where(lengths == 0, 0.0, d / where(lengths == 0, 1.0, lengths));
  const Tensor signs = where(d > 0, 1.0, where(d < 0, -1.0, 0.0)).to(d.dtype());
  if (order == 1) return signs;
  if (!std::isinf(order)) {
    const Tensor share = where(d == 0, 1.0, d.abs() / where(lengths == 0, 1.0, lengths));
    return signs * pow(share, order - 1);
  }
  const Tensor is_longest = d.abs() == lengths;
  return where(is_longest, signs / is_longest.sum({-1}, true).to(d.dtype()), 0.0);
}

// The gradients of x1 and x2 in a sweep that is not recorded; points are columns.
void backward_of_numbers(BackwardCall& call, double order) {
  const Tensor x1 = call.input(0), x2 = call.input(1);
  const Matrices as(x1), bs(x2), gs(call.gradient());
  Tensor dx1 = detail::make_tensor(x1.shape(), x1.dtype(), "cdist");
  Tensor dx2 = detail::make_tensor(x2.shape(), x2.dtype(), "cdist");
  for (std::int64_t batch = 0; batch < as.count(); ++batch) {
    const MatrixXd a = as[batch].transpose(), b = bs[batch].transpose(), g = gs[batch];
    MatrixXd da = MatrixXd::Zero(a.rows(), a.cols()), db = MatrixXd::Zero(b.rows(), b.cols());
    VectorXd d(a.rows());
    for (std::int64_t i = 0; i < a.cols(); ++i) {
      for (std::int64_t j = 0; j < b.cols(); ++j) {
        d = a.col(i) - b.col(j);
        const double length = length_of(d, order);
        if (g(i, j) == 0 || length == 0) continue;
        turn_to_slopes(d, length, order);
        da.col(i) += g(i, j) * d;
        db.col(j) -= g(i, j) * d;
      }
    }
    detail::store(dx1, batch, da.transpose());
    detail::store(dx2, batch, db.transpose());
  }
  if (call.wants(0)) call.add(0, dx1);
  if (call.wants(1)) call.add(1, dx2);
}

}  // namespace

Result op::Cdist::shape(Inputs x) const {
  const Shape batch = detail::batch_of(x[0].shape());
  return {detail::matrices_of(batch, x[0].size(-2), x[1].size(-2)), x[0].dtype()};
}

void op::Cdist::forward(Inputs x, Tensor& y) const {
  const Matrices as(x[0]), bs(x[1]);
  for (std::int64_t batch = 0; batch < as.count(); ++batch) {
    const MatrixXd a = as[batch].transpose(), b = bs[batch].transpose();
    MatrixXd lengths(a.cols(), b.cols());
    VectorXd d(a.rows());
    for (std::int64_t i = 0; i < a.cols(); ++i) {
      for (std::int64_t j = 0; j < b.cols(); ++j) {
        d = a.col(i) - b.col(j);
        lengths(i, j) = length_of(d, order);
      }
    }
    detail::store(y, batch, lengths);
  }
}

void op::Cdist::backward(BackwardCall& call) const {
  if (order == 0) {
    if (call.wants(0)) call.add(0, zeros_like(call.input(0)));
    if (call.wants(1)) call.add(1, zeros_like(call.input(1)));
    return;
  }
  if (!call.create_graph()) return backward_of_numbers(call, order);
  const Tensor x1 = call.input(0), x2 = call.input(1), y = call.output();
  const int rank = y.rank();
  const Shape one = y.shape().inserted(rank, 1);
  const Tensor d =
      x1.reshape(x1.shape().inserted(rank - 1, 1)) - x2.reshape(x2.shape().inserted(rank - 2, 1));
  const Tensor parts =
      record(Chain{}, call.gradient().reshape(one), directions(d, y.reshape(one), order));
  if (call.wants(0)) call.add(0, parts.sum({-2}));
  if (call.wants(1)) call.add(1, -parts.sum({-3}));
}

Tensor cdist(const Tensor& x1, const Tensor& x2, double order) {
  detail::check_matrices(x1, "cdist");
  detail::check_matrices(x2, "cdist");
  detail::check_same_floating(x1, x2, "cdist");
  if (!(order >= 0))
    throw DomainError(fmt::format("[cdist] got order {:g}, need 0 or more", order));
  if (x1.size(-1) != x2.size(-1)) {
    throw ShapeError("[cdist] points differ in length: x1 is " + to_string(x1.shape()) +
                     ", x2 is " + to_string(x2.shape()) + ", need as many columns");
  }
  const Shape batch =
      broadcast_shape(detail::batch_of(x1.shape()), detail::batch_of(x2.shape()), "cdist");
  op::Cdist op;
  op.order = order;
  return record_structured(op, detail::with_batch(x1, batch), detail::with_batch(x2, batch));
}

}  // namespace nabla
