// SPDX-License-Identifier: MIT
// What is masked contributes exactly 0: an example that is NaN or infinite, and is taken out of the
// loss afterwards, leaves nothing in any gradient, of the first order or the second, nor in tangents.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/functional.hpp>
#include <nabla/ops/composition.hpp>
#include <nabla/ops/einsum.hpp>
#include <nabla/ops/family/structural_zeros.hpp>
#include <nabla/ops/map.hpp>
#include <nabla/ops/ops.hpp>
#include <nabla/ops/registry.hpp>

#include "support/masked_samples.hpp"

using namespace nabla;
using test::check_masking;
using test::elements_of;
using test::kInf;
using test::kNan;

namespace {

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

BOOST_AUTO_TEST_CASE(inputs_of_masked_outputs_contribute_0_in_every_op) {
  const std::vector<std::string> factorizations = {"cholesky", "cholesky_solve", "lstsq", "qr",
                                                   "triangular_solve"};
  const auto check_all = [&](const std::string& name, const std::vector<Sample>& samples) {
    const bool is_factorization = std::ranges::find(factorizations, name) != factorizations.end();
    for (const Sample& sample : samples) check_masking(name, sample, is_factorization);
  };
  for (const OpEntry* op : all_ops()) check_all(std::string(op->info->name), op->samples());
  for (const Composition& made : all_compositions())
    check_all(std::string(made.info.name), made.samples());
}

// Maps of one operand and of two, by themselves and between ops and maps.
BOOST_AUTO_TEST_CASE(inputs_of_masked_outputs_contribute_0_in_every_map) {
  using Step = Tensor (*)(const Tensor& x, const Tensor& w);
  struct Named {
    const char* name;
    Step step;
  };
  const std::vector<Named> maps = {
      {"a square",
       [](const Tensor& x, const Tensor&) { return map([](auto a) { return a * a; }, x); }},
      {"exp and log",
       [](const Tensor& x, const Tensor&) {
         return map([](auto a) { return exp(a) * log(1.0 + a); }, x);
       }},
      {"a branch",
       [](const Tensor& x, const Tensor&) {
         return map([](auto a) { return choose(a > 0.5, sqrt(a), a * a * a); }, x);
       }},
      {"a product",
       [](const Tensor& x, const Tensor& w) {
         return map([](auto a, auto b) { return a * b; }, x, w);
       }},
      {"a quotient",
       [](const Tensor& x, const Tensor& w) {
         return map([](auto a, auto b) { return a / b; }, x, w);
       }},
      {"a power", [](const Tensor& x, const Tensor& w) {
         return map([](auto a, auto b) { return pow(a, b) + hypot(a, b); }, x, w);
       }}};
  std::vector<Named> others = maps;
  others.push_back({"nothing", [](const Tensor& x, const Tensor&) { return x; }});
  others.push_back({"x / w", [](const Tensor& x, const Tensor& w) { return x / w; }});
  others.push_back({"x w", [](const Tensor& x, const Tensor& w) { return x * w; }});
  others.push_back({"exp", [](const Tensor& x, const Tensor&) { return exp(x); }});
  const Tensor x = tensor({{0.3, 0.9}, {1.25, 0.6}}, float64);
  const std::vector<Tensor> weights{tensor({{1.5, 0.7}, {0.8, 1.1}}, float64),
                                    tensor({1.5, 0.7}, float64), tensor({{1.5}, {0.7}}, float64),
                                    tensor(0.7, float64)};
  for (const Named& made : maps) {
    for (const Named& other : others) {
      for (const Tensor& w : weights) {
        const std::string place = " of " + to_string(w.shape()) + ", " + other.name;
        const auto check_chain = [&](const std::string& where, Step first, Step then) {
          const Sample sample{where + place, {x, w}, [first, then](std::span<const Tensor> xs) {
                                return then(first(xs[0], xs[1]), xs[1]);
                              }};
          BOOST_TEST(check_masking(made.name, sample) > 0, made.name << sample.description);
        };
        check_chain("before", other.step, made.step);
        check_chain("behind", made.step, other.step);
      }
    }
  }
}

// A row that overflows on its way through products, and is masked, leaves nothing in the weights: what
// arrives at its gradients in the second sweep is infinite, what it meets there is 0.
BOOST_AUTO_TEST_CASE(a_chain_of_products_that_overflows_leaves_nothing_if_it_is_masked) {
  using Chain = std::function<Tensor(const Tensor& x, const Tensor& w)>;
  const auto thrice = [](const Chain& step) {
    return [step](const Tensor& x, const Tensor& w) { return step(step(step(x, w), w), w); };
  };
  struct Product {
    const char* name;
    Chain chain;
  };
  const std::vector<Product> products = {
      {"matmul", thrice([](const Tensor& x, const Tensor& w) { return matmul(x, w); })},
      {"from the left", thrice([](const Tensor& x, const Tensor& w) {
         return matmul(w, x.transpose()).transpose();
       })},
      {"with a vector at the end",
       [](const Tensor& x, const Tensor& w) {
         return matmul(matmul(matmul(x, w), w), w[0]).reshape({2, 1});
       }},
      {"rows as vectors",
       [](const Tensor& x, const Tensor& w) {
         return stack(
             {matmul(matmul(matmul(x[0], w), w), w), matmul(matmul(matmul(x[1], w), w), w)});
       }},
      {"batches", thrice([](const Tensor& x, const Tensor& w) {
         return squeeze(bmm(unsqueeze(x, 1), stack({w, w})), 1);
       })},
      {"einsum", thrice([](const Tensor& x, const Tensor& w) {
         return einsum("ni,ij->nj", {x, w});
       })},
      {"dot",
       [](const Tensor& x, const Tensor& w) {
         const auto along = [&w](const Tensor& row) {
           return dot(row * dot(row * dot(row, w[0]), w[1]), w[2]);
         };
         return stack({along(x[0]), along(x[1])}).reshape({2, 1});
       }},
      {"outer",
       [](const Tensor& x, const Tensor& w) {
         return outer(select(outer(select(outer(select(x, 1, 0), w[0]), 1, 1), w[1]), 1, 1), w[2]);
       }},
      {"kron", [](const Tensor& x,
                  const Tensor& w) { return kron(kron(x, w.slice(0, 0, 1)), w.slice(0, 1, 2)); }},
      {"products of elements", thrice([](const Tensor& x, const Tensor& w) { return x * w[0]; })},
      {"quotients", thrice([](const Tensor& x, const Tensor& w) { return x / (1 / w[0]); })},
      {"softmax behind",
       [](const Tensor& x, const Tensor& w) {
         return softmax(matmul(matmul(matmul(x, w), w), w));
       }},
      {"layer_norm on the way",
       [](const Tensor& x, const Tensor& w) {
         return matmul(layer_norm(matmul(matmul(x, w), w)), w * 1e-50);
       }},
      {"a norm behind",
       [](const Tensor& x, const Tensor& w) {
         return norm(matmul(matmul(matmul(x, w), w), w), 2, {1}, true);
       }},
      {"cumprod behind", [](const Tensor& x, const Tensor& w) {
         return cumprod(matmul(matmul(matmul(x, w), w), w), 1);
       }}};
  const Tensor is_good = tensor({{1}, {0}}, boolean);
  for (const Product& product : products) {
    const auto derivatives = [&](double size) {
      const Tensor w = variable(tensor({{1, 2, -1}, {3, 1, 1}, {0.5, -2, 1}}, float64) * 1e50);
      const Tensor x = variable(tensor({{1e-150, 2e-150, 1e-150}, {size, size, size}}, float64));
      const Tensor y = sin(product.chain(x, w));
      const auto [dw, dx] = grad(sum(where(is_good, y, 0.0)), wrt(w, x), {.create_graph = true});
      const Tensor loss = sum(square(dw * 1e50)) + sum(square(dx * 1e-150));
      const auto [ddw, ddx] = grad(loss, wrt(w, x));
      return std::vector{elements_of(dw), elements_of(dx), elements_of(ddw), elements_of(ddx)};
    };
    const auto expected = derivatives(1e-150);
    for (const double size : {1e110, 1e160, 1e210, 1e260, 1.5e308, kInf, kNan}) {
      const auto found = derivatives(size);
      for (std::size_t k = 0; k < found.size(); ++k) {
        for (std::size_t i = 0; i < found[k].size(); ++i) {
          const bool is_masked = k % 2 == 1 && i >= 3;
          const double need = is_masked ? 0.0 : expected[k][i], got = found[k][i];
          BOOST_TEST(
              std::abs(got - need) <= 1e-12 * std::abs(need),
              product.name << " of " << size << ", " << k << ": got " << got << ", need " << need);
        }
      }
    }
  }
}

// A 0 is taken for one of a mask only if it is: others meet what is infinite as IEEE says.
BOOST_AUTO_TEST_CASE(products_that_overflow_are_what_they_are_where_nothing_is_masked) {
  const Tensor g = tensor({{kInf, 1}, {kNan, -kInf}}, float64);
  const Tensor at = variable(tensor({{0, 2}, {-1, 3}}, float64));
  const auto by_right = [&](const Tensor& left) {
    const Tensor b = variable(ones({2, 2}, float64));
    return elements_of(std::get<0>(grad(matmul(left, b), wrt(b), g)));
  };
  const auto is = [](const std::vector<double>& got, const std::vector<double>& need) {
    for (std::size_t i = 0; i < need.size(); ++i)
      BOOST_TEST((got[i] == need[i] || (std::isnan(got[i]) && std::isnan(need[i]))),
                 i << ": got " << got[i] << ", need " << need[i]);
  };
  // A^T G of A = (0, 2; -1, 3)
  is(by_right(at * 1.0), {kNan, kInf, kNan, -kInf});
  is(by_right(where(tensor({{0, 1}, {1, 1}}, boolean), at, 0.0)), {kNan, kInf, kNan, -kInf});
  is(by_right(where(tensor({{1, 1}, {0, 1}}, boolean), at, 0.0)), {kNan, 0, kNan, -kInf});
  is(by_right(where(tensor({{0, 1}, {0, 1}}, boolean), at, 0.0)), {0, 0, kNan, -kInf});
  is(by_right(where(tensor({{0, 0}, {1, 0}}, boolean), at, 0.0)), {kNan, kInf, 0, 0});
  is(by_right(where(tensor({{1, 1}, {0, 0}}, boolean), at, 0.0)), {kNan, 0, kInf, 2});
  // Of vectors, too.
  const Tensor v = variable(tensor({0, 2}, float64)), b = variable(ones({2}, float64));
  const Tensor u = where(tensor({0, 1}, boolean), v, 0.0);
  const auto by_b = [&](const Tensor& y, const Tensor& seed) {
    return elements_of(std::get<0>(grad(y, wrt(b), seed, {.retain_graph = true})));
  };
  const Tensor high = tensor({kInf, 1}, float64);
  is(by_b(matmul(u, outer(b, b)), high), {kInf, kInf});
  is(by_b(outer(u, b), g), {kNan, -kInf});
  is(by_b(outer(v * 1.0, b), g), {kNan, -kInf});
  is(by_b(outer(where(tensor({1, 0}, boolean), v, 0.0), b), g), {kNan, 0});
  // A chain that overflows in a row that is not masked.
  const Tensor w = variable(eye(2, float64) * 1e200);
  const Tensor x = tensor({{1, 0}, {0, 1}}, float64);
  const auto [dw] = grad(sum(square(matmul(matmul(x, w), w))), wrt(w), {.create_graph = true});
  BOOST_TEST(!std::isfinite(elements_of(dw)[0]));
  BOOST_TEST(!std::isfinite(elements_of(std::get<0>(grad(sum(dw), wrt(w))))[0]));
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

BOOST_AUTO_TEST_CASE(what_a_mask_left_is_followed_through_indices_and_numbers) {
  // Of 1, 2, 0 the 2 is masked; the last 0 is one by chance.
  const Tensor x = variable(tensor({1.0, 2.0, 0.0}, float64));
  const Tensor masked = where(tensor({1, 0, 1}, int64) != 0, x, 0.0);
  const Tensor index = tensor({2, 1, 0}, int64), places = tensor({1, 2, 1}, int64);
  const auto elements = [](const Tensor& y) {
    return detail::may_be_nonzero(y).to(int64).to_vector<std::int64_t>();
  };
  using Elements = std::vector<std::int64_t>;
  BOOST_TEST(elements(masked) == (Elements{1, 0, 1}), boost::test_tools::per_element());
  BOOST_TEST(elements(index_select(masked, 0, index)) == (Elements{1, 0, 1}),
             boost::test_tools::per_element());
  BOOST_TEST(elements(gather(masked, 0, places)) == (Elements{0, 1, 0}),
             boost::test_tools::per_element());
  BOOST_TEST(elements(index_add(zeros({3}, float64), 0, places, masked)) == (Elements{0, 1, 0}),
             boost::test_tools::per_element());
  for (const Tensor& y : {masked * 2, masked * -2, 3 * masked, masked * 0.5, -1.5 * masked})
    BOOST_TEST(elements(y) == (Elements{1, 0, 1}), boost::test_tools::per_element());
  BOOST_TEST(elements(masked * 0) == (Elements{0, 0, 0}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
