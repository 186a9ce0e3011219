// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/ops/family/elementwise_run.hpp>
#include <nabla/ops/registry.hpp>

namespace nabla {

namespace detail {
std::span<const OpEntry* const> registry_table();

namespace {

// The numbers a parameter can be, where its type allows fewer than its range says.
Interval range_of(const OpParameter& parameter) {
  constexpr double kLeast = std::numeric_limits<int>::min();
  constexpr double kMost = std::numeric_limits<int>::max();
  if (!parameter.whole) return parameter.range;
  return {std::max(parameter.range.lower, kLeast), std::min(parameter.range.upper, kMost)};
}

std::string fault_of(const OpParameter& parameter, double value) {
  const Interval range = range_of(parameter);
  const bool fits = value >= range.lower && value <= range.upper;
  if (fits && (!parameter.whole || value == std::trunc(value))) return {};
  if (std::isnan(value)) return fmt::format("{} is not a number, need one", parameter.name);
  std::string need = parameter.whole ? "a whole number" : "a number";
  if (!fits || std::isfinite(parameter.range.lower))
    need += fmt::format(" from {} to {}", range.lower, range.upper);
  return fmt::format("{} is {}, need {}", parameter.name, value, need);
}

}  // namespace

void require_parameters(const OpInfo& info, std::span<const OpParameter> parameters,
                        std::span<const double> values) {
  const std::string fault = parameter_fault(parameters, values);
  if (!fault.empty()) throw DomainError(fmt::format("[{}] {}", info.name, fault));
}

}  // namespace detail

std::span<const OpEntry* const> all_ops() { return detail::registry_table(); }

const OpEntry* find_op(std::string_view name) {
  const auto ops = all_ops();
  const auto found =
      std::ranges::find(ops, name, [](const OpEntry* entry) { return entry->info->name; });
  return found == ops.end() ? nullptr : *found;
}

std::string parameter_fault(std::span<const OpParameter> parameters,
                            std::span<const double> values) {
  if (values.size() != parameters.size())
    return fmt::format("got {} parameter{}, need {}", values.size(), values.size() == 1 ? "" : "s",
                       parameters.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::string fault = detail::fault_of(parameters[i], values[i]);
    if (!fault.empty()) return fault;
  }
  return {};
}

}  // namespace nabla
