// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "commands/pictures.hpp"
#include "demo/demo.hpp"
#include "demo/digit_network.hpp"
#include "demo/digits.hpp"
#include "files.hpp"
#include "interrupt.hpp"
#include "progress.hpp"
#include "text.hpp"

namespace nabla::cli {

namespace {

// The step suits an error summed over 64 images; momentum shortens the way along flat valleys.
constexpr double kRate = 0.05;
constexpr double kMomentum = 0.9;
constexpr int kMostEpochs = 3000;
// All answers right is where training could stop; this error makes them clearly right.
constexpr double kSmallError = 1.0;
// Epochs from one frame of the recording to the next.
constexpr int kRecordEvery = 2;

struct Learned {
  int epochs = 0;
  int right = 0;
  Curve error{"64 images", {}, {}};
};

void print_epoch(const Stage& stage, int epoch, double error, int right) {
  stage.print(fmt::format("   epoch {:4}   error {:>8}   {:2} of {} right\n", epoch,
                          fixed_text(error, 4), right, kDigitImages));
}

bool is_milestone(int epoch) {
  return epoch == 0 || epoch == 10 || epoch == 30 || epoch == 100 || epoch == 300 || epoch == 1000;
}

Learned learn(const Stage& stage, DigitNetwork& network, const std::vector<DigitImage>& images) {
  Learned learned;
  const auto record = has_pictures() ? run_recorder(run_file(stage, "digits")) : nullptr;
  Progress progress({.label = "   learning", .unit = "epochs", .total = kMostEpochs},
                    stage.terminal.err);
  for (int epoch = 0; epoch < kMostEpochs && !InterruptGuard::requested(); ++epoch) {
    learned.right = network.count_right(images);
    if (record && epoch % kRecordEvery == 0) record(epoch, network.graph_of(images[0], epoch == 0));
    const double error = network.step(images, kRate, kMomentum);
    learned.epochs = epoch;
    learned.error.steps.push_back(epoch);
    learned.error.values.push_back(error);
    const bool finished = learned.right == kDigitImages && error < kSmallError;
    if (finished || is_milestone(epoch)) print_epoch(stage, epoch, error, learned.right);
    if (finished) break;
    progress.update(epoch, "error " + fixed_text(error, 3));
  }
  return learned;
}

// How many of the 47 gradients were found right, one by one, and how far they are off at most.
struct Verified {
  int right = 0, all = 0;
  double largest_difference = 0.0;
};

Verified verify(DigitNetwork& network, const std::vector<DigitImage>& images) {
  const check::Problem problem = network.problem(images);
  const check::Report report =
      check::check_problem(problem, {.full = true, .worst = std::numeric_limits<int>::max()});
  Verified verified{.all = static_cast<int>(problem.inputs.size())};
  for (const check::Entry& entry : report.worst) {
    if (entry.is_direction) continue;
    if (check::is_ok(entry.verdict)) ++verified.right;
    const double difference = std::abs(entry.analytic - entry.numeric);
    verified.largest_difference = std::max(verified.largest_difference, difference);
  }
  return verified;
}

void draw(const Stage& stage, DigitNetwork& network, const std::vector<DigitImage>& images,
          const Learned& learned, PartResult& result) {
  write_file(stage.folder / "digits.svg", digits_svg(images));
  result.pictures = {"digits.svg"};
  if (has_pictures()) {
    draw_graph(stage, network.graph_of(images[0], true), "digits-network", result);
    save_curves({learned.error}, stage.folder / "digits-error.svg", "Error of the 12-3-2 network",
                "epoch", "half sum of squares");
    result.pictures.push_back("digits-error.svg");
    draw_run(stage, "digits", result);
  }
  print_pictures(stage, result);
}

}  // namespace

PartResult show_digits(const Stage& stage) {
  PartResult result{.name = "digits 0 and 1"};
  const std::vector<DigitImage> images = draw_digits(stage.arguments.seed);
  stage.print("2  A network one can read\n\n   64 images of 4 x 3 pixels, such as\n\n");
  stage.print(digits_text({images.begin(), images.begin() + 8}) + "\n");
  DigitNetwork network(stage.arguments.seed);
  stage.print(
      "   12 pixels, 3 hidden and 2 output neurons, all sigmoid: 47 parameters, each a Value\n");
  const Learned learned = learn(stage, network, images);
  if (InterruptGuard::requested()) return result;
  const Verified verified = verify(network, images);
  stage.print(fmt::format("\n   {} of {} gradients agree with finite differences, within {:.1e}\n",
                          verified.right, verified.all, verified.largest_difference));
  draw(stage, network, images, learned, result);
  result.text =
      fmt::format("{} of {} right after {} epochs, {} of {} gradients verified", learned.right,
                  kDigitImages, learned.epochs, verified.right, verified.all);
  if (learned.right != kDigitImages || verified.right != verified.all)
    result.outcome = Outcome::failed;
  return result;
}

}  // namespace nabla::cli
