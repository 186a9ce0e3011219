// SPDX-License-Identifier: MIT
#include "layered.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "layers.hpp"

namespace nabla::viz::detail {
namespace {

constexpr double kLongRow = 8.0;      // so many times as long as high is wrapped
constexpr double kAspect = 1.6;       // of what comes out of that
constexpr double kBetweenRows = 4.0;  // ems
constexpr double kAtCut = 0.5;        // ems between a box and the side of a frame that goes on

/// Where the layers stand along the computation, and in which row.
class Columns {
 public:
  Columns(const Plan& plan, const Layers& layers)
      : em_(plan.em),
        in_front_(plan.titles_in_front ? plan.title() : plan.padding()),
        behind_(plan.padding()),
        width_(layers.order.size()),
        left_(width_),
        row_(layers.order.size(), 0) {
    const std::size_t count = width_.size();
    std::vector<std::size_t> lines(count, 0);  // that arrive
    bool has_labels = false;
    for (std::uint32_t v = 0; v < layers.vertices.size(); ++v) {
      const Vertex& vertex = layers.vertices[v];
      width_[vertex.layer] = std::max(width_[vertex.layer], vertex.width);
      lines[vertex.layer] += layers.before.count(v);
      has_labels = has_labels || vertex.kind == Vertex::Kind::label;
    }
    find_insets(layers);
    double at = 0;
    for (std::size_t layer = 0; layer < count; ++layer) {
      if (layer > 0) {
        const double steep = std::min(8.0, 0.04 * static_cast<double>(lines[layer]));
        at += em_ * ((has_labels ? 1.6 : 3.5) + steep);
        at += behind_ * after_[layer - 1] + in_front_ * before_[layer];
      } else {
        at += in_front_ * before_[0];
      }
      left_[layer] = at;
      at += width_[layer];
    }
    length_ = at + behind_ * (count > 0 ? after_[count - 1] : 0);
  }

  /// Cuts the row into several, one below the other, if it is `height` high; rather between frames
  /// than through them.
  void wrap(const Layers& layers, double height) {
    if (length_ <= kLongRow * height || width_.size() < 2) return;
    const double rows = std::ceil(std::sqrt(length_ / (kAspect * (height + kBetweenRows * em_))));
    const std::vector<std::size_t> cut_frames = frames_before(layers);
    double most = length_ / rows;
    std::vector<std::size_t> starts = row_starts(most, cut_frames);
    // What does not fill its row must not become one row more.
    for (; static_cast<double>(starts.size()) > rows && most < length_; most *= 1.1)
      starts = row_starts(1.1 * most, cut_frames);
    double begin = 0, longest = 0;
    std::uint32_t row = 0;
    for (std::size_t layer = 0; layer < width_.size(); ++layer) {
      if (row + 1 < starts.size() && starts[row + 1] == layer) {
        begin = left_[layer] - in_front_ * before_[layer];
        ++row;
      }
      row_[layer] = row;
      left_[layer] -= begin;
      longest = std::max(longest, left_[layer] + width_[layer] + behind_ * after_[layer]);
    }
    length_ = longest;
  }

  /// Moves each row to its place below the one before; the first begins at 0.
  void stack(const Layers& layers, const Heights& heights) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    std::vector<double> top(row_.back() + 1, kInfinity), bottom(top.size(), -kInfinity);
    const auto hold = [&](std::size_t layer, double from, double to) {
      top[row_[layer]] = std::min(top[row_[layer]], from);
      bottom[row_[layer]] = std::max(bottom[row_[layer]], to);
    };
    for (std::size_t v = 0; v < layers.vertices.size(); ++v) {
      const double half = layers.vertices[v].height / 2;
      hold(layers.vertices[v].layer, heights.centre[v] - half, heights.centre[v] + half);
    }
    for (std::size_t frame = 1; frame < layers.parent.size(); ++frame) {
      if (layers.first[frame] > layers.last[frame]) continue;
      for (std::uint32_t row = row_[layers.first[frame]]; row <= row_[layers.last[frame]]; ++row) {
        top[row] = std::min(top[row], heights.top[frame]);
        bottom[row] = std::max(bottom[row], heights.bottom[frame]);
      }
    }
    double at = 0;
    for (std::size_t row = 0; row < top.size(); ++row) {
      row_top_.push_back(at);
      shift_.push_back(at - top[row]);
      at += bottom[row] - top[row] + kBetweenRows * em_;
    }
    height_ = at - kBetweenRows * em_;
  }

