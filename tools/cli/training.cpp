// SPDX-License-Identifier: MIT
#include "training.hpp"

#include <algorithm>
#include <numeric>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "interrupt.hpp"
#include "text.hpp"

namespace nabla::cli {

namespace {

// Each class costs a row of weights; beyond this, labels are numbers of another kind.
constexpr std::int64_t kMaxClasses = 65536;

nn::Sequential make_network(const ClassifierSettings& settings) {
  Random random(settings.seed);
  nn::Sequential network;
  for (std::size_t i = 1; i < settings.layers.size(); ++i) {
    network.append(nn::Dense(settings.layers[i - 1], settings.layers[i], random));
    if (i + 1 == settings.layers.size()) break;
    if (settings.activation == "relu") network.append(nn::Relu());
    if (settings.activation == "tanh") network.append(nn::Tanh());
    if (settings.activation == "sigmoid") network.append(nn::Sigmoid());
  }
  return network;
}

std::unique_ptr<optim::Optimizer> make_optimizer(const ClassifierSettings& settings,
                                                 std::vector<Tensor> parameters) {
  const double rate = settings.learning_rate > 0.0 ? settings.learning_rate
                                                   : usual_learning_rate(settings.optimizer);
  if (settings.optimizer == "adam")
    return std::make_unique<optim::Adam>(std::move(parameters),
                                         optim::AdamOptions{.learning_rate = rate});
  if (settings.optimizer == "adamw")
    return std::make_unique<optim::AdamW>(std::move(parameters),
                                          optim::AdamWOptions{.learning_rate = rate});
  const double momentum = settings.optimizer == "momentum" ? 0.9 : 0.0;
  return std::make_unique<optim::Sgd>(
      std::move(parameters), optim::SgdOptions{.learning_rate = rate, .momentum = momentum});
}

// The settings with layers chosen from the data where none were given.
ClassifierSettings fitted(ClassifierSettings settings, const data::Dataset& examples) {
  if (examples.labels.dtype() != int64)
    throw FormatError(
        "the labels are not classes: need whole numbers from 0, or names, in the label column");
  const std::int64_t inputs = examples.inputs.size(1), classes = examples.class_count();
  if (settings.layers.empty()) settings.layers = {inputs, 128, classes};
  const auto& layers = settings.layers;
  if (layers.size() < 2) throw FormatError("--layers: need at least an input and an output size");
  if (layers.front() != inputs)
    throw FormatError(fmt::format("--layers: the first size is {}, but an example has {} numbers",
                                  layers.front(), inputs));
  if (layers.back() < classes)
    throw FormatError(fmt::format("--layers: the last size is {}, but the data has {} classes",
                                  layers.back(), classes));
  return settings;
}

std::int64_t count_right(const Tensor& logits, const Tensor& labels) {
  const std::vector<std::int64_t> found = logits.argmax(1).to_vector<std::int64_t>();
  const std::vector<std::int64_t> wanted = labels.to_vector<std::int64_t>();
  return std::inner_product(found.begin(), found.end(), wanted.begin(), std::int64_t{0},
                            std::plus<>(), std::equal_to<>());
}

// Adds up the scores of batches.
struct Tally {
  double loss = 0.0;
  std::int64_t right = 0, examples = 0;

  void add(double batch_loss, const Tensor& logits, const Tensor& labels) {
    loss += batch_loss * static_cast<double>(labels.size(0));
    right += count_right(logits, labels);
    examples += labels.size(0);
  }
  [[nodiscard]] Score score() const {
    const double n = static_cast<double>(std::max<std::int64_t>(examples, 1));
    return {loss / n, static_cast<double>(right) / n, examples};
  }
};

}  // namespace

double usual_learning_rate(const std::string& optimizer) {
  return optimizer == "adam" || optimizer == "adamw" ? 1e-3 : optimizer == "momentum" ? 0.02 : 0.1;
}

Classifier::Classifier(data::Dataset examples, ClassifierSettings settings)
    : settings_(fitted(std::move(settings), examples)),
      loader_(std::move(examples),
              {.batch_size = settings_.batch, .shuffle = true, .seed = settings_.seed}),
      network_(make_network(settings_)),
      optimizer_(make_optimizer(settings_, network_.parameters())) {}

Score Classifier::train_epoch(int epoch, Progress& progress) {
  Tally tally;
  for (const data::Batch& batch : loader_.epoch(epoch)) {
    if (InterruptGuard::requested()) break;
    const Tensor logits = network_(batch.inputs);
    const Tensor loss = nn::cross_entropy(logits, batch.labels);
    optimizer_->zero_grad();
    backward(loss);
    optimizer_->step();
    tally.add(loss.item(), logits, batch.labels);
    progress.update(tally.examples, "loss " + fixed_text(tally.score().loss, 4));
  }
  return tally.score();
}

Score Classifier::evaluate(const data::Dataset& examples) {
  constexpr std::int64_t kBatch = 1000;
  const NoGrad no_grad;
  Tally tally;
  for (const data::Batch& batch : data::DataLoader(examples, {.batch_size = kBatch}).epoch(0)) {
    const Tensor logits = network_(batch.inputs);
    tally.add(nn::cross_entropy(logits, batch.labels).item(), logits, batch.labels);
  }
  return tally.score();
}

Tensor Classifier::recorded_loss(const data::Dataset& examples, std::int64_t count) {
  const Tensor inputs = named(examples.inputs.slice(0, 0, count).contiguous(), "images");
  const Tensor labels = named(examples.labels.slice(0, 0, count).contiguous(), "labels");
  return named(nn::cross_entropy(network_(inputs), labels), "loss");
}

std::string Classifier::shape_text() const {
  return fmt::format("{}", fmt::join(settings_.layers, "-"));
}

data::Dataset flattened(const data::Dataset& examples) {
  data::Dataset flat = examples;
  const std::int64_t n = examples.size();
  flat.inputs = examples.inputs.reshape({n, n == 0 ? 0 : examples.inputs.numel() / n});
  return flat;
}

void require_classes(const data::Dataset& examples, const std::string& file,
                     const std::string& hint) {
  if (examples.labels.dtype() != int64) return;
  const std::vector<std::int64_t> labels = examples.labels.to_vector<std::int64_t>();
  const auto found = std::find_if(labels.begin(), labels.end(), [](std::int64_t label) {
    return label < 0 || label >= kMaxClasses;
  });
  if (found == labels.end()) return;
  throw FormatError(fmt::format("{}: example {} has the label {}, need a class from 0 to {}{}",
                                printable(file), count_text(found - labels.begin() + 1), *found,
                                kMaxClasses - 1, hint.empty() ? "" : "; " + hint));
}

Split load_images(const std::string& folder) {
  const data::ImageFolder images = data::load_image_folder(folder);
  require_classes(images.train, folder + "/train-labels-idx1-ubyte");
  require_classes(images.test, folder + "/t10k-labels-idx1-ubyte");
  return {flattened(images.train), flattened(images.test)};
}

Split hold_out(const data::Dataset& examples, std::uint64_t seed) {
  if (examples.size() < 10) return {examples, {}};
  std::vector<std::int64_t> order(static_cast<std::size_t>(examples.size()));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  Random(seed).shuffle(order);
  const std::span<const std::int64_t> all(order);
  const std::size_t test = order.size() / 5;
  return {data::take(examples, all.subspan(test)), data::take(examples, all.first(test))};
}

}  // namespace nabla::cli
