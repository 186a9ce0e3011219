// SPDX-License-Identifier: MIT
// einsum beside a plain loop over all letters.
#include <map>

#include <nabla/check/boost_test.hpp>
#include <nabla/check/gradcheck.hpp>
#include <nabla/ops/einsum.hpp>

#include "linalg.hpp"

using namespace nabla;
using test::agree, test::check_refused, test::drawn;

namespace {

// The sum by the definition: a loop over the values of all letters.
Tensor by_loops(const std::vector<std::string>& terms, const std::string& result,
                const std::vector<Tensor>& operands) {
  std::map<char, std::int64_t> sizes;
  for (std::size_t k = 0; k < terms.size(); ++k)
    for (std::size_t axis = 0; axis < terms[k].size(); ++axis)
      sizes[terms[k][axis]] = operands[k].size(static_cast<int>(axis));
  std::map<char, std::int64_t> at;
  std::int64_t count = 1;
  for (const auto& [letter, size] : sizes) count *= size;
  const auto place = [&](const std::string& letters) {
    std::int64_t index = 0;
    for (const char letter : letters) index = index * sizes[letter] + at[letter];
    return static_cast<std::size_t>(index);
  };
  Shape shape;
  for (const char letter : result) shape = shape.inserted(shape.rank(), sizes[letter]);
  std::vector<double> total(static_cast<std::size_t>(shape.numel()));
  std::vector<std::vector<double>> elements;
  for (const Tensor& x : operands) elements.push_back(x.to_vector());
  for (std::int64_t i = 0; i < count; ++i) {
    std::int64_t rest = i;
    for (const auto& [letter, size] : sizes) {
      at[letter] = rest % size;
      rest /= size;
    }
    double product = 1;
    for (std::size_t k = 0; k < terms.size(); ++k) product *= elements[k][place(terms[k])];
    total[place(result)] += product;
  }
  return from_span(std::span<const double>(total), shape);
}

struct Case {
  std::vector<std::string> terms;
  std::string result;
};
const std::vector<Case> kCases = {
    {{"ij", "jk"}, "ik"},
    {{"ij", "jk"}, "ki"},
    {{"ij"}, "ji"},
    {{"ij"}, ""},
    {{"ij"}, "j"},
    {{"i", "i"}, ""},
    {{"i", "i"}, "i"},
    {{"i", "j"}, "ij"},
    {{"i", "j"}, "ji"},
    {{"ii"}, "i"},
    {{"ii"}, ""},
    {{"iij"}, "ij"},
    {{"iji"}, "ji"},
    {{"jii"}, "ij"},
    {{"iii"}, "i"},
    {{"ijij"}, "ij"},
    {{"ijji"}, "ji"},
    {{"bij", "bjk"}, "bik"},
    {{"bij", "bjk"}, "ikb"},
    {{"bi", "bi"}, "b"},
    {{"bij", "bij"}, "b"},
    {{"bhid", "bhjd"}, "bhij"},
    {{"ij", "jk", "kl"}, "il"},
    {{"ij", "jk", "kl"}, "jl"},
    {{"i", "ij", "j"}, ""},
    {{"ijk", "jil"}, "kl"},
    {{"ij", "kl"}, "ik"},
    {{"ii", "ij"}, "j"},
    {{"ab", "ab", "ab"}, "a"},
    {{"Ba", "aB"}, "B"},
};
std::string text_of(const Case& c) {
  std::string text;
  for (const std::string& term : c.terms) text += (text.empty() ? "" : ", ") + term;
  return text + " -> " + c.result;
}
std::vector<Tensor> operands_of(const Case& c) {
  // Sizes that differ from letter to letter.
  const std::map<char, std::int64_t> sizes{{'i', 3}, {'j', 2}, {'k', 4}, {'l', 2}, {'b', 2},
                                           {'h', 3}, {'d', 2}, {'a', 3}, {'B', 4}};
  std::vector<Tensor> operands;
  for (const std::string& term : c.terms) {
    Shape shape;
    for (const char letter : term) shape = shape.inserted(shape.rank(), sizes.at(letter));
    operands.push_back(drawn(shape, operands.size() + 1));
  }
  return operands;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(einsums)

BOOST_AUTO_TEST_CASE(the_sum_is_that_of_a_loop_over_all_letters) {
  for (const Case& c : kCases) {
    const std::vector<Tensor> operands = operands_of(c);
    BOOST_TEST_CONTEXT(text_of(c))
    BOOST_TEST(agree(einsum(text_of(c), operands), by_loops(c.terms, c.result, operands)));
  }
}

BOOST_AUTO_TEST_CASE(gradients_agree_with_differences) {
  for (const Case& c : kCases) {
    const auto f = [&](std::span<const Tensor> x) { return einsum(text_of(c), x); };
    BOOST_TEST_CONTEXT(text_of(c))
    BOOST_TEST(check::agrees(check::gradcheck(f, operands_of(c), {.order = 2})));
  }
}

BOOST_AUTO_TEST_CASE(a_missing_result_has_the_letters_that_come_once_in_alphabetical_order) {
  const Tensor a = drawn({3, 2}), b = drawn({2, 4}, 2), c = drawn({3, 3});
  BOOST_TEST(agree(einsum("ij,jk", {a, b}), matmul(a, b)));
  BOOST_TEST(agree(einsum("kj,ji", {a, b}), matmul(a, b).transpose()));
  BOOST_TEST(agree(einsum("ba", {a}), a.transpose(), 0));
  BOOST_TEST(agree(einsum("ii", {c}), einsum("ii->", {c}), 0));
}

BOOST_AUTO_TEST_CASE(batches_are_aligned_at_the_end_and_broadcast) {
  const Tensor a = drawn({2, 1, 3, 2}), b = drawn({4, 2, 3}, 2);
  BOOST_TEST(agree(einsum("...ij,...jk->...ik", {a, b}), matmul(a, b)));
  BOOST_TEST(agree(einsum("...ij,...jk", {a, b}), matmul(a, b)));
  BOOST_TEST(
      agree(einsum("...ij,...jk->ik...", {a, b}), matmul(a, b).transpose(0, 2).transpose(1, 3)));
  BOOST_TEST(agree(einsum("...ij,...jk->ik", {a, b}), matmul(a, b).sum({0, 1})));
  BOOST_TEST(agree(einsum("i...,i", {a, drawn({2}, 3)}),
                   (a * drawn({2}, 3).reshape({2, 1, 1, 1})).sum(0)));
  BOOST_TEST(agree(einsum("...,...", {a, drawn({4, 1, 1}, 3)}), a * drawn({4, 1, 1}, 3)));
  BOOST_TEST(agree(einsum("...ii->...i", {drawn({2, 3, 3})})[1],
                   einsum("ii->i", {drawn({2, 3, 3})[1]}), 0));
  BOOST_TEST(einsum(",", {tensor(2, float64), tensor(3, float64)}).item() == 6.0);
}

BOOST_AUTO_TEST_CASE(sizes_of_zero_are_legal) {
  BOOST_TEST(agree(einsum("ij,jk", {zeros({2, 0}), zeros({0, 3})}), zeros({2, 3}), 0));
  BOOST_TEST((einsum("ij,jk", {zeros({0, 2}), zeros({2, 3})}).shape() == Shape{0, 3}));
  BOOST_TEST((einsum("ii->i", {zeros({0, 0})}).shape() == Shape{0}));
}

BOOST_AUTO_TEST_CASE(exact_texts_of_what_is_refused) {
  const Tensor a = zeros({2, 3});
  check_refused<ShapeError>(
      [&] {
        return einsum("ij,jk", {a, zeros({4, 5})});
      },
      "[einsum] sizes of j differ: operand 0 is (2, 3), operand 1 is (4, 5), "
      "need equal ones");
  check_refused<ShapeError>([&] { return einsum("ii", {a}); },
                            "[einsum] sizes of i differ: operand 0 is (2, 3), operand 0 is (2, 3), "
                            "need equal ones");
  check_refused<ShapeError>(
      [&] {
        return einsum("...i,...i", {a, zeros({3, 3})});
      },
      "[einsum] sizes of \"...\" differ: operand 0 is (2, 3), operand 1 is "
      "(3, 3), need equal ones or 1");
  check_refused<ShapeError>([&] { return einsum("ij,jk", {a}); },
                            "[einsum] got 1 operands, need 2 for \"ij,jk\"");
  check_refused<ShapeError>([&] { return einsum("i", {a}); },
                            "[einsum] operand 0 is (2, 3), need 1 axes for \"i\"");
  check_refused<ShapeError>([&] { return einsum("...ijk", {a}); },
                            "[einsum] operand 0 is (2, 3), need at least 3 axes for \"...ijk\"");
  check_refused<FormatError>([&] { return einsum("ij->ik", {a}); },
                             "[einsum] got k in the result, need a letter that an operand has in "
                             "\"ij->ik\"");
  check_refused<FormatError>(
      [&] { return einsum("ij->ii", {a}); },
      "[einsum] got i twice in the result, need each letter once in \"ij->ii\"");
  check_refused<FormatError>([&] { return einsum("i;j", {a}); },
                             "[einsum] cannot read: got ';', need letters, commas, \"...\" and "
                             "\"->\" in \"i;j\"");
  check_refused<FormatError>(
      [&] { return einsum("...i...", {a}); },
      "[einsum] got \"...\" twice for one operand, need it at most once in \"...i...\"");
  check_refused<DTypeError>(
      [&] { return einsum("ij", {a.to(int64)}); },
      "[einsum] got int64, need float32 or float64; convert with .to(float32)");
}

BOOST_AUTO_TEST_SUITE_END()
