// SPDX-License-Identifier: MIT
#include <algorithm>
#include <charconv>
#include <numbers>
#include <optional>

#include <fmt/format.h>

#include "expression.hpp"
#include "text.hpp"

namespace nabla::cli {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name_part(char c) { return is_name_start(c) || is_digit(c); }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::optional<double> constant_value(std::string_view name) {
  if (name == "pi") return std::numbers::pi;
  if (name == "e") return std::numbers::e;
  return std::nullopt;
}

// An excerpt of the formula around byte `at` with a caret under it, as two indented lines.
std::string excerpt(std::string_view text, std::size_t at) {
  constexpr std::size_t kBefore = 50, kAfter = 20;
  const auto inside_character = [&](std::size_t i) {
    return i < text.size() && (static_cast<unsigned char>(text[i]) & 0xc0) == 0x80;
  };
  std::size_t begin = at > kBefore ? at - kBefore : 0;
  std::size_t end = std::min(text.size(), at + kAfter);
  while (inside_character(begin) && begin < at) ++begin;
  while (inside_character(end)) ++end;
  const std::string lead = (begin > 0 ? "... " : "") + printable(text.substr(begin, at - begin));
  const std::string rest = printable(text.substr(at, end - at)) + (end < text.size() ? " ..." : "");
  return fmt::format("\n  {}{}\n  {:>{}}", lead, rest, '^', character_count(lead) + 1);
}

}  // namespace

bool is_input_name(std::string_view name) {
  return !name.empty() && is_name_start(name[0]) &&
         std::all_of(name.begin(), name.end(), is_name_part) && !constant_value(name);
}

std::vector<std::string> function_names() {
  std::vector<std::string> names;
  for (const OpEntry* op : all_ops())
    if (op->scalar != nullptr) names.emplace_back(op->info->name);
  return names;
}

// Recursive descent that writes the program while it reads. Each rule of the grammar in the header
// is a function; a function returns with the position behind what it has understood.
class ExpressionParser {
 public:
  ExpressionParser(std::string_view text, std::span<const std::string> inputs)
      : text_(text), inputs_(inputs) {}

  ScalarExpression parse() {
    if (text_.size() > kMaxExpressionBytes)
      fail(0, fmt::format("the formula is longer than {} characters", kMaxExpressionBytes));
    skip_space();
    if (position_ == text_.size()) fail(0, "the formula is empty");
    sum();
    if (position_ < text_.size()) fail_at_rest();
    result_.text_ = printable(text_);
    return std::move(result_);
  }

 private:
  using Kind = ScalarExpression::Instruction::Kind;

  // Counts nesting while a rule that can contain itself is at work.
  class Nested {
   public:
    explicit Nested(ExpressionParser& parser) : parser_(parser) {
      if (++parser_.depth_ > kMaxDepth)
        parser_.fail(parser_.position_, fmt::format("nested deeper than {} levels", kMaxDepth));
    }
    ~Nested() { --parser_.depth_; }
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;

   private:
    ExpressionParser& parser_;
  };

  void sum() {
    term();
    for (char sign = peek(); sign == '+' || sign == '-'; sign = peek()) {
      accept(sign);
      term();
      call(sign == '+' ? "add" : "sub", 2);
    }
  }

  void term() {
    factor();
    for (char sign = peek(); sign == '*' || sign == '/'; sign = peek()) {
      if (text_.substr(position_, 2) == "**")
        fail(position_, "unknown operator '**'; a power is ^");
      accept(sign);
      factor();
      call(sign == '*' ? "mul" : "div", 2);
    }
  }

  void factor() {
    const char sign = peek();
    if (sign != '-' && sign != '+') return power();
    const Nested nested(*this);
    accept(sign);
    factor();
    if (sign == '-') call("neg", 1);
  }

  void power() {
    primary();
    if (peek() != '^') return;
    const Nested nested(*this);
    accept('^');
    factor();
    call("pow", 2);
  }

