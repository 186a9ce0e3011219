// SPDX-License-Identifier: MIT
#include "expression.hpp"

#include <cmath>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>

using namespace nabla;
using namespace nabla::cli;

namespace {

const std::vector<std::string> kNames{"a", "b", "x"};

// The value at a = 2, b = 3, x = 5.
double value_of(const std::string& text) {
  const double inputs[] = {2.0, 3.0, 5.0};
  return ScalarExpression::parse(text, kNames)(std::span<const double>(inputs));
}

// What is wrong with the text: the first line of the error.
std::string error_of(const std::string& text) {
  try {
    static_cast<void>(ScalarExpression::parse(text, kNames));
  } catch (const ExpressionError& error) {
    const std::string what = error.what();
    return what.substr(0, what.find('\n'));
  }
  return "no error";
}

std::string repeated(const std::string& part, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += part;
  return text;
}

struct Case {
  std::string text;
  double value;
};
std::ostream& operator<<(std::ostream& stream, const Case& c) { return stream << c.text; }

const Case kCases[] = {
    {"1", 1.0},
    {".5 + 1e-1 + 2.E2", 200.6},
    {"1 + 2*3", 7.0},
    {"(1 + 2)*3", 9.0},
    {"10 - 4 - 3", 3.0},
    {"16/4/2", 2.0},
    {"2^3^2", 512.0},
    {"-2^2", -4.0},
    {"(-2)^2", 4.0},
    {"2^-2", 0.25},
    {"2*-3", -6.0},
    {"--a", 2.0},
    {"+a - +b", -1.0},
    {"-a*b", -6.0},
    {"a*b^2 + x", 23.0},
    {"a\t*\n b", 6.0},
    {"maximum(a, b) - minimum(a, b)", 1.0},
    {"pow(a, b)", 8.0},
    {"sqrt(a^2)", 2.0},
    {"cos(pi)", -1.0},
    {"log(e)", 1.0},
    {"abs(-x)", 5.0},
    {"clamp(x, 0, 1)", 1.0},
    {"clamp(x)", 1.0},
    {"clamp(x, -pi, 2^2 - 1)", 3.0},
    {"leaky_relu(-x, 0.25) * leaky_relu(-a, leaky_relu(-1, 0.5))", -1.25},
    {"ldexp(b, -1)", 1.5},
    {"polygamma(0, b) - digamma(b)", 0.0},
    {"a + polygamma(0, b) * 0 - b", -1.0},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(expression)

BOOST_DATA_TEST_CASE(a_formula_has_the_value_mathematics_gives_it,
                     boost::unit_test::data::make(kCases)) {
  // Ten roundings at most, each half a unit of 2^-52 of the result.
  constexpr double kTolerance = 10 * 0x1p-53;
  BOOST_TEST(value_of(sample.text) == sample.value, boost::test_tools::tolerance(kTolerance));
}

BOOST_AUTO_TEST_CASE(values_and_tensors_give_the_same_derivatives) {
  const ScalarExpression f = ScalarExpression::parse("tanh(a*b) + x^2 - sigmoid(a/x)", kNames);
  const Value values[] = {variable(0.5, "a"), variable(-1.5, "b"), variable(2.0, "x")};
  const Value y = f(std::span<const Value>(values));
  backward(y);
  const Tensor tensors[] = {variable(tensor(0.5, float64)), variable(tensor(-1.5, float64)),
                            variable(tensor(2.0, float64))};
  const Tensor z = f(std::span<const Tensor>(tensors));
  const std::vector<Tensor> gradients = grad(z, std::span<const Tensor>(tensors));
  // Both compute the same formulas; the order of operations may differ in a few roundings.
  constexpr double kTolerance = 1e-14;
  BOOST_TEST(y.value() == z.item(), boost::test_tools::tolerance(kTolerance));
  for (std::size_t i = 0; i < 3; ++i)
    BOOST_TEST(values[i].grad() == gradients[i].item(), boost::test_tools::tolerance(kTolerance));
}

BOOST_AUTO_TEST_CASE(every_op_on_numbers_in_the_registry_can_be_called) {
  for (const std::string& name : function_names()) {
    const OpEntry* op = find_op(name);
    std::string call = name + "(";
    std::vector<Value> operands(kNames.size());
    const std::size_t count = op->arity < 0 ? kNames.size() : static_cast<std::size_t>(op->arity);
    for (std::size_t i = 0; i < count; ++i) {
      call += (i == 0 ? "" : ", ") + kNames[i];
      const Interval& inside = op->info->samples[i];
      operands[i] = inside.lower + 0.7 * (inside.upper - inside.lower);
    }
    const ScalarExpression f = ScalarExpression::parse(call + ")", kNames);
    BOOST_TEST(std::isfinite(f(std::span<const Value>(operands)).value()), name);
  }
}

BOOST_AUTO_TEST_CASE(reductions_take_any_number_of_numbers) {
  const std::vector<double> at{3.0, -1.0, 3.0};
  const auto value = [&](const std::string& text) {
    return ScalarExpression::parse(text, kNames)(std::span<const double>(at));
  };
  BOOST_TEST(value("sum(a, b, x)") == 5.0);
  BOOST_TEST(value("mean(a, b)") == 1.0);
  BOOST_TEST(value("max(a, b, 7)") == 7.0);
  BOOST_TEST(value("min(a, 2*b)") == -2.0);
  BOOST_TEST(value("norm(a, 4)") == 5.0);
  BOOST_TEST(value("logsumexp(b)") == -1.0);
  const ScalarExpression f = ScalarExpression::parse("max(a, b, x) * sum(a, b)", kNames);
  const std::vector<Tensor> tensors{variable(tensor(3.0, float64)), variable(tensor(-1.0, float64)),
                                    variable(tensor(3.0, float64))};
  const std::vector<Tensor> gradients =
      grad(f(std::span<const Tensor>(tensors)), std::span<const Tensor>(tensors));
  const Tape tape;
  const std::vector<Value> values{variable(3.0), variable(-1.0), variable(3.0)};
  backward(f(std::span<const Value>(values)));
  // At the tie of a and x each gets half: (a + b)/2 + max, max, (a + b)/2.
  const std::vector<double> expected{4.0, 3.0, 1.0};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    BOOST_TEST(values[i].grad() == expected[i]);
    BOOST_TEST(gradients[i].item() == expected[i]);
  }
}

BOOST_AUTO_TEST_CASE(it_knows_which_inputs_it_uses) {
  const ScalarExpression f = ScalarExpression::parse("a + x", kNames);
  BOOST_TEST(f.uses(0));
  BOOST_TEST(!f.uses(1));
  BOOST_TEST(f.uses(2));
}

BOOST_AUTO_TEST_CASE(errors_say_what_and_where) {
  BOOST_TEST(error_of("") == "the formula is empty (column 1)");
  BOOST_TEST(error_of("  ") == "the formula is empty (column 1)");
  BOOST_TEST(error_of("a +") == "the formula ends where a number or a name is needed (column 4)");
  BOOST_TEST(error_of("a + * b") == "unexpected '*', need a number, a name or '(' (column 5)");
  BOOST_TEST(error_of("(a + b") == "this '(' is never closed (column 1)");
  BOOST_TEST(error_of("tanh(a") == "this '(' is never closed (column 5)");
  BOOST_TEST(error_of("a + b)") == "this ')' closes nothing (column 6)");
  BOOST_TEST(error_of("a b") ==
             "an operator is missing before 'b'; a product is written with * (column 3)");
  BOOST_TEST(error_of("2x") ==
             "unexpected 'x' after the number 2; a product is written 2*... (column 2)");
  BOOST_TEST(error_of("1.2.3") ==
             "unexpected '.' after the number 1.2; a product is written 1.2*... (column 4)");
  BOOST_TEST(error_of("a**2") == "unknown operator '**'; a power is ^ (column 2)");
  BOOST_TEST(error_of("a = 2") == "unexpected '=', need an operator: + - * / ^ (column 3)");
  BOOST_TEST(error_of("1e999") == "the number 1e999 is outside the range of double (column 1)");
  BOOST_TEST(error_of("a, b") == "unexpected ',', need an operator: + - * / ^ (column 2)");
}

BOOST_AUTO_TEST_CASE(unknown_names_get_a_suggestion) {
  BOOST_TEST(error_of("a + tahn(b)") == "unknown function 'tahn'; did you mean 'tanh'? (column 5)");
  BOOST_TEST(error_of("length(b)") == "unknown function 'length' (column 1)");
  BOOST_TEST(error_of("a + p") == "unknown name 'p'; did you mean 'pi'? (column 5)");
  BOOST_TEST(error_of("weight") ==
             "unknown name 'weight'; give its value: weight=NUMBER (column 1)");
  BOOST_TEST(error_of("a * tanh") ==
             "'tanh' is a function, need its arguments: tanh(...) (column 5)");
  BOOST_TEST(error_of("matmul(a, b)") ==
             "'matmul' works on tensors; a formula has numbers only; write a*c + b*d (column 1)");
  BOOST_TEST(error_of("softmax(a, b)") ==
             "'softmax' works on tensors; a formula has numbers only; write "
             "exp(a - logsumexp(a, b)) (column 1)");
  BOOST_TEST(error_of("slice(a)") ==
             "'slice' works on tensors; a formula has numbers only (column 1)");
  BOOST_TEST(error_of("max()") == "max got 0 arguments, need max(a, b, ...) (column 1)");
  BOOST_TEST(error_of("tanh(a, b)") == "tanh got 2 arguments, need tanh(x) (column 1)");
  BOOST_TEST(error_of("pow(a)") == "pow got 1 argument, need pow(a, b) (column 1)");
  BOOST_TEST(error_of("tanh()") == "tanh got 0 arguments, need tanh(x) (column 1)");
}

BOOST_AUTO_TEST_CASE(parameters_of_an_op_are_all_given_and_are_numbers_that_fit) {
  const std::string forms = "need clamp(x) or clamp(x, lo, hi) (column 1)";
  BOOST_TEST(error_of("clamp()") == "clamp got 0 arguments, " + forms);
  BOOST_TEST(error_of("clamp(a, 0)") == "clamp got 2 arguments, " + forms);
  BOOST_TEST(error_of("clamp(a, 0, 1, 2)") == "clamp got 4 arguments, " + forms);
  BOOST_TEST(error_of("clamp(a, 0, 1 + b*2)") ==
             "clamp got the input 'b' for hi, need a number (column 13)");
  BOOST_TEST(error_of("polygamma(a, 1)") ==
             "polygamma got the input 'a' for n, need a number (column 11)");
  BOOST_TEST(error_of("2 * ldexp(a, 0.5)") == "ldexp: n is 0.5, need a whole number (column 5)");
  BOOST_TEST(error_of("polygamma(-1, a)") ==
             "polygamma: n is -1, need a whole number from 0 to 30 (column 1)");
  BOOST_TEST(error_of("leaky_relu(a, 0/0)") ==
             "leaky_relu: s is not a number, need one (column 1)");
}

BOOST_AUTO_TEST_CASE(an_undefined_call_is_told_with_its_parameters) {
  const ScalarExpression f = ScalarExpression::parse("polygamma(2, a)", kNames);
  const double inputs[] = {-1.0, 0.0, 0.0};
  const auto undefined = f.undefined(inputs);
  BOOST_REQUIRE(undefined.size() == 1u);
  BOOST_TEST(undefined[0].arguments == std::vector<double>({2.0, -1.0}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_caret_stands_under_the_place) {
  try {
    static_cast<void>(ScalarExpression::parse("a + \xc3\xbc", kNames));
    BOOST_FAIL("accepted");
  } catch (const ExpressionError& error) {
    BOOST_TEST(error.column() == 5u);
    BOOST_TEST(std::string(error.what()) ==
               "unexpected '\xc3\xbc', need a number, a name or '(' (column 5)\n"
               "  a + \xc3\xbc\n"
               "      ^");
  }
}

BOOST_AUTO_TEST_CASE(a_long_formula_is_quoted_around_the_place_only) {
  try {
    static_cast<void>(
        ScalarExpression::parse(repeated("a+", 1000) + "?" + repeated("+a", 1000), kNames));
    BOOST_FAIL("accepted");
  } catch (const ExpressionError& error) {
    const std::string what = error.what();
    BOOST_TEST(error.column() == 2001u);
    BOOST_TEST(what.size() < 250u);
    const std::size_t first = what.find('\n'), second = what.find('\n', first + 1);
    BOOST_TEST(what.find('?', first) - first == what.find('^', second) - second);
  }
}

BOOST_AUTO_TEST_CASE(nesting_is_limited_and_length_is_not_nesting) {
  BOOST_TEST(value_of(repeated("(", 199) + "a" + repeated(")", 199)) == 2.0);
  const std::string deep = "nested deeper than 200 levels";
  for (const std::string part : {"(", "-", "tanh(", "2^", "2^-("})
    BOOST_TEST(error_of(repeated(part, 10000) + "a").substr(0, deep.size()) == deep, part);
  BOOST_TEST(value_of("0" + repeated("+1", 20000)) == 20000.0);
  BOOST_TEST(error_of(repeated("a", 70000)) ==
             "the formula is longer than 65536 characters (column 1)");
}

BOOST_AUTO_TEST_CASE(hostile_text_is_refused_and_never_echoed_raw) {
  const std::string hostile[] = {std::string("a\0b", 3),
                                 "a \x1b[2J",
                                 "\xff\xfe",
                                 "a;rm",
                                 "$(a)",
                                 "a\x7f",
                                 "'a'",
                                 "%s%n",
                                 "a[0]"};
  for (const std::string& text : hostile) {
    try {
      static_cast<void>(ScalarExpression::parse(text, kNames));
      BOOST_ERROR("accepted");
    } catch (const ExpressionError& error) {
      for (const char c : std::string(error.what()))
        BOOST_TEST((c == '\n' || static_cast<unsigned char>(c) >= 0x20));
    }
  }
}

BOOST_AUTO_TEST_CASE(input_names_are_identifiers_and_not_constants) {
  BOOST_TEST(is_input_name("w_1"));
  BOOST_TEST(is_input_name("tanh"));
  for (const std::string name : {"", "1a", "a-b", "pi", "e", "\xc3\xbc", "a b"})
    BOOST_TEST(!is_input_name(name), name);
}

BOOST_AUTO_TEST_SUITE_END()
