// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/engine/tensor.hpp>

namespace nabla::nn {

/// Errors    ShapeError that names `loss` unless a and b have the same shape
void require_same_shape(const char* loss, const Tensor& a, const Tensor& b);

/// Errors    DomainError that names `loss` and the first element for which `good` is false
void require_all(const char* loss, const Tensor& x, bool (*good)(double), const char* needed);

}  // namespace nabla::nn
