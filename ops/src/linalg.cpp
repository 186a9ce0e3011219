// SPDX-License-Identifier: MIT
#include <string>

#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/linalg.hpp>
#include <nabla/ops/view/broadcast_to.hpp>
#include <nabla/ops/view/reshape.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla::detail {

Shape batch_of(const Shape& shape) {
  return shape.without(shape.rank() - 1).without(shape.rank() - 2);
}

Shape matrices_of(const Shape& batch, std::int64_t rows, std::int64_t columns) {
  return batch.inserted(batch.rank(), rows).inserted(batch.rank() + 1, columns);
}

Tensor with_batch(const Tensor& x, const Shape& batch) {
  return broadcast_to(x, matrices_of(batch, x.size(-2), x.size(-1)));
}

Tensor as_matrices(const Tensor& numbers) {
  return numbers.reshape(matrices_of(numbers.shape(), 1, 1));
}

void check_matrices(const Tensor& x, std::string_view op) {
  if (defined(x, op).rank() < 2) {
    throw ShapeError("[" + std::string(op) + "] got " + to_string(x.shape()) +
                     ", need a matrix, or a batch of them");
  }
  if (!is_floating(x.dtype())) throw_not_floating(x, op);
}

void check_square(const Tensor& x, std::string_view op) {
  check_matrices(x, op);
  if (x.size(-1) != x.size(-2)) {
    throw ShapeError("[" + std::string(op) + "] not square: got " + to_string(x.shape()) +
                     ", need as many rows as columns");
  }
}

std::vector<ErrorCase> square_errors(std::string_view op,
                                     const std::function<Tensor(const Tensor&)>& call) {
  const std::string name = "[" + std::string(op) + "] ";
  const auto refused = [&call](const Tensor& x) {
    return [call, x] { static_cast<void>(call(x)); };
  };
  return {{"a vector", refused(zeros({3})), name + "got (3,), need a matrix, or a batch of them"},
          {"not square", refused(zeros({4, 2, 3})), name + "not square: got (4, 2, 3)"},
          {"integers", refused(eye(2, int64)), name + "got int64, need float32 or float64"}};
}

Tensor on_diagonal(std::int64_t n) { return arange(n).reshape({n, 1}) == arange(n); }
Tensor on_or_below_diagonal(std::int64_t n) { return arange(n).reshape({n, 1}) >= arange(n); }

Tensor symmetrised(const Tensor& x) { return (x + x.transpose()) * 0.5; }
Tensor plus_identity(const Tensor& x, double multiple) {
  return x + eye(x.size(-1), x.dtype()) * multiple;
}

LinearSystem::LinearSystem(const Tensor& a_given, const Tensor& b_given, const char* op) {
  check_square(a_given, op);
  const Shape rows = a_given.shape().without(a_given.rank() - 1);
  is_vector = defined(b_given, op).rank() == 1 || b_given.shape() == rows;
  const auto shapes = [&] {
    return "a is " + to_string(a_given.shape()) + ", b is " + to_string(b_given.shape());
  };
  if (b_given.rank() == 0) {
    throw ShapeError("[" + std::string(op) + "] " + shapes() + ", need at least one axis");
  }
  if (b_given.size(is_vector ? -1 : -2) != a_given.size(-1)) {
    throw ShapeError("[" + std::string(op) + "] sizes differ: " + shapes() +
                     ", need as many rows in b as in a");
  }
  check_same_floating(a_given, b_given, op);
  b = is_vector ? b_given.reshape(b_given.shape().inserted(b_given.rank(), 1)) : b_given;
  const Shape batch = broadcast_shape(batch_of(a_given.shape()), batch_of(b.shape()), op);
  a = with_batch(a_given, batch);
  b = with_batch(b, batch);
}

Tensor LinearSystem::solution(const Tensor& x) const {
  return is_vector ? x.reshape(x.shape().without(x.rank() - 1)) : x;
}

}  // namespace nabla::detail
