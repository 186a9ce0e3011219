// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <nabla/viz/plot.hpp>
#include <nabla/viz/recording.hpp>

// Charts of a training run as SVG text, as those of plot.hpp. Each throws GraphError or ShapeError if the
// recording is not consistent: as many numbers in each frame as nodes, as many histograms as names.
//
//   write_file("flow.svg", gradient_flow_chart(read_recording("run.ngraph.jsonl")));

namespace nabla::viz {

/// The loss by step, on a logarithmic axis if it is positive throughout and spans a decade.
/// Errors    DomainError if no loss is finite
[[nodiscard]] std::string loss_chart(const Recording& recording, PlotOptions options = {});

/// How gradients flow: a row for each layer, the one nearest to the inputs at the bottom, and in it a
/// cell for each frame, its colour the decade of the 2-norm of the gradients of the layer's parameters
/// (of its variables, if it has no parameters). A layer is an outermost scope; without scopes it is a
/// variable. Cells that are not finite are crossed. Of a long run a cell is several frames and shows the
/// largest of their norms, or that one is not finite.
/// Errors    DomainError if the graph has no variables
[[nodiscard]] std::string gradient_flow_chart(const Recording& recording, PlotOptions options = {});

/// How the weights lie: for each watched tensor (without those, for each layer of scalar parameters) a
/// panel in which a column is the histogram of a frame, the darker the more weights. The first 48 of
/// them have one; the title says so where there are more.
/// Errors    DomainError if nothing was watched and no scalar parameters are in the graph, or no
///           weight is finite
[[nodiscard]] std::string weights_chart(const Recording& recording, PlotOptions options = {});

}  // namespace nabla::viz
