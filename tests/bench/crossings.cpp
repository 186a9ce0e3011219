// SPDX-License-Identifier: MIT
#include "bench/crossings.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace nabla::bench {
namespace {

struct Point {
  double x = 0, y = 0;
};
struct Piece {
  Point a, b;  ///< from left to right
  std::size_t line;
};

Point between(const std::array<Point, 4>& curve, double t) {
  const double s = 1 - t;
  const double w[] = {s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t};
  Point at;
  for (std::size_t i = 0; i < 4; ++i) at.x += w[i] * curve[i].x, at.y += w[i] * curve[i].y;
  return at;
}

// The pieces of one path: M, L and C with absolute coordinates. The last part of ours is the head of
// the arrow.
class PathReader {
 public:
  PathReader(const std::string& path, bool has_head, std::size_t line, std::vector<Piece>& pieces)
      : at_(path.c_str()), line_(line), pieces_(pieces) {
    const char* const head = has_head ? std::strrchr(at_, 'M') : nullptr;
    char command = 'M';
    while (*at_ != '\0' && at_ != head) {
      if (std::strchr("MLC", *at_) != nullptr) command = *at_++;
      if (command == 'M') {
        now_ = point();
      } else if (command == 'L') {
        go_to(point());
      } else {
        const Point start = now_, first = point(), second = point(), end = point();
        constexpr int kPieces = 8;
        for (int i = 1; i <= kPieces; ++i)
          go_to(between({start, first, second, end}, static_cast<double>(i) / kPieces));
      }
    }
  }

 private:
  double number() {
    while (*at_ == ' ' || *at_ == ',') ++at_;
    char* end = nullptr;
    const double x = std::strtod(at_, &end);
    at_ = end == at_ ? at_ + std::strlen(at_) : end;  // not a number: the end
    return x;
  }
  Point point() {
    const double x = number();
    return {x, number()};
  }
  void go_to(Point to) {
    Piece piece{now_, to, line_};
    if (piece.a.x > piece.b.x) std::swap(piece.a, piece.b);
    pieces_.push_back(piece);
    now_ = to;
  }

  const char* at_;
  std::size_t line_;
  std::vector<Piece>& pieces_;
  Point now_;
};

// Of the turn from a to b to c.
double side(Point a, Point b, Point c) {
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}
bool cross(const Piece& p, const Piece& q) {
  return side(p.a, p.b, q.a) * side(p.a, p.b, q.b) < 0 &&
         side(q.a, q.b, p.a) * side(q.a, q.b, p.b) < 0;
}

void read_paths(std::string_view text, bool has_head, std::size_t& lines,
                std::vector<Piece>& pieces) {
  constexpr std::string_view kPath = " d=\"";
  for (std::size_t at = 0; (at = text.find(kPath, at)) != text.npos;) {
    at += kPath.size();
    const std::size_t end = text.find('"', at);
    PathReader(std::string(text.substr(at, end - at)), has_head, lines++, pieces);
    at = end;
  }
}

}  // namespace

std::size_t line_crossings(std::string_view svg) {
  std::vector<Piece> pieces;
  std::size_t lines = 0;
  for (const auto& [begin, has_head] :
       {std::pair{std::string_view("<g class=\"a\">"), true}, {"class=\"edge\">", false}}) {
    for (std::size_t at = 0; (at = svg.find(begin, at)) != svg.npos;) {
      const std::size_t end = std::min(svg.find("</g>", at), svg.size());
      read_paths(svg.substr(at, end - at), has_head, lines, pieces);
      at = end;
    }
  }
  std::ranges::sort(pieces, {}, [](const Piece& piece) { return piece.a.x; });
  std::size_t count = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i)
    for (std::size_t k = i + 1; k < pieces.size() && pieces[k].a.x <= pieces[i].b.x; ++k)
      if (pieces[i].line != pieces[k].line && cross(pieces[i], pieces[k])) ++count;
  return count;
}

}  // namespace nabla::bench
