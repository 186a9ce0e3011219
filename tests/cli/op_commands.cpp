// SPDX-License-Identifier: MIT
// nabla ops and check, run as a user runs them.
#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/nn/loss/table.hpp>
#include <nabla/ops/composition.hpp>
#include <nabla/ops/registry.hpp>

#include "folder.hpp"
#include "program.hpp"
#include "support/xml.hpp"

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(op_commands)

BOOST_AUTO_TEST_CASE(ops_prints_one_line_an_op) {
  const Outcome outcome = run_nabla({"ops"});
  BOOST_TEST(outcome.status == 0);
  const auto lines = std::count(outcome.out.begin(), outcome.out.end(), '\n');
  const std::size_t functions = nabla::all_ops().size() + nabla::all_compositions().size() +
                                nabla::nn::all_losses().size() + nabla::without_derivative().size();
  BOOST_TEST(static_cast<std::size_t>(lines) == functions + 1);
  BOOST_TEST(contains(outcome.out, "\ntanh "));
}

BOOST_AUTO_TEST_CASE(ops_as_markdown_is_four_tables_with_equal_rows) {
  const Outcome outcome = run_nabla({"ops", "--markdown"});
  BOOST_TEST(outcome.status == 0);
  std::istringstream lines(outcome.out);
  std::string line;
  std::ptrdiff_t bars = 0;
  int tables = 0;
  while (std::getline(lines, line)) {
    if (line.starts_with("## ")) ++tables, bars = 0;
    if (!line.starts_with("|")) continue;
    for (std::size_t at = 0; (at = line.find("\\|", at)) != std::string::npos;) line.erase(at, 2);
    const auto count = std::count(line.begin(), line.end(), '|');
    if (bars == 0) bars = count;
    BOOST_TEST(count == bars, line);
  }
  BOOST_TEST(tables == 4);
}

BOOST_AUTO_TEST_CASE(the_page_on_ops_ends_with_what_the_program_says) {
  std::ifstream file(std::string(NABLA_SOURCE_DIR) + "/ops/README.md");
  std::ostringstream page;
  page << file.rdbuf();
  BOOST_TEST(
      page.str().ends_with(run_nabla({"ops", "--markdown"}).out),
      "renew it: sed -i '/^## Ops$/,$d' ops/README.md && nabla ops --markdown >> ops/README.md");
}

BOOST_AUTO_TEST_CASE(ops_tells_what_a_function_is_made_of) {
  const std::string einsum = run_nabla({"ops", "einsum"}).out;
  for (const std::string part : {"domain", "accuracy", "made of  "})
    BOOST_TEST(contains(einsum, part), part);
  BOOST_TEST(contains(run_nabla({"ops", "--markdown", "einsum"}).out, " accuracy | made of |\n"));
  BOOST_TEST(contains(run_nabla({"ops", "nn::huber"}).out, "delta"));
  BOOST_TEST(run_nabla({"ops", "einsun"}).err ==
             "nabla: there is no op 'einsun'; did you mean 'einsum'?\n");
  for (const auto compositions : {nabla::all_compositions(), nabla::nn::all_losses()}) {
    BOOST_TEST(
        std::ranges::is_sorted(compositions, {}, [](const auto& made) { return made.info.name; }));
    for (const nabla::Composition& made : compositions) {
      const nabla::OpInfo& info = made.info;
      for (const std::string_view text : {info.formula, info.gradient, info.domain, info.accuracy})
        BOOST_TEST(!text.empty(), info.name);
      BOOST_TEST(made.samples().size() >= 2, info.name);
      BOOST_TEST(nabla::find_op(info.name) == nullptr, info.name);
      std::string ops(made.made_of);
      std::ranges::replace(ops, ',', ' ');
      std::istringstream names(ops);
      for (std::string name; names >> name;)
        BOOST_TEST(nabla::find_op(name) != nullptr, info.name << " is made of " << name);
    }
  }
}

BOOST_AUTO_TEST_CASE(ops_tells_all_about_one_op) {
  const Outcome outcome = run_nabla({"ops", "tanh"});
  BOOST_TEST(outcome.status == 0);
  for (const std::string part : {"formula", "derivative", "domain", "source", "kind"})
    BOOST_TEST(contains(outcome.out, part), part);
  const Outcome unknown = run_nabla({"ops", "tahn"});
  BOOST_TEST(unknown.status == 2);
  BOOST_TEST(unknown.err == "nabla: there is no op 'tahn'; did you mean 'tanh'?\n");
}

