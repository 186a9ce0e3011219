// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <exception>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <nabla/check/mutation.hpp>
#include <nabla/engine/distortion.hpp>

#include "damage.hpp"
#include "json.hpp"
#include "op_properties.hpp"
#include "op_run.hpp"
#include "tensors.hpp"

namespace nabla::check {

namespace {

constexpr double kNeeded = 0.99;

using detail::Part;

/// What a damage does while an op is checked.
struct Effect {
  bool is_possible = false;  ///< it made sense somewhere
  bool is_change = false;    ///< and a number was another one
  bool is_zero = true;       ///< all that it could change were zeros
};

class Mutation {
 public:
  Mutation(const OpEntry& op, const Options& options)
      : op_(op), options_(options), directional_(options) {
    options_.reproducer = directional_.reproducer = false;
    directional_.sweep = 0;
    directional_.full = false;
  }

  MutationReport operator()() {
    if (is_failure(detail::run_checks(op_, options_, Part::all).verdict()) ||
        is_failure(detail::run_checks(op_, directional_, Part::differences).verdict()))
      report_.false_alarms.emplace_back(op_.info->name);
    const int operands = operands_of(op_);
    for (int operand = 0; operand < operands; ++operand) {
      for (const detail::Damage& damage : detail::damages()) add(damage, operand);
    }
    if (op_.has_scalar && op_.scalar != nullptr && op_.tensor != nullptr) add_scalars();
    return std::move(report_);
  }

 private:
  static int operands_of(const OpEntry& op) {
    std::size_t most = 0;
    if (op.samples != nullptr) {
      for (const Sample& sample : op.samples()) most = std::max(most, sample.inputs.size());
    }
    return static_cast<int>(most);
  }

  void add(const detail::Damage& damage, int operand) {
    Effect effect;
    std::exception_ptr failure;
    const Distortion distortion(
        [&](const BackwardCall& call, int to, Tensor contribution) -> Tensor {
          if (&call.info() != op_.info || to != operand) return contribution;
          Tensor damaged;
          try {
            damaged = damage.apply(call, operand, contribution);
          } catch (...) {
            failure = std::current_exception();  // of the damage, which finds nothing out
          }
          if (!damaged.defined()) return contribution;
          note(effect, contribution, damaged);
          return damaged;
        });
    Mutant mutant{
        std::string(op_.info->name), std::string(damage.name), operand, false, Fate::survived, {}};
    const auto fails = [&](const Options& options, Part part) {
      return is_failure(detail::run_checks(op_, options, part).verdict());
    };
    if (fails(directional_, Part::differences)) {
      mutant.fate = Fate::killed_by_directions;
    } else if (fails(options_, Part::until_failure)) {
      mutant.fate = Fate::killed;
    }
    if (failure) std::rethrow_exception(failure);
    if (!effect.is_possible) return;
    if (!effect.is_change) {
      mutant.fate = Fate::equivalent;
      mutant.reason = effect.is_zero ? "the gradient is 0 everywhere" : "the numbers are the same";
    }
    report_.mutants.push_back(std::move(mutant));
  }

  static void note(Effect& effect, const Tensor& before, const Tensor& after) {
    const std::vector<double> a = detail::numbers_of(before), b = detail::numbers_of(after);
    for (std::size_t i = 0; i < a.size(); ++i) {
      effect.is_possible = true;
      effect.is_zero = effect.is_zero && a[i] == 0;
      const bool is_same = a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]));
      effect.is_change = effect.is_change || !is_same;
    }
  }

  void add_scalars() {
    const int operands = static_cast<int>(detail::scalar_operands(op_));
    const detail::ScalarOp right = [this](std::span<const Value> xs) { return op_.scalar(xs, {}); };
    for (int operand = 0; operand < operands; ++operand) {
      for (const detail::ScalarDamage& damage : detail::scalar_damages()) {
        if (damage.needs_two && operands < 2) continue;
        const detail::ScalarOp wrong = damage.apply(right, static_cast<std::size_t>(operand));
        const bool is_found = !detail::scalar_agrees(op_, wrong, options_.seed).empty();
        Mutant mutant{std::string(op_.info->name),
                      std::string(damage.name),
                      operand,
                      true,
                      is_found ? Fate::killed : Fate::survived,
                      {}};
        if (!is_found && is_equivalent(right, wrong, operands, mutant.reason))
          mutant.fate = Fate::equivalent;
        report_.mutants.push_back(std::move(mutant));
      }
    }
  }

  /// True if the damage changes no slope at the points where the two rules are compared.
  bool is_equivalent(const detail::ScalarOp& right, const detail::ScalarOp& wrong, int operands,
                     std::string& reason) const {
    bool is_zero = true;
    for (const std::vector<double>& at :
         detail::scalar_points(op_, static_cast<std::size_t>(operands), options_.seed)) {
      const std::vector<double> a = detail::scalar_slopes(right, at),
                                b = detail::scalar_slopes(wrong, at);
      if (a != b) return false;
      is_zero = is_zero && std::ranges::all_of(a, [](double slope) { return slope == 0; });
    }
    reason = is_zero ? "the gradient is 0 everywhere" : "the numbers are the same";
    return true;
  }

  const OpEntry& op_;
  Options options_;
  Options directional_;
  MutationReport report_;
};

}  // namespace

