// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include <fmt/core.h>

#include <nabla/check/gradcheck.hpp>
#include <nabla/check/recorded.hpp>
#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/recording.hpp>

#include "culprits.hpp"
#include "stopwatch.hpp"
#include "tensors.hpp"

namespace nabla::check {

namespace {

void write(Tensor parameter, std::span<const double> numbers) {
  visit_floating(parameter.dtype(), [&]<class T>(T) {
    const std::span<T> elements = parameter.mutable_data<T>();
    for (std::size_t i = 0; i < elements.size(); ++i) elements[i] = static_cast<T>(numbers[i]);
  });
}

/// The parameters' elements, put back bit for bit at the end.
class RestoredTensors {
 public:
  explicit RestoredTensors(std::span<const Tensor> parameters)
      : parameters_(parameters.begin(), parameters.end()) {
    for (const Tensor& parameter : parameters_) {
      visit_floating(parameter.dtype(), [&]<class T>(T) {
        const auto bytes = std::as_bytes(parameter.data<T>());
        before_.emplace_back(bytes.begin(), bytes.end());
      });
    }
  }
  ~RestoredTensors() { restore(); }
  RestoredTensors(const RestoredTensors&) = delete;
  RestoredTensors& operator=(const RestoredTensors&) = delete;

  void restore() {
    const NoGrad no_grad;
    for (std::size_t k = 0; k < parameters_.size(); ++k) {
      visit_floating(parameters_[k].dtype(), [&]<class T>(T) {
        const auto bytes = std::as_writable_bytes(parameters_[k].mutable_data<T>());
        if (!bytes.empty()) std::memcpy(bytes.data(), before_[k].data(), bytes.size());
      });
    }
  }

 private:
  std::vector<Tensor> parameters_;
  std::vector<std::vector<std::byte>> before_;
};

/// A loss as a function of the numbers in parameters that it holds.
class ModelProblem {
 public:
  ModelProblem(const std::function<Tensor()>& loss, std::span<const NamedParameter> all)
      : loss_(loss), parameters_(tensors_of(distinct(all))), restored_(parameters_) {
    const std::vector<NamedParameter> parameters = distinct(all);
    for (std::size_t k = 0; k < parameters.size(); ++k) {
      const std::string& name = parameters[k].name;
      Input input = detail::input_of(parameters_[k], fmt::format("parameter {}", k));
      if (!name.empty()) input.name = name;
      blocks_.inputs.push_back(std::move(input));
      const std::vector<double> numbers = detail::numbers_of(parameters_[k]);
      blocks_.at.insert(blocks_.at.end(), numbers.begin(), numbers.end());
      blocks_.is_float32 = blocks_.is_float32 || parameters_[k].dtype() == float32;
    }
    count_ = blocks_.at.size();
  }

  Problem first_order() {
    Problem problem = blocks_;
    problem.evaluate = [this](std::span<const double> x) {
      const NoGrad no_grad;
      write_all(x);
      return detail::numbers_of(loss_());
    };
    problem.gradient = [this](std::span<const double> upstream) {
      const EnableGrad enable_grad;
      restored_.restore();
      const std::vector<std::uint32_t> before = detail::versions_of(parameters_);
      const Tensor y = loss_();
      Gradient gradient = detail::gathered(
          detail::gradients_of(y, parameters_, upstream_of(y, upstream), false), parameters_);
      note_mutation(before, gradient);
      return gradient;
    };
    problem.rounding = [this](std::span<const double> upstream) {
      const Tensor y = at_point();
      return rounding_of(y, upstream_of(y, upstream));
    };
    return problem;
  }

  /// The gradient as a function of the parameters and of the upstream gradient.
  Problem second_order() {
    Problem problem = blocks_;
    const std::int64_t outputs = at_point().numel();
    for (std::int64_t j = 0; j < outputs; ++j) problem.at.push_back(1.0);
    problem.inputs.push_back({"upstream", {outputs}});
    problem.evaluate = [this](std::span<const double> x) {
      const EnableGrad enable_grad;
      write_all(x.first(count_));
      const Tensor y = loss_();
      const Tensor upstream = upstream_of(y, x.subspan(count_));
      return detail::gathered(detail::gradients_of(y, parameters_, upstream, false), parameters_)
          .values;
    };
    problem.gradient = [this](std::span<const double> v) {
      const EnableGrad enable_grad;
      const Tensor y = at_point();
      std::vector<Tensor> by = parameters_;
      by.push_back(variable(ones_like(y.detach())));
      return Gradient{detail::second_gradient(y, by, parameters_.size(), v), {}};
    };
    problem.rounding = [this](std::span<const double> v) {
      const EnableGrad enable_grad;
      const Tensor y = at_point();
      return detail::rounding_of_gradients(y, parameters_, variable(ones_like(y.detach())), v);
    };
    return problem;
  }

