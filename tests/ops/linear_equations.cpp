// SPDX-License-Identifier: MIT
// Linear equations, determinants, the Cholesky factor: identities and singular matrices.
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <nabla/check/boost_test.hpp>
#include <nabla/check/gradcheck.hpp>
#include <nabla/ops/index/concat.hpp>
#include <nabla/ops/index/diag_embed.hpp>
#include <nabla/ops/linalg/cholesky.hpp>
#include <nabla/ops/linalg/det.hpp>
#include <nabla/ops/linalg/slogdet.hpp>
#include <nabla/ops/linalg/solve.hpp>
#include <nabla/ops/linalg/trace.hpp>
#include <nabla/ops/ternary/where.hpp>

#include "linalg.hpp"

using namespace nabla;
using test::agree, test::check_refused, test::definite, test::drawn;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Rank 2 of 3: the third row is the sum of the others.
const Tensor kRank2 = tensor({{1, 2, 3}, {4, 5, 7}, {5, 7, 10}}, float64);
const Tensor kRank1 = tensor({{1, 2, 3}, {2, 4, 6}, {-1, -2, -3}}, float64);

// The determinant of a matrix of 3 rows, by the definition.
double determinant(const std::vector<double>& a) {
  return a[0] * (a[4] * a[8] - a[5] * a[7]) - a[1] * (a[3] * a[8] - a[5] * a[6]) +
         a[2] * (a[3] * a[7] - a[4] * a[6]);
}
// The matrix of cofactors of a matrix of 3 rows, by the definition.
Tensor minors(const Tensor& x) {
  const std::vector<double> a = x.to_vector();
  Tensor y = zeros({3, 3}, float64);
  const auto out = y.mutable_data<double>();
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      // Going on cyclically takes care of the sign.
      const std::size_t i1 = (i + 1) % 3, i2 = (i + 2) % 3, j1 = (j + 1) % 3, j2 = (j + 2) % 3;
      out[3 * i + j] = a[3 * i1 + j1] * a[3 * i2 + j2] - a[3 * i1 + j2] * a[3 * i2 + j1];
    }
  }
  return y;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(linear_equations)

BOOST_AUTO_TEST_CASE(the_solution_solves) {
  const Tensor a = drawn({5, 5}), b = drawn({5, 3}, 2);
  BOOST_TEST(agree(matmul(a, solve(a, b)), b));
  BOOST_TEST(
      agree(matmul(a, solve(a, b.slice(1, 0, 1).reshape({5}))), b.slice(1, 0, 1).reshape({5})));
  BOOST_TEST(agree(solve(a, eye(5, float64)), inverse(a)));
}

BOOST_AUTO_TEST_CASE(a_vector_is_told_from_columns_by_its_shape) {
  const Tensor a = drawn({2, 3, 3}), v = drawn({3}, 2), vs = drawn({2, 3}, 3);
  BOOST_TEST(agree(solve(a, v)[1], solve(a[1], v), 0));
  BOOST_TEST(agree(solve(a, vs)[1], solve(a[1], vs[1]), 0));
  // Of rank 2 and no vector for each matrix: columns for both.
  const Tensor columns = drawn({3, 2}, 4);
  BOOST_TEST(agree(solve(a, columns)[1], solve(a[1], columns), 0));
}

BOOST_AUTO_TEST_CASE(a_batch_gives_what_its_matrices_give) {
  const Tensor a = drawn({2, 1, 3, 3}), b = drawn({2, 3, 2}, 2);
  const Tensor x = solve(a, b), inverses = inverse(a), dets = det(a);
  BOOST_TEST((x.shape() == Shape{2, 2, 3, 2}));
  for (const int i : {0, 1}) {
    for (const int j : {0, 1}) BOOST_TEST(agree(x[i][j], solve(a[i][0], b[j]), 0));
    BOOST_TEST(agree(inverses[i][0], inverse(a[i][0]), 0));
    BOOST_TEST(agree(dets[i][0], det(a[i][0]), 0));
    BOOST_TEST(agree(trace(a)[i][0], trace(a[i][0]), 0));
    BOOST_TEST(agree(slogdet(a).logabsdet[i][0], slogdet(a[i][0]).logabsdet, 0));
  }
}

