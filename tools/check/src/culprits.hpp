// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include <nabla/check/options.hpp>
#include <nabla/check/report.hpp>
#include <nabla/engine/tensor.hpp>
#include <nabla/engine/value.hpp>

namespace nabla::check::detail {

/// True if it can help to look at single operations.
[[nodiscard]] bool wants_culprits(const Report& report);
/// Takes over the culprits that check_recorded finds behind a result, into a report that failed.
void find_culprits(Report& report, std::span<const Value> roots, const Options& options);
void find_culprits(Report& report, std::span<const Tensor> roots, const Options& options);

/// The same, of rules that are right themselves, but not their own derivatives.
void find_second_order_culprits(Report& report, std::span<const Tensor> roots,
                                const Options& options);

}  // namespace nabla::check::detail
