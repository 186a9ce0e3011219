// SPDX-License-Identifier: MIT
#include <nabla/ops/einsum.hpp>
#include <nabla/ops/linalg/cholesky.hpp>
#include <nabla/ops/linalg/eigh.hpp>
#include <nabla/ops/linalg/inverse.hpp>
#include <nabla/ops/linalg/matmul.hpp>
#include <nabla/ops/linalg/outer.hpp>
#include <nabla/ops/linalg/qr.hpp>
#include <nabla/ops/linalg/slogdet.hpp>
#include <nabla/ops/linalg/svd.hpp>

#include "parts.hpp"

namespace nabla::detail {
namespace {

/// x with distinct large numbers on the diagonal, which keep it from being singular and its singular
/// values apart.
Tensor with_diagonal(const Tensor& x) {
  const std::int64_t m = x.size(-2), n = x.size(-1);
  const Tensor row = arange(n).to(x.dtype()) * 5.0 + 6.0;
  return x + where(arange(m).reshape({m, 1}) == arange(n), row, 0.0);
}

/// The sample of an equation.
Sample einsum_of(std::string_view equation, std::vector<Tensor> operands) {
  return {std::string(equation), std::move(operands),
          [equation](Tensors x) { return einsum(equation, x); }};
}

Sample norm_of(MatrixNorm kind, std::string description, const Shape& shape) {
  return {std::move(description), {sample_tensor(shape)}, [kind](Tensors x) {
            return matrix_norm(with_diagonal(x[0]), kind);
          }};
}

Sample power_of(std::int64_t exponent, std::string description, const Shape& shape) {
  return {std::move(description), {sample_tensor(shape)}, [exponent](Tensors x) {
            return matrix_power(plus_identity(x[0], exponent < 0 ? 7.0 : 0.0), exponent);
          }};
}

}  // namespace

std::span<const Composition> made_of_matrices() {
  static constexpr Composition table[] = {
      {.info = {.name = "addmm",
                .formula = "Y = beta C + alpha A B",
                .gradient = "dL/dC = beta G, dL/dA = alpha G B^T, dL/dB = alpha A^T G",
                .kinks = "beta = 0: C does not matter, not even NaN",
                .accuracy = "as matmul, and <= 1.5 ulp of the larger term"},
       .made_of = "matmul, mul, add",
       .samples =
           [] {
             const auto usual = [](Tensors x) { return addmm(x[0], x[1], x[2]); };
             const auto scaled = [](Tensors x) {
               return addmm(x[0], x[1], x[2], {.beta = -0.5, .alpha = 3.0});
             };
             const auto replaced = [](Tensors x) { return addmm(x[0], x[1], x[2], {.beta = 0.0}); };
             return Samples{
                 {"a row for all",
                  {sample_tensor({2}), sample_tensor({3, 4}), sample_tensor({4, 2})},
                  usual},
                 {"factors",
                  {sample_tensor({2, 2}), sample_tensor({2, 2}, -2, 2, 2), sample_tensor({2, 2})},
                  scaled},
                 {"beta 0",
                  {sample_tensor({2}), sample_tensor({2, 3}), sample_tensor({3, 2})},
                  replaced},
                 {"nothing to sum",
                  {sample_tensor({2}), sample_tensor({3, 0}), sample_tensor({0, 2})},
                  usual}};
           },
       .errors =
           [] {
             return Errors{
                 {"other inner sizes",
                  [] {
                    static_cast<void>(addmm(zeros({2, 3}), zeros({2, 3}), zeros({2, 3})));
                  },
                  "[addmm] inner sizes differ: a is (2, 3), b is (2, 3)"},
                 {"a sum that does not stretch",
                  [] {
                    static_cast<void>(addmm(zeros({2, 3}), eye(3), eye(3)));
                  },
                  "[addmm] shapes do not broadcast: a is (2, 3), b is (3, 3)"},
                 {"two dtypes",
                  [] {
                    static_cast<void>(addmm(zeros({2, 3}), zeros({2, 3}), eye(3, float64)));
                  },
                  "[addmm] a is float32, b is float64, need the same floating type"}};
           }},
      {.info = {.name = "baddbmm",
                .formula = "addmm on two batches of as many matrices",
                .gradient = "as addmm",
                .kinks = "as addmm",
                .accuracy = "as addmm"},
       .made_of = "matmul, mul, add",
       .samples =
           [] {
             const auto apply = [](Tensors x) {
               return baddbmm(x[0], x[1], x[2], {.beta = 2.0, .alpha = 0.25});
             };
             return Samples{
                 {"a matrix for all",
                  {sample_tensor({3, 2}), sample_tensor({2, 3, 4}), sample_tensor({2, 4, 2})},
                  apply},
                 {"a matrix for each",
                  {sample_tensor({2, 1, 2}), sample_tensor({2, 1, 3}), sample_tensor({2, 3, 2})},
                  apply},
                 {"nothing to sum",
                  {sample_tensor({1, 2}), sample_tensor({2, 1, 0}), sample_tensor({2, 0, 2})},
                  apply}};
           },
       .errors =
           [] {
             return Errors{
                 {"other inner sizes",
                  [] {
                    static_cast<void>(
                        baddbmm(zeros({1, 2, 3}), zeros({1, 2, 3}), zeros({1, 2, 3})));
                  },
                  "[baddbmm] inner sizes differ: a is (1, 2, 3), b is (1, 2, 3), need a columns = "
                  "b rows"},
                 {"no batch",
                  [] {
                    static_cast<void>(baddbmm(zeros({1, 2, 3}), zeros({1, 2, 3}), zeros({3, 2})));
                  },
                  "[baddbmm] a is (1, 2, 3), b is (3, 2), need two batches of as many matrices"},
                 {"a sum that does not stretch",
                  [] {
                    static_cast<void>(baddbmm(eye(3), zeros({1, 2, 3}), zeros({1, 3, 2})));
                  },
                  "[baddbmm] shapes do not broadcast: a is (3, 3), b is (1, 2, 2)"}};
           }},
      {.info = {.name = "bmm",
                .formula = "matmul on two batches of as many matrices",
                .gradient = "as matmul",
                .accuracy = "as matmul"},
       .made_of = "matmul",
       .samples =
           [] {
             const auto apply = [](Tensors x) { return bmm(x[0], x[1]); };
             return Samples{
                 {"batches", {sample_tensor({2, 3, 2}), sample_tensor({2, 2, 4})}, apply},
                 {"transposed",
                  {sample_tensor({2, 2, 3}).transpose(), sample_tensor({2, 2, 2})},
                  apply},
                 {"no matrices", {sample_tensor({0, 2, 3}), sample_tensor({0, 3, 2})}, apply}};
           },
       .errors =
           [] {
             return Errors{
                 {"other inner sizes",
                  [] {
                    static_cast<void>(bmm(zeros({1, 2, 3}), zeros({1, 2, 3})));
                  },
                  "[bmm] inner sizes differ"},
                 {"two matrices", [] { static_cast<void>(bmm(eye(2), eye(2))); },
                  "[bmm] a is (2, 2), b is (2, 2), need two batches of as many matrices"}};
           }},
      {.info = {.name = "cholesky_solve",
                .formula = "X with L L^T X = B",
                .gradient = "as of two triangular_solve",
                .domain = "L square; its lower triangle is read",
                .kinks = "0 on the diagonal: as triangular_solve",
                .accuracy = "as triangular_solve, twice"},
       .made_of = "triangular_solve",
       .samples =
           [] {
             const auto apply = [](Tensors x) {
               return cholesky_solve(plus_identity(x[0], 4.0), x[1]);
             };
             return Samples{
                 {"matrices", {sample_tensor({3, 3}), sample_tensor({3, 2})}, apply},
                 {"a vector", {sample_tensor({2, 2}), sample_tensor({2})}, apply},
                 {"batches that broadcast",
                  {sample_tensor({2, 2}), sample_tensor({2, 2, 1})},
                  apply},
                 {"no equations", {sample_tensor({0, 0}), sample_tensor({0, 2})}, apply}};
           },
       .errors =
           [] {
             return Errors{{"not square",
                            [] {
                              static_cast<void>(cholesky_solve(zeros({2, 3}), zeros({2, 3})));
                            },
                            "[cholesky_solve] not square: got (2, 3)"},
                           {"other sizes",
                            [] {
                              static_cast<void>(cholesky_solve(eye(3), zeros({2, 3})));
                            },
                            "[cholesky_solve] sizes differ: a is (3, 3), b is (2, 3)"}};
           }},
      {.info = {.name = "eigvalsh",
                .formula = "the eigenvalues of eigh, ascending",
                .gradient = "dL/dX = V diag(g) V^T",
                .domain = "symmetric; the lower triangle is read",
                .kinks = "repeated: one of several; second derivatives are NaN",
                .accuracy = "as eigh"},
       .made_of = "eigh",
       .samples =
           [] {
             const auto apply = [](Tensors x) {
               return eigvalsh(symmetrised(with_diagonal(x[0])));
             };
             return Samples{{"a matrix", {sample_tensor({3, 3})}, apply},
                            {"a batch, transposed", {sample_tensor({2, 2, 2}).transpose()}, apply},
                            {"without elements", {sample_tensor({2, 0, 0})}, apply}};
           },
       .errors =
           [] {
             return Errors{{"not square",
                            [] {
                              static_cast<void>(eigvalsh(zeros({2, 3})));
                            },
                            "[eigvalsh] not square: got (2, 3)"}};
           }},
      {.info = {.name = "einsum",
                .formula = "y = sum over the letters that the result lacks, of the product of the "
                           "operands x_i",
                .gradient = "dL/dx_i = the einsum of g and the other operands",
                .accuracy = "as matmul for each product of two, as sum before it"},
       .made_of = "permute, diagonal, sum, mul, matmul, reshape",
       .samples =
           [] {
             return Samples{
                 einsum_of("...ij,...jk", {sample_tensor({2, 2, 3}), sample_tensor({3, 2})}),
                 einsum_of("i,ij,j->",
                           {sample_tensor({2}), sample_tensor({2, 3}), sample_tensor({3})}),
                 einsum_of("iij->ji", {sample_tensor({2, 2, 3})}),
                 einsum_of("ij,ij->j", {sample_tensor({3, 2}), sample_tensor({3, 2}, -2, 2, 2)}),
                 einsum_of("a,b->ba", {sample_tensor({2}), sample_tensor({3})}),
                 einsum_of("ij,jk", {sample_tensor({2, 0}), sample_tensor({0, 3})}),
                 einsum_of(",->", {sample_tensor({}), sample_tensor({}, -2, 2, 2)})};
           },
       .errors =
           [] {
             return Errors{
                 {"a letter that no operand has",
                  [] { static_cast<void>(einsum("ij->ik", {eye(2)})); },
                  "[einsum] got k in the result, need a letter that an operand has"},
                 {"a letter twice in the result",
                  [] { static_cast<void>(einsum("ij->ii", {eye(2)})); },
                  "[einsum] got i twice in the result, need each letter once"},
                 {"sizes that differ",
                  [] {
                    static_cast<void>(einsum("ij,jk", {zeros({2, 3}), zeros({2, 3})}));
                  },
                  "[einsum] sizes of j differ"},
                 {"too few operands", [] { static_cast<void>(einsum("ij,jk", {eye(2)})); },
                  "[einsum] got 1 operands, need 2"}};
           }},
      {.info = {.name = "kron",
                .formula =
                    "y = every element of a times the whole of b, sizes multiplied along each "
                    "axis",
                .gradient = "as of the product",
                .accuracy = "<= 0.5 ulp"},
       .made_of = "reshape, mul",
       .samples =
           [] {
             const auto apply = [](Tensors x) { return kron(x[0], x[1]); };
             return Samples{
                 {"matrices", {sample_tensor({2, 3}), sample_tensor({3, 2})}, apply},
                 {"vectors", {sample_tensor({2}), sample_tensor({3}, -2, 2, 2)}, apply},
                 {"four axes and three",
                  {sample_tensor({2, 1, 2, 2}), sample_tensor({3, 1, 2})},
                  apply},
                 {"a number and a matrix", {sample_tensor({}), sample_tensor({2, 3})}, apply},
                 {"of a matrix and one like it",
                  {sample_tensor({2, 2}), sample_tensor({2, 2}, -2, 2, 2)},
                  apply},
                 {"without elements", {sample_tensor({2, 0}), sample_tensor({3, 2})}, apply}};
           },
       .errors =
           [] {
             return Errors{{"more axes than there can be",
                            [] {
                              static_cast<void>(kron(zeros({2, 2, 2, 2, 2}), zeros({2, 2, 2, 2})));
                            },
                            "[kron] too many axes: got 9, need at most 8"}};
           }},
      {.info = {.name = "logdet",
                .formula = "y = ln det X",
                .gradient = "dL/dX = g X^-T",
                .domain = "square, det X > 0; -inf at 0, NaN below",
                .kinks = "det X = 0 and det X < 0: gradient NaN",
                .accuracy = "as slogdet"},
       .made_of = "slogdet, mul",
       .samples =
           [] {
             const auto apply = [](Tensors x) { return logdet(plus_identity(x[0], 7.0)); };
             return Samples{{"a matrix", {sample_tensor({3, 3})}, apply},
                            {"a batch, transposed", {sample_tensor({2, 2, 2}).transpose()}, apply},
                            {"without elements", {sample_tensor({0, 0})}, apply}};
           },
       .errors =
           [] {
             return Errors{{"not square",
                            [] {
                              static_cast<void>(logdet(zeros({2, 3})));
                            },
                            "[logdet] not square: got (2, 3)"}};
           }},
      {.info = {.name = "lstsq",
                .formula = "X for which |A X - B| is least, the shortest such X",
                .gradient = "as of qr",
                .domain = "the columns of A linearly independent, or its rows if there are fewer",
                .kinks = "dependent: an error; use pinv; NaN spreads as in qr and triangular_solve",
                .accuracy = "as qr, matmul and triangular_solve"},
       .made_of = "qr, triangular_solve, matmul",
       .samples =
           [] {
             const auto apply = [](Tensors x) { return lstsq(with_diagonal(x[0]), x[1]); };
             return Samples{{"more equations than unknowns",
                             {sample_tensor({4, 2}), sample_tensor({4, 3})},
                             apply},
                            {"fewer", {sample_tensor({2, 3}), sample_tensor({2, 2})}, apply},
                            {"a batch of as many",
                             {sample_tensor({2, 2, 2}), sample_tensor({2, 2, 1})},
                             apply},
                            {"no unknowns", {sample_tensor({2, 0}), sample_tensor({2, 1})}, apply}};
           },
       .errors =
           [] {
             return Errors{
                 {"other rows",
                  [] {
                    static_cast<void>(lstsq(zeros({2, 3}), eye(3)));
                  },
                  "[lstsq] sizes differ: a is (2, 3), b is (3, 3), need as many rows in b as in a"},
                 {"two dtypes",
                  [] {
                    static_cast<void>(lstsq(zeros({2, 3}), eye(2, float64)));
                  },
                  "[lstsq] a is float32, b is float64"},
                 {"batches that do not broadcast",
                  [] {
                    static_cast<void>(lstsq(zeros({2, 2, 3}), zeros({3, 2, 1})));
                  },
                  "[lstsq] shapes do not broadcast: a is (2,), b is (3,)"}};
           }},
      {.info = {.name = "matrix_norm",
                .formula =
                    "nuclear, Frobenius or spectral norm, or the greatest sum of a row or column",
                .gradient = "as of svd, or of sum, abs and max",
                .kinks = "as of these",
                .accuracy = "as norm, svd or sum"},
       .made_of = "svd, norm, sum, abs, max, min",
       .samples =
           [] {
             return Samples{norm_of(MatrixNorm::frobenius, "Frobenius", {2, 3}),
                            norm_of(MatrixNorm::nuclear, "nuclear", {3, 2}),
                            norm_of(MatrixNorm::spectral, "spectral, a batch", {2, 2, 3}),
                            norm_of(MatrixNorm::one, "greatest column", {2, 3}),
                            norm_of(MatrixNorm::infinity, "greatest row", {3, 2}),
                            norm_of(MatrixNorm::nuclear, "nuclear, without elements", {2, 0})};
           },
       .errors =
           [] {
             return Errors{{"no rows",
                            [] {
                              static_cast<void>(matrix_norm(zeros({0, 2}), MatrixNorm::spectral));
                            },
                            "[matrix_norm] no elements: got (0, 2), need at least one row"},
                           {"no columns",
                            [] {
                              static_cast<void>(matrix_norm(zeros({2, 0}), MatrixNorm::one));
                            },
                            "[matrix_norm] no elements: got (2, 0), need at least one column"},
                           {"nothing to sum over",
                            [] {
                              static_cast<void>(matrix_norm(zeros({0, 2}), MatrixNorm::infinity));
                            },
                            "[matrix_norm] no elements: got (0, 2), need at least one row"}};
           }},
      {.info = {.name = "matrix_power",
                .formula = "Y = X X ... X, of the inverse for a negative exponent",
                .gradient = "as of the products",
                .domain = "square; not singular for a negative exponent",
                .accuracy = "as matmul for each of at most 2 log2 n products, as inverse before"},
       .made_of = "matmul, inverse",
       .samples =
           [] {
             return Samples{power_of(5, "fifth", {2, 2}), power_of(-2, "inverse, squared", {3, 3}),
                            power_of(1, "first, a batch", {2, 2, 2}), power_of(0, "none", {2, 2}),
                            power_of(3, "without elements", {0, 0})};
           },
       .errors =
           [] {
             return Errors{
                 {"a power of the inverse, singular",
                  [] {
                    static_cast<void>(matrix_power(zeros({2, 2}), -2));
                  },
                  "[matrix_power] singular: got a pivot 0, need linearly independent columns"},
                 {"not square",
                  [] {
                    static_cast<void>(matrix_power(zeros({2, 3}), 2));
                  },
                  "[matrix_power] not square: got (2, 3)"}};
           }},
      {.info =
           {.name = "mv", .formula = "y = A x", .gradient = "as matmul", .accuracy = "as matmul"},
       .made_of = "matmul",
       .samples =
           [] {
             const auto apply = [](Tensors x) { return mv(x[0], x[1]); };
             return Samples{
                 {"a matrix and a vector", {sample_tensor({2, 3}), sample_tensor({3})}, apply},
                 {"transposed", {sample_tensor({2, 3}).transpose(), sample_tensor({2})}, apply},
                 {"nothing to sum", {sample_tensor({2, 0}), sample_tensor({0})}, apply}};
           },
       .errors =
           [] {
             return Errors{{"other inner sizes",
                            [] {
                              static_cast<void>(mv(zeros({2, 3}), zeros({2})));
                            },
                            "[mv] inner sizes differ"},
                           {"two matrices", [] { static_cast<void>(mv(eye(2), eye(2))); },
                            "[mv] a is (2, 2), x is (2, 2), need a matrix and a vector"}};
           }},
      {.info = {.name = "svdvals",
                .formula = "the singular values of svd, descending",
                .gradient = "dL/dX = U diag(g) V^T",
                .kinks =
                    "repeated: one of several; 0: gradient 0; there second derivatives are NaN",
                .accuracy = "as svd"},
       .made_of = "svd",
       .samples =
           [] {
             const auto apply = [](Tensors x) { return svdvals(with_diagonal(x[0])); };
             return Samples{{"tall", {sample_tensor({3, 2})}, apply},
                            {"a batch of wide ones, transposed",
                             {sample_tensor({2, 3, 2}).transpose()},
                             apply},
                            {"without elements", {sample_tensor({2, 0})}, apply}};
           },
       .errors =
           [] {
             return Errors{{"a vector", [] { static_cast<void>(svdvals(zeros({2}))); },
                            "[svdvals] got (2,), need a matrix"}};
           }}};
  return table;
}

}  // namespace nabla::detail
