// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <nabla/nabla.hpp>

#include "progress.hpp"

// Training a dense classifier: what `nabla train` and `nabla demo` have in common. A Classifier
// owns its network and optimizer and shares the data. The same data, settings and seed give the
// same weights. One thread.

namespace nabla::cli {

struct ClassifierSettings {
  std::vector<std::int64_t> layers{};  ///< sizes from input to output
  std::string activation = "relu";     ///< relu, tanh or sigmoid
  std::string optimizer = "adam";      ///< sgd, momentum, adam or adamw
  double learning_rate = 0.0;          ///< 0 takes usual_learning_rate(optimizer)
  std::int64_t batch = 64;
  std::uint64_t seed = 0;
};

/// How well a network does on some examples.
struct Score {
  double loss = 0.0;      ///< mean cross entropy in nats
  double accuracy = 0.0;  ///< part of the examples whose class it finds
  std::int64_t examples = 0;
};

[[nodiscard]] double usual_learning_rate(const std::string& optimizer);

class Classifier {
 public:
  /// Errors    FormatError if the layers do not fit the data
  Classifier(data::Dataset examples, ClassifierSettings settings);

  /// One pass over the examples; stops early if the user asks for it. The score is the mean over
  /// the pass, in which the weights change.
  Score train_epoch(int epoch, Progress& progress);
  /// The score on examples, without learning.
  [[nodiscard]] Score evaluate(const data::Dataset& examples);
  /// The mean loss of the first examples, recorded, for a picture.
  [[nodiscard]] Tensor recorded_loss(const data::Dataset& examples, std::int64_t count);

  /// "784-128-10"
  [[nodiscard]] std::string shape_text() const;
  [[nodiscard]] nn::Sequential& network() { return network_; }
  [[nodiscard]] optim::Optimizer& optimizer() { return *optimizer_; }
  [[nodiscard]] std::int64_t batch_count() const { return loader_.batch_count(); }

 private:
  ClassifierSettings settings_;
  data::DataLoader loader_;
  nn::Sequential network_;
  std::unique_ptr<optim::Optimizer> optimizer_;
};

/// The examples with each input as a row of numbers.
[[nodiscard]] data::Dataset flattened(const data::Dataset& examples);

/// Training and test examples.
struct Split {
  data::Dataset train, test;
};
/// The images in a folder, each a row of numbers.
/// Errors    IoError, FormatError
[[nodiscard]] Split load_images(const std::string& folder);
/// Refuses labels that would need too many output neurons. Labels that are no whole numbers are left
/// to Classifier. `hint` ends the message.
/// Errors    FormatError that names the file and the example
void require_classes(const data::Dataset& examples, const std::string& file,
                     const std::string& hint = "");
/// Puts a fifth of the examples aside, chosen at random; none if there are fewer than ten.
[[nodiscard]] Split hold_out(const data::Dataset& examples, std::uint64_t seed);

}  // namespace nabla::cli
