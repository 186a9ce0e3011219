// SPDX-License-Identifier: MIT
// Losses that go over their elements once, against plain loops over the definitions: for any number of
// elements, for views, with nothing of their size written on the way, and the same bits for any number of
// threads.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/nabla.hpp>

#include "support/storage.hpp"
#include "support/threads.hpp"

using namespace nabla;

namespace {

using FloatingTypes = std::tuple<float, double>;

struct Interval {
  double lower, upper;
};

/// What a loss of two tensors should be: of elements x and t, in a row i and a column j.
template <class Loss, class Term>
struct Case {
  std::string name;
  Loss loss;  ///< of x, t and a reduction
  Term term;
  Interval x_range, t_range;
  bool is_of_rows;  ///< the terms of a row are summed, and rows are averaged
};

Tensor drawn(const Shape& shape, Interval range, std::uint64_t seed, DType dtype) {
  Random random(seed);
  return (rand(shape, random, float64) * (range.upper - range.lower) + range.lower).to(dtype);
}

template <class T, class Loss, class Term>
void check_shape(const Case<Loss, Term>& c, const Shape& shape, bool is_view) {
  const DType dtype = std::is_same_v<T, float> ? float32 : float64;
  const auto operand = [&](Interval range, std::uint64_t seed) {
    if (!is_view) return drawn(shape, range, seed, dtype);
    return drawn({shape[1], 2 * shape[0]}, range, seed, dtype)
        .slice(1, 0, 2 * shape[0], 2)
        .transpose();
  };
  const Tensor x = variable(operand(c.x_range, 1)), t = operand(c.t_range, 2);
  const std::vector<double> xs = x.detach().to(float64).contiguous().to_vector(),
                            ts = t.to(float64).contiguous().to_vector();
  const std::int64_t rows = shape[0], columns = shape[1];
  const double share = 1 / static_cast<double>(c.is_of_rows ? rows : rows * columns);
  double total = 0, size = 0;
  std::vector<double> losses(static_cast<std::size_t>(c.is_of_rows ? rows : rows * columns)),
      slopes;
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < columns; ++j) {
      const auto at = static_cast<std::size_t>(i * columns + j);
      const Dual<double> y = c.term(Dual<double>(xs[at], 1), Dual<double>(ts[at], 0),
                                    static_cast<int>(i % 3), static_cast<int>(j % 3));
      total += y.value();
      size += std::abs(y.value());
      losses[c.is_of_rows ? static_cast<std::size_t>(i) : at] += y.value();
      slopes.push_back(y.tangent() * share);
    }
  }
  // A few dozen roundings of numbers that are of the order of 1.
  const double tolerance = 64 * static_cast<double>(std::numeric_limits<T>::epsilon());
  const auto context = c.name + " of " + to_string(shape) + (is_view ? ", a view" : "");
  const auto close = [&](const std::vector<double>& got, const std::vector<double>& expected,
                         double scale) {
    return std::ranges::equal(got, expected, [&](double a, double b) {
      return std::abs(a - b) <= tolerance * (scale + std::abs(b));
    });
  };
  const Tensor mean = c.loss(x, t, nn::Reduction::mean), sum = c.loss(x, t, nn::Reduction::sum);
  BOOST_TEST((mean.dtype() == dtype));
  BOOST_TEST(close(mean.to(float64).to_vector(), {total * share}, size * share), context);
  BOOST_TEST(close(sum.to(float64).to_vector(), {total}, size), context);
  BOOST_TEST(close(c.loss(x, t, nn::Reduction::none).to(float64).contiguous().to_vector(), losses,
                   c.is_of_rows ? static_cast<double>(columns) : 1),
             context);
  const auto [gradient] = grad(mean, wrt(x));
  BOOST_TEST(close(gradient.to(float64).contiguous().to_vector(), slopes, 8 * share), context);
}

template <class Loss, class Term>
void check(const Case<Loss, Term>& c) {
  for (const Shape& shape : {Shape{1, 1}, Shape{3, 5}, Shape{7, 13}, Shape{5, 63}, Shape{4, 64},
                             Shape{67, 31}, Shape{3, 1000}, Shape{530, 500}}) {
    check_shape<float>(c, shape, false);
    check_shape<double>(c, shape, false);
    check_shape<double>(c, shape, true);
  }
}
template <class Loss, class Term>
Case(std::string, Loss, Term, Interval, Interval, bool) -> Case<Loss, Term>;