BOOST_AUTO_TEST_CASE(ops_tells_how_many_operands_an_op_has) {
  const std::pair<std::string, std::string> known[] = {{"tanh", " 1 operand,"},
                                                       {"mul", " 2 operands,"},
                                                       {"sum", " 1 differentiable operand,"},
                                                       {"matmul", " 2 differentiable operands,"},
                                                       {"dot", " 2 differentiable operands,"},
                                                       {"concat", " any number of operands,"}};
  for (const auto& [op, text] : known) BOOST_TEST(contains(run_nabla({"ops", op}).out, text), op);
}

BOOST_AUTO_TEST_CASE(ops_tells_how_a_formula_calls_an_op_and_its_parameters) {
  const std::string clamp = run_nabla({"ops", "clamp"}).out;
  BOOST_TEST(contains(clamp, "call        clamp(x) or clamp(x, lo, hi)\n"), clamp);
  BOOST_TEST(contains(clamp, "parameters  lo = -1, hi = 1 unless given\n"), clamp);
  BOOST_TEST(contains(run_nabla({"ops", "polygamma"}).out, "polygamma(x) or polygamma(n, x)\n"));
  BOOST_TEST(!contains(run_nabla({"ops", "tanh"}).out, "parameters"));
  const std::string max = run_nabla({"ops", "max"}).out;
  BOOST_TEST(contains(max, "max(a, b, ...)\n"), max);
  BOOST_TEST(contains(max, "on tensors and on lists of numbers\n"), max);
  BOOST_TEST(run_nabla({"grad", "max(a, b)", "a=1", "b=2"}).out ==
             "max(a, b) = 2\n  d/da   0\n  d/db   1\n");
  BOOST_TEST(contains(run_nabla({"grad", "clamp(a)", "a=3"}).out, "clamp(a) = 1\n"));
  BOOST_TEST(contains(run_nabla({"grad", "leaky_relu(a)", "a=-1"}).out, "= -0.01\n"));
}

BOOST_AUTO_TEST_CASE(every_command_for_formulas_takes_parameters) {
  const std::string formula = "clamp(a, 0, 7) * leaky_relu(b, 0.2)";
  const Outcome gradient = run_nabla({"grad", formula, "a=5", "b=-1"});
  BOOST_TEST(gradient.out == formula + " = -1\n  d/da  -0.2\n  d/db   1\n");
  BOOST_TEST(run_nabla({"check", "--expr", formula, "a=5", "b=-1"}).status == 0);
  const Outcome steps = run_nabla({"explain", formula, "a=5", "b=-1"});
  BOOST_TEST(contains(steps.out, "= 5 * -0.2"), steps.out);
  const Outcome wrong = run_nabla({"grad", "clamp(a, 0)", "a=5"});
  BOOST_TEST(wrong.status == 2);
  BOOST_TEST(wrong.err.substr(0, wrong.err.find('\n')) ==
             "nabla: clamp got 2 arguments, need clamp(x) or clamp(x, lo, hi) (column 1)");
}

BOOST_AUTO_TEST_CASE(ops_says_what_has_no_derivative) {
  for (const nabla::OpInfo& info : nabla::without_derivative()) {
    const Outcome outcome = run_nabla({"ops", std::string(info.name)});
    BOOST_TEST(outcome.status == 0, info.name);
    BOOST_TEST(contains(outcome.out, "derivative  none\n"), outcome.out);
    BOOST_TEST(contains(outcome.out, "kind        without a derivative\n"), outcome.out);
    BOOST_TEST(nabla::find_op(info.name) == nullptr, info.name);
  }
  BOOST_TEST(std::ranges::is_sorted(nabla::without_derivative(), {},
                                    [](const auto& i) { return i.name; }));
  BOOST_TEST(contains(run_nabla({"ops"}).out, "\nargmax "));
  BOOST_TEST(
      contains(run_nabla({"ops", "--markdown"}).out, "\n## Functions without a derivative\n"));
  BOOST_TEST(run_nabla({"check", "argmax"}).status == 2);  // there is nothing to check
}

