// SPDX-License-Identifier: MIT
// Eigenvectors, singular vectors, Q and R, the exponential, norms, distances, Kronecker products.
#include <cmath>
#include <limits>
#include <vector>

#include <nabla/ops/linalg/cdist.hpp>
#include <nabla/ops/linalg/eigh.hpp>
#include <nabla/ops/linalg/inverse.hpp>
#include <nabla/ops/linalg/matrix_exp.hpp>
#include <nabla/ops/linalg/outer.hpp>
#include <nabla/ops/linalg/pinv.hpp>
#include <nabla/ops/linalg/qr.hpp>
#include <nabla/ops/linalg/svd.hpp>
#include <nabla/ops/linalg/trace.hpp>
#include <nabla/ops/ops.hpp>

#include "linalg.hpp"

using namespace nabla;
using test::agree, test::check_refused, test::drawn;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Tensor symmetric(const Shape& shape) {
  const Tensor x = drawn(shape);
  return x + x.transpose();
}
// v as a row, for scaling columns.
Tensor row(const Tensor& v) { return v.reshape(v.shape().inserted(v.rank() - 1, 1)); }
Tensor identity_less(const Tensor& q) {
  return matmul(q.transpose(), q) - eye(q.size(-1), float64);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(factorizations)

BOOST_AUTO_TEST_CASE(eigenvectors_are_orthonormal_and_give_the_matrix_back) {
  const Tensor x = symmetric({3, 5, 5});
  const EighResult y = eigh(x);
  BOOST_TEST(agree(matmul(y.vectors * row(y.values), y.vectors.transpose()), x));
  BOOST_TEST(agree(identity_less(y.vectors), zeros({3, 5, 5}, float64)));
  BOOST_TEST(agree(eigh(x[1]).vectors, y.vectors[1], 0));
  BOOST_TEST(agree(eigvalsh(x).sum(-1), trace(x)));
  for (const int i : {1, 2, 3, 4}) BOOST_TEST(y.values.at({0, i - 1}) <= y.values.at({0, i}));
}

BOOST_AUTO_TEST_CASE(the_largest_element_of_an_eigenvector_is_positive_the_first_at_a_tie) {
  const EighResult y = eigh(tensor({{2, 1}, {1, 2}}, float64));
  const double h = std::sqrt(0.5);
  BOOST_TEST(agree(y.vectors, tensor({{h, h}, {-h, h}}, float64)));
  BOOST_TEST(
      agree(eigh(tensor({{-1, 0}, {0, -2}}, float64)).vectors, tensor({{0, 1}, {1, 0}}, float64)));
}

BOOST_AUTO_TEST_CASE(eigenvalues_have_gradients_where_they_are_repeated) {
  const auto sum_of_exp = [](const Tensor& x) { return eigvalsh(x).exp().sum(); };
  const Tensor x = eye(3, float64) * 2.0;
  BOOST_TEST(agree(gradient(sum_of_exp, x), eye(3, float64) * std::exp(2.0)));
  // Through the vectors there is none.
  const auto of_vectors = [](const Tensor& a) { return (eigh(a).vectors * drawn({3, 3})).sum(); };
  BOOST_TEST(!std::isfinite(gradient(of_vectors, x).sum().item()));
}

// Through the values alone, but their gradient depends on the vectors: no number is better than a wrong
// one. Where they are distinct the sum of squares is that of the elements.
BOOST_AUTO_TEST_CASE(second_derivatives_of_repeated_values_are_nan) {
  const auto hessian_of = [](const auto& values, const Tensor& x) {
    return hessian([&](const Tensor& a) { return values(a).square().sum(); }, x);
  };
  const auto eigenvalues = [](const Tensor& a) { return eigvalsh((a + a.transpose()) * 0.5); };
  const auto singular = [](const Tensor& a) { return svdvals(a); };
  const Tensor apart = tensor({{2, 0.5}, {0.25, 1}}, float64);
  const Tensor two = eye(4, float64) * 2.0;
  BOOST_TEST(agree(hessian_of(singular, apart).reshape({4, 4}), two));
  for (const double size : {1.0, 0.0}) {
    const Tensor alike = eye(2, float64) * size;
    BOOST_TEST(any(isnan(hessian_of(eigenvalues, alike))));
    BOOST_TEST(any(isnan(hessian_of(singular, alike))));
  }
  BOOST_TEST(any(isnan(hessian_of(singular, tensor({{1, 0}, {0, 0}}, float64)))));
  // What is repeated comes out of a factorization as near as rounding leaves it.
  const Tensor q = tensor({{2, -1, 2}, {2, 2, -1}, {-1, 2, 2}}, float64) / 3.0;
  const Tensor x = matmul(q * tensor({2.0, 2.0, 5.0}, float64), q.transpose());
  BOOST_TEST(any(isnan(hessian_of(eigenvalues, x))));
  BOOST_TEST(any(isnan(hessian_of(singular, x))));
  const auto of_vectors = [](const Tensor& a) { return (eigh(a).vectors * drawn({3, 3})).sum(); };
  const auto of_left = [](const Tensor& a) { return (svd(a).u * drawn({3, 3})).sum(); };
  BOOST_TEST(any(isnan(gradient(of_vectors, x))));
  BOOST_TEST(any(isnan(gradient(of_left, x))));
  // And what is only near has derivatives, whatever the size of the matrix.
  for (const double size : {1e-100, 1.0, 1e100}) {
    const Tensor near = tensor({{1, 0}, {0, 1 + 1e-10}}, float64) * size;
    BOOST_TEST(!any(isnan(gradient([](const Tensor& a) { return eigh(a).vectors.sum(); }, near))));
  }
}

// Of three matrices, the first has distinct values; the others, of repeated values, are masked.
BOOST_AUTO_TEST_CASE(repeated_values_that_are_masked_leave_nothing_in_derivatives) {
  const Tensor first = tensor({{1, 0.5}, {0.5, 3}}, float64);
  const Tensor at = stack({first, eye(2, float64) * 2.0, zeros({2, 2}, float64)}, 0);
  // Those of the gradient, and of its product with numbers that are not 0, as a row.
  const auto derivatives = [](const auto& f, const Tensor& where_at) {
    const Tensor x = variable(where_at);
    const auto [dx] = grad(f(x), wrt(x), {.create_graph = true});
    const auto [by_x] = grad((dx * tensor({{1, 2}, {3, 5}}, float64)).sum(), wrt(x));
    const Tensor first_order = dx.detach(), second_order = by_x;
    return concat({first_order.reshape({-1, 4}), second_order.reshape({-1, 4})}, -1);
  };
  const auto half = [](const Tensor& a) { return (a + a.transpose()) * 0.5; };
  const auto eigenvalues = [half](const Tensor& a) { return eigvalsh(half(a)).exp(); };
  const auto eigenvectors = [half](const Tensor& a) { return eigh(half(a)).vectors.exp().sum(-1); };
  const auto singular = [](const Tensor& a) { return svdvals(a).exp(); };
  const auto left = [](const Tensor& a) { return svd(a).u.exp().sum(-1); };
  const auto tall = [](const Tensor& a) { return svdvals(concat({a, a}, -2)).exp(); };
  const auto nuclear = [](const Tensor& a) {
    return unsqueeze(matrix_norm(a, MatrixNorm::nuclear).exp(), -1);
  };
  const auto spectral = [](const Tensor& a) {
    return unsqueeze(matrix_norm(a, MatrixNorm::spectral).exp(), -1);
  };
  const Tensor is_first = tensor({{1}, {0}, {0}}, boolean);
  const auto check = [&](const char* name, const auto& f) {
    BOOST_TEST_CONTEXT(name) {
      const Tensor alone = derivatives([&](const Tensor& a) { return f(a).sum(); }, first);
      const Tensor expected = concat({alone, zeros({2, 8}, float64)}, 0);
      const auto check_mask = [&](const auto& mask) {
        const Tensor found = derivatives([&](const Tensor& a) { return mask(f(a)).sum(); }, at);
        BOOST_TEST(agree(found, expected));
        BOOST_TEST(all(found.slice(0, 1, 3) == 0));
      };
      check_mask([&](const Tensor& y) { return where(is_first, y, 0.0); });
      check_mask([&](const Tensor& y) { return masked_fill(y, is_first == 0, 0.0); });
      check_mask([&](const Tensor& y) { return y * to(is_first, float64); });
      check_mask([&](const Tensor& y) { return y[0]; });
      check_mask([&](const Tensor& y) { return where(is_first, y.sum(-1, true), 0.0); });
      const auto others = [&](const Tensor& a) { return where(is_first, 0.0, f(a)).sum(); };
      BOOST_TEST(any(isnan(derivatives(others, at).slice(0, 1, 3))));
    }
  };
  check("eigenvalues", eigenvalues);
  check("eigenvectors", eigenvectors);
  check("singular values", singular);
  check("left singular vectors", left);
  check("singular values of a tall matrix", tall);
  check("the nuclear norm", nuclear);
  check("the spectral norm", spectral);
  // And what other ops make of the values.
  const auto values = [half](const Tensor& a) { return eigvalsh(half(a)); };
  const auto check_of_values = [&](const char* name, const auto& f) {
    check(name, [&](const Tensor& a) { return f(values(a)).exp(); });
  };
  const auto one = eye(2, float64);
  check_of_values("cumprod", [](const Tensor& w) { return cumprod(w, -1); });
  check_of_values("prod", [](const Tensor& w) { return prod(w, {-1}, true); });
  check_of_values("logcumsumexp", [](const Tensor& w) { return logcumsumexp(w, -1); });
  check_of_values("linear_recurrence", [](const Tensor& w) { return linear_recurrence(w, w, -1); });
  check_of_values("softmax", [](const Tensor& w) { return softmax(w); });
  check_of_values("log_softmax", [](const Tensor& w) { return log_softmax(w); });
  check_of_values("logsumexp", [](const Tensor& w) { return logsumexp(w, {-1}, true); });
  check_of_values("layer_norm", [](const Tensor& w) { return layer_norm(w); });
  check_of_values("norm", [](const Tensor& w) { return norm(w, 3, {-1}, true); });
  check_of_values("var", [](const Tensor& w) { return var(w, {-1}, 1, true); });
  check_of_values("sort", [](const Tensor& w) { return sort(w, -1, true).values; });
  check_of_values("solve", [&](const Tensor& w) {
    return solve(one + unsqueeze(w, -1) * unsqueeze(w, -2), w);
  });
  check_of_values("triangular_solve", [&](const Tensor& w) {
    return triangular_solve(one + unsqueeze(w, -1) * unsqueeze(w, -2), w);
  });
  check_of_values("inverse", [&](const Tensor& w) {
    return inverse(one + unsqueeze(w, -1) * unsqueeze(w, -2)).sum(-1);
  });
  check_of_values("det", [&](const Tensor& w) {
    return unsqueeze(det(one + unsqueeze(w, -1) * unsqueeze(w, -2)), -1);
  });
  check_of_values("slogdet", [&](const Tensor& w) {
    return unsqueeze(slogdet(one + unsqueeze(w, -1) * unsqueeze(w, -2)).logabsdet, -1);
  });
  check_of_values("cholesky",
                  [&](const Tensor& w) { return cholesky(diag_embed(w) + one).sum(-1); });
  check_of_values("matrix_exp", [](const Tensor& w) { return matrix_exp(diag_embed(w)).sum(-1); });
  check_of_values("qr", [&](const Tensor& w) { return qr(diag_embed(w) + one).r.sum(-1); });
  check_of_values("pinv", [&](const Tensor& w) { return pinv(diag_embed(w) + one).sum(-1); });
  check("solve of singular values", [&](const Tensor& a) {
    const Tensor w = svdvals(a);
    return solve(one + unsqueeze(w, -1) * unsqueeze(w, -2), w).exp();
  });
}

BOOST_AUTO_TEST_CASE(a_value_that_is_not_repeated_has_second_derivatives_beside_those_that_are) {
  const Tensor x = diag(tensor({3, 1, 1}, float64)), near = diag(tensor({3, 1, 1.25}, float64));
  const auto largest = [](const Tensor& a) {
    return select(eigvalsh((a + a.transpose()) * 0.5), -1, 2);
  };
  const auto spectral = [](const Tensor& a) { return matrix_norm(a, MatrixNorm::spectral); };
  // d2/dt2 of the largest value of diag(3, 1, 1) + t E, E = e1 e2^T + e2 e1^T: 2 / (3 - 1)
  const Tensor by_value = hessian(largest, x).reshape({9, 9});
  const Tensor e = tensor({0, 1, 0, 1, 0, 0, 0, 0, 0}, float64);
  BOOST_TEST(std::abs(dot(e, matmul(by_value, e)).item() - 1) <= 1e-15);
  BOOST_TEST(std::abs(dot(e, matmul(hessian(spectral, x).reshape({9, 9}), e)).item() - 1) <= 1e-15);
  BOOST_TEST(!any(isnan(hessian(spectral, near))));
}

// phi'(w) = 0 at a value of w: what arrives is 0, but not its derivative.
BOOST_AUTO_TEST_CASE(second_derivatives_of_repeated_values_are_nan_where_0_arrives_by_chance) {
  const std::vector<Tensor (*)(const Tensor&)> functions = {
      [](const Tensor& w) { return (w - 1.0).square(); },
      [](const Tensor& w) { return cos(w - 1.0); },
      [](const Tensor& w) { return (w - 1.0) * (w - 1.0); },
      [](const Tensor& w) { return where(w > 0, pow(w - 1.0, 3.0), 0.0); }};
  for (std::size_t i = 0; i < functions.size(); ++i) {
    BOOST_TEST_CONTEXT("function " << i) {
      const Tensor x = eye(2, float64);
      const auto second = [&](const auto& values) {
        return hessian([&](const Tensor& a) { return functions[i](values(a)).sum(); }, x);
      };
      BOOST_TEST(any(isnan(second([](const Tensor& a) { return eigvalsh(a); }))));
      BOOST_TEST(any(isnan(second([](const Tensor& a) { return svdvals(a); }))));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_function_of_a_matrix_by_its_eigenvectors_has_the_gradient_of_the_function) {
  const auto by_vectors = [](const Tensor& x) {
    const EighResult y = eigh(x);
    return (matmul(y.vectors * row(y.values.exp()), y.vectors.transpose()) * drawn({4, 4}, 3))
        .sum();
  };
  const auto directly = [](const Tensor& x) { return (matrix_exp(x) * drawn({4, 4}, 3)).sum(); };
  const Tensor x = symmetric({4, 4}) * 0.3, g = gradient(directly, x);
  BOOST_TEST(agree(gradient(by_vectors, x), (g + g.transpose()) * 0.5, 1e-11));
}

BOOST_AUTO_TEST_CASE(singular_vectors_are_orthonormal_and_give_the_matrix_back) {
  for (const Shape& shape :
       {Shape{4, 4}, Shape{5, 3}, Shape{2, 5}, Shape{2, 3, 2}, Shape{40, 30}}) {
    const Tensor x = drawn(shape);
    const SvdResult y = svd(x);
    BOOST_TEST(agree(matmul(y.u * row(y.s), y.vt), x));
    BOOST_TEST(agree(identity_less(y.u), identity_less(y.u) * 0.0));
    BOOST_TEST(agree(identity_less(y.vt.transpose()), identity_less(y.u) * 0.0));
    BOOST_TEST(agree(y.s.square().sum(-1), x.square().sum({-2, -1})));
  }
}

BOOST_AUTO_TEST_CASE(singular_values_are_roots_of_the_eigenvalues_of_the_square) {
  const Tensor x = drawn({4, 3});
  const auto direct = [](const Tensor& a) { return svdvals(a).square().square().sum(); };
  const auto indirect = [](const Tensor& a) {
    return eigvalsh(matmul(a.transpose(), a)).square().sum();
  };
  BOOST_TEST(agree(direct(x), indirect(x)));
  BOOST_TEST(agree(gradient(direct, x), gradient(indirect, x)));
}

BOOST_AUTO_TEST_CASE(
    singular_values_have_gradients_where_they_are_repeated_and_where_they_are_zero) {
  const auto nuclear = [](const Tensor& x) { return svdvals(x).sum(); };
  BOOST_TEST(agree(gradient(nuclear, eye(3, float64)), eye(3, float64)));
  BOOST_TEST(agree(gradient(nuclear, zeros({3, 2}, float64)), zeros({3, 2}, float64), 0));
  const Tensor corner = tensor({{2, 0}, {0, 0}}, float64);
  BOOST_TEST(agree(gradient(nuclear, corner), tensor({{1, 0}, {0, 0}}, float64)));
}

BOOST_AUTO_TEST_CASE(least_squares_of_dependent_columns_are_refused) {
  const auto refused = [](const Tensor& a, const std::string& text) {
    const Tensor b = ones({a.size(-2), 1}, a.dtype());
    BOOST_CHECK_EXCEPTION(static_cast<void>(lstsq(a, b)), DomainError, [&](const Error& error) {
      return std::string(error.what()).find(text) == 0;
    });
  };
  refused(ones({3, 2}, float64), "[lstsq] dependent: got columns of rank below 2, need");
  refused(ones({3, 2}), "[lstsq] dependent: got columns of rank below 2, need");
  refused(ones({2, 3}, float64), "[lstsq] dependent: got rows of rank below 2, need");
  refused(stack({drawn({3, 2}), ones({3, 2}, float64)}),
          "[lstsq] dependent: got columns of rank below 2 in matrix (1), need");
  BOOST_TEST(lstsq(zeros({2, 0}), ones({2, 1})).numel() == 0);
  BOOST_TEST(any(isnan(lstsq(full({3, 2}, std::nan(""), float64), ones({3, 1}, float64)))));
}

BOOST_AUTO_TEST_CASE(q_is_orthonormal_and_r_triangular_with_a_positive_diagonal) {
  for (const Shape& shape : {Shape{4, 4}, Shape{5, 3}, Shape{2, 3, 2}}) {
    const Tensor x = drawn(shape);
    const QrResult y = qr(x);
    const std::int64_t n = x.size(-1);
    BOOST_TEST(agree(matmul(y.q, y.r), x));
    BOOST_TEST(agree(identity_less(y.q), y.r * 0.0));
    BOOST_TEST(agree(
        where(detail::on_or_below_diagonal(n), 0.0, y.r) + where(detail::on_diagonal(n), y.r, 0.0),
        y.r, 0));
    BOOST_TEST(all(where(detail::on_diagonal(n), y.r, 1.0) > 0.0));
  }
}

BOOST_AUTO_TEST_CASE(a_wide_matrix_has_the_q_of_its_leading_square) {
  for (const Shape& shape : {Shape{3, 5}, Shape{1, 4}, Shape{2, 2, 3}}) {
    const Tensor x = drawn(shape);
    const std::int64_t m = x.size(-2), n = x.size(-1);
    const QrResult y = qr(x), square = qr(x.slice(-1, 0, m));
    BOOST_TEST((y.q.shape() == x.shape().with(x.rank() - 1, m)));
    BOOST_TEST((y.r.shape() == x.shape()));
    BOOST_TEST(agree(matmul(y.q, y.r), x));
    BOOST_TEST(agree(y.q, square.q, 0));
    BOOST_TEST(agree(y.r.slice(-1, 0, m), square.r, 0));
    BOOST_TEST(agree(identity_less(y.q), square.q * 0.0));
    // The whole is Q R, so a function of the product has the gradient of a function of X.
    const auto of_product = [](const Tensor& a) {
      const QrResult parts = qr(a);
      return (matmul(parts.q, parts.r).exp() * drawn(a.shape(), 3)).sum();
    };
    const auto directly = [](const Tensor& a) { return (a.exp() * drawn(a.shape(), 3)).sum(); };
    BOOST_TEST(agree(gradient(of_product, x), gradient(directly, x), 1e-11));
    // What is to the right of the square does not change Q.
    const auto of_q = [&](const Tensor& a) { return (qr(a).q * drawn(y.q.shape(), 3)).sum(); };
    const Tensor g = gradient(of_q, x);
    BOOST_TEST(agree(g.slice(-1, m, n), x.slice(-1, m, n) * 0.0, 0));
    BOOST_TEST(agree(g.slice(-1, 0, m), gradient(of_q, x.slice(-1, 0, m))));
  }
}

BOOST_AUTO_TEST_CASE(dependent_columns_that_rounding_hides_have_a_gradient_of_nan) {
  const Tensor column = drawn({4, 1});
  const Tensor tall = concat({column, drawn({4, 1}, 2), column * 3.0}, -1);
  const Tensor wide = concat({column, column * 0.1, drawn({4, 4}, 2)}, -1);
  for (const Tensor& x : {tall, wide, tall.to(float32), zeros({2, 2}, float64)}) {
    const QrResult y = qr(x);
    BOOST_TEST(agree(matmul(y.q, y.r), x, x.dtype() == float32 ? 1e-6 : 1e-12));
    for (const bool create_graph : {false, true}) {
      const Tensor a = variable(x);
      const QrResult parts = qr(a);
      const auto [g] = grad(parts.r.sum(), wrt(a), {.create_graph = create_graph});
      BOOST_TEST(agree(g.slice(-1, 0, std::min<std::int64_t>(x.size(-1), x.size(-2))),
                       full(parts.q.shape(), kNan, x.dtype()), 0));
    }
    const Tensor a = variable(x);
    backward((qr(a).r * 0.0).sum());
    BOOST_TEST(agree(a.grad(), x * 0.0, 0));
  }
  // A batch keeps them apart, and what is small but not dependent counts.
  const Tensor nearly = tensor({{1, 1}, {0, 1e-13}}, float64);
  const Tensor both = variable(stack({nearly, ones({2, 2}, float64)}));
  backward(qr(both).r.sum());
  BOOST_TEST(all(isfinite(both.grad()[0])));
  BOOST_TEST(agree(both.grad()[1], full({2, 2}, kNan, float64), 0));
}

BOOST_AUTO_TEST_CASE(the_trace_is_the_sum_of_a_diagonal_of_any_matrix) {
  const Tensor x = tensor({{1, 2, 3}, {4, 5, 6}}, float64);
  const auto f = [](const Tensor& a) { return trace(a); };
  BOOST_TEST(trace(x).item() == 6.0);
  BOOST_TEST(trace(x.transpose()).item() == 6.0);
  BOOST_TEST(agree(gradient(f, x), tensor({{1, 0, 0}, {0, 1, 0}}, float64), 0));
  BOOST_TEST(agree(gradient(f, x.transpose()), tensor({{1, 0}, {0, 1}, {0, 0}}, float64), 0));
  BOOST_TEST(trace(zeros({0, 3}, float64)).item() == 0.0);
}

BOOST_AUTO_TEST_CASE(dependent_columns_have_q_and_r_and_no_gradient_unless_nothing_arrives) {
  const Tensor x = variable(tensor({{1, 0}, {2, 0}, {3, 0}}, float64));
  const QrResult y = qr(x);
  BOOST_TEST(agree(matmul(y.q, y.r), x));
  backward((y.q * 0.0).sum());
  BOOST_TEST(agree(x.grad(), zeros({3, 2}, float64), 0));
  BOOST_TEST(!std::isfinite(
      gradient([](const Tensor& a) { return qr(a).q.sum(); }, x.detach()).sum().item()));
}

BOOST_AUTO_TEST_CASE(the_pseudoinverse_fulfils_the_four_conditions_of_penrose) {
  const Tensor rank2 = matmul(drawn({4, 2}), drawn({2, 5}, 2));
  for (const Tensor& a : {drawn({4, 4}), drawn({5, 3}), drawn({2, 4}), rank2, drawn({2, 3, 2})}) {
    const Tensor p = pinv(a), ap = matmul(a, p), pa = matmul(p, a);
    BOOST_TEST(agree(matmul(ap, a), a));
    BOOST_TEST(agree(matmul(pa, p), p));
    BOOST_TEST(agree(ap, ap.transpose()));
    BOOST_TEST(agree(pa, pa.transpose()));
  }
  BOOST_TEST(agree(pinv(drawn({3, 3})), inverse(drawn({3, 3}))));
  BOOST_TEST(agree(pinv(zeros({2, 3}, float64)), zeros({3, 2}, float64), 0));
  // What is rounding in float32 is none in float64.
  const Tensor nearly = tensor({{1, 0}, {0, 1e-8}}, float32);
  BOOST_TEST(pinv(nearly).at({1, 1}) == 0.0);
  BOOST_TEST(agree(pinv(nearly.to(float64)).slice(0, 1, 2).slice(1, 1, 2) * 1e-8,
                   ones({1, 1}, float64), 1e-6));
  BOOST_TEST(pinv(tensor({{1, 0}, {0, 0.25}}, float64), 0.25).at({1, 1}) == 0.0);
}

BOOST_AUTO_TEST_CASE(least_squares_are_those_of_the_pseudoinverse) {
  for (const Shape& shape : {Shape{5, 3}, Shape{3, 3}, Shape{2, 4}, Shape{2, 4, 3}}) {
    const Tensor a = drawn(shape), b = drawn({a.size(-2), 2}, 2);
    BOOST_TEST(agree(lstsq(a, b), matmul(pinv(a), b)));
    const auto by_qr = [&](const Tensor& x) { return lstsq(x, b).square().sum(); };
    const auto by_pinv = [&](const Tensor& x) { return matmul(pinv(x), b).square().sum(); };
    BOOST_TEST(agree(gradient(by_qr, a), gradient(by_pinv, a)));
  }
}

BOOST_AUTO_TEST_CASE(the_exponential_of_diagonal_and_nilpotent_matrices) {
  const Tensor d = tensor({{-30, 0, 0}, {0, 0.5, 0}, {0, 0, 3}}, float64);
  const Tensor want =
      tensor({{std::exp(-30.0), 0, 0}, {0, std::exp(0.5), 0}, {0, 0, std::exp(3.0)}}, float64);
  BOOST_TEST(agree(matrix_exp(d), want));
  const Tensor n = tensor({{0, 2, 3}, {0, 0, 4}, {0, 0, 0}}, float64);
  BOOST_TEST(agree(matrix_exp(n), eye(3, float64) + n + matmul(n, n) * 0.5));
  BOOST_TEST(agree(matrix_exp(zeros({2, 2}, float64)), eye(2, float64), 0));
  const double c = std::cos(20.0), s = std::sin(20.0);
  BOOST_TEST(
      agree(matrix_exp(tensor({{0, -20}, {20, 0}}, float64)), tensor({{c, -s}, {s, c}}, float64)));
}

BOOST_AUTO_TEST_CASE(the_exponential_of_the_negative_is_the_inverse) {
  const Tensor x = drawn({2, 4, 4});
  BOOST_TEST(agree(matmul(matrix_exp(x), matrix_exp(-x)), broadcast_to(eye(4, float64), {2, 4, 4}),
                   1e-11));
  BOOST_TEST(agree(matrix_exp(x)[1], matrix_exp(x[1]), 0));
}

BOOST_AUTO_TEST_CASE(the_gradient_of_the_exponential_does_not_depend_on_how_large_the_upstream_is) {
  const Tensor x = drawn({3, 3}), w = drawn({3, 3}, 2);
  const auto f = [&](double scale) {
    return gradient([&](const Tensor& a) { return (matrix_exp(a) * w).sum() * scale; }, x);
  };
  for (const double scale : {1e-200, 1e-8, 1e8, 1e200})
    BOOST_TEST(agree(f(scale) / scale, f(1.0), 1e-14));
  // The derivative of tr e^X is e^X^T.
  const auto of_trace = [](const Tensor& a) { return trace(matrix_exp(a)); };
  BOOST_TEST(agree(gradient(of_trace, x), matrix_exp(x).transpose()));
}

BOOST_AUTO_TEST_CASE(matrix_norms_are_those_of_the_definitions) {
  const Tensor x = tensor({{1, -2, 3}, {-4, 5, 6}}, float64),
               y = tensor({{3, 0}, {0, -4}}, float64);
  BOOST_TEST(matrix_norm(x, MatrixNorm::one).item() == 9.0);
  BOOST_TEST(matrix_norm(x, MatrixNorm::infinity).item() == 15.0);
  BOOST_TEST(agree(matrix_norm(x), tensor(std::sqrt(91.0), float64)));
  BOOST_TEST(agree(matrix_norm(y, MatrixNorm::nuclear), tensor(7, float64)));
  BOOST_TEST(agree(matrix_norm(y, MatrixNorm::spectral), tensor(4, float64)));
  BOOST_TEST((matrix_norm(zeros({5, 2, 3}), MatrixNorm::spectral).shape() == Shape{5}));
  check_refused<ShapeError>([] { return matrix_norm(zeros({3})); },
                            "[matrix_norm] got (3,), need a matrix, or a batch of them");
}

BOOST_AUTO_TEST_CASE(distances_are_norms_of_differences) {
  const Tensor a = drawn({3, 4}), b = drawn({2, 4}, 2);
  for (const double order : {1.0, 2.0, kInf}) {
    const Tensor y = cdist(a, b, order);
    for (int i = 0; i < 3; ++i) {
      for (int j = 0; j < 2; ++j) {
        double sum = 0, most = 0, squares = 0;
        for (const double d : (a[i] - b[j]).to_vector()) {
          sum += std::abs(d);
          squares += d * d;
          most = std::max(most, std::abs(d));
        }
        const double want = order == 1 ? sum : order == 2 ? std::sqrt(squares) : most;
        BOOST_TEST(std::abs(y.at({i, j}) - want) < 1e-14);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(distances_of_any_order_have_the_values_and_gradients_of_norm) {
  const Tensor a = drawn({3, 4}), b = drawn({2, 4}, 2), w = drawn({3, 2}, 3);
  for (const double order : {0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 40.0, kInf}) {
    const auto by_norm = [&](const Tensor& x) {
      return norm(x.reshape({3, 1, 4}) - b.reshape({1, 2, 4}), order, -1);
    };
    BOOST_TEST(agree(cdist(a, b, order), by_norm(a)));
    const auto f = [&](const Tensor& x) { return (cdist(x, b, order) * w).sum(); };
    const auto g = [&](const Tensor& x) { return (by_norm(x) * w).sum(); };
    BOOST_TEST(agree(gradient(f, a), gradient(g, a)), "order " << order);
    // A recorded sweep is another piece of code.
    const Tensor x = variable(a);
    const auto [recorded] = grad(f(x), wrt(x), {.create_graph = true});
    BOOST_TEST(agree(recorded, gradient(f, a)), "order " << order);
  }
  const Tensor some = tensor({{1, 2, 3}, {1, 0, 3}, {0, 0, 0}}, float64);
  BOOST_TEST(agree(cdist(some, tensor({{1, 2, 3}}, float64), 0),
                   tensor({{0.0}, {1.0}, {3.0}}, float64), 0));
  for (const double order : {-1.0, kNan})
    BOOST_CHECK_THROW(static_cast<void>(cdist(a, b, order)), DomainError);
}

BOOST_AUTO_TEST_CASE(equal_points_have_distance_and_gradient_zero_in_both_kinds_of_sweep) {
  const Tensor x = tensor({{1, 2}, {1, 2}}, float64);
  for (const double order : {0.0, 0.5, 1.0, 1.5, 2.0, 3.0, kInf}) {
    for (const bool create_graph : {false, true}) {
      const Tensor a = variable(x);
      const Tensor y = cdist(a, a, order);
      BOOST_TEST(agree(y, zeros({2, 2}, float64), 0));
      const auto [g] = grad(y.sum(), wrt(a), {.create_graph = create_graph});
      BOOST_TEST(agree(g, zeros({2, 2}, float64), 0));
    }
  }
}

BOOST_AUTO_TEST_CASE(the_distance_of_order_infinity_shares_its_gradient_at_a_tie) {
  const Tensor b = zeros({1, 3}, float64), want = tensor({{0.5, -0.5, 0}}, float64);
  for (const bool create_graph : {false, true}) {
    const Tensor a = variable(tensor({{2, -2, 1}}, float64));
    const auto [g] = grad(cdist(a, b, kInf).sum(), wrt(a), {.create_graph = create_graph});
    BOOST_TEST(agree(g, want, 0));
  }
}

BOOST_AUTO_TEST_CASE(distances_neither_overflow_nor_underflow_and_pass_nan_on) {
  const Tensor origin = zeros({1, 2}, float64);
  BOOST_TEST(
      agree(cdist(tensor({{3e200, 4e200}}, float64), origin) / 5e200, ones({1, 1}, float64)));
  BOOST_TEST(
      agree(cdist(tensor({{3e-200, 4e-200}}, float64), origin) / 5e-200, ones({1, 1}, float64)));
  for (const double size : {1e200, 1e-200}) {
    BOOST_TEST(agree(cdist(tensor({{3 * size, 4 * size}}, float64), origin, 3) / size,
                     full({1, 1}, std::cbrt(91.0), float64)));
  }
  for (const double order : {0.5, 1.0, 1.5, 2.0, 3.0, kInf})
    BOOST_TEST(std::isnan(cdist(tensor({{kNan, 1}}, float64), origin, order).item()));
  BOOST_TEST(
      agree(cdist(zeros({2, 0}, float64), zeros({3, 0}, float64)), zeros({2, 3}, float64), 0));
}

BOOST_AUTO_TEST_CASE(both_kinds_of_sweep_give_a_distance_that_is_nan_the_same_gradient) {
  for (const double order : {0.0, 0.5, 1.0, 1.5, 2.0, 3.0, kInf}) {
    Tensor gradients[2];
    for (const bool create_graph : {false, true}) {
      const Tensor a = variable(tensor({{kNan, 1}, {2, 3}}, float64));
      const Tensor y = cdist(a, zeros({2, 2}, float64), order);
      const auto [g] = grad(y.sum(), wrt(a), {.create_graph = create_graph});
      gradients[create_graph ? 1 : 0] = g;
    }
    BOOST_TEST(agree(gradients[0], gradients[1], 0));
  }
}

BOOST_AUTO_TEST_CASE(the_kronecker_product_has_a_block_for_each_element) {
  const Tensor a = drawn({2, 3}), b = drawn({4, 2}, 2), y = kron(a, b);
  BOOST_TEST((y.shape() == Shape{8, 6}));
  for (int i = 0; i < 2; ++i) {
    for (int j = 0; j < 3; ++j) {
      const Tensor block = y.slice(0, 4 * i, 4 * i + 4).slice(1, 2 * j, 2 * j + 2);
      BOOST_TEST(agree(block, b * a.at({i, j}), 0));
    }
  }
  BOOST_TEST(agree(kron(a[0], b[1]), kron(a.slice(0, 0, 1), b.slice(0, 1, 2))[0], 0));
  BOOST_TEST(agree(trace(kron(a.slice(1, 0, 2), b.slice(0, 0, 2))),
                   trace(a.slice(1, 0, 2)) * trace(b.slice(0, 0, 2))));
}

BOOST_AUTO_TEST_CASE(the_kronecker_product_takes_any_axes) {
  // Along each axis: the place in b, and how often it has been gone through.
  const Tensor a = drawn({2, 3, 2, 2}), b = drawn({3, 2, 1}, 2), y = kron(a, b);
  BOOST_TEST((y.shape() == Shape{2, 9, 4, 2}));
  for (const auto& [i, j, k, l] :
       {std::array{0, 0, 0, 0}, std::array{1, 4, 3, 1}, std::array{1, 8, 2, 0}})
    BOOST_TEST(y.at({i, j, k, l}) == a.at({i, j / 3, k / 2, l}) * b.at({j % 3, k % 2, 0}));
  BOOST_TEST(agree(kron(b, a)[1], kron(b, a[1]), 0));
  const Tensor number = tensor(3.0, float64), none = zeros({0, 2}, float64);
  BOOST_TEST(agree(kron(number, b), b * 3.0, 0));
  BOOST_TEST(agree(kron(b, number), b * 3.0, 0));
  BOOST_TEST(kron(number, number).shape().rank() == 0);
  BOOST_TEST(agree(kron(a[0][0][0], b), kron(a[0][0][0].reshape({1, 1, 2}), b), 0));
  BOOST_TEST((kron(none, b).shape() == Shape{3, 0, 2}));
  BOOST_TEST(
      (kron(ones({1, 1, 1, 1, 1, 2, 2}), ones({2, 1})).shape() == Shape{1, 1, 1, 1, 1, 4, 2}));
  BOOST_TEST((kron(arange(2), arange(3)).dtype() == int64));
}

BOOST_AUTO_TEST_CASE(elements_that_are_not_finite_give_nan) {
  for (const double bad : {kNan, kInf}) {
    const Tensor x = tensor({{bad, 0}, {0, 1}}, float64);
    BOOST_TEST(agree(eigvalsh(x), full({2}, kNan, float64)));
    BOOST_TEST(agree(svdvals(x), full({2}, kNan, float64)));
    BOOST_TEST(agree(matrix_exp(x), full({2, 2}, kNan, float64)));
  }
}

BOOST_AUTO_TEST_CASE(without_elements_the_parts_are_empty) {
  const Tensor none = zeros({3, 0, 0}, float64);
  BOOST_TEST((eigh(none).values.shape() == Shape{3, 0}));
  BOOST_TEST((eigh(none).vectors.shape() == Shape{3, 0, 0}));
  BOOST_TEST((svd(zeros({0, 4}, float64)).vt.shape() == Shape{0, 4}));
  BOOST_TEST((qr(zeros({4, 0}, float64)).q.shape() == Shape{4, 0}));
  BOOST_TEST((matrix_exp(none).shape() == Shape{3, 0, 0}));
  BOOST_TEST((kron(none, none).shape() == Shape{9, 0, 0}));
  BOOST_TEST((eigvalsh(zeros({0, 2, 2}, float64)).shape() == Shape{0, 2}));
}

BOOST_AUTO_TEST_CASE(qr_of_tiny_and_huge_numbers_neither_underflows_nor_overflows) {
  const Tensor x = tensor({{3, 1}, {4, 2}}, float64);
  for (const double size : {1e-300, 1e-160, 1.0, 1e160, 1e300}) {
    const QrResult y = qr(x * size);
    const std::vector<double> r = (y.r / size).to_vector<double>();
    BOOST_TEST(std::abs(r[0] - 5.0) <= 1e-14);
    BOOST_TEST(std::abs(r[1] - 2.2) <= 1e-14);
    BOOST_TEST(std::abs(r[3] - 0.4) <= 1e-14);
    BOOST_TEST(std::abs(y.q.to_vector<double>()[0] - 0.6) <= 1e-14);
  }
}

BOOST_AUTO_TEST_SUITE_END()
