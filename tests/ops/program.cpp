// SPDX-License-Identifier: MIT
// A Program against the tape: every op of the registry, every instruction set, batches of any size.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/bridge.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/functional.hpp>
#include <nabla/engine/random.hpp>
#include <nabla/kernels/parallel.hpp>
#include <nabla/ops/ops.hpp>
#include <nabla/ops/own_op.hpp>
#include <nabla/ops/program.hpp>
#include <nabla/ops/registry.hpp>

#include "support/instruction_sets.hpp"

using namespace nabla;

namespace {

using Numbers = std::vector<double>;

constexpr double kInf = std::numeric_limits<double>::infinity();
const double kNan = std::numeric_limits<double>::quiet_NaN();

struct Results {
  Numbers values, gradients, products;
};

Numbers directions_for(std::size_t count) {
  Numbers directions(count);
  for (std::size_t i = 0; i < count; ++i) directions[i] = 1.0 - 0.25 * static_cast<double>(i % 7);
  return directions;
}

Results run(const Program& program, const Numbers& xs) {
  Results results{Numbers(xs.size() / program.inputs()), Numbers(xs.size()), Numbers(xs.size())};
  Numbers values(results.values.size());
  program.values(xs, values);
  program.values_and_gradients(xs, results.values, results.gradients);
  program.hessian_vector_products(xs, directions_for(xs.size()), results.products);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool is_same =
        std::bit_cast<std::uint64_t>(values[i]) == std::bit_cast<std::uint64_t>(results.values[i]);
    BOOST_TEST(is_same,
               "the value alone is " << values[i] << ", with its gradient " << results.values[i]);
  }
  return results;
}

/// The same from the tape, row by row.
template <class F>
Results run_on_tape(const F& f, const Numbers& xs, std::size_t inputs) {
  Results results;
  const Numbers directions = directions_for(xs.size());
  for (std::size_t at = 0; at < xs.size(); at += inputs) {
    const auto row = [&](const Numbers& all) {
      const auto first = all.begin() + static_cast<std::ptrdiff_t>(at);
      return Numbers(first, first + static_cast<std::ptrdiff_t>(inputs));
    };
    const auto [value, slopes] = value_and_gradient(f, row(xs));
    const Numbers product = hvp(f, row(xs), row(directions));
    results.values.push_back(value);
    results.gradients.insert(results.gradients.end(), slopes.begin(), slopes.end());
    results.products.insert(results.products.end(), product.begin(), product.end());
  }
  return results;
}

/// True if both are NaN, the same infinity, or near each other.
bool is_near(double a, double b, double tolerance) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b || std::abs(a - b) <= tolerance * std::max(std::abs(a), 1.0);
}

void compare(const Numbers& got, const Numbers& expected, double tolerance,
             const std::string& what) {
  BOOST_TEST_REQUIRE(got.size() == expected.size(), what);
  for (std::size_t i = 0; i < got.size(); ++i) {
    BOOST_TEST(is_near(got[i], expected[i], tolerance),
               what << ", number " << i << ": got " << got[i] << ", the tape says " << expected[i]);
  }
}

void compare(const Results& got, const Results& expected, double tolerance,
             const std::string& what) {
  compare(got.values, expected.values, tolerance, what + ", values");
  compare(got.gradients, expected.gradients, tolerance, what + ", gradients");
  compare(got.products, expected.products, tolerance, what + ", Hessian products");
}

/// Points of the op's intervals, its singular points, what is no number.
Numbers points_for(const OpEntry& op, std::size_t rows) {
  Random random(7);
  const auto arity = static_cast<std::size_t>(op.arity);
  Numbers xs;
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t k = 0; k < arity; ++k) {
      const Interval range = op.info->samples[k];
      xs.push_back(range.lower + (range.upper - range.lower) * random.uniform());
    }
  }
  return xs;
}
Numbers special_points_for(const OpEntry& op) {
  const auto arity = static_cast<std::size_t>(op.arity);
  Numbers xs;
  const auto add = [&](double number) { xs.insert(xs.end(), arity, number); };
  for (const double number : {0.0, -0.0, kInf, -kInf, kNan}) add(number);
  for (const double number : op.info->singular) add(number);
  return xs;
}

/// A function with everything: shared parts, constants, several uses, branches none.
const auto smooth = [](const auto& x) {
  using std::exp;
  using std::sin;
  using T = std::decay_t<decltype(x[0])>;
  const T a = x[0] * x[1] + 0.5 * x[2];
  const T b = exp(-a * a) / (1.0 + x[2] * x[2]);
  return T(b * sin(x[0]) + tanh(a) * sqrt(1.0 + b * b) - x[1] / (2.0 + sin(x[0])));
};

/// The value, the gradient and the Hessian product depend on the way taken.
const auto branching = [](const auto& x) {
  using T = std::decay_t<decltype(x[0])>;
  T sum = 0.0;
  for (int i = 0; i < 3; ++i) {
    const T& a = x[static_cast<std::size_t>(i)];
    if (a > 0.25) {
      sum = sum + a * a;
    } else if (a * x[0] < -0.25) {
      sum = sum - 2.0 * a;
    }
  }
  return std::max(sum, T(x[0] * x[1]));
};

Numbers random_rows(std::size_t count, double range = 2.0) {
  Random random(11);
  Numbers xs(count);
  for (double& x : xs) x = range * (2 * random.uniform() - 1);
  return xs;
}

template <class F>
void check_against_tape(const F& f, const Numbers& xs, std::size_t inputs,
                        const std::string& what) {
  const Program program = Program::record(f, std::span(xs).first(inputs));
  compare(run(program, xs), run_on_tape(f, xs, inputs), 1e-13, what);
}

/// The function recorded in each row is evaluated in all of them: whatever way was recorded, each row
/// goes its own.
template <class F>
void check_all_ways(const F& f, const std::vector<Numbers>& rows, const std::string& what) {
  const std::size_t inputs = rows.front().size();
  Numbers xs, values, gradients;
  for (const Numbers& row : rows) {
    const auto [value, slopes] = value_and_gradient(f, row);
    xs.insert(xs.end(), row.begin(), row.end());
    values.push_back(value);
    gradients.insert(gradients.end(), slopes.begin(), slopes.end());
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Numbers got(rows.size()), slopes(rows.size() * inputs);
    Program::record(f, rows[i]).values_and_gradients(xs, got, slopes);
    // What selects stops a gradient that is no number, on the tape it goes on.
    for (std::size_t k = 0; k < slopes.size(); ++k)
      if (std::isnan(values[k / inputs])) slopes[k] = gradients[k];
    const std::string where = what + " recorded in row " + std::to_string(i);
    compare(got, values, 1e-13, where + ", values");
    compare(slopes, gradients, 1e-13, where + ", gradients");
  }
}

/// Shuffled, tied, zero, far out of the usual range, infinite, no number.
const std::vector<Numbers> kLists = {{1, -2, 0.5},
                                     {0.5, 1, -2},
                                     {-2, 0.5, 1},
                                     {3, 3, 1},
                                     {1, 3, 3},
                                     {2, 2, 2},
                                     {0, 0, 0},
                                     {0, 3, 4},
                                     {3, 0, -4},
                                     {1000, 999, 998},
                                     {-1000, -999, -1001},
                                     {1e9, 1e9 + 1, 1e9 + 3},
                                     {1e200, 2e200, 0},
                                     {1e-200, -3e-200, 0},
                                     {1.5e308, 1.5e308, 1e308},
                                     {1e200, 1e200, 1e-300},
                                     {kInf, 1, 2},
                                     {1, -kInf, 2},
                                     {-kInf, -kInf, -kInf},
                                     {1, kNan, 2}};

std::string path_of(const std::string& name) { return name + ".nabla"; }
void write_file(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}
std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

template <class E, class F>
void refused(const F& call, const std::string& text) {
  BOOST_CHECK_EXCEPTION(static_cast<void>(call()), E, [&](const E& error) {
    BOOST_TEST(std::string(error.what()) == text);
    return true;
  });
}

bool same_bits(const Numbers& a, const Numbers& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

/// The same bits, but that NaN is NaN: its sign is nobody's promise.
bool same_numbers(const Numbers& a, const Numbers& b) {
  return std::ranges::equal(a, b, [](double x, double y) {
    return (std::isnan(x) && std::isnan(y)) ||
           std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y);
  });
}

