// SPDX-License-Identifier: MIT
// What is masked contributes exactly 0: an example that is NaN or infinite, and is taken out of the
// loss afterwards, leaves nothing in any gradient, of the first order or the second, nor in tangents.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/functional.hpp>
#include <nabla/ops/einsum.hpp>
#include <nabla/ops/ops.hpp>

using namespace nabla;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
const double kNan = std::numeric_limits<double>::quiet_NaN();

std::vector<double> elements_of(const Tensor& x) { return x.to_vector<double>(); }

using Function = std::function<Tensor(const Tensor&)>;

using Solver = std::function<Tensor(const Tensor&, const Tensor&)>;

struct Case {
  const char* name;
  Shape example;  ///< the shape of one; the function gets two of them
  Tensor (*f)(const Tensor&);
};

// Square matrices whose eigenvalues differ and are positive.
Tensor definite(const Tensor& x) {
  return matmul(x, x.transpose()) + diag(tensor({3, 5, 8}, float64));
}
Tensor weights() { return linspace(-1, 2, 12).to(float64).reshape({3, 4}); }

const std::vector<Case> kCases = {
    {"softmax", {3}, [](const Tensor& x) { return softmax(x); }},
    {"log_softmax", {3}, [](const Tensor& x) { return log_softmax(x); }},
    {"logsumexp", {3}, [](const Tensor& x) { return logsumexp(x, {1}); }},
    {"layer_norm", {3}, [](const Tensor& x) { return layer_norm(x); }},
    {"layer_norm with weights",
     {3},
     [](const Tensor& x) {
       return layer_norm(x, tensor({1, 2, 3}, float64), tensor({0, 1, 0}, float64));
     }},
    {"softmax_cross_entropy of labels",
     {3},
     [](const Tensor& x) {
       return softmax_cross_entropy(x, tensor({2, 1}, int64));
     }},
    {"softmax_cross_entropy of probabilities",
     {3},
     [](const Tensor& x) {
       return softmax_cross_entropy(x, tensor({{0.2, 0.3, 0.5}, {0.2, 0.3, 0.5}}, float64));
     }},
    {"matmul", {3}, [](const Tensor& x) { return matmul(x, weights()); }},
    {"matmul of matrices", {3, 3}, [](const Tensor& x) { return matmul(x, x); }},
    {"matmul from the right",
     {3, 3},
     [](const Tensor& x) { return matmul(weights().transpose(), x); }},
    {"einsum",
     {3},
     [](const Tensor& x) {
       return einsum("ni,ij->nj", {x, weights()});
     }},
    {"prod", {3}, [](const Tensor& x) { return prod(x, {1}); }},
    {"var", {3}, [](const Tensor& x) { return var(x, {1}); }},
    {"std", {3}, [](const Tensor& x) { return nabla::std(x, {1}); }},
    {"norm", {3}, [](const Tensor& x) { return norm(x, 2, {1}); }},
    {"norm of order 3", {3}, [](const Tensor& x) { return norm(x, 3, {1}); }},
    {"norm of order 1/2", {3}, [](const Tensor& x) { return norm(x, 0.5, {1}); }},
    {"layer_norm without epsilon", {3}, [](const Tensor& x) { return layer_norm(x, 1, 0); }},
    {"cumsum", {3}, [](const Tensor& x) { return cumsum(x, 1); }},
    {"cumprod", {3}, [](const Tensor& x) { return cumprod(x, 1); }},
    {"logcumsumexp", {3}, [](const Tensor& x) { return logcumsumexp(x, 1); }},
    {"cummax", {3}, [](const Tensor& x) { return cummax(x, 1).values; }},
    {"sort", {3}, [](const Tensor& x) { return sort(x, 1).values; }},
    {"cdist",
     {3, 2},
     [](const Tensor& x) {
       return cdist(x, x + tensor({1, 2}, float64));
     }},
    {"det", {3, 3}, [](const Tensor& x) { return det(x); }},
    {"slogdet", {3, 3}, [](const Tensor& x) { return slogdet(x).logabsdet; }},
    {"inverse", {3, 3}, [](const Tensor& x) { return inverse(definite(x)); }},
    {"solve", {3, 3}, [](const Tensor& x) { return solve(definite(x), x); }},
    {"triangular_solve", {3, 3}, [](const Tensor& x) { return triangular_solve(definite(x), x); }},
    {"cholesky", {3, 3}, [](const Tensor& x) { return cholesky(definite(x)); }},
    {"cholesky_solve",
     {3, 3},
     [](const Tensor& x) { return cholesky_solve(cholesky(definite(x)), x); }},
    {"lstsq",
     {3, 3},
     [](const Tensor& x) {
       return lstsq(tensor({{4, 1}, {2, 5}, {0, 3}}, float64), x);
     }},
    {"qr", {3, 3}, [](const Tensor& x) { return qr(definite(x)).r; }},
    {"eigh", {3, 3}, [](const Tensor& x) { return eigh(definite(x)).vectors; }},
    {"svd", {3, 3}, [](const Tensor& x) { return svd(definite(x)).u; }},
    {"pinv", {3, 3}, [](const Tensor& x) { return pinv(definite(x)); }},
    {"matrix_exp", {3, 3}, [](const Tensor& x) { return matrix_exp(x); }}};

