// SPDX-License-Identifier: MIT
#include <csignal>
#include <cstring>
#include <filesystem>

#include <boost/test/unit_test.hpp>

#include <nabla/nabla.hpp>

#include "support.hpp"

#include <sys/resource.h>
#include <unistd.h>

using namespace nabla;
using test::says;

namespace {

nn::Sequential small_net(std::uint64_t seed) {
  Random random(seed);
  return nn::Sequential{nn::Dense(2, 3, random), nn::Tanh(), nn::Dense(3, 1, random)};
}

std::vector<double> numbers(const nn::Module& module) {
  std::vector<double> all;
  for (const Tensor& parameter : module.parameters())
    for (const double number : parameter.to_vector()) all.push_back(number);
  return all;
}

/// A file with this header and this many bytes behind it.
std::string file_of(const std::string& header, std::size_t buffer_bytes) {
  std::uint64_t length = header.size();
  std::string text(8, '\0');
  std::memcpy(text.data(), &length, 8);
  return text + header + std::string(buffer_bytes, '\0');
}

std::string entry(const std::string& name, const std::string& shape, const std::string& offsets) {
  return "\"" + name + "\":{\"dtype\":\"F32\",\"shape\":[" + shape + "],\"data_offsets\":[" +
         offsets + "]}";
}

/// The message about a file with these contents; empty if it is read.
std::string refusal(const std::string& contents) {
  const test::TemporaryFolder folder;
  const std::string path = folder.write("a", contents);
  return test::message_of([&] { static_cast<void>(nn::load_tensors(path)); });
}

bool has(const std::string& text, const std::string& piece) {
  return text.find(piece) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(weights)

BOOST_AUTO_TEST_CASE(a_network_comes_back_bit_for_bit) {
  const test::TemporaryFolder folder;
  const nn::Sequential net = small_net(1);
  nn::Sequential other = small_net(2);
  nn::save(net, folder.path("w.safetensors"));
  nn::load(other, folder.path("w.safetensors"));
  BOOST_TEST((numbers(net) == numbers(other)));
  BOOST_TEST(folder.file_count() == 1u);
}

BOOST_AUTO_TEST_CASE(the_file_is_what_the_format_says) {
  const test::TemporaryFolder folder;
  const std::string path = folder.path("a");
  nn::save_tensors(std::vector<nn::NamedTensor>{{"w", tensor({1.0, -2.0})}}, path);
  std::string header = R"({"w":{"data_offsets":[0,8],"dtype":"F32","shape":[2]}})";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  const float elements[] = {1.0f, -2.0f};
  std::string expected = file_of(header, 8);
  std::memcpy(expected.data() + 8 + header.size(), elements, 8);
  BOOST_TEST(test::read_text(path) == expected);
}

BOOST_AUTO_TEST_CASE(every_type_and_shape_comes_back) {
  const test::TemporaryFolder folder;
  const std::vector<nn::NamedTensor> saved{
      {"a", tensor({{1.5, -2}}, float64)},
      {"b", tensor({1, 0, 1}, boolean)},
      {"c", tensor({-7, 1e15}, int64)},
      {"d", tensor(3.0)},
      {"e", zeros({0, 4})},
      {"f", tensor({{1, 2}, {3, 4}}).transpose()},
      {"name with \"quotes\" and é", ones({1})},
  };
  nn::save_tensors(saved, folder.path("a"));
  const std::vector<nn::NamedTensor> loaded = nn::load_tensors(folder.path("a"));
  BOOST_REQUIRE(loaded.size() == saved.size());
  for (std::size_t i = 0; i < saved.size(); ++i) {
    BOOST_TEST(loaded[i].name == saved[i].name);
    BOOST_TEST((loaded[i].tensor.dtype() == saved[i].tensor.dtype()));
    BOOST_TEST((loaded[i].tensor.shape() == saved[i].tensor.shape()));
    BOOST_TEST((loaded[i].tensor.to_vector() == saved[i].tensor.to_vector()));
  }
}

BOOST_AUTO_TEST_CASE(another_network_is_refused_and_nothing_changes) {
  const test::TemporaryFolder folder;
  const std::string path = folder.path("w");
  nn::save(small_net(1), path);
  Random random(2);
  nn::Sequential fewer{nn::Dense(2, 3, random)};
  nn::Sequential wider{nn::Dense(2, 3, random), nn::Tanh(), nn::Dense(3, 2, random)};
  nn::Sequential more{nn::Dense(2, 3, random), nn::Tanh(), nn::Dense(3, 1, random),
                      nn::Dense(1, 1, random)};
  nn::Sequential finer{nn::Dense(2, 3, random, {.dtype = float64}), nn::Tanh(),
                       nn::Dense(3, 1, random)};
  const std::vector<double> before = numbers(wider);
  BOOST_CHECK_EXCEPTION(nn::load(fewer, path), FormatError, says({"\"2.bias\" is no parameter"}));
  BOOST_CHECK_EXCEPTION(nn::load(wider, path), FormatError,
                        says({"\"2.weight\"", "(1, 3)", "(2, 3)"}));
  BOOST_CHECK_EXCEPTION(nn::load(more, path), FormatError, says({"no tensor \"3.weight\""}));
  BOOST_CHECK_EXCEPTION(nn::load(finer, path), FormatError, says({"float32", "float64"}));
  BOOST_TEST((numbers(wider) == before));
}

BOOST_AUTO_TEST_CASE(every_prefix_is_refused_and_so_is_anything_appended) {
  const test::TemporaryFolder folder;
  nn::save(small_net(1), folder.path("w"));
  const std::string whole = test::read_text(folder.path("w"));
  for (std::size_t length = 0; length < whole.size(); ++length)
    BOOST_TEST(!refusal(whole.substr(0, length)).empty());
  BOOST_TEST(has(refusal(whole + 'x'), "something was appended"));
}

BOOST_AUTO_TEST_CASE(every_flipped_bit_of_the_header_is_refused_or_read_safely) {
  const test::TemporaryFolder folder;
  nn::save_tensors(std::vector<nn::NamedTensor>{{"w", tensor({1.0, -2.0})}}, folder.path("w"));
  const std::string whole = test::read_text(folder.path("w"));
  for (std::size_t bit = 0; bit < 8 * (whole.size() - 8); ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
    // Another name, or a changed blank in the padding, is all that can pass.
    if (!refusal(damaged).empty()) continue;
    const std::vector<nn::NamedTensor> loaded = nn::load_tensors(folder.write("a", damaged));
    BOOST_TEST(loaded.size() <= 1u);
  }
}

BOOST_AUTO_TEST_CASE(headers_that_lie_are_refused_for_what_they_are) {
  const auto header = [](const std::string& entries) { return "{" + entries + "}"; };
  const auto refused = [&](const std::string& entries, std::size_t bytes, const char* why) {
    const std::string message = refusal(file_of(header(entries), bytes));
    BOOST_TEST(has(message, why), message << " lacks: " << why);
  };
  BOOST_TEST(refusal(file_of(header(entry("a", "2", "0,8")), 8)).empty());
  BOOST_TEST(refusal(file_of("{\"__metadata__\":{\"k\":\"v\"}}", 0)).empty());
  refused(entry("a", "2", "0,8") + "," + entry("a", "2", "8,16"), 16, "twice");
  refused(entry("a", "2", "0,4"), 4, "do not match its shape");
  refused(entry("a", "2", "8,16"), 16, "side by side");
  refused(entry("a", "2", "0,8") + "," + entry("b", "2", "4,12"), 12, "side by side");
  refused(entry("a", "2", "0,8"), 12, "something was appended");
  refused(entry("a", "2", "8,0"), 8, "not two numbers in order");
  refused(entry("a", "2", "0,8,9"), 8, "not two numbers in order");
  refused(entry("a", "-2", "0,8"), 8, "shape");
  refused(entry("a", "2.0", "0,8"), 8, "shape");
  refused(entry("a", "4294967296,4294967296", "0,0"), 0, "shape");
  refused(entry("a", "0,9223372036854775807,9223372036854775807", "0,0"), 0, "shape");
  refused(entry("a", "1,1,1,1,1,1,1,1,1", "0,4"), 4, "shape");
  refused(R"("a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]})", 4, "dtype is unknown");
  refused(R"("a":{"dtype":"F32","shape":[2]})", 8, "need dtype, shape and data_offsets");
  refused(R"("a":3)", 0, "need dtype, shape and data_offsets");
  refused(R"("a":[[[[[[]]]]]])", 0, "nested too deeply");
  BOOST_TEST(has(refusal(file_of("[]", 0)), "does not begin with {"));
  BOOST_TEST(has(refusal(file_of("{\"a\":", 0)), "not JSON"));
}

