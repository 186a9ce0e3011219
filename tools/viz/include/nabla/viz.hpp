// SPDX-License-Identifier: MIT
#pragma once

// Everything that turns a Graph into something to look at: pictures, the chain rule in words, files
// that other programs read, and small plots.

#include <nabla/viz/charts.hpp>
#include <nabla/viz/compare.hpp>
#include <nabla/viz/diagnose.hpp>
#include <nabla/viz/dot.hpp>
#include <nabla/viz/explain.hpp>
#include <nabla/viz/html.hpp>
#include <nabla/viz/json.hpp>
#include <nabla/viz/plot.hpp>
#include <nabla/viz/recording.hpp>
#include <nabla/viz/save.hpp>
#include <nabla/viz/svg.hpp>
#include <nabla/viz/times.hpp>
#include <nabla/viz/view.hpp>
