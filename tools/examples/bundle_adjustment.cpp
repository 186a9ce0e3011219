// SPDX-License-Identifier: MIT
// Where cameras stood and what they saw, from the pictures alone (bundle adjustment).
//
//   residual   r = project(camera, point) - what was seen      two numbers for each sighting
//   step       p <- p - (J^T J + m I)^-1 J^T r                 (Levenberg-Marquardt)
//
// A sighting knows one camera and one point, so a row of J has a handful of elements that are not
// zero, however many cameras and points there are. Where they stand and which rows or columns can be
// computed as one is found once; then J takes a few sweeps for all steps. Or all sightings are evaluations
// of one function of a camera and a point: a Program, which gives their blocks of J in vector registers.
//
// All is flat: a camera at c, turned by t, sees a point q at the depth z = 5 + (its distance along the
// line of sight), and its picture is how far q is aside over z, and 1 / z.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <fmt/core.h>

#include <nabla/nabla.hpp>

#include "lesson.hpp"
#include "solve.hpp"

using namespace nabla;

namespace {

constexpr std::size_t kCameras = 12, kPoints = 60, kNumbers = 3 * kCameras + 2 * kPoints;
constexpr std::size_t kViews = 4, kSightings = kViews * kPoints, kSighting = 5;

// The picture of a point: `camera` has three numbers, `point` two.
template <class T>
std::array<T, 2> picture(const T* camera, const T* point) {
  using std::cos;
  using std::sin;
  const T dx = point[0] - camera[0], dy = point[1] - camera[1];
  const T depth = 5.0 - dx * sin(camera[2]) + dy * cos(camera[2]);
  return {(dx * cos(camera[2]) + dy * sin(camera[2])) / depth, 1.0 / depth};
}

// Where the numbers of a sighting stand among all.
std::array<std::size_t, kSighting> places_of(std::size_t sighting) {
  const std::size_t j = sighting / kViews, camera = 3 * ((j + sighting % kViews) % kCameras);
  const std::size_t point = 3 * kCameras + 2 * j;
  return {camera, camera + 1, camera + 2, point, point + 1};
}

// The residuals of all sightings: each point is seen by four cameras. The first camera is known, or the
// whole scene could move and turn.
struct Residuals {
  std::vector<double> seen;

  template <class T>
  std::vector<T> operator()(const std::vector<T>& p) const {
    std::vector<T> residuals;
    for (std::size_t sighting = 0; sighting < kSightings; ++sighting) {
      const auto places = places_of(sighting);
      for (const T& number : picture(&p[places[0]], &p[places[3]])) {
        const std::size_t place = residuals.size();
        residuals.push_back(number - (seen.empty() ? 0.0 : seen[place]));
      }
    }
    for (std::size_t i = 0; i < 3; ++i) residuals.push_back(p[i] - 0.1);
    return residuals;
  }
};

// The blocks of J by a Program, and by a recording each; so few rows are done on one thread.
void compare_blocks(examples::Lesson& lesson, const std::vector<double>& p,
                    const SparseMatrix& jacobian) {
  std::vector<double> xs, ys(2 * kSightings), blocks(2 * kSighting * kSightings), others(blocks);
  for (std::size_t sighting = 0; sighting < kSightings; ++sighting)
    for (const std::size_t place : places_of(sighting)) xs.push_back(p[place]);
  const auto f = [](const auto& x) { return picture(&x[0], &x[3]); };
  const Program program = Program::record(f, std::span(xs).first(kSighting));
  program.values_and_jacobians(xs, ys, blocks);  // the first time it makes its steps
  const double ours = examples::milliseconds([&] { program.values_and_jacobians(xs, ys, blocks); });
  const double naive = examples::milliseconds([&] {
    Tape tape;
    const Mark start = tape.mark();
    std::vector<Value> x(kSighting);
    for (std::size_t i = 0; i < kSightings; ++i) {
      tape.add_variables(std::span(xs).subspan(i * kSighting, kSighting), x);
      tape.jacobian(f(x), x, std::span(others).subspan(2 * i * kSighting, 2 * kSighting));
      tape.rewind(start);
    }
  });
  fmt::print("  {} blocks of 2 x {}: {:.0f} ns each by a Program, {:.0f} ns recorded one by one\n",
             kSightings, kSighting, ours * 1e6 / kSightings, naive * 1e6 / kSightings);
  std::vector<double> expected;
  for (std::size_t row = 0; row < 2 * kSightings; ++row)
    for (const std::size_t place : places_of(row / 2)) expected.push_back(jacobian.at(row, place));
  lesson.claim("the blocks of a Program are the elements of the Jacobian", blocks, expected, 1e-14);
  lesson.claim("and so are those recorded one by one", others, expected, 1e-14);
}

}  // namespace

int main() {
  examples::Lesson lesson("cameras and points from pictures");
  std::vector<double> truth(kNumbers), p(kNumbers);
  for (std::size_t i = 0; i < kNumbers; ++i) {
    const double number = static_cast<double>(i);
    truth[i] = i < 3 ? 0.1 : 0.5 * std::sin(2.3 * number * number + number);
    p[i] = truth[i] + 0.02 * std::cos(5.0 * number * number);
  }
  const Residuals f{Residuals{}(truth)};

  const SparsePlan plan = plan_jacobian(f, p);
  const std::size_t rows = plan.pattern.row_count, elements = plan.pattern.columns.size();
  fmt::print("  J is {} x {}: {} of {} elements, {} colors of {}\n", rows, kNumbers, elements,
             rows * kNumbers, plan.coloring.count, plan.by_columns ? "columns" : "rows");
  SparseMatrix sparse;
  Tensor dense;
  const double sparse_ms = examples::milliseconds([&] { sparse = sparse_jacobian(f, p, plan); });
  const double dense_ms = examples::milliseconds([&] { dense = jacobian(f, p); });
  fmt::print("  {:.3f} ms by its plan, {:.3f} ms dense: {:.1f} times\n", sparse_ms, dense_ms,
             dense_ms / sparse_ms);
  lesson.claim("the elements are those of the dense Jacobian", sparse.dense().to_vector(),
               dense.to_vector(), 1e-14);
  compare_blocks(lesson, p, sparse);
  lesson.claim("a residual of a sighting has at most 5 elements", elements <= 5 * (rows - 3) + 3);
  lesson.claim("one evaluation in eight directions is enough", plan.coloring.count <= 8);

  double damping = 1e-3;
  for (int step = 0; step < 12; ++step) {
    const std::vector<double> r = f(p);
    fmt::print("  step {:2}   |r|^2 = {:.3e}\n", step, examples::squared(r));
    examples::NormalEquations normal(sparse_jacobian(f, p, plan), r);
    for (std::size_t i = 0; i < kNumbers; ++i) normal.at(i, i) += damping;
    const std::vector<double> change = normal.step();
    std::vector<double> next = p;
    for (std::size_t i = 0; i < kNumbers; ++i) next[i] -= change[i];
    const bool is_better = examples::squared(f(next)) < examples::squared(r);
    if (is_better) p = next;
    damping *= is_better ? 0.1 : 10.0;
  }
  lesson.claim("what was seen is explained: |r|^2", examples::squared(f(p)), 0.0, 1e-16);
  lesson.claim("the cameras and points are the true ones", p, truth, 1e-6);
  return lesson.status();
}
