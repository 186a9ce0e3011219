// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iterator>
#include <set>
#include <utility>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/engine/tape.hpp>

#include "program/compiled.hpp"

// A program in a file, a line a node:
//
//   nabla program 1           the version
//   input                     node 0, and so on: nodes are numbered as they come
//   constant 0.5
//   mul 0 1                   an op and its operands, which stand above
//   clamp 2 with -1 1         and its parameters
//   cube 2 gives 8 12 -1 3    the first of an op that is the user's, and what it gives: see samples_of
//   guard less 0 1 true       a comparison of two nodes, and how it ended
//   output 3
//   end
//
// Whatever the file says, what is read takes memory in proportion to it.

namespace nabla::detail {
namespace {

constexpr std::string_view kOpening = "nabla program ";
constexpr unsigned kVersion = 1;
constexpr std::array<std::pair<std::string_view, Relation>, 4> kRelations{
    {{"equal", Relation::equal},
     {"less", Relation::less},
     {"less_equal", Relation::less_equal},
     {"sign", Relation::sign}}};

constexpr std::array<std::string_view, 5> kWords{"input", "constant", "guard", "output", "end"};
/// Errors    FormatError unless a line that begins with it is read as this op
void check_name(std::string_view name) {
  const bool is_word = std::ranges::find(kWords, name) == kWords.end() && !name.empty() &&
                       name.find_first_of(" \n") == name.npos;
  if (is_word) return;
  throw FormatError(
      fmt::format("[Program::save] got an op of the name \"{}\", need one word that is none of {}",
                  name, fmt::join(kWords, ", ")));
}

// An op of the user's is known by its name alone, so a file says what it gives at a few points: values and
// slopes. One that was changed since gives something else.
constexpr std::array<double, 4> kPoints{-1.25, 0.625, 1.75, -0.375};
std::size_t sample_count(std::size_t arity) { return kPoints.size() * (1 + arity); }

std::vector<double> samples_of(const OpEntry& op, std::span<const double> parameters) {
  const auto arity = static_cast<std::size_t>(op.arity);
  std::vector<double> samples;
  for (std::size_t i = 0; i < kPoints.size(); ++i) {
    std::vector<double> at, slopes(arity);
    for (std::size_t k = 0; k < arity; ++k) at.push_back(kPoints[(i + k) % kPoints.size()]);
    Tape tape;
    const EnableGrad enable_grad;
    const std::vector<Value> xs = variables(at);
    const Value y = op.scalar(xs, parameters);
    if (y.has_history()) tape.sweep(y, 1.0);
    tape.gradients(xs, slopes);
    samples.push_back(y.value());
    samples.insert(samples.end(), slopes.begin(), slopes.end());
  }
  return samples;
}
/// True if both are NaN, or the same but for what mathematical libraries differ by.
bool is_same_sample(double a, double b) {
  constexpr double kTolerance = 1e-9;
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b || std::abs(a - b) <= kTolerance * std::max(std::abs(a), std::abs(b));
}

bool ends_so(double a, double b, Relation relation) {
  switch (relation) {
    case Relation::equal:
      return a == b;
    case Relation::less:
      return a < b;
    case Relation::less_equal:
      return a <= b;
    case Relation::sign:
      break;
  }
  return std::signbit(a);
}

std::string_view name_of(Relation relation) {
  return std::ranges::find(kRelations, relation, [](const auto& pair) { return pair.second; })
      ->first;
}

class Reader {
 public:
  Reader(std::string_view text, const std::string& path, const ProgramOps& ops)
      : rest_(text), path_(path), ops_(ops) {}

  ProgramGraph read() {
    read_version();
    std::size_t inputs = 0;
    for (next_line(); words_.front() == "input" && words_.size() == 1; next_line()) ++inputs;
    if (inputs == 0) fail("need an input first");
    ProgramBuilder builder(inputs);
    nodes_.resize(inputs);
    for (std::size_t i = 0; i < inputs; ++i) nodes_[i] = static_cast<std::uint32_t>(i);
    bool has_outputs = false;
    for (; words_.front() != "end"; next_line()) {
      if (words_.front() == "constant") {
        require_words(2);
        nodes_.push_back(builder.constant(number(words_[1])));
      } else if (words_.front() == "guard") {
        read_guard(builder);
      } else if (words_.front() == "output") {
        require_words(2);
        builder.output(node(words_[1]));
        has_outputs = true;
      } else {
        read_operation(builder);
      }
    }
    require_words(1);
    if (!rest_.empty()) fail("need nothing behind the end");
    if (!has_outputs) fail("need an output");
    return builder.finish();
  }

 private:
  [[noreturn]] void fail(std::string_view why) const {
    constexpr std::size_t kShown = 60;
    throw FormatError(fmt::format("[Program::load] {}, line {}: got \"{}\", {}", path_,
                                  line_number_, line_.substr(0, kShown), why));
  }

