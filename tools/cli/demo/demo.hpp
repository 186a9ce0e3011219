// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nabla/engine/graph.hpp>

#include "commands/commands.hpp"
#include "training.hpp"

// The parts of `nabla demo`. Each prints what it does, saves its pictures and says how it went.

namespace nabla::cli {

enum class Outcome { done, skipped, failed };

struct PartResult {
  std::string name;
  Outcome outcome = Outcome::done;
  std::string text{};                   ///< one line: what was reached, or why it was skipped
  std::vector<std::string> pictures{};  ///< names of files in the folder
};

/// What the parts share.
struct Stage {
  const DemoArguments& arguments;
  Terminal& terminal;
  std::filesystem::path folder;
  std::optional<Split> own_images{};  ///< the user's own, if there are any

  void print(std::string_view text) const { terminal.out.print(text); }
};

/// A formula explained and drawn.
[[nodiscard]] PartResult show_formula(const Stage& stage);
/// A network of 47 scalars that learns to tell 0 from 1, and the proof of its gradients.
[[nodiscard]] PartResult show_digits(const Stage& stage);
/// A dense network on ten classes of images.
[[nodiscard]] PartResult show_images(const Stage& stage);

/// The text with each line indented by three columns.
[[nodiscard]] std::string indented(std::string_view text);
/// Draws a computation as NAME.svg.
/// Errors    IoError if the folder cannot be written
void draw_graph(const Stage& stage, const Graph& graph, const std::string& name,
                PartResult& result);
/// Draws how gradients and weights went in the recorded run NAME-run.ngraph.jsonl.
/// Errors    IoError if the folder cannot be written
void draw_run(const Stage& stage, const std::string& name, PartResult& result);
/// The file of that run.
[[nodiscard]] std::filesystem::path run_file(const Stage& stage, const std::string& name);
/// Prints which pictures of the result are new.
void print_pictures(const Stage& stage, const PartResult& result);

}  // namespace nabla::cli
