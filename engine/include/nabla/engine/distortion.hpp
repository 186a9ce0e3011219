// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include <nabla/engine/rule.hpp>

// Would the check have noticed? While a Distortion lives, the rules of this thread's sweeps give what a
// function makes of what they give: wrong signs, forgotten factors, the noise of another arithmetic.
//
//   Distortion twice([](const BackwardCall& call, int, Tensor contribution) {
//     return call.info().name == "exp" ? contribution * 2.0 : contribution;
//   });
//   check::gradcheck(f, {x}).ok();     // false, if f uses exp

namespace nabla {

class [[nodiscard]] Distortion {
 public:
  /// What operand `operand` is given instead of `contribution`, of the same shape and dtype. In a sweep
  /// that is recorded, so is what the function computes. It is not distorted itself.
  using Function =
      std::function<Tensor(const BackwardCall& call, int operand, Tensor contribution)>;

  explicit Distortion(Function f);
  ~Distortion();
  Distortion(const Distortion&) = delete;
  Distortion& operator=(const Distortion&) = delete;

  /// For the engine: what the innermost one in this thread makes of a contribution.
  [[nodiscard]] static Tensor applied(const BackwardCall& call, int operand, Tensor contribution);

 private:
  Function f_;
  const Distortion* before_;
};

}  // namespace nabla