// Two examples: a good one, and one whose elements, or the first of them, are `bad`.
Tensor examples(const Shape& example, double bad, bool whole) {
  const std::int64_t n = example.numel();
  std::vector<double> numbers;
  for (std::int64_t i = 0; i < 2 * n; ++i) {
    const bool is_bad = i >= n && (whole || i == n);
    numbers.push_back(is_bad ? bad : std::sin(1.7 * static_cast<double>(i % n + 1)));
  }
  return from_span(std::span<const double>(numbers), example.inserted(0, 2));
}

// The loss of the first example alone.
Tensor loss_of(const Function& f, const Tensor& x) {
  const Tensor y = f(x);
  Tensor is_good = arange(2) == 0;
  while (is_good.rank() < y.rank()) is_good = unsqueeze(is_good, -1);
  return sum(sin(where(is_good, y, 0.0)));
}

struct Derivatives {
  std::vector<double> gradient, second, tangent;

  Derivatives(const Function& f, const Tensor& at) {
    const auto loss = [&f](const Tensor& x) { return loss_of(f, x); };
    const Tensor x = variable(at);
    const auto [dx] = grad(loss(x), wrt(x), {.create_graph = true});
    gradient = elements_of(dx);
    const auto [by_x] = grad(sum(dx * dx), wrt(x));
    second = elements_of(by_x);
    tangent = elements_of(jvp(loss, at, ones_like(at)).tangent);
  }
};

