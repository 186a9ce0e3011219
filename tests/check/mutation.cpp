// SPDX-License-Identifier: MIT
// Of the ops with the most different rules here; all of them: ./dev mutation.
#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/check.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/nabla.hpp>

using namespace nabla;
using check::check_mutants;
using check::Fate;
using check::Mutant;
using check::MutationReport;

namespace {

constexpr OpInfo kWeak{.name = "weak", .formula = "y = 2 x", .gradient = "2"};

// A sample without elements: no check can see what the rule does to it.
std::vector<Sample> empty_samples() {
  return {{"nothing", {zeros({0}, float64)}, [](std::span<const Tensor> x) { return x[0] * 2.0; }}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mutation)

BOOST_AUTO_TEST_CASE(wrong_rules_are_found) {
  for (const char* name :
       {"add", "mul", "tanh", "relu", "maximum", "max", "softmax", "matmul", "gather", "layer_norm",
        "step", "where", "logsumexp", "transpose", "entr"}) {
    const MutationReport report = check_mutants(*find_op(name));
    BOOST_TEST(report.ok(), name << ": " << check::to_string(report));
    BOOST_TEST(report.count(Fate::survived) == 0, name << ": " << check::to_string(report));
    BOOST_TEST(report.mutants.size() >= 8u, name);
  }
}

BOOST_AUTO_TEST_CASE(damage_that_changes_nothing_is_counted_apart_with_its_reason) {
  const MutationReport report = check_mutants(*find_op("step"));
  BOOST_TEST(report.count(Fate::equivalent) > 0);
  for (const Mutant& mutant : report.mutants) {
    if (mutant.fate == Fate::equivalent)
      BOOST_TEST(mutant.reason == "the gradient is 0 everywhere");
  }
  const std::string text = check::to_string(report);
  BOOST_TEST(text.find("equivalent ones left out, where the damage changes nothing") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(every_kind_of_damage_applies_somewhere) {
  std::vector<std::string> applied;
  for (const char* name : {"mul", "maximum", "exp", "matmul"}) {
    for (const Mutant& mutant : check_mutants(*find_op(name)).mutants) {
      if (mutant.fate != Fate::equivalent) applied.push_back(mutant.damage);
    }
  }
  for (const char* damage :
       {"wrong sign", "twice", "times 1.0001", "dropped", "another operand's", "last element twice",
        "broadcast not reduced", "upstream forgotten", "result for operand", "shifted by one",
        "not transposed", "all to each tie"}) {
    BOOST_TEST((std::find(applied.begin(), applied.end(), damage) != applied.end()), damage);
  }
}

BOOST_AUTO_TEST_CASE(a_false_alarm_is_no_success) {
  const OpEntry wrong{&kWeak,
                      "structured",
                      1,
                      false,
                      [] {
                        return std::vector<Sample>{
                            {"a number", {tensor({2.0}, float64)}, [](std::span<const Tensor> x) {
                               return x[0] * x[0].detach();
                             }}};
                      },
                      nullptr,
                      nullptr,
                      nullptr};
  const MutationReport report = check_mutants(wrong);
  BOOST_TEST(report.false_alarms.size() == 1u);
  BOOST_TEST(!report.ok());
  BOOST_TEST(check::to_string(report).find("FALSE ALARM: weak") != std::string::npos);
  BOOST_TEST(check::to_json(report).find(R"("false_alarms":["weak"])") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(without_elements_there_is_nothing_to_damage) {
  const OpEntry weak{&kWeak, "structured", 1, false, empty_samples, nullptr, nullptr, nullptr};
  BOOST_TEST(check_mutants(weak).mutants.empty());
}

BOOST_AUTO_TEST_SUITE_END()
