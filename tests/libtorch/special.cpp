// SPDX-License-Identifier: MIT
// Special functions beside those of libtorch, or by formulas in functions it has. Where libtorch knows no
// derivative, values alone are compared. Its Bessel functions J and Y have six digits around 5: those have
// the ones of the C library beside them, in the tests of ops.
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/ops/ops.hpp>

#include "compare.hpp"

#include <torch/torch.h>

using namespace nabla::test;

namespace {

using Ours = std::span<const nabla::Tensor>;
using Theirs = const TorchList&;

Case of_one(const std::string& name, double lower, double upper,
            nabla::Tensor (*ours)(const nabla::Tensor&), Torch (*theirs)(const Torch&)) {
  return {name,
          {{{3, 5}, lower, upper}},
          [ours](Ours x) { return ours(x[0]); },
          [theirs](Theirs x) { return theirs(x[0]); }};
}
Case of_two(const std::string& name, double lower, double upper, nabla::Tensor (*ours)(Ours),
            Torch (*theirs)(Theirs)) {
  return {name, {{{3, 5}, lower, upper}, {{5}, lower, upper}}, ours, theirs};
}
/// Values, without a gradient.
Case values_of(const std::string& name, double lower, double upper,
               nabla::Tensor (*ours)(const nabla::Tensor&), Torch (*theirs)(const Torch&)) {
  return {name,
          {{{3, 5}, lower, upper}},
          [ours](Ours x) { return ours(x[0].detach()); },
          [theirs](Theirs x) { return theirs(x[0].detach()); }};
}

const std::vector<Case> kFunctions = {
    of_one(
        "fabs", -3, 3, [](const nabla::Tensor& x) { return nabla::fabs(x); },
        [](const Torch& x) { return torch::abs(x); }),
    of_one(
        "nearbyint", -3, 3, [](const nabla::Tensor& x) { return nabla::nearbyint(x); },
        [](const Torch& x) { return torch::round(x); }),
    of_one(
        "ldexp", -3, 3, [](const nabla::Tensor& x) { return nabla::ldexp(x, -3); },
        [](const Torch& x) { return torch::ldexp(x, torch::full({1}, -3, at::kLong)); }),
    of_one(
        "scalbn", -3, 3, [](const nabla::Tensor& x) { return nabla::scalbn(x, 5); },
        [](const Torch& x) { return torch::ldexp(x, torch::full({1}, 5, at::kLong)); }),
    of_one(
        "scalbln", -3, 3, [](const nabla::Tensor& x) { return nabla::scalbln(x, 5L); },
        [](const Torch& x) { return torch::ldexp(x, torch::full({1}, 5, at::kLong)); }),
    of_one(
        "cbrt", 0.2, 9, [](const nabla::Tensor& x) { return nabla::cbrt(x); },
        [](const Torch& x) { return torch::pow(x, 1.0 / 3); }),
    of_one(
        "tgamma", 0.2, 9, [](const nabla::Tensor& x) { return nabla::tgamma(x); },
        [](const Torch& x) { return torch::exp(torch::lgamma(x)); }),
    of_one(
        "cyl_bessel_i 0", 0.1, 9, [](const nabla::Tensor& x) { return nabla::cyl_bessel_i(0, x); },
        [](const Torch& x) { return torch::special_i0(x); }),
    of_one(
        "cyl_bessel_i 1", 0.1, 9, [](const nabla::Tensor& x) { return nabla::cyl_bessel_i(1, x); },
        [](const Torch& x) { return torch::special_i1(x); }),
    of_two(
        "beta", 0.3, 4, [](Ours x) { return nabla::beta(x[0], x[1]); },
        [](Theirs x) {
          return torch::exp(torch::lgamma(x[0]) + torch::lgamma(x[1]) - torch::lgamma(x[0] + x[1]));
        }),
    of_two(
        "fdim", -3, 3, [](Ours x) { return nabla::fdim(x[0], x[1]); },
        [](Theirs x) { return torch::relu(x[0] - x[1]); }),
    of_two(
        "remainder", -3, 3, [](Ours x) { return nabla::remainder(x[0], x[1]); },
        [](Theirs x) { return x[0] - torch::round(x[0] / x[1]) * x[1]; }),
    of_two(
        "rel_entr", 0.2, 3, [](Ours x) { return nabla::rel_entr(x[0], x[1]); },
        [](Theirs x) { return torch::xlogy(x[0], x[0]) - torch::xlogy(x[0], x[1]); }),
    {"fma",
     {{{3}}, {{2, 3}}, {{2, 1}}},
     [](Ours x) { return nabla::fma(x[0], x[1], x[2]); },
     [](Theirs x) { return torch::addcmul(x[2], x[0], x[1]); }},
};

const std::vector<Case> kValues = {
    values_of(
        "step", -3, 3, [](const nabla::Tensor& x) { return nabla::step(x); },
        [](const Torch& x) { return torch::heaviside(x, torch::zeros_like(x)); }),
    values_of(
        "riemann_zeta", 1.2, 9, [](const nabla::Tensor& x) { return nabla::riemann_zeta(x); },
        [](const Torch& x) { return torch::special_zeta(x, 1); }),
    values_of(
        "cyl_bessel_k 0", 0.1, 9, [](const nabla::Tensor& x) { return nabla::cyl_bessel_k(0, x); },
        [](const Torch& x) { return torch::special_modified_bessel_k0(x); }),
    values_of(
        "cyl_bessel_k 1", 0.1, 9, [](const nabla::Tensor& x) { return nabla::cyl_bessel_k(1, x); },
        [](const Torch& x) { return torch::special_modified_bessel_k1(x); }),
    values_of(
        "sph_bessel 0", 0.1, 9, [](const nabla::Tensor& x) { return nabla::sph_bessel(0, x); },
        [](const Torch& x) { return torch::special_spherical_bessel_j0(x); }),
    values_of(
        "hermite 5", -2, 2, [](const nabla::Tensor& x) { return nabla::hermite(5, x); },
        [](const Torch& x) { return torch::special_hermite_polynomial_h(x, 5); }),
    values_of(
        "laguerre 5", -2, 9, [](const nabla::Tensor& x) { return nabla::laguerre(5, x); },
        [](const Torch& x) { return torch::special_laguerre_polynomial_l(x, 5); }),
    values_of(
        "legendre 5", -1, 1, [](const nabla::Tensor& x) { return nabla::legendre(5, x); },
        [](const Torch& x) { return torch::special_legendre_polynomial_p(x, 5); }),
    values_of(
        "gegenbauer 5 for a = 1", -1, 1,
        [](const nabla::Tensor& x) { return nabla::gegenbauer(5, 1, x); },
        [](const Torch& x) { return torch::special_chebyshev_polynomial_u(x, 5); }),
};

}  // namespace

BOOST_AUTO_TEST_SUITE(special_functions_beside_libtorch)

BOOST_AUTO_TEST_CASE(functions_agree) {
  for (const Case& test : kFunctions) compare(test);
}
BOOST_AUTO_TEST_CASE(values_agree_where_libtorch_has_no_derivative) {
  for (const Case& test : kValues) compare(test);
}

BOOST_AUTO_TEST_SUITE_END()
