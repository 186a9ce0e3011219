// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/nn/loss/scalar.hpp>

namespace nabla::nn {
namespace detail {

void throw_not_a_probability(std::string_view loss, double got) {
  throw DomainError(fmt::format("[{}] got {}, need a probability from 0 to 1", loss, got));
}
void throw_bad_target(std::string_view loss, double got) {
  throw DomainError(fmt::format("[{}] got the target {}, need one from 0 to 1", loss, got));
}
void throw_not_a_side(std::string_view loss, double got) {
  throw DomainError(fmt::format("[{}] got {}, need targets of -1 or 1", loss, got));
}

void check_option(std::string_view loss, bool good, std::string_view option, double got,
                  std::string_view needed) {
  if (good) return;
  throw DomainError(fmt::format("[{}] got {} {}, need {}", loss, option, got, needed));
}

void check_label(std::size_t label, std::size_t classes) {
  if (label >= classes)
    throw DomainError(fmt::format("[nll] got label {}, need 0 <= label < {}", label, classes));
}

void check_parameters(std::string_view regularizer, std::size_t count) {
  if (count == 0)
    throw ShapeError(fmt::format("[{}] got no parameters, need at least one", regularizer));
}

}  // namespace detail

Value bce(const Value& probability, double target) {
  detail::check_probability("bce", probability, target);
  return detail::binary_term(probability, target);
}

}  // namespace nabla::nn
