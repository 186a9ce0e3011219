// SPDX-License-Identifier: MIT
#include <utility>

#include <nabla/engine/distortion.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/recording.hpp>

namespace nabla {

Distortion::Distortion(Function f)
    : f_(std::move(f)), before_(std::exchange(detail::recording.distortion, this)) {}

Distortion::~Distortion() { detail::recording.distortion = before_; }

Tensor Distortion::applied(const BackwardCall& call, int operand, Tensor contribution) {
  struct Suspended {
    const Distortion* distortion = std::exchange(detail::recording.distortion, nullptr);
    ~Suspended() { detail::recording.distortion = distortion; }
  } const suspended;
  const Shape shape = contribution.shape();
  const DType dtype = contribution.dtype();
  Tensor result = suspended.distortion->f_(call, operand, std::move(contribution));
  if (!result.defined() || result.shape() != shape || result.dtype() != dtype) {
    throw ShapeError(std::string("[distortion] ") + std::string(call.info().name) +
                     ": got a contribution of another shape or element type, need " +
                     to_string(shape));
  }
  return result;
}

}  // namespace nabla
