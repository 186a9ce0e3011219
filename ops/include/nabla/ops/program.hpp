// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <nabla/engine/functional.hpp>
#include <nabla/engine/value.hpp>
#include <nabla/ops/registry.hpp>

// A Program is a function of scalars that was recorded once and is evaluated for many inputs at a time:
// values, gradients, Jacobians, Hessians times vectors. Operation after operation runs over a block of
// evaluations, in vector registers of whatever the processor has (see kernels/isa.hpp) and on several
// threads; there is nothing to compile. What was recorded is simplified first: constants are folded,
// what was computed twice is computed once, what no result needs is left out.
//
//   const Program program = Program::record(price, at);          // price(const std::vector<Value>&)
//   program.values_and_gradients(xs, ys, gradients);             // a row an evaluation
//
// The function may branch. A comparison of Values is recorded with its outcome, as a guard, and so is an
// integer near one (lround, ilogb, frexp, remquo and their kin): evaluations for which it would be another
// go another way. Those that go a usual way share a recording; of the others each is recorded and swept by
// itself. Not seen are plain numbers that the function takes out of a Value (value(), grad()), the text of a
// Value, and comparisons in other threads: they stay what they were when it was recorded. What is detached or
// computed in a NoGrad follows each evaluation, with no gradient through it, as through stop_gradient(x).
//
// A few rows, which would leave most of a block empty, are evaluated one after the other: there, operations of
// one kind that do not wait for each other take the place of rows. It costs about as much as to record the
// function again, and the numbers are those of many rows, to the bit. The first call makes that order.
//
// Cheap to copy; copies share what was recorded. Results have the same bits for any number of threads.
// They differ from those of the tape by what vector functions differ from the C library (a few units in the last
// place), slopes at NaN and infinity in any way; so do, where ways are many, those of a row recorded by itself.
// Threads   safe, if the function is

namespace nabla {

namespace detail {
class CompiledProgram;
}

struct ProgramOptions {
  /// Ops of your own that the function uses (entry_of<Op>() in own_op.hpp). Their data members are
  /// parameters; a file holds these and what the op gives at some points, and refuses another.
  std::vector<const OpEntry*> own_ops = {};
};

class Program {
 public:
  /// Results as Values from arguments that are Values. It is called when a way is recorded.
  using Function = std::function<std::vector<Value>(const std::vector<Value>&)>;

  /// What f, which gives a Value or a list of them, computes at this point.
  /// Errors    DomainError if there are no arguments; GraphError if f leads through Tensors, computes
  ///           with its arguments while an inner Tape is active, or uses an op that is neither in the
  ///           registry nor in the options; whatever f throws
  /// Cost      50 to 250 ns an operation, more in larger ones, and as much when one of the evaluations below
  ///           is first asked for: as much as about a hundred recordings on a tape
  template <class F>
  [[nodiscard]] static Program record(const F& f, std::span<const double> at,
                                      const ProgramOptions& options = {}) {
    return record_function(function_of(f), at, options);
  }

  /// What save() wrote, without the function: evaluations that leave the recorded way are an error.
  /// Errors    FormatError if the file is not one of these, contradicts itself, names an op that is not there or gives
  ///           other numbers, is of a later version, or over 256 MiB; IoError if it cannot be read
  [[nodiscard]] static Program load(const std::string& path, const ProgramOptions& options = {}) {
    return load_with(path, nullptr, options);
  }
  /// The same with the function, to be called where an evaluation leaves the recorded way.
  template <class F>
  requires std::invocable < const F&, const std::vector<Value>
  & > [[nodiscard]] static Program load(const std::string& path, const F& f,
                                        const ProgramOptions& options = {}) {
    return load_with(path, function_of(f), options);
  }
  /// Writes the operations as text, a line each: the numbers read back the same.
  /// Errors    IoError; FormatError if an op of your own has a name that is not one word, or is one of
  ///           those of the file itself
  void save(const std::string& path) const;

  [[nodiscard]] std::size_t inputs() const;
  [[nodiscard]] std::size_t outputs() const;
  /// What is left of the recorded operations.
  [[nodiscard]] std::size_t operations() const;
  /// Comparisons on whose outcome the recorded way depends.
  [[nodiscard]] std::size_t guards() const;
  /// "3 inputs, 1 result, 12 operations, 2 constants, 1 guard"
  [[nodiscard]] std::string summary() const;

  /// The results for each row of inputs.
  /// Shapes    xs (n, inputs), ys (n, outputs), row by row
  /// Errors    ShapeError if the sizes do not fit; DomainError if a result shares memory with another
  ///           array, or an evaluation leaves the recorded way and there is no function; whatever the
  ///           function throws. Once evaluation has begun, results are then of no use
  void values(std::span<const double> xs, std::span<double> ys) const;
  /// And the derivatives of the result by each input.
  /// Shapes    xs (n, inputs), ys (n), gradients (n, inputs)
  /// Errors    as values(); ShapeError if there are several results
  /// Cost      2 to 4 times the values
  void values_and_gradients(std::span<const double> xs, std::span<double> ys,
                            std::span<double> gradients) const;
  /// And the derivatives of each result by each input.
  /// Shapes    xs (n, inputs), ys (n, outputs), jacobians (n, outputs, inputs)
  /// Errors    as values()
  void values_and_jacobians(std::span<const double> xs, std::span<double> ys,
                            std::span<double> jacobians) const;
  /// The Hessian of the result times a direction, both of each row: forward over reverse.
  /// Shapes    xs, directions, products (n, inputs)
  /// Errors    as values(); ShapeError if there are several results
  /// Cost      2 to 3 gradients; of rows whose ways are rare 2 to 5, 1.3 to 3 times hvp() of functional.hpp
  void hessian_vector_products(std::span<const double> xs, std::span<const double> directions,
                               std::span<double> products) const;

 private:
  explicit Program(std::shared_ptr<const detail::CompiledProgram> compiled)
      : compiled_(std::move(compiled)) {}

  template <class F>
  static Function function_of(const F& f) {
    return [f](const std::vector<Value>& xs) { return detail::results_of(f, xs); };
  }
  static Program record_function(Function f, std::span<const double> at,
                                 const ProgramOptions& options);
  static Program load_with(const std::string& path, Function f, const ProgramOptions& options);

  std::shared_ptr<const detail::CompiledProgram> compiled_;
};

}  // namespace nabla
