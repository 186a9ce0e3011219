// SPDX-License-Identifier: MIT
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/value.hpp>

#include "commands/formula.hpp"
#include "text.hpp"

namespace nabla::cli {

namespace {

using Matrix = std::vector<std::vector<double>>;

struct Derivatives {
  double value = 0.0;
  std::vector<double> gradient{};
  Matrix hessian{};
};

Derivatives first_order(const BoundFormula& formula) {
  const Computed computed = compute(formula);
  Derivatives result{.value = computed.result.value(),
                     .gradient = std::vector<double>(formula.names.size(), 0.0)};
  if (!computed.result.is_active()) return result;
  backward(computed.result);
  for (std::size_t i = 0; i < formula.names.size(); ++i)
    result.gradient[i] = computed.inputs[i].grad();
  return result;
}

// The derivatives of y by each input; an input that y does not depend on gives an undefined tensor.
std::vector<Tensor> gradients_of(const Tensor& y, const std::vector<Tensor>& inputs) {
  if (!y.defined() || !y.requires_grad()) return std::vector<Tensor>(inputs.size());
  return grad(y, std::span<const Tensor>(inputs), {.create_graph = true, .allow_unused = true});
}

double item_or_zero(const Tensor& tensor) { return tensor.defined() ? tensor.item() : 0.0; }

// The sweep of the first derivatives is recorded and swept again, once an input.
Derivatives second_order(const BoundFormula& formula) {
  std::vector<Tensor> inputs;
  for (std::size_t i = 0; i < formula.names.size(); ++i)
    inputs.push_back(variable(tensor(formula.numbers[i], float64), Name(formula.names[i], "")));
  const Tensor y = formula.expression(std::span<const Tensor>(inputs));
  Derivatives result{.value = y.item()};
  for (const Tensor& first : gradients_of(y, inputs)) {
    result.gradient.push_back(item_or_zero(first));
    std::vector<double> row;
    for (const Tensor& second : gradients_of(first, inputs)) row.push_back(item_or_zero(second));
    result.hessian.push_back(std::move(row));
  }
  return result;
}

nlohmann::ordered_json json_number(double number) {
  if (std::isfinite(number)) return number;
  return number_text(number);  // "nan", "inf": JSON has no such numbers
}

std::string as_json(const BoundFormula& formula, const Derivatives& derivatives) {
  nlohmann::ordered_json json{{"schema", "nabla.grad/1"},
                              {"expression", formula.expression.text()},
                              {"value", json_number(derivatives.value)},
                              {"inputs", nlohmann::ordered_json::object()},
                              {"gradient", nlohmann::ordered_json::object()}};
  for (std::size_t i = 0; i < formula.names.size(); ++i) {
    json["inputs"][formula.names[i]] = json_number(formula.numbers[i]);
    json["gradient"][formula.names[i]] = json_number(derivatives.gradient[i]);
  }
  for (std::size_t i = 0; i < derivatives.hessian.size(); ++i)
    for (std::size_t j = 0; j < formula.names.size(); ++j)
      json["hessian"][formula.names[i]][formula.names[j]] = json_number(derivatives.hessian[i][j]);
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

// Numbers start one column to the right where there is no minus sign, so that digits line up.
std::string signed_text(double number, int digits) {
  const std::string text = number_text(number, digits);
  return text[0] == '-' ? text : " " + text;
}

std::string as_text(const BoundFormula& formula, const Derivatives& derivatives, int digits) {
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < formula.names.size(); ++i)
    rows.push_back({"d/d" + formula.names[i], signed_text(derivatives.gradient[i], digits)});
  std::string text = fmt::format("{} = {}\n{}", formula.expression.text(),
                                 number_text(derivatives.value, digits), table_text(rows, "  "));
  if (derivatives.hessian.empty()) return text;
  rows = {{""}};
  for (const std::string& name : formula.names) rows[0].push_back(" d/d" + name);
  for (std::size_t i = 0; i < formula.names.size(); ++i) {
    rows.push_back({"d/d" + formula.names[i]});
    for (const double second : derivatives.hessian[i])
      rows.back().push_back(signed_text(second, digits));
  }
  return text + "\nsecond derivatives\n" + table_text(rows, "  ");
}

}  // namespace

int grad_command(const GradArguments& arguments, Terminal& terminal) {
  const BoundFormula formula = understand(arguments);
  remark(formula, terminal);
  const Derivatives derivatives =
      arguments.order == 2 ? second_order(formula) : first_order(formula);
  terminal.out.print(arguments.json ? as_json(formula, derivatives)
                                    : as_text(formula, derivatives, arguments.digits));
  return kDone;
}

}  // namespace nabla::cli
