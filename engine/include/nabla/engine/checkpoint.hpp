// SPDX-License-Identifier: MIT
#pragma once

#include <initializer_list>
#include <span>

#include <nabla/engine/functional.hpp>
#include <nabla/engine/tensor.hpp>

// Memory for time: of a checkpointed part of a computation only the inputs and the result are kept. A
// sweep computes the rest again when it gets there, and lets it go before it goes on.
//
//   for (int i = 0; i < 100; ++i)
//     h = checkpoint([block, i](std::span<const Tensor> x) { return block[i](x[0]); }, {h});
//
// The function is kept, and called from sweeps as long as the history lives: it must hold what it uses,
// not refer to it.
//
// Source    Griewank & Walther 2000, "Algorithm 799: revolve"; Chen et al. 2016, arXiv:1604.06174

namespace nabla {

/// f(inputs), of which the history is computed when a sweep needs it. Gradients of any order are those
/// of f(inputs), by the inputs and by what else f uses. The second time f starts with the thread's
/// generator of random numbers as it was the first time, and that is then what it was.
/// In a picture it is one operation on its inputs; what else f uses is not shown.
/// Requires  f gives the same each time; tensors that it uses beside its inputs are not changed in
///           place before the sweep; Values of the caller that it uses count as numbers
/// Errors    GraphError from the sweep if f's result then has another shape or dtype, an input was
///           changed in place, or f uses what was computed after it; whatever f throws
/// Cost      a second evaluation of f in each sweep
[[nodiscard]] Tensor checkpoint(const TensorFunction& f, std::span<const Tensor> inputs);
[[nodiscard]] inline Tensor checkpoint(const TensorFunction& f,
                                       std::initializer_list<Tensor> inputs) {
  return checkpoint(f, std::span<const Tensor>(inputs.begin(), inputs.size()));
}

}  // namespace nabla
