// SPDX-License-Identifier: MIT
#include "demo/digits.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace nabla::cli;

BOOST_AUTO_TEST_SUITE(digits)

BOOST_AUTO_TEST_CASE(sixty_four_images_are_distinct_also_in_black_and_white) {
  for (const std::uint64_t seed : {0u, 1u, 42u, 12345u}) {
    const std::vector<DigitImage> images = draw_digits(seed);
    BOOST_REQUIRE(images.size() == 64u);
    std::set<std::vector<bool>> patterns;
    for (const DigitImage& image : images) {
      std::vector<bool> pattern;
      for (const double pixel : image.pixels) pattern.push_back(pixel > 0.5);
      patterns.insert(pattern);
    }
    BOOST_TEST(patterns.size() == 64u, "seed " << seed);
  }
}

BOOST_AUTO_TEST_CASE(there_are_as_many_zeros_as_ones) {
  const std::vector<DigitImage> images = draw_digits(7);
  BOOST_TEST(std::count_if(images.begin(), images.end(),
                           [](const DigitImage& image) { return image.digit == 0; }) == 32);
}

BOOST_AUTO_TEST_CASE(pixels_are_grey_levels_with_two_decimals) {
  for (const DigitImage& image : draw_digits(3))
    for (const double pixel : image.pixels) {
      BOOST_TEST(pixel >= 0.0);
      BOOST_TEST(pixel <= 1.0);
      BOOST_TEST(pixel == static_cast<int>(pixel * 100.0 + 0.5) / 100.0);
    }
}

BOOST_AUTO_TEST_CASE(the_same_seed_draws_the_same_images_and_another_seed_draws_others) {
  const auto same = [](const DigitImage& a, const DigitImage& b) { return a.pixels == b.pixels; };
  const std::vector<DigitImage> a = draw_digits(5), b = draw_digits(5), c = draw_digits(6);
  BOOST_TEST(std::equal(a.begin(), a.end(), b.begin(), same));
  BOOST_TEST(!std::equal(a.begin(), a.end(), c.begin(), same));
}

BOOST_AUTO_TEST_CASE(the_text_shows_four_rows) {
  const std::string text = digits_text(draw_digits(1));
  BOOST_TEST(std::count(text.begin(), text.end(), '\n') == 4);
}

BOOST_AUTO_TEST_SUITE_END()
