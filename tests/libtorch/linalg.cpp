// SPDX-License-Identifier: MIT
// Linear algebra beside that of libtorch, which calls LAPACK. Where a result is unique up to signs,
// its squares are compared.
#include <limits>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/creation.hpp>
#include <nabla/ops/einsum.hpp>
#include <nabla/ops/ops.hpp>

#include "compare.hpp"

#include <torch/torch.h>

using namespace nabla::test;

namespace {

using Ours = std::span<const nabla::Tensor>;
using Theirs = const TorchList&;

constexpr double kInf = std::numeric_limits<double>::infinity();

// A batch of two matrices, X + 5 I: far from singular.
Case on_matrices(const std::string& name, nabla::Tensor (*ours)(const nabla::Tensor&),
                 Torch (*theirs)(const Torch&)) {
  return {name,
          {{{2, 4, 4}}},
          [ours](Ours x) { return ours(x[0] + 5 * nabla::eye(4, nabla::float64)); },
          [theirs](Theirs x) { return theirs(x[0] + 5 * torch::eye(4, at::kDouble)); }};
}

// X X^T + I diag(0, 3, 6, 9): symmetric, positive definite, with distinct eigenvalues.
nabla::Tensor definite(const nabla::Tensor& x) {
  const nabla::Tensor column = nabla::arange(4).to(nabla::float64).reshape({4, 1}) * 3.0 + 1.0;
  return nabla::matmul(x, x.transpose()) + nabla::eye(4, nabla::float64) * column;
}
Torch definite(const Torch& x) {
  const Torch column = torch::arange(4, at::kDouble).reshape({4, 1}) * 3.0 + 1.0;
  return torch::matmul(x, x.transpose(-2, -1)) + torch::eye(4, at::kDouble) * column;
}
Case on_definite(const std::string& name, nabla::Tensor (*ours)(const nabla::Tensor&),
                 Torch (*theirs)(const Torch&)) {
  return {name,
          {{{2, 4, 4}}},
          [ours](Ours x) { return ours(definite(x[0])); },
          [theirs](Theirs x) { return theirs(definite(x[0])); }};
}

const std::vector<Case> kProducts = {
    {"matmul",
     {{{2, 1, 3, 4}}, {{3, 4, 2}}},
     [](Ours x) { return nabla::matmul(x[0], x[1]); },
     [](Theirs x) { return torch::matmul(x[0], x[1]); }},
    {"bmm",
     {{{2, 3, 4}}, {{2, 4, 5}}},
     [](Ours x) { return nabla::bmm(x[0], x[1]); },
     [](Theirs x) { return torch::bmm(x[0], x[1]); }},
    {"mv",
     {{{3, 4}}, {{4}}},
     [](Ours x) { return nabla::mv(x[0], x[1]); },
     [](Theirs x) { return torch::mv(x[0], x[1]); }},
    {"dot",
     {{{7}}, {{7}}},
     [](Ours x) { return nabla::dot(x[0], x[1]); },
     [](Theirs x) { return torch::dot(x[0], x[1]); }},
    {"addmm",
     {{{5}}, {{3, 4}}, {{4, 5}}},
     [](Ours x) { return nabla::addmm(x[0], x[1], x[2], {.beta = 0.5, .alpha = -2}); },
     [](Theirs x) { return torch::addmm(x[0], x[1], x[2], 0.5, -2); }},
    {"baddbmm",
     {{{2, 3, 5}}, {{2, 3, 4}}, {{2, 4, 5}}},
     [](Ours x) { return nabla::baddbmm(x[0], x[1], x[2], {.beta = 0.5, .alpha = -2}); },
     [](Theirs x) { return torch::baddbmm(x[0], x[1], x[2], 0.5, -2); }},
    {"outer",
     {{{3}}, {{4}}},
     [](Ours x) { return nabla::outer(x[0], x[1]); },
     [](Theirs x) { return torch::outer(x[0], x[1]); }},
    {"kron",
     {{{2, 3}}, {{3, 2}}},
     [](Ours x) { return nabla::kron(x[0], x[1]); },
     [](Theirs x) { return torch::kron(x[0], x[1]); }},
    {"kron of other axes",
     {{{2, 3, 2}}, {{3, 2}}},
     [](Ours x) { return nabla::kron(x[0], x[1]); },
     [](Theirs x) { return torch::kron(x[0], x[1]); }},
    {"kron of a number",
     {{{}}, {{3, 1, 2}}},
     [](Ours x) { return nabla::kron(x[0], x[1]); },
     [](Theirs x) { return torch::kron(x[0], x[1]); }},
    {"einsum of three",
     {{{2, 3, 4}}, {{4, 5}}, {{2, 5}}},
     [](Ours x) {
       return nabla::einsum("bij,jk,bk->bi", {x[0], x[1], x[2]});
     },
     [](Theirs x) { return torch::einsum("bij,jk,bk->bi", x); }},
    {"einsum of a diagonal",
     {{{3, 3, 2}}},
     [](Ours x) { return nabla::einsum("iij->ij", {x[0]}); },
     [](Theirs x) { return torch::einsum("iij->ij", x); }},
    {"cdist",
     {{{2, 3, 4}}, {{2, 5, 4}}},
     [](Ours x) { return nabla::cdist(x[0], x[1]); },
     [](Theirs x) { return torch::cdist(x[0], x[1]); }},
    {"cdist 1",
     {{{3, 4}}, {{5, 4}}},
     [](Ours x) { return nabla::cdist(x[0], x[1], 1); },
     [](Theirs x) { return torch::cdist(x[0], x[1], 1); }},
    {"cdist 0",
     {{{3, 4}}, {{5, 4}}},
     [](Ours x) { return nabla::cdist(x[0], x[1], 0); },
     [](Theirs x) { return torch::cdist(x[0], x[1], 0); }},
    {"cdist 1.5",
     {{{2, 3, 4}}, {{5, 4}}},
     [](Ours x) { return nabla::cdist(x[0], x[1], 1.5); },
     [](Theirs x) { return torch::cdist(x[0], x[1], 1.5); }},
    {"cdist 3",
     {{{3, 4}}, {{5, 4}}},
     [](Ours x) { return nabla::cdist(x[0], x[1], 3); },
     [](Theirs x) { return torch::cdist(x[0], x[1], 3); }},
    {"cdist inf",
     {{{3, 4}}, {{5, 4}}},
     [](Ours x) { return nabla::cdist(x[0], x[1], kInf); },
     [](Theirs x) { return torch::cdist(x[0], x[1], kInf); }},
};

const std::vector<Case> kSystems = {
    {"solve",
     {{{2, 3, 3}}, {{2, 3, 2}}},
     [](Ours x) { return nabla::solve(x[0] + 5 * nabla::eye(3, nabla::float64), x[1]); },
     [](Theirs x) { return torch::linalg_solve(x[0] + 5 * torch::eye(3, at::kDouble), x[1]); }},
    {"triangular_solve",
     {{{2, 3, 3}}, {{2, 3, 2}}},
     [](Ours x) {
       return nabla::triangular_solve(x[0] + 5 * nabla::eye(3, nabla::float64), x[1],
                                      {.upper = true});
     },
     [](Theirs x) {
       return torch::linalg_solve_triangular(x[0] + 5 * torch::eye(3, at::kDouble), x[1], true);
     }},
    {"lstsq",
     {{{5, 3}}, {{5, 2}}},
     [](Ours x) { return nabla::lstsq(x[0], x[1]); },
     [](Theirs x) { return std::get<0>(torch::linalg_lstsq(x[0], x[1])); },
     1e-11},
    {"cholesky_solve",
     {{{4, 4}}, {{4, 2}}},
     [](Ours x) { return nabla::cholesky_solve(nabla::cholesky(definite(x[0])), x[1]); },
     [](Theirs x) { return torch::cholesky_solve(x[1], torch::linalg_cholesky(definite(x[0]))); }},
    on_matrices(
        "matrix_power 3", [](const nabla::Tensor& x) { return nabla::matrix_power(x, 3); },
        [](const Torch& x) { return torch::linalg_matrix_power(x, 3); }),
    on_matrices(
        "matrix_power -2", [](const nabla::Tensor& x) { return nabla::matrix_power(x, -2); },
        [](const Torch& x) { return torch::linalg_matrix_power(x, -2); }),
    on_matrices(
        "inverse", [](const nabla::Tensor& x) { return nabla::inverse(x); },
        [](const Torch& x) { return torch::linalg_inv(x); }),
    on_matrices(
        "det", [](const nabla::Tensor& x) { return nabla::det(x); },
        [](const Torch& x) { return torch::linalg_det(x); }),
    on_matrices(
        "cofactor", [](const nabla::Tensor& x) { return nabla::cofactor(x); },
        [](const Torch& x) {
          return torch::linalg_det(x).reshape({2, 1, 1}) * torch::linalg_inv(x).transpose(-2, -1);
        }),
    on_matrices(
        "slogdet", [](const nabla::Tensor& x) { return nabla::slogdet(x).logabsdet; },
        [](const Torch& x) { return std::get<1>(torch::linalg_slogdet(x)); }),
    on_matrices(
        "trace", [](const nabla::Tensor& x) { return nabla::trace(x); },
        [](const Torch& x) { return x.diagonal(0, -2, -1).sum(-1); }),
    {"trace of a wide one",
     {{{3, 5}}},
     [](Ours x) { return nabla::trace(x[0]); },
     [](Theirs x) { return torch::trace(x[0]); }},
    {"logdet",
     {{{2, 4, 4}}},
     [](Ours x) { return nabla::logdet(x[0] + 9 * nabla::eye(4, nabla::float64)); },
     [](Theirs x) { return torch::logdet(x[0] + 9 * torch::eye(4, at::kDouble)); }},
    {"matrix_exp",
     {{{2, 4, 4}}},
     [](Ours x) { return nabla::matrix_exp(x[0]); },
     [](Theirs x) { return torch::matrix_exp(x[0]); }},
};

const std::vector<Case> kFactorizations = {
    on_definite(
        "cholesky", [](const nabla::Tensor& x) { return nabla::cholesky(x); },
        [](const Torch& x) { return torch::linalg_cholesky(x); }),
    on_definite(
        "eigvalsh", [](const nabla::Tensor& x) { return nabla::eigvalsh(x); },
        [](const Torch& x) { return torch::linalg_eigvalsh(x); }),
    on_definite(
        "eigh", [](const nabla::Tensor& x) { return nabla::eigh(x).vectors.square(); },
        [](const Torch& x) { return std::get<1>(torch::linalg_eigh(x)).square(); }),
    on_matrices(
        "q of qr", [](const nabla::Tensor& x) { return nabla::qr(x).q.square(); },
        [](const Torch& x) { return std::get<0>(torch::linalg_qr(x)).square(); }),
    on_matrices(
        "r of qr", [](const nabla::Tensor& x) { return nabla::qr(x).r.square(); },
        [](const Torch& x) { return std::get<1>(torch::linalg_qr(x)).square(); }),
    {"q of qr, wide",
     {{{2, 3, 5}}},
     [](Ours x) { return nabla::qr(x[0]).q.square(); },
     [](Theirs x) { return std::get<0>(torch::linalg_qr(x[0])).square(); },
     1e-11,
     1e-12},  // zeros are differences of terms that grow with the condition of a draw
    {"r of qr, wide",
     {{{2, 3, 5}}},
     [](Ours x) { return nabla::qr(x[0]).r.square(); },
     [](Theirs x) { return std::get<1>(torch::linalg_qr(x[0])).square(); },
     1e-11},
    {"pinv",
     {{{2, 5, 3}}},
     [](Ours x) { return nabla::pinv(x[0]); },
     [](Theirs x) { return torch::linalg_pinv(x[0]); },
     1e-11},
    {"u of svd",
     {{{2, 3, 4}}},
     [](Ours x) { return nabla::svd(x[0]).u.square(); },
     [](Theirs x) { return std::get<0>(torch::linalg_svd(x[0], false)).square(); },
     1e-11},
    {"v of svd",
     {{{2, 3, 4}}},
     [](Ours x) { return nabla::svd(x[0]).vt.square(); },
     [](Theirs x) { return std::get<2>(torch::linalg_svd(x[0], false)).square(); },
     1e-11},
    {"svdvals",
     {{{2, 3, 4}}},
     [](Ours x) { return nabla::svdvals(x[0]); },
     [](Theirs x) { return torch::linalg_svdvals(x[0]); }},
    {"Frobenius norm",
     {{{2, 3, 4}}},
     [](Ours x) { return nabla::matrix_norm(x[0]); },
     [](Theirs x) { return torch::linalg_matrix_norm(x[0], "fro"); }},
    {"nuclear norm",
     {{{2, 3, 4}}},
     [](Ours x) { return nabla::matrix_norm(x[0], nabla::MatrixNorm::nuclear); },
     [](Theirs x) { return torch::linalg_matrix_norm(x[0], "nuc"); }},
    {"spectral norm",
     {{{2, 3, 4}}},
     [](Ours x) { return nabla::matrix_norm(x[0], nabla::MatrixNorm::spectral); },
     [](Theirs x) { return torch::linalg_matrix_norm(x[0], 2); }},
    {"norm of columns",
     {{{2, 3, 4}}},
     [](Ours x) { return nabla::matrix_norm(x[0], nabla::MatrixNorm::one); },
     [](Theirs x) { return torch::linalg_matrix_norm(x[0], 1); }},
    {"norm of rows",
     {{{2, 3, 4}}},
     [](Ours x) { return nabla::matrix_norm(x[0], nabla::MatrixNorm::infinity); },
     [](Theirs x) { return torch::linalg_matrix_norm(x[0], kInf); }},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(linalg_beside_libtorch)

BOOST_AUTO_TEST_CASE(products_agree) {
  for (const Case& test : kProducts) compare(test);
}
BOOST_AUTO_TEST_CASE(systems_agree) {
  for (const Case& test : kSystems) compare(test);
}
BOOST_AUTO_TEST_CASE(factorizations_agree) {
  for (const Case& test : kFactorizations) compare(test);
}

BOOST_AUTO_TEST_SUITE_END()