BOOST_AUTO_TEST_CASE(a_matrix_for_many_right_sides_collects_their_gradients) {
  const Tensor a = variable(drawn({3, 3})), b = drawn({4, 3, 1}, 2);
  backward(solve(a, b).sum());
  const Tensor together = a.grad();
  Tensor alone = zeros({3, 3}, float64);
  for (const int i : {0, 1, 2, 3})
    alone += gradient([&](const Tensor& x) { return solve(x, b[i]).sum(); }, a.detach());
  BOOST_TEST(agree(together, alone));
}

BOOST_AUTO_TEST_CASE(exact_texts_of_what_is_refused) {
  check_refused<DomainError>(
      [] {
        return solve(tensor({{{1, 0}, {0, 1}}, {{1, 2}, {2, 4}}}), zeros({2, 1}));
      },
      "[solve] singular: got a pivot 0 in matrix (1), need linearly independent columns");
  check_refused<ShapeError>([] { return solve(eye(2), zeros({})); },
                            "[solve] a is (2, 2), b is (), need at least one axis");
  check_refused<ShapeError>(
      [] {
        return solve(zeros({2, 2, 2}), zeros({3, 2, 1}));
      },
      "[solve] shapes do not broadcast: a is (2,), b is (3,), need equal sizes or 1 at axis 0");
  check_refused<DomainError>(
      [] {
        return cholesky(tensor({{{1, 0}, {0, 1}}, {{1, 2}, {2, 1}}}));
      },
      "[cholesky] not positive definite: leading minor 2 in matrix (1) is not positive, need all "
      "of "
      "them to be; add a multiple of eye(n)?");
  check_refused<ShapeError>(
      [] {
        return bmm(zeros({2, 2}), zeros({2, 2}));
      },
      "[bmm] a is (2, 2), b is (2, 2), need two batches of as many matrices; "
      "matmul broadcasts");
  check_refused<ShapeError>([] { return mv(zeros({2}), zeros({2})); },
                            "[mv] a is (2,), x is (2,), need a matrix and a vector");
}

BOOST_AUTO_TEST_CASE(the_trace_of_a_matrix_times_its_inverse_does_not_change) {
  const Tensor x = drawn({4, 4});
  const Tensor slopes = gradient([](const Tensor& a) { return trace(matmul(inverse(a), a)); }, x);
  BOOST_TEST(agree(slopes, zeros({4, 4}, float64)));
}

BOOST_AUTO_TEST_CASE(the_determinant_is_that_of_the_definition) {
  const Tensor x = drawn({3, 3});
  BOOST_TEST(agree(det(x), tensor(determinant(x.to_vector()), float64)));
  BOOST_TEST(agree(cofactor(x), minors(x)));
  BOOST_TEST(agree(det(x * 3.0), det(x) * 27.0));
  BOOST_TEST(
      agree(det(matmul(x, kRank2 + eye(3, float64))), det(x) * det(kRank2 + eye(3, float64))));
  BOOST_TEST(det(eye(3, float64).slice(0, 0, 3)).item() == 1.0);
  BOOST_TEST(det(tensor({{0, 1}, {1, 0}}, float64)).item() == -1.0);
}

BOOST_AUTO_TEST_CASE(determinants_are_right_wherever_they_can_be_represented) {
  const auto det_of = [](const Tensor& x) { return det(x); };
  // On the way the product of the pivots overflows.
  const std::vector<double> numbers{1e160, 1e160, 1e-140, 1e-140};
  const Tensor x = diag(from_span(std::span<const double>(numbers)));
  BOOST_TEST(det(x).item() == 1e40, boost::test_tools::tolerance(1e-15));
  const Tensor slopes = gradient(det_of, x);
  for (std::size_t k = 0; k < numbers.size(); ++k) {
    const auto i = static_cast<std::int64_t>(k);
    BOOST_TEST(slopes.at({i, i}) == 1e40 / numbers[k], boost::test_tools::tolerance(1e-14));
  }
  const Tensor floats = concat({full({16}, 1e20), full({16}, 1e-20)}, 0);
  // Two numbers rounded to float32, 16 times.
  BOOST_TEST(det(diag(floats)).item() == 1.0, boost::test_tools::tolerance(32 * 6e-8));
  // Beyond the range it is infinite, and so are the cofactors that are not 0.
  const Tensor large = eye(3, float64) * 1e200;
  BOOST_TEST(det(large).item() == kInf);
  BOOST_TEST(agree(gradient(det_of, large), where(eye(3, float64) == 1, kInf, 0.0), 0));
}

