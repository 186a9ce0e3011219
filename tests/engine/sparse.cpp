// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/bridge.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/functional.hpp>
#include <nabla/engine/sparse.hpp>
#include <nabla/ops/ops.hpp>

#include "bench/scalar/sparse_results.hpp"

#ifdef NABLA_HAS_COLPACK
#include "engine/colpack.hpp"
#endif

using namespace nabla;

namespace {

constexpr double kRounding = 1e-13;

/// Rows of these columns.
SparsityPattern pattern_of_rows(const std::vector<std::vector<std::uint32_t>>& rows,
                                std::size_t columns) {
  SparsityPattern pattern{rows.size(), columns, {0}, {}};
  for (const auto& row : rows) {
    pattern.columns.insert(pattern.columns.end(), row.begin(), row.end());
    pattern.starts.push_back(pattern.columns.size());
  }
  return pattern;
}

std::vector<std::vector<std::uint32_t>> random_rows(std::size_t rows, std::size_t columns,
                                                    double density, std::mt19937& random) {
  std::bernoulli_distribution is_there(density);
  std::vector<std::vector<std::uint32_t>> result(rows);
  for (auto& row : result)
    for (std::uint32_t j = 0; j < columns; ++j)
      if (is_there(random)) row.push_back(j);
  return result;
}

std::vector<double> random_point(std::size_t n, std::mt19937& random) {
  std::uniform_real_distribution<double> number(-1.5, 1.5);
  std::vector<double> at(n);
  for (double& x : at) x = number(random);
  return at;
}

/// Result i depends, not linearly, on the arguments of row i.
struct RowsFunction {
  std::vector<std::vector<std::uint32_t>> rows;
  template <class T>
  std::vector<T> operator()(const std::vector<T>& x) const {
    std::vector<T> ys;
    for (const auto& row : rows) {
      T y = 0.25;
      for (const std::uint32_t j : row) y = sin(y) * x[j] + exp(0.1 * x[j]) * (j + 1.0);
      ys.push_back(y);
    }
    return ys;
  }
};

/// The sum of a term for each row, which joins the arguments of that row.
struct SumFunction {
  std::vector<std::vector<std::uint32_t>> rows;
  template <class T>
  T operator()(const std::vector<T>& x) const {
    T sum = 0;
    for (const auto& row : rows) {
      T product = 1;
      for (const std::uint32_t j : row) product *= x[j];
      sum += sin(product) + product;
    }
    return sum;
  }
};

/// What SumFunction's Hessian can have.
SparsityPattern joint_pattern(const SumFunction& f, std::size_t n) {
  std::vector<std::vector<std::uint32_t>> rows(n);
  for (const auto& term : f.rows)
    for (const std::uint32_t i : term) rows[i].insert(rows[i].end(), term.begin(), term.end());
  for (auto& row : rows) {
    std::ranges::sort(row);
    row.erase(std::unique(row.begin(), row.end()), row.end());
  }
  return pattern_of_rows(rows, n);
}

void check_near(const Tensor& got, const Tensor& want) {
  BOOST_TEST_REQUIRE((got.shape() == want.shape()));
  const auto a = got.to_vector<double>(), b = want.to_vector<double>();
  for (std::size_t i = 0; i < a.size(); ++i)
    BOOST_TEST(std::abs(a[i] - b[i]) <= kRounding * std::max(1.0, std::abs(b[i])));
}

bool rows_of_a_color_share_nothing(const SparsityPattern& pattern, const Coloring& coloring) {
  std::vector<std::vector<bool>> used(coloring.count, std::vector<bool>(pattern.column_count));
  for (std::size_t i = 0; i < pattern.row_count; ++i) {
    for (const std::uint32_t column : pattern.row(i)) {
      if (used[coloring.colors[i]][column]) return false;
      used[coloring.colors[i]][column] = true;
    }
  }
  return true;
}

bool can_be_read_directly(const SparsityPattern& pattern, const Coloring& coloring) {
  const auto alone = [&](std::size_t i, std::size_t row) {
    return std::ranges::count_if(pattern.row(row), [&](std::uint32_t j) {
             return coloring.colors[j] == coloring.colors[i];
           }) == 1;
  };
  for (std::size_t i = 0; i < pattern.row_count; ++i)
    for (const std::uint32_t j : pattern.row(i))
      if (!alone(i, j) && !alone(j, i)) return false;
  return true;
}

/// f() throws an E that says all of this.
template <class E, class F>
void check_refused(const F& f, const std::vector<std::string>& parts) {
  BOOST_CHECK_EXCEPTION(f(), E, [&](const E& error) {
    return std::ranges::all_of(parts, [&](const std::string& part) {
      return std::string(error.what()).find(part) != std::string::npos;
    });
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sparse)

BOOST_AUTO_TEST_CASE(a_pattern_says_what_each_result_was_computed_from) {
  const auto f = [](const auto& x) {
    using T = std::decay_t<decltype(x[0])>;
    const T h = x[0] * x[2];
    [[maybe_unused]] const T unused = x[1] * 3.0;
    return std::vector<T>{h + x[2], T(4.0), x[3], 0.0 * (h + x[3])};
  };
  const SparsePlan plan = plan_jacobian(f, std::vector<double>{1, 2, 3, 4});
  BOOST_TEST((plan.pattern == pattern_of_rows({{0, 2}, {}, {3}, {0, 2, 3}}, 4)));
  BOOST_TEST((plan.pattern.transposed() == pattern_of_rows({{0, 3}, {}, {0, 3}, {2, 3}}, 4)));
}

BOOST_AUTO_TEST_CASE(a_jacobian_is_the_dense_one) {
  std::mt19937 random(1);
  bool by_rows = false, by_columns = false;
  for (int round = 0; round < 60; ++round) {
    const std::size_t n = 1 + random() % 40, m = 1 + random() % 40;
    const double density = round % 3 == 0 ? 0.5 : 0.08;
    const RowsFunction f{random_rows(m, n, density, random)};
    const std::vector<double> at = random_point(n, random);
    const SparsePlan plan = plan_jacobian(f, at);
    (plan.by_columns ? by_columns : by_rows) = true;
    BOOST_TEST((plan.pattern == pattern_of_rows(f.rows, n)));
    check_near(sparse_jacobian(f, at).dense(), jacobian(f, at));
    const std::vector<double> elsewhere = random_point(n, random);
    check_near(sparse_jacobian(f, elsewhere, plan).dense(), jacobian(f, elsewhere));
  }
  BOOST_TEST(by_rows);
  BOOST_TEST(by_columns);
}

BOOST_AUTO_TEST_CASE(a_dense_row_is_computed_by_rows_and_a_dense_column_by_columns) {
  std::vector<std::vector<std::uint32_t>> wide{{}, {}}, tall(30, {0});
  for (std::uint32_t j = 0; j < 30; ++j) wide[j % 2].push_back(j);
  BOOST_TEST(plan_jacobian(RowsFunction{wide}, std::vector<double>(30, 0.5)).coloring.count == 1);
  const SparsePlan plan = plan_jacobian(RowsFunction{tall}, std::vector<double>(2, 0.5));
  BOOST_TEST(plan.by_columns);
  BOOST_TEST(plan.coloring.count == 1);
}

BOOST_AUTO_TEST_CASE(a_hessian_is_the_dense_one) {
  std::mt19937 random(2);
  for (int round = 0; round < 40; ++round) {
    const std::size_t n = 1 + random() % 30;
    const SumFunction f{random_rows(n, n, round % 3 == 0 ? 0.3 : 0.08, random)};
    const std::vector<double> at = random_point(n, random);
    const SparsePlan plan = plan_hessian(f, at);
    BOOST_TEST((plan.pattern.transposed() == plan.pattern));
    BOOST_TEST(can_be_read_directly(plan.pattern, plan.coloring));
    const SparsityPattern possible = joint_pattern(f, n);
    for (std::size_t i = 0; i < n; ++i)
      BOOST_TEST(std::ranges::includes(possible.row(i), plan.pattern.row(i)));
    check_near(sparse_hessian(f, at).dense(), hessian(f, at));
    const std::vector<double> elsewhere = random_point(n, random);
    check_near(sparse_hessian(f, elsewhere, plan).dense(), hessian(f, elsewhere));
  }
}

BOOST_AUTO_TEST_CASE(what_is_measured_has_the_dense_derivatives) {
  const auto check = [](const auto& results, const auto& sum) {
    const std::vector<double> at = results.inputs();
    check_near(sparse_jacobian(results, at).dense(), jacobian(results, at));
    check_near(sparse_hessian(sum, at).dense(), hessian(sum, at));
  };
  check(bench::BandResults(20), bench::SumOf<bench::BandResults>(20));
  check(bench::ArrowResults(20), bench::SumOf<bench::ArrowResults>(20));
  check(bench::RandomResults(20), bench::SumOf<bench::RandomResults>(20));
}

BOOST_AUTO_TEST_CASE(what_is_linear_is_not_in_the_pattern_of_a_hessian) {
  const auto f = [](const auto& x) { return 2.0 * x[0] - x[1] / 3.0 + x[2] * x[2] + sum(x); };
  const SparsePlan plan = plan_hessian(f, std::vector<double>{1, 2, 3, 4});
  BOOST_TEST((plan.pattern == pattern_of_rows({{}, {}, {2}, {}}, 4)));
}

BOOST_AUTO_TEST_CASE(a_pattern_found_where_numbers_are_zero_holds_elsewhere) {
  const auto f = [](const auto& x) { return x[0] * x[1] * x[2] + sin(x[3]) * square(x[4]); };
  const std::vector<double> zero(5, 0.0), at{0.5, -2, 3, 0.7, 1.5};
  check_near(sparse_hessian(f, at, plan_hessian(f, zero)).dense(), hessian(f, at));
}

BOOST_AUTO_TEST_CASE(another_branch_than_that_of_the_plan_is_seen) {
  const auto greater = [](const auto& x) { return maximum(x[0] * x[2], x[1] * x[2]); };
  const std::vector<double> first{2, 1, 1}, second{1, 2, 3}, near{3, 2, 5};
  const SparsePlan plan = plan_hessian(greater, first);
  check_near(sparse_hessian(greater, near, plan).dense(), hessian(greater, near));
  check_refused<GraphError>(
      [&] { return sparse_hessian(greater, second, plan); },
      {"[sparse_hessian] row 1 has elements that the plan knows nothing of: another branch"});
  const auto branching = [](const auto& x) {
    using T = std::decay_t<decltype(x[0])>;
    return std::vector<T>{x[0] > 1.5 ? T(x[0] * 2.0) : T(x[1] * 3.0), x[2]};
  };
  const SparsePlan by_rows = plan_jacobian(branching, first);
  BOOST_TEST(!by_rows.by_columns);
  check_refused<GraphError>([&] { return sparse_jacobian(branching, second, by_rows); },
                            {"[sparse_jacobian] row 0 has elements"});
  const auto column = [](const auto& x) {
    using T = std::decay_t<decltype(x[0])>;
    return std::vector<T>{x[0] > 1.5 ? T(x[0] * 2.0) : T(x[1] * 3.0), T(x[0] * x[2]), x[0]};
  };
  const SparsePlan by_columns = plan_jacobian(column, first);
  BOOST_TEST(by_columns.by_columns);
  check_refused<GraphError>([&] { return sparse_jacobian(column, second, by_columns); },
                            {"[sparse_jacobian] row 0 has elements"});
  check_near(sparse_jacobian(column, near, by_columns).dense(), jacobian(column, near));
  // A plan of both branches, and a branch that has fewer elements.
  SparsePlan both = by_rows;
  both.pattern = pattern_of_rows({{0, 1}, {2}}, 3);
  check_near(sparse_jacobian(branching, second, both).dense(), jacobian(branching, second));
  check_near(sparse_jacobian(branching, first, both).dense(), jacobian(branching, first));
}

BOOST_AUTO_TEST_CASE(the_structure_of_a_recording_is_that_of_its_statements) {
  const auto structure = [](const auto& f, double at) {
    const Tape tape;
    const std::vector<Value> x = variables(std::vector{at, 2.0});
    return Tape::active().structure(std::vector{Value(f(x))});
  };
  const auto product = [](const auto& x) { return x[0] * x[1]; };
  const auto square_of_first = [](const auto& x) { return x[0] * x[0]; };
  const auto sum = [](const auto& x) { return x[0] + x[1]; };
  BOOST_TEST(structure(product, 1.0) == structure(product, -3.0));
  BOOST_TEST(structure(product, 1.0) != structure(square_of_first, 1.0));
  BOOST_TEST(structure(product, 1.0) != structure(sum, 1.0));
}

BOOST_AUTO_TEST_CASE(sets_of_long_sums_and_hubs_are_gathered_in_linear_time) {
  // 100,000 terms: squared, that would be minutes.
  const std::size_t n = 100'000;
  const auto hub = [](const auto& x) {
    auto sum = x[0];
    for (std::size_t i = 1; i < x.size(); ++i) sum = sum + x[i] * x[i] * x[0];
    return sum;
  };
  const std::vector<double> at(n, 0.5);
  const SparsePlan jacobian = plan_jacobian(hub, at);
  BOOST_TEST(jacobian.pattern.columns.size() == n);
  BOOST_TEST(jacobian.coloring.count == 1);
  const SparsePlan plan = plan_hessian(hub, at);
  BOOST_TEST(plan.coloring.count == 2);
  BOOST_TEST(plan.pattern.columns.size() == 3 * n - 3);
}

BOOST_AUTO_TEST_CASE(an_arrow_takes_two_colors_and_a_band_as_many_as_it_is_wide) {
  const std::uint32_t n = 200;
  std::vector<std::vector<std::uint32_t>> arrow(n), band(n);
  for (std::uint32_t i = 0; i < n; ++i) {
    arrow[0].push_back(i);
    if (i > 0) arrow[i] = {0, i};
    for (std::uint32_t j = i < 2 ? 0 : i - 2; j < std::min(n, i + 3); ++j) band[i].push_back(j);
  }
  BOOST_TEST(color_symmetric(pattern_of_rows(arrow, n)).count == 2);
  BOOST_TEST(color_rows(pattern_of_rows(band, n)).count <= 6);
  BOOST_TEST(color_symmetric(pattern_of_rows(band, n)).count <= 6);
}

// Rows and columns that are long, and a diagonal: either side alone would take a color for each line.
BOOST_AUTO_TEST_CASE(an_arrow_is_computed_by_rows_and_columns_at_once) {
  constexpr std::uint32_t n = 60;
  for (const bool is_upright : {true, false}) {
    for (const std::uint32_t width : {1u, 3u}) {
      std::vector<std::vector<std::uint32_t>> rows(n);
      for (std::uint32_t i = 0; i < n; ++i) {
        // Many short ends of lines: the width of the arrow is that of its rows or of its columns.
        const std::uint32_t long_columns = is_upright ? width : 2 * width;
        const std::uint32_t long_rows = is_upright ? 2 * width : width;
        for (std::uint32_t j = 0; j < n; ++j)
          if (i == j || i < long_rows || j < long_columns) rows[i].push_back(j);
      }
      const RowsFunction f{rows};
      std::vector<double> at(n);
      for (std::uint32_t i = 0; i < n; ++i) at[i] = 0.3 + 0.01 * i;
      const SparsePlan plan = plan_jacobian(f, at);
      BOOST_TEST(plan.across.count > 0u);
      BOOST_TEST(plan.coloring.count + plan.across.count <= 3 * width + 1);
      check_near(sparse_jacobian(f, at, plan).dense(), jacobian(f, at));
    }
  }
}

BOOST_AUTO_TEST_CASE(plans_across_are_checked) {
  std::vector<std::vector<std::uint32_t>> rows(40);
  for (std::uint32_t i = 0; i < 40; ++i) {
    rows[0].push_back(i);
    if (i > 0) rows[i] = {0, i};
  }
  const RowsFunction f{rows};
  const std::vector<double> at(40, 0.5);
  SparsePlan plan = plan_jacobian(f, at);
  plan.across.colors.pop_back();
  check_refused<ShapeError>([&] { return sparse_jacobian(f, at, plan); },
                            {"[sparse_jacobian]", "39 colors across", "each of 40"});
}

BOOST_AUTO_TEST_CASE(colorings_hold_what_they_promise) {
  std::mt19937 random(3);
  for (int round = 0; round < 100; ++round) {
    const std::size_t n = 1 + random() % 60, m = random() % 60;
    const double density = 0.3 / static_cast<double>(1 + random() % 10);
    const SparsityPattern some = pattern_of_rows(random_rows(m, n, density, random), n);
    BOOST_TEST(rows_of_a_color_share_nothing(some, color_rows(some)));
    const SparsityPattern symmetric =
        joint_pattern(SumFunction{random_rows(n, n, density / 3, random)}, n);
    BOOST_TEST(can_be_read_directly(symmetric, color_symmetric(symmetric)));
  }
}

#ifdef NABLA_HAS_COLPACK
BOOST_AUTO_TEST_CASE(colorings_take_about_as_many_colors_as_those_of_colpack) {
  std::mt19937 random(4);
  for (int round = 0; round < 20; ++round) {
    const std::size_t n = 50 + random() % 150;
    const double density = 3.0 / static_cast<double>(n);
    const SparsityPattern some = pattern_of_rows(random_rows(n, n, density, random), n);
    BOOST_TEST(color_rows(some).count <= test::colpack_row_colors(some) + 2);
    const SparsityPattern symmetric =
        joint_pattern(SumFunction{random_rows(n, n, density / 2, random)}, n);
    BOOST_TEST(color_symmetric(symmetric).count <= test::colpack_star_colors(symmetric) + 2);
  }
}
#endif

BOOST_AUTO_TEST_CASE(elements_are_found_by_row_and_column) {
  const SparseMatrix a{pattern_of_rows({{1, 3}, {}}, 4), {5.0, 7.0}};
  BOOST_TEST(a.at(0, 3) == 7.0);
  BOOST_TEST(a.at(0, 2) == 0.0);
  BOOST_TEST(a.at(1, 0) == 0.0);
  BOOST_TEST(a.dense().to_vector<double>() == (std::vector<double>{0, 5, 0, 7, 0, 0, 0, 0}),
             boost::test_tools::per_element());
  check_refused<ShapeError>([&] { return a.at(2, 0); }, {"SparseMatrix::at", "(2, 0)", "2 x 4"});
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused) {
  const RowsFunction two{{{0}, {1}}}, three{{{0}, {1}, {0, 1}}};
  const std::vector<double> at{1.0, 2.0}, longer{1.0, 2.0, 3.0};
  const SparsePlan rows = plan_jacobian(two, at);
  BOOST_TEST(!rows.by_columns);
  check_refused<ShapeError>([&] { return sparse_jacobian(three, at, rows); },
                            {"[sparse_jacobian]", "2 results and 2", "got 3 and 2"});
  check_refused<ShapeError>([&] { return sparse_jacobian(two, longer, rows); }, {"got 2 and 3"});
  const RowsFunction tall{{{0}, {0}, {0}}}, taller{{{0}, {0}, {0}, {0}}}, low{{{0}}};
  const SparsePlan columns = plan_jacobian(tall, at);
  BOOST_TEST(columns.by_columns);
  check_refused<ShapeError>([&] { return sparse_jacobian(taller, at, columns); }, {"got 4 and 2"});
  check_refused<ShapeError>([&] { return sparse_jacobian(low, at, columns); }, {"got 1 and 2"});
  const SumFunction sum{{{0, 1}}};
  check_refused<ShapeError>([&] { return sparse_hessian(sum, longer, plan_hessian(sum, at)); },
                            {"[sparse_hessian]", "2 results and 2", "got 3 and 3"});
  check_refused<DomainError>([&] { return sparse_jacobian(two, {}); }, {"[sparse_jacobian]"});
  check_refused<GraphError>([&] { return sparse_jacobian(two, at, plan_hessian(sum, at)); },
                            {"[sparse_jacobian] the plan is for a Hessian, need one that "
                             "plan_jacobian made"});
  check_refused<GraphError>([&] { return sparse_hessian(sum, at, rows); },
                            {"[sparse_hessian] the plan is for a Jacobian, need one that "
                             "plan_hessian made"});
  SparsePlan uncolored = rows;
  uncolored.coloring.colors.pop_back();
  check_refused<ShapeError>([&] { return sparse_jacobian(two, at, uncolored); },
                            {"[sparse_jacobian] the plan has 1 colors of rows, need one for each "
                             "of 2 rows, less than 1"});
  check_refused<ShapeError>(
      [&] {
        return color_symmetric(rows.pattern.transposed()).count +
               color_symmetric(columns.pattern).count;
      },
      {"[color_symmetric]", "3 x 2"});
}

BOOST_AUTO_TEST_CASE(the_tape_gives_patterns_of_its_variables_only) {
  Tape tape;
  const Value a = variable(2.0), b = variable(3.0), h = a * b, y = h + a, number = 1.0;
  const std::vector<Value> ys{y, number, b};
  BOOST_TEST((tape.sparsity(ys, std::vector{b, a}) ==
              std::vector<std::vector<std::uint32_t>>{{0, 1}, {}, {0}}));
  check_refused<GraphError>(
      [&] {
        return tape.sparsity(ys, std::vector{a, h});
      },
      {"[sparsity]", "x number 1", "variable"});
  check_refused<GraphError>([&] { return tape.sparsity(ys, std::vector{number}); }, {"sparsity"});
  check_refused<ShapeError>(
      [&] {
        std::vector<double> row(1);
        tape.jacobian_of_sums(ys, std::vector<std::uint32_t>{0}, std::vector{a}, row);
      },
      {"sums", "got 1", "3 results"});
  const Tensor t = stack({a, b}, Shape{2});
  check_refused<GraphError>([&] { return tape.sparsity(ys, std::vector{a}); }, {"Externals"});
}

BOOST_AUTO_TEST_SUITE_END()