constexpr Interval kReal{-3, 3}, kProbability{0.05, 0.95}, kLogarithm{-3, -0.1};
constexpr double kWeights[]{0.5, 2, 1.25}, kPosWeights[]{3, 0.25, 1};

// Weights of columns and of rows, which repeat after three.
Tensor repeated(const double (&numbers)[3], std::int64_t count, DType dtype) {
  std::vector<double> all;
  for (std::int64_t i = 0; i < count; ++i) all.push_back(numbers[i % 3]);
  return from_span(std::span<const double>(all), {count}).to(dtype);
}
nn::BceOptions weighted(const Tensor& like, nn::Reduction reduction) {
  return {.weights = repeated(kWeights, like.size(1), like.dtype()),
          .pos_weight = repeated(kPosWeights, like.size(0), like.dtype()).reshape({-1, 1}),
          .reduction = reduction};
}

constexpr auto bce_of = [](auto p, auto t, double weight, double pos_weight) {
  return weight * -(pos_weight * t * log(p) + (1.0 - t) * log(1.0 - p));
};
constexpr auto sigmoid_of = [](auto z) { return 1.0 / (1.0 + exp(-z)); };

struct Named {
  const char* name;
  Interval x_range, t_range;
  std::function<Tensor(const Tensor& x, const Tensor& t, nn::Reduction)> loss;
};

// Of so many elements that they are shared out.
constexpr std::int64_t kRows = 700, kColumns = 390;

Tensor large_operand(Interval range, std::uint64_t seed, DType dtype, bool is_view) {
  if (!is_view) return drawn({kRows, kColumns}, range, seed, dtype);
  return drawn({kColumns, 2 * kRows}, range, seed, dtype).slice(1, 0, 2 * kRows, 2).transpose();
}