  void primary() {
    const char next = peek();
    if (is_digit(next) || (next == '.' && is_digit(peek_after())))
      number();
    else if (is_name_start(next))
      name();
    else if (next == '(')
      parentheses();
    else
      fail(position_, expected_operand());
  }

  void parentheses() {
    const Nested nested(*this);
    const std::size_t open = position_;
    accept('(');
    sum();
    close(open);
  }

  void close(std::size_t open) {
    if (peek() == ')') return accept(')');
    if (position_ < text_.size()) fail_at_rest();
    fail(open, "this '(' is never closed");
  }

  void number() {
    double number = 0.0;
    const char* begin = text_.data() + position_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), number);
    if (error == std::errc::result_out_of_range)
      fail(position_, fmt::format("the number {} is outside the range of double",
                                  printable({begin, static_cast<std::size_t>(end - begin)})));
    const std::size_t start = position_;
    position_ += static_cast<std::size_t>(end - begin);
    if (position_ < text_.size() && (is_name_start(text_[position_]) || text_[position_] == '.'))
      fail(position_,
           fmt::format("unexpected '{}' after the number {}; a product is written {}*...",
                       text_[position_], text_.substr(start, position_ - start),
                       text_.substr(start, position_ - start)));
    skip_space();
    emit({.kind = Kind::number, .number = number});
  }

  void name() {
    const std::size_t start = position_;
    while (position_ < text_.size() && is_name_part(text_[position_])) ++position_;
    const std::string_view word = text_.substr(start, position_ - start);
    skip_space();
    if (peek() == '(') return function(word, start);
    const auto input = std::find(inputs_.begin(), inputs_.end(), word);
    if (input != inputs_.end())
      return emit(
          {.kind = Kind::input, .count = static_cast<std::uint32_t>(input - inputs_.begin())});
    if (const auto constant = constant_value(word))
      return emit({.kind = Kind::number, .number = *constant});
    fail_unknown_name(word, start);
  }

  void function(std::string_view word, std::size_t start) {
    const Nested nested(*this);
    const OpEntry* op = find_op(word);
    if (op == nullptr)
      fail(start,
           fmt::format("unknown function '{}'{}", word, did_you_mean(word, function_names())));
    if (op->scalar == nullptr)
      fail(start, fmt::format("'{}' works on tensors; a formula has numbers only{}{}", word,
                              op->info->instead.empty() ? "" : "; write ", op->info->instead));
    const std::vector<Argument> given = arguments();
    // A reduction takes as many numbers as there are.
    const std::size_t operands = op->arity < 0 ? given.size() : static_cast<std::size_t>(op->arity);
    const bool is_complete = given.size() == operands + op->parameters.size();
    if (given.empty() || (given.size() != operands && !is_complete))
      fail(start, fmt::format("{} got {} argument{}, need {}", word, given.size(),
                              given.size() == 1 ? "" : "s", call_forms(*op)));
    const std::size_t first = op->parameters_lead ? 0 : operands;
    emit({.kind = Kind::call,
          .count = static_cast<std::uint32_t>(operands),
          .op = op,
          .parameters = given.size() == operands
                            ? std::vector<double>{}
                            : take_parameters(*op, std::span(given).subspan(first), start)});
  }

  // Where an argument of a call begins: in the text, and in the program.
  struct Argument {
    std::size_t at;
    std::size_t first;
  };

  std::vector<Argument> arguments() {
    const std::size_t open = position_;
    accept('(');
    std::vector<Argument> found;
    while (peek() != ')' || !found.empty()) {
      found.push_back({position_, result_.program_.size()});
      sum();
      if (peek() != ',') break;
      accept(',');
    }
    close(open);
    return found;
  }

  // Computes the parameters, which begin at given[0], and takes their instructions out again.
  std::vector<double> take_parameters(const OpEntry& op, std::span<const Argument> given,
                                      std::size_t start) {
    const std::size_t count = op.parameters.size();
    std::vector<double> values;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t end = i + 1 < given.size() ? given[i + 1].first : result_.program_.size();
      values.push_back(constant(op, op.parameters[i].name, given[i], end));
    }
    const std::string fault = parameter_fault(op.parameters, values);
    if (!fault.empty()) fail(start, fmt::format("{}: {}", op.info->name, fault));
    const std::size_t end = count < given.size() ? given[count].first : result_.program_.size();
    const auto program = result_.program_.begin();
    result_.program_.erase(program + static_cast<std::ptrdiff_t>(given[0].first),
                           program + static_cast<std::ptrdiff_t>(end));
    return values;
  }

  // The number that the instructions of an argument compute.
  double constant(const OpEntry& op, std::string_view name, const Argument& given,
                  std::size_t end) const {
    ScalarExpression part;
    for (std::size_t i = given.first; i < end; ++i) {
      const ScalarExpression::Instruction& instruction = result_.program_[i];
      if (instruction.kind == Kind::input)
        fail(given.at, fmt::format("{} got the input '{}' for {}, need a number", op.info->name,
                                   inputs_[instruction.count], name));
      part.program_.push_back(instruction);
    }
    return part(std::span<const double>{});
  }

  void call(std::string_view op_name, std::uint32_t count) {
    const OpEntry* op = find_op(op_name);
    NABLA_ASSERT(op != nullptr && op->scalar != nullptr);
    emit({.kind = Kind::call, .count = count, .op = op});
  }

  void emit(const ScalarExpression::Instruction& instruction) {
    result_.program_.push_back(instruction);
  }

  [[nodiscard]] char peek() const { return position_ < text_.size() ? text_[position_] : '\0'; }
  [[nodiscard]] char peek_after() const {
    return position_ + 1 < text_.size() ? text_[position_ + 1] : '\0';
  }
  void accept(char expected) {
    NABLA_ASSERT(peek() == expected);
    static_cast<void>(expected);
    ++position_;
    skip_space();
  }
  void skip_space() {
    while (position_ < text_.size() && is_space(text_[position_])) ++position_;
  }

  // The character at the position, whole, as text between quotes.
  [[nodiscard]] std::string quoted_character() const {
    std::size_t end = position_ + 1;
    while (end < text_.size() && (static_cast<unsigned char>(text_[end]) & 0xc0) == 0x80) ++end;
    return fmt::format("'{}'", printable(text_.substr(position_, end - position_)));
  }

  [[nodiscard]] std::string expected_operand() const {
    if (position_ == text_.size()) return "the formula ends where a number or a name is needed";
    return fmt::format("unexpected {}, need a number, a name or '('", quoted_character());
  }

  [[noreturn]] void fail_at_rest() const {
    const char next = peek();
    if (next == ')') fail(position_, "this ')' closes nothing");
    if (is_digit(next) || is_name_start(next) || next == '(' || next == '.')
      fail(position_, fmt::format("an operator is missing before {}; a product is written with *",
                                  quoted_character()));
    fail(position_, fmt::format("unexpected {}, need an operator: + - * / ^", quoted_character()));
  }

  [[noreturn]] void fail_unknown_name(std::string_view word, std::size_t start) const {
    if (find_op(word) != nullptr)
      fail(start, fmt::format("'{0}' is a function, need its arguments: {0}(...)", word));
    std::vector<std::string> known(inputs_.begin(), inputs_.end());
    known.insert(known.end(), {"pi", "e"});
    const std::string hint = did_you_mean(word, known);
    fail(start,
         fmt::format("unknown name '{}'{}", word,
                     hint.empty() ? fmt::format("; give its value: {}=NUMBER", word) : hint));
  }

  [[noreturn]] void fail(std::size_t at, std::string_view what) const {
    const std::size_t column = character_count(printable(text_.substr(0, at))) + 1;
    throw ExpressionError(fmt::format("{} (column {}){}", what, column, excerpt(text_, at)),
                          column);
  }

  std::string_view text_;
  std::span<const std::string> inputs_;
  std::size_t position_ = 0;
  int depth_ = 0;
  ScalarExpression result_;
};

ScalarExpression ScalarExpression::parse(std::string_view text,
                                         std::span<const std::string> inputs) {
  return ExpressionParser(text, inputs).parse();
}

}  // namespace nabla::cli