  [[nodiscard]] std::uint32_t row(std::size_t layer) const { return row_[layer]; }
  [[nodiscard]] double left(std::size_t layer) const { return left_[layer]; }
  [[nodiscard]] double right(std::size_t layer) const { return left_[layer] + width_[layer]; }
  [[nodiscard]] double middle(std::size_t layer) const { return left_[layer] + width_[layer] / 2; }
  [[nodiscard]] double shift(std::size_t layer) const { return shift_[row_[layer]]; }
  [[nodiscard]] double top_of_row(std::size_t layer) const { return row_top_[row_[layer]]; }
  [[nodiscard]] bool is_wrapped() const { return row_.back() > 0; }
  [[nodiscard]] double length() const { return length_; }
  [[nodiscard]] double height() const { return height_; }

  /// The parts of a frame, one in each row.
  [[nodiscard]] std::vector<Area> areas(const Layers& layers, std::uint32_t frame, double top,
                                        double bottom) const {
    std::vector<Area> areas;
    const std::uint32_t first = layers.first[frame], last = layers.last[frame];
    for (std::uint32_t from = first; from <= last;) {
      std::uint32_t to = from;
      while (to < last && row_[to + 1] == row_[from]) ++to;
      areas.push_back(
          {left_[from] - (from == first ? in_front_ * inset_first_[frame] : kAtCut * em_),
           top + shift(from),
           right(to) + (to == last ? behind_ * inset_last_[frame] : kAtCut * em_),
           bottom + shift(from)});
      from = to + 1;
    }
    return areas;
  }

 private:
  // How many frames a cut before each layer would go through. Lanes do not count.
  [[nodiscard]] static std::vector<std::size_t> frames_before(const Layers& layers) {
    std::vector<std::size_t> count(layers.order.size() + 1, 0);
    for (std::size_t frame = 1; frame < layers.parent.size(); ++frame) {
      if (layers.first[frame] > layers.last[frame]) continue;
      ++count[layers.first[frame] + 1];
      --count[layers.last[frame] + 1];
    }
    for (std::size_t i = 1; i < count.size(); ++i) count[i] += count[i - 1];
    return count;
  }

  // The first layer of each row, if no row is longer than `most`: the last in the second half of what
  // fits before which the fewest frames are cut.
  [[nodiscard]] std::vector<std::size_t> row_starts(double most,
                                                    const std::vector<std::size_t>& cut) const {
    std::vector<std::size_t> starts{0};
    double begin = 0;
    std::size_t best = 0;
    for (std::size_t layer = 1; layer < width_.size(); ++layer) {
      const bool fits = left_[layer] + width_[layer] - begin <= most;
      if (!fits) {
        starts.push_back(best > starts.back() ? best : layer);
        begin = left_[starts.back()] - in_front_ * before_[starts.back()];
        layer = starts.back();
        best = 0;
      } else if (left_[layer] - begin > most / 2 && (best == 0 || cut[layer] <= cut[best])) {
        best = layer;
      }
    }
    return starts;
  }

