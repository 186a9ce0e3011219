// SPDX-License-Identifier: MIT
// nabla demo, run as a user runs it, without the large data set.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "folder.hpp"
#include "images.hpp"
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
  const std::vector<std::string> names{"formula.svg",      "digits.svg",      "digits-network.svg",
                                       "digits-error.svg", "digits-flow.svg", "digits-weights.svg"};
#else
  const std::vector<std::string> names{"digits.svg"};
#endif
  for (const std::string& name : names) {
    BOOST_TEST(contains(outcome.out, name), name);
    BOOST_TEST(contains(read_text(folder.path() / "pictures" / name), "</svg>"), name);
  }
}

#ifdef NABLA_HAS_VIZ
BOOST_AUTO_TEST_CASE(without_the_program_dot_all_is_drawn_too) {
  const TestFolder folder;
  const Outcome outcome = run_nabla({"demo", "--epochs", "0", "--out", folder.path().string()},
                                    {.search_path = folder.path().string()});
  BOOST_TEST(outcome.status == 0, outcome.out << outcome.err);
  const std::string note =
      "nabla: note: the program \"dot\" was not found, so nabla laid the picture out\n";
  BOOST_TEST(outcome.err == note + note);  // of the formula and the network
  for (const std::string name : {"formula.svg", "digits-network.svg", "digits.svg",
                                 "digits-error.svg", "digits-flow.svg", "digits-weights.svg"}) {
    BOOST_TEST(contains(outcome.out, name), name);
    BOOST_TEST(contains(read_text(folder.path() / name), "</svg>"), name);
  }
  for (const std::string name : {"formula.html", "digits-network.html", "digits-run.html"}) {
    BOOST_TEST(contains(outcome.out, name), name);
    BOOST_TEST(contains(read_text(folder.path() / name), "</html>"), name);
  }
  BOOST_TEST(folder.count() == 10u);  // and the recording
  const std::string loss = (folder.path() / "loss.svg").string();
  const std::string run = (folder.path() / "digits-run.ngraph.jsonl").string();
  BOOST_TEST(run_nabla({"plot", run, "-o", loss}).out == loss + "\n");
  BOOST_TEST(contains(read_text(loss), "</svg>"));
}

BOOST_AUTO_TEST_CASE(the_picture_of_the_digits_has_local_derivatives) {
  const TestFolder folder;
  (void)run_nabla({"demo", "--epochs", "0", "--out", folder.path().string()});
  const std::string picture = read_text(folder.path() / "digits-network.svg");
  BOOST_TEST(contains(picture,
                      ">\xC3\x97"
                      "0."));
}
#endif

BOOST_AUTO_TEST_CASE(the_picture_of_the_images_tells_each_digit) {
  const TestFolder folder;
  (void)run_nabla({"demo", "--epochs", "0", "--out", folder.path().string()});
  const std::string picture = read_text(folder.path() / "digits.svg");
  for (const std::string digit : {">0</text>", ">1</text>"}) {
    int count = 0;
    for (std::size_t at = picture.find(digit); at != std::string::npos;
         at = picture.find(digit, at + 1))
      ++count;
    BOOST_TEST(count == 32, digit);
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

BOOST_AUTO_TEST_CASE(an_empty_name_of_a_folder_is_refused) {
  for (const std::string option : {"--data", "--out"}) {
    const Outcome outcome = run_nabla({"demo", option, ""});
    BOOST_TEST(outcome.status == 2);
    BOOST_TEST(outcome.out == "");
    BOOST_TEST(outcome.err ==
               "nabla: " + option + ": the name is empty; nabla demo --help shows the usage\n");
  }
}

BOOST_AUTO_TEST_CASE(data_that_is_named_but_not_there_is_an_error) {
  const TestFolder folder;
  const Outcome outcome = run_nabla(
      {"demo", "--data", folder.path().string(), "--out", (folder.path() / "out").string()});
  BOOST_TEST(outcome.status == 2);
  BOOST_TEST(outcome.out == "");
  BOOST_TEST(contains(outcome.err, "train-images-idx3-ubyte"), outcome.err);
}

BOOST_AUTO_TEST_CASE(images_of_another_size_and_other_classes_are_learned_all_the_same) {
  const TestFolder folder;
  write_images(folder.path(), "train", 40);
  write_images(folder.path(), "t10k", 10);
  const Outcome outcome = run_nabla({"demo", "--data", folder.path().string(), "--epochs", "1",
                                     "--out", (folder.path() / "out").string()});
  BOOST_TEST(outcome.status == 0, outcome.err);
  BOOST_TEST(contains(outcome.out, "   40 images to learn from, 10 to be tested on, from "));
  BOOST_TEST(contains(outcome.out, "   4-128-2: "), outcome.out);
  BOOST_TEST(contains(outcome.out, " of 10 test images right"), outcome.out);
}

BOOST_AUTO_TEST_CASE(data_that_does_not_fit_is_one_error_before_anything_is_done) {
  const auto refused = [](const std::string& part, auto damage) {
    const TestFolder folder;
    write_images(folder.path(), "train", 40);
    write_images(folder.path(), "t10k", 10);
    damage(folder.path());
    const auto out = folder.path() / "out";
    const Outcome outcome =
        run_nabla({"demo", "--data", folder.path().string(), "--out", out.string()});
    BOOST_TEST(outcome.status == 2);
    BOOST_TEST(outcome.out == "");
    BOOST_TEST(contains(outcome.err, part), outcome.err);
    BOOST_TEST(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1, outcome.err);
    BOOST_TEST(!std::filesystem::exists(out));
  };
  using std::filesystem::path;
  refused("got 30 images and 40 labels, need as many of both", [](const path& folder) {
    const TestFolder other;
    write_images(other.path(), "train", 30);
    std::filesystem::copy_file(other.path() / "train-images-idx3-ubyte",
                               folder / "train-images-idx3-ubyte",
                               std::filesystem::copy_options::overwrite_existing);
  });
  refused("need a class from 0 to 65535", [](const path& folder) {
    // Three labels of four bytes, and as many images.
    write_images(folder, "train", 3);
    std::ofstream(folder / "train-labels-idx1-ubyte", std::ios::binary)
        << std::string("\0\0\x0c\x01", 4) << big_endian(3) << big_endian(0) << big_endian(1)
        << big_endian(2'000'000'000);
  });
  refused("the file cannot hold", [](const path& folder) {
    std::filesystem::resize_file(folder / "t10k-images-idx3-ubyte", 30);
  });
  refused("not an IDX file", [](const path& folder) {
    std::ofstream(folder / "t10k-labels-idx1-ubyte") << "hello world";
  });
}

BOOST_AUTO_TEST_SUITE_END()