  void take_line() {
    ++line_number_;
    const std::size_t end = rest_.find('\n');
    if (end == std::string_view::npos) {
      line_ = rest_;
      fail("need a whole line; is the file cut short?");
    }
    line_ = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
  }
  void read_version() {
    const bool is_program = rest_.starts_with(kOpening);
    take_line();
    if (!is_program) fail("need a file that Program::save wrote");
    if (line_.substr(kOpening.size()) != fmt::format("{}", kVersion))
      fail(fmt::format("need version {}", kVersion));
  }
  // The words of the next line, of which there is at least one.
  void next_line() {
    take_line();
    words_.clear();
    for (std::string_view rest = line_;;) {
      const std::size_t end = std::min(rest.find(' '), rest.size());
      words_.push_back(rest.substr(0, end));
      if (end == rest.size()) break;
      rest.remove_prefix(end + 1);
    }
  }
  void require_words(std::size_t count) const {
    if (words_.size() != count) fail(fmt::format("need {} words", count));
  }

  template <class T>
  T parsed(std::string_view word, std::string_view need) const {
    T number{};
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error != std::errc() || end != word.data() + word.size()) fail(need);
    return number;
  }
  double number(std::string_view word) const {
    return parsed<double>(word, "need a number of float64");
  }
  std::uint32_t node(std::string_view word) const {
    const auto index = parsed<std::uint32_t>(word, "need the number of a node");
    if (index >= nodes_.size())
      fail(fmt::format("need a node that stands above, of {}", nodes_.size()));
    return nodes_[index];
  }

  void read_guard(ProgramBuilder& builder) const {
    require_words(5);
    const auto* const relation =
        std::ranges::find(kRelations, words_[1], [](const auto& pair) { return pair.first; });
    if (relation == kRelations.end()) fail("need a relation: equal, less, less_equal, sign");
    if (words_[4] != "true" && words_[4] != "false") fail("need true or false");
    const ProgramGuard guard{node(words_[2]), node(words_[3]), relation->second,
                             words_[4] == "true"};
    const ProgramNode &a = builder.node(guard.a), &b = builder.node(guard.b);
    if (a.is_number() && b.is_number() &&
        ends_so(a.constant, b.constant, guard.relation) != guard.outcome)
      fail("need a comparison of constants to end as it does");
    builder.guard(guard);
  }
  void read_operation(ProgramBuilder& builder) {
    const OpEntry* op = ops_.find(words_.front());
    if (op == nullptr) fail("need an elementwise op of the registry or of the options");
    const auto arity = static_cast<std::size_t>(op->arity);
    const std::size_t count = op->parameters.size();
    const std::size_t samples_at = 1 + arity + (count == 0 ? 0 : 1 + count);
    const bool gives_samples = ProgramOps::is_own(*op) && own_.insert(op).second;
    require_words(samples_at + (gives_samples ? 1 + sample_count(arity) : 0));
    std::array<std::uint32_t, 3> operands{};
    for (std::size_t i = 0; i < arity; ++i) operands[i] = node(words_[1 + i]);
    std::vector<double> parameters;
    for (std::size_t i = 0; i < count; ++i) parameters.push_back(number(words_[2 + arity + i]));
    if (count > 0) {
      if (words_[1 + arity] != "with") fail("need \"with\" before parameters");
      const std::string fault = parameter_fault(op->parameters, parameters);
      if (!fault.empty()) fail(fault);
    }
    if (gives_samples) check_samples(*op, parameters, samples_at);
    nodes_.push_back(builder.operation(*op, {operands.data(), arity}, parameters));
  }

  void check_samples(const OpEntry& op, std::span<const double> parameters, std::size_t at) const {
    if (words_[at] != "gives") fail("need \"gives\" before what an op of your own gives");
    for (const double sample : samples_of(op, parameters)) {
      if (!is_same_sample(number(words_[++at]), sample))
        fail("need the op as it was when the program was saved: this one gives other numbers");
    }
  }

  std::string_view rest_, line_;
  std::size_t line_number_ = 0;
  std::vector<std::string_view> words_;
  std::vector<std::uint32_t> nodes_;  ///< of the graph, by their numbers in the file
  std::set<const OpEntry*> own_;      ///< the user's ops that stand above
  const std::string& path_;
  const ProgramOps& ops_;
};

}  // namespace

std::string write_program(const ProgramGraph& graph) {
  std::string text = fmt::format("{}{}\n", kOpening, kVersion);
  const auto to = std::back_inserter(text);
  std::set<const OpEntry*> own;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const ProgramNode& node = graph.nodes[i];
    if (i < graph.inputs) {
      text += "input\n";
    } else if (node.op == nullptr) {
      fmt::format_to(to, "constant {}\n", node.constant);
    } else {
      check_name(node.op->info->name);
      text += node.op->info->name;
      for (std::size_t k = 0; k < node.arity(); ++k) fmt::format_to(to, " {}", node.operands[k]);
      if (!node.op->parameters.empty()) text += " with";
      for (const double parameter : graph.parameters_of(node)) fmt::format_to(to, " {}", parameter);
      if (ProgramOps::is_own(*node.op) && own.insert(node.op).second) {
        text += " gives";
        for (const double sample : samples_of(*node.op, graph.parameters_of(node)))
          fmt::format_to(to, " {}", sample);
      }
      text += '\n';
    }
  }
  for (const ProgramGuard& guard : graph.guards)
    fmt::format_to(to, "guard {} {} {} {}\n", name_of(guard.relation), guard.a, guard.b,
                   guard.outcome);
  for (const std::uint32_t output : graph.outputs) fmt::format_to(to, "output {}\n", output);
  text += "end\n";
  return text;
}

ProgramGraph read_program(std::string_view text, const std::string& path, const ProgramOps& ops) {
  return Reader(text, path, ops).read();
}

}  // namespace nabla::detail