std::int64_t MutationReport::count(Fate fate) const {
  return std::ranges::count_if(mutants,
                               [fate](const Mutant& mutant) { return mutant.fate == fate; });
}

std::int64_t MutationReport::total() const {
  return static_cast<std::int64_t>(mutants.size()) - count(Fate::equivalent);
}

bool MutationReport::ok() const {
  return false_alarms.empty() &&
         static_cast<double>(killed()) >= kNeeded * static_cast<double>(total());
}

MutationReport check_mutants(const OpEntry& op, const Options& options) {
  return Mutation(op, options)();
}

namespace {

std::string place_of(const Mutant& mutant) {
  return mutant.operand == 0 ? mutant.op
                             : fmt::format("{} (operand {})", mutant.op, mutant.operand);
}

std::string damage_of(const Mutant& mutant) {
  return mutant.damage + (mutant.of_values ? ", of Values" : "");
}

double percent(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 100.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

std::string_view name_of_fate(Fate fate) {
  static constexpr std::array<std::string_view, 4> kNames{"killed by directions", "killed",
                                                          "survived", "equivalent"};
  return kNames[static_cast<std::size_t>(fate)];
}

}  // namespace

std::string to_string(const MutationReport& report) {
  const std::int64_t total = report.total(), killed = report.killed();
  const std::int64_t directional = report.count(Fate::killed_by_directions);
  const std::int64_t on_tensors = std::ranges::count_if(report.mutants, [](const Mutant& mutant) {
    return !mutant.of_values && mutant.fate != Fate::equivalent;
  });
  std::string text = fmt::format(
      "{} mutants, {} killed ({:.2f} %); of the {} on tensors {} by gradcheck along directions "
      "alone ({:.2f} %); {} false alarms\n",
      total, killed, percent(killed, total), on_tensors, directional,
      percent(directional, on_tensors), report.false_alarms.size());
  for (const std::string& op : report.false_alarms) text += fmt::format("  FALSE ALARM: {}\n", op);
  for (const Mutant& mutant : report.mutants) {
    if (mutant.fate == Fate::survived)
      text += fmt::format("  SURVIVED: {}, {}\n", place_of(mutant), damage_of(mutant));
  }
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> left_out;
  for (const Mutant& mutant : report.mutants) {
    if (mutant.fate == Fate::equivalent)
      left_out[{damage_of(mutant), mutant.reason}].push_back(place_of(mutant));
  }
  text += fmt::format("{} equivalent ones left out, where the damage changes nothing:\n",
                      report.count(Fate::equivalent));
  for (const auto& [what, ops] : left_out) {
    text += fmt::format("  {}, {} ({}): {}\n", what.first, what.second, ops.size(),
                        fmt::join(ops, ", "));
  }
  return text;
}

std::string to_json(const MutationReport& report) {
  std::string mutants, alarms;
  for (const Mutant& mutant : report.mutants) {
    mutants += fmt::format(
        R"({}{{"op":{},"damage":{},"operand":{},"of_values":{},"fate":{},"reason":{}}})",
        mutants.empty() ? "" : ",", detail::json_text(mutant.op), detail::json_text(mutant.damage),
        mutant.operand, mutant.of_values, detail::json_text(name_of_fate(mutant.fate)),
        detail::json_text(mutant.reason));
  }
  for (const std::string& op : report.false_alarms)
    alarms += fmt::format("{}{}", alarms.empty() ? "" : ",", detail::json_text(op));
  return fmt::format(
      R"({{"schema":1,"total":{},"killed":{},"killed_by_directions":{},"equivalent":{},)"
      R"("false_alarms":[{}],"ok":{},"mutants":[{}]}})",
      report.total(), report.killed(), report.count(Fate::killed_by_directions),
      report.count(Fate::equivalent), alarms, report.ok(), mutants);
}

}  // namespace nabla::check