BOOST_AUTO_TEST_CASE(a_header_length_is_believed_only_within_the_file_and_the_limit) {
  std::string text(8, '\xFF');
  BOOST_TEST(has(refusal(text + "{}"), "header of 18446744073709551615 bytes"));
  BOOST_TEST(has(refusal(std::string("\x03\0\0\0\0\0\0\0{}", 10)), "header of 3 bytes"));
  BOOST_TEST(has(refusal("{}"), "need a safetensors file"));
}

BOOST_AUTO_TEST_CASE(the_same_name_twice_is_not_written) {
  const test::TemporaryFolder folder;
  const std::vector<nn::NamedTensor> twice{{"w", ones({1})}, {"w", ones({1})}};
  BOOST_CHECK_THROW(nn::save_tensors(twice, folder.path("a")), FormatError);
  const std::vector<nn::NamedTensor> broken{{"\xFF", ones({1})}};
  BOOST_CHECK_EXCEPTION(nn::save_tensors(broken, folder.path("a")), FormatError, says({"UTF-8"}));
  BOOST_TEST(folder.file_count() == 0u);
}

BOOST_AUTO_TEST_CASE(a_failed_save_leaves_the_old_file_and_no_other) {
  const test::TemporaryFolder folder;
  const std::string path = folder.write("w", "old");
  // A limit on the size of files stands for a full disk.
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit tight{16, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &tight);
  const std::string message = test::message_of([&] { nn::save(small_net(1), path); });
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  BOOST_TEST(has(message, "[save] cannot write " + path), message);
  BOOST_TEST(test::read_text(path) == "old");
  BOOST_TEST(folder.file_count() == 1u);
}

BOOST_AUTO_TEST_CASE(places_that_cannot_hold_a_file_are_refused) {
  const test::TemporaryFolder folder;
  BOOST_CHECK_EXCEPTION(nn::save(small_net(1), folder.path()), IoError, says({"folder"}));
  BOOST_CHECK_EXCEPTION(nn::save(small_net(1), "/dev/full"), IoError, says({"special file"}));
  BOOST_CHECK_EXCEPTION(nn::save(small_net(1), folder.path("none/w")), IoError,
                        says({"No such file"}));
  nn::Sequential net = small_net(1);
  BOOST_CHECK_THROW(nn::load(net, folder.path("none")), IoError);
}

BOOST_AUTO_TEST_SUITE_END()
