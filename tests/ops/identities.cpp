// SPDX-License-Identifier: MIT
// Derivatives by what must hold between them, without finite differences: homogeneous functions,
// transposes, invariances, and ops that are others put together.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <nabla/ops/einsum.hpp>
#include <nabla/ops/nonzero.hpp>

#include "linalg.hpp"

using namespace nabla;
using test::drawn;

namespace {

using Tensors = std::span<const Tensor>;
using Function = std::function<Tensor(Tensors)>;
using boost::test_tools::assertion_result;

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kUlp = 0x1p-52;

// A few dozen roundings, for results whose natural size is that of the greatest element.
constexpr double kFew = 16;
// Of matrices of up to 5 rows, with condition numbers below 20.
constexpr double kMatrix = 64;

/// True if shapes are equal and no element is off by more than so many 2^-52 of the greatest one that
/// is wanted, or of `size`. NaN is never right.
assertion_result near(const Tensor& got, const Tensor& want, double ulps = kFew,
                      double size = 0.0) {
  assertion_result result(got.shape() == want.shape());
  const std::vector<double> xs = got.to_vector(), ys = want.to_vector();
  for (const double y : ys)
    if (std::isfinite(y)) size = std::max(size, std::abs(y));
  double worst = 0.0;
  for (std::size_t i = 0; result && i < xs.size(); ++i) {
    const double error = std::abs(xs[i] - ys[i]);
    worst = std::max(worst, error / (kUlp * size));
    if (!(error <= ulps * kUlp * size)) result = false;
  }
  result.message() << "off by " << worst << " ulp of " << size << ", need " << ulps << "\n"
                   << to_string(got) << "\n"
                   << to_string(want);
  return result;
}
assertion_result near(double got, double want, double ulps, double size) {
  return near(tensor(got, float64), tensor(want, float64), ulps, size);
}

// Numbers in [0.5, 2].
Tensor positive(const Shape& shape, std::uint64_t seed = 1) {
  return drawn(shape, seed) * 0.375 + 1.25;
}
// Whole numbers from -8 to 8: what is added up of their products is exact.
Tensor whole(const Shape& shape, std::uint64_t seed = 1) {
  return round(drawn(shape, seed) * 4.0) + 0.0;
}
std::int64_t last(const Shape& shape) { return shape[shape.rank() - 1]; }

// Square matrices whose determinant is positive, far from singular.
Tensor regular(const Shape& shape, std::uint64_t seed = 1) {
  return drawn(shape, seed) * 0.5 + eye(last(shape), float64) * 4.0;
}
// Symmetric, with eigenvalues apart.
Tensor symmetric(const Tensor& x) {
  const Tensor steps = arange(x.size(-1)).to(float64) * 5.0;
  return (x + x.transpose()) * 0.25 + diag(steps) + eye(x.size(-1), float64) * 6.0;
}

// The same elements with gaps, and in columns if there are several axes.
Tensor strided(const Tensor& x) {
  std::vector<int> order;
  for (int axis = x.rank(); axis-- > 0;) order.push_back(axis);
  const Tensor turned = permute(x, std::span<const int>(order));
  const Tensor apart = select(stack({turned, turned}, x.rank()), -1, 0);
  return permute(apart, std::span<const int>(order));
}

double inner(const Tensor& a, const Tensor& b) { return (a * b).sum().item(); }
double size_of(const Tensor& a, const Tensor& b) { return (a * b).abs().sum().item(); }

/// f, and the gradient of <u, f> in either kind of sweep.
struct Swept {
  Tensor value;
  std::vector<Tensor> gradients, recorded;

