// SPDX-License-Identifier: MIT
// Products of matrices that are views: gradients are those of copies, wherever they land, and whoever
// looks at them on the way. Numbers are whole and few, so that all sums are exact and comparisons too.
#include <cmath>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/capture.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/hook.hpp>
#include <nabla/engine/random.hpp>
#include <nabla/ops/ops.hpp>

#include "support/threads.hpp"

using namespace nabla;

namespace {

// Whole numbers from -3 to 3.
Tensor whole(const Shape& shape, DType dtype, std::uint64_t seed) {
  Random random(seed);
  return (round(rand(shape, random, float64) * 6.0 - 3.0) + 0.0).to(dtype);
}

bool is_same(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype() && a.to_vector() == b.to_vector();
}

/// A way in which an operand lies: a view of a tensor, and the shape of the tensor for a view of `rows`
/// rows and `columns` columns.
struct Layout {
  const char* name;
  Shape (*base)(std::int64_t rows, std::int64_t columns);
  Tensor (*view)(const Tensor& base);
};

const std::vector<Layout> kLayouts = {
    {"by rows",
     [](std::int64_t m, std::int64_t n) {
       return Shape{m, n};
     },
     [](const Tensor& x) { return x; }},
    {"transposed",
     [](std::int64_t m, std::int64_t n) {
       return Shape{n, m};
     },
     [](const Tensor& x) { return x.transpose(); }},
    {"transposed twice",
     [](std::int64_t m, std::int64_t n) {
       return Shape{m, n};
     },
     [](const Tensor& x) { return x.transpose().transpose(); }},
    {"rows of a transposed part",
     [](std::int64_t m, std::int64_t n) {
       return Shape{n + 3, m};
     },
     [](const Tensor& x) { return x.slice(0, 1, x.size(0) - 2).transpose(); }},
    {"columns of a transposed part",
     [](std::int64_t m, std::int64_t n) {
       return Shape{n, m + 3};
     },
     [](const Tensor& x) { return x.slice(1, 2, x.size(1) - 1).transpose(); }},
    {"each second column",
     [](std::int64_t m, std::int64_t n) {
       return Shape{m, 2 * n};
     },
     [](const Tensor& x) { return x.slice(1, 0, x.size(1), 2); }},
    {"transposed, the last first",
     [](std::int64_t m, std::int64_t n) {
       return Shape{n, m};
     },
     [](const Tensor& x) { return flip(x, 0).transpose(); }},
    {"one row for all",
     [](std::int64_t, std::int64_t n) {
       return Shape{1, n};
     },
     nullptr},
};

Tensor view_of(const Layout& layout, const Tensor& base, std::int64_t rows, std::int64_t columns) {
  return layout.view == nullptr ? broadcast_to(base, {rows, columns}) : layout.view(base);
}

struct Gradients {
  Tensor value;
  std::vector<Tensor> of_a_sweep, recorded, second;
};

// Of `f` at variables that hold these numbers, by both, in either kind of sweep; and those of what is
// linear in the recorded ones.
Gradients gradients(const std::function<Tensor(const Tensor&, const Tensor&)>& f, const Tensor& a,
                    const Tensor& b) {
  const std::vector<Tensor> x{variable(a), variable(b)};
  const Tensor y = f(x[0], x[1]);
  const Tensor seed = whole(y.shape(), y.dtype(), 5);
  Gradients g;
  g.value = y.detach();
  g.of_a_sweep = grad(y, x, seed, {.retain_graph = true});
  g.recorded = grad(y, x, seed, {.create_graph = true});
  const Tensor linear = (g.recorded[0] * whole(a.shape(), a.dtype(), 6)).sum() +
                        (g.recorded[1] * whole(b.shape(), b.dtype(), 7)).sum();
  g.second = grad(linear, x);
  for (Tensor& recorded : g.recorded) recorded = recorded.detach();
  return g;
}

void check_same(const Gradients& got, const Gradients& want) {
  BOOST_TEST(is_same(got.value, want.value));
  for (std::size_t i = 0; i < 2; ++i) {
    BOOST_TEST_CONTEXT("by operand " << i) {
      BOOST_TEST(is_same(got.of_a_sweep[i], want.of_a_sweep[i]));
      BOOST_TEST(is_same(got.recorded[i], want.of_a_sweep[i]));
      BOOST_TEST(is_same(got.second[i], want.second[i]));
    }
  }
}

// The sum over p of a_ip b_pj, from elementwise operations.
Tensor product_by_definition(const Tensor& a, const Tensor& b) {
  return (unsqueeze(a, 2) * unsqueeze(b, 0)).sum(1);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(products_of_views)

BOOST_AUTO_TEST_CASE(gradients_are_those_of_the_definition_however_the_operands_lie) {
  struct Sizes {
    std::int64_t m, k, n;
  };
  for (const DType dtype : {float32, float64}) {
    for (const auto& [m, k, n] :
         {Sizes{1, 1, 1}, {1, 5, 3}, {4, 1, 3}, {4, 5, 1}, {2, 3, 4}, {1, 70, 40}, {33, 40, 21}}) {
      for (const Layout& left : kLayouts) {
        for (const Layout& right : kLayouts) {
          BOOST_TEST_CONTEXT(left.name << " times " << right.name << ", " << m << " " << k << " "
                                       << n) {
            const Tensor a = whole(left.base(m, k), dtype, 1);
            const Tensor b = whole(right.base(k, n), dtype, 2);
            const auto with = [&, m = m, k = k,
                               n = n](Tensor (*product)(const Tensor&, const Tensor&)) {
              return gradients(
                  [&](const Tensor& x, const Tensor& y) {
                    return product(view_of(left, x, m, k), view_of(right, y, k, n));
                  },
                  a, b);
            };
            check_same(with(&matmul), with(&product_by_definition));
          }
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(batches_are_matrices_one_by_one) {
  for (const DType dtype : {float32, float64}) {
    for (const bool left : {false, true}) {
      for (const bool right : {false, true}) {
        BOOST_TEST_CONTEXT("left transposed " << left << ", right " << right) {
          const auto turned = [](const Tensor& x, bool is_turned) {
            return is_turned ? x.transpose(-2, -1) : x;
          };
          const Tensor a = whole(left ? Shape{3, 1, 5, 4} : Shape{3, 1, 4, 5}, dtype, 1);
          const Tensor b = whole(right ? Shape{2, 6, 5} : Shape{2, 5, 6}, dtype, 2);
          const Gradients got =
              gradients([&](const Tensor& x,
                            const Tensor& y) { return matmul(turned(x, left), turned(y, right)); },
                        a, b);
          const Gradients want = gradients(
              [&](const Tensor& x, const Tensor& y) {
                std::vector<Tensor> batches;
                for (std::int64_t i = 0; i < 3; ++i) {
                  std::vector<Tensor> products;
                  for (std::int64_t j = 0; j < 2; ++j)
                    products.push_back(
                        product_by_definition(turned(select(select(x, 0, i), 0, 0), left),
                                              turned(select(y, 0, j), right)));
                  batches.push_back(stack(products, 0));
                }
                return stack(batches, 0);
              },
              a, b);
          check_same(got, want);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_gradient_is_added_to_the_one_that_is_there) {
  for (const DType dtype : {float32, float64}) {
    const Tensor x = whole({3, 40}, dtype, 1), g = whole({3, 20}, dtype, 3);
    Tensor w = variable(whole({20, 40}, dtype, 2));
    const Tensor once = matmul(g.transpose(), x);
    const auto sweep = [&](bool create_graph) {
      backward((matmul(x, w.transpose()) * g).sum(), {.create_graph = create_graph});
    };
    sweep(false);
    const Tensor first = w.grad();
    BOOST_TEST(is_same(first, once));
    sweep(false);
    BOOST_TEST(is_same(w.grad(), once * 2));
    BOOST_TEST(is_same(first, once * 2));  // the handle shows the same elements
    sweep(true);
    BOOST_TEST(is_same(w.grad().detach(), once * 3));
    BOOST_TEST(is_same(first, once * 2));
    w.zero_grad();
    // Both a product of what lies by rows and one of its transpose, in one sweep.
    Tensor v = variable(whole({20, 20}, dtype, 4));
    const Tensor u = whole({3, 20}, dtype, 5);
    backward(((matmul(u, v.transpose()) + matmul(u, v)) * g).sum());
    BOOST_TEST(is_same(v.grad(), matmul(g.transpose(), u) + matmul(u.transpose(), g)));
  }
}

BOOST_AUTO_TEST_CASE(hooks_and_kept_gradients_see_what_arrives_at_the_view) {
  const Tensor x = whole({3, 40}, float64, 1), g = whole({3, 20}, float64, 3);
  Tensor w = variable(whole({20, 40}, float64, 2));
  const Tensor expected = matmul(x.transpose(), g);  // (40, 20)
  Tensor turned = w.transpose();
  turned.retain_grad();
  std::vector<Tensor> seen;
  const auto look = [&seen](const Tensor& gradient) {
    seen.push_back(gradient);
    return Tensor();
  };
  {
    const GradientHook at_view(turned, look), at_leaf(w, look);
    backward((matmul(x, turned) * g).sum());
  }
  BOOST_REQUIRE(seen.size() == 2u);
  BOOST_TEST(is_same(seen[0], expected));
  BOOST_TEST(is_same(seen[1], expected.transpose()));
  BOOST_TEST(is_same(turned.grad(), expected));
  BOOST_TEST(is_same(w.grad(), expected.transpose()));
  // What is added to the gradient of the leaf later does not show in the others.
  backward((matmul(x, w.transpose()) * g).sum());
  BOOST_TEST(is_same(w.grad(), expected.transpose() * 2));
  BOOST_TEST(is_same(turned.grad(), expected));
  BOOST_TEST(is_same(seen[0], expected));
  BOOST_TEST(is_same(seen[1], expected.transpose()));
  // A hook at the view puts another gradient in its place.
  w.zero_grad();
  turned = w.transpose();
  const GradientHook twice(turned, [](const Tensor& gradient) { return gradient * 2; });
  backward((matmul(x, turned) * g).sum());
  BOOST_TEST(is_same(w.grad(), expected.transpose() * 2));
}

// Of the view, whose gradient has the elements of the leaf's, by whoever holds it: what is added to the one
// later does not show in the other.
BOOST_AUTO_TEST_CASE(a_gradient_that_someone_holds_is_not_that_of_the_leaf) {
  const Tensor x = whole({3, 40}, float64, 1), g = whole({3, 20}, float64, 3);
  const Tensor expected = matmul(x.transpose(), g);
  for (const bool by_hook : {false, true}) {
    BOOST_TEST_CONTEXT((by_hook ? "a hook" : "retain_grad")) {
      const Tensor w = variable(whole({20, 40}, float64, 2));
      Tensor turned = w.transpose(), held;
      std::optional<GradientHook> hook;
      if (by_hook)
        hook.emplace(turned, [&held](const Tensor& gradient) {
          held = gradient;
          return Tensor();
        });
      else
        turned.retain_grad();
      backward((matmul(x, turned) * g).sum());
      if (!by_hook) held = turned.grad();
      for (int i = 0; i < 2; ++i) backward((matmul(x, w.transpose()) * g).sum());
      BOOST_TEST(is_same(held, expected));
      BOOST_TEST(is_same(w.grad(), expected.transpose() * 3));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_picture_shows_the_view_and_what_arrives_there) {
  const Tensor x = tensor({{1, 2}}, float64);
  const Tensor w = variable(tensor({{3, 4}, {5, 6}, {7, 8}}, float64), "w");
  const Graph graph = capture((matmul(x, w.transpose()) * tensor({{1, -1, 2}}, float64)).sum());
  std::optional<std::uint32_t> view, leaf;
  for (std::uint32_t i = 0; i < graph.nodes.size(); ++i) {
    const GraphNode& node = graph.nodes[i];
    if (node.role == Role::operation && node.op->name == "transpose") view = i;
    if (node.name == "w") leaf = i;
  }
  BOOST_REQUIRE(view.has_value());
  BOOST_REQUIRE(leaf.has_value());
  // g = (1, -1, 2), x = (1, 2): the elements of the gradient are the products of theirs.
  const double norm = std::sqrt(6.0 * 5.0);
  for (const std::uint32_t node : {*view, *leaf})
    BOOST_TEST(graph.nodes[node].tensor->gradient.norm == norm,
               boost::test_tools::tolerance(1e-12));
  std::vector<double> arriving, at_leaf;
  for (const GraphEdge& edge : graph.edges) {
    if (edge.from != *view && edge.from != *leaf) continue;
    std::vector<double>& parts = edge.from == *view ? arriving : at_leaf;
    for (std::size_t i = 0; i < 6; ++i) parts.push_back(graph.samples[edge.samples].at(i));
  }
  BOOST_TEST(arriving == (std::vector<double>{1, -1, 2, 2, -2, 4}),
             boost::test_tools::per_element());
  BOOST_TEST(at_leaf == (std::vector<double>{1, 2, -1, -2, 2, 4}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(threads_do_not_change_bits) {
  for (const DType dtype : {float32, float64}) {
    manual_seed(4);
    const Tensor x = randn({130, 300}, dtype), weight = randn({260, 300}, dtype);
    std::vector<std::vector<double>> first;
    test::for_each_thread_count([&](int threads) {
      const Tensor w = variable(weight), input = variable(x);
      const Tensor y = matmul(input, w.transpose());
      backward(y.square().sum());
      const std::vector<std::vector<double>> results{y.to_vector(), w.grad().to_vector(),
                                                     input.grad().to_vector()};
      if (first.empty()) first = results;
      BOOST_TEST((results == first), "other bits with " << threads << " threads");
    });
  }
}

BOOST_AUTO_TEST_SUITE_END()