std::vector<Named> losses() {
  std::vector<std::int64_t> of_rows, signs;
  for (std::int64_t i = 0; i < kRows; ++i) {
    of_rows.push_back(i * 7 % kColumns);
    signs.push_back(i % 3 == 0 ? -1 : 1);
  }
  const Tensor labels = from_span(std::span<const std::int64_t>(of_rows), {kRows}),
               sides = from_span(std::span<const std::int64_t>(signs), {kRows});
  return {
      {"mse", kReal, kReal, [](auto& x, auto& t, auto r) { return nn::mse(x, t, r); }},
      {"mae", kReal, kReal, [](auto& x, auto& t, auto r) { return nn::mae(x, t, r); }},
      {"huber", kReal, kReal, [](auto& x, auto& t, auto r) { return nn::huber(x, t, 1, r); }},
      {"log_cosh", kReal, kReal, [](auto& x, auto& t, auto r) { return nn::log_cosh(x, t, r); }},
      {"bce", kProbability, kProbability,
       [](auto& x, auto& t, auto r) { return nn::bce(x, t, r); }},
      {"bce_with_logits", kReal, kProbability,
       [](auto& x, auto& t, auto r) { return nn::bce_with_logits(x, t, weighted(x, r)); }},
      {"hinge", kReal, kReal, [](auto& x, auto& t, auto r) { return nn::hinge(x, sign(t), r); }},
      {"soft_margin", kReal, kReal,
       [](auto& x, auto& t, auto r) { return nn::soft_margin(x, sign(t), r); }},
      {"poisson_nll", kReal, kProbability,
       [](auto& x, auto& t, auto r) { return nn::poisson_nll(x, t, {.reduction = r}); }},
      {"kl_divergence", kProbability, kProbability,
       [](auto& x, auto& t, auto r) { return nn::kl_divergence(x, t, r); }},
      {"cross_entropy", kReal, kReal,
       [=](auto& x, auto&, auto r) { return nn::cross_entropy(x, labels, {.reduction = r}); }},
      {"nll", kLogarithm, kReal,
       [=](auto& x, auto&, auto r) { return nn::nll(x, labels, {.reduction = r}); }},
      {"multi_margin", kReal, kReal,
       [=](auto& x, auto&, auto r) { return nn::multi_margin(x, labels, {.reduction = r}); }},
      {"cosine_embedding", kReal, kReal,
       [=](auto& x, auto& t, auto r) {
         return nn::cosine_embedding(x, t, sides, 0, r);
       }},
      {"triplet_margin", kReal, kReal, [](auto& x, auto& t, auto r) {
         return nn::triplet_margin(x, t, 0.5 * x + 0.25 * t, {.reduction = r});
       }}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(losses_in_one_pass)

BOOST_AUTO_TEST_CASE(of_probabilities_with_weights) {
  check(Case{"bce", [](auto p, auto t, auto r) { return nn::bce(p, t, r); },
             [](auto p, auto t, int, int) { return bce_of(p, t, 1, 1); }, kProbability,
             kProbability, false});
  check(Case{"weighted bce", [](auto p, auto t, auto r) { return nn::bce(p, t, weighted(p, r)); },
             [](auto p, auto t, int i, int j) { return bce_of(p, t, kWeights[j], kPosWeights[i]); },
             kProbability, kProbability, false});
}

BOOST_AUTO_TEST_CASE(of_logits_with_weights) {
  check(Case{"weighted bce_with_logits",
             [](auto z, auto t, auto r) { return nn::bce_with_logits(z, t, weighted(z, r)); },
             [](auto z, auto t, int i, int j) {
               return bce_of(sigmoid_of(z), t, kWeights[j], kPosWeights[i]);
             },
             kReal, kProbability, false});
}

BOOST_AUTO_TEST_CASE(focal_of_any_power) {
  for (const double gamma : {2.0, 0.0, 1.5}) {
    check(Case{"focal",
               [=](auto z, auto t, auto r) {
                 return nn::focal(z, t, {.alpha = 0.3, .gamma = gamma, .reduction = r});
               },
               [=](auto z, auto t, int, int) {
                 const auto p = sigmoid_of(z);
                 const auto wrong = t * (1.0 - p) + (1.0 - t) * p;
                 return (0.3 * t + 0.7 * (1.0 - t)) * exp(gamma * log(wrong)) * bce_of(p, t, 1, 1);
               },
               kReal, kProbability, false});
  }
}

BOOST_AUTO_TEST_CASE(of_two_scores_that_are_ranked) {
  const auto side = [](int j) { return j == 1 ? -1.0 : 1.0; };
  check(Case{"margin_ranking",
             [](auto a, auto b, auto r) {
               const Tensor sides = repeated({1, -1, 1}, a.size(1), int64);
               return nn::margin_ranking(a, b, broadcast_to(sides, a.shape()), 0.5, r);
             },
             [=](auto a, auto b, int, int j) {
               const auto lack = 0.5 - side(j) * (a - b);
               return lack.value() > 0 ? lack : decltype(lack)(0);
             },
             kReal, kReal, false});
}

BOOST_AUTO_TEST_CASE(of_distributions) {
  check(Case{"entropy", [](auto p, auto, auto r) { return nn::entropy(p, r); },
             [](auto p, auto, int, int) { return -p * log(p); }, kProbability, kProbability, true});
  check(Case{"cross_entropy_between",
             [](auto p, auto q, auto r) { return nn::cross_entropy_between(p, q, r); },
             [](auto p, auto q, int, int) { return -p * log(q); }, kProbability, kProbability,
             true});
  const auto with = [](nn::KlDivergenceOptions options) {
    return [options](auto p, auto q, auto r) {
      nn::KlDivergenceOptions all = options;
      all.reduction = r;
      return nn::kl_divergence(p, q, all);
    };
  };
  check(Case{"kl_divergence", with({}),
             [](auto p, auto q, int, int) { return p * (log(p) - log(q)); }, kProbability,
             kProbability, true});
  check(Case{"kl_divergence of ln p", with({.log_p = true}),
             [](auto p, auto q, int, int) { return exp(p) * (p - log(q)); }, kLogarithm,
             kProbability, true});
  check(Case{"kl_divergence of ln q", with({.log_q = true}),
             [](auto p, auto q, int, int) { return p * (log(p) - q); }, kProbability, kLogarithm,
             true});
  check(Case{"kl_divergence of both", with({.log_p = true, .log_q = true}),
             [](auto p, auto q, int, int) { return exp(p) * (p - q); }, kLogarithm, kLogarithm,
             true});
}

BOOST_AUTO_TEST_CASE(nothing_of_their_size_is_made) {
  const auto operand = [](auto range, std::uint64_t seed) {
    return drawn({300, 400}, range, seed, float64);
  };
  const Tensor x = variable(operand(kReal, 1)), p = variable(operand(kProbability, 1)),
               y = operand(kReal, 2), q = operand(kProbability, 2), sides = ones_like(y);
  const nn::BceOptions options = weighted(x, nn::Reduction::mean);
  BOOST_TEST(test::most_bytes([&] { return nn::bce(p, q, options); }) <= 64);
  BOOST_TEST(test::most_bytes([&] { return nn::bce_with_logits(x, q, options); }) <= 64);
  BOOST_TEST(test::most_bytes([&] { return nn::focal(x, q); }) <= 64);
  BOOST_TEST(test::most_bytes([&] { return nn::margin_ranking(x, y, sides, 0.5); }) <= 64);
  BOOST_TEST(test::most_bytes([&] { return nn::entropy(p); }) <= 128);
  BOOST_TEST(test::most_bytes([&] { return nn::kl_divergence(p, q); }) <= 128);
  BOOST_TEST(test::most_bytes([&] { return nn::kl_divergence(p, q, {.log_q = true}); }) <= 128);
  BOOST_TEST(test::most_bytes([&] { return nn::cross_entropy_between(p, q); }) <= 128);
  // Numbers of rows alone.
  const std::int64_t of_rows = 300 * 8;
  const Tensor of_each = ones({300}, int64);
  BOOST_TEST(test::most_bytes([&] { return nn::cosine_embedding(x, y, of_each); }) <= 8 * of_rows);
  BOOST_TEST(test::most_bytes([&] { return nn::triplet_margin(x, y, p); }) <= 2 * of_rows);
}

// Row i of matrices with so many columns.
struct RowOf {
  std::int64_t columns;
  std::int64_t i;
  [[nodiscard]] double dot(const std::vector<double>& a, const std::vector<double>& b) const {
    long double total = 0;
    for (std::int64_t j = 0; j < columns; ++j)
      total += static_cast<long double>(at(a, j)) * at(b, j);
    return static_cast<double>(total);
  }
  [[nodiscard]] double distance(const std::vector<double>& a, const std::vector<double>& b,
                                int order) const {
    long double total = 0;
    for (std::int64_t j = 0; j < columns; ++j)
      total += std::pow(std::abs(at(a, j) - at(b, j)), order);
    return static_cast<double>(order == 2 ? std::sqrt(total) : total);
  }
  [[nodiscard]] double at(const std::vector<double>& a, std::int64_t j) const {
    return a[static_cast<std::size_t>(i * columns + j)];
  }
};

BOOST_AUTO_TEST_CASE_TEMPLATE(of_vectors_near_and_far, T, FloatingTypes) {
  const DType dtype = std::is_same_v<T, float> ? float32 : float64;
  const double tolerance = 64 * static_cast<double>(std::numeric_limits<T>::epsilon());
  for (const Shape& shape : {Shape{1, 1}, Shape{3, 5}, Shape{70, 10}, Shape{9, 67}, Shape{33, 63},
                             Shape{4, 64}, Shape{700, 400}}) {
    for (const bool is_view : {false, true}) {
      const std::int64_t rows = shape[0], columns = shape[1];
      const auto operand = [&](std::uint64_t seed) {
        return is_view ? drawn({columns, 2 * rows}, kReal, seed, dtype)
                             .slice(1, 0, 2 * rows, 2)
                             .transpose()
                       : drawn(shape, kReal, seed, dtype);
      };
      const Tensor x = variable(operand(1)), y = variable(operand(2)), z = variable(operand(3));
      const auto numbers = [](const Tensor& tensor) {
        return tensor.detach().to(float64).contiguous().to_vector();
      };
      const std::vector<double> a = numbers(x), b = numbers(y), c = numbers(z);
      const Tensor sides = repeated({1, -1, 1}, rows, int64);
      const auto close = [&](const Tensor& got, const std::vector<double>& expected, double scale) {
        return std::ranges::equal(numbers(got), expected, [&](double u, double v) {
          return std::abs(u - v) <= tolerance * (scale + std::abs(v));
        });
      };
      const std::string context = to_string(shape) + (is_view ? ", a view" : "");
      const double share = 1 / static_cast<double>(rows);
      {
        std::vector<double> losses, by_a(a.size()), by_b(b.size());
        for (std::int64_t i = 0; i < rows; ++i) {
          const RowOf row{columns, i};
          const double la = std::sqrt(row.dot(a, a)), lb = std::sqrt(row.dot(b, b)),
                       cosine = row.dot(a, b) / (la * lb);
          const bool is_near = i % 3 != 1;
          losses.push_back(is_near ? 1 - cosine : std::max(0.0, cosine + 0.25));
          const double slope = share * (is_near ? -1.0 : cosine + 0.25 > 0 ? 1.0 : 0.0);
          for (std::int64_t j = 0; j < columns; ++j) {
            const auto at = static_cast<std::size_t>(i * columns + j);
            by_a[at] = slope * (b[at] / lb - cosine * a[at] / la) / la;
            by_b[at] = slope * (a[at] / la - cosine * b[at] / lb) / lb;
          }
        }
        BOOST_TEST(close(nn::cosine_embedding(x, y, sides, -0.25, nn::Reduction::none), losses, 1),
                   context);
        const auto [da, db] = grad(nn::cosine_embedding(x, y, sides, -0.25), wrt(x, y));
        // Of vectors of one element, what is left is all rounding: 1 / |a| of it.
        const double scale = columns == 1 ? 100 : 4 * share;
        BOOST_TEST(close(da, by_a, scale), context);
        BOOST_TEST(close(db, by_b, scale), context);
      }
      for (const int order : {1, 2}) {
        for (const bool swap : {false, true}) {
          // About a distance.
          const double size = std::pow(static_cast<double>(columns), 1.0 / order);
          const nn::TripletMarginOptions options{.margin = 0.5, .order = order, .swap = swap};
          std::vector<double> losses, by_a(a.size()), by_p(b.size()), by_n(c.size());
          for (std::int64_t i = 0; i < rows; ++i) {
            const RowOf row{columns, i};
            const double ap = row.distance(a, b, order), an = row.distance(a, c, order),
                         pn = row.distance(b, c, order);
            const bool is_swapped = swap && pn < an;
            const double loss = ap - (is_swapped ? pn : an) + options.margin;
            losses.push_back(std::max(0.0, loss));
            if (loss <= 0) continue;
            const auto direction = [&](double d, double length) {
              return share * (order == 2 ? d / length : d > 0 ? 1.0 : -1.0);
            };
            for (std::int64_t j = 0; j < columns; ++j) {
              const auto at = static_cast<std::size_t>(i * columns + j);
              const double of_ap = direction(a[at] - b[at], ap),
                           of_an = is_swapped ? 0 : direction(a[at] - c[at], an),
                           of_pn = is_swapped ? direction(b[at] - c[at], pn) : 0;
              by_a[at] = of_ap - of_an;
              by_p[at] = -of_ap - of_pn;
              by_n[at] = of_an + of_pn;
            }
          }
          auto of_rows = options;
          of_rows.reduction = nn::Reduction::none;
          const std::string which = context + ", order " + std::to_string(order);
          BOOST_TEST(close(nn::triplet_margin(x, y, z, of_rows), losses, 4 * size), which);
          const auto [da, dp, dn] = grad(nn::triplet_margin(x, y, z, options), wrt(x, y, z));
          BOOST_TEST(close(da, by_a, 4 * share), which);
          BOOST_TEST(close(dp, by_p, 4 * share), which);
          BOOST_TEST(close(dn, by_n, 4 * share), which);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(vectors_of_any_length_and_none) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  // Squares leave the range of double, in one row of three.
  for (const double size : {1e-200, 1e200}) {
    const Tensor unit = tensor({{3.0, 4.0}, {5.0, 12.0}, {1.0, 0.0}}, float64),
                 scale = tensor({{1.0}, {size}, {1.0}}, float64);
    const Tensor far = variable(unit * scale), zero = variable(zeros({3, 2}, float64));
    const Tensor loss = nn::triplet_margin(far, zero, zero.detach() + far.detach(),
                                           {.margin = 0, .reduction = nn::Reduction::none});
    BOOST_TEST(loss.to_vector() == (std::vector<double>{5, 13 * size, 1}),
               boost::test_tools::tolerance(1e-15) << boost::test_tools::per_element());
    const auto [slopes] = grad(loss.sum(), wrt(far));
    BOOST_TEST(slopes.to_vector() == (std::vector<double>{0.6, 0.8, 5.0 / 13, 12.0 / 13, 1, 0}),
               boost::test_tools::tolerance(1e-15) << boost::test_tools::per_element());
    const Tensor other = variable(tensor({{4.0, 3.0}, {12.0, 5.0}, {0.0, 1.0}}, float64));
    const Tensor cosine = cosine_similarity(far, other, -1, 1e-300);
    BOOST_TEST(cosine.to_vector() == (std::vector<double>{0.96, 120.0 / 169, 0}),
               boost::test_tools::tolerance(1e-15) << boost::test_tools::per_element());
    const auto [by_other] = grad(cosine.sum(), wrt(other));
    BOOST_TEST(by_other.to_vector()[4] == 1, boost::test_tools::tolerance(1e-15));
    BOOST_TEST(by_other.to_vector()[3] == 12 * 119.0 / (169 * 169),
               boost::test_tools::tolerance(1e-14));
  }
  // What is not finite stays in its row, and where nothing arrives there is no gradient.
  for (const DType dtype : {float32, float64}) {
    const Tensor x = variable(tensor({{1.0, kNan}, {kInfinity, 1.0}, {3.0, 4.0}}, dtype)),
                 y = tensor({{1.0, 2.0}, {1.0, 2.0}, {0.0, 0.0}}, dtype),
                 far = tensor({{9.0, 9.0}, {9.0, 9.0}, {3.0, 4.0}}, dtype);
    const Tensor cosines = cosine_similarity(x, y);
    BOOST_TEST(std::isnan(cosines.to(float64).to_vector()[0]));
    BOOST_TEST(std::isnan(cosines.to(float64).to_vector()[1]));
    BOOST_TEST(cosines.to(float64).to_vector()[2] == 0);
    const Tensor losses =
        nn::triplet_margin(x, y, far, {.margin = 0, .reduction = nn::Reduction::none});
    BOOST_TEST(std::isnan(losses.to(float64).to_vector()[0]));
    BOOST_TEST(losses.to(float64).to_vector()[2] == 5);
    const Tensor chosen = tensor({0.0, 0.0, 1.0}, dtype);
    for (const Tensor& each : {cosines, losses}) {
      const auto [slopes] = grad(each, wrt(x), chosen);
      const std::vector<double> by_x = slopes.to(float64).to_vector();
      for (std::size_t i = 0; i < 4; ++i) BOOST_TEST(by_x[i] == 0);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_not_finite_stays_where_it_is) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  const Tensor z = variable(tensor({kInfinity, -kInfinity, kNan, 0.0}, float64));
  const Tensor t = tensor({1.0, 0.0, 1.0, 1.0}, float64);
  const Tensor losses = nn::bce_with_logits(
      z, t, {.weights = tensor({2.0}, float64), .reduction = nn::Reduction::none});
  BOOST_TEST(losses.to_vector()[0] == 0);
  BOOST_TEST(losses.to_vector()[1] == 0);
  BOOST_TEST(std::isnan(losses.to_vector()[2]));
  BOOST_TEST(losses.to_vector()[3] == 2 * std::log(2.0), boost::test_tools::tolerance(1e-15));
  const auto [slopes] = grad(losses.sum(), wrt(z));
  BOOST_TEST(slopes.to_vector()[0] == 0);
  BOOST_TEST(slopes.to_vector()[1] == 0);
  BOOST_TEST(std::isnan(slopes.to_vector()[2]));
  BOOST_TEST(slopes.to_vector()[3] == -1, boost::test_tools::tolerance(1e-15));
  const Tensor scores = tensor({{kInfinity, 1.0}, {kNan, 1.0}}, float64);
  const std::vector<double> margins =
      nn::multi_margin(scores, tensor({0, 0}, int64), {.reduction = nn::Reduction::none})
          .to_vector();
  BOOST_TEST(margins[0] == 0);
  BOOST_TEST(std::isnan(margins[1]));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(of_the_classes_that_come_too_near, T, FloatingTypes) {
  const DType dtype = std::is_same_v<T, float> ? float32 : float64;
  for (const Shape& shape :
       {Shape{1, 1}, Shape{3, 5}, Shape{70, 10}, Shape{9, 67}, Shape{700, 400}}) {
    for (const int power : {1, 2}) {
      const Tensor x = variable(drawn(shape, kReal, 1, dtype));
      const std::vector<double> scores = x.detach().to(float64).to_vector();
      const std::int64_t rows = shape[0], classes = shape[1];
      std::vector<std::int64_t> labels;
      std::vector<double> losses, slopes(scores.size());
      double total = 0;
      for (std::int64_t i = 0; i < rows; ++i) {
        labels.push_back(i * 7 % classes);
        double loss = 0;
        const auto at = [&](std::int64_t j) { return static_cast<std::size_t>(i * classes + j); };
        for (std::int64_t j = 0; j < classes; ++j) {
          const double lack = 0.75 - scores[at(labels.back())] + scores[at(j)];
          if (j == labels.back() || lack <= 0) continue;
          const double weight = kWeights[labels.back() % 3] / static_cast<double>(classes);
          loss += weight * std::pow(lack, power);
          const double slope =
              weight * power * std::pow(lack, power - 1) / static_cast<double>(rows);
          slopes[at(j)] += slope;
          slopes[at(labels.back())] -= slope;
        }
        losses.push_back(loss);
        total += loss;
      }
      const auto by = [&](nn::Reduction reduction) {
        return nn::multi_margin(x, from_span(std::span<const std::int64_t>(labels), {rows}),
                                {.power = power,
                                 .margin = 0.75,
                                 .weights = repeated(kWeights, classes, dtype),
                                 .reduction = reduction});
      };
      const double tolerance = 64 * static_cast<double>(std::numeric_limits<T>::epsilon());
      const auto close = [&](const Tensor& got, const std::vector<double>& expected, double scale) {
        return std::ranges::equal(got.to(float64).to_vector(), expected, [&](double a, double b) {
          return std::abs(a - b) <= tolerance * (scale + std::abs(b));
        });
      };
      const std::string context = to_string(shape) + " to the power " + std::to_string(power);
      BOOST_TEST(close(by(nn::Reduction::none), losses, 1), context);
      BOOST_TEST(close(by(nn::Reduction::sum), {total}, 1), context);
      const Tensor mean = by(nn::Reduction::mean);
      BOOST_TEST(close(mean, {total / static_cast<double>(rows)}, 1), context);
      const auto [gradient] = grad(mean, wrt(x));
      BOOST_TEST(close(gradient, slopes, 8 / static_cast<double>(rows)), context);
    }
  }
}

// Each loss, and what it brings to both of its operands.
BOOST_AUTO_TEST_CASE_TEMPLATE(the_same_bits_for_any_number_of_threads, T, FloatingTypes) {
  const DType dtype = std::is_same_v<T, float> ? float32 : float64;
  for (const auto& [name, x_range, t_range, loss] : losses()) {
    for (const bool is_view : {false, true}) {
      const std::vector<Tensor> x{variable(large_operand(x_range, 1, dtype, is_view)),
                                  variable(large_operand(t_range, 2, dtype, false))};
      for (const nn::Reduction reduction :
           {nn::Reduction::mean, nn::Reduction::sum, nn::Reduction::none}) {
        std::vector<std::vector<double>> first;
        test::for_each_thread_count([&, name = name, &loss = loss](int threads) {
          const Tensor y = loss(x[0], x[1], reduction);
          std::vector<std::vector<double>> numbers{y.to_vector()};
          for (const Tensor& g : grad(y.sum(), x, {.allow_unused = true}))
            numbers.push_back(g.defined() ? g.to_vector() : std::vector<double>{});
          if (first.empty()) first = numbers;
          BOOST_TEST((numbers == first), name << ": other bits with " << threads << " threads");
        });
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