BOOST_AUTO_TEST_CASE(the_gradient_of_the_determinant_is_exact_at_singular_matrices) {
  for (const Tensor& x : {kRank2, kRank1, zeros({3, 3}, float64)})
    BOOST_TEST(agree(gradient([](const Tensor& a) { return det(a); }, x), minors(x), 1e-13));
  BOOST_TEST(agree(gradient([](const Tensor& a) { return det(a); }, zeros({1, 1}, float64)),
                   ones({1, 1}, float64), 0));
}

BOOST_AUTO_TEST_CASE(the_second_derivative_of_the_determinant_is_exact_at_singular_matrices) {
  // det is quadratic along a change of two elements, so that a difference of cofactors is exact.
  const Tensor direction = drawn({3, 3}, 7);
  for (const Tensor& x : {kRank2, kRank1, zeros({3, 3}, float64)}) {
    const Tensor along = hvp([](const Tensor& a) { return det(a); }, x, direction);
    const Tensor difference = (minors(x + direction) - minors(x - direction)) * 0.5;
    BOOST_TEST(agree(along, difference, 1e-13));
  }
}

BOOST_AUTO_TEST_CASE(the_third_derivative_of_the_determinant_is_right_at_regular_matrices) {
  const auto f = [](std::span<const Tensor> x) { return det(x[0]); };
  BOOST_TEST(
      check::agrees(check::gradcheck(f, {drawn({3, 3}) + eye(3, float64) * 3.0}, {.order = 3})));
}

BOOST_AUTO_TEST_CASE(the_logarithm_of_a_determinant_has_its_sign_apart) {
  const Tensor x = drawn({3, 3});
  const SlogdetResult parts = slogdet(x);
  BOOST_TEST(agree(parts.sign * parts.logabsdet.exp(), det(x)));
  BOOST_TEST(!slogdet(variable(x)).sign.requires_grad());
  const Tensor a = definite(3);
  BOOST_TEST(agree(logdet(a * 5.0), logdet(a) + 3.0 * std::log(5.0)));
  BOOST_TEST(agree(logdet(a), det(a).log()));
  // Far beyond the range of double.
  BOOST_TEST(agree(logdet(eye(500, float64) * 1e300), tensor(500 * 300 * std::log(10.0), float64)));
}

