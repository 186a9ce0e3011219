// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include "commands/commands.hpp"
#include "files.hpp"
#include "interrupt.hpp"
#include "scaling.hpp"
#include "text.hpp"
#include "training.hpp"

namespace nabla::cli {

namespace {

struct Examples {
  Split split;
  Scaling scaling;  ///< of a table's columns; pixels stay as they are
};

Examples load_table(const TrainArguments& arguments) {
  const data::Dataset table = data::load_labelled_csv(arguments.data);
  if (table.size() == 0)
    throw FormatError(fmt::format("{} has no rows", printable(arguments.data)));
  if (table.inputs.size(1) == 0)
    throw FormatError(fmt::format("{} has one column, need at least one number beside the label",
                                  printable(arguments.data)));
  require_classes(table, arguments.data, "other numbers can be written as names, such as c7");
  Examples loaded{.split = hold_out(table, arguments.seed), .scaling = {}};
  loaded.scaling = Scaling(loaded.split.train.inputs);
  loaded.split.train.inputs = loaded.scaling(loaded.split.train.inputs);
  if (loaded.split.test.inputs.defined())
    loaded.split.test.inputs = loaded.scaling(loaded.split.test.inputs);
  return loaded;
}

// Images come with a test set of their own; of a table a part is put aside.
Examples load(const TrainArguments& arguments) {
  std::error_code ignored;
  const std::filesystem::path path = arguments.data;
  if (!std::filesystem::exists(path, ignored))
    throw IoError(
        fmt::format("cannot read {}: there is no such file or folder", printable(arguments.data)));
  if (std::filesystem::is_directory(path, ignored))
    return {.split = load_images(arguments.data), .scaling = {}};
  return load_table(arguments);
}

// The weights must not replace what they are learned from, nor come to be read as such.
void require_not_data(const std::filesystem::path& save, const std::filesystem::path& data) {
  bool replaces = same_file(save, data);
  for (const char* name : {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                           "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"})
    for (const char* suffix : {"", ".gz"}) {
      const std::string file = std::string(name) + suffix;
      const bool beside =
          save.has_parent_path() ? same_file(save.parent_path(), data) : same_file(".", data);
      replaces |= same_file(save, data / file) || (beside && save.filename() == file);
    }
  if (replaces && !std::filesystem::is_directory(save))
    throw IoError(fmt::format("--save: {} is a file of the data, need another name",
                              printable(save.string())));
}

std::string percent(double part) { return fmt::format("{:5.1f} %", 100.0 * part); }

constexpr const char* kRow = "{:>9}  {:>10}  {:>14}  {:>13}  {:>7}\n";

class Run {
 public:
  Run(const TrainArguments& arguments, Terminal& terminal)
      : arguments_(arguments),
        terminal_(terminal),
        data_(load(arguments)),
        split_(data_.split),
        classifier_(split_.train, {.layers = arguments.layers,
                                   .activation = arguments.activation,
                                   .optimizer = arguments.optimizer,
                                   .learning_rate = arguments.learning_rate,
                                   .batch = arguments.batch,
                                   .seed = arguments.seed}) {}

  int operator()() {
    const InterruptGuard guard;
    std::optional<IoError> output_failure;
    try {
      print_head();
      for (int epoch = 0; epoch < arguments_.epochs && !InterruptGuard::requested(); ++epoch)
        run_epoch(epoch);
    } catch (const IoError& error) {
      // Nobody reads the output any more; what was learned is still worth saving.
      output_failure = error;
    }
    if (!arguments_.save.empty()) {
      data_.scaling.fold_into(classifier_.network());
      nn::save(classifier_.network(), arguments_.save);
    }
    if (output_failure) throw *output_failure;
    return report_end();
  }

 private:
  void print_head() {
    terminal_.out.print(fmt::format(
        "{} training and {} test examples, network {} with {} parameters, {} at rate {}\n\n",
        count_text(split_.train.size()), count_text(test_size()), classifier_.shape_text(),
        count_text(classifier_.network().parameter_count()), arguments_.optimizer,
        number_text(classifier_.optimizer().learning_rate(), 6)));
    terminal_.out.print(
        fmt::format(kRow, "epoch", "train loss", "train accuracy", "test accuracy", "time"));
  }

  void run_epoch(int epoch) {
    const std::string label = fmt::format("epoch {}/{}", epoch + 1, arguments_.epochs);
    Progress progress({.label = label, .unit = "examples", .total = split_.train.size()},
                      terminal_.err);
    const Score train = classifier_.train_epoch(epoch, progress);
    const double seconds = progress.elapsed_seconds();
    progress.finish();
    if (train.examples < split_.train.size()) return;  // interrupted: no result of an epoch
    if (!std::isfinite(train.loss) && train.examples > 0) {
      throw DomainError(
          "the loss is no longer a finite number; try a smaller --lr, or look for nan in the data");
    }
    const std::string test =
        test_size() > 0 ? percent(classifier_.evaluate(split_.test).accuracy) : "-";
    terminal_.out.print(fmt::format(kRow, fmt::format("{}/{}", epoch + 1, arguments_.epochs),
                                    fixed_text(train.loss, 4), percent(train.accuracy), test,
                                    fmt::format("{:.1f} s", seconds)));
  }

  int report_end() {
    if (!arguments_.save.empty())
      terminal_.out.print(fmt::format("\nweights saved in {}\n", printable(arguments_.save)));
    if (!InterruptGuard::requested()) return kDone;
    terminal_.err.print(fmt::format("nabla: interrupted{}\n",
                                    arguments_.save.empty() ? "; nothing was saved" : ""));
    return kInterrupted;
  }

  [[nodiscard]] std::int64_t test_size() const {
    return split_.test.inputs.defined() ? split_.test.size() : 0;
  }

  const TrainArguments& arguments_;
  Terminal& terminal_;
  Examples data_;
  const Split& split_;
  Classifier classifier_;
};

}  // namespace

int train_command(const TrainArguments& arguments, Terminal& terminal) {
  // A file that cannot be written is better found out before the work than after it.
  if (!arguments.save.empty()) {
    require_not_data(arguments.save, arguments.data);
    check_writable(arguments.save);
  }
  return Run(arguments, terminal)();
}

}  // namespace nabla::cli
