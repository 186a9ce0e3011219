// SPDX-License-Identifier: MIT
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <boost/test/unit_test.hpp>

#include <nabla/nabla.hpp>
#include <nabla/viz.hpp>

namespace nabla::viz::test {
namespace {

std::string saved_text(const auto& root, const std::filesystem::path& path) {
  save(root, path);
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  file.close();
  std::filesystem::remove(path);
  return text.str();
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(captured_graph)

BOOST_AUTO_TEST_CASE(a_value_is_explained_and_drawn_as_it_was_computed) {
  const Value a = variable(1.0, "a"), c = variable(3.0, "c");
  const Value y = tanh(a) + c * c * 2.0;
  const std::string text = saved_text(y, "value.txt");
  BOOST_TEST(has(text, "L   = t1 + t3"));
  BOOST_TEST(has(text, "running sum 6 + 6 = 12"));
  BOOST_TEST(has(saved_text(y, "value.dot"), "_ * 2"));
  BOOST_TEST(has(saved_text(y, "value.svg"), "</svg>"));
}

BOOST_AUTO_TEST_CASE(a_tensor_is_explained_and_drawn_as_it_was_computed) {
  const Tensor x = variable(tensor({0.5, -1.0, 2.0}), "x");
  const Tensor y = tanh(x).sum();
  BOOST_TEST(has(saved_text(y, "tensor.txt"), "= tanh(x)"));
  BOOST_TEST(has(saved_text(y, "tensor.svg"), "(3) float32"));
}

BOOST_AUTO_TEST_CASE(an_element_says_which_one_it_is) {
  const Tensor w = variable(tensor({{1, 2, 3}, {4, 5, 6}}, float64), "w");
  const Value y = element(w, {1, 2}) * element(w.sum(), {});
  const std::string picture = saved_text(y, "element.dot"), text = saved_text(y, "element.txt");
  BOOST_TEST(has(picture, "element [1, 2]\n"));
  BOOST_TEST(has(picture, "element\n"));
  BOOST_TEST(has(text, "= w[1, 2]"));
  BOOST_TEST(has(text, "= element(t"));
}

BOOST_AUTO_TEST_CASE(stacked_constants_are_shown) {
  const Value a = variable(2.0, "a");
  const std::string few = saved_text((stack({a, Value(5.0)}) * 2.0).sum(), "stack.dot");
  BOOST_TEST(has(few, "stack_values(_, 5)"));
  const Tensor many = stack({a, Value(5.0), a * a, Value(7.5)});
  const std::string picture = saved_text(many.sum(), "stack.dot");
  BOOST_TEST(has(picture, "label=5"));
  BOOST_TEST(has(picture, "label=7.5"));
}

BOOST_AUTO_TEST_CASE(a_small_tensor_is_told_element_by_element) {
  const Tensor x = variable(tensor({{1, 2}, {3, 4}}, float64), "x");
  const Tensor b = variable(tensor({0.5}, float64), "b");
  const std::string text = saved_text((x * x + x + b).sum(), "small.txt");
  BOOST_TEST(has(text, "(2, 2) float64  [[1, 2], [3, 4]]"));
  BOOST_TEST(has(text, "dL/dt1 has arrived = [[1, 1], [1, 1]]\n"));
  BOOST_TEST(has(text, "running sum [[2, 3], [4, 5]]\n"));
  BOOST_TEST(has(text, "running sum [[3, 5], [7, 9]]\n"));
  BOOST_TEST(has(text, "  = 4\n"));
  BOOST_TEST(has(text, "dL/dx  = [[3, 5], [7, 9]]\n"));
}

BOOST_AUTO_TEST_CASE(a_large_tensor_is_told_by_norms) {
  const Tensor x = variable(full({3, 3}, 2.0, float64), "x");
  const std::string text = saved_text((x * x).sum(), "large.txt");
  BOOST_TEST(has(text, "dL/dt1 has arrived norm 3\n"));
  BOOST_TEST(has(text, "norm of this part 6\n"));
  BOOST_TEST(has(text, "norm of this part 6  norm of all 2 parts 12\n"));
  BOOST_TEST(has(text, "|dL/dx|  = 12\n"));
}

BOOST_AUTO_TEST_CASE(captured_graphs_go_through_json) {
  const Value a = variable(1.0, "a");
  const Value y = exp(a) * a;
  const Graph graph = capture(y);
  BOOST_TEST((from_json(to_json(graph)) == graph));
  const Graph tensors = capture(variable(tensor({0.5, -1.0}), "x").square().sum());
  BOOST_TEST(tensors.samples[tensors.edges[0].samples].size() == 2u);
  BOOST_TEST((from_json(to_json(tensors)) == tensors));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace nabla::viz::test
