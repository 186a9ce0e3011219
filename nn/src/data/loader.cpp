// SPDX-License-Identifier: MIT
#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/engine/random.hpp>
#include <nabla/nn/data/loader.hpp>
#include <nabla/ops/view/clone.hpp>

namespace nabla::data {
namespace {

std::int64_t count_batches(std::int64_t examples, const LoaderOptions& options) {
  const std::int64_t full = examples / options.batch_size;
  return options.drop_last || examples % options.batch_size == 0 ? full : full + 1;
}

}  // namespace

Epoch::Epoch(Dataset dataset, const LoaderOptions& options, std::int64_t number)
    : dataset_(std::move(dataset)),
      batch_size_(options.batch_size),
      batch_count_(count_batches(dataset_.size(), options)),
      order_(static_cast<std::size_t>(dataset_.size())) {
  std::iota(order_.begin(), order_.end(), std::int64_t{0});
  if (options.shuffle)
    Random(options.seed).fork(static_cast<std::uint64_t>(number)).shuffle(order_);
}

Batch Epoch::batch(std::int64_t index) const {
  NABLA_ASSERT(index >= 0 && index < batch_count_);
  const auto first = static_cast<std::size_t>(index * batch_size_);
  const auto count = std::min(static_cast<std::size_t>(batch_size_), order_.size() - first);
  Dataset part = take(dataset_, order().subspan(first, count));
  return {std::move(part.inputs), std::move(part.labels)};
}

DataLoader::DataLoader(Dataset dataset, const LoaderOptions& options)
    : dataset_(std::move(dataset)), options_(options) {
  if (options.batch_size < 1)
    throw DomainError(
        fmt::format("[DataLoader] got .batch_size = {}, need at least 1", options.batch_size));
  if (dataset_.inputs.rank() == 0 || dataset_.labels.rank() == 0 ||
      dataset_.inputs.size(0) != dataset_.labels.size(0))
    throw ShapeError(fmt::format("[DataLoader] got inputs {} and labels {}, need as many rows",
                                 to_string(dataset_.inputs.shape()),
                                 to_string(dataset_.labels.shape())));
  // Batches are cut out of memory without gaps.
  dataset_.inputs = dataset_.inputs.contiguous();
  dataset_.labels = dataset_.labels.contiguous();
}

std::int64_t DataLoader::batch_count() const { return count_batches(dataset_.size(), options_); }

}  // namespace nabla::data