BOOST_AUTO_TEST_CASE(singular_and_negative_determinants_have_logarithms_of_their_own) {
  const Tensor singular = zeros({2, 2}, float64);
  BOOST_TEST(slogdet(singular).sign.item() == 0.0);
  BOOST_TEST(slogdet(singular).logabsdet.item() == -kInf);
  BOOST_TEST(logdet(singular).item() == -kInf);
  BOOST_TEST(std::isnan(logdet(tensor({{0, 1}, {1, 0}}, float64)).item()));
  const Tensor none = full({2, 2}, kNan, float64);
  for (const Tensor& x : {tensor({{0, 1}, {1, 0}}, float64), singular}) {
    BOOST_TEST(agree(gradient([](const Tensor& a) { return logdet(a); }, x), none, 0));
    for (const bool create_graph : {false, true}) {
      const Tensor a = variable(x);
      const auto [g] = grad(logdet(a), wrt(a), {.create_graph = create_graph});
      BOOST_TEST(agree(g, none, 0));
      const auto [off] = grad(where(tensor(false, boolean), logdet(a), a).sum(), wrt(a));
      BOOST_TEST(agree(off, ones({2, 2}, float64), 0));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_singular_matrix_off_the_path_leaves_no_nan) {
  const Tensor x = variable(stack({zeros({2, 2}, float64), eye(2, float64) * 2.0}));
  const Tensor y = logdet(x);
  backward(where(y > -1.0, y, 0.0).sum());
  BOOST_TEST(agree(x.grad()[0], zeros({2, 2}, float64), 0));
  BOOST_TEST(agree(x.grad()[1], eye(2, float64) * 0.5));
  const Tensor z = variable(zeros({2, 2}, float64));
  backward(logdet(z));
  BOOST_TEST(agree(z.grad(), full({2, 2}, kNan, float64), 0));
}

BOOST_AUTO_TEST_CASE(the_cholesky_factor_is_a_factor) {
  const Tensor a = definite(4), l = cholesky(a);
  BOOST_TEST(agree(matmul(l, l.transpose()), a));
  BOOST_TEST(agree(where(detail::on_or_below_diagonal(4), 0.0, l), zeros({4, 4}, float64), 0));
  BOOST_TEST(agree(cholesky_solve(l, drawn({4, 2})), solve(a, drawn({4, 2}))));
  BOOST_TEST(agree(logdet(a), [&] {
    return matmul(l, eye(4, float64)).reshape({16}).slice(0, 0, 16, 5).log().sum() * 2.0;
  }()));
}

BOOST_AUTO_TEST_CASE(the_cholesky_factor_reads_the_lower_triangle_and_has_a_symmetric_gradient) {
  const Tensor a = definite(3);
  const Tensor lower = where(detail::on_or_below_diagonal(3), a, 77.0);
  BOOST_TEST(agree(cholesky(lower), cholesky(a), 0));
  const Tensor g = gradient([](const Tensor& x) { return cholesky(x).square().sum(); }, lower);
  // The sum of squares of L is the trace of A.
  BOOST_TEST(agree(g, eye(3, float64)));
}

BOOST_AUTO_TEST_CASE(the_first_leading_minor_that_fails_is_named) {
  for (const int k : {1, 2, 3, 4, 5}) {
    Tensor a = eye(5, float64);
    a.mutable_data<double>()[static_cast<std::size_t>(6 * (k - 1))] = -1.0;
    check_refused<DomainError>(
        [&] { return cholesky(a); },
        "[cholesky] not positive definite: leading minor " + std::to_string(k) +
            " is not positive, need all of them to be; add a multiple of eye(n)?");
  }
}

BOOST_AUTO_TEST_CASE(each_triangle_is_solved_for) {
  const Tensor a = drawn({4, 4}) + eye(4, float64) * 3.0, b = drawn({4, 2}, 2);
  const Tensor is_lower = detail::on_or_below_diagonal(4), is_diagonal = detail::on_diagonal(4);
  for (const bool upper : {false, true}) {
    for (const bool transpose : {false, true}) {
      for (const bool unit : {false, true}) {
        const Tensor triangle = where(upper ? is_lower.transpose() : is_lower, a, 0.0);
        const Tensor t = unit ? where(is_diagonal, 1.0, triangle) : triangle;
        const Tensor x =
            triangular_solve(a, b, {.upper = upper, .transpose = transpose, .unit_diagonal = unit});
        BOOST_TEST(agree(matmul(transpose ? t.transpose() : t, x), b));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_right_side_of_zeros_has_the_solution_zero) {
  const Tensor a = tensor({{0, 0}, {1, 1}}, float64), b = tensor({{0, 1}, {0, 1}}, float64);
  const Tensor x = triangular_solve(a, b);
  BOOST_TEST(agree(x.slice(1, 0, 1), zeros({2, 1}, float64), 0));
  BOOST_TEST(x.at({0, 1}) == kInf);
}

BOOST_AUTO_TEST_CASE(nan_flows) {
  const Tensor nan = tensor({{kNan, 1}, {1, 2}}, float64), all = full({2, 2}, kNan, float64);
  BOOST_TEST(agree(inverse(nan), all));
  BOOST_TEST(std::isnan(det(nan).item()));
  BOOST_TEST(std::isnan(logdet(nan).item()));
  BOOST_TEST(std::isnan(slogdet(nan).sign.item()));
  BOOST_TEST(agree(cofactor(nan), all));
  BOOST_TEST(std::isnan(cholesky(nan).at({1, 1})));
  BOOST_TEST(std::isnan(solve(nan, ones({2}, float64)).at({0})));
}

BOOST_AUTO_TEST_CASE(without_elements_there_is_one_determinant_and_an_empty_inverse) {
  const Tensor none = zeros({0, 0}, float64), no_batch = zeros({0, 2, 2}, float64);
  BOOST_TEST(det(none).item() == 1.0);
  BOOST_TEST(logdet(none).item() == 0.0);
  BOOST_TEST(slogdet(none).sign.item() == 1.0);
  BOOST_TEST(trace(none).item() == 0.0);
  BOOST_TEST((inverse(none).shape() == Shape{0, 0}));
  BOOST_TEST((cholesky(none).shape() == Shape{0, 0}));
  BOOST_TEST((solve(none, zeros({0, 3}, float64)).shape() == Shape{0, 3}));
  BOOST_TEST((det(no_batch).shape() == Shape{0}));
  BOOST_TEST((inverse(no_batch).shape() == Shape{0, 2, 2}));
  BOOST_TEST((solve(no_batch, zeros({0, 2, 1}, float64)).shape() == Shape{0, 2, 1}));
  BOOST_TEST(agree(gradient([](const Tensor& x) { return det(x).sum(); }, no_batch), no_batch));
}

BOOST_AUTO_TEST_CASE(float32_is_computed_in_double_and_rounded_once) {
  const Tensor a = drawn({6, 6}).to(float32);
  BOOST_TEST((inverse(a).dtype() == float32));
  BOOST_TEST(agree(inverse(a), inverse(a.to(float64)).to(float32), 0));
  BOOST_TEST(agree(det(a), det(a.to(float64)).to(float32), 0));
}

BOOST_AUTO_TEST_CASE(short_forms_of_products) {
  const Tensor a = drawn({2, 3, 4}), b = drawn({2, 4, 2}, 2), c = drawn({3, 2}, 3);
  BOOST_TEST(agree(bmm(a, b), matmul(a, b), 0));
  BOOST_TEST(agree(mv(c, drawn({2})), matmul(c, drawn({2})), 0));
  const AddmmOptions options{.beta = 0.5, .alpha = -2.0};
  BOOST_TEST(agree(addmm(c, a[0], b[0], options), c * 0.5 - matmul(a[0], b[0]) * 2.0));
  BOOST_TEST(agree(baddbmm(c, a, b, options), c * 0.5 - matmul(a, b) * 2.0));
  BOOST_TEST(agree(addmm(c, a[0], b[0]), c + matmul(a[0], b[0])));
  const Tensor nan = full({3, 2}, kNan, float64);
  BOOST_TEST(agree(addmm(nan, a[0], b[0], {.beta = 0}), matmul(a[0], b[0])));
  BOOST_TEST(agree(baddbmm(nan, a, b, {.beta = 0}), matmul(a, b)));
}

BOOST_AUTO_TEST_CASE(a_power_is_a_repeated_product) {
  const Tensor a = drawn({3, 3}) * 0.1 + eye(3, float64);
  Tensor product = eye(3, float64);
  for (const int n : {0, 1, 2, 3, 4, 5, 6, 7}) {
    BOOST_TEST(agree(matrix_power(a, n), product));
    BOOST_TEST(agree(matmul(matrix_power(a, -n), product), eye(3, float64)));
    product = matmul(product, a);
  }
  const Tensor batch = drawn({2, 2, 2});
  BOOST_TEST((matrix_power(batch, 0).shape() == Shape{2, 2, 2}));
  const Tensor x = variable(full({2, 2}, std::nan(""), float64));
  backward(matrix_power(x, 0).sum());
  BOOST_TEST(agree(x.grad(), zeros({2, 2}, float64), 0));
}

BOOST_AUTO_TEST_SUITE_END()
