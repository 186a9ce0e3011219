// SPDX-License-Identifier: MIT
#include <boost/test/unit_test.hpp>

#include <nabla/engine/glob.hpp>

using namespace nabla;

BOOST_AUTO_TEST_SUITE(globs)

BOOST_AUTO_TEST_CASE(globs_match_as_in_a_shell) {
  BOOST_TEST(matches_glob("softmax", "soft*"));
  BOOST_TEST(matches_glob("softmax", "*max"));
  BOOST_TEST(matches_glob("softmax", "s?ftm*x"));
  BOOST_TEST(matches_glob("softmax", "*"));
  BOOST_TEST(matches_glob("", "*"));
  BOOST_TEST(!matches_glob("softmax", "soft"));
  BOOST_TEST(!matches_glob("softmax", "?oft"));
  BOOST_TEST(!matches_glob("", "?"));
}

BOOST_AUTO_TEST_SUITE_END()
