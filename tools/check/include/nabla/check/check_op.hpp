// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nabla/check/options.hpp>
#include <nabla/check/report.hpp>
#include <nabla/ops/registry.hpp>

// check_op: everything that can be checked about an op from its row in the registry alone: its
// samples and error cases, and what every derivative must satisfy.
//
//   for (const OpEntry* op : all_ops()) {
//     check::OpReport report = check::check_op(*op);
//     if (!report.ok()) std::puts(to_string(report).c_str());
//   }

namespace nabla::check {

/// One property of an op, on one sample.
struct OpCheck {
  std::string sample;    ///< the sample's description
  std::string property;  ///< "order 1", "upstream is linear", ...
  Verdict verdict = Verdict::pass;
  bool is_required = true;  ///< false where "inconclusive" is honest: kinks, no elements
  std::string detail = {};  ///< a sentence or a table; empty if all is well
  std::int64_t evaluations = 0;
  std::vector<Input> inputs = {};  ///< the sample's
  double milliseconds = 0.0;
  std::optional<Report> report = {};  ///< of a check against differences that is not all right
};

struct OpReport {
  std::string op;
  std::uint64_t seed = 0;
  std::vector<OpCheck> checks;

  /// The gravest verdict of all checks; inconclusive if there are none.
  [[nodiscard]] Verdict verdict() const;
  [[nodiscard]] bool ok() const { return is_ok(verdict()); }
  [[nodiscard]] bool inconclusive() const { return is_inconclusive(verdict()); }
  [[nodiscard]] std::int64_t evaluations() const;
};

/// Checks an op: on each sample that its value is the same each time, the gradient (and with order
/// 2 the gradient's gradient) alone and inside another function, that the gradient is linear in the
/// one from above, adds up where an input is used twice, is what forward mode gives, does not depend
/// on the memory layout, and agrees in float32; that each error case throws the right text; that the rule for scalars agrees
/// with the one for tensors.
/// Threads   the number of threads that kernels may use is changed on the way, for the whole process
/// Cost      some thousand evaluations of tiny samples, and a few of one that is large
[[nodiscard]] OpReport check_op(const OpEntry& op, const Options& options = {.order = 2});

/// One line if all is well, else a line for each check that is not.
[[nodiscard]] std::string to_string(const OpReport& report);
[[nodiscard]] std::string to_json(const OpReport& report);
/// JUnit XML: a suite for each op, a case for each check. What is inconclusive counts as skipped.
[[nodiscard]] std::string to_junit(std::span<const OpReport> reports);
/// The same for the check of one function: a suite with one case.
[[nodiscard]] std::string to_junit(std::string_view name, const Report& report);

}  // namespace nabla::check
