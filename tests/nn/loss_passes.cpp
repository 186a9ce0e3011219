// SPDX-License-Identifier: MIT
// Losses that go over their elements once, against plain loops over the definitions: for any number of
// elements, for views, and with nothing of their size written on the way.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/nabla.hpp>

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
  const auto bytes = [](const auto& loss) {
    reset_peak();
    const std::int64_t before = tensor_statistics().storage_bytes;
    const Tensor y = loss();
    return tensor_statistics().peak_storage_bytes - before;
  };
  const auto operand = [](auto range, std::uint64_t seed) {
    return drawn({300, 400}, range, seed, float64);
  };
  const Tensor x = variable(operand(kReal, 1)), p = variable(operand(kProbability, 1)),
               y = operand(kReal, 2), q = operand(kProbability, 2), sides = ones_like(y);
  const nn::BceOptions options = weighted(x, nn::Reduction::mean);
  BOOST_TEST(bytes([&] { return nn::bce(p, q, options); }) <= 64);
  BOOST_TEST(bytes([&] { return nn::bce_with_logits(x, q, options); }) <= 64);
  BOOST_TEST(bytes([&] { return nn::focal(x, q); }) <= 64);
  BOOST_TEST(bytes([&] { return nn::margin_ranking(x, y, sides, 0.5); }) <= 64);
  BOOST_TEST(bytes([&] { return nn::entropy(p); }) <= 128);
  BOOST_TEST(bytes([&] { return nn::kl_divergence(p, q); }) <= 128);
  BOOST_TEST(bytes([&] { return nn::kl_divergence(p, q, {.log_q = true}); }) <= 128);
  BOOST_TEST(bytes([&] { return nn::cross_entropy_between(p, q); }) <= 128);
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

BOOST_AUTO_TEST_SUITE_END()