  // How many frames nest inside each one where it begins and where it ends, itself included.
  void find_insets(const Layers& layers) {
    before_.assign(width_.size(), 0);
    after_.assign(width_.size(), 0);
    inset_first_.assign(layers.parent.size(), 1);
    inset_last_.assign(layers.parent.size(), 1);
    for (std::size_t frame = layers.parent.size(); frame-- > 1;) {
      if (layers.first[frame] > layers.last[frame]) continue;
      const std::uint32_t parent = layers.parent[frame];
      before_[layers.first[frame]] = std::max(before_[layers.first[frame]], inset_first_[frame]);
      after_[layers.last[frame]] = std::max(after_[layers.last[frame]], inset_last_[frame]);
      if (layers.first[parent] == layers.first[frame])
        inset_first_[parent] = std::max(inset_first_[parent], inset_first_[frame] + 1);
      if (layers.last[parent] == layers.last[frame])
        inset_last_[parent] = std::max(inset_last_[parent], inset_last_[frame] + 1);
    }
    if (!layers.has_lanes || before_.empty()) return;
    // Lanes begin and end together.
    for (std::size_t frame = 1; frame < layers.parent.size(); ++frame) {
      if (layers.parent[frame] != 0) continue;
      inset_first_[frame] = before_.front();
      inset_last_[frame] = after_.back();
    }
  }

  double em_;
  double in_front_, behind_;  // the boxes of a frame
  std::vector<double> width_, left_;
  std::vector<std::uint32_t> row_;
  std::vector<int> before_, after_, inset_first_, inset_last_;
  std::vector<double> shift_, row_top_;  // of rows
  double length_ = 0, height_ = 0;
};

// Lines that arrive at one box do so at places of their own, in the order in which they come.
class Ports {
 public:
  Ports(const Plan& plan, const Layers& layers, const Heights& heights)
      : shift_(plan.links.size(), 0) {
    std::vector<std::vector<std::uint32_t>> arriving(plan.boxes.size());
    for (std::uint32_t i = 0; i < plan.links.size(); ++i)
      if (plan.links[i].from != plan.links[i].to) arriving[plan.links[i].to].push_back(i);
    for (std::size_t box = 0; box < arriving.size(); ++box) {
      std::vector<std::uint32_t>& links = arriving[box];
      if (links.size() < 2) continue;
      const auto comes_from = [&](std::uint32_t i) {
        const Plan::Link& link = plan.links[i];
        const std::vector<std::uint32_t>& path = layers.paths[i].vertices;
        if (path.empty()) return heights.centre[link.from];
        return heights.centre[link.from < link.to ? path.back() : path.front()];
      };
      std::ranges::stable_sort(links, {}, comes_from);
      const double room = 0.7 * plan.boxes[box].height;
      const double step = std::min(room / static_cast<double>(links.size() - 1), 0.9 * plan.em);
      for (std::size_t k = 0; k < links.size(); ++k)
        shift_[links[k]] =
            step * (static_cast<double>(k) - static_cast<double>(links.size() - 1) / 2);
    }
  }
  [[nodiscard]] double shift(std::size_t link) const { return shift_[link]; }

 private:
  std::vector<double> shift_;
};

class Drawing {
 public:
  Drawing(const Plan& plan, const Layers& layers, const Heights& heights, const Columns& columns)
      : plan_(plan), layers_(layers), heights_(heights), columns_(columns) {}

  [[nodiscard]] Place centre(std::uint32_t vertex) const {
    const std::uint32_t layer = layers_.vertices[vertex].layer;
    return {columns_.middle(layer), heights_.centre[vertex] + columns_.shift(layer)};
  }