BOOST_AUTO_TEST_CASE(ops_lists_those_that_match_a_pattern) {
  const std::string logs = run_nabla({"ops", "log*"}).out;
  for (const std::string name : {"op ", "\nlog ", "\nlogit ", "\nlogdet ", "\nlogical_or "})
    BOOST_TEST(contains(logs, name), logs);
  BOOST_TEST(!contains(logs, "\ntanh "), logs);
  const std::string table = run_nabla({"ops", "--markdown", "ta?h"}).out;
  BOOST_TEST(contains(table, "| tanh | y = tanh x | dy/dx = 1 - y^2 |"), table);
  const Outcome none = run_nabla({"ops", "qqq*"});
  BOOST_TEST(none.status == 2);
  BOOST_TEST(contains(none.err, "nabla: there is no op 'qqq*'"), none.err);
}

BOOST_AUTO_TEST_CASE(an_empty_name_is_no_op) {
  const Outcome outcome = run_nabla({"ops", ""});
  BOOST_TEST(outcome.status == 2);
  BOOST_TEST(outcome.out == "");
  BOOST_TEST(outcome.err == "nabla: there is no op ''\n");
}

BOOST_AUTO_TEST_CASE(check_finds_the_derivatives_of_ops_right) {
  const Outcome outcome = run_nabla({"check", "tanh", "mul", "sig*"});
  BOOST_TEST(outcome.status == 0, outcome.out);
  for (const std::string part : {"tanh", "mul", "sigmoid"})
    BOOST_TEST(contains(outcome.out, part), part);
}

BOOST_AUTO_TEST_CASE(check_counts_the_ops_that_are_right) {
  BOOST_TEST(contains(run_nabla({"check", "tanh"}).out, "\n1 op right\n"));
  BOOST_TEST(contains(run_nabla({"check", "tanh", "mul"}).out, "\n2 ops right\n"));
}

BOOST_AUTO_TEST_CASE(check_goes_through_what_is_made_of_ops_too) {
  const Outcome losses = run_nabla({"check", "nn::*mse", "kron"});
  BOOST_TEST(losses.status == 0, losses.out);
  BOOST_TEST(contains(losses.out, "kron: pass"), losses.out);
  BOOST_TEST(contains(losses.out, "nn::half_mse: pass"), losses.out);
  BOOST_TEST(contains(losses.out, "\n3 functions right\n"), losses.out);
  BOOST_TEST(contains(run_nabla({"check", "tanh", "mv"}).out, "\n2 functions right\n"));
}

BOOST_AUTO_TEST_CASE(only_ops_have_rules_to_damage) {
  const Outcome mixed = run_nabla({"check", "--mutants", "step", "kron"});
  BOOST_TEST(mixed.status == 0);
  BOOST_TEST(!contains(mixed.out, "kron"), mixed.out);
  const Outcome none = run_nabla({"check", "--mutants", "kron", "nn::mse"});
  BOOST_TEST(none.status == 2);
  BOOST_TEST(none.err ==
             "nabla: there is no rule to damage: these are made of ops, as nabla ops tells\n");
}

// The number behind the first "evaluations" of a report.
int evaluations(const std::string& json) {
  const std::string member = "\"evaluations\": ";
  return std::stoi(json.substr(json.find(member) + member.size()));
}

BOOST_AUTO_TEST_CASE(check_can_go_through_every_element) {
  const Outcome usual = run_nabla({"check", "--json", "matmul"});
  const Outcome full = run_nabla({"check", "--full", "--json", "matmul"});
  BOOST_TEST(full.status == 0, full.out);
  BOOST_TEST(evaluations(full.out) > evaluations(usual.out));
  BOOST_TEST(run_nabla({"check", "--full", "--expr", "a*b", "a=1", "b=2"}).status == 0);
}

BOOST_AUTO_TEST_CASE(check_finds_the_derivatives_of_a_formula_right) {
  for (const std::string order : {"1", "2"}) {
    const Outcome outcome =
        run_nabla({"check", "--expr", "tanh(a*b)+c^2", "a=1", "b=2", "c=3", "--order", order});
    BOOST_TEST(outcome.status == 0, outcome.out);
  }
}

BOOST_AUTO_TEST_CASE(check_accepts_an_infinite_slope_where_the_formula_has_one) {
  for (const std::string formula : {"sqrt(a)", "a^0.5", "cbrt(a)"}) {
    const Outcome outcome = run_nabla({"check", "--order", "1", "--expr", formula, "a=0"});
    BOOST_TEST(outcome.status == 0, formula << "\n" << outcome.out);
    BOOST_TEST(contains(outcome.out, "order 1\ninfinite slope: "), formula);
  }
  // Here the value itself is infinite, and the differences say nothing.
  for (const std::string formula : {"log(a)", "1/a"}) {
    const Outcome outcome = run_nabla({"check", "--order", "1", "--expr", formula, "a=0"});
    BOOST_TEST(outcome.status == 3, formula << "\n" << outcome.out);
  }
}

