// SPDX-License-Identifier: MIT
#include <algorithm>
#include <set>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/nn/data/dataset.hpp>
#include <nabla/nn/data/loader.hpp>

#include "support.hpp"

using namespace nabla;
using test::says;

namespace {

/// Example i has inputs (i, 10 i) and label i.
data::Dataset numbered(std::int64_t n) {
  std::vector<float> inputs;
  for (std::int64_t i = 0; i < n; ++i) {
    inputs.push_back(static_cast<float>(i));
    inputs.push_back(static_cast<float>(10 * i));
  }
  return {from_span(std::span<const float>(inputs), {n, 2}), arange(n), {}};
}

std::string idx_images(int count) {
  std::string text("\0\0\x08\x03\0\0\0", 7);
  text += static_cast<char>(count);
  text += std::string("\0\0\0\1\0\0\0\2", 8);
  for (int i = 0; i < 2 * count; ++i) text += static_cast<char>(i == 0 ? 255 : 0);
  return text;
}

std::string idx_labels(int count) {
  std::string text("\0\0\x08\x01\0\0\0", 7);
  text += static_cast<char>(count);
  for (int i = 0; i < count; ++i) text += static_cast<char>(i);
  return text;
}

void write_folder(const test::TemporaryFolder& folder, int train_labels) {
  folder.write("train-images-idx3-ubyte", idx_images(3));
  folder.write("train-labels-idx1-ubyte.gz", test::gzip(idx_labels(train_labels)));
  folder.write("t10k-images-idx3-ubyte.gz", test::gzip(idx_images(2)));
  folder.write("t10k-labels-idx1-ubyte", idx_labels(2));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dataset)

BOOST_AUTO_TEST_CASE(an_image_folder_is_its_four_files_packed_or_not) {
  const test::TemporaryFolder folder;
  BOOST_TEST(!data::is_image_folder(folder.path()));
  write_folder(folder, 3);
  BOOST_TEST(data::is_image_folder(folder.path()));
  const auto [train, test_part] = data::load_image_folder(folder.path());
  BOOST_TEST((train.inputs.shape() == Shape{3, 1, 2}));
  BOOST_TEST(train.inputs.at({0, 0, 0}) == 1.0);
  BOOST_TEST(train.class_count() == 3);
  BOOST_TEST(test_part.size() == 2);
}

BOOST_AUTO_TEST_CASE(a_missing_file_or_another_number_of_labels_is_said) {
  const test::TemporaryFolder folder;
  BOOST_CHECK_EXCEPTION(static_cast<void>(data::load_image_folder(folder.path())), IoError,
                        says({"train-images-idx3-ubyte", "no such file"}));
  BOOST_CHECK_EXCEPTION(static_cast<void>(data::load_image_folder(folder.path("none"))), IoError,
                        says({"no such folder"}));
  write_folder(folder, 2);
  BOOST_CHECK_EXCEPTION(static_cast<void>(data::load_image_folder(folder.path())), FormatError,
                        says({"3 images and 2 labels"}));
}

BOOST_AUTO_TEST_CASE(halves_that_do_not_fit_each_other_are_refused_naming_both_files) {
  const test::TemporaryFolder folder;
  write_folder(folder, 3);
  folder.write("t10k-labels-idx1-ubyte", idx_labels(4).replace(7, 1, 1, '\2').erase(8, 2));
  BOOST_CHECK_EXCEPTION(
      static_cast<void>(data::load_image_folder(folder.path())), FormatError,
      says({"t10k-labels-idx1-ubyte has the label 3", "train-labels-idx1-ubyte.gz end at 2"}));
  write_folder(folder, 3);
  std::string turned = idx_images(2);
  std::swap(turned[11], turned[15]);
  folder.write("t10k-images-idx3-ubyte.gz", test::gzip(turned));
  BOOST_CHECK_EXCEPTION(static_cast<void>(data::load_image_folder(folder.path())), FormatError,
                        says({"train-images-idx3-ubyte has images of 1 x 2 pixels",
                              "t10k-images-idx3-ubyte.gz of 2 x 1"}));
}

BOOST_AUTO_TEST_CASE(take_copies_rows_in_order) {
  const std::vector<std::int64_t> indices{3, 0, 3};
  const data::Dataset part = data::take(numbered(4), indices);
  BOOST_TEST((part.inputs.to_vector() == std::vector<double>{3, 30, 0, 0, 3, 30}));
  BOOST_TEST((part.labels.to_vector() == std::vector<double>{3, 0, 3}));
  const std::vector<std::int64_t> outside{4};
  BOOST_CHECK_EXCEPTION(static_cast<void>(data::take(numbered(4), outside)), ShapeError,
                        says({"index 4"}));
}

BOOST_AUTO_TEST_CASE(class_count_refuses_negative_labels) {
  data::Dataset dataset = numbered(2);
  dataset.labels = from_span(std::span<const std::int64_t>(std::vector<std::int64_t>{0, -1}));
  BOOST_CHECK_EXCEPTION(static_cast<void>(dataset.class_count()), DomainError, says({"-1"}));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(loader)

BOOST_AUTO_TEST_CASE(batches_cover_every_example_once_and_keep_pairs_together) {
  const data::DataLoader loader(numbered(10), {.batch_size = 4, .shuffle = true, .seed = 3});
  std::multiset<double> seen;
  std::vector<std::int64_t> sizes;
  for (const data::Batch& batch : loader.epoch(0)) {
    sizes.push_back(batch.size());
    for (std::int64_t i = 0; i < batch.size(); ++i) {
      seen.insert(batch.labels.at({i}));
      BOOST_TEST(batch.inputs.at({i, 0}) == batch.labels.at({i}));
      BOOST_TEST(batch.inputs.at({i, 1}) == 10 * batch.labels.at({i}));
    }
  }
  BOOST_TEST((sizes == std::vector<std::int64_t>{4, 4, 2}));
  BOOST_TEST(loader.batch_count() == 3);
  BOOST_TEST((seen == std::multiset<double>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

BOOST_AUTO_TEST_CASE(drop_last_leaves_out_what_is_not_full) {
  const data::DataLoader loader(numbered(10), {.batch_size = 4, .drop_last = true});
  BOOST_TEST(loader.batch_count() == 2);
  BOOST_TEST(loader.epoch(0).batch(1).labels.at({3}) == 7);
}

BOOST_AUTO_TEST_CASE(order_depends_on_seed_and_epoch_alone) {
  const auto order = [](std::uint64_t seed, std::int64_t number) {
    const data::DataLoader loader(numbered(50), {.shuffle = true, .seed = seed});
    const data::Epoch epoch = loader.epoch(number);
    return std::vector<std::int64_t>(epoch.order().begin(), epoch.order().end());
  };
  BOOST_TEST((order(1, 2) == order(1, 2)));
  BOOST_TEST((order(1, 2) != order(1, 3)));
  BOOST_TEST((order(1, 2) != order(2, 2)));
}

BOOST_AUTO_TEST_CASE(without_shuffle_the_order_is_the_data_sets) {
  const data::DataLoader loader(numbered(5));
  BOOST_TEST(std::ranges::is_sorted(loader.epoch(7).order()));
}

BOOST_AUTO_TEST_CASE(no_examples_are_no_batches) {
  const data::DataLoader loader(numbered(0));
  BOOST_TEST(loader.batch_count() == 0);
  for (const data::Batch& batch : loader.epoch(0)) BOOST_TEST(batch.size() == -1);
}

BOOST_AUTO_TEST_CASE(wrong_arguments_are_refused) {
  BOOST_CHECK_EXCEPTION(data::DataLoader(numbered(3), {.batch_size = 0}), DomainError,
                        says({".batch_size = 0"}));
  BOOST_CHECK_EXCEPTION(data::DataLoader({zeros({3, 2}), arange(4), {}}), ShapeError,
                        says({"(3, 2)", "(4,)"}));
}

BOOST_AUTO_TEST_SUITE_END()
