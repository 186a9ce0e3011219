// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include <nabla/kernels/elementwise.hpp>

#include "program/order.hpp"
#include "program/row.hpp"
#include "program/schedule.hpp"

namespace nabla::detail {

/// Takes steps in registers, of which there are as many as it takes, and makes a schedule of them.
class ScheduleWriter {
 public:
  /// `is_dual`: kernels are those of dual numbers.
  ScheduleWriter(const ProgramGraph& graph, bool is_dual);

  Register constant(double value);
  Register load(std::size_t column);
  void store(Target array, std::size_t column, Register from);
  /// What a kernel of this node's op gives.
  Register compute(const kernels::ElementwiseKernel& kernel, std::uint32_t node,
                   std::span<const Register> operands);
  /// The dual number of an op of one operand, by the kernels of plain numbers.
  Register compute_parts(const LaneKernels& lanes, std::uint32_t node, Register operand);
  /// What a kernel without attributes gives.
  Register compute(const kernels::ElementwiseKernel& kernel, std::span<const Register> operands);
  void guard(const kernels::ElementwiseKernel& kernel, Register a, Register b);

  /// Steps that nothing needs are left out; the others are in the order that needs fewer slots, where
  /// those of the order in which they were written would not stay in a second-level cache.
  [[nodiscard]] ProgramSchedule finish();
  /// The same for a row by itself.
  [[nodiscard]] std::unique_ptr<const RowSchedule> finish_row();

 private:
  [[nodiscard]] const std::uint64_t* attributes_of(std::uint32_t node) const;
  Register compute(const ProgramCall& call, std::span<const Register> operands);
  void add(const ProgramCall& call, std::span<const Register> operands, Register result,
           std::size_t column);
  /// Gives the registers of these steps slots, and writes the steps.
  void place(const Order& order);

  std::size_t inputs_;
  ProgramSchedule schedule_;
  Steps steps_;
  std::map<ProgramCall, std::uint32_t> calls_;      ///< their places
  std::vector<std::uint32_t> place_of_attributes_;  ///< by node; kNothing if it has none
  std::map<std::uint64_t, Register> constants_;     ///< by their bits
};

/// The results of the graph.
[[nodiscard]] ScheduleWriter write_values(const ProgramGraph& graph);
/// With the derivatives of each output by each input.
[[nodiscard]] ScheduleWriter write_jacobian(const ProgramGraph& graph);
/// The Hessian of the one output times a direction: the derivatives in dual numbers.
[[nodiscard]] ScheduleWriter write_hessian_product(const ProgramGraph& graph);

}  // namespace nabla::detail
