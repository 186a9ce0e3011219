// SPDX-License-Identifier: MIT
#include <array>
#include <string>

#include <fmt/format.h>

#include <nabla/engine/recording.hpp>
#include <nabla/kernels/copy.hpp>
#include <nabla/kernels/indices.hpp>
#include <nabla/kernels/loop.hpp>
#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/indexing.hpp>
#include <nabla/ops/family/lines.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/reduction/sum.hpp>
#include <nabla/ops/view/broadcast_to.hpp>
#include <nabla/ops/view/reshape.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {

Tensor sum_to(const Tensor& tensor, const Shape& shape) {
  if (detail::is_of_shape(tensor, shape)) return tensor;
  op::Sum op{};
  const int extra = tensor.rank() - shape.rank();
  for (int axis = 0; axis < tensor.rank(); ++axis) {
    const bool stretched = axis < extra || shape[axis - extra] != tensor.size(axis);
    if (stretched) op.mask |= 1u << axis;
    op.keepdim = op.keepdim || (stretched && axis >= extra);
  }
  return of_shape(record_structured(op, tensor), shape);
}

Tensor of_shape(const Tensor& tensor, const Shape& shape) {
  return detail::is_of_shape(tensor, shape) ? tensor : tensor.reshape(shape);
}

void embed(const Tensor& x, std::int64_t offset, const Strides& steps, Tensor& y) {
  const detail::Node &from = *x.node(), &to = *y.node();
  const std::size_t bytes = size_bytes(to.dtype);
  std::fill_n(to.data, to.bytes(), std::byte{0});
  kernels::copy(from.rank, from.sizes(), to.data + offset * static_cast<std::int64_t>(bytes),
                steps.data(), from.data, from.strides(), bytes);
}

std::vector<Sample> line_samples(const std::function<Tensor(std::span<const Tensor>, int)>& call) {
  const auto along = [&call](int axis) {
    return [call, axis](std::span<const Tensor> x) { return call(x, axis); };
  };
  return {{"rows", {sample_tensor({2, 3})}, along(-1)},
          {"columns", {sample_tensor({3, 2})}, along(0)},
          {"middle axis, far from 0", {sample_tensor({2, 3, 2}, 700, 704)}, along(1)},
          {"a vector longer than a register", {sample_tensor({37})}, along(-1)},
          {"four axes", {sample_tensor({2, 1, 3, 2})}, along(2)},
          {"lines of one element", {sample_tensor({2, 1})}, along(-1)},
          {"a number", {sample_tensor({})}, along(0)},
          {"lines without elements", {sample_tensor({2, 0})}, along(-1)},
          {"no lines", {sample_tensor({0, 3})}, along(-1)},
          {"a transposed view",
           {sample_tensor({3, 2})},
           [call](std::span<const Tensor> x) {
             const Tensor turned = transpose(x[0]);
             return call({&turned, 1}, -1);
           }},
          {"a row for all, stretched", {sample_tensor({3})}, [call](std::span<const Tensor> x) {
             const Tensor rows = broadcast_to(x[0], {2, 3});
             return call({&rows, 1}, 1);
           }}};
}

std::vector<ErrorCase> line_errors(
    std::string_view op, const std::function<Tensor(std::span<const Tensor>, int)>& call) {
  const std::string name = "[" + std::string(op) + "] ";
  const auto refused = [&call](const Tensor& x, int axis) {
    return [call, x, axis] { static_cast<void>(call(std::span(&x, 1), axis)); };
  };
  return {{"no such axis", refused(zeros({2}), 1), name + "no such axis: got 1"},
          {"integers", refused(arange(3), 0), name + "got int64, need float32 or float64"}};
}