// The good example has what it has beside any other; the second one has 0.
void check(const std::vector<double>& expected, const std::vector<double>& found) {
  BOOST_TEST_REQUIRE(expected.size() == found.size());
  const std::size_t good = (expected.size() + 1) / 2;
  for (std::size_t i = 0; i < good; ++i)
    BOOST_TEST(std::abs(expected[i] - found[i]) <= 1e-12 * std::max(1.0, std::abs(expected[i])));
  for (std::size_t i = good; i < found.size(); ++i) BOOST_TEST(found[i] == 0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(masking)

BOOST_AUTO_TEST_CASE(an_example_that_is_masked_leaves_nothing_in_derivatives) {
  for (const Case& c : kCases) {
    const Derivatives expected(c.f, examples(c.example, 0.5, false));
    for (const double bad : {kNan, kInf, -kInf, 1.5e308, -1e200, 5e-324}) {
      for (const bool whole : {false, true}) {
        BOOST_TEST_CONTEXT(c.name << ", " << bad << (whole ? " everywhere" : " once")) {
          const Derivatives found(c.f, examples(c.example, bad, whole));
          check(expected.gradient, found.gradient);
          check(expected.second, found.second);
          check(expected.tangent, found.tangent);
        }
      }
    }
  }
}

// The weights of a layer get the same from a batch with a bad example that is masked.
BOOST_AUTO_TEST_CASE(weights_get_nothing_from_an_example_that_is_masked) {
  const auto gradients = [](double bad) {
    const Tensor w = variable(weights()), b = variable(tensor({1, 2, 3, 4}, float64));
    const Tensor x = examples({3}, bad, false);
    const Function f = [&](const Tensor& at) { return layer_norm(matmul(at, w) + b); };
    const auto [by_w, by_b] = grad(loss_of(f, x), wrt(w, b));
    return std::vector{elements_of(by_w), elements_of(by_b)};
  };
  const auto expected = gradients(0.5);
  for (const double bad : {kNan, kInf}) {
    const auto found = gradients(bad);
    for (std::size_t i = 0; i < expected.size(); ++i)
      BOOST_TEST(expected[i] == found[i], boost::test_tools::per_element());
  }
}

// A column of the right side that is bad, and masked, leaves nothing in the matrix.
BOOST_AUTO_TEST_CASE(a_right_side_that_is_masked_leaves_nothing_in_the_matrix) {
  const Tensor a = tensor({{3, 1}, {1, 4}}, float64), is_good = tensor({{1, 0}}, boolean);
  const std::vector<Solver> solvers = {
      [](const Tensor& m, const Tensor& b) { return solve(m, b); },
      [](const Tensor& m, const Tensor& b) { return triangular_solve(m, b); },
      [](const Tensor& m, const Tensor& b) { return lstsq(m, b); },
      [](const Tensor& m, const Tensor& b) { return matmul(m, b); }};
  for (std::size_t i = 0; i < solvers.size(); ++i) {
    const auto gradient_beside = [&](double bad) {
      const Tensor m = variable(a);
      const Tensor x = solvers[i](m, tensor({{1, bad}, {2, bad}}, float64));
      return elements_of(std::get<0>(grad(sum(where(is_good, x, 0.0)), wrt(m))));
    };
    for (const double bad : {kNan, kInf})
      BOOST_TEST(gradient_beside(bad) == gradient_beside(0), boost::test_tools::per_element());
  }
}

// Also where a second derivative is asked of what arrived as 0.
BOOST_AUTO_TEST_CASE(hessians_have_nothing_of_what_is_masked) {
  const Tensor is_good = arange(4) < 2;
  const std::vector<Tensor (*)(const Tensor&)> scans = {
      [](const Tensor& x) { return logcumsumexp(x, 0); },
      [](const Tensor& x) { return cumprod(x, 0); },
      [](const Tensor& x) { return linear_recurrence(x, x, 0); }};
  for (std::size_t k = 0; k < scans.size(); ++k) {
    const auto hessian_beside = [&](double bad) {
      const auto loss = [&](const Tensor& x) { return sum(where(is_good, scans[k](x), 0.0)); };
      return elements_of(hessian(loss, tensor({2, 3, bad, 5}, float64)));
    };
    const std::vector<double> expected = hessian_beside(1);
    for (const double bad : {kNan, kInf}) {
      const std::vector<double> found = hessian_beside(bad);
      for (std::size_t i = 0; i < found.size(); ++i)
        BOOST_TEST(std::abs(found[i] - expected[i]) <= 1e-14,
                   "scan " << k << ", " << bad << ", " << i << ": " << found[i]);
    }
  }
  const auto products = [](double bad) {
    const auto loss = [&](const Tensor& x) {
      const Tensor y = outer(x * tensor({1, bad}, float64), x);
      return sum(where(tensor({{1}, {0}}, boolean), y, 0.0));
    };
    return elements_of(hessian(loss, tensor({2, 3}, float64)));
  };
  BOOST_TEST(products(kNan) == (std::vector<double>{2, 1, 1, 0}), boost::test_tools::per_element());
}

// An infinite factor reaches what it is not masked from, with its sign.
BOOST_AUTO_TEST_CASE(an_infinite_factor_goes_where_something_arrives) {
  const Tensor a = variable(zeros({2, 2}, float64));
  const Tensor b = tensor({{kInf, 1}, {-kInf, kNan}}, float64);
  const auto [by_a] = grad(sum(matmul(a, b) * tensor({{2, 0}, {0, 3}}, float64)), wrt(a));
  const std::vector<double> found = elements_of(by_a);
  BOOST_TEST(found[0] == kInf);
  BOOST_TEST(found[1] == -kInf);
  BOOST_TEST(found[2] == 3);
  BOOST_TEST(std::isnan(found[3]));
}

BOOST_AUTO_TEST_SUITE_END()
