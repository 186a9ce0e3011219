// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/error.hpp>
#include <nabla/viz/plot.hpp>

#include "support/xml.hpp"
#include "viz/pick.hpp"

namespace nabla::viz::test {

using nabla::test::xml_defect;

namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Series curve(std::size_t length, double (*f)(double)) {
  Series series{"curve", {}, {}};
  for (std::size_t i = 0; i < length; ++i) {
    series.x.push_back(static_cast<double>(i));
    series.y.push_back(f(static_cast<double>(i)));
  }
  return series;
}

constexpr auto kContour = "<path stroke=\"#3b82b5\"";

// "x,y x,y ..." as points.
std::vector<Point> points_of(const std::string& text) {
  const std::vector<double> pairs = numbers(text);
  std::vector<Point> points;
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) points.push_back({pairs[i], pairs[i + 1]});
  return points;
}

// The path data of each contour line.
std::vector<std::string> contours(const std::string& svg) {
  std::vector<std::string> result;
  for (const std::string& path : between(svg, kContour, "</path>")) {
    result.push_back(between(path, " d=\"", "\"").at(0));
  }
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(plot)

BOOST_AUTO_TEST_CASE(a_curve_has_title_labels_round_ticks_and_all_its_points) {
  const std::string svg = line_plot({curve(11, [](double x) { return x * x; })},
                                    {.title = "squares", .x_label = "x", .y_label = "y"});
  BOOST_TEST(xml_defect(svg) == "");
  for (const char* text : {">squares<", ">x<", ">y<", ">0<", ">10<", ">20<", ">100<", ">curve<"}) {
    BOOST_TEST(has(svg, text), text);
  }
  BOOST_TEST(points_of(between(svg, "points=\"", "\"").at(0)).size() == 11u);
}

BOOST_AUTO_TEST_CASE(an_axis_of_whole_numbers_has_ticks_at_them_only) {
  const auto ticks = [](std::vector<double> x) {
    const std::size_t count = x.size();
    const std::string svg =
        line_plot({{"", x, std::vector<double>(count, 0.0)}}, {.whole_x = true});
    return between(svg, "text-anchor=\"middle\">", "<");
  };
  BOOST_TEST(ticks({1}) == (std::vector<std::string>{"1"}), boost::test_tools::per_element());
  BOOST_TEST(ticks({1, 2}) == (std::vector<std::string>{"1", "2"}),
             boost::test_tools::per_element());
  BOOST_TEST(ticks({1, 2, 3, 4}) == (std::vector<std::string>{"1", "2", "3", "4"}),
             boost::test_tools::per_element());
  BOOST_TEST(ticks({1, 60}).size() < 10u);
}

BOOST_AUTO_TEST_CASE(a_logarithmic_axis_has_decades) {
  const std::string svg =
      line_plot({curve(7, [](double x) { return std::pow(10.0, -x); })}, {.log_y = true});
  BOOST_TEST(has(svg, ">1e-05<"));
  BOOST_TEST(has(svg, ">0.1<"));
}

BOOST_AUTO_TEST_CASE(curves_differ_in_more_than_hue) {
  const Series a = curve(3, [](double x) { return x; });
  const std::string svg = line_plot({a, a});
  BOOST_TEST(has(svg, "stroke-dasharray=\"none\""));
  BOOST_TEST(has(svg, "stroke-dasharray=\"8 4\""));
}

BOOST_AUTO_TEST_CASE(points_that_cannot_be_drawn_interrupt_the_curve) {
  const double nan = std::nan("");
  const std::string svg = line_plot({{"", {0, 1, 2, 3, 4}, {1, 2, nan, 2, 1}}});
  BOOST_TEST(count(svg, "<polyline") == 2u);
  BOOST_TEST(!has(svg, "nan"));
  const std::string log = line_plot({{"", {0, 1, 2, 3, 4}, {1, 2, 0, 2, 1}}}, {.log_y = true});
  BOOST_TEST(count(log, "<polyline") == 2u);
  BOOST_TEST(!has(log, "inf"));
}

BOOST_AUTO_TEST_CASE(a_constant_and_a_single_point_can_be_drawn) {
  for (const Series& series : {Series{"", {0, 1}, {0, 0}}, Series{"", {5}, {1e-300}},
                               Series{"", {-1, 1}, {1e300, 1e300}}}) {
    const std::string svg = line_plot({series});
    BOOST_TEST(xml_defect(svg) == "");
    BOOST_TEST(!has(svg, "nan"));
    BOOST_TEST(!has(svg, "inf"));
  }
}

BOOST_AUTO_TEST_CASE(a_million_points_keep_their_peaks_in_a_small_file) {
  Series series = curve(1000000, [](double x) { return std::sin(x); });
  series.y[543210] = 50.0;
  const std::string svg = line_plot({series});
  BOOST_TEST(svg.size() < 100000u);
  BOOST_TEST(has(svg, ">50<"));
  double highest = 1e9;
  for (const Point& point : points_of(between(svg, "points=\"", "\"").at(0))) {
    highest = std::min(highest, point.y);
  }
  BOOST_TEST(highest < 60.0);  // pixels from the top: the one high point is still there
}

BOOST_AUTO_TEST_CASE(lengths_that_differ_are_refused) {
  BOOST_CHECK_EXCEPTION(
      (void)line_plot({{"loss", {1, 2}, {1}}}), ShapeError,
      [](const Error& error) { return has(error.what(), "series \"loss\": got 2 x and 1 y"); });
}

BOOST_AUTO_TEST_CASE(nothing_to_draw_is_refused) {
  BOOST_CHECK_THROW((void)line_plot({}), DomainError);
  BOOST_CHECK_THROW((void)line_plot({{"", {1}, {-1}}}, {.log_y = true}), DomainError);
  BOOST_CHECK_THROW((void)line_plot({{"", {1}, {1}}}, {.width_pixels = 0}), DomainError);
}

BOOST_AUTO_TEST_CASE(contours_of_a_round_bowl_are_circles) {
  const PlotOptions square{.width_pixels = 500, .height_pixels = 500};
  const std::string svg = contour_plot([](double x, double y) { return x * x + y * y; }, {-1, 1},
                                       {-1, 1}, {}, {.plot = square, .levels = 1, .cells = 100});
  BOOST_TEST(xml_defect(svg) == "");
  // One line at half of the largest value 2: the circle of radius 1, in the corners' frame.
  const std::vector<double> frame =
      numbers(between(svg, "class=\"frame\" d=\"", "\"").at(0));  // left, top, right, bottom
  const double left = frame.at(0), top = frame.at(1);
  const double width = frame.at(2) - left, height = frame.at(3) - top;
  constexpr double kTolerance = 1e-3;  // the error of linear interpolation, (2/100)^2 / 8 * f''
  const std::vector<Point> points = points_of(contours(svg).at(0));
  BOOST_TEST(points.size() > 100u);
  for (const Point& point : points) {
    const double x = 2 * (point.x - left) / width - 1, y = 2 * (point.y - top) / height - 1;
    BOOST_TEST(std::abs(std::hypot(x, y) - 1.0) < kTolerance);
  }
}

BOOST_AUTO_TEST_CASE(a_closed_contour_is_one_line) {
  const std::string svg = contour_plot([](double x, double y) { return x * x + y * y; }, {-2, 2},
                                       {-2, 2}, {}, {.levels = 3});
  const std::string line = contours(svg).at(0);
  BOOST_TEST(std::count(line.begin(), line.end(), 'M') == 1);
}

BOOST_AUTO_TEST_CASE(a_saddle_keeps_its_branches_apart) {
  const std::string svg =
      contour_plot([](double x, double y) { return x * y; }, {-1, 1}, {-1, 1}, {}, {.levels = 4});
  BOOST_TEST(xml_defect(svg) == "");
  BOOST_TEST(count(svg, kContour) == 4u);
}

BOOST_AUTO_TEST_CASE(a_descent_path_is_drawn_with_its_points) {
  const std::string svg = contour_plot([](double x, double y) { return x * x + y * y; }, {-1, 1},
                                       {-1, 1}, {{0.9, 0.9}, {0.5, 0.5}, {0.1, 0.1}});
  BOOST_TEST(count(svg, "<circle") == 3u);
}

BOOST_AUTO_TEST_CASE(a_function_may_be_undefined_in_places) {
  const std::string svg = contour_plot([](double x, double y) { return std::log(x) + y; }, {-1, 1},
                                       {-1, 1}, {{-5, 1}, {NAN, 0}});
  BOOST_TEST(xml_defect(svg) == "");
  BOOST_TEST(!has(svg, "nan"));
}

BOOST_AUTO_TEST_CASE(ranges_and_options_out_of_bounds_are_refused) {
  const auto f = [](double x, double y) { return x + y; };
  BOOST_CHECK_THROW((void)contour_plot(f, {1, 1}, {0, 1}), DomainError);
  BOOST_CHECK_THROW((void)contour_plot(f, {0, NAN}, {0, 1}), DomainError);
  BOOST_CHECK_THROW((void)contour_plot(f, {0, 1}, {0, 1}, {}, {.levels = 0}), DomainError);
  BOOST_CHECK_THROW((void)contour_plot(f, {0, 1}, {0, 1}, {}, {.cells = 1}), DomainError);
  BOOST_CHECK_THROW((void)contour_plot([](double, double) { return NAN; }, {0, 1}, {0, 1}),
                    DomainError);
}

BOOST_AUTO_TEST_CASE(the_largest_and_the_smallest_numbers_have_their_places) {
  constexpr double kMax = std::numeric_limits<double>::max();
  constexpr double kMin = std::numeric_limits<double>::denorm_min();
  const std::vector<std::vector<double>> curves{{1.0, 1e60, 1e200, 1e307},
                                                {1.0, 1e-320, kMin},
                                                {kMin, 1.0, kMax},
                                                {kMax, kMax},
                                                {kMin, kMin}};
  for (const std::vector<double>& y : curves) {
    std::vector<double> x(y.size());
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<double>(i);
    const std::string svg = line_plot({{"", x, y}}, {.log_y = true});
    BOOST_TEST(!has(svg, "nan"));
    BOOST_TEST(!has(svg, "inf"));
    const std::size_t at = svg.find("<polyline points=\"") + 18;
    const std::vector<Point> points = points_of(svg.substr(at, svg.find('"', at) - at));
    BOOST_REQUIRE(points.size() == y.size());
    for (std::size_t i = 0; i < y.size(); ++i) {
      BOOST_TEST(points[i].y >= 0.0);
      BOOST_TEST(points[i].y <= 400.0);
      if (i > 0 && y[i] > y[i - 1]) BOOST_TEST(points[i].y < points[i - 1].y - 10.0);
    }
  }
  const std::string wide = line_plot({{"", {0, 1, 2}, {-kMax, 0.0, kMax}}});
  BOOST_TEST(!has(wide, "nan"));
  BOOST_TEST(!has(wide, "inf"));
  BOOST_TEST(has(wide, ">1e+308</text>"));
}

BOOST_AUTO_TEST_CASE(a_boundary_parts_the_plane_where_the_score_is_the_threshold) {
  const auto score = [](double x, double y) { return x + 0 * y; };
  const std::vector<PointClass> classes{{"below", {{-0.5, 0.0}, {NAN, 0.0}}},
                                        {"above", {{0.75, 0.5}}}};
  BoundaryOptions options{.threshold = 0.25, .cells = 16};
  options.plot.title = "x";
  const std::string svg = boundary_plot(score, {-1, 1}, {-1, 1}, classes, options);
  BOOST_TEST(xml_defect(svg) == "");
  BOOST_TEST(!has(svg, "nan"));
  BOOST_TEST(has(svg, ">below</text>"));
  // The frame says where -1 and 1 are; a quarter is at five eighths.
  const std::vector<double> frame = numbers(svg.substr(svg.find("class=\"frame\" d=\"M") + 18, 60));
  const double left = frame[0], right = frame[2];
  const std::size_t at = svg.find("stroke-width=\"2\" d=\"M") + 21;
  const std::vector<Point> line = points_of(svg.substr(at, svg.find('"', at) - at));
  BOOST_REQUIRE(line.size() >= 2U);
  for (const Point& point : line)
    BOOST_TEST(std::abs(point.x - (left + 0.625 * (right - left))) < 0.01);
  // A side each, and a mark for each finite point and each line of the legend.
  BOOST_TEST(has(svg, "fill=\"#0072B2\" fill-opacity"));
  BOOST_TEST(has(svg, "fill=\"#D55E00\" fill-opacity"));
}

BOOST_AUTO_TEST_CASE(a_boundary_needs_a_plane_and_a_threshold) {
  const auto score = [](double x, double y) { return x * y; };
  BOOST_CHECK_THROW((void)boundary_plot(score, {1, 1}, {0, 1}), DomainError);
  BOOST_CHECK_THROW((void)boundary_plot(score, {0, 1}, {0, 1}, {}, {.threshold = NAN}),
                    DomainError);
  BOOST_CHECK_THROW((void)boundary_plot(score, {0, 1}, {0, 1}, {}, {.cells = 1}), DomainError);
  const std::string nowhere = boundary_plot([](double, double) { return NAN; }, {0, 1}, {0, 1});
  BOOST_TEST(xml_defect(nowhere) == "");
  BOOST_TEST(!has(nowhere, "stroke-width=\"2\""));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace nabla::viz::test