/// y = Factor x, under the name of whoever derives from it.
template <class Named, int Factor = 2>
struct Times : Unary<Named> {
  template <class T>
  static constexpr T value(const T& x) {
    return Factor * x;
  }
  template <class T>
  static constexpr T slope(const T&, const T&) {
    return T(Factor);
  }
};
struct TwoWords : Times<TwoWords> {
  static constexpr OpInfo info{.name = "my op", .formula = "y = 2 x", .gradient = "dy/dx = 2"};
};
struct Output : Times<Output> {
  static constexpr OpInfo info{.name = "output", .formula = "y = 2 x", .gradient = "dy/dx = 2"};
};

/// Its factor is no parameter.
struct Scale : Unary<Scale> {
  static constexpr OpInfo info{.name = "scale", .formula = "y = k x", .gradient = "dy/dx = k"};
  double k = 1;
  template <class T>
  constexpr T value(const T& x) const {
    return T(k) * x;
  }
  template <class T>
  constexpr T slope(const T&, const T&) const {
    return T(k);
  }
};
/// `with` gives the parameters to the wrong members.
struct Line : Unary<Line> {
  static constexpr OpInfo info{.name = "line", .formula = "y = k x + c", .gradient = "dy/dx = k"};
  static constexpr OpParameter parameters[]{{.name = "k", .value = 1}, {.name = "c", .value = 0}};
  double k = parameters[0].value;
  double c = parameters[1].value;
  static Line with(double first, double second) {
    Line line;
    line.k = second;
    line.c = first;
    return line;
  }
  template <class T>
  constexpr T value(const T& x) const {
    return T(k) * x + T(c);
  }
  template <class T>
  constexpr T slope(const T&, const T&) const {
    return T(k);
  }
};

struct Twice : Times<Twice> {
  static constexpr OpInfo info{.name = "twice", .formula = "y = 2 x", .gradient = "dy/dx = 2"};
};

/// Another op of that name.
struct Thrice : Times<Thrice, 3> {
  static constexpr OpInfo info{.name = "twice", .formula = "y = 3 x", .gradient = "dy/dx = 3"};
};

