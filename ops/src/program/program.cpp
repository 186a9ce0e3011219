// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <functional>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/engine/output_file.hpp>
#include <nabla/ops/program.hpp>

#include "program/compiled.hpp"
#include "program/record.hpp"

namespace nabla {
namespace {

using detail::CompiledProgram;
using Kind = CompiledProgram::Kind;

std::string counted(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

/// Errors    ShapeError unless xs is whole rows of the inputs
std::size_t rows_of(const char* operation, std::span<const double> xs, std::size_t inputs) {
  if (xs.size() % inputs != 0) {
    throw ShapeError(fmt::format("[{}] xs: got {}, need rows of {}", operation,
                                 counted(xs.size(), "number"), counted(inputs, "input")));
  }
  return xs.size() / inputs;
}
void require_size(const char* operation, const char* what, std::size_t got, std::size_t rows,
                  std::size_t columns) {
  if (got == rows * columns) return;
  throw ShapeError(fmt::format("[{}] {}: got {}, need {} x {} for {}", operation, what,
                               counted(got, "number"), rows, columns, counted(rows, "row")));
}
/// Errors    DomainError if the arrays share memory: results would change what is still to be read
void require_apart(const char* operation, const char* target_name, std::span<double> target,
                   const char* name, std::span<const double> other) {
  const std::less<const double*> is_before;
  if (target.empty() || other.empty() || !is_before(target.data(), other.data() + other.size()) ||
      !is_before(other.data(), target.data() + target.size()))
    return;
  throw DomainError(fmt::format("[{}] {} and {} share memory, need arrays of their own", operation,
                                target_name, name));
}
void require_one_output(const char* operation, std::size_t outputs) {
  if (outputs == 1) return;
  throw ShapeError(fmt::format("[{}] got a program of {}, need one; values_and_jacobians?",
                               operation, counted(outputs, "result")));
}

/// Errors    IoError with the path and the system's reason; FormatError beyond 256 MiB
std::string text_of(const std::string& path) {
  constexpr std::size_t kMostBytes = std::size_t{256} << 20;
  const auto fail = [&] {
    throw IoError(fmt::format("[Program::load] {}: {}", path, std::strerror(errno)));
  };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  if (file == nullptr) fail();
  std::string text;
  std::array<char, 1 << 16> part;
  while (const std::size_t count = std::fread(part.data(), 1, part.size(), file.get())) {
    text.append(part.data(), count);
    if (text.size() <= kMostBytes) continue;
    throw FormatError(
        fmt::format("[Program::load] {}: got more than 256 MiB, which no program takes", path));
  }
  if (std::ferror(file.get()) != 0) fail();
  return text;
}

void evaluate_with_jacobians(const CompiledProgram& program, const char* operation,
                             const char* derivatives_name, std::span<const double> xs,
                             std::span<double> ys, std::span<double> derivatives) {
  const std::size_t inputs = program.graph().inputs, outputs = program.graph().outputs.size();
  const std::size_t rows = rows_of(operation, xs, inputs);
  require_size(operation, "ys", ys.size(), rows, outputs);
  require_size(operation, derivatives_name, derivatives.size(), rows, outputs * inputs);
  require_apart(operation, "ys", ys, "xs", xs);
  require_apart(operation, derivatives_name, derivatives, "xs", xs);
  require_apart(operation, derivatives_name, derivatives, "ys", ys);
  program.evaluate(Kind::jacobian, operation,
                   {.sources = {xs.data()},
                    .targets = {ys.data(), derivatives.data()},
                    .source_columns = {inputs},
                    .target_columns = {outputs, outputs * inputs}},
                   rows);
}

}  // namespace

Program Program::record_function(Function f, std::span<const double> at,
                                 const ProgramOptions& options) {
  if (at.empty()) throw DomainError("[Program::record] got no arguments, need one at least");
  detail::ProgramGraph graph = detail::record_program(f, at, detail::ProgramOps(options));
  if (graph.outputs.empty())
    throw DomainError("[Program::record] got a function without results, need one at least");
  return Program(std::make_shared<const CompiledProgram>(std::move(graph), std::move(f), options));
}

Program Program::load_with(const std::string& path, Function f, const ProgramOptions& options) {
  return Program(std::make_shared<const CompiledProgram>(
      detail::read_program(text_of(path), path, detail::ProgramOps(options)), std::move(f),
      options));
}

void Program::save(const std::string& path) const {
  OutputFile file(path, "Program::save");
  file.write(detail::write_program(compiled_->graph()));
  file.commit();
}

std::size_t Program::inputs() const { return compiled_->graph().inputs; }
std::size_t Program::outputs() const { return compiled_->graph().outputs.size(); }
std::size_t Program::operations() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(compiled_->graph().nodes,
                            [](const detail::ProgramNode& node) { return node.op != nullptr; }));
}
std::size_t Program::guards() const { return compiled_->graph().guards.size(); }

std::string Program::summary() const {
  const std::size_t constants = compiled_->graph().nodes.size() - inputs() - operations();
  return fmt::format("{}, {}, {}, {}, {}", counted(inputs(), "input"), counted(outputs(), "result"),
                     counted(operations(), "operation"), counted(constants, "constant"),
                     counted(guards(), "guard"));
}

void Program::values(std::span<const double> xs, std::span<double> ys) const {
  constexpr const char* operation = "Program::values";
  const std::size_t rows = rows_of(operation, xs, inputs());
  require_size(operation, "ys", ys.size(), rows, outputs());
  require_apart(operation, "ys", ys, "xs", xs);
  compiled_->evaluate(Kind::values, operation,
                      {.sources = {xs.data()},
                       .targets = {ys.data()},
                       .source_columns = {inputs()},
                       .target_columns = {outputs()}},
                      rows);
}

void Program::values_and_gradients(std::span<const double> xs, std::span<double> ys,
                                   std::span<double> gradients) const {
  constexpr const char* operation = "Program::values_and_gradients";
  require_one_output(operation, outputs());
  evaluate_with_jacobians(*compiled_, operation, "gradients", xs, ys, gradients);
}

void Program::values_and_jacobians(std::span<const double> xs, std::span<double> ys,
                                   std::span<double> jacobians) const {
  evaluate_with_jacobians(*compiled_, "Program::values_and_jacobians", "jacobians", xs, ys,
                          jacobians);
}

void Program::hessian_vector_products(std::span<const double> xs,
                                      std::span<const double> directions,
                                      std::span<double> products) const {
  constexpr const char* operation = "Program::hessian_vector_products";
  require_one_output(operation, outputs());
  const std::size_t rows = rows_of(operation, xs, inputs());
  require_size(operation, "directions", directions.size(), rows, inputs());
  require_size(operation, "products", products.size(), rows, inputs());
  require_apart(operation, "products", products, "xs", xs);
  require_apart(operation, "products", products, "directions", directions);
  compiled_->evaluate(Kind::hessian_product, operation,
                      {.sources = {xs.data(), directions.data()},
                       .targets = {nullptr, products.data()},
                       .source_columns = {inputs(), inputs()},
                       .target_columns = {0, inputs()}},
                      rows);
}

}  // namespace nabla
