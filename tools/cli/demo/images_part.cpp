// SPDX-License-Identifier: MIT
#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include <nabla/check.hpp>

#include "commands/pictures.hpp"
#include "demo/demo.hpp"
#include "interrupt.hpp"
#include "text.hpp"
#include "training.hpp"

namespace nabla::cli {

namespace {

constexpr const char* kFashion = "/usr/share/datasets/fashion-mnist";
// What the network reaches on the test images of Fashion-MNIST, at least, with the usual epochs.
constexpr double kGoal = 0.87;
constexpr int kGoalEpochs = 6;
// Of the first epoch; it falls in equal steps from there.
constexpr double kFirstRate = 2e-3;

std::string percent(double part) { return fmt::format("{:.1f} %", 100.0 * part); }

constexpr const char* kRow = "   {:>5}  {:>10}  {:>14}  {:>9}  {:>13}  {:>6}\n";

// Loss and accuracy by epoch, for the plots.
struct History {
  Curve train_loss{"training", {}, {}}, test_loss{"test", {}, {}};
};

constexpr std::int64_t kDrawnImages = 8;

Graph drawn_graph(Classifier& classifier, const Split& split, bool with_differences = false) {
  const Tensor loss =
      classifier.recorded_loss(split.train, std::min(kDrawnImages, split.train.size()));
  Graph graph = capture(loss);
  if (with_differences) check::add_differences(graph, loss);
  return graph;
}

// Trains and prints a line an epoch. Returns the last score on the test images.
Score train(const Stage& stage, Classifier& classifier, const Split& split, History& history) {
  Score test;
  const int epochs = stage.arguments.epochs;
  const double rate = classifier.optimizer().learning_rate();
  stage.print(fmt::format(kRow, "epoch", "train loss", "train accuracy", "test loss",
                          "test accuracy", "time"));
  const auto record = has_pictures() ? run_recorder(run_file(stage, "images"),
                                                    classifier.network().named_parameters())
                                     : nullptr;
  if (record) record(0, drawn_graph(classifier, split));
  for (int epoch = 0; epoch < epochs && !InterruptGuard::requested(); ++epoch) {
    // Steps that grow smaller settle what large ones keep stirring.
    classifier.optimizer().set_learning_rate(rate * (epochs - epoch) / epochs);
    const std::string number = fmt::format("{}/{}", epoch + 1, epochs);
    Progress progress(
        {.label = "   epoch " + number, .unit = "images", .total = split.train.size()},
        stage.terminal.err);
    const Score learned = classifier.train_epoch(epoch, progress);
    const double seconds = progress.elapsed_seconds();
    progress.finish();
    if (learned.examples < split.train.size()) break;  // interrupted: no result of an epoch
    test = classifier.evaluate(split.test);
    stage.print(fmt::format(kRow, number, fixed_text(learned.loss, 4), percent(learned.accuracy),
                            fixed_text(test.loss, 4), percent(test.accuracy),
                            fmt::format("{:.1f} s", seconds)));
    if (record) record(epoch + 1, drawn_graph(classifier, split));
    history.train_loss.steps.push_back(epoch + 1);
    history.train_loss.values.push_back(learned.loss);
    history.test_loss.steps.push_back(epoch + 1);
    history.test_loss.values.push_back(test.loss);
  }
  return test;
}

void draw(const Stage& stage, Classifier& classifier, const Split& split, const History& history,
          PartResult& result) {
  if (!has_pictures()) return;
  draw_graph(stage, drawn_graph(classifier, split, true), "images-graph", result);
  save_curves({history.train_loss, history.test_loss}, stage.folder / "images-loss.svg",
              "Loss of " + classifier.shape_text(), "epoch", "cross entropy");
  result.pictures.push_back("images-loss.svg");
  draw_run(stage, "images", result);
  print_pictures(stage, result);
}

PartResult learn(const Stage& stage, const std::string& folder, const Split& split,
                 PartResult result) {
  Classifier classifier(split.train, {.learning_rate = kFirstRate, .seed = stage.arguments.seed});
  stage.print(fmt::format(
      "   {} to learn from, {} to be tested on, from {}\n"
      "   {}: {} parameters, relu, cross entropy, Adam\n\n",
      counted(split.train.size(), "image"), count_text(split.test.size()), printable(folder),
      classifier.shape_text(), count_text(classifier.network().parameter_count())));
  History history;
  const Score test = train(stage, classifier, split, history);
  if (InterruptGuard::requested()) return result;
  draw(stage, classifier, split, history, result);
  result.text = fmt::format("{} of {} right", percent(test.accuracy),
                            counted(split.test.size(), "test image"));
  const bool has_goal = stage.arguments.data.empty() && stage.arguments.epochs >= kGoalEpochs;
  if (has_goal && test.accuracy < kGoal) {
    result.outcome = Outcome::failed;
    result.text += fmt::format(", need {}", percent(kGoal));
  }
  return result;
}

// The images to learn from; none, and the reason in `result`, if this part is skipped.
std::optional<Split> images_for(const Stage& stage, PartResult& result) {
  if (!stage.own_images && !data::is_image_folder(kFashion)) {
    result.text = "no data; install the Debian package dataset-fashion-mnist, or give --data DIR";
  } else if (stage.arguments.epochs == 0) {
    result.text = "because of --epochs 0";
  } else {
    try {
      return stage.own_images ? *stage.own_images : load_images(kFashion);
    } catch (const Error& damage) {
      result.text = printable(damage.what());
    }
  }
  result.outcome = Outcome::skipped;
  return std::nullopt;
}

}  // namespace

PartResult show_images(const Stage& stage) {
  const bool own_data = stage.own_images.has_value();
  PartResult result{.name = own_data ? "images" : "Fashion-MNIST"};
  stage.print(fmt::format("3  A dense network{}\n\n", own_data ? "" : " on Fashion-MNIST"));
  if (const std::optional<Split> images = images_for(stage, result))
    return learn(stage, own_data ? stage.arguments.data : kFashion, *images, std::move(result));
  stage.print(fmt::format("   skipped: {}\n", result.text));
  return result;
}

}  // namespace nabla::cli