namespace detail {

kernels::Lines lines_along(const Shape& shape, int axis) {
  kernels::Lines lines{1, shape[axis], 1};
  for (int a = 0; a < shape.rank(); ++a) {
    if (a < axis) lines.outer *= shape[a];
    if (a > axis) lines.inner *= shape[a];
  }
  return lines;
}

void throw_not_floating(const Tensor& x, std::string_view op) {
  throw DTypeError("[" + std::string(op) + "] got " + name_of(x.dtype()) +
                   ", need float32 or float64; convert with .to(float32)");
}

DType common_dtype(Inputs x) {
  DType dtype = x[0].dtype();
  for (int i = 1; i < x.count(); ++i) dtype = promote(dtype, x[i].dtype());
  return dtype;
}

void check_same_floating(const Tensor& a, const Tensor& b, std::string_view op) {
  if (a.dtype() != b.dtype() || !is_floating(a.dtype())) {
    throw DTypeError("[" + std::string(op) + "] a is " + name_of(a.dtype()) + ", b is " +
                     name_of(b.dtype()) + ", need the same floating type; convert with to()");
  }
}

void check_not_negative(double number, std::string_view name, std::string_view op) {
  if (number >= 0) return;
  throw DomainError(fmt::format("[{}] got {} {:g}, need 0 or more", op, name, number));
}

namespace {
void check_int64(const Tensor& index, std::string_view op) {
  if (index.dtype() == int64) return;
  throw DTypeError("[" + std::string(op) + "] the index is " + name_of(index.dtype()) +
                   ", need int64");
}

// Errors    DomainError that names `op` unless 0 <= index < size for n indices that lie `step` apart
void check_index_row(const std::int64_t* indices, std::int64_t n, std::int64_t step,
                     std::int64_t size, std::string_view op) {
  if (kernels::are_below(indices, n, step, size)) return;
  while (*indices >= 0 && *indices < size) indices += step;
  throw DomainError("[" + std::string(op) + "] index out of range: got " +
                    std::to_string(*indices) + ", need 0 <= index < " + std::to_string(size));
}
}  // namespace

void check_indices(const Tensor& index, std::int64_t size, std::string_view op) {
  check_int64(index, op);
  const Node& node = *index.node();
  std::array<std::int64_t, kMaxRank> sizes{};
  for (int axis = 0; axis < node.rank; ++axis) {
    const bool stretched = node.sizes()[axis] > 1 && node.strides()[axis] == 0;
    sizes[static_cast<std::size_t>(axis)] = stretched ? 1 : node.sizes()[axis];
  }
  const auto loop = kernels::make_loop<1>(node.rank, sizes.data(), {node.strides()});
  const std::int64_t* data = elements<std::int64_t>(index);
  kernels::for_each_row(loop, [&](const auto& offset, std::int64_t n, const auto& step) {
    check_index_row(data + offset[0], n, step[0], size, op);
  });
}

void check_index_plane(const IndexPlane& plane, std::int64_t size, std::string_view op) {
  const IndexPlane::Place& place = plane.index;
  const std::int64_t* indices = plane.indices + place.start;
  const bool is_dense = plane.rows == 1 || place.row_step == plane.n * place.step;
  if (is_dense) return check_index_row(indices, plane.rows * plane.n, place.step, size, op);
  for (std::int64_t row = 0; row < plane.rows; ++row)
    check_index_row(indices + row * place.row_step, plane.n, place.step, size, op);
}

void check_vector_index(const Tensor& index, std::int64_t size, std::string_view op) {
  if (index.rank() != 1) {
    throw ShapeError("[" + std::string(op) + "] the index is " + to_string(index.shape()) +
                     ", need a vector");
  }
  check_int64(index, op);
  if (index.numel() == 0) return;
  check_index_row(elements<std::int64_t>(index), index.numel(), index.node()->strides()[0], size,
                  op);
}

void check_index_fits(const Tensor& x, const Tensor& index, int axis, std::string_view op) {
  bool fits = index.rank() == x.rank();
  for (int a = 0; fits && a < index.rank(); ++a) fits = a == axis || index.size(a) <= x.size(a);
  if (!fits) {
    throw ShapeError("[" + std::string(op) + "] the index does not fit: x is " +
                     to_string(x.shape()) + ", index is " + to_string(index.shape()) +
                     ", need the same rank and sizes that are not larger off axis " +
                     std::to_string(axis));
  }
  check_int64(index, op);
}

PlacesOf::PlacesOf(const Tensor& x, std::span<const Tensor> indices, std::string_view op)
    : axes(static_cast<int>(indices.size())) {
  const Shape shape = defined(x, op).shape();
  if (axes == 0 || axes > shape.rank()) {
    throw ShapeError("[" + std::string(op) + "] got " + std::to_string(axes) + " indices for x " +
                     to_string(shape) + ", need at least one and not more than it has axes");
  }
  Shape common{};
  for (int axis = 0; axis < axes; ++axis) {
    const Tensor& index = indices[static_cast<std::size_t>(axis)];
    check_indices(defined(index, op), shape[axis], op);
    common = broadcast_shape(common, index.shape(), std::string(op).c_str());
  }
  const NoGrad no_grad;
  Tensor place = broadcast_to(indices[0], common);
  for (int axis = 1; axis < axes; ++axis)
    place = place * shape[axis] + indices[static_cast<std::size_t>(axis)];
  flat = reshape(place, {-1});
  check_rank(common.rank() + shape.rank() - axes, op);
  result_shape = common;
  for (int axis = axes; axis < shape.rank(); ++axis)
    result_shape = result_shape.inserted(result_shape.rank(), shape[axis]);
}

Tensor PlacesOf::rows_of(const Tensor& x) const {
  std::int64_t rows = 1, columns = 1;
  for (int axis = 0; axis < x.rank(); ++axis) (axis < axes ? rows : columns) *= x.size(axis);
  return reshape(x, {rows, columns});
}

}  // namespace detail
}  // namespace nabla