BOOST_AUTO_TEST_CASE(check_accepts_kinks_and_skips_the_slope_of_a_slope_that_jumps) {
  for (const std::string formula : {"abs(a)", "maximum(a,0)", "relu(a)", "minimum(a,2*a)"}) {
    const Outcome outcome = run_nabla({"check", "--expr", formula, "a=0"});
    BOOST_TEST(outcome.status == 0, formula << "\n" << outcome.out);
    BOOST_TEST(contains(outcome.out, "order 1\nkink accepted: "), outcome.out);
    BOOST_TEST(contains(outcome.out, "\norder 2\nskipped: the first derivative jumps at a kink\n"),
               outcome.out);
  }
  const Outcome json = run_nabla({"check", "--json", "--expr", "abs(a)", "a=0"});
  BOOST_TEST(contains(json.out, "\"skipped\": \"the first derivative jumps at a kink\""));
  BOOST_TEST(contains(run_nabla({"check", "--expr", "cbrt(a)", "a=0"}).out, "is infinite"));
}

BOOST_AUTO_TEST_CASE(check_is_inconclusive_where_steps_cannot_resolve_the_formula) {
  for (const std::string x : {"1e16", "1e17", "1e18", "1e20"}) {
    for (const std::string seed : {"0", "1", "2"}) {
      const Outcome outcome = run_nabla({"check", "--expr", "sin(a)", "a=" + x, "--seed", seed});
      BOOST_TEST(outcome.status == 3, x << "\n" << outcome.out);
    }
  }
}

BOOST_AUTO_TEST_CASE(check_writes_json) {
  const Outcome outcome = run_nabla({"check", "--json", "exp"});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.out.substr(0, 1) == "{");
  BOOST_TEST(contains(outcome.out, "\"schema\": \"nabla.check/1\""));
}

BOOST_AUTO_TEST_CASE(check_writes_junit) {
  const Outcome outcome = run_nabla({"check", "--junit", "exp", "relu"});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(nabla::test::xml_defect(outcome.out) == "");
  BOOST_TEST(contains(outcome.out, "<testsuite name=\"relu\""));
  BOOST_TEST(contains(outcome.out, "failures=\"0\""));
  const Outcome formula = run_nabla({"check", "--junit", "--expr", "abs(a)", "a=0"});
  BOOST_TEST(nabla::test::xml_defect(formula.out) == "");
  BOOST_TEST(contains(formula.out, "order 2 [abs(a)]"), formula.out);
  BOOST_TEST(contains(formula.out, "<skipped message=\"inconclusive: the first derivative jumps"));
  BOOST_TEST(run_nabla({"check", "--junit", "--json", "exp"}).status == 2);
}

BOOST_AUTO_TEST_CASE(check_damages_rules_and_counts_what_is_found) {
  const Outcome outcome = run_nabla({"check", "--mutants", "exp", "step"});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(contains(outcome.out, " killed (100.00 %)"));
  BOOST_TEST(contains(outcome.out, "twice, the gradient is 0 everywhere (1): step"));
  const Outcome json = run_nabla({"check", "--mutants", "--json", "exp"});
  BOOST_TEST(contains(json.out, "\"fate\":\"killed by directions\""));
  BOOST_TEST(run_nabla({"check", "--mutants", "--expr", "a", "a=1"}).status == 2);
  BOOST_TEST(run_nabla({"check", "--mutants", "--junit", "exp"}).status == 2);
}

BOOST_AUTO_TEST_CASE(check_shows_how_plain_differences_err) {
  const Outcome outcome = run_nabla({"check", "--steps", "--expr", "a^3*b", "a=2", "b=1"});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.out.find("input,step,difference,derivative,error\na,0.5,12.25,12,0.25\n") ==
             0u);
  BOOST_TEST(std::count(outcome.out.begin(), outcome.out.end(), '\n') == 1 + 2 * 52);
  BOOST_TEST(run_nabla({"check", "--steps", "exp"}).status == 2);
}

BOOST_AUTO_TEST_CASE(check_takes_more_directions_and_more_care) {
  const Outcome usual = run_nabla({"check", "--json", "matmul"});
  const Outcome more = run_nabla({"check", "--json", "--directions", "9", "--thorough", "matmul"});
  BOOST_TEST(more.status == 0);
  BOOST_TEST(more.out != usual.out);
}

