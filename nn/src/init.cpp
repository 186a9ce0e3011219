// SPDX-License-Identifier: MIT
#include <cmath>

#include <fmt/format.h>

#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/nn/init.hpp>

namespace nabla::nn::init {
namespace {

struct Fans {
  double in;
  double out;
};

Fans fans(const Shape& shape, const char* name) {
  if (shape.rank() < 2)
    throw ShapeError(
        fmt::format("[{}] got shape {}, need (outputs, inputs, ...)", name, to_string(shape)));
  double field = 1.0;
  for (int axis = 2; axis < shape.rank(); ++axis) field *= static_cast<double>(shape[axis]);
  return {static_cast<double>(shape[1]) * field, static_cast<double>(shape[0]) * field};
}

/// A tensor whose elements are what `draw` gives, one after another.
template <class Draw>
Tensor filled(const Shape& shape, DType dtype, Draw draw) {
  Tensor result = empty(shape, dtype);
  visit_dtype(dtype, [&]<class T>(T) {
    for (T& element : result.mutable_data<T>()) element = static_cast<T>(draw());
  });
  return result;
}

}  // namespace

Initializer zeros() { return constant(0.0); }

Initializer constant(double value) {
  return [value](const Shape& shape, DType dtype, Random&) { return full(shape, value, dtype); };
}

Initializer normal(double mean, double deviation) {
  if (!(deviation >= 0.0))
    throw DomainError(fmt::format("[normal] got deviation {}, need at least 0", deviation));
  return [=](const Shape& shape, DType dtype, Random& random) {
    return filled(shape, dtype, [&] { return random.normal(mean, deviation); });
  };
}

Initializer uniform(double lower, double upper) {
  if (!(lower <= upper))
    throw DomainError(fmt::format("[uniform] got {} to {}, need lower <= upper", lower, upper));
  return [=](const Shape& shape, DType dtype, Random& random) {
    return filled(shape, dtype, [&] { return random.uniform(lower, upper); });
  };
}

Initializer xavier_uniform(double gain) {
  return [gain](const Shape& shape, DType dtype, Random& random) {
    const Fans fan = fans(shape, "xavier_uniform");
    const double bound = gain * std::sqrt(6.0 / (fan.in + fan.out));
    return uniform(-bound, bound)(shape, dtype, random);
  };
}

Initializer xavier_normal(double gain) {
  return [gain](const Shape& shape, DType dtype, Random& random) {
    const Fans fan = fans(shape, "xavier_normal");
    return normal(0.0, gain * std::sqrt(2.0 / (fan.in + fan.out)))(shape, dtype, random);
  };
}

Initializer kaiming_uniform(double gain) {
  return [gain](const Shape& shape, DType dtype, Random& random) {
    const double bound = gain * std::sqrt(3.0 / fans(shape, "kaiming_uniform").in);
    return uniform(-bound, bound)(shape, dtype, random);
  };
}

Initializer kaiming_normal(double gain) {
  return [gain](const Shape& shape, DType dtype, Random& random) {
    return normal(0.0, gain / std::sqrt(fans(shape, "kaiming_normal").in))(shape, dtype, random);
  };
}

}  // namespace nabla::nn::init
