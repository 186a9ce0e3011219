// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <iterator>
#include <span>
#include <vector>

#include <nabla/nn/data/dataset.hpp>

// DataLoader: the examples of a Dataset in batches, in an order that depends on the seed and the
// number of the epoch alone: epoch 7 is the same on every machine, also when training resumes
// there. Batches are copies; the loader shares the elements of the data set.
//
//   data::DataLoader loader(train, {.batch_size = 64, .shuffle = true, .seed = 1});
//   for (int epoch = 0; epoch < 10; ++epoch)
//     for (const data::Batch& batch : loader.epoch(epoch)) learn(batch.inputs, batch.labels);

namespace nabla::data {

struct LoaderOptions {
  std::int64_t batch_size = 32;
  bool shuffle = false;
  std::uint64_t seed = 0;
  bool drop_last = false;  ///< leave out a last batch that is not full
};

struct Batch {
  Tensor inputs;
  Tensor labels;

  [[nodiscard]] std::int64_t size() const { return inputs.size(0); }
};

/// One pass through the data, for a range-for loop.
class Epoch {
 public:
  class iterator {
   public:
    using difference_type = std::ptrdiff_t;
    using value_type = Batch;
    using iterator_category = std::input_iterator_tag;
    using pointer = void;
    using reference = Batch;

    iterator(const Epoch* epoch, std::int64_t batch) : epoch_(epoch), batch_(batch) {}
    [[nodiscard]] Batch operator*() const { return epoch_->batch(batch_); }
    iterator& operator++() {
      ++batch_;
      return *this;
    }
    void operator++(int) { ++batch_; }
    bool operator==(const iterator& other) const { return batch_ == other.batch_; }

   private:
    const Epoch* epoch_;
    std::int64_t batch_;
  };

  [[nodiscard]] iterator begin() const { return {this, 0}; }
  [[nodiscard]] iterator end() const { return {this, batch_count_}; }
  [[nodiscard]] std::int64_t batch_count() const { return batch_count_; }
  /// Batch number `index`.
  /// Requires  0 <= index < batch_count()
  [[nodiscard]] Batch batch(std::int64_t index) const;
  /// The order of the examples.
  [[nodiscard]] std::span<const std::int64_t> order() const { return order_; }

 private:
  friend class DataLoader;
  Epoch(Dataset dataset, const LoaderOptions& options, std::int64_t number);

  Dataset dataset_;
  std::int64_t batch_size_;
  std::int64_t batch_count_;
  std::vector<std::int64_t> order_;
};

class DataLoader {
 public:
  /// Errors    DomainError if .batch_size < 1; ShapeError if inputs and labels differ in number
  explicit DataLoader(Dataset dataset, const LoaderOptions& options = {});

  /// The pass with this number.
  /// Cost      O(examples) once, then a copy of each batch
  [[nodiscard]] Epoch epoch(std::int64_t number) const { return {dataset_, options_, number}; }
  /// Batches in an epoch.
  [[nodiscard]] std::int64_t batch_count() const;
  [[nodiscard]] const Dataset& dataset() const { return dataset_; }
  [[nodiscard]] const LoaderOptions& options() const { return options_; }

 private:
  Dataset dataset_;
  LoaderOptions options_;
};

}  // namespace nabla::data
