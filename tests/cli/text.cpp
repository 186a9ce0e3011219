// SPDX-License-Identifier: MIT
#include "text.hpp"

#include <limits>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace nabla::cli;

BOOST_AUTO_TEST_SUITE(text)

BOOST_AUTO_TEST_CASE(numbers_are_written_for_people) {
  BOOST_TEST(number_text(-0.0) == "0");
  BOOST_TEST(number_text(1.0 / 3.0) == "0.3333333333");
  BOOST_TEST(number_text(1.0 / 3.0, 3) == "0.333");
  BOOST_TEST(number_text(1e300) == "1e+300");
  BOOST_TEST(number_text(-std::numeric_limits<double>::quiet_NaN()) == "nan");
  BOOST_TEST(fixed_text(-std::numeric_limits<double>::quiet_NaN(), 4) == "nan");
  BOOST_TEST(fixed_text(0.25, 3) == "0.250");
  BOOST_TEST(count_text(0) == "0");
  BOOST_TEST(count_text(999) == "999");
  BOOST_TEST(count_text(60000) == "60,000");
  BOOST_TEST(count_text(-1234567) == "-1,234,567");
  BOOST_TEST(count_text(-123) == "-123");
}

BOOST_AUTO_TEST_CASE(what_is_counted_has_its_plural) {
  BOOST_TEST(counted(0, "op") == "0 ops");
  BOOST_TEST(counted(1, "op") == "1 op");
  BOOST_TEST(counted(60000, "image") == "60,000 images");
}

BOOST_AUTO_TEST_CASE(durations_are_written_as_clocks) {
  BOOST_TEST(duration_text(0.4) == "0:00");
  BOOST_TEST(duration_text(7.0) == "0:07");
  BOOST_TEST(duration_text(59.6) == "1:00");
  BOOST_TEST(duration_text(3723.0) == "1:02:03");
  BOOST_TEST(duration_text(1e30) == "--:--");
  BOOST_TEST(duration_text(0.0 / 0.0) == "--:--");
}

BOOST_AUTO_TEST_CASE(foreign_text_becomes_one_harmless_line) {
  BOOST_TEST(printable("a\nb\x1b[31mc\x7f") == "a b [31mc ");
  BOOST_TEST(printable("gr\xc3\xbc\xc3\x9f") == "gr\xc3\xbc\xc3\x9f");
  BOOST_TEST(printable("\xff\xc3") == "??");
  BOOST_TEST(printable("\xc0\xaf") == "??");            // an overlong '/'
  BOOST_TEST(printable("\xed\xa0\x80") == "???");       // half of a surrogate pair
  BOOST_TEST(printable("\xf4\x90\x80\x80") == "????");  // beyond U+10FFFF
  BOOST_TEST(printable("\xc2\x9b") == " ");             // a control character of the upper half
  BOOST_TEST(character_count("gr\xc3\xbc\xc3\x9f") == 4u);
}

BOOST_AUTO_TEST_CASE(a_typing_error_finds_the_name_that_was_meant) {
  const std::vector<std::string> names{"tan", "tanh", "sigmoid", "maximum"};
  BOOST_TEST(nearest("tahn", names) == "tanh");
  BOOST_TEST(nearest("sigmod", names) == "sigmoid");
  BOOST_TEST(nearest("maximun", names) == "maximum");
  BOOST_TEST(nearest("cosine", names) == "");
  BOOST_TEST(nearest("", names) == "");
  BOOST_TEST(nearest(std::string(100000, 'x'), names) == "");
  BOOST_TEST(did_you_mean("tahn", names) == "; did you mean 'tanh'?");
}

BOOST_AUTO_TEST_CASE(columns_of_a_table_stand_below_each_other) {
  BOOST_TEST(table_text({{"a", "b"}, {"long\xc3\xbc", "c", "d"}}, " ") ==
             " a      b\n long\xc3\xbc  c  d\n");
}

BOOST_AUTO_TEST_SUITE_END()
