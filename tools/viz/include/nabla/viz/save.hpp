// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <nabla/viz/picture.hpp>

// Saving writes a graph to a file; the suffix says how: .dot .svg .png .pdf for pictures, .html for
// the explorer in a browser, .json for other programs, .txt for the chain rule in words. Layout
// is done by Graphviz' program `dot` in a process of its own that is given a deadline, so nothing it
// does can harm the caller; a picture that it would take long over, or cannot make, is laid out here, and
// drawn by librsvg's program `rsvg-convert` if it is a .png or .pdf. Who lays it out depends on the graph
// alone, as long as the programs are there and keep their deadlines. An .svg is the same with any fonts,
// .png and .pdf are of the fonts at hand. Two .pdf of one graph are the same bytes: both say they were made
// in 1970.
// A file is complete or not there: it is written under another name and then renamed.
// Files contain the numbers of the graph. Safe from several threads.
//
//   viz::save(loss, "loss.svg");

namespace nabla::viz {

/// Who lays a picture out.
enum class Engine {
  automatic,  ///< Graphviz up to ViewOptions::max_cost (kUsualCost if that is 0); else, for
              ///< Theme::automatic and where lines lead to recorded gradients, our own layout
  dot,        ///< Graphviz; what keeps it from that is an error
  layered,    ///< our own layout
};

struct SaveOptions {
  PictureOptions picture = {};
  Engine engine = Engine::automatic;
  // Empty and not "dot": options that a caller's code fills with text make GCC 12 warn there, without
  // reason, of uninitialized memory.
  std::string dot_program = {};  ///< a name looked up in PATH, or a path; empty is "dot"
  /// For layout by Graphviz and drawing. A quarter more at most, unless the machine is so busy that a
  /// picture of 100 boxes takes longer.
  double timeout_seconds = 10.0;
  double max_pixels = 16e6;  ///< of a .png; 0 = no limit
};

/// What to tell a user about a file: how much of the graph it shows if that is not all, and why Graphviz
/// did not lay out a picture that was its to do, or our own layout could not be drawn, or not in time.
using Remarks = std::vector<std::string>;

/// Writes `graph` to `path`.
/// Errors    FormatError if the suffix is unknown; GraphError if `graph` is not consistent; DomainError
///           if an option is out of range, or asks for what files of this kind cannot have: `values =
///           false` of .json and .txt, the automatic theme of .png, .pdf and what Graphviz makes;
///           IoError if `path` cannot be written, or if a program that only can make the picture is
///           missing, fails or takes too long. Without rsvg-convert, a .png or .pdf shows no more than
///           Graphviz lays out fast; with too little time, no more than 100 boxes
Remarks save(const Graph& graph, const std::filesystem::path& path,
             const SaveOptions& options = {});

/// Writes the computation behind `root`.
/// Errors    as above; GraphError if the history of `root` was freed
Remarks save(const Value& root, const std::filesystem::path& path, const SaveOptions& options = {});
Remarks save(const Tensor& root, const std::filesystem::path& path,
             const SaveOptions& options = {});

/// Replaces the file at `path` by `text`, completely or not at all.
/// Errors    IoError with the reason the system gives
void write_file(const std::filesystem::path& path, std::string_view text);

}  // namespace nabla::viz