  Swept(const Function& f, Tensors at, const Tensor& upstream) {
    std::vector<Tensor> xs;
    for (const Tensor& x : at) xs.push_back(variable(x));
    const Tensor y = f(xs);
    value = y.detach();
    gradients = grad(y, xs, upstream, {.retain_graph = true});
    recorded = grad(y, xs, upstream, {.create_graph = true});
    for (Tensor& g : recorded) g = g.detach();
  }
};
Swept swept(const Function& f, Tensors at, std::uint64_t seed = 7) {
  const NoGrad no_grad;
  const Shape shape = f(at).shape();
  const EnableGrad enable_grad;
  return Swept(f, at, drawn(shape, seed));
}

/// f and g have the same value and the same gradients, in both kinds of sweep.
void check_equal(const Function& f, const Function& g, Tensors at, double ulps = kFew) {
  const Swept a = swept(f, at), b = swept(g, at);
  BOOST_TEST(near(a.value, b.value, ulps));
  for (std::size_t i = 0; i < at.size(); ++i) {
    BOOST_TEST_CONTEXT("by operand " << i) {
      BOOST_TEST((a.gradients[i].shape() == at[i].shape()));
      BOOST_TEST(near(a.gradients[i], b.gradients[i], ulps));
      BOOST_TEST(near(a.recorded[i], b.recorded[i], ulps));
      BOOST_TEST(near(a.recorded[i], a.gradients[i], std::max(ulps, kFew)));
    }
  }
}
void check_equal(const Function& f, const Function& g, const std::vector<Tensor>& at,
                 double ulps = kFew) {
  check_equal(f, g, Tensors(at), ulps);
}

struct Pair {
  const char* name;
  std::vector<Tensor> at;
  Function f, g;
  double ulps = kFew;
};
void check_pairs(const std::vector<Pair>& pairs) {
  for (const Pair& p : pairs) {
    BOOST_TEST_CONTEXT(p.name) {
      check_equal(p.f, p.g, p.at, p.ulps);
      std::vector<Tensor> apart;
      for (const Tensor& x : p.at) apart.push_back(strided(x));
      BOOST_TEST_CONTEXT("strided") check_equal(p.f, p.g, apart, p.ulps);
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(identities)

// --- homogeneous functions: sum of x df/dx = k f ---------------------------------------------------

BOOST_AUTO_TEST_CASE(a_homogeneous_function_is_its_gradient_times_the_point_over_its_degree) {
  struct Case {
    const char* name;
    double degree;
    std::vector<Tensor> at;
    Function f;
    double ulps = kFew;
  };
  const Tensor m = drawn({3, 5}), batch = regular({2, 3, 3}), four = regular({4, 4}, 3);
  const auto norm_of = [](double order, const Axes& axes) {
    return [order, axes](Tensors x) { return norm(x[0], order, axes); };
  };
  const auto distances = [](double order) {
    return [order](Tensors x) { return cdist(x[0], x[1], order); };
  };
  const std::vector<Tensor> points{drawn({4, 3}), drawn({2, 3}, 2)};
  const std::vector<Tensor> batches{drawn({2, 1, 4, 3}), drawn({3, 2, 3}, 2)};
  const std::vector<Case> cases = {
      {"norm 0", 0, {m}, norm_of(0, {})},
      {"norm 1/2", 1, {m}, norm_of(0.5, {1})},
      {"norm 1", 1, {m}, norm_of(1, {})},
      {"norm 1 of rows", 1, {m}, norm_of(1, {1})},
      {"norm 2", 1, {m}, norm_of(2, {})},
      {"norm 2 of columns", 1, {m}, norm_of(2, {0})},
      {"norm 3", 1, {m}, norm_of(3, {})},
      {"norm 3 of matrices", 1, {drawn({2, 3, 4})}, norm_of(3, {0, 2})},
      {"norm inf", 1, {m}, norm_of(kInf, {})},
      {"norm inf of rows", 1, {m}, norm_of(kInf, {1})},
      {"norm -inf", 1, {m}, norm_of(-kInf, {1})},
      {"cdist 1", 1, points, distances(1)},
      {"cdist 2", 1, points, distances(2)},
      {"cdist inf", 1, points, distances(kInf)},
      {"cdist 1 of batches", 1, batches, distances(1)},
      {"cdist 2 of batches", 1, batches, distances(2)},
      {"cdist inf of batches", 1, batches, distances(kInf)},
      {"prod", 15, {m}, [](Tensors x) { return prod(x[0]); }},
      {"prod of rows", 5, {m}, [](Tensors x) { return prod(x[0], {1}); }},
      {"prod of columns", 3, {m}, [](Tensors x) { return prod(x[0], {0}, true); }},
      {"var", 2, {m}, [](Tensors x) { return var(x[0], {1}); }},
      {"std", 1, {m}, [](Tensors x) { return nabla::std(x[0], {0}); }},
      {"layer_norm without epsilon", 0, {m}, [](Tensors x) { return layer_norm(x[0], 1, 0); }},
      {"max", 1, {m}, [](Tensors x) { return max(x[0], {1}); }},
      {"median", 1, {m}, [](Tensors x) { return median(x[0], 1).values; }},
      {"cummax", 1, {m}, [](Tensors x) { return cummax(x[0], 1).values; }},
      {"hypot", 1, {m, drawn({5}, 2)}, [](Tensors x) { return hypot(x[0], x[1]); }},
      {"atan2", 0, {m, drawn({3, 1}, 2)}, [](Tensors x) { return atan2(x[0], x[1]); }},
      {"matmul",
       2,
       {drawn({2, 3, 4}), drawn({4, 2}, 2)},
       [](Tensors x) { return matmul(x[0], x[1]); }},
      {"det", 4, {four}, [](Tensors x) { return det(x[0]); }, kMatrix},
      {"det of batches", 3, {batch}, [](Tensors x) { return det(x[0]); }, kMatrix},
      {"det of 2 by 2", 2, {drawn({3, 2, 2, 2})}, [](Tensors x) { return det(x[0]); }, kMatrix},
      {"det of 1 by 1", 1, {drawn({2, 1, 1})}, [](Tensors x) { return det(x[0]); }},
      {"cofactor", 2, {batch}, [](Tensors x) { return cofactor(x[0]); }, kMatrix},
      {"inverse", -1, {batch}, [](Tensors x) { return inverse(x[0]); }, kMatrix},
      {"pinv", -1, {drawn({2, 4, 2})}, [](Tensors x) { return pinv(x[0]); }, kMatrix},
      {"solve", 0, {batch, drawn({3, 2})}, [](Tensors x) { return solve(x[0], x[1]); }, kMatrix},
      {"triangular_solve",
       0,
       {batch, drawn({3, 2})},
       [](Tensors x) { return triangular_solve(x[0], x[1]); },
       kMatrix},
      {"cholesky",
       0.5,
       {symmetric(drawn({2, 3, 3}))},
       [](Tensors x) { return cholesky(x[0]); },
       kMatrix},
      {"eigenvalues",
       1,
       {symmetric(drawn({2, 3, 3}))},
       [](Tensors x) { return eigh(x[0]).values; },
       kMatrix},
      {"eigenvectors",
       0,
       {symmetric(drawn({2, 3, 3}))},
       [](Tensors x) { return eigh(x[0]).vectors; },
       kMatrix},
      {"singular values", 1, {drawn({2, 4, 3})}, [](Tensors x) { return svd(x[0]).s; }, kMatrix},
      {"singular vectors",
       0,
       {symmetric(drawn({3, 3}))},
       [](Tensors x) { return svd(x[0]).u; },
       kMatrix},
      {"Q", 0, {drawn({2, 4, 3})}, [](Tensors x) { return qr(x[0]).q; }, kMatrix},
      {"R", 1, {drawn({2, 4, 3})}, [](Tensors x) { return qr(x[0]).r; }, kMatrix}};
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT(c.name) {
      const Shape shape = c.f(c.at).shape();
      const Tensor u = drawn(shape, 7);
      const Swept y(c.f, c.at, u);
      const double want = c.degree * inner(u, y.value);
      double sum = 0.0, of_recorded = 0.0, size = std::abs(c.degree) * size_of(u, y.value);
      for (std::size_t i = 0; i < c.at.size(); ++i) {
        sum += inner(c.at[i], y.gradients[i]);
        of_recorded += inner(c.at[i], y.recorded[i]);
        size += size_of(c.at[i], y.gradients[i]);
      }
      BOOST_TEST(near(sum, want, c.ulps, size));
      BOOST_TEST(near(of_recorded, want, c.ulps, size));
    }
  }
}

// --- determinants ----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_slope_of_the_logarithm_of_a_determinant_is_the_inverse_transposed) {
  for (const Shape& shape :
       {Shape{1, 1}, Shape{2, 2}, Shape{5, 5}, Shape{2, 3, 3}, Shape{2, 1, 4, 4}}) {
    const Tensor x = regular(shape), slope = inverse(x).transpose();
    const Tensor ones_of = ones(detail::batch_of(shape), float64);
    const Swept by_logdet([](Tensors a) { return logdet(a[0]); }, {&x, 1}, ones_of);
    BOOST_TEST(near(by_logdet.gradients[0], slope, kMatrix));
    BOOST_TEST(near(by_logdet.recorded[0], slope, kMatrix));
    // Of a matrix with a negative determinant too.
    const Tensor turned = where(arange(last(shape)) == 0, -x, x);
    for (const Tensor& a : {x, turned}) {
      const Swept y([](Tensors at) { return slogdet(at[0]).logabsdet; }, {&a, 1}, ones_of);
      BOOST_TEST(near(y.gradients[0], inverse(a).transpose(), kMatrix));
      BOOST_TEST(near(y.recorded[0], inverse(a).transpose(), kMatrix));
      // The degree of the determinant.
      BOOST_TEST(near((a * y.gradients[0]).sum({-2, -1}),
                      ones_of * static_cast<double>(last(shape)), kMatrix));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_factor_moves_the_logarithm_of_a_determinant_and_not_its_slope) {
  for (const Shape& shape : {Shape{2, 2}, Shape{4, 4}, Shape{3, 3, 3}}) {
    const double n = static_cast<double>(last(shape));
    for (const double c : {0.25, 3.0, 1e10}) {
      check_equal([c](Tensors x) { return logdet(x[0] * c); },
                  [c, n](Tensors x) { return logdet(x[0]) + n * std::log(c); }, {regular(shape)},
                  kMatrix);
      check_equal([c](Tensors x) { return slogdet(x[0] * c).logabsdet; },
                  [c, n](Tensors x) { return slogdet(x[0]).logabsdet + n * std::log(c); },
                  {where(arange(last(shape)) == 0, -regular(shape), regular(shape))}, kMatrix);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_matrix_times_its_inverse_does_not_change) {
  for (const Shape& shape : {Shape{2, 2}, Shape{2, 3, 3}, Shape{5, 5}}) {
    const Tensor x = regular(shape);
    for (const bool left : {false, true}) {
      const Function f = [left](Tensors a) {
        return left ? matmul(inverse(a[0]), a[0]) : matmul(a[0], inverse(a[0]));
      };
      const Swept y = swept(f, {&x, 1});
      // Two parts of this size that cancel.
      BOOST_TEST(near(y.gradients[0], zeros(shape, float64), kMatrix, 1.0));
      BOOST_TEST(near(y.recorded[0], zeros(shape, float64), kMatrix, 1.0));
    }
  }
}

// --- transposes: <A x, u> = <x, A^T u> -------------------------------------------------------------

namespace {

struct Linear {
  const char* name;
  Shape shape;                                         ///< of x
  std::function<Tensor(const Tensor&)> f, transposed;  ///< the latter if there is an op for it
};

const Tensor kRows = tensor({{2, 0, 1, 1}, {0, 0, 2, 1}}, int64);
const Tensor kColumns = tensor({{3, 1, 3}, {0, 0, 0}}, int64);
const Tensor kPicked = tensor({3, 0, 3, 1, 3}, int64);

std::vector<Linear> linear_ops() {
  const auto with_padding = [](PadMode mode) {
    return [mode](const Tensor& x) { return pad(x, {{2, 1}, {0, 1}, {3, 2}}, mode); };
  };
  const auto folded = [](PadMode mode) {
    return [mode](const Tensor& u) {
      return fold_padding(fold_padding(fold_padding(u, 2, 3, 2, mode), 1, 0, 1, mode), 0, 2, 1,
                          mode);
    };
  };
  const Tensor weights = whole({4, 3}, 9), factors = tensor({1, -1, 2, 0, 1}, float64);
  return {{"gather of rows",
           {3, 4},
           [](const Tensor& x) { return gather(x, 0, kRows); },
           [](const Tensor& u) { return scatter_add(u, 0, kRows, 3); }},
          {"gather by a shorter index",
           {3, 4},
           [](const Tensor& x) { return gather(x, 1, kColumns); },
           [](const Tensor& u) {
             return scatter_add(zeros({3, 4}, float64), 1, kColumns, u);
           }},
          {"scatter_add",
           {2, 4},
           [](const Tensor& x) { return scatter_add(x, 0, kRows, 3); },
           [](const Tensor& u) { return gather(u, 0, kRows); }},
          {"scatter_add onto a tensor",
           {3, 4},
           [](const Tensor& x) {
             return scatter_add(x, 0, kRows, zeros({2, 4}, float64));
           },
           [](const Tensor& u) { return u; }},
          {"index_select",
           {4, 2},
           [](const Tensor& x) { return index_select(x, 0, kPicked); },
           [](const Tensor& u) { return index_sum(u, 0, kPicked, 4); }},
          {"index_select, middle axis",
           {2, 4, 3},
           [](const Tensor& x) { return index_select(x, 1, kPicked); },
           [](const Tensor& u) {
             return index_add(zeros({2, 4, 3}, float64), 1, kPicked, u);
           }},
          {"index_sum",
           {2, 5},
           [](const Tensor& x) { return index_sum(x, 1, kPicked, 4); },
           [](const Tensor& u) { return index_select(u, 1, kPicked); }},
          {"index_add, the source",
           {5, 3},
           [](const Tensor& x) {
             return index_add(zeros({4, 3}, float64), 0, kPicked, x);
           },
           [](const Tensor& u) { return index_select(u, 0, kPicked); }},
          {"take", {4, 2}, [](const Tensor& x) { return take(x, kRows); }, {}},
          {"index",
           {3, 4},
           [](const Tensor& x) {
             return index(x, {kRows, kRows});
           },
           {}},
          {"embedding", {3, 2}, [](const Tensor& x) { return embedding(x, kRows); }, {}},
          {"masked_select",
           {3, 4},
           [](const Tensor& x) {
             return masked_select(x, whole({3, 4}, 5) > 0);
           },
           {}},
          {"diagonal",
           {3, 4},
           [](const Tensor& x) { return diagonal(x, 1); },
           [](const Tensor& u) { return diag_embed(u, 1, 0, 1, 3, 4); }},
          {"diagonal of a batch, below",
           {3, 2, 4},
           [](const Tensor& x) { return diagonal(x, -1, 0, 2); },
           [](const Tensor& u) { return diag_embed(u, -1, 0, 2, 3, 4); }},
          {"diag_embed",
           {2, 3},
           [](const Tensor& x) { return diag_embed(x, -2); },
           [](const Tensor& u) { return diagonal(u, -2, -2, -1); }},
          {"trace",
           {2, 3, 3},
           [](const Tensor& x) { return trace(x); },
           [](const Tensor& u) {
             return u.reshape({2, 1, 1}) * eye(3, float64);
           }},
          {"unfold",
           {6, 2},
           [](const Tensor& x) { return unfold(x, 0, 3); },
           [](const Tensor& u) { return fold_windows(u, 0, 1, 6); }},
          {"unfold in steps",
           {2, 8},
           [](const Tensor& x) { return unfold(x, 1, 3, 2); },
           [](const Tensor& u) { return fold_windows(u, 1, 2, 8); }},
          {"unfold with gaps",
           {9},
           [](const Tensor& x) { return unfold(x, 0, 2, 4); },
           [](const Tensor& u) { return fold_windows(u, 0, 4, 9); }},
          {"as_strided",
           {3, 4},
           [](const Tensor& x) {
             return as_strided(x, {2, 3, 2}, {4, 2, 1}, 1);
           },
           [](const Tensor& u) {
             return fold_strided(u, {3, 4}, std::vector<std::int64_t>{4, 2, 1}, 1);
           }},
          {"fold_strided",
           {2, 3},
           [](const Tensor& x) {
             return fold_strided(x, {5}, std::vector<std::int64_t>{0, 2});
           },
           [](const Tensor& u) {
             return as_strided(u, {2, 3}, {0, 2});
           }},
          {"fold_windows",
           {3, 2, 3},
           [](const Tensor& x) { return fold_windows(x, 0, 2, 8); },
           [](const Tensor& u) { return unfold(u, 0, 3, 2); }},
          {"pad with zeros",
           {2, 3},
           [](const Tensor& x) {
             return pad(x, {{1, 0}, {2, 3}});
           },
           [](const Tensor& u) {
             return pad(u, {{-1, 0}, {-2, -3}});
           }},
          {"pad cuts off",
           {2, 5, 3},
           [](const Tensor& x) {
             return pad(x, {{0, 1}, {-2, 2}, {-1, -1}});
           },
           [](const Tensor& u) {
             return pad(u, {{0, -1}, {2, -2}, {1, 1}});
           }},
          {"pad reflects", {3, 2, 4}, with_padding(PadMode::reflect), folded(PadMode::reflect)},
          {"pad repeats the edge",
           {3, 2, 4},
           with_padding(PadMode::replicate),
           folded(PadMode::replicate)},
          {"pad goes round", {3, 2, 4}, with_padding(PadMode::circular), folded(PadMode::circular)},
          {"fold_padding",
           {2, 7},
           [](const Tensor& x) { return fold_padding(x, 1, 2, 1, PadMode::reflect); },
           [](const Tensor& u) {
             return pad(u, {{0, 0}, {2, 1}}, PadMode::reflect);
           }},
          {"roll",
           {3, 4},
           [](const Tensor& x) {
             return roll(x, {1, -6}, {0, 1});
           },
           [](const Tensor& u) {
             return roll(u, {-1, 6}, {0, 1});
           }},
          {"roll of all",
           {3, 4},
           [](const Tensor& x) { return roll(x, 5); },
           [](const Tensor& u) { return roll(u, -5); }},
          {"flip",
           {3, 4},
           [](const Tensor& x) { return flip(x); },
           [](const Tensor& u) { return flip(u); }},
          {"flip of an axis",
           {2, 3, 2},
           [](const Tensor& x) { return flip(x, 1); },
           [](const Tensor& u) { return flip(u, 1); }},
          {"tile",
           {2, 3},
           [](const Tensor& x) {
             return tile(x, {3, 2});
           },
           [](const Tensor& u) {
             return u.reshape({3, 2, 2, 3}).sum({0, 2});
           }},
          {"tile to more axes",
           {3},
           [](const Tensor& x) {
             return tile(x, {2, 2});
           },
           [](const Tensor& u) {
             return u.reshape({4, 3}).sum(0);
           }},
          {"repeat_interleave",
           {2, 3},
           [](const Tensor& x) { return repeat_interleave(x, 3, 1); },
           [](const Tensor& u) {
             return u.reshape({2, 3, 3}).sum(2);
           }},
          {"slice",
           {2, 7},
           [](const Tensor& x) { return x.slice(1, 1, 6, 2); },
           [](const Tensor& u) { return embed_slice(u, 1, 1, 2, 7); }},
          {"slice backwards",
           {5, 2},
           [](const Tensor& x) { return x.slice(0, 4, 0, -2); },
           [](const Tensor& u) { return flip(embed_slice(u, 0, 0, 2, 5), 0); }},
          {"embed_slice",
           {2, 3},
           [](const Tensor& x) { return embed_slice(x, 1, 1, 3, 9); },
           [](const Tensor& u) { return u.slice(1, 1, 9, 3); }},
          {"select",
           {3, 4},
           [](const Tensor& x) { return select(x, 1, -2); },
           [](const Tensor& u) {
             return embed_slice(u.reshape({3, 1}), 1, 2, 1, 4);
           }},
          {"permute",
           {2, 3, 4},
           [](const Tensor& x) {
             return permute(x, {2, 0, 1});
           },
           [](const Tensor& u) {
             return permute(u, {1, 2, 0});
           }},
          {"reshape",
           {2, 3, 4},
           [](const Tensor& x) {
             return x.reshape({4, 6});
           },
           [](const Tensor& u) {
             return u.reshape({2, 3, 4});
           }},
          {"broadcast_to",
           {3, 1},
           [](const Tensor& x) {
             return broadcast_to(x, {2, 3, 4});
           },
           [](const Tensor& u) {
             return u.sum({0, 2}).reshape({3, 1});
           }},
          {"sum",
           {2, 3, 4},
           [](const Tensor& x) {
             return x.sum({0, 2});
           },
           [](const Tensor& u) {
             return broadcast_to(u.reshape({3, 1}), {2, 3, 4});
           }},
          {"mean",
           {2, 4},
           [](const Tensor& x) { return x.mean(1); },
           [](const Tensor& u) {
             return broadcast_to(u.reshape({2, 1}) * 0.25, {2, 4});
           }},
          {"tril",
           {2, 3, 4},
           [](const Tensor& x) { return tril(x, 1); },
           [](const Tensor& u) { return tril(u, 1); }},
          {"triu",
           {4, 3},
           [](const Tensor& x) { return triu(x, -1); },
           [](const Tensor& u) { return triu(u, -1); }},
          {"concat with itself",
           {2, 3},
           [](const Tensor& x) {
             return concat({x, x * 2.0, x}, 1);
           },
           [](const Tensor& u) {
             const std::vector<Tensor> parts = split(u, 3, 1);
             return parts[0] + parts[1] * 2.0 + parts[2];
           }},
          {"stack with itself",
           {2, 3},
           [](const Tensor& x) {
             return stack({x, -x}, 1);
           },
           [](const Tensor& u) { return select(u, 1, 0) - select(u, 1, 1); }},
          {"a matrix from the right",
           {2, 4},
           [weights](const Tensor& x) { return matmul(x, weights); },
           [weights](const Tensor& u) { return matmul(u, weights.transpose()); }},
          {"a matrix from the left",
           {3, 2},
           [weights](const Tensor& x) { return matmul(weights, x); },
           [weights](const Tensor& u) { return matmul(weights.transpose(), u); }},
          {"einsum",
           {2, 4},
           [weights](const Tensor& x) {
             return einsum("ij,jk->ki", {x, weights});
           },
           [weights](const Tensor& u) {
             return einsum("ki,jk->ij", {u, weights});
           }},
          {"linear_recurrence",
           {2, 5},
           [factors](const Tensor& x) {
             return linear_recurrence(broadcast_to(factors, {2, 5}), x, 1);
           },
           [factors](const Tensor& u) {
             // z_i = u_i + a_{i+1} z_{i+1}
             return linear_recurrence(broadcast_to(roll(factors, -1), {2, 5}), u, 1, true);
           }}};
}

// What arrives may lie in any order, or be one slice for all.
std::vector<Tensor> upstreams(const Shape& shape) {
  std::vector<Tensor> all{whole(shape, 3), strided(whole(shape, 4))};
  if (shape.rank() > 0) {
    all.push_back(broadcast_to(whole(shape.with(0, 1), 5), shape));
    all.push_back(broadcast_to(whole(shape.with(-1 + shape.rank(), 1), 6), shape));
  }
  all.push_back(broadcast_to(whole({}, 8), shape));
  return all;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_gradient_of_what_moves_elements_is_its_transpose_exactly) {
  for (const Linear& op : linear_ops()) {
    BOOST_TEST_CONTEXT(op.name) {
      const Tensor dense = whole(op.shape);
      for (const Tensor& x : {dense, strided(dense)}) {
        const Function f = [&op](Tensors at) { return op.f(at[0]); };
        for (const Tensor& u : upstreams(op.f(x).shape())) {
          const Swept y(f, {&x, 1}, u);
          BOOST_TEST(inner(y.value, u) == inner(x, y.gradients[0]));
          BOOST_TEST(near(y.recorded[0], y.gradients[0], 0));
          if (!op.transposed) continue;
          const Tensor back = op.transposed(u);
          BOOST_TEST(near(y.gradients[0], back, 0));
          // And the transpose of that is the op again.
          const Function there = [&op](Tensors at) { return op.transposed(at[0]); };
          const Swept again(there, {&u, 1}, x);
          BOOST_TEST(near(again.gradients[0], op.f(x), 0));
          BOOST_TEST(near(again.recorded[0], op.f(x), 0));
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_running_sum_comes_back_from_the_other_end) {
  for (const Shape& shape : {Shape{5}, Shape{1}, Shape{3, 4}, Shape{2, 3, 4}, Shape{70, 3}}) {
    const Tensor dense = whole(shape);
    for (int axis = 0; axis < shape.rank(); ++axis) {
      for (const Tensor& x : {dense, strided(dense)}) {
        for (const bool reverse : {false, true}) {
          BOOST_TEST(near(cumsum(x, axis, true), flip(cumsum(flip(x, axis), axis), axis), 0));
          const Function f = [axis, reverse](Tensors a) { return cumsum(a[0], axis, reverse); };
          for (const Tensor& u : upstreams(shape)) {
            const Swept y(f, {&x, 1}, u);
            const Tensor back = reverse ? cumsum(u, axis) : flip(cumsum(flip(u, axis), axis), axis);
            BOOST_TEST(near(y.gradients[0], back, 0));
            BOOST_TEST(near(y.recorded[0], back, 0));
            BOOST_TEST(inner(y.value, u) == inner(x, y.gradients[0]));
          }
        }
      }
    }
  }
}

// --- invariances -----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_does_not_see_a_shift_has_slopes_that_add_up_to_0) {
  struct Case {
    const char* name;
    Function f;
  };
  for (const Shape& shape : {Shape{6}, Shape{3, 5}, Shape{2, 4, 3}, Shape{3, 1}, Shape{2, 300}}) {
    const Tensor dense = drawn(shape);
    for (int axis = 0; axis < shape.rank(); ++axis) {
      const std::vector<Case> cases = {
          {"softmax", [axis](Tensors a) { return softmax(a[0], axis); }},
          {"log_softmax", [axis](Tensors a) { return log_softmax(a[0], axis); }},
          {"var", [axis](Tensors a) { return var(a[0], {axis}, 0); }},
          {"std", [axis](Tensors a) { return nabla::std(a[0], {axis}, 0, true); }},
          {"layer_norm", [axis](Tensors a) { return layer_norm(a[0].transpose(axis, -1)); }},
          {"the greatest less the least",
           [axis](Tensors a) { return max(a[0], {axis}) - min(a[0], {axis}); }}};
      for (const Case& c : cases) {
        for (const Tensor& x : {dense, strided(dense)}) {
          BOOST_TEST_CONTEXT(c.name << " of " << to_string(shape) << ", axis " << axis) {
            const Swept y = swept(c.f, {&x, 1});
            const Tensor none = zeros(shape.without(axis), float64);
            const double size = std::max(2.0, y.gradients[0].abs().sum(axis).max().item());
            BOOST_TEST(near(y.gradients[0].sum(axis), none, kFew, size));
            BOOST_TEST(near(y.recorded[0].sum(axis), none, kFew, size));
          }
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(softmax_is_the_same_after_a_shift_to_the_last_bit) {
  for (const Shape& shape : {Shape{7}, Shape{3, 5}, Shape{2, 4, 3}, Shape{5, 100}}) {
    const Tensor x = whole(shape) * 0.125;  // the shifted numbers are exact
    for (int axis = 0; axis < shape.rank(); ++axis) {
      const Tensor each = whole(shape.with(axis, 1), 2) * 64.0;
      for (const Tensor& shift : {each, tensor(1000.0, float64), tensor(-1e6, float64)}) {
        check_equal([&](Tensors a) { return softmax(a[0] + shift, axis); },
                    [&](Tensors a) { return softmax(a[0], axis); }, {x}, 0);
        check_equal([&](Tensors a) { return log_softmax(a[0] + shift, axis); },
                    [&](Tensors a) { return log_softmax(a[0], axis); }, {x}, 0);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(what_does_not_see_a_factor_either_is_orthogonal_to_the_deviations) {
  for (const Shape& shape : {Shape{6}, Shape{3, 5}, Shape{2, 3, 4}, Shape{2, 130}}) {
    const Tensor x = drawn(shape), weight = drawn({last(shape)}, 2), bias = drawn({last(shape)}, 3);
    const Tensor deviations = x - x.mean(-1, true);
    const std::vector<Function> both = {
        [](Tensors a) { return layer_norm(a[0], 1, 0); },
        [&](Tensors a) { return layer_norm(a[0], weight, bias, 0); }};
    for (const Function& f : both) {
      const Swept y = swept(f, {&x, 1});
      for (const Tensor& g : {y.gradients[0], y.recorded[0]}) {
        const double size = g.abs().sum(-1).max().item();
        const Tensor none = zeros(shape.without(shape.rank() - 1), float64);
        BOOST_TEST(near(g.sum(-1), none, kFew, size));
        BOOST_TEST(near((g * deviations).sum(-1), none, kFew, 2 * size));
      }
    }
    check_equal([](Tensors a) { return layer_norm(a[0], 1, 0); },
                [](Tensors a) { return layer_norm(a[0] * 8.0, 1, 0); }, {x});
  }
}

// --- order -----------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_is_picked_by_order_is_an_element_of_a_sort_with_its_gradient) {
  for (const Shape& shape : {Shape{1}, Shape{7}, Shape{4, 5}, Shape{3, 2, 6}, Shape{2, 200}}) {
    for (int axis = 0; axis < shape.rank(); ++axis) {
      const std::int64_t n = shape[axis];
      const auto check = [&](const char* name, const Function& f, const Function& g) {
        BOOST_TEST_CONTEXT(name << " of " << to_string(shape) << ", axis " << axis) {
          const Tensor x = drawn(shape, 11);
          check_equal(f, g, {x}, 0);
          check_equal(f, g, {strided(x)}, 0);
        }
      };
      const auto sorted = [axis](const Tensor& x, bool descending = false) {
        return sort(x, axis, descending).values;
      };
      for (const bool descending : {false, true}) {
        check(
            "sort", [=](Tensors a) { return sorted(a[0], descending); },
            [=](Tensors a) { return gather(a[0], axis, argsort(a[0], axis, descending)); });
      }
      for (const std::int64_t k : {std::int64_t{1}, (n + 1) / 2, n}) {
        check(
            "topk", [=](Tensors a) { return topk(a[0], k, axis).values; },
            [=](Tensors a) { return sorted(a[0], true).slice(axis, 0, k); });
        check(
            "topk, smallest", [=](Tensors a) { return topk(a[0], k, axis, false).values; },
            [=](Tensors a) { return sorted(a[0]).slice(axis, 0, k); });
        check(
            "kthvalue", [=](Tensors a) { return kthvalue(a[0], k, axis).values; },
            [=](Tensors a) { return select(sorted(a[0]), axis, k - 1); });
      }
      check(
          "median", [=](Tensors a) { return median(a[0], axis).values; },
          [=](Tensors a) { return select(sorted(a[0]), axis, (n - 1) / 2); });
      check(
          "max_with_index", [=](Tensors a) { return max_with_index(a[0], axis, true).values; },
          [=](Tensors a) { return gather(a[0], axis, max_with_index(a[0], axis, true).indices); });
      check(
          "max_with_index by argmax", [=](Tensors a) { return max_with_index(a[0], axis).values; },
          [=](Tensors a) {
            const Tensor at = unsqueeze(argmax(a[0], axis), axis);
            return squeeze(gather(a[0], axis, at), axis);
          });
      check(
          "min_with_index", [=](Tensors a) { return min_with_index(a[0], axis).values; },
          [=](Tensors a) { return select(sorted(a[0]), axis, 0); });
      check(
          "max", [=](Tensors a) { return max(a[0], {axis}); },
          [=](Tensors a) { return select(sorted(a[0]), axis, -1); });
      check(
          "min", [=](Tensors a) { return min(a[0], {axis}); },
          [=](Tensors a) { return min_with_index(a[0], axis).values; });
      check(
          "cummax", [=](Tensors a) { return cummax(a[0], axis).values; },
          [=](Tensors a) { return gather(a[0], axis, cummax(a[0], axis).indices); });
      check(
          "the end of cummin",
          [=](Tensors a) { return select(cummin(a[0], axis).values, axis, -1); },
          [=](Tensors a) { return min(a[0], {axis}); });
    }
  }
}

// --- ops that are others put together --------------------------------------------------------------

BOOST_AUTO_TEST_CASE(elementwise_ops_are_their_formulas) {
  const Tensor x = drawn({4, 5}), y = drawn({4, 5}, 2), z = drawn({5}, 3), p = positive({4, 5}, 4);
  const Tensor t = positive({4, 5}, 5) * 0.4;
  check_pairs({
      {"gelu",
       {x},
       [](Tensors a) { return gelu(a[0]); },
       [](Tensors a) { return a[0] * 0.5 * erfc(a[0] * -std::sqrt(0.5)); }},
      {"silu",
       {x},
       [](Tensors a) { return silu(a[0]); },
       [](Tensors a) { return a[0] * sigmoid(a[0]); }},
      {"mish",
       {x},
       [](Tensors a) { return mish(a[0]); },
       [](Tensors a) { return a[0] * tanh(softplus(a[0])); }},
      {"softplus",
       {x},
       [](Tensors a) { return softplus(a[0]); },
       [](Tensors a) { return log(1.0 + exp(a[0])); }},
      {"logsigmoid",
       {x},
       [](Tensors a) { return logsigmoid(a[0]); },
       [](Tensors a) { return log(sigmoid(a[0])); }},
      {"sigmoid",
       {x},
       [](Tensors a) { return sigmoid(a[0]); },
       [](Tensors a) { return 0.5 + 0.5 * tanh(a[0] * 0.5); }},
      {"logit",
       {t},
       [](Tensors a) { return logit(a[0]); },
       [](Tensors a) { return log(a[0]) - log(1.0 - a[0]); }},
      {"tanhshrink",
       {x},
       [](Tensors a) { return tanhshrink(a[0]); },
       [](Tensors a) { return a[0] - tanh(a[0]); }},
      {"softsign",
       {x},
       [](Tensors a) { return softsign(a[0]); },
       [](Tensors a) { return a[0] / (1.0 + abs(a[0])); }},
      {"rsqrt",
       {p},
       [](Tensors a) { return rsqrt(a[0]); },
       [](Tensors a) { return 1.0 / sqrt(a[0]); }},
      {"hypot",
       {x, z},
       [](Tensors a) { return hypot(a[0], a[1]); },
       [](Tensors a) { return sqrt(square(a[0]) + square(a[1])); }},
      {"pow",
       {p, z},
       [](Tensors a) { return pow(a[0], a[1]); },
       [](Tensors a) { return exp(a[1] * log(a[0])); }},
      {"xlogy",
       {x, p},
       [](Tensors a) { return xlogy(a[0], a[1]); },
       [](Tensors a) { return a[0] * log(a[1]); }},
      {"logaddexp",
       {x, y},
       [](Tensors a) { return logaddexp(a[0], a[1]); },
       [](Tensors a) {
         return logsumexp(stack({a[0], a[1]}, -1), {-1});
       }},
      {"logaddexp2",
       {x, y},
       [](Tensors a) { return logaddexp2(a[0], a[1]); },
       [](Tensors a) {
         return logaddexp(a[0] * std::log(2.0), a[1] * std::log(2.0)) / std::log(2.0);
       }},
      {"atan2",
       {p, y},
       [](Tensors a) { return atan2(a[0], a[1]); },
       [](Tensors a) { return 2.0 * atan(a[0] / (hypot(a[0], a[1]) + a[1])); },
       128},
      {"maximum",
       {x, y},
       [](Tensors a) { return maximum(a[0], a[1]); },
       [](Tensors a) {
         return max(stack({a[0], a[1]}), {0});
       },
       0},
      {"minimum",
       {x, z},
       [](Tensors a) { return minimum(a[0], a[1]); },
       [](Tensors a) { return -maximum(-a[0], -a[1]); },
       0},
      {"where",
       {x, y},
       [](Tensors a) { return where(a[0] < a[1], a[0], a[1]); },
       [](Tensors a) { return minimum(a[0], a[1]); },
       0},
      {"fma",
       {x, y, z},
       [](Tensors a) { return fma(a[0], a[1], a[2]); },
       [](Tensors a) { return a[0] * a[1] + a[2]; }},
      {"lerp",
       {x, y, z},
       [](Tensors a) { return lerp(a[0], a[1], a[2]); },
       [](Tensors a) { return a[0] + a[2] * (a[1] - a[0]); }},
      {"addcmul",
       {x, y, z},
       [](Tensors a) { return addcmul(a[0], a[1], a[2], -0.75); },
       [](Tensors a) { return a[0] - 0.75 * a[1] * a[2]; }},
      {"addcdiv",
       {x, y, p},
       [](Tensors a) { return addcdiv(a[0], a[1], a[2], 2.5); },
       [](Tensors a) { return a[0] + 2.5 * a[1] / a[2]; }},
      {"bce_with_logits",
       {x, t},
       [](Tensors a) { return bce_with_logits(a[0], a[1]); },
       [](Tensors a) {
         const Tensor q = sigmoid(a[0]);
         return -(a[1] * log(q) + (1.0 - a[1]) * log(1.0 - q));
       }},
      {"squared_error",
       {x, y},
       [](Tensors a) { return squared_error(a[0], a[1]); },
       [](Tensors a) { return square(a[0] - a[1]); }},
      {"absolute_error",
       {x, y},
       [](Tensors a) { return absolute_error(a[0], a[1]); },
       [](Tensors a) { return abs(a[0] - a[1]); }},
      {"huber_error",
       {x, y},
       [](Tensors a) { return huber_error(a[0], a[1], 0.5); },
       [](Tensors a) {
         const Tensor size = abs(a[0] - a[1]);
         return where(size <= 0.5, 0.5 * square(size), 0.5 * (size - 0.25));
       }},
      {"log_cosh_error",
       {x, y},
       [](Tensors a) { return log_cosh_error(a[0], a[1]); },
       [](Tensors a) { return log(cosh(a[0] - a[1])); }},
      {"hinge_error",
       {x, y},
       [](Tensors a) { return hinge_error(a[0], a[1]); },
       [](Tensors a) { return relu(1.0 - a[0] * a[1]); }},
      {"soft_margin_error",
       {x, y},
       [](Tensors a) { return soft_margin_error(a[0], a[1]); },
       [](Tensors a) { return log(1.0 + exp(-a[0] * a[1])); }},
      {"binary_error",
       {t, x, y},
       [](Tensors a) { return binary_error(a[0], a[1], a[2]); },
       [](Tensors a) { return -(a[1] * log(a[0]) + a[2] * log(1.0 - a[0])); }},
      {"rel_entr",
       {p, t},
       [](Tensors a) { return rel_entr(a[0], a[1]); },
       [](Tensors a) { return a[0] * log(a[0] / a[1]); }},
      {"poisson_error",
       {x, p},
       [](Tensors a) { return poisson_error(a[0], a[1]); },
       [](Tensors a) { return exp(a[0]) - a[0] * a[1]; }},
      {"gaussian_error",
       {x, y, p},
       [](Tensors a) { return gaussian_error(a[0], a[1], a[2]); },
       [](Tensors a) { return 0.5 * (log(a[2]) + square(a[0] - a[1]) / a[2]); }},
  });
}

BOOST_AUTO_TEST_CASE(reductions_are_their_formulas) {
  const Tensor x = drawn({4, 5}), p = positive({4, 5}, 2), three = drawn({2, 3, 4}, 3);
  const Tensor labels = tensor({2, 0, 4, 2}, int64);
  const Tensor weight = drawn({5}, 4), bias = drawn({5}, 5);
  check_pairs({
      {"norm",
       {x},
       [](Tensors a) { return norm(a[0], 2, {1}); },
       [](Tensors a) { return sqrt(square(a[0]).sum(1)); }},
      {"norm of all",
       {three},
       [](Tensors a) { return norm(a[0]); },
       [](Tensors a) { return sqrt(square(a[0]).sum()); }},
      {"norm 1",
       {x},
       [](Tensors a) { return norm(a[0], 1, {0}); },
       [](Tensors a) { return abs(a[0]).sum(0); }},
      {"norm 3",
       {x},
       [](Tensors a) { return norm(a[0], 3, {1}); },
       [](Tensors a) { return cbrt(pow(abs(a[0]), 3).sum(1)); }},
      {"norm inf",
       {x},
       [](Tensors a) { return norm(a[0], kInf, {1}); },
       [](Tensors a) { return max(abs(a[0]), {1}); },
       0},
      {"logsumexp",
       {x},
       [](Tensors a) { return logsumexp(a[0], {1}); },
       [](Tensors a) { return log(exp(a[0]).sum(1)); }},
      {"logsumexp of all",
       {three},
       [](Tensors a) { return logsumexp(a[0]); },
       [](Tensors a) { return select(logcumsumexp(a[0].reshape({-1}), 0), 0, -1); }},
      {"mean",
       {three},
       [](Tensors a) {
         return mean(a[0], {0, 2});
       },
       [](Tensors a) {
         return a[0].sum({0, 2}) / 8.0;
       }},
      {"var",
       {three},
       [](Tensors a) { return var(a[0], {1}); },
       [](Tensors a) { return square(a[0] - a[0].mean(1, true)).sum(1) / 2.0; }},
      {"std",
       {three},
       [](Tensors a) {
         return nabla::std(a[0], {0, 2}, 0);
       },
       [](Tensors a) {
         return sqrt(var(a[0], {0, 2}, 0));
       }},
      {"prod",
       {p},
       [](Tensors a) { return prod(a[0], {1}); },
       [](Tensors a) { return exp(log(a[0]).sum(1)); }},
      {"prod by running products",
       {x},
       [](Tensors a) { return prod(a[0], {1}); },
       [](Tensors a) { return select(cumprod(a[0], 1), 1, -1); }},
      {"softmax",
       {x},
       [](Tensors a) { return softmax(a[0], 1); },
       [](Tensors a) { return exp(a[0]) / exp(a[0]).sum(1, true); }},
      {"softmax by its logarithm",
       {three},
       [](Tensors a) { return softmax(a[0], 1); },
       [](Tensors a) { return exp(log_softmax(a[0], 1)); }},
      {"log_softmax",
       {three},
       [](Tensors a) { return log_softmax(a[0], 0); },
       [](Tensors a) { return a[0] - logsumexp(a[0], {0}, true); }},
      {"softmax_cross_entropy of labels",
       {x},
       [&](Tensors a) { return softmax_cross_entropy(a[0], labels); },
       [&](Tensors a) {
         return -gather(log_softmax(a[0]), 1, labels.reshape({4, 1})).reshape({4});
       }},
      {"softmax_cross_entropy of probabilities",
       {x, p * 0.2},
       [](Tensors a) { return softmax_cross_entropy(a[0], a[1]); },
       [](Tensors a) { return -(a[1] * log_softmax(a[0])).sum(1); }},
      {"layer_norm",
       {x, weight, bias},
       [](Tensors a) { return layer_norm(a[0], a[1], a[2], 0.1); },
       [](Tensors a) {
         const Tensor d = a[0] - a[0].mean(1, true);
         return d / sqrt(var(a[0], {1}, 0, true) + 0.1) * a[1] + a[2];
       }},
      {"layer_norm of planes",
       {three},
       [](Tensors a) { return layer_norm(a[0], 2, 0.1); },
       [](Tensors a) {
         const Tensor d = a[0] - a[0].mean({1, 2}, true);
         return d * rsqrt(square(d).mean({1, 2}, true) + 0.1);
       }},
  });
}

BOOST_AUTO_TEST_CASE(running_ops_are_their_formulas_along_any_axis) {
  for (const Shape& shape : {Shape{6}, Shape{4, 3}, Shape{2, 5, 3}}) {
    for (int axis = 0; axis < shape.rank(); ++axis) {
      BOOST_TEST_CONTEXT(to_string(shape) << ", axis " << axis) {
        const Tensor x = drawn(shape), p = positive(shape, 2);
        check_pairs({
            {"cumprod",
             {p},
             [=](Tensors a) { return cumprod(a[0], axis); },
             [=](Tensors a) { return exp(cumsum(log(a[0]), axis)); }},
            {"cumprod from the end",
             {p},
             [=](Tensors a) { return cumprod(a[0], axis, true); },
             [=](Tensors a) { return exp(cumsum(log(a[0]), axis, true)); }},
            {"cumprod of any sign",
             {x},
             [=](Tensors a) { return cumprod(a[0], axis, true); },
             [=](Tensors a) { return flip(cumprod(flip(a[0], axis), axis), axis); }},
            {"logcumsumexp",
             {x},
             [=](Tensors a) { return logcumsumexp(a[0], axis); },
             [=](Tensors a) { return log(cumsum(exp(a[0]), axis)); }},
            {"linear_recurrence of ones",
             {x},
             [=](Tensors a) { return linear_recurrence(ones(shape, float64), a[0], axis); },
             [=](Tensors a) { return cumsum(a[0], axis); }},
        });
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_linear_recurrence_is_a_sum_over_products_of_its_factors) {
  const Tensor a = drawn({3, 5}), x = drawn({3, 5}, 2);
  check_pairs({{"linear_recurrence",
                {a, x},
                [](Tensors in) { return linear_recurrence(in[0], in[1], 1); },
                [](Tensors in) {
                  std::vector<Tensor> ys{select(in[1], 1, 0)};
                  for (std::int64_t i = 1; i < 5; ++i)
                    ys.push_back(select(in[0], 1, i) * ys.back() + select(in[1], 1, i));
                  return stack(ys, 1);
                }}});
}

BOOST_AUTO_TEST_CASE(products_are_their_formulas) {
  const Tensor a = drawn({3, 4}), b = drawn({4, 2}, 2), c = drawn({3, 2}, 3), v = drawn({4}, 4);
  const Tensor as = drawn({2, 3, 4}, 5), bs = drawn({2, 4, 2}, 6), w = drawn({4}, 7);
  const AddmmOptions options{.beta = -0.5, .alpha = 1.75};
  check_pairs({
      {"einsum",
       {a, b},
       [](Tensors x) { return einsum("ij,jk->ik", x); },
       [](Tensors x) { return matmul(x[0], x[1]); }},
      {"einsum of batches",
       {as, bs},
       [](Tensors x) { return einsum("bij,bjk->bik", x); },
       [](Tensors x) { return matmul(x[0], x[1]); }},
      {"matmul",
       {a, b},
       [](Tensors x) { return matmul(x[0], x[1]); },
       [](Tensors x) { return (unsqueeze(x[0], 2) * unsqueeze(x[1], 0)).sum(1); }},
      {"matmul of batches that broadcast",
       {as, b},
       [](Tensors x) { return matmul(x[0], x[1]); },
       [](Tensors x) { return (unsqueeze(x[0], 3) * unsqueeze(x[1], 0)).sum(2); }},
      {"bmm",
       {as, bs},
       [](Tensors x) { return bmm(x[0], x[1]); },
       [](Tensors x) { return matmul(x[0], x[1]); },
       0},
      {"mv",
       {a, v},
       [](Tensors x) { return mv(x[0], x[1]); },
       [](Tensors x) { return (x[0] * x[1]).sum(1); }},
      {"dot",
       {v, w},
       [](Tensors x) { return dot(x[0], x[1]); },
       [](Tensors x) { return (x[0] * x[1]).sum(); }},
      {"outer",
       {v, c.reshape({6})},
       [](Tensors x) { return outer(x[0], x[1]); },
       [](Tensors x) { return einsum("i,j->ij", x); }},
      {"addmm",
       {c, a, b},
       [=](Tensors x) { return addmm(x[0], x[1], x[2], options); },
       [=](Tensors x) { return x[0] * -0.5 + matmul(x[1], x[2]) * 1.75; }},
      {"addmm of a row",
       {drawn({2}), a, b},
       [=](Tensors x) { return addmm(x[0], x[1], x[2]); },
       [=](Tensors x) { return x[0] + matmul(x[1], x[2]); }},
      {"baddbmm",
       {c, as, bs},
       [=](Tensors x) { return baddbmm(x[0], x[1], x[2], options); },
       [=](Tensors x) { return x[0] * -0.5 + matmul(x[1], x[2]) * 1.75; }},
      {"kron",
       {a, c},
       [](Tensors x) { return kron(x[0], x[1]); },
       [](Tensors x) {
         return einsum("ij,kl->ikjl", x).reshape({9, 8});
       }},
      {"trace of a product",
       {c, a},
       [](Tensors x) { return trace(matmul(x[0].transpose(), x[1].slice(1, 0, 2))); },
       [](Tensors x) { return (x[0] * x[1].slice(1, 0, 2)).sum(); }},
      {"trace",
       {as},
       [](Tensors x) { return trace(x[0].slice(2, 0, 3)); },
       [](Tensors x) { return diagonal(x[0], 0, 1, 2).sum(-1); }},
      {"a power",
       {regular({2, 3, 3})},
       [](Tensors x) { return matrix_power(x[0], 3); },
       [](Tensors x) { return matmul(matmul(x[0], x[0]), x[0]); }},
      {"solve",
       {regular({3, 3}), drawn({3, 2})},
       [](Tensors x) { return solve(x[0], x[1]); },
       [](Tensors x) { return matmul(inverse(x[0]), x[1]); },
       kMatrix},
      {"det",
       {regular({2, 4, 4})},
       [](Tensors x) { return det(x[0]); },
       [](Tensors x) { return exp(logdet(x[0])); },
       kMatrix},
  });
  for (const double order : {1.0, 2.0, kInf}) {
    check_pairs({{"cdist",
                  {as, drawn({2, 5, 4}, 8)},
                  [order](Tensors x) { return cdist(x[0], x[1], order); },
                  [order](Tensors x) {
                    return norm(unsqueeze(x[0], 2) - unsqueeze(x[1], 1), order, {-1});
                  }}});
  }
}

BOOST_AUTO_TEST_CASE(parts_of_a_matrix_put_together_are_the_matrix_with_its_gradient) {
  const Tensor square = regular({2, 3, 3}), tall = drawn({2, 4, 3}), wide = drawn({3, 4}, 2);
  const Tensor even = symmetric(drawn({2, 3, 3}));
  const Function itself = [](Tensors x) { return x[0]; };
  // Factors of symmetric matrices: what arrives reaches both halves evenly.
  const Function half = [](Tensors x) { return (x[0] + x[0].transpose()) * 0.5; };
  const auto across = [](const Tensor& v) { return unsqueeze(v, -2); };
  const auto of_svd = [across](Tensors x) {
    const SvdResult y = svd(x[0]);
    return matmul(y.u * across(y.s), y.vt);
  };
  check_pairs({
      {"the inverse of the inverse",
       {square},
       [](Tensors x) { return inverse(inverse(x[0])); },
       itself,
       kMatrix},
      {"the logarithm of the exponential",
       {wide},
       [](Tensors x) { return log(exp(x[0])); },
       itself},
      {"U S V^T", {square}, of_svd, itself, kMatrix},
      {"U S V^T of tall matrices", {tall}, of_svd, itself, kMatrix},
      {"U S V^T of a wide matrix", {wide}, of_svd, itself, kMatrix},
      {"Q R",
       {square},
       [](Tensors x) {
         const QrResult y = qr(x[0]);
         return matmul(y.q, y.r);
       },
       itself,
       kMatrix},
      {"Q R of tall matrices",
       {tall},
       [](Tensors x) {
         const QrResult y = qr(x[0]);
         return matmul(y.q, y.r);
       },
       itself,
       kMatrix},
      {"L L^T",
       {even},
       [](Tensors x) {
         const Tensor l = cholesky(x[0]);
         return matmul(l, l.transpose());
       },
       half,
       kMatrix},
      {"V W V^T",
       {even},
       [across](Tensors x) {
         const EighResult y = eigh(x[0]);
         return matmul(y.vectors * across(y.values), y.vectors.transpose());
       },
       half,
       kMatrix},
      // The first part does not see A; the second gives its gradient a size.
      {"the solution times the matrix",
       {square, drawn({3, 2})},
       [](Tensors x) { return matmul(x[0], solve(x[0], x[1])) + x[0].sum(); },
       [](Tensors x) {
         return broadcast_to(x[1], {2, 3, 2}) + x[0].sum();
       },
       kMatrix},
  });
}

BOOST_AUTO_TEST_CASE(functions_of_matrices_agree_by_any_factors) {
  const Tensor square = regular({2, 3, 3}), tall = drawn({2, 4, 3}), any = drawn({2, 3, 3}, 3);
  const Tensor even = symmetric(drawn({2, 3, 3}));
  const auto sum_of_logs = [](const Tensor& x) { return x.log().sum(-1); };
  const auto diagonal_of = [](const Tensor& x) { return diagonal(x, 0, -2, -1); };
  check_pairs({
      {"the determinant by eigenvalues",
       {even},
       [](Tensors x) { return prod(eigh(x[0]).values, {-1}); },
       [](Tensors x) { return det((x[0] + x[0].transpose()) * 0.5); },
       kMatrix},
      {"the trace by eigenvalues",
       {even},
       [](Tensors x) { return eigh(x[0]).values.sum(-1); },
       [](Tensors x) { return trace(x[0]); },
       kMatrix},
      {"the norm by singular values",
       {tall},
       [](Tensors x) { return norm(svd(x[0]).s, 2, {-1}); },
       [](Tensors x) { return matrix_norm(x[0]); },
       kMatrix},
      {"the determinant by singular values",
       {square},
       [=](Tensors x) { return sum_of_logs(svd(x[0]).s); },
       [](Tensors x) { return slogdet(x[0]).logabsdet; },
       kMatrix},
      {"the determinant by R",
       {square},
       [=](Tensors x) { return sum_of_logs(diagonal_of(qr(x[0]).r)); },
       [](Tensors x) { return slogdet(x[0]).logabsdet; },
       kMatrix},
      {"the determinant by the Cholesky factor",
       {even},
       [=](Tensors x) { return sum_of_logs(diagonal_of(cholesky(x[0]))) * 2.0; },
       [](Tensors x) { return logdet(x[0]); },
       kMatrix},
      {"cofactors",
       {square},
       [](Tensors x) { return cofactor(x[0]); },
       [](Tensors x) {
         return inverse(x[0]).transpose() * det(x[0]).reshape({2, 1, 1});
       },
       kMatrix},
      {"pinv of square matrices",
       {square},
       [](Tensors x) { return pinv(x[0]); },
       [](Tensors x) { return inverse(x[0]); },
       kMatrix},
      {"pinv of tall matrices",
       {tall},
       [](Tensors x) { return pinv(x[0]); },
       [](Tensors x) {
         const Tensor turned = x[0].transpose();
         return solve(matmul(turned, x[0]), turned);
       },
       4 * kMatrix},
      {"triangular_solve",
       {square, drawn({3, 2})},
       [](Tensors x) { return triangular_solve(x[0], x[1]); },
       [](Tensors x) { return solve(tril(x[0]), x[1]); },
       kMatrix},
      {"triangular_solve, upper, with ones",
       {square, drawn({3, 2})},
       [](Tensors x) {
         return triangular_solve(x[0], x[1], {.upper = true, .unit_diagonal = true});
       },
       [](Tensors x) { return matmul(inverse(triu(x[0], 1) + eye(3, float64)), x[1]); },
       4 * kMatrix},
      {"cholesky_solve",
       {even, drawn({3, 2})},
       [](Tensors x) { return cholesky_solve(cholesky(x[0]), x[1]); },
       [](Tensors x) { return solve((x[0] + x[0].transpose()) * 0.5, x[1]); },
       kMatrix},
      {"matrix_exp squared",
       {any},
       [](Tensors x) { return matrix_exp(x[0]); },
       [](Tensors x) {
         const Tensor y = matrix_exp(x[0] * 0.5);
         return matmul(y, y);
       },
       kMatrix},
      {"the determinant of matrix_exp",
       {any},
       [](Tensors x) { return logdet(matrix_exp(x[0])); },
       [](Tensors x) { return trace(x[0]); },
       4 * kMatrix},
      {"matrix_exp by eigenvectors",
       {even * 0.1},
       [](Tensors x) {
         const EighResult y = eigh(x[0]);
         return matmul(y.vectors * unsqueeze(y.values.exp(), -2), y.vectors.transpose());
       },
       [](Tensors x) { return matrix_exp((x[0] + x[0].transpose()) * 0.5); },
       kMatrix},
      {"singular values by eigenvalues",
       {tall},
       [](Tensors x) { return svd(x[0]).s.square(); },
       [](Tensors x) { return flip(eigvalsh(matmul(x[0].transpose(), x[0])), -1); },
       kMatrix},
  });
}

// --- batches and broadcasting ----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_batch_has_the_results_and_gradients_of_its_examples) {
  const std::vector<Pair> cases = {
      {"matmul",
       {drawn({4, 3, 5}), drawn({4, 5, 2}, 2)},
       [](Tensors x) { return matmul(x[0], x[1]); },
       {}},
      {"solve",
       {regular({4, 3, 3}), drawn({4, 3, 2}, 2)},
       [](Tensors x) { return solve(x[0], x[1]); },
       {}},
      {"triangular_solve",
       {regular({4, 3, 3}), drawn({4, 3, 2}, 2)},
       [](Tensors x) { return triangular_solve(x[0], x[1]); },
       {}},
      {"triangular_solve, upper, transposed",
       {regular({4, 3, 3}), drawn({4, 3, 2}, 2)},
       [](Tensors x) { return triangular_solve(x[0], x[1], {.upper = true, .transpose = true}); },
       {}},
      {"inverse", {regular({4, 3, 3})}, [](Tensors x) { return inverse(x[0]); }, {}},
      {"det", {regular({4, 3, 3})}, [](Tensors x) { return det(x[0]); }, {}},
      {"logdet", {regular({4, 3, 3})}, [](Tensors x) { return logdet(x[0]); }, {}},
      {"cofactor", {regular({4, 3, 3})}, [](Tensors x) { return cofactor(x[0]); }, {}},
      {"trace", {drawn({4, 3, 3})}, [](Tensors x) { return trace(x[0]); }, {}},
      {"cholesky", {symmetric(drawn({4, 3, 3}))}, [](Tensors x) { return cholesky(x[0]); }, {}},
      {"Q", {drawn({4, 5, 3})}, [](Tensors x) { return qr(x[0]).q; }, {}},
      {"R", {drawn({4, 4, 3})}, [](Tensors x) { return qr(x[0]).r; }, {}},
      {"eigenvalues",
       {symmetric(drawn({4, 3, 3}))},
       [](Tensors x) { return eigh(x[0]).values; },
       {}},
      {"eigenvectors",
       {symmetric(drawn({4, 3, 3}))},
       [](Tensors x) { return eigh(x[0]).vectors; },
       {}},
      {"U", {drawn({4, 5, 3})}, [](Tensors x) { return svd(x[0]).u; }, {}},
      {"singular values", {drawn({4, 3, 5})}, [](Tensors x) { return svd(x[0]).s; }, {}},
      {"V^T", {drawn({4, 3, 5})}, [](Tensors x) { return svd(x[0]).vt; }, {}},
      {"pinv", {drawn({4, 3, 2})}, [](Tensors x) { return pinv(x[0]); }, {}},
      {"matrix_exp", {drawn({4, 3, 3})}, [](Tensors x) { return matrix_exp(x[0]); }, {}},
      {"cdist",
       {drawn({4, 3, 2}), drawn({4, 5, 2}, 2)},
       [](Tensors x) { return cdist(x[0], x[1]); },
       {}}};
  for (Pair c : cases) {
    c.g = [f = c.f](Tensors x) {
      std::vector<Tensor> results;
      for (std::int64_t i = 0; i < x[0].size(0); ++i) {
        std::vector<Tensor> example;
        for (const Tensor& operand : x) example.push_back(operand[i]);
        results.push_back(f(example));
      }
      return stack(results);
    };
    check_pairs({c});
    // The same with two axes of batches.
    const Function f = c.f;
    BOOST_TEST_CONTEXT(c.name << ", two axes") {
      const auto folded = [](const Tensor& x) {
        Shape shape = x.shape().with(0, 2).inserted(1, 2);
        return x.reshape(shape);
      };
      check_equal(
          [&](Tensors x) {
            std::vector<Tensor> operands;
            for (const Tensor& operand : x) operands.push_back(folded(operand));
            const Tensor y = f(operands);
            return y.reshape(y.shape().without(0).with(0, 4));
          },
          f, c.at);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_operand_that_is_broadcast_gets_the_sum_of_what_its_copies_get) {
  struct Case {
    const char* name;
    Function f;
  };
  const std::vector<Case> cases = {
      {"add", [](Tensors x) { return x[0] + x[1]; }},
      {"sub", [](Tensors x) { return x[0] - x[1]; }},
      {"mul", [](Tensors x) { return x[0] * x[1]; }},
      {"div", [](Tensors x) { return x[0] / x[1]; }},
      {"pow", [](Tensors x) { return pow(x[0], x[1]); }},
      {"atan2", [](Tensors x) { return atan2(x[0], x[1]); }},
      {"hypot", [](Tensors x) { return hypot(x[0], x[1]); }},
      {"logaddexp", [](Tensors x) { return logaddexp(x[0], x[1]); }},
      {"xlogy", [](Tensors x) { return xlogy(x[0], x[1]); }},
      {"maximum", [](Tensors x) { return maximum(x[0], x[1]); }},
      {"minimum", [](Tensors x) { return minimum(x[0], x[1]); }},
      {"copysign", [](Tensors x) { return copysign(x[0], x[1]); }},
      {"fmod", [](Tensors x) { return fmod(x[0], x[1]); }},
      {"where", [](Tensors x) { return where(x[0] < 1.0, x[0], x[1]); }},
      {"lerp", [](Tensors x) { return lerp(x[0], x[1], x[0]); }}};
  // Whole, stretched along one axis or several, and without leading axes.
  const std::vector<Shape> shapes{{2, 3}, {1, 3},    {2, 1},    {1, 1},    {3},       {1},
                                  {},     {4, 2, 3}, {4, 1, 3}, {1, 2, 1}, {4, 1, 1}, {1, 1, 3}};
  for (const Shape& shape_a : shapes) {
    for (const Shape& shape_b : shapes) {
      const Shape all = broadcast_shape(shape_a, shape_b, "test");
      const Tensor a = positive(shape_a, 3), b = positive(shape_b, 4);
      const Tensor wide_a = broadcast_to(a, all).clone(), wide_b = broadcast_to(b, all).clone();
      const auto summed = [&all](Tensor g, const Shape& shape) {
        const int lead = all.rank() - shape.rank();
        for (int axis = 0; axis < all.rank(); ++axis)
          if (axis < lead || shape[axis - lead] == 1) g = g.sum(axis, true);
        return g.reshape(shape);
      };
      const Tensor u = drawn(all, 7);
      for (const Case& c : cases) {
        BOOST_TEST_CONTEXT(c.name << ", " << to_string(shape_a) << " and " << to_string(shape_b)) {
          const Swept want(c.f, std::vector{wide_a, wide_b}, u);
          const double size =
              std::max(want.gradients[0].abs().sum().item(), want.gradients[1].abs().sum().item());
          for (const auto& at : {std::vector{a, b}, std::vector{strided(a), strided(b)}}) {
            const Swept got(c.f, at, u);
            BOOST_TEST(near(got.value, want.value, 0));
            for (const std::size_t i : {0u, 1u}) {
              const Tensor sums = summed(want.gradients[i], at[i].shape());
              BOOST_TEST(near(got.gradients[i], sums, 4, size));
              BOOST_TEST(near(got.recorded[i], sums, 4, size));
            }
          }
          // The same by broadcast_to, which is an op of its own.
          check_equal(
              [&](Tensors x) {
                const Tensor both[] = {broadcast_to(x[0], all), broadcast_to(x[1], all)};
                return c.f(both);
              },
              c.f, {a, b});
        }
      }
    }
  }
}

// A slope that is 0 by chance, or an upstream gradient, hides no derivative.
BOOST_AUTO_TEST_CASE(derivatives_of_any_order_pass_through_zeros) {
  const auto nth = [](const std::function<Tensor(const Tensor&)>& f, double at, int order) {
    const Tensor x = variable(tensor(at, float64));
    Tensor y = f(x);
    for (int i = 0; i < order; ++i) y = std::get<0>(grad(y, wrt(x), {.create_graph = true}));
    return y.item();
  };
  BOOST_TEST(nth([](const Tensor& x) { return x * x * x; }, 0, 3) == 6);
  BOOST_TEST(nth([](const Tensor& x) { return square(square(x)); }, 0, 4) == 24);
  BOOST_TEST(nth([](const Tensor& x) { return square(sin(x)); }, 0, 4) == -8);
  BOOST_TEST(nth([](const Tensor& x) { return exp(square(x)); }, 0, 4) == 12);
  BOOST_TEST(near(nth([](const Tensor& x) { return hardswish(x); }, -1.5, 2), 1.0 / 3, kFew, 1));
  struct Case {
    const char* name;
    Function f;
    double a, b;
    double hessian[3];  // by a twice, by both, by b twice
  };
  const std::vector<Case> cases = {
      {"xlogy", [](Tensors x) { return xlogy(x[0], x[1]); }, 0, 2, {0, .5, 0}},
      {"xlogy", [](Tensors x) { return xlogy(x[0], x[1]); }, 2, 1, {0, 1, -2}},
      {"hinge_error", [](Tensors x) { return hinge_error(x[0], x[1]); }, .5, 0, {0, -1, 0}},
      {"hinge_error", [](Tensors x) { return hinge_error(x[0], x[1]); }, 0, .5, {0, -1, 0}},
      {"rel_entr", [](Tensors x) { return rel_entr(x[0], x[1]); }, 1, 1, {1, -1, 1}}};
  for (const Case& c : cases) {
    const std::vector<Tensor> xs{variable(tensor(c.a, float64)), variable(tensor(c.b, float64))};
    const std::vector<Tensor> slopes = grad(c.f(xs), xs, {.create_graph = true});
    for (std::size_t i = 0; i < 2; ++i) {
      const std::vector<Tensor> row =
          grad(slopes[i], xs, {.retain_graph = true, .allow_unused = true});
      for (std::size_t j = 0; j < 2; ++j) {
        const double got = row[j].defined() ? row[j].item() : 0.0;
        BOOST_TEST(got == c.hessian[i + j], c.name << " " << i << ", " << j << ": " << got);
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
