// SPDX-License-Identifier: MIT
// nabla demo, run as a user runs it, without the large data set.
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "folder.hpp"
#include "program.hpp"

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(demo_command)

BOOST_AUTO_TEST_CASE(without_the_large_network_it_says_so_and_does_the_rest) {
  const TestFolder folder;
  const std::string out = (folder.path() / "pictures").string();
  const Outcome outcome = run_nabla({"demo", "--epochs", "0", "--out", out});
  BOOST_TEST(outcome.status == 0, outcome.out << outcome.err);
  BOOST_TEST(outcome.err == "");
  for (const std::string part :
       {"64 of 64 right", "47 of 47 gradients verified", "skipped", "Summary", "What to try next"})
    BOOST_TEST(contains(outcome.out, part), part);
#ifdef NABLA_HAS_VIZ
  const std::vector<std::string> names{"formula.svg", "digits.svg", "digits-network.svg",
                                       "digits-error.svg"};
#else
  const std::vector<std::string> names{"digits.svg"};
#endif
  for (const std::string& name : names) {
    BOOST_TEST(contains(outcome.out, name), name);
    BOOST_TEST(contains(read_text(folder.path() / "pictures" / name), "</svg>"), name);
  }
}

BOOST_AUTO_TEST_CASE(other_seeds_learn_the_digits_too) {
  const TestFolder folder;
  for (const std::string seed : {"2", "3"}) {
    const Outcome outcome =
        run_nabla({"demo", "--epochs", "0", "--seed", seed, "--out", folder.path().string()});
    BOOST_TEST(outcome.status == 0, outcome.out << outcome.err);
  }
}

BOOST_AUTO_TEST_CASE(a_folder_that_cannot_be_made_is_refused_at_once) {
  const Outcome outcome = run_nabla({"demo", "--out", "/proc/pictures"});
  BOOST_TEST(outcome.status == 2);
  BOOST_TEST(outcome.out == "");
  BOOST_TEST(outcome.err.substr(0, 45) == "nabla: cannot make the folder /proc/pictures:");
}

BOOST_AUTO_TEST_CASE(data_that_is_named_but_not_there_is_an_error) {
  const TestFolder folder;
  const Outcome outcome = run_nabla(
      {"demo", "--data", folder.path().string(), "--out", (folder.path() / "out").string()});
  BOOST_TEST(outcome.status == 2);
  BOOST_TEST(outcome.out == "");
  BOOST_TEST(contains(outcome.err, "train-images-idx3-ubyte"), outcome.err);
}

BOOST_AUTO_TEST_SUITE_END()