/// Gives more in lanes than on the tape, as vector functions may in the last place.
struct Fickle : Unary<Fickle> {
  static constexpr OpInfo info{.name = "fickle", .formula = "y = x", .gradient = "dy/dx = 1"};
  template <class T>
  static constexpr T value(const T& x) {
    if constexpr (kernels::is_lane<T>) {
      return x + 1;
    } else {
      return 1 * x;
    }
  }
  template <class T>
  static constexpr T slope(const T&, const T&) {
    return T(1);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(program)

BOOST_AUTO_TEST_CASE(every_op_gives_what_the_tape_gives) {
  // Vector functions are within 5 units in the last place, and slopes are products of a few.
  constexpr double kTolerance = 1e-12;
  int count = 0;
  for (const OpEntry* op : all_ops()) {
    if (op->lanes == nullptr) continue;
    BOOST_TEST_REQUIRE((op->scalar != nullptr), op->info->name);
    ++count;
    const auto inputs = static_cast<std::size_t>(op->arity);
    const auto f = [op](const std::vector<Value>& x) { return op->scalar(x, {}); };
    const auto on_tensors = [op](std::span<const Tensor> x) { return op->tensor(x, {}); };
    Numbers xs = points_for(*op, 37);
    const Program program = Program::record(f, std::span(xs).first(inputs));
    for (const double number : special_points_for(*op)) xs.push_back(number);
    const Numbers directions = directions_for(xs.size());

    Results expected;
    for (std::size_t at = 0; at < xs.size(); at += inputs) {
      const std::span<const double> x = std::span(xs).subspan(at, inputs);
      const auto [value, slopes] = value_and_gradient(f, Numbers(x.begin(), x.end()));
      expected.values.push_back(value);
      expected.gradients.insert(expected.gradients.end(), slopes.begin(), slopes.end());
      std::vector<Tensor> point, direction;
      for (std::size_t k = 0; k < inputs; ++k) {
        point.push_back(tensor(x[k], float64));
        direction.push_back(tensor(directions[at + k], float64));
      }
      for (const Tensor& product : hvp(on_tensors, point, direction))
        expected.products.push_back(product.item());
    }
    nabla::test::for_each_instruction_set([&](kernels::Isa isa) {
      const std::string what = std::string(op->info->name) + " with " + kernels::name_of(isa);
      Results got = run(program, xs);
      // At poles and beyond, where a product of second order is inf times 0, reverse over reverse,
      // which the tensors compute, and forward over reverse differ.
      for (std::size_t i = 0; i < xs.size(); ++i)
        if (!std::isfinite(xs[i - i % inputs]) || std::isnan(expected.products[i]))
          got.products[i] = expected.products[i];
      compare(got, expected, kTolerance, what);
    });
  }
  BOOST_TEST(count > 100);
}

BOOST_AUTO_TEST_CASE(every_op_takes_numbers_beside_an_input) {
  constexpr double kTolerance = 1e-12;  // as above
  constexpr std::size_t kRows = 9;
  for (const OpEntry* op : all_ops()) {
    if (op->lanes == nullptr || op->arity < 2) continue;
    const auto arity = static_cast<std::size_t>(op->arity);
    const Numbers points = points_for(*op, kRows);
    for (std::size_t active = 0; active < arity; ++active) {
      const auto f = [&](const std::vector<Value>& x) {
        std::vector<Value> operands(points.begin(), points.begin() + op->arity);
        operands[active] = x[0];
        return op->scalar(operands, {});
      };
      Numbers xs, values(kRows), gradients(kRows), expected, slopes;
      for (std::size_t row = 0; row < kRows; ++row) {
        xs.push_back(points[row * arity + active]);
        const auto [value, slope] = value_and_gradient(f, Numbers{xs.back()});
        expected.push_back(value);
        slopes.push_back(slope[0]);
      }
      Program::record(f, Numbers{xs[0]}).values_and_gradients(xs, values, gradients);
      const std::string what =
          std::string(op->info->name) + " of input " + std::to_string(active) + " alone";
      compare(values, expected, kTolerance, what + ", values");
      compare(gradients, slopes, kTolerance, what + ", gradients");
    }
  }
}

BOOST_AUTO_TEST_CASE(parameters_of_ops_are_kept_and_read_back_from_files) {
  const std::string path = path_of("parameters");
  for (const OpEntry* op : all_ops()) {
    if (op->lanes == nullptr || op->parameters.empty()) continue;
    const auto inputs = static_cast<std::size_t>(op->arity);
    Numbers parameters;
    for (const OpParameter& parameter : op->parameters)
      parameters.push_back(std::clamp(parameter.value + (parameter.whole ? 1.0 : 0.375),
                                      parameter.range.lower, parameter.range.upper));
    const auto f = [&](const std::vector<Value>& x) { return op->scalar(x, parameters); };
    const Numbers xs = points_for(*op, 5);
    const Program program = Program::record(f, std::span(xs).first(inputs));
    program.save(path);
    const Program loaded = Program::load(path);
    Numbers ys(5), loaded_ys(5);
    program.values(xs, ys);
    loaded.values(xs, loaded_ys);
    BOOST_TEST(same_bits(ys, loaded_ys), op->info->name);
    for (std::size_t row = 0; row < 5; ++row) {
      const auto x = std::span(xs).subspan(row * inputs, inputs);
      const double expected = f(std::vector<Value>(x.begin(), x.end())).value();
      BOOST_TEST(is_near(ys[row], expected, 1e-12), op->info->name);
    }
  }
}

BOOST_AUTO_TEST_CASE(batches_of_any_size_are_what_the_tape_computes_row_by_row) {
  for (const std::size_t rows : {1u, 2u, 15u, 16u, 17u, 63u, 64u, 65u, 127u, 128u, 129u, 300u})
    check_against_tape(smooth, random_rows(3 * rows), 3, std::to_string(rows) + " rows");
  const Program program = Program::record(smooth, Numbers{1, 2, 3});
  program.values({}, {});
}

BOOST_AUTO_TEST_CASE(a_row_has_the_same_bits_whatever_stands_beside_it) {
  const Program program = Program::record(smooth, Numbers{1, 2, 3});
  const Numbers xs = random_rows(3 * 150);
  const Results all = run(program, xs);
  for (const std::size_t row : {0u, 63u, 64u, 127u, 128u, 149u}) {
    const auto x = std::span(xs).subspan(3 * row, 3);
    Numbers value(1), gradient(3);
    program.values_and_gradients(x, value, gradient);
    const Numbers expected(all.gradients.begin() + 3 * row, all.gradients.begin() + 3 * row + 3);
    BOOST_TEST(value[0] == all.values[row]);
    BOOST_TEST(same_bits(gradient, expected));
  }
}

BOOST_AUTO_TEST_CASE(a_few_rows_have_the_bits_of_a_batch_whatever_the_op) {
  for (const OpEntry* op : all_ops()) {
    if (op->lanes == nullptr) continue;
    const auto inputs = static_cast<std::size_t>(op->arity);
    const auto f = [op](const std::vector<Value>& x) { return op->scalar(x, {}); };
    Numbers xs = points_for(*op, 20);
    const Program program = Program::record(f, std::span(xs).first(inputs));
    for (const double number : special_points_for(*op)) xs.push_back(number);
    nabla::test::for_each_instruction_set([&](kernels::Isa isa) {
      const Numbers directions = directions_for(xs.size());
      const Results all = run(program, xs);
      const std::size_t rows = all.values.size();
      for (std::size_t row = 0; row < rows; ++row) {
        const std::size_t count = std::min(1 + row % 5, rows - row);
        const auto part = [&](const Numbers& of, std::size_t columns) {
          const auto first = of.begin() + static_cast<std::ptrdiff_t>(row * columns);
          return Numbers(first, first + static_cast<std::ptrdiff_t>(count * columns));
        };
        const Numbers x = part(xs, inputs);
        Numbers values(count), gradients(x.size()), products(x.size());
        program.values_and_gradients(x, values, gradients);
        program.hessian_vector_products(x, part(directions, inputs), products);
        const std::string what = std::string(op->info->name) + " with " + kernels::name_of(isa) +
                                 ", row " + std::to_string(row);
        BOOST_TEST(same_numbers(values, part(all.values, 1)), what + ", values");
        BOOST_TEST(same_numbers(gradients, part(all.gradients, inputs)), what + ", gradients");
        BOOST_TEST(same_numbers(products, part(all.products, inputs)), what + ", products");
      }
    });
  }
}

BOOST_AUTO_TEST_CASE(results_have_the_same_bits_for_any_number_of_threads) {
  const int before = kernels::threads();
  const Program program = Program::record(branching, Numbers{1, 0.5, -1});
  const Numbers xs = random_rows(3 * 40'001);
  kernels::use_threads(1);
  const Results one = run(program, xs);
  for (const int threads : {2, 3, 7}) {
    kernels::use_threads(threads);
    const Results several = run(program, xs);
    BOOST_TEST(same_bits(several.values, one.values));
    BOOST_TEST(same_bits(several.gradients, one.gradients));
    BOOST_TEST(same_bits(several.products, one.products));
  }
  kernels::use_threads(before);
}

BOOST_AUTO_TEST_CASE(several_threads_may_evaluate_one_program) {
  const Program program = Program::record(branching, Numbers{1, 2, 3});
  const Numbers xs = random_rows(3 * 100);
  std::vector<Results> results(4);
  std::vector<std::thread> threads;
  for (Results& result : results)
    threads.emplace_back([&] {
      result = {Numbers(100), Numbers(300), Numbers(300)};
      program.values_and_gradients(xs, result.values, result.gradients);
      for (std::size_t row = 0; row < 100; ++row)  // each by itself
        program.values_and_gradients(std::span(xs).subspan(3 * row, 3),
                                     std::span(result.values).subspan(row, 1),
                                     std::span(result.products).subspan(3 * row, 3));
    });
  for (std::thread& thread : threads) thread.join();
  for (const Results& result : results) {
    BOOST_TEST(same_bits(result.gradients, results[0].gradients));
    BOOST_TEST(same_bits(result.products, results[0].gradients));
  }
}

BOOST_AUTO_TEST_CASE(a_jacobian_has_a_row_for_each_result) {
  const auto f = [](const std::vector<Value>& x) {
    return std::vector<Value>{x[0] * exp(x[1]), x[1], 4.0, x[0] * exp(x[1]), x[2] * x[2] * x[0]};
  };
  const Numbers xs = random_rows(4 * 20);  // the last input is not used
  const Program program = Program::record(f, std::span(xs).first(4));
  BOOST_TEST(program.inputs() == 4);
  BOOST_TEST(program.outputs() == 5);
  Numbers ys(5 * 20), jacobians(5 * 4 * 20), values(5 * 20);
  program.values_and_jacobians(xs, ys, jacobians);
  program.values(xs, values);
  BOOST_TEST(same_bits(values, ys));
  for (std::size_t row = 0; row < 20; ++row) {
    Tape tape;
    const std::vector<Value> x = variables(std::span(xs).subspan(4 * row, 4));
    const std::vector<Value> expected = f(x);
    Numbers derivatives(5 * 4);
    tape.jacobian(expected, x, derivatives);
    for (std::size_t k = 0; k < 5; ++k) {
      BOOST_TEST(is_near(ys[5 * row + k], expected[k].value(), 1e-14));
      for (std::size_t i = 0; i < 4; ++i)
        BOOST_TEST(is_near(jacobians[(5 * row + k) * 4 + i], derivatives[4 * k + i], 1e-14));
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_constant_unused_or_computed_twice_is_left_out) {
  const auto f = [](const std::vector<Value>& x) {
    const Value c = 2.0;
    const Value unused = exp(x[1]);
    const Value y = sin(x[0]) * sin(c) + sin(x[0]) * x[1];
    return Value(y + 0.0 * static_cast<double>(unused.has_history()));
  };
  const Program program = Program::record(f, Numbers{1, 2});
  BOOST_TEST(program.operations() == 5);  // sin, two products, a sum, and that of the zero
  BOOST_TEST(program.guards() == 0);
  BOOST_TEST(program.summary() == "2 inputs, 1 result, 5 operations, 2 constants, 0 guards");
}

BOOST_AUTO_TEST_CASE(long_chains_need_no_more_than_they_use) {
  const auto chain = [](const auto& x) {
    auto y = x[0];
    for (int i = 0; i < 30'000; ++i) y = y * 0.99 + x[1] * y * 1e-3;
    return y;
  };
  check_against_tape(chain, random_rows(2 * 20), 2, "chain");
}

// More than a cache holds: steps are done in another order.
BOOST_AUTO_TEST_CASE(large_programs_are_what_the_tape_computes) {
  constexpr std::size_t kInputs = 40, kTerms = 4'000;
  const auto terms = [](const auto& x, std::size_t begin) {
    std::decay_t<decltype(x[0])> sum = 0.0;
    for (std::size_t i = begin; i < kTerms; ++i) {
      const auto& a = x[i % kInputs];
      const auto& b = x[i * 7 % kInputs];
      const std::decay_t<decltype(x[0])> t = a * b - a * a * (0.5 + 1e-4 * static_cast<double>(i));
      if (t < 1e9) sum += (t * t + sin(b * t)) * 1e-3;
    }
    return sum;
  };
  const auto sum = [&](const auto& x) { return terms(x, 0); };
  const Numbers xs = random_rows(kInputs * 20);
  check_against_tape(sum, xs, kInputs, "terms");

  const auto sums = [&](const std::vector<Value>& x) {
    return std::vector<Value>{terms(x, 0), terms(x, kTerms / 2)};
  };
  const Program program = Program::record(sums, std::span(xs).first(kInputs));
  Numbers ys(2 * 20), jacobians(2 * kInputs * 20), values(2 * 20);
  program.values_and_jacobians(xs, ys, jacobians);
  program.values(xs, values);
  BOOST_TEST(same_bits(values, ys));
  for (const std::size_t row : {0u, 19u}) {
    Tape tape;
    const std::vector<Value> x = variables(std::span(xs).subspan(kInputs * row, kInputs));
    const std::vector<Value> expected = sums(x);
    Numbers derivatives(2 * kInputs);
    tape.jacobian(expected, x, derivatives);
    const auto got = std::span(jacobians).subspan(2 * kInputs * row, 2 * kInputs);
    compare(Numbers(got.begin(), got.end()), derivatives, 1e-11, "Jacobian");
  }
}

BOOST_AUTO_TEST_CASE(evaluations_that_branch_otherwise_are_recorded_again) {
  const Numbers xs = random_rows(3 * 300);
  check_against_tape(branching, xs, 3, "branches");
  const Program program = Program::record(branching, Numbers{1, 0.5, -1});
  BOOST_TEST(program.guards() == 5);
  const Results all = run(program, xs);
  Results each;
  for (std::size_t row = 0; row < 300; ++row) {
    const Results one = run(program, Numbers(xs.begin() + 3 * row, xs.begin() + 3 * row + 3));
    each.values.push_back(one.values[0]);
    each.gradients.insert(each.gradients.end(), one.gradients.begin(), one.gradients.end());
  }
  BOOST_TEST(same_bits(each.values, all.values));
  BOOST_TEST(same_bits(each.gradients, all.gradients));
}

BOOST_AUTO_TEST_CASE(evaluations_that_go_the_same_way_share_a_recording) {
  int calls = 0;
  const auto f = [&](const std::vector<Value>& x) {
    ++calls;
    Value y = x[0];
    while (y < 1.0) y = y * 2.0;
    return Value(y * x[0]);
  };
  const Program program = Program::record(f, Numbers{0.75});
  Numbers xs(5'000), ys(5'000);
  for (std::size_t i = 0; i < xs.size(); ++i) xs[i] = 0.01 + 0.9 * static_cast<double>(i % 89) / 89;
  program.values(xs, ys);
  BOOST_TEST(calls == 7);  // one when it was recorded, and for each other number of steps
  program.values(xs, ys);
  BOOST_TEST(calls == 7);  // they are kept
  for (std::size_t i = 0; i < xs.size(); ++i)
    BOOST_TEST_REQUIRE(ys[i] == f({Value(xs[i])}).value());
}

BOOST_AUTO_TEST_CASE(a_way_that_its_own_evaluation_leaves_takes_no_place_of_others) {
  int calls = 0;
  const auto f = [&](const std::vector<Value>& x) {
    ++calls;
    Value y = x[0];
    if (y > 100.0) return Value(record(Fickle{}, y) < 1000.5 ? 2.0 * y : 3.0 * y);
    while (y < 1.0) y = y * 2.0;
    return y;
  };
  const Program program = Program::record(f, Numbers{1.5}, {.own_ops = {&entry_of<Fickle>()}});
  Numbers y(1), many(100);
  program.values(Numbers(100, 0.75), many);
  BOOST_TEST(calls == 2);
  for (int i = 0; i < 20; ++i) {
    program.values(Numbers{1000}, y);
    BOOST_TEST(y[0] == 2000.0);
  }
  BOOST_TEST(calls == 22);
  program.values(Numbers{0.75}, y);
  BOOST_TEST(y[0] == 1.5);
  BOOST_TEST(calls == 22);
}

BOOST_AUTO_TEST_CASE(each_evaluation_may_go_a_way_of_its_own) {
  const auto f = [](const auto& x) {
    using T = std::decay_t<decltype(x[0])>;
    T y = x[0], sum = 0.0;
    for (int i = 0; i < 40; ++i) {  // the digits of x, which no two have in common
      y = y * 2.0;
      if (y >= 1.0) {
        y = y - 1.0;
        sum = sum + x[1] * y;
      }
    }
    return sum;
  };
  Random random(3);
  Numbers xs(2 * 700);
  for (double& x : xs) x = random.uniform();
  check_against_tape(f, xs, 2, "digits");
}

// Rows of ways that are usual are done in lanes, the others by a recording each: an op that gives something
// else in lanes tells which.
BOOST_AUTO_TEST_CASE(rows_of_unusual_ways_are_recorded_and_swept) {
  const auto alone = [](int ways, std::size_t rows, int times) {
    const auto f = [ways](const std::vector<Value>& x) {
      Value y = record(Fickle{}, x[1]) * x[1];
      for (int way = 1; way < ways; way *= 2) {  // the digits of x[0], from the last
        const Value half = floor(x[0] / (2.0 * way)) * 2.0, digit = floor(x[0] / way) - half;
        if (digit > 0.5) y = y + x[1] * static_cast<double>(way);
      }
      return y;
    };
    const Program program = Program::record(f, Numbers{0, 2}, {.own_ops = {&entry_of<Fickle>()}});
    Random random(7);
    Numbers xs(2 * rows), ys(rows), gradients(2 * rows);
    std::size_t count = 0;
    for (int time = 0; time < times; ++time) {
      for (std::size_t row = 0; row < rows; ++row) {
        xs[2 * row] = std::floor(random.uniform() * ways);
        xs[2 * row + 1] = 2;
      }
      program.values_and_gradients(xs, ys, gradients);
      count = 0;
      for (std::size_t row = 0; row < rows; ++row) {
        const double on_tape = 4 + 2 * xs[2 * row], in_lanes = on_tape + 2;
        BOOST_TEST_REQUIRE((ys[row] == on_tape || ys[row] == in_lanes));
        const bool is_alone = ys[row] == on_tape;
        BOOST_TEST_REQUIRE(gradients[2 * row] == 0.0);
        BOOST_TEST_REQUIRE(gradients[2 * row + 1] == (is_alone ? 4 : 5) + xs[2 * row]);
        count += is_alone ? 1 : 0;
      }
    }
    return count;
  };
  BOOST_TEST(alone(2, 1'000, 1) == 0);
  BOOST_TEST(alone(4, 1'000, 2) == 0);
  BOOST_TEST(alone(256, 1'000, 1) > 900);
  BOOST_TEST(alone(256, 10'000, 3) > 9'500);
  BOOST_TEST(alone(2, 1, 200) == 0);  // a row at a time, of which every other leaves
}

BOOST_AUTO_TEST_CASE(ways_become_usual) {
  int calls = 0;
  const auto f = [&](const std::vector<Value>& x) {
    ++calls;
    return Value(static_cast<double>(lround(x[0])) * x[0]);
  };
  const Program program = Program::record(f, Numbers{0});
  Numbers xs(400), ys(400);
  for (std::size_t i = 0; i < xs.size(); ++i) xs[i] = static_cast<double>(i);
  program.values(xs, ys);
  BOOST_TEST(calls >= 400);
  std::ranges::fill(xs, 500.25);
  for (int i = 0; i < 3; ++i) program.values(xs, ys);
  calls = 0;
  program.values(xs, ys);
  BOOST_TEST(calls == 0);
  BOOST_TEST(ys[7] == 500 * 500.25);
}

BOOST_AUTO_TEST_CASE(rows_alone_have_all_derivatives) {
  const auto f = [](const std::vector<Value>& x) {
    const auto whole = static_cast<double>(lround(x[0]));
    return std::vector<Value>{whole * x[1], x[0] * x[1].detach(), 3.0};
  };
  const Program program = Program::record(f, Numbers{0, 1});
  constexpr std::size_t kRows = 300;
  Numbers xs, ys(3 * kRows), jacobians(6 * kRows), values(3 * kRows);
  for (std::size_t row = 0; row < kRows; ++row) {
    xs.push_back(static_cast<double>(row) + 0.25);
    xs.push_back(1 + 0.01 * static_cast<double>(row));
  }
  program.values_and_jacobians(xs, ys, jacobians);
  program.values(xs, values);
  BOOST_TEST(same_bits(ys, values));
  for (std::size_t row = 0; row < kRows; ++row) {
    const double whole = static_cast<double>(row), x0 = xs[2 * row], x1 = xs[2 * row + 1];
    const Numbers expected{whole * x1, x0 * x1, 3}, slopes{0, whole, x1, 0, 0, 0};
    for (std::size_t k = 0; k < 3; ++k) BOOST_TEST(ys[3 * row + k] == expected[k]);
    for (std::size_t k = 0; k < 6; ++k) BOOST_TEST(jacobians[6 * row + k] == slopes[k]);
  }
  int calls = 0;
  const auto uneven = [&](const std::vector<Value>& x) {
    ++calls;
    return std::vector<Value>(x[0] > 2.0 ? 2 : 1, x[0]);
  };
  const Program two = Program::record(uneven, Numbers{1});
  Numbers y(3);
  refused<ShapeError>(
      [&] {
        two.values(Numbers{1, 3, 4}, y);
        return 0;
      },
      "[Program] the function gives 2 results in row 1, need 1 as when it was recorded");
}

// Each row goes a way of its own, so most are done by themselves; in lanes there is one way.
BOOST_AUTO_TEST_CASE(rows_alone_have_hessian_products) {
  constexpr std::size_t kRows = 60;
  std::size_t ops = 0;
  for (const OpEntry* op : all_ops()) {
    if (op->lanes == nullptr || op->scalar == nullptr) continue;
    ++ops;
    const auto inputs = static_cast<std::size_t>(op->arity);
    const auto in_lanes = [op](const std::vector<Value>& x) { return op->scalar(x, {}); };
    const auto alone = [op, inputs](const std::vector<Value>& x) {
      const long way = lround(x[inputs]);
      const Value twice = op->scalar(std::span(x).first(inputs), {}) * 2.0;
      return way < 0 ? x[inputs] : 0.5 * twice + x[inputs].detach() * 0.0;
    };
    const Numbers xs = points_for(*op, kRows), directions = directions_for(xs.size());
    Numbers rows, along, expected(xs.size()), with_ways(kRows * (inputs + 1)), got;
    for (std::size_t row = 0; row < kRows; ++row) {
      for (std::size_t k = 0; k < inputs; ++k) {
        rows.push_back(xs[row * inputs + k]);
        along.push_back(directions[row * inputs + k]);
      }
      rows.push_back(static_cast<double>(row));
      along.push_back(3);
    }
    Program::record(in_lanes, std::span(xs).first(inputs))
        .hessian_vector_products(xs, directions, expected);
    Program::record(alone, std::span(rows).first(inputs + 1))
        .hessian_vector_products(rows, along, with_ways);
    for (std::size_t i = 0; i < with_ways.size(); ++i) {
      if (i % (inputs + 1) < inputs) {
        got.push_back(with_ways[i]);
      } else {
        BOOST_TEST(with_ways[i] == 0.0);
      }
    }
    compare(got, expected, 1e-13, std::string(op->info->name));
  }
  BOOST_TEST(ops > 50);
}

BOOST_AUTO_TEST_CASE(rows_alone_have_hessian_products_of_whole_functions) {
  const auto f = [](const auto& x) {
    using std::floor;
    auto y = smooth(x);
    for (double way = 1; way < 1'000; way *= 2)  // the digits of x[3]
      if (floor(x[3] / way) - 2.0 * floor(x[3] / (2.0 * way)) > 0.5) y = y + 0.01 * way * y * x[0];
    return y;
  };
  Numbers xs = random_rows(4 * 900);
  for (std::size_t row = 0; row < 900; ++row) xs[4 * row + 3] = static_cast<double>(row);
  check_against_tape(f, xs, 4, "900 ways");
  for (std::size_t row = 0; row < 900; ++row)
    xs[4 * row + 3] = static_cast<double>(row * row % 101);
  check_against_tape(f, xs, 4, "51 ways, each often");
  const auto constant = [](const std::vector<Value>& x) {
    return Value(static_cast<double>(lround(x[0])));
  };
  Numbers numbers(100), products(100, 7.0);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<double>(i);
  Program::record(constant, Numbers{0}).hessian_vector_products(numbers, numbers, products);
  BOOST_TEST(same_bits(products, Numbers(100, 0.0)));
}

// What the function did is right, also where a schedule of its own way would leave it.
BOOST_AUTO_TEST_CASE(hessian_products_of_rows_that_leave_their_own_way) {
  const auto f = [](const std::vector<Value>& x) {
    const auto way = static_cast<double>(lround(x[1]));
    const Value y = x[0] * x[0] * (way + 1);
    return record(Fickle{}, x[0]) < 1000.5 ? 2.0 * y : 3.0 * y;
  };
  const Program program = Program::record(f, Numbers{1, 0}, {.own_ops = {&entry_of<Fickle>()}});
  constexpr std::size_t kRows = 1'000;
  Numbers xs, directions, products(2 * kRows);
  for (std::size_t row = 0; row < kRows; ++row) {
    xs.insert(xs.end(), {row % 3 == 0 ? 1000.0 : 10.0, static_cast<double>(row % 90)});
    directions.insert(directions.end(), {0.5, 7});
  }
  for (int times = 0; times < 3; ++times) {
    program.hessian_vector_products(xs, directions, products);
    for (std::size_t row = 0; row < kRows; ++row) {
      BOOST_TEST(products[2 * row] == 2 * (static_cast<double>(row % 90) + 1));
      BOOST_TEST(products[2 * row + 1] == 0.0);
    }
  }
}

BOOST_AUTO_TEST_CASE(loops_may_last_as_long_as_a_value_says) {
  const auto root = [](const auto& x) {
    using T = std::decay_t<decltype(x[0])>;
    T y = 1.0;
    for (T step = 1.0; step > 1e-9 || step < -1e-9;) {
      step = (y * y - x[0]) / (2.0 * y);
      y = y - step;
    }
    return T(y * x[1]);
  };
  Numbers xs = random_rows(2 * 100);
  for (std::size_t i = 0; i < xs.size(); i += 2) xs[i] = 1.0 + xs[i] * xs[i] * 10;
  check_against_tape(root, xs, 2, "Newton");
}

BOOST_AUTO_TEST_CASE(all_comparisons_are_guarded) {
  const auto f = [](const auto& x) {
    using T = std::decay_t<decltype(x[0])>;
    const T& a = x[0];
    T y = a * x[1];
    if (a == 1.0) y = y + 1.0 * a;
    if (a != x[1]) y = y + 2.0 * a;
    if (a < 0.0) y = y + 4.0 * a;
    if (0.5 <= a) y = y + 8.0 * a;
    if (a > x[1] * 2.0) y = y + 16.0 * a;
    if (a >= 2) y = y + 32.0 * a;
    if (isnan(a)) y = x[1];
    if (isinf(a * x[1])) y = y + 64.0 * x[1];
    if (!isfinite(a)) y = 128.0 * x[1];
    if (signbit(a)) y = y + 256.0 * a;
    if (!isnormal(a)) y = y + 512.0 * x[1];
    if (fpclassify(a) == FP_SUBNORMAL) y = y + 1024.0 * x[1];
    if (isunordered(a, x[1])) y = y + 2048.0 * x[1];
    return y;
  };
  Numbers xs;
  for (const double a :
       {0.25, 1.0, -1.0, 0.0, -0.0, 3.0, 2.0, 0.5, kInf, -kInf, kNan, 1e300, 1e-310, -1e-310})
    for (const double b : {0.25, 1.0, -1.0, 0.1, 1e300}) {
      xs.push_back(a);
      xs.push_back(b);
    }
  check_against_tape(f, xs, 2, "comparisons");
}

BOOST_AUTO_TEST_CASE(comparisons_of_numbers_alone_and_outside_are_not_guarded) {
  const auto f = [](const std::vector<Value>& x) {
    Value limit = 2.0;
    if (limit > 1.0) limit = limit + 1.0;
    return Value(x[0] * limit);
  };
  BOOST_TEST(Program::record(f, Numbers{1}).guards() == 0);
  const auto throws = [](const std::vector<Value>&) -> Value { throw DomainError("on purpose"); };
  BOOST_CHECK_THROW(static_cast<void>(Program::record(throws, Numbers{1})), DomainError);
  const Value x = variable(1.0);
  BOOST_TEST((x > 0.5 && !(x > 1.5)));  // nobody is told: the log is gone
}

BOOST_AUTO_TEST_CASE(functions_of_lists_are_guarded) {
  int count = 0;
  for (const OpEntry* op : all_ops()) {
    if (op->lanes != nullptr || op->scalar == nullptr) continue;
    ++count;
    check_all_ways([op](const std::vector<Value>& x) { return op->scalar(x, {}); }, kLists,
                   std::string(op->info->name));
  }
  BOOST_TEST(count >= 9);
  for (const double order : {0.0, 0.5, 1.0, 3.0, kInf, -kInf})
    check_all_ways([&](const std::vector<Value>& x) { return norm(x, order); }, kLists,
                   "norm " + std::to_string(order));
  for (const std::size_t i : {0u, 2u}) {
    check_all_ways([&](const std::vector<Value>& x) { return softmax(x)[i]; }, kLists, "softmax");
    check_all_ways([&](const std::vector<Value>& x) { return log_softmax(x)[i]; }, kLists,
                   "log_softmax");
    check_all_ways([&](const std::vector<Value>& x) { return softmax_cross_entropy(x, i); }, kLists,
                   "cross entropy from a label");
  }
  const Numbers targets{0.25, 0, 0.75};
  check_all_ways([&](const std::vector<Value>& x) { return softmax_cross_entropy(x, targets); },
                 kLists, "cross entropy from probabilities");
}

BOOST_AUTO_TEST_CASE(no_gradient_goes_through_what_is_held_but_its_number_follows) {
  const auto f = [](const std::vector<Value>& x) { return Value(stop_gradient(x[0]) * x[0]); };
  const Program program = Program::record(f, Numbers{3});
  const std::string path = path_of("held");
  program.save(path);
  for (const Program& each : {program, Program::load(path)}) {
    Numbers ys(2), gradients(2), products(2);
    each.values_and_gradients(Numbers{3, 4}, ys, gradients);
    each.hessian_vector_products(Numbers{3, 4}, Numbers{1, 1}, products);
    BOOST_TEST(ys == (Numbers{9, 16}), boost::test_tools::per_element());
    BOOST_TEST(gradients == (Numbers{3, 4}), boost::test_tools::per_element());
  }
  const auto on_tape = value_and_gradient(f, Numbers{4});
  BOOST_TEST(on_tape.value == 16.0);
  BOOST_TEST(on_tape.gradient[0] == 4.0);
  BOOST_TEST(stop_gradient(2.5) == 2.5);
}

// Not even an infinite gradient.
BOOST_AUTO_TEST_CASE(nothing_that_arrives_goes_through_what_is_held) {
  using Function = Value (*)(const std::vector<Value>&);
  static constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const Function f : {Function([](const std::vector<Value>& x) {
                             return Value(x[0] + log(stop_gradient(x[0])));
                           }),
                           Function([](const std::vector<Value>& x) {
                             return Value(x[0] + stop_gradient(x[0]) * kInfinity);
                           })}) {
    BOOST_TEST(value_and_gradient(f, Numbers{0}).gradient[0] == 1.0);
    Numbers ys(1), gradients(1);
    Program::record(f, Numbers{0}).values_and_gradients(Numbers{0}, ys, gradients);
    BOOST_TEST(gradients[0] == 1.0);
  }
  const Dual<double> x(0.0, kInfinity);
  BOOST_TEST(stop_gradient(x).tangent() == 0.0);
}

// As stop_gradient: the number follows each evaluation, no derivative goes through it.
BOOST_AUTO_TEST_CASE(what_is_detached_or_computed_in_a_no_grad_follows) {
  const auto in_no_grad = [](const std::vector<Value>& x) {
    const NoGrad no_grad;
    const Value square = x[0] * x[0];
    const NoGrad again;
    return Value(square + 1.0);
  };
  const auto check = [&](const auto& f) {
    const Numbers xs{3, 4, -0.5, 100};
    Numbers ys(4), gradients(4);
    Program::record(f, Numbers{3}).values_and_gradients(xs, ys, gradients);
    for (std::size_t i = 0; i < 4; ++i) {
      const auto expected = value_and_gradient(f, Numbers{xs[i]});
      BOOST_TEST(ys[i] == expected.value);
      BOOST_TEST(gradients[i] == expected.gradient[0]);
    }
  };
  check([](const std::vector<Value>& x) { return Value(x[0].detach() * x[0]); });
  check([](const std::vector<Value>& x) { return x[0].detach(); });
  check([](const std::vector<Value>& x) {
    return Value(x[0].detach() > 3.5 ? Value(2.0 * x[0]) : Value(-x[0]));
  });
  check([](const std::vector<Value>& x) {
    return Value(Value(x[0] * x[0]).detach() > 3.0 ? Value(2.0 * x[0]) : Value(-x[0]));
  });
  check([&](const std::vector<Value>& x) { return Value(in_no_grad(x) * x[0]); });
  check([&](const std::vector<Value>& x) {
    return Value(in_no_grad(x) > 12.0 ? Value(2.0 * x[0]) : Value(-x[0]));
  });
  const Value x = variable(2.0);
  BOOST_TEST(!x.detach().has_history());  // where nothing is recorded for a Program
}

BOOST_AUTO_TEST_CASE(integers_near_a_number_are_guarded) {
  const auto check = [](const auto& integer_of, const std::string& what) {
    const auto f = [&](const std::vector<Value>& x) {
      return Value(static_cast<double>(integer_of(x[0], x[1])) * x[0]);
    };
    std::vector<Numbers> rows;
    for (const double a : {0.25,
                           -0.25,
                           0.5,
                           -0.5,
                           0.75,
                           1.25,
                           1.5,
                           2.5,
                           3.5,
                           -1.5,
                           -2.5,
                           7.0,
                           8.0,
                           1e-310,
                           -1e-310,
                           0.0,
                           1e15,
                           4503599627370497.5,
                           9007199254740993.0,
                           1e18})
      for (const double b : {1.0, -0.75}) rows.push_back({a, b});
    rows.push_back({std::nextafter(0.5, 0.0), 1.0});
    rows.push_back({std::nextafter(-1.5, 0.0), 1.0});
    rows.push_back({std::nextafter(8.0, 0.0), 1.0});
    check_all_ways(f, rows, what);
  };
  check([](const Value& a, const Value&) { return lround(a); }, "lround");
  check([](const Value& a, const Value&) { return llround(a); }, "llround");
  check([](const Value& a, const Value&) { return lrint(a); }, "lrint");
  check([](const Value& a, const Value&) { return llrint(a); }, "llrint");
  check([](const Value& a, const Value&) { return a == 0.0 ? 0 : ilogb(a); }, "ilogb");
  check([](const Value& a, const Value& b) { return lround(a * b + 0.125); }, "of an expression");
  check(
      [](const Value& a, const Value&) {
        const NoGrad no_grad;
        return lround(a.detach() * 2.0);
      },
      "of what has no gradient");
  check([](const Value& a, const Value&) { return lround(Dual<Value>(a, Value(1.0))); }, "nested");
  check(
      [](const Value& a, const Value&) {
        int exponent = 0;
        static_cast<void>(frexp(a, &exponent));
        return exponent;
      },
      "frexp");
  check(
      [](const Value& a, const Value& b) {
        int quotient = 0;
        static_cast<void>(remquo(a, b, &quotient));
        return quotient % 8;
      },
      "remquo");
  check(
      [](const Value& a, const Value&) {
        int quotient = 0;
        static_cast<void>(remquo(a, 0.75, &quotient));
        return quotient % 8;
      },
      "remquo by a number");
}

BOOST_AUTO_TEST_CASE(evaluations_with_the_same_integers_share_a_recording) {
  int calls = 0;
  const auto f = [&](const std::vector<Value>& x) {
    ++calls;
    return Value(static_cast<double>(lround(x[0]) + ilogb(x[0])) * x[0]);
  };
  const Program program = Program::record(f, Numbers{2});
  Numbers xs, ys(900);
  for (int i = 0; i < 900; ++i) xs.push_back(1.6 + 0.001 * i);  // up to 2.5: 2 from ilogb
  program.values(xs, ys);
  BOOST_TEST(calls == 2);
  program.values(Numbers{1e300, -3, kInf, kNan, 2}, std::span(ys).first(5));
  BOOST_TEST(ys[4] == 6.0);
}

BOOST_AUTO_TEST_CASE(a_variable_that_the_function_makes_is_a_number) {
  const auto f = [](const std::vector<Value>& x) {
    const Value ten = variable(10.0);
    return std::vector<Value>{x[0] * ten, ten};
  };
  Numbers ys(4);
  Program::record(f, Numbers{3}).values(Numbers{3, 4}, ys);
  BOOST_TEST(ys == (Numbers{30, 10, 40, 10}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(derivatives_taken_inside_may_be_recorded) {
  const auto f = [](const std::vector<Value>& x) {
    const auto cubes = [](const auto& y) {
      return Value(0.0) + y[0] * y[0] * y[0] * y[1] + sin(y[1]);
    };
    return detail::differentiate(cubes, std::span<const Value>(x)).second;
  };
  Numbers ys(4);
  Program::record(f, Numbers{2, 1}).values(Numbers{2, 1, -1, 3}, ys);
  for (const std::size_t row : {0u, 1u}) {
    const double a = row == 0 ? 2 : -1, b = row == 0 ? 1 : 3;
    BOOST_TEST(is_near(ys[2 * row], 3 * a * a * b, 1e-14));
    BOOST_TEST(is_near(ys[2 * row + 1], a * a * a + std::cos(b), 1e-14));
  }
}

BOOST_AUTO_TEST_CASE(questions_about_nested_numbers_are_guarded) {
  const auto check = [](const auto& asks, const Numbers& at) {
    const auto f = [&](const std::vector<Value>& x) {
      const Dual<Value> d(x[0], Value(1.0));
      return asks(d) ? Value(2.0 * d.value()) : Value(3.0 + d.value());
    };
    Numbers ys(2), expected;
    for (const double x : at) expected.push_back(f({Value(x)}).value());
    Program::record(f, Numbers{at[0]}).values(at, ys);
    compare(ys, expected, 0, "nested");
  };
  check([](const auto& d) { return signbit(d); }, {3, -3});
  check([](const auto& d) { return isnan(d); }, {3, kNan});
  check([](const auto& d) { return isinf(d); }, {3, kInf});
  check([](const auto& d) { return isfinite(d); }, {3, -kInf});
}

BOOST_AUTO_TEST_CASE(comparisons_are_guarded_where_nothing_is_recorded) {
  const auto f = [](const std::vector<Value>& x) {
    bool is_above = false;
    {
      const NoGrad no_grad;
      is_above = x[0] * 2.0 > 1.0;
    }
    return Value(is_above ? 2.0 * x[0] : 3.0 * x[0]);
  };
  Numbers ys(2);
  Program::record(f, Numbers{3}).values(Numbers{3, 0.1}, ys);
  BOOST_TEST(ys[0] == 6.0);
  BOOST_TEST(is_near(ys[1], 0.3, 1e-15));
}

BOOST_AUTO_TEST_CASE(comparisons_that_cannot_be_seen_are_refused) {
  const auto f = [](const std::vector<Value>& x) {
    const Tape inner;
    return Value(x[0] * 2.0 > 1.0 ? 2.0 : 3.0);
  };
  constexpr const char* kUnseen =
      "[Program] a Value of the function that is recorded is used while an inner Tape is active, "
      "where "
      "it counts as a number, and the Program would not follow it; compute with it before that "
      "Tape";
  refused<GraphError>([&] { return Program::record(f, Numbers{3}); }, kUnseen);
  const auto detached = [](const std::vector<Value>& x) {
    const Tape inner;
    return Value(x[0].detach());
  };
  refused<GraphError>([&] { return Program::record(detached, Numbers{3}); }, kUnseen);
  const auto computed = [](const std::vector<Value>& x) {
    const Tape inner;
    return Value(variable(2.0) * x[0]);
  };
  refused<GraphError>([&] { return Program::record(computed, Numbers{3}); }, kUnseen);
  // Values of a tape outside are numbers.
  const Value outside = variable(2.0);
  const auto g = [&](const std::vector<Value>& x) {
    return Value(outside * 2.0 > 1.0 ? 2.0 * x[0] : x[0]);
  };
  BOOST_TEST(Program::record(g, Numbers{3}).guards() == 0);
}

BOOST_AUTO_TEST_CASE(comparisons_are_guarded_where_an_inner_tape_is_active) {
  const auto f = [](const std::vector<Value>& x) {
    bool is_above = false;
    {
      const Tape inner;
      is_above = x[0] > 1.0;
    }
    return Value(is_above ? 2.0 * x[0] : 3.0 * x[0]);
  };
  Numbers ys(2);
  Program::record(f, Numbers{2}).values(Numbers{2, 0.5}, ys);
  BOOST_TEST(ys[0] == 4.0);
  BOOST_TEST(ys[1] == 1.5);
}

BOOST_AUTO_TEST_CASE(a_file_holds_the_operations_line_by_line) {
  const auto f = [](const std::vector<Value>& x) {
    return std::vector<Value>{clamp(x[0] * x[1], -1, 2.5), x[0] > x[1] ? x[0] : x[1]};
  };
  const Program program = Program::record(f, Numbers{2, 1});
  const std::string path = path_of("lines");
  program.save(path);
  BOOST_TEST(read_file(path) ==
             "nabla program 1\ninput\ninput\nmul 0 1\nclamp 2 with -1 2.5\n"
             "guard less 1 0 true\noutput 3\noutput 0\nend\n");
  const Program loaded = Program::load(path);
  BOOST_TEST(loaded.summary() == program.summary());
  const Numbers xs{2, 1, 3, -1};
  Numbers ys(4), loaded_ys(4), jacobians(8), loaded_jacobians(8);
  program.values_and_jacobians(xs, ys, jacobians);
  loaded.values_and_jacobians(xs, loaded_ys, loaded_jacobians);
  BOOST_TEST(same_bits(ys, loaded_ys));
  BOOST_TEST(same_bits(jacobians, loaded_jacobians));
}

BOOST_AUTO_TEST_CASE(a_loaded_program_says_which_evaluations_leave_its_way) {
  const std::string path = path_of("leaving");
  Program::record(branching, Numbers{1, 0.5, -1}).save(path);
  const Numbers xs{1, 0.5, -1, 1, 1, 1, 2, 3, -4};
  Numbers ys(3), expected(3);
  refused<DomainError>(
      [&] {
        Program::load(path).values(xs, ys);
        return 0;
      },
      "[Program::values] 1 of 3 evaluations leave the recorded way, the first is row 1: a "
      "comparison "
      "ends otherwise there; load the program with its function");
  refused<DomainError>(
      [&] {
        Program::load(path).values(std::span(xs).subspan(3, 3), std::span(ys).first(1));
        return 0;
      },
      "[Program::values] 1 of 1 evaluations leave the recorded way, the first is row 0: a "
      "comparison ends otherwise there; load the program with its function");
  Program::load(path, branching).values(xs, ys);
  Program::record(branching, Numbers{1, 1, 1}).values(xs, expected);
  BOOST_TEST(same_bits(ys, expected));
}

BOOST_AUTO_TEST_CASE(numbers_read_back_the_same) {
  const Numbers constants{0.1, -0.0, 5e-324, 1.7976931348623157e308, kInf, -kInf, 1.0 / 3};
  const auto f = [&](const std::vector<Value>& x) {
    std::vector<Value> ys;
    for (const double c : constants) ys.push_back(x[0] * c);
    return ys;
  };
  const std::string path = path_of("numbers");
  const Program program = Program::record(f, Numbers{1});
  program.save(path);
  Numbers ys(constants.size());
  Program::load(path).values(Numbers{1}, ys);
  BOOST_TEST(same_bits(ys, constants));
}

BOOST_AUTO_TEST_CASE(files_that_are_no_programs_are_refused) {
  const std::string path = path_of("broken");
  const auto says = [&](const std::string& text, const std::string& error) {
    write_file(path, text);
    refused<FormatError>([&] { return Program::load(path); },
                         "[Program::load] broken.nabla, line " + error);
  };
  const std::string start = "nabla program 1\ninput\ninput\n";
  says("", "1: got \"\", need a whole line; is the file cut short?");
  says("hello\n", "1: got \"hello\", need a file that Program::save wrote");
  says("nabla program 2\n", "1: got \"nabla program 2\", need version 1");
  says("nabla program 1\noutput 0\nend\n", "2: got \"output 0\", need an input first");
  says(start + "end\n", "4: got \"end\", need an output");
  says(start + "output 0\n", "5: got \"\", need a whole line; is the file cut short?");
  says(start + "output 2\nend\n", "4: got \"output 2\", need a node that stands above, of 2");
  says(start + "mul 0 2\n", "4: got \"mul 0 2\", need a node that stands above, of 2");
  says(start + "mul 0 -1\n", "4: got \"mul 0 -1\", need the number of a node");
  says(start + "mul 0\n", "4: got \"mul 0\", need 3 words");
  says(start + "matmul 0 1\n",
       "4: got \"matmul 0 1\", need an elementwise op of the registry or of the options");
  says(start + "clamp 0 with 1 x\n", "4: got \"clamp 0 with 1 x\", need a number of float64");
  says(start + "clamp 0 by 1 2\n", "4: got \"clamp 0 by 1 2\", need \"with\" before parameters");
  says(start + "legendre 0 with 1e9\n",
       "4: got \"legendre 0 with 1e9\", n is 1000000000, need a whole number from 0 to 1000000");
  says(start + "guard near 0 1 true\n",
       "4: got \"guard near 0 1 true\", need a relation: equal, less, less_equal, sign");
  const std::string constants = start + "constant 1\nconstant 2\n";
  says(constants + "guard less 2 3 false\n",
       "6: got \"guard less 2 3 false\", need a comparison of constants to end as it does");
  says(constants + "guard sign 2 2 true\n",
       "6: got \"guard sign 2 2 true\", need a comparison of constants to end as it does");
  says(start + "guard less 0 1 maybe\n", "4: got \"guard less 0 1 maybe\", need true or false");
  says(start + "constant one\n", "4: got \"constant one\", need a number of float64");
  says(start + "output 0\nend\nmore\n", "5: got \"end\", need nothing behind the end");
  BOOST_CHECK_THROW(static_cast<void>(Program::load("no/such/file")), IoError);
  BOOST_CHECK_THROW(static_cast<void>(Program::load(".")), IoError);
  refused<FormatError>([&] { return Program::load("/dev/zero"); },
                       "[Program::load] /dev/zero: got more than 256 MiB, which no program takes");
}

BOOST_AUTO_TEST_CASE(comparisons_of_constants_in_a_file_are_checked) {
  const std::string path = path_of("constants");
  const std::string start = "nabla program 1\ninput\nconstant 1\nsin 1\n";
  Numbers y(1);
  write_file(path, start + "guard less 2 1 true\nguard less_equal 1 1 true\noutput 0\nend\n");
  Program::load(path).values(Numbers{3}, y);
  BOOST_TEST(y[0] == 3.0);
  write_file(path, start + "guard less 2 1 false\noutput 0\nend\n");
  BOOST_CHECK_THROW(Program::load(path).values(Numbers{3}, y), DomainError);
}

BOOST_AUTO_TEST_CASE(whatever_a_file_says_it_is_read_or_refused) {
  const std::string path = path_of("fuzz");
  Program::record(branching, Numbers{1, 0.5, -1}).save(path);
  Program::record(
      [](const std::vector<Value>& x) {
        return Value(clamp(legendre(3, x[0]), -1, 1) * fma(x[0], x[1], 2.0) + pow(x[1], x[0]));
      },
      Numbers{0.5, 1})
      .save(path + "2");
  const std::vector<std::string> texts{read_file(path), read_file(path + "2")};
  constexpr unsigned kSeed = 20261128;
  BOOST_TEST_MESSAGE("seed " << kSeed);
  Random random(kSeed);
  const auto below = [&](std::size_t n) {
    return static_cast<std::size_t>(random.uniform() * static_cast<double>(n));
  };
  const std::string letters = "0123456789 .-e\ninputmlgadroclewh";
  int loaded = 0, refusals = 0;
  for (int i = 0; i < 4000; ++i) {
    std::string text = texts[below(texts.size())];
    for (std::size_t changes = 1 + below(3); changes-- > 0 && !text.empty();) {
      const std::size_t at = below(text.size());
      switch (below(4)) {
        case 0:
          text[at] = letters[below(letters.size())];
          break;
        case 1:
          text.erase(at, 1 + below(4));
          break;
        case 2:
          text.insert(at, 1, letters[below(letters.size())]);
          break;
        default:
          text.resize(below(10) == 0 ? at : text.size());
      }
    }
    write_file(path, text);
    try {
      const Program program = Program::load(path);
      ++loaded;
      const Numbers xs = random_rows(5 * program.inputs());
      Numbers ys(5 * program.outputs()), jacobians(xs.size() * program.outputs());
      program.values_and_jacobians(xs, ys, jacobians);
    } catch (const FormatError&) {
      ++refusals;
    } catch (const DomainError&) {
    }
  }
  BOOST_TEST(loaded > 100);
  BOOST_TEST(refusals > 100);
}

BOOST_AUTO_TEST_CASE(own_ops_are_named_among_the_options) {
  const auto f = [](const std::vector<Value>& x) { return Value(record(Twice{}, x[0]) * x[0]); };
  refused<GraphError>(
      [&] { return Program::record(f, Numbers{1}); },
      "[Program] got the op twice, need one of the registry, or its entry among the options, made "
      "of nothing but its parameters; own_ops = {&entry_of<Op>()}?");
  const ProgramOptions options{.own_ops = {&entry_of<Twice>()}};
  const Program program = Program::record(f, Numbers{1}, options);
  const std::string path = path_of("own");
  program.save(path);
  constexpr const char* kLine = "twice 0 gives -2.5 2 1.25 2 3.5 2 -0.75 2";
  BOOST_TEST(read_file(path) ==
             std::string("nabla program 1\ninput\n") + kLine + "\nmul 1 0\noutput 2\nend\n");
  const Program loaded = Program::load(path, options);
  BOOST_CHECK_THROW(static_cast<void>(Program::load(path)), FormatError);
  refused<FormatError>([&] { return Program::load(path, {.own_ops = {&entry_of<Thrice>()}}); },
                       "[Program::load] " + path + ", line 3: got \"" + kLine +
                           "\", need the op as it was when the program was saved: this one gives "
                           "other numbers");
  Numbers ys(1), gradients(1), products(1);
  loaded.values_and_gradients(Numbers{3}, ys, gradients);
  loaded.hessian_vector_products(Numbers{3}, Numbers{0.5}, products);
  BOOST_TEST(ys[0] == 18.0);
  BOOST_TEST(gradients[0] == 12.0);
  BOOST_TEST(products[0] == 2.0);
}

BOOST_AUTO_TEST_CASE(own_ops_that_cannot_be_made_again_are_refused) {
  const auto scaled = [](const std::vector<Value>& x) {
    Scale scale;
    scale.k = 5;
    return Value(record(scale, x[0]));
  };
  refused<GraphError>(
      [&] { return Program::record(scaled, Numbers{1}, {.own_ops = {&entry_of<Scale>()}}); },
      "[Program] got the op scale, need one of the registry, or its entry among the options, made "
      "of nothing but its parameters; own_ops = {&entry_of<Op>()}?");
  const auto on_line = [](const std::vector<Value>& x) {
    return Value(record(Line::with(1, 2), x[0]));
  };
  refused<GraphError>(
      [&] { return Program::record(on_line, Numbers{1}, {.own_ops = {&entry_of<Line>()}}); },
      "[Program] the op line is made otherwise of the parameters it has, need `with` to set the "
      "first data members, in the order of `parameters`");
  refused<GraphError>(
      [&] {
        return Program::record(smooth, Numbers{1, 2, 3}, {.own_ops = {nullptr}});
      },
      "[Program] own_ops[0] is null");
}

BOOST_AUTO_TEST_CASE(own_ops_whose_names_would_not_be_read_again_are_not_saved) {
  const auto says = [](const auto& op, const std::string& name) {
    using Op = std::decay_t<decltype(op)>;
    const Program program =
        Program::record([&](const std::vector<Value>& x) { return Value(record(op, x[0])); },
                        Numbers{1}, {.own_ops = {&entry_of<Op>()}});
    refused<FormatError>(
        [&] {
          program.save(path_of("names"));
          return 0;
        },
        "[Program::save] got an op of the name \"" + name +
            "\", need one word that is none of input, constant, guard, output, end");
  };
  says(TwoWords{}, "my op");
  says(Output{}, "output");
}

BOOST_AUTO_TEST_CASE(results_over_what_is_read_are_refused) {
  const Program swap = Program::record(
      [](const std::vector<Value>& x) {
        return std::vector<Value>{x[1], x[0]};
      },
      Numbers{1, 2});
  const Program product = Program::record(
      [](const std::vector<Value>& x) { return Value(x[0] * x[1]); }, Numbers{1, 2});
  Numbers many(12);
  const std::span<double> all(many);
  const auto says = [](const auto& f, const std::string& text) {
    refused<DomainError>(
        [&] {
          f();
          return 0;
        },
        "[Program::" + text + " share memory, need arrays of their own");
  };
  says([&] { swap.values(all, all); }, "values] ys and xs");
  says([&] { swap.values(all.first(4), all.subspan(3, 4)); }, "values] ys and xs");
  says([&] { product.values_and_gradients(all.first(4), all.subspan(4, 2), all.subspan(3, 4)); },
       "values_and_gradients] gradients and xs");
  says([&] { product.values_and_gradients(all.first(4), all.subspan(5, 2), all.subspan(6, 4)); },
       "values_and_gradients] gradients and ys");
  says([&] { product.values_and_gradients(all.first(4), all.subspan(3, 2), all.subspan(6, 4)); },
       "values_and_gradients] ys and xs");
  says([&] { product.hessian_vector_products(all.first(4), all.subspan(4, 4), all.subspan(4, 4)); },
       "hessian_vector_products] products and directions");
  says([&] { product.hessian_vector_products(all.first(4), all.subspan(4, 4), all.first(4)); },
       "hessian_vector_products] products and xs");
  swap.values(all.first(4), all.subspan(4, 4));  // beside each other
}

BOOST_AUTO_TEST_CASE(what_cannot_be_evaluated_is_refused) {
  const auto through_tensors = [](const std::vector<Value>& x) {
    return element(stack(std::span<const Value>(x)) * 2.0, {0});
  };
  BOOST_CHECK_THROW(static_cast<void>(Program::record(through_tensors, Numbers{1, 2})), GraphError);
  refused<DomainError>([&] { return Program::record(smooth, Numbers{}); },
                       "[Program::record] got no arguments, need one at least");
  refused<DomainError>(
      [&] { return Program::record([](const auto&) { return std::vector<Value>(); }, Numbers{1}); },
      "[Program::record] got a function without results, need one at least");
  const Program program = Program::record(smooth, Numbers{1, 2, 3});
  Numbers three(3), two(2), one(1);
  const auto call = [](const auto& f) {
    return [f] {
      f();
      return 0;
    };
  };
  refused<ShapeError>(call([&] { program.values(two, one); }),
                      "[Program::values] xs: got 2 numbers, need rows of 3 inputs");
  refused<ShapeError>(call([&] { program.values(three, two); }),
                      "[Program::values] ys: got 2 numbers, need 1 x 1 for 1 row");
  refused<ShapeError>(
      call([&] { program.values_and_gradients(three, one, two); }),
      "[Program::values_and_gradients] gradients: got 2 numbers, need 1 x 3 for 1 row");
  refused<ShapeError>(
      call([&] { program.hessian_vector_products(three, one, three); }),
      "[Program::hessian_vector_products] directions: got 1 number, need 1 x 3 for 1 row");
  const Program both = Program::record([](const std::vector<Value>& x) { return x; }, two);
  refused<ShapeError>(call([&] { both.values_and_gradients(two, two, two); }),
                      "[Program::values_and_gradients] got a program of 2 results, need one; "
                      "values_and_jacobians?");
}

BOOST_AUTO_TEST_SUITE_END()