  [[nodiscard]] Line line(std::uint32_t index, double shift) const {
    Line line;
    const Plan::Link& link = plan_.links[index];
    if (link.from == link.to) return line;
    const bool backwards = link.from > link.to;
    const bool is_branch = layers_.paths[index].is_branch;
    std::vector<std::uint32_t> path = layers_.paths[index].vertices;
    if (backwards) std::ranges::reverse(path);
    const auto side = [&](std::uint32_t box, bool right) {
      const Place at = centre(box);
      const double half = plan_.boxes[box].width / 2;
      return Place{at.x + (right ? half : -half), at.y};
    };
    std::uint32_t layer = layers_.vertices[link.from].layer;
    if (!is_branch) line.points.push_back(side(link.from, !backwards));
    for (const std::uint32_t v : path) {
      const Vertex& vertex = layers_.vertices[v];
      const Place at = centre(v);
      if (!line.points.empty()) turn(line, layer, vertex.layer, at.y);
      const bool is_label = vertex.kind == Vertex::Kind::label;
      const double half = is_label
                              ? vertex.width / 2
                              : (columns_.right(vertex.layer) - columns_.left(vertex.layer)) / 2;
      const bool begins = line.points.empty();
      if (!begins) line.points.push_back({at.x + (backwards ? half : -half), at.y});
      if (is_label) {
        line.second = line.points.size();
        line.label = at;
      }
      line.points.push_back({at.x + (backwards ? -half : half), at.y});
      layer = vertex.layer;
    }
    Place end = side(link.to, backwards);
    end.y += shift;
    turn(line, layer, layers_.vertices[link.to].layer, end.y);
    line.points.push_back(end);
    return line;
  }

 private:
  // From one row to the next: around the end, through the space between the rows.
  void turn(Line& line, std::uint32_t from, std::uint32_t to, double y) const {
    if (columns_.row(from) == columns_.row(to)) return;
    const double margin = 1.5 * plan_.em;
    const double right = columns_.length() + margin, left = -margin;
    const bool forward = from < to;
    const std::uint32_t later = std::max(from, to);
    const double between = columns_.top_of_row(later) - kBetweenRows / 2 * plan_.em;
    const double begin = forward ? right : left, end = forward ? left : right;
    for (const Place& place : {Place{begin, line.points.back().y}, Place{begin, between},
                               Place{end, between}, Place{end, y}})
      line.points.push_back(place);
  }

  const Plan& plan_;
  const Layers& layers_;
  const Heights& heights_;
  const Columns& columns_;
};

void move_right(Placed& placed, double by) {
  for (Place& box : placed.boxes) box.x += by;
  for (Line& line : placed.lines) {
    for (Place& point : line.points) point.x += by;
    line.label.x += by;
  }
  for (std::vector<Area>& areas : placed.frames)
    for (Area& area : areas) area.left += by, area.right += by;
}

}  // namespace

Placed place_in_layers(const Plan& plan) {
  Placed placed;
  placed.frames.resize(plan.frames.size());
  if (plan.boxes.empty()) return placed;
  Layers layers = make_layers(plan);
  placed.crossings = order_layers(layers);
  const Heights heights = place_across(plan, layers);
  double top = heights.centre[0], bottom = top;
  for (std::size_t v = 0; v < layers.vertices.size(); ++v) {
    top = std::min(top, heights.centre[v] - layers.vertices[v].height / 2);
    bottom = std::max(bottom, heights.centre[v] + layers.vertices[v].height / 2);
  }
  for (std::uint32_t frame = 1; frame < plan.frames.size(); ++frame) {
    if (layers.first[frame] > layers.last[frame]) continue;
    top = std::min(top, heights.top[frame]);
    bottom = std::max(bottom, heights.bottom[frame]);
  }
  Columns columns(plan, layers);
  columns.wrap(layers, bottom - top);
  columns.stack(layers, heights);
  const Drawing drawing(plan, layers, heights, columns);
  for (std::uint32_t box = 0; box < plan.boxes.size(); ++box)
    placed.boxes.push_back(drawing.centre(box));
  const Ports ports(plan, layers, heights);
  for (std::uint32_t link = 0; link < plan.links.size(); ++link)
    placed.lines.push_back(drawing.line(link, ports.shift(link)));
  for (std::uint32_t frame = 1; frame < plan.frames.size(); ++frame)
    if (layers.first[frame] <= layers.last[frame])
      placed.frames[frame] =
          columns.areas(layers, frame, heights.top[frame], heights.bottom[frame]);
  const double margin = columns.is_wrapped() ? 2 * plan.em : 0;
  placed.width = columns.length() + 2 * margin;
  placed.height = columns.height();
  move_right(placed, margin);
  return placed;
}

}  // namespace nabla::viz::detail