BOOST_AUTO_TEST_CASE(check_replays_its_reports) {
  const TestFolder folder;
  const std::string report = (folder.path() / "report.json").string();
  const auto save = [&](const std::vector<std::string>& arguments) {
    std::ofstream(report) << run_nabla(arguments).out;
  };
  save({"check", "--json", "--seed", "7", "--order", "1", "tanh", "mul"});
  BOOST_TEST(contains(run_nabla({"check", "--replay", report}).out, "2 ops right"));
  const Outcome again = run_nabla({"check", "--replay", report, "--json"});
  BOOST_TEST(again.status == 0);
  BOOST_TEST(contains(again.out, "\"seed\": 7,"));
  BOOST_TEST(contains(again.out, "\"order\": 1,"));
  // Of several, only what was not right is looked at again.
  std::string text = read_text(report);
  text.replace(text.find("\"ok\": true"), 10, "\"ok\": false");
  std::ofstream(report) << text;
  BOOST_TEST(contains(run_nabla({"check", "--replay", report}).out, "1 op right"));
  save({"check", "--json", "--dtype", "float32", "--expr", "tanh(a*b)", "a=1", "b=2"});
  const Outcome formula = run_nabla({"check", "--replay", report, "--json"});
  BOOST_TEST(formula.status == 0);
  BOOST_TEST(contains(formula.out, "\"formula\": \"tanh(a*b)\""));
  BOOST_TEST(contains(formula.out, "\"dtype\": \"float32\""));
  for (const std::string bad : {"", "{}", "[1]", "{\"schema\": \"nabla.check/2\"}"}) {
    std::ofstream(report) << bad;
    const Outcome refused = run_nabla({"check", "--replay", report});
    BOOST_TEST(refused.status == 2);
    BOOST_TEST(contains(refused.err, "no report of nabla check --json"), refused.err);
  }
  BOOST_TEST(run_nabla({"check", "--replay", report, "--order", "1"}).status == 2);
  BOOST_TEST(run_nabla({"check", "--replay", report, "tanh"}).status == 2);
  BOOST_TEST(run_nabla({"check", "--replay", folder.path().string()}).status == 2);
  BOOST_TEST(run_nabla({"check", "--replay", "/nowhere.json"}).status == 2);
}

BOOST_AUTO_TEST_CASE(check_takes_one_element_type_and_three_orders) {
  const Outcome single = run_nabla({"check", "--dtype", "float32", "--json", "tanh"});
  BOOST_TEST(single.status == 0);
  BOOST_TEST(!contains(single.out, "\"dtype\": \"float64\""));
  const Outcome third =
      run_nabla({"check", "--order", "3", "--expr", "tanh(a*b)+c^2", "a=1", "b=2", "c=3"});
  BOOST_TEST(third.status == 0, third.out);
  BOOST_TEST(contains(third.out, "\norder 3\npass"));
  BOOST_TEST(run_nabla({"check", "--dtype", "int64", "tanh"}).status == 2);
  BOOST_TEST(run_nabla({"check", "--order", "4", "tanh"}).status == 2);
}

BOOST_AUTO_TEST_CASE(check_draws_the_formula) {
  const TestFolder folder;
  const std::string file = (folder.path() / "f.dot").string();
  BOOST_TEST(run_nabla({"check", "--expr", "tanh(a*b)", "a=1", "b=2", "-o", file}).status == 0);
  BOOST_TEST(contains(read_text(file), "tanh"));
  BOOST_TEST(run_nabla({"check", "tanh", "-o", file}).status == 2);
}

BOOST_AUTO_TEST_CASE(check_refuses_what_it_does_not_know) {
  const Outcome outcome = run_nabla({"check", "nosuch*"});
  BOOST_TEST(outcome.status == 2);
  BOOST_TEST(outcome.err == "nabla: no op matches 'nosuch*'; nabla ops lists them\n");
  BOOST_TEST(run_nabla({"check", "--expr", "a*", "a=1"}).status == 2);
}

BOOST_AUTO_TEST_CASE(check_says_inconclusive_where_nothing_can_be_told) {
  // Neither the formula nor its derivative is finite at this point.
  const Outcome outcome = run_nabla({"check", "--expr", "log(x)", "x=-1"});
  BOOST_TEST(outcome.status == 3, outcome.out);
}

BOOST_AUTO_TEST_SUITE_END()
