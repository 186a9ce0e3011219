// SPDX-License-Identifier: MIT
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/error.hpp>
#include <nabla/engine/output_file.hpp>

#include <sys/stat.h>
#include <unistd.h>

using namespace nabla;

namespace {

namespace fs = std::filesystem;

/// A new folder, removed with all that is in it.
struct Folder {
  Folder() {
    std::string name = (fs::temp_directory_path() / "nabla-test.XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] auto count() const {
    return std::distance(fs::directory_iterator(path), fs::directory_iterator());
  }
  fs::path path;
};

std::string contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void replace(const fs::path& path, const std::string& text) {
  OutputFile file(path);
  file.write(text);
  file.commit();
}

std::string refusal(const fs::path& path, const char* op = "") {
  try {
    const OutputFile file(path, op);
  } catch (const IoError& error) {
    return error.what();
  }
  return {};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(output_file)

BOOST_AUTO_TEST_CASE(the_target_changes_at_commit_and_not_before) {
  const Folder folder;
  const fs::path path = folder.path / "a.txt";
  replace(path, "old");
  OutputFile file(path);
  file.write("new ");
  file.write("text");
  BOOST_TEST(file.size_bytes() == 8u);
  BOOST_TEST(contents(path) == "old");
  file.commit();
  BOOST_TEST(contents(path) == "new text");
  BOOST_TEST(folder.count() == 1);
}

BOOST_AUTO_TEST_CASE(without_commit_nothing_is_left_behind) {
  const Folder folder;
  replace(folder.path / "a.txt", "old");
  {
    OutputFile file(folder.path / "a.txt"), other(folder.path / "b.txt");
    file.write("new");
    other.write("new");
  }
  BOOST_TEST(contents(folder.path / "a.txt") == "old");
  BOOST_TEST(folder.count() == 1);
}

BOOST_AUTO_TEST_CASE(a_link_is_followed_and_stays_a_link) {
  const Folder folder;
  replace(folder.path / "real", "old");
  fs::create_symlink("real", folder.path / "link");
  fs::create_symlink("not there", folder.path / "dangling");
  replace(folder.path / "link", "new");
  replace(folder.path / "dangling", "born");
  BOOST_TEST(fs::is_symlink(folder.path / "link"));
  BOOST_TEST(contents(folder.path / "real") == "new");
  BOOST_TEST(contents(folder.path / "not there") == "born");
}

BOOST_AUTO_TEST_CASE(a_file_gets_the_permissions_the_user_asked_for) {
  const Folder folder;
  const mode_t former = ::umask(0022);
  replace(folder.path / "a.txt", "text");
  ::umask(former);
  const auto mode = fs::status(folder.path / "a.txt").permissions();
  BOOST_TEST((static_cast<unsigned>(mode) & 0777u) == 0644u);
}

BOOST_AUTO_TEST_CASE(a_file_that_replaces_another_has_its_permissions) {
  const Folder folder;
  const fs::path path = folder.path / "a.txt";
  for (const unsigned mode : {0600u, 0640u, 0666u, 0400u}) {
    replace(path, "old");
    fs::permissions(path, static_cast<fs::perms>(mode));
    replace(path, "new");
    BOOST_TEST(contents(path) == "new");
    BOOST_TEST(static_cast<unsigned>(fs::status(path).permissions()) == mode);
  }
}

BOOST_AUTO_TEST_CASE(errors_name_the_path_and_the_reason) {
  const Folder folder;
  const std::string path = folder.path.string();
  BOOST_TEST(refusal(folder.path) == "cannot write " + path + ": it is a folder");
  BOOST_TEST(refusal("/dev/null", "save") == "[save] cannot write /dev/null: it is a special file");
  BOOST_TEST(refusal(folder.path / "none" / "a", "save") ==
             "[save] cannot write " + path + "/none/a: No such file or directory");
  // A folder that appears in the meantime.
  OutputFile file(folder.path / "a");
  fs::create_directory(folder.path / "a");
  BOOST_CHECK_THROW(file.commit(), IoError);
}

BOOST_AUTO_TEST_CASE(the_longest_name_can_be_written) {
  const Folder folder;
  replace(folder.path / std::string(255, 'n'), "text");
  BOOST_TEST(folder.count() == 1);
}

BOOST_AUTO_TEST_CASE(writers_of_one_target_do_not_meet) {
  const Folder folder;
  const fs::path path = folder.path / "a.txt";
  std::vector<std::thread> writers;
  for (char c = 'a'; c < 'e'; ++c)
    writers.emplace_back([&path, c] { replace(path, std::string(100000, c)); });
  for (std::thread& writer : writers) writer.join();
  const std::string text = contents(path);
  BOOST_TEST(text.size() == 100000u);
  BOOST_TEST(text.find_first_not_of(text[0]) == std::string::npos);
  BOOST_TEST(folder.count() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
