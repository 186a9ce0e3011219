// SPDX-License-Identifier: MIT
// Our own layout: what must hold of any picture it makes, on random plans.
#include "layered.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <nabla/viz/svg.hpp>

#include "layers.hpp"
#include "support/xml.hpp"
#include "viz/graphs.hpp"
#include "viz/pick.hpp"

namespace nabla::viz::test {

using namespace detail;

namespace {

Plan random_plan(std::mt19937& random, std::uint32_t boxes, std::uint32_t frames, bool labels,
                 bool backwards) {
  const auto below = [&](std::uint32_t count) {
    return static_cast<std::uint32_t>(random() % count);
  };
  Plan plan;
  plan.frames.push_back({0});
  for (std::uint32_t frame = 1; frame <= frames; ++frame) plan.frames.push_back({below(frame)});
  for (std::uint32_t i = 0; i < boxes; ++i)
    plan.boxes.push_back({40.0 + below(80), 20.0 + below(40), below(frames + 1)});
  for (std::uint32_t to = 1; to < boxes; ++to) {
    for (std::uint32_t k = 0; k < 1 + below(3); ++k) {
      Plan::Link link{below(to), to};
      if (backwards && below(10) == 0) std::swap(link.from, link.to);
      if (labels && below(2) == 0) link.label_width = 30, link.label_height = 11;
      link.is_faint = below(5) == 0;
      plan.links.push_back(link);
    }
  }
  return plan;
}

Area area_of(const Plan& plan, const Placed& placed, std::size_t box) {
  const Place& at = placed.boxes[box];
  const double x = plan.boxes[box].width / 2, y = plan.boxes[box].height / 2;
  return {at.x - x, at.y - y, at.x + x, at.y + y};
}
bool overlap(const Area& a, const Area& b) {
  constexpr double kTouch = 1e-6;
  return a.left < b.right - kTouch && b.left < a.right - kTouch && a.top < b.bottom - kTouch &&
         b.top < a.bottom - kTouch;
}
bool is_in(const Area& inner, const Area& outer) {
  constexpr double kTouch = 1e-6;
  return inner.left >= outer.left - kTouch && inner.right <= outer.right + kTouch &&
         inner.top >= outer.top - kTouch && inner.bottom <= outer.bottom + kTouch;
}
bool is_on(const Place& place, double side, const Area& box) {
  constexpr double kTouch = 1e-6;
  return std::abs(place.x - side) <= kTouch && place.y >= box.top && place.y <= box.bottom;
}
// A line begins at its box, or where it parts from another line of that.
bool begins(const Plan& plan, const Placed& placed, std::size_t i) {
  const Plan::Link& link = plan.links[i];
  const Area from = area_of(plan, placed, link.from);
  const Place& begin = placed.lines[i].points.front();
  if (is_on(begin, link.from < link.to ? from.right : from.left, from)) return true;
  for (std::size_t k = 0; k < plan.links.size(); ++k) {
    if (k == i || plan.links[k].from != link.from) continue;
    for (const Place& point : placed.lines[k].points)
      if (point.x == begin.x && point.y == begin.y) return true;
  }
  return false;
}
bool is_around(const Plan& plan, std::uint32_t outer, std::uint32_t frame) {
  while (frame > outer) frame = plan.frames[frame].parent;
  return frame == outer;
}

// The first thing that is wrong with a picture; empty if nothing is.
std::string defect(const Plan& plan, const Placed& placed) {
  if (placed.boxes.size() != plan.boxes.size()) return "boxes are missing";
  if (placed.lines.size() != plan.links.size()) return "lines are missing";
  const Area picture{0, 0, placed.width, placed.height};
  for (std::size_t a = 0; a < plan.boxes.size(); ++a) {
    const Area area = area_of(plan, placed, a);
    if (!is_in(area, picture)) return "box " + std::to_string(a) + " is outside";
    for (std::size_t b = 0; b < a; ++b) {
      if (overlap(area, area_of(plan, placed, b)))
        return "boxes " + std::to_string(a) + " and " + std::to_string(b) + " overlap";
    }
    for (std::uint32_t frame = 1; frame < plan.frames.size(); ++frame) {
      const bool belongs = is_around(plan, frame, plan.boxes[a].frame);
      const std::vector<Area>& parts = placed.frames[frame];
      const bool inside = std::ranges::any_of(parts, [&](const Area& p) { return is_in(area, p); });
      const bool touches =
          std::ranges::any_of(parts, [&](const Area& p) { return overlap(area, p); });
      if (belongs ? !inside : touches)
        return "box " + std::to_string(a) + " and frame " + std::to_string(frame);
    }
  }
  for (std::uint32_t a = 1; a < plan.frames.size(); ++a) {
    for (std::uint32_t b = 1; b < a; ++b) {
      if (is_around(plan, b, a)) continue;
      for (const Area& x : placed.frames[a])
        for (const Area& y : placed.frames[b])
          if (overlap(x, y))
            return "frames " + std::to_string(a) + " and " + std::to_string(b) + " overlap";
    }
  }
  for (std::size_t i = 0; i < plan.links.size(); ++i) {
    const Plan::Link& link = plan.links[i];
    const Line& line = placed.lines[i];
    if (line.points.size() < 2) return "line " + std::to_string(i) + " is missing";
    const Area to = area_of(plan, placed, link.to);
    if (!is_on(line.points.back(), link.from < link.to ? to.left : to.right, to))
      return "line " + std::to_string(i) + " does not end at its box";
    if (!begins(plan, placed, i)) return "line " + std::to_string(i) + " begins in the air";
    if ((line.second > 0) != (link.label_width > 0))
      return "line " + std::to_string(i) + " and its number";
    for (const Place& point : line.points)
      if (!std::isfinite(point.x) || !std::isfinite(point.y)) return "a point is nowhere";
  }
  return {};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(layered_layout)

BOOST_AUTO_TEST_CASE(nothing_overlaps_and_frames_hold_their_boxes) {
  std::mt19937 random(11);
  for (int round = 0; round < 300; ++round) {
    const Plan plan =
        random_plan(random, static_cast<std::uint32_t>(1 + random() % 40),
                    static_cast<std::uint32_t>(random() % 6), round % 3 == 0, round % 4 == 0);
    const Placed placed = place_in_layers(plan);
    const std::string text = defect(plan, placed);
    BOOST_TEST(text.empty(), "round " << round << ": " << text);
  }
}

BOOST_AUTO_TEST_CASE(lanes_are_bands_one_below_the_other) {
  std::mt19937 random(15);
  for (int round = 0; round < 100; ++round) {
    Plan plan = random_plan(random, static_cast<std::uint32_t>(10 + random() % 40), 5,
                            round % 3 == 0, round % 4 == 0);
    // Frames 1 and 2 are lanes; what stood in the whole picture stands in one of them.
    for (std::uint32_t frame = 1; frame <= 2; ++frame) plan.frames[frame] = {0, true};
    for (std::uint32_t frame = 3; frame < plan.frames.size(); ++frame)
      if (plan.frames[frame].parent == 0) plan.frames[frame].parent = 1 + random() % 2;
    for (Plan::Box& box : plan.boxes)
      if (box.frame == 0) box.frame = 1 + random() % 2;
    const Placed placed = place_in_layers(plan);
    const std::string text = defect(plan, placed);
    BOOST_TEST(text.empty(), "round " << round << ": " << text);
    BOOST_TEST_REQUIRE(placed.frames[1].size() == placed.frames[2].size());
    for (std::size_t row = 0; row < placed.frames[1].size(); ++row) {
      const Area &above = placed.frames[1][row], &below = placed.frames[2][row];
      BOOST_TEST(above.bottom < below.top);
      BOOST_TEST(above.left == below.left);
      BOOST_TEST(above.right == below.right);
    }
  }
}

BOOST_AUTO_TEST_CASE(lanes_keep_their_boxes_from_no_layer) {
  // What is computed from the first box of the lane above stands in the second layer, not behind all.
  Plan plan;
  plan.frames = {{0}, {0, true}, {0, true}};
  for (const std::uint32_t frame : {1U, 1U, 1U, 2U}) plan.boxes.push_back({60, 30, frame});
  plan.links = {{0, 1}, {1, 2}, {0, 3}};
  const Placed placed = place_in_layers(plan);
  BOOST_TEST(defect(plan, placed) == "");
  BOOST_TEST(placed.boxes[3].x == placed.boxes[1].x);
  BOOST_TEST(placed.boxes[3].y > placed.boxes[2].y);
}

BOOST_AUTO_TEST_CASE(frames_in_two_lanes_may_stand_below_each_other) {
  // What is computed from the first box of the frame above stands in the second layer.
  Plan plan;
  plan.frames = {{0}, {0, true}, {0, true}, {1}, {2}};
  for (const std::uint32_t frame : {3U, 3U, 3U, 4U, 4U}) plan.boxes.push_back({60, 30, frame});
  plan.links = {{0, 1}, {1, 2}, {0, 3}, {2, 4}, {3, 4}};
  const Placed placed = place_in_layers(plan);
  BOOST_TEST(defect(plan, placed) == "");
  BOOST_TEST(placed.boxes[3].x == placed.boxes[1].x);
  BOOST_TEST(placed.frames[4][0].top > placed.frames[3][0].bottom);
}

BOOST_AUTO_TEST_CASE(a_line_with_room_goes_straight) {
  // Over a row of boxes that others are above and below of, in another lane and in its own.
  std::mt19937 random(17);
  for (int round = 0; round < 20; ++round) {
    Plan plan;
    plan.frames = {{0}, {0, true}, {0, true}};
    const std::uint32_t length = 4 + static_cast<std::uint32_t>(random() % 9);  // one row
    for (std::uint32_t i = 0; i < length; ++i) {
      plan.boxes.push_back({60, 20.0 + static_cast<double>(random() % 40), i == 0 ? 1U : 2U});
      if (i > 0) plan.links.push_back({i - 1, i});
    }
    plan.links.push_back({0, length - 1});
    const Placed placed = place_in_layers(plan);
    BOOST_TEST(defect(plan, placed) == "");
    const std::vector<Place>& line = placed.lines.back().points;
    std::set<double> heights;
    for (const Place& point : line) heights.insert(point.y);
    BOOST_TEST(heights.size() <= 4u);  // of both boxes, and in both lanes
    BOOST_TEST(line[1].y == line[0].y);
  }
}

BOOST_AUTO_TEST_CASE(lines_lead_to_later_layers_and_frames_stand_apart) {
  std::mt19937 random(16);
  const auto up_to = [&](std::uint32_t most) {
    return 1 + static_cast<std::uint32_t>(random() % most);
  };
  for (int round = 0; round < 300; ++round) {
    Plan plan = random_plan(random, 1 + up_to(60), 0, round % 3 == 0, round % 4 == 0);
    // Frames of boxes that follow each other, two deep, so that none leads back to another.
    const auto count = static_cast<std::uint32_t>(plan.boxes.size());
    for (std::uint32_t box = 0; box < count && round % 2 == 0; box += up_to(6)) {
      const auto frame = static_cast<std::uint32_t>(plan.frames.size());
      plan.frames.insert(plan.frames.end(), {{0}, {frame}});
      std::uint32_t end = std::min<std::uint32_t>(count, box + 4);
      for (std::uint32_t i = box; i < end; ++i) plan.boxes[i].frame = frame + (i < box + 2 ? 1 : 0);
      box = end;
    }
    const Layers layers = make_layers(plan);
    const auto is_inside = [&](std::uint32_t frame, std::uint32_t box) {
      return is_around(plan, frame, plan.boxes[box].frame);
    };
    for (const Plan::Link& link : plan.links) {
      const auto [low, high] = std::minmax(link.from, link.to);
      BOOST_TEST(layers.vertices[low].layer < layers.vertices[high].layer);
      for (std::uint32_t frame = 1; frame < plan.frames.size(); ++frame) {
        if (is_inside(frame, low) == is_inside(frame, high)) continue;
        if (is_inside(frame, high))
          BOOST_TEST(layers.vertices[low].layer < layers.first[frame]);
        else
          BOOST_TEST(layers.vertices[high].layer > layers.last[frame]);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(the_same_plan_has_the_same_places) {
  std::mt19937 random(12);
  const Plan plan = random_plan(random, 60, 4, true, true);
  const Placed a = place_in_layers(plan), b = place_in_layers(plan);
  for (std::size_t i = 0; i < a.boxes.size(); ++i) {
    BOOST_TEST(a.boxes[i].x == b.boxes[i].x);
    BOOST_TEST(a.boxes[i].y == b.boxes[i].y);
  }
}

BOOST_AUTO_TEST_CASE(a_frame_stands_behind_what_leads_into_it) {
  // Two blocks in a row, each with a leaf of its own: the leaf of the second could stand beside the
  // end of the first, but then the blocks could not stand on one line.
  Plan plan;
  plan.frames = {{0}, {0}, {0}};
  for (const std::uint32_t frame : {1U, 1U, 1U, 2U, 2U, 2U}) plan.boxes.push_back({60, 30, frame});
  plan.links = {{0, 2}, {1, 2}, {2, 5}, {3, 4}, {4, 5}};
  const Placed placed = place_in_layers(plan);
  BOOST_TEST(defect(plan, placed).empty());
  BOOST_TEST(placed.frames[1][0].right < placed.frames[2][0].left);
}

BOOST_AUTO_TEST_CASE(chains_and_blocks_have_no_crossings) {
  Plan chain;
  chain.frames.push_back({0});
  for (std::uint32_t i = 0; i < 500; ++i) {
    chain.boxes.push_back({60, 30, 0});
    if (i > 0) chain.links.push_back({i - 1, i});
  }
  const Placed row = place_in_layers(chain);
  BOOST_TEST(row.crossings == 0u);
  BOOST_TEST(defect(chain, row) == "");
  BOOST_TEST(row.width < 8 * row.height);  // wrapped
  Plan blocks;
  blocks.frames.push_back({0});
  std::uint32_t last = 0;
  blocks.boxes.push_back({60, 30, 0});
  for (std::uint32_t i = 1; i <= 30; ++i) {  // y + f(y)
    blocks.frames.push_back({0});
    const auto first = static_cast<std::uint32_t>(blocks.boxes.size());
    for (int k = 0; k < 4; ++k) blocks.boxes.push_back({60, 30, i});
    blocks.links.insert(blocks.links.end(), {{last, first},
                                             {first, first + 1},
                                             {last, first + 2},
                                             {first + 1, first + 3},
                                             {first + 2, first + 3}});
    last = first + 3;
  }
  const Placed stack = place_in_layers(blocks);
  BOOST_TEST(stack.crossings == 0u);
  BOOST_TEST(defect(blocks, stack) == "");
}

BOOST_AUTO_TEST_CASE(products_stand_where_they_are_added) {
  // x0 w0 + x1 w1 + x2 w2
  Plan plan;
  plan.frames.push_back({0});
  for (int i = 0; i < 11; ++i) plan.boxes.push_back({60, 30, 0});
  constexpr std::uint32_t x[] = {0, 1, 2}, w[] = {3, 4, 5}, products[] = {6, 7, 9},
                          sums[] = {8, 10};
  for (std::size_t i = 0; i < 3; ++i) {
    plan.links.push_back({x[i], products[i]});
    plan.links.push_back({w[i], products[i]});
  }
  plan.links.insert(
      plan.links.end(),
      {{products[0], sums[0]}, {products[1], sums[0]}, {sums[0], sums[1]}, {products[2], sums[1]}});
  const Placed placed = place_in_layers(plan);
  BOOST_TEST(placed.boxes[products[2]].x == placed.boxes[sums[0]].x);
  BOOST_TEST(placed.boxes[w[2]].x == placed.boxes[products[0]].x);
}

BOOST_AUTO_TEST_CASE(lines_of_a_network_cross_little) {
  const Graph graph = network({4, 16, 16, 1}, false);
  Plan plan;
  plan.frames.push_back({0});
  plan.boxes.resize(graph.nodes.size(), {80, 40, 0});
  for (const GraphEdge& edge : graph.edges) plan.links.push_back({edge.from, edge.to});
  // dot of Graphviz 2.42 has 3,285.
  BOOST_TEST(place_in_layers(plan).crossings <= 3285u * 3 / 2);
}

BOOST_AUTO_TEST_CASE(lines_of_blocks_with_numbers_do_not_cross) {
  // y + tanh(y w + v) tanh(y v)
  Plan plan;
  plan.frames.push_back({0});
  plan.boxes.push_back({60, 30, 0});
  std::uint32_t y = 0;
  for (std::uint32_t block = 1; block <= 10; ++block) {
    plan.frames.push_back({0});
    const auto w = static_cast<std::uint32_t>(plan.boxes.size());
    for (int i = 0; i < 9; ++i) plan.boxes.push_back({60, 30, block});
    const std::uint32_t v = w + 1, yw = w + 2, sum = w + 3, first = w + 4, yv = w + 5,
                        second = w + 6, product = w + 7, next = w + 8;
    plan.links.insert(plan.links.end(), {{y, yw},
                                         {w, yw},
                                         {yw, sum},
                                         {v, sum},
                                         {sum, first},
                                         {y, yv},
                                         {v, yv},
                                         {yv, second},
                                         {first, product},
                                         {second, product},
                                         {y, next},
                                         {product, next}});
    y = next;
  }
  BOOST_TEST(place_in_layers(plan).crossings == 0u);
  for (Plan::Link& link : plan.links) link.label_width = 30, link.label_height = 11;
  BOOST_TEST(place_in_layers(plan).crossings == 0u);
}

BOOST_AUTO_TEST_CASE(what_could_stand_early_or_late_stands_early) {
  // What the first box leads to stands beside it, not before the end of a long way around.
  Plan plan;
  plan.frames.push_back({0});
  plan.boxes.resize(7, {60, 30, 0});
  plan.links = {{0, 1}, {1, 2}, {2, 3}, {3, 4}, {0, 5}, {4, 6}, {5, 6}};
  const Placed placed = place_in_layers(plan);
  BOOST_TEST(placed.boxes[5].x == placed.boxes[1].x);
}

BOOST_AUTO_TEST_CASE(lines_that_can_be_untangled_are) {
  // Binary trees whose boxes are numbered in a random order within each level.
  std::mt19937 random(14);
  for (int round = 0; round < 20; ++round) {
    Plan plan;
    plan.frames.push_back({0});
    std::vector<std::uint32_t> level;
    for (std::uint32_t width = 32; width > 0; width /= 2) {
      std::vector<std::uint32_t> next;
      for (std::uint32_t i = 0; i < width; ++i) {
        next.push_back(static_cast<std::uint32_t>(plan.boxes.size()));
        plan.boxes.push_back({40, 20, 0});
      }
      std::shuffle(level.begin(), level.end(), random);
      for (std::size_t i = 0; i < level.size(); ++i) plan.links.push_back({level[i], next[i / 2]});
      level = next;
    }
    BOOST_TEST(place_in_layers(plan).crossings == 0u);
  }
}

BOOST_AUTO_TEST_CASE(frames_have_room_for_their_titles) {
  Plan plan;
  plan.frames = {{0}, {0}, {1}};
  plan.boxes = {{60, 30, 1}, {60, 30, 2}, {60, 30, 2}};
  plan.links = {{0, 1}, {0, 2}};
  for (const bool in_front : {false, true}) {
    plan.titles_in_front = in_front;
    const Placed placed = place_in_layers(plan);
    BOOST_TEST(defect(plan, placed) == "");
    for (const std::uint32_t frame : {1U, 2U}) {
      const Area& area = placed.frames[frame][0];
      double left = area.right, top = area.bottom;
      for (std::size_t box = frame - 1; box < 3; ++box) {
        left = std::min(left, placed.boxes[box].x - 30);
        top = std::min(top, placed.boxes[box].y - 15);
      }
      BOOST_TEST((in_front ? left - area.left : top - area.top) >= 2 * plan.em);
    }
  }
}

BOOST_AUTO_TEST_CASE(rows_are_cut_between_frames) {
  Plan plan;
  plan.frames.push_back({0});
  for (std::uint32_t block = 1; block <= 30; ++block) {
    plan.frames.push_back({0});
    for (int k = 0; k < 4; ++k) {
      if (const auto next = static_cast<std::uint32_t>(plan.boxes.size()); next > 0)
        plan.links.push_back({next - 1, next});
      plan.boxes.push_back({60, 30, block});
    }
  }
  const Placed placed = place_in_layers(plan);
  BOOST_TEST(defect(plan, placed) == "");
  BOOST_TEST(placed.boxes.back().y > placed.boxes.front().y + 100);  // several rows
  for (std::uint32_t block = 1; block <= 30; ++block) BOOST_TEST(placed.frames[block].size() == 1u);
}

BOOST_AUTO_TEST_CASE(nothing_is_a_picture_too) {
  const Placed placed = place_in_layers({.boxes = {}, .links = {}, .frames = {{0}}});
  BOOST_TEST(placed.boxes.empty());
}

BOOST_AUTO_TEST_CASE(a_long_chain_needs_no_stack_and_little_time) {
  Plan plan;
  plan.frames.push_back({0});
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    plan.boxes.push_back({60, 30, 0});
    if (i > 0) plan.links.push_back({i - 1, i});
    if (i > 1) plan.links.push_back({0, i});  // one that all use
  }
  const Placed placed = place_in_layers(plan);
  BOOST_TEST(placed.lines.size() == plan.links.size());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(svg_writer)

BOOST_AUTO_TEST_CASE(is_well_formed_in_any_theme_and_direction) {
  for (const Theme theme : {Theme::light, Theme::dark, Theme::print}) {
    for (const bool left_to_right : {true, false}) {
      PictureOptions options;
      options.theme = theme;
      options.left_to_right = left_to_right;
      options.title = "two <lines> & \"quotes\"\nof a title";
      for (const Graph& graph : {neuron(), network({3, 4, 1}), chain(50), double_backward()}) {
        const std::string svg = to_svg(graph, options);
        BOOST_TEST(nabla::test::xml_defect(svg) == "");
        BOOST_TEST(svg == to_svg(graph, options));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(shows_what_dot_shows) {
  const Graph graph = neuron();
  const std::string svg = to_svg(graph);
  for (const GraphNode& node : graph.nodes)
    if (!node.name.empty()) BOOST_TEST(svg.find(">" + *node.name) != std::string::npos, *node.name);
  for (const char* part : {"value ", "grad  ", "dL/d", "\xC3\x97"})
    BOOST_TEST(svg.find(part) != std::string::npos, part);
  PictureOptions silent;
  silent.values = false;
  BOOST_TEST(to_svg(graph, silent).find("value ") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_lines_of_a_heading_stand_above_the_picture) {
  const std::string svg = to_svg(neuron(), {.title = "one\ntwo"});
  BOOST_TEST(svg.find("y=\"-16.5\">one</text>") != std::string::npos);
  BOOST_TEST(svg.find("y=\"-4\">two</text>") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_second_line_around_a_box_stays_in_its_frame) {
  Builder build;
  build.enter("net");
  build.op("tanh", 0.4, {{build.leaf("x", 0.5), 0.8}});
  const std::string svg = to_svg(build.finish());
  const std::vector<double> frame = numbers(between(svg, "<rect x=\"", "rx=").at(0));  // x y w h
  const std::string root = between(svg, "<g id=\"v1\" transform=\"translate(", "</g>").at(0);
  const std::vector<double> centre = numbers(root.substr(0, root.find(')')));
  const std::vector<double> ring = numbers(between(root, "<rect x=\"", "rx=").at(0));
  BOOST_TEST(centre[0] + ring[0] + ring[2] < frame[0] + frame[2]);
  BOOST_TEST(centre[1] + ring[1] + ring[3] < frame[1] + frame[3]);
}

BOOST_AUTO_TEST_CASE(a_dotted_line_leads_from_side_to_side_of_a_box_and_its_gradient) {
  for (const bool left_to_right : {true, false}) {
    PictureOptions options;
    options.left_to_right = left_to_right;
    const std::string svg = to_svg(double_backward(), options);
    const std::vector<std::string> lines =
        between(between(svg, "<g class=\"z\" fill=\"none\"", "</g>").at(0), "<path d=\"M", "\">");
    BOOST_TEST_REQUIRE(lines.size() == 2u);
    const std::pair<const char*, const char*> pairs[] = {{"v2", "v4"}, {"v0", "v5"}};
    for (std::size_t i = 0; i < 2; ++i) {
      std::string line = lines[i];
      std::ranges::replace(line, 'L', ' ');
      std::vector<double> ends = numbers(line);
      ends.erase(ends.begin() + 2, ends.end() - 2);
      for (const bool is_gradient : {false, true}) {
        const std::string id = is_gradient ? pairs[i].second : pairs[i].first;
        const std::string box =
            between(svg, "<g id=\"" + id + "\" transform=\"translate(", "</g>").at(0);
        const std::vector<double> centre = numbers(box.substr(0, box.find(')')));
        const std::vector<double> rect = numbers(between(box, "<rect x=\"", "/>").at(0));
        const std::size_t along = left_to_right ? 1 : 0, end = is_gradient ? 2 : 0;
        BOOST_TEST(ends[end + 1 - along] == centre[1 - along]);
        BOOST_TEST(std::abs(ends[end + along] - centre[along]) == rect[2 + along] / 2,
                   boost::test_tools::tolerance(0.01));  // a tenth of a point
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(dotted_lines_lead_around_other_boxes) {
  constexpr std::uint32_t kSteps = 5;
  Builder build;
  std::vector<std::uint32_t> h{build.leaf("x", 0.5)};
  for (std::uint32_t i = 0; i < kSteps; ++i)
    h.push_back(build.op("mul", 0.5, {{h.back(), 1.0}, {build.leaf("", 0.5), 1.0}}));
  build.level = 2;
  std::uint32_t g = build.op("seed", 1.0, {{h.back(), 1.0}});
  for (std::uint32_t i = kSteps; i-- > 0;) {
    g = build.op("mul", 0.5, {{g, 1.0}, {h[i], 1.0}});
    build.graph.adjoints.push_back({g, h[i]});
  }
  const Graph graph = build.finish();
  for (const bool left_to_right : {true, false}) {
    PictureOptions options;
    options.left_to_right = left_to_right;
    const std::string svg = to_svg(graph, options);
    std::vector<std::vector<double>> boxes;  // left, top, right, bottom
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      const std::string box =
          between(svg, fmt::format("<g id=\"v{}\" transform=\"translate(", i), "</g>").at(0);
      const std::vector<double> centre = numbers(box.substr(0, box.find(')')));
      const std::vector<double> rect = numbers(between(box, "<rect x=\"", "/>").at(0));
      boxes.push_back({centre[0] + rect[0], centre[1] + rect[1], centre[0] + rect[0] + rect[2],
                       centre[1] + rect[1] + rect[3]});
    }
    std::size_t bends = 0;
    for (std::string line : between(between(svg, "<g class=\"z\" fill=\"none\"", "</g>").at(0),
                                    "<path d=\"M", "\">")) {
      std::ranges::replace(line, 'L', ' ');
      const std::vector<double> points = numbers(line);
      for (std::size_t i = 0; i + 3 < points.size(); i += 2, ++bends)
        for (const std::vector<double>& box : boxes) {
          const auto [left, right] = std::minmax(points[i], points[i + 2]);
          const auto [top, bottom] = std::minmax(points[i + 1], points[i + 3]);
          const bool crosses = right > box[0] + 0.2 && left < box[2] - 0.2 &&
                               bottom > box[1] + 0.2 && top < box[3] - 0.2;
          BOOST_TEST(!crosses, line);
        }
    }
    BOOST_TEST(bends > 2 * kSteps);
  }
}

BOOST_AUTO_TEST_CASE(a_lane_is_a_band_with_a_title) {
  const std::string svg = to_svg(double_backward());
  BOOST_TEST(svg.find(">computation</text>") != std::string::npos);
  BOOST_TEST(svg.find(">its gradient</text>") != std::string::npos);
  BOOST_TEST(to_svg(neuron()).find(">computation</text>") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace nabla::viz::test
