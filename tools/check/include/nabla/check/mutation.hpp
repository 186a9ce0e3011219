// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <nabla/check/options.hpp>
#include <nabla/ops/registry.hpp>

// Would check_op notice a wrong rule? Each op's rule is damaged in all the ways rules go wrong, one at a
// time, while the program runs, and check_op is asked. What is missed is a hole in the checks, or in the
// samples of the op.
//
//   check::MutationReport report = check::check_mutants(*find_op("softmax"));
//   report.killed(), report.total();   // the mutation score

namespace nabla::check {

enum class Fate : std::uint8_t {
  killed_by_directions,  ///< by gradcheck along directions alone, not element by element
  killed,                ///< by something else that check_op looks at
  survived,
  equivalent  ///< the damage changes nothing in any sample: there is nothing to find
};

/// One op with one thing wrong.
struct Mutant {
  std::string op;
  std::string damage;  ///< "twice", "not transposed", ...
  int operand = 0;
  bool of_values = false;  ///< the rule on Values was damaged, which has no directions of its own
  Fate fate = Fate::survived;
  std::string reason;  ///< why nothing changes
};

struct MutationReport {
  std::vector<Mutant> mutants;
  std::vector<std::string> false_alarms;  ///< undamaged ops that check_op finds fault with

  /// How many met this fate.
  [[nodiscard]] std::int64_t count(Fate fate) const;
  /// Those that change something.
  [[nodiscard]] std::int64_t total() const;
  [[nodiscard]] std::int64_t killed() const {
    return count(Fate::killed_by_directions) + count(Fate::killed);
  }
  [[nodiscard]] bool ok() const;  ///< at least 99 % were found, and there is no false alarm
};

/// Damages the rule of an op: for each operand the sign, factors 2 and 1.0001, a gradient that is
/// dropped, another operand's, that of one element alone; a sum over broadcast axes that was forgotten,
/// an upstream gradient that was, the result in place of the operand, elements shifted by one, a
/// transpose that is missing, all of the gradient to each of several ties; and the same for the rule on
/// Values, where that makes sense.
/// Cost      a hundred times check_op
[[nodiscard]] MutationReport check_mutants(const OpEntry& op,
                                           const Options& options = {.order = 2});

/// The score, what was missed, and the list of what was left out and why.
[[nodiscard]] std::string to_string(const MutationReport& report);
[[nodiscard]] std::string to_json(const MutationReport& report);

}  // namespace nabla::check