  /// The loss, recorded with the parameters as they are.
  [[nodiscard]] Tensor at_point() {
    restored_.restore();
    const EnableGrad enable_grad;
    return loss_();
  }
  [[nodiscard]] std::span<const Tensor> parameters() const { return parameters_; }
  /// What is checked, recorded: the loss, or its gradients.
  [[nodiscard]] std::vector<Tensor> roots(int order) {
    const Tensor y = at_point();
    if (order == 1 || !y.requires_grad()) return {y};
    const EnableGrad enable_grad;
    std::vector<Tensor> gradients =
        detail::gradients_of(y, parameters_, ones_like(y.detach()), true);
    std::erase_if(gradients, [](const Tensor& g) { return !g.defined() || !g.requires_grad(); });
    return gradients;
  }

 private:
  /// Each parameter once: weights may be tied.
  static std::vector<NamedParameter> distinct(std::span<const NamedParameter> parameters) {
    std::vector<NamedParameter> found;
    for (std::size_t k = 0; k < parameters.size(); ++k) {
      const NamedParameter& parameter = parameters[k];
      if (!parameter.tensor.requires_grad()) {
        throw GraphError(fmt::format(
            "[check_gradient] parameter {}: got a tensor that needs no gradient, need a variable; "
            "make it with variable(t)",
            k));
      }
      if (!parameter.tensor.is_contiguous()) {
        throw GraphError(
            fmt::format("[check_gradient] parameter {}: got a view with gaps between its elements, "
                        "need one that is contiguous",
                        k));
      }
      const bool is_known = std::ranges::any_of(found, [&](const NamedParameter& known) {
        return known.tensor.node() == parameter.tensor.node();
      });
      if (!is_known) found.push_back(parameter);
    }
    return found;
  }
  static std::vector<Tensor> tensors_of(std::span<const NamedParameter> parameters) {
    std::vector<Tensor> tensors;
    for (const NamedParameter& parameter : parameters) tensors.push_back(parameter.tensor);
    return tensors;
  }
  /// Remarks on parameters that the loss itself has changed: by the count of writes, and by the numbers.
  void note_mutation(std::span<const std::uint32_t> before, Gradient& gradient) const {
    const std::vector<std::uint32_t> after = detail::versions_of(parameters_);
    std::size_t first = 0;
    for (std::size_t k = 0; k < after.size(); ++k) {
      const std::vector<double> now = detail::numbers_of(parameters_[k]);
      if (before[k] != after[k] ||
          !detail::same_bits(now, std::span(blocks_.at).subspan(first, now.size())))
        gradient.remarks.push_back(
            {Verdict::input_mutated, k, "the loss changes this parameter in place"});
      first += now.size();
    }
  }
  void write_all(std::span<const double> x) const {
    const NoGrad no_grad;
    std::size_t first = 0;
    for (const Tensor& parameter : parameters_) {
      const auto count = static_cast<std::size_t>(parameter.numel());
      write(parameter, x.subspan(first, count));
      first += count;
    }
  }
  static Tensor upstream_of(const Tensor& y, std::span<const double> upstream) {
    return detail::tensor_from(upstream, y.shape(), y.dtype());
  }

  const std::function<Tensor()>& loss_;
  std::vector<Tensor> parameters_;
  RestoredTensors restored_;
  Problem blocks_;
  std::size_t count_ = 0;
};

}  // namespace

Report check_gradient(const std::function<Tensor()>& loss,
                      std::span<const NamedParameter> parameters, const Options& options) {
  if (options.order == 3) {
    const auto slope = [&] {
      const bool is_recorded = is_recording();
      const EnableGrad enable_grad;
      std::vector<Tensor> by;
      for (const NamedParameter& parameter : parameters) by.push_back(parameter.tensor);
      const Tensor along = detail::slope_along(loss(), by, options.seed);
      return is_recorded ? along : along.detach();
    };
    Options second = options;
    second.order = 2;
    Report report = check_gradient(slope, parameters, second);
    report.order = 3;
    report.reproducer.clear();  // it shows the slope, not the loss
    return report;
  }
  const detail::Stopwatch watch;
  ModelProblem model(loss, parameters);
  Problem problem = options.order == 2 ? model.second_order() : model.first_order();
  const auto record = [&] { return model.at_point(); };
  problem.is_float32 = problem.is_float32 || detail::records_float32(record);
  Report report = problem.is_float32
                      ? detail::check_single(problem, record, model.parameters(), options)
                      : check_problem(problem, options);
  if (detail::wants_culprits(report)) {
    detail::find_culprits(report, model.roots(options.order), options);
    if (report.culprits.empty() && options.order == 2)
      detail::find_second_order_culprits(report, model.roots(1), options);
  }
  report.milliseconds = watch.milliseconds();
  return report;
}

Report check_gradient(const std::function<Tensor()>& loss, std::span<const Tensor> parameters,
                      const Options& options) {
  std::vector<NamedParameter> named;
  for (const Tensor& parameter : parameters) named.push_back({{}, parameter});
  return check_gradient(loss, named, options);
}

}  // namespace nabla::check
