// SPDX-License-Identifier: MIT
// nabla train, run as a user runs it.
#include <csignal>
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

// Points in a square, labelled by which diagonal half they lie in: learnt in a few passes.
std::string write_table(const TestFolder& folder) {
  const std::string path = (folder.path() / "halves.csv").string();
  std::ofstream file(path);
  file << "x,y,half\n";
  for (int i = 0; i < 20; ++i)
    for (int j = 0; j < 20; ++j)
      file << i / 20.0 << ',' << j / 20.0 << ',' << (i > j ? "below" : "above") << '\n';
  return path;
}

void check_refused(const std::vector<std::string>& arguments, const std::string& part) {
  const Outcome outcome = run_nabla(arguments);
  BOOST_TEST(outcome.status == 2);
  BOOST_TEST(outcome.err.substr(0, 7) == "nabla: ");
  BOOST_TEST(contains(outcome.err, part), outcome.err);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(train_command)

BOOST_AUTO_TEST_CASE(a_table_is_learnt_with_each_optimizer_and_activation) {
  const TestFolder folder;
  const std::string table = write_table(folder);
  const std::vector<std::vector<std::string>> settings = {
      {"--optimizer", "sgd", "--activation", "tanh"},
      {"--optimizer", "momentum", "--activation", "sigmoid", "--lr", "0.3"},
      {"--optimizer", "adam", "--lr", "0.01"},
      {"--optimizer", "adamw", "--lr", "0.01"}};
  for (const std::vector<std::string>& setting : settings) {
    std::vector<std::string> arguments{"train",    table, "--layers", "2,8,2",
                                       "--epochs", "30",  "--batch",  "8"};
    arguments.insert(arguments.end(), setting.begin(), setting.end());
    const Outcome outcome = run_nabla(arguments);
    BOOST_TEST(outcome.status == 0, outcome.err);
    BOOST_TEST(contains(outcome.out, "320 training and 80 test examples"), outcome.out);
    const std::size_t last = outcome.out.find("30/30");
    BOOST_REQUIRE(last != std::string::npos);
    // Nine in ten is far from chance, which is one in two, and far from what it reaches.
    const std::string line = outcome.out.substr(last);
    BOOST_TEST(std::stod(line.substr(line.find('%') - 6)) > 90.0, line);
  }
}

BOOST_AUTO_TEST_CASE(a_folder_of_images_is_learnt_and_the_weights_are_saved) {
  const TestFolder folder;
  write_images(folder.path(), "train", 200);
  write_images(folder.path(), "t10k", 40);
  const std::string weights = (folder.path() / "w.safetensors").string();
  const Outcome outcome = run_nabla(
      {"train", folder.path().string(), "--epochs", "3", "--batch", "10", "--save", weights});
  BOOST_TEST(outcome.status == 0, outcome.err);
  BOOST_TEST(outcome.err == "");
  BOOST_TEST(contains(outcome.out, "network 4-128-2 with 898 parameters"), outcome.out);
  BOOST_TEST(contains(outcome.out, "weights saved in"), outcome.out);
  // 898 numbers of four bytes, and a header.
  BOOST_TEST(read_text(weights).size() > 898u * 4u);
  BOOST_TEST(folder.count() == 5u);
}

BOOST_AUTO_TEST_CASE(the_same_seed_saves_the_same_weights) {
  const TestFolder folder;
  const std::string table = write_table(folder);
  std::vector<std::string> weights;
  for (const std::string seed : {"1", "1", "2"}) {
    const std::string path = (folder.path() / "w").string();
    const Outcome outcome =
        run_nabla({"train", table, "--epochs", "2", "--seed", seed, "--save", path});
    BOOST_TEST(outcome.status == 0, outcome.err);
    weights.push_back(read_text(path));
  }
  BOOST_TEST((weights[0] == weights[1]));
  BOOST_TEST((weights[0] != weights[2]));
}

BOOST_AUTO_TEST_CASE(an_interrupt_ends_in_good_order_and_saves) {
  const TestFolder folder;
  const std::string table = write_table(folder);
  const std::string weights = (folder.path() / "w").string();
  const Outcome outcome =
      run_nabla({"train", table, "--epochs", "1000000", "--save", weights},
                {.while_running = [](int process) { ::kill(process, SIGINT); }});
  BOOST_TEST(outcome.status == 130);
  BOOST_TEST(outcome.err == "nabla: interrupted\n");
  BOOST_TEST(contains(outcome.out, "weights saved in"));
  BOOST_TEST(read_text(weights).size() > 100u);
  BOOST_TEST(folder.count() == 2u);
}

BOOST_AUTO_TEST_CASE(a_lost_reader_stops_the_training_and_still_saves) {
  const TestFolder folder;
  const std::string table = write_table(folder);
  const std::string weights = (folder.path() / "w").string();
  const Outcome outcome = run_nabla({"train", table, "--epochs", "1000000", "--save", weights},
                                    {.out_file = "/dev/full"});
  BOOST_TEST(outcome.status == 2);
  BOOST_TEST(contains(outcome.err, "cannot write to standard output"));
  BOOST_TEST(read_text(weights).size() > 100u);
}

BOOST_AUTO_TEST_CASE(labels_that_cannot_be_classes_are_refused_with_file_and_example) {
  const TestFolder folder;
  const std::string table = (folder.path() / "ids.csv").string();
  std::ofstream(table) << "x,id\n1,0\n2,1000000000\n";
  check_refused({"train", table},
                table + ": example 2 has the label 1000000000, need a class from 0 to 65535");
  std::ofstream(table) << "x,id\n1,-1\n2,1\n";
  check_refused({"train", table}, table + ": example 1 has the label -1");
  std::ofstream(table) << "1\n0\n";
  check_refused({"train", table}, table + " has one column");
  write_images(folder.path(), "train", 2);
  write_images(folder.path(), "t10k", 1);
  const auto labels = folder.path() / "train-labels-idx1-ubyte";
  std::ofstream(labels, std::ios::binary)
      << std::string("\0\0\x0c\x01", 4) + big_endian(2) + big_endian(0) + big_endian(1000000000);
  check_refused({"train", folder.path().string()},
                labels.string() + ": example 2 has the label 1000000000");
}

BOOST_AUTO_TEST_CASE(a_folder_without_images_is_refused_naming_the_file) {
  const TestFolder folder;
  write_images(folder.path(), "train", 0);
  write_images(folder.path(), "t10k", 1);
  check_refused({"train", folder.path().string()},
                (folder.path() / "train-images-idx3-ubyte").string() +
                    " holds no pixels: its shape is (0, 2, 2)");
}

BOOST_AUTO_TEST_CASE(weights_do_not_replace_the_data) {
  const TestFolder folder;
  const std::string table = write_table(folder);
  const std::string before = read_text(table);
  std::filesystem::create_hard_link(table, folder.path() / "other");
  std::filesystem::create_symlink(table, folder.path() / "link");
  for (const std::string name : {"halves.csv", "other", "link"})
    check_refused({"train", table, "--save", (folder.path() / name).string()},
                  name + " is a file of the data, need another name");
  BOOST_TEST(read_text(table) == before);
  write_images(folder.path(), "train", 2);
  write_images(folder.path(), "t10k", 1);
  for (const std::string name : {"train-labels-idx1-ubyte", "t10k-images-idx3-ubyte.gz"})
    check_refused({"train", folder.path().string(), "--save", (folder.path() / name).string()},
                  name + " is a file of the data");
}

BOOST_AUTO_TEST_CASE(a_limit_on_file_sizes_is_an_error_and_not_the_end) {
  const TestFolder folder;
  const std::string table = write_table(folder);
  const std::string weights = (folder.path() / "w").string();
  const Outcome outcome =
      run_nabla({"train", table, "--epochs", "1", "--save", weights}, {.max_file_bytes = 100});
  BOOST_TEST(outcome.status == 2);
  BOOST_TEST(contains(outcome.err, "File too large"), outcome.err);
  BOOST_TEST(folder.count() == 1u);
}

BOOST_AUTO_TEST_CASE(bad_data_and_settings_are_refused_before_any_work) {
  const TestFolder folder;
  const std::string table = write_table(folder);
  check_refused({"train", (folder.path() / "none.csv").string()},
                "there is no such file or folder");
  check_refused({"train", folder.path().string()}, "images-idx3-ubyte");
  check_refused({"train", table, "--layers", "3,2"},
                "--layers: the first size is 3, but an example has 2");
  check_refused({"train", table, "--layers", "2,1"},
                "--layers: the last size is 1, but the data has 2");
  for (const std::string sizes : {"2,,2", ",2,2", "2,2,", ","})
    check_refused({"train", table, "--layers", sizes},
                  "--layers: '' is no whole number from 1 to 1,048,576; nabla train --help");
  check_refused({"train", table, "--layers", "2"}, "need at least an input and an output size");
  check_refused({"train", table, "--save", folder.path().string()}, "it is a folder");
  check_refused({"train", table, "--save", "/proc/w"}, "cannot write /proc/w");
  check_refused({"train", table, "--save", ""}, "--save: the name is empty; nabla train --help");
  std::ofstream(folder.path() / "bad.csv") << "1,2,0\n3,x,1\n";
  check_refused({"train", (folder.path() / "bad.csv").string()}, "bad.csv");
  std::ofstream(folder.path() / "empty.csv") << "";
  check_refused({"train", (folder.path() / "empty.csv").string()}, "empty.csv");
}

BOOST_AUTO_TEST_SUITE_END()
