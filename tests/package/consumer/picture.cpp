// SPDX-License-Identifier: MIT
#include <nabla/nabla.hpp>
#include <nabla/viz.hpp>

int main() {
  nabla::Value a = nabla::variable(3.0, "a");
  nabla::Value y = a * a;
  nabla::backward(y);
  nabla::viz::save(y, "picture.dot");
  nabla::viz::save(y, "picture.json");
  nabla::viz::save(y, "titled.dot", {.dot = {.title = "a square"}});
}
