// SPDX-License-Identifier: MIT
#include "checks.hpp"

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/nn/loss/reduction.hpp>
#include <nabla/ops/reduction/mean.hpp>
#include <nabla/ops/reduction/sum.hpp>
#include <nabla/ops/view/clone.hpp>

namespace nabla::nn {

void require_same_shape(const char* loss, const Tensor& a, const Tensor& b) {
  if (a.shape() == b.shape()) return;
  throw ShapeError(fmt::format("[{}] got shapes {} and {}, need the same; reshape one of them?",
                               loss, to_string(a.shape()), to_string(b.shape())));
}

void require_all(const char* loss, const Tensor& x, bool (*good)(double), const char* needed) {
  const Tensor elements = x.detach().contiguous();
  visit_dtype(x.dtype(), [&]<class T>(T) {
    for (const T element : elements.data<T>())
      if (!good(static_cast<double>(element)))
        throw DomainError(
            fmt::format("[{}] got {}, need {}", loss, static_cast<double>(element), needed));
  });
}

Tensor reduce(const Tensor& losses, Reduction reduction) {
  switch (reduction) {
    case Reduction::mean:
      return losses.mean();
    case Reduction::sum:
      return losses.sum();
    default:
      return losses;
  }
}

}  // namespace nabla::nn
