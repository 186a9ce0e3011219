// SPDX-License-Identifier: MIT
// Every op of the registry and every function made of ops is proven here by itself: a new op file, a new
// entry of all_compositions() is a new set of test cases.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/check/check_op.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/tape.hpp>
#include <nabla/ops/composition.hpp>
#include <nabla/ops/ops.hpp>
#include <nabla/ops/registry.hpp>

using namespace nabla;

namespace {

void check_order(const OpEntry& op, int order) {
  const check::OpReport report = check::check_op(op, {.order = order});
  BOOST_TEST(!report.checks.empty(), op.info->name << " has neither samples nor error cases");
  for (const check::OpCheck& check : report.checks) {
    const bool is_honest = is_inconclusive(check.verdict) && !check.is_required;
    BOOST_TEST((is_ok(check.verdict) || is_honest), op.info->name << ", " << check.sample << ", "
                                                                  << check.property << ": "
                                                                  << name_of(check.verdict) << "\n"
                                                                  << check.detail);
  }
}

/// Checks that a call is refused with a text that begins like this.
template <class F>
void refused(const F& call, const std::string& text) {
  BOOST_CHECK_EXCEPTION(static_cast<void>(call()), Error, [&](const Error& error) {
    BOOST_TEST(std::string(error.what()).substr(0, text.size()) == text);
    return true;
  });
}

/// The ops, then what is made of them.
std::vector<OpEntry> all_entries() {
  std::vector<OpEntry> entries;
  for (const OpEntry* op : all_ops()) entries.push_back(*op);
  for (const Composition& made : all_compositions()) entries.push_back(made.entry());
  return entries;
}

/// One test case for each of them, named as it is.
class CasePerOp : public boost::unit_test::test_unit_generator {
 public:
  explicit CasePerOp(int order) : order_(order) {}

  boost::unit_test::test_unit* next() const override {
    if (position_ == entries_.size()) return nullptr;
    const OpEntry& op = entries_[position_++];
    return boost::unit_test::make_test_case([op, order = order_] { check_order(op, order); },
                                            std::string(op.info->name), __FILE__, __LINE__);
  }

 private:
  int order_;
  std::vector<OpEntry> entries_ = all_entries();
  mutable std::size_t position_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(registry)

BOOST_AUTO_TEST_CASE(every_op_describes_itself) {
  BOOST_TEST(!all_ops().empty());
  for (const OpEntry* op : all_ops()) {
    BOOST_TEST(!op->info->name.empty());
    BOOST_TEST(!op->info->formula.empty(), op->info->name);
    BOOST_TEST(!op->info->gradient.empty(), op->info->name);
    BOOST_TEST(!op->info->accuracy.empty(), op->info->name);
    BOOST_TEST(find_op(op->info->name) == op);
  }
  BOOST_TEST(find_op("no such op") == nullptr);
}

BOOST_AUTO_TEST_CASE(every_op_has_a_sample_without_elements) {
  for (const OpEntry& op : all_entries()) {
    const std::vector<Sample> samples = op.samples();
    BOOST_TEST(std::ranges::any_of(samples,
                                   [](const Sample& sample) {
                                     return std::ranges::any_of(sample.inputs, [](const Tensor& x) {
                                       return is_floating(x.dtype()) && x.numel() == 0;
                                     });
                                   }),
               op.info->name << " is not tried on a tensor without elements");
  }
}

// Which takes none says so where numbers stand for the inputs of its samples.
BOOST_AUTO_TEST_CASE(every_op_has_a_sample_of_a_number_or_refuses_numbers) {
  for (const OpEntry& op : all_entries()) {
    const std::vector<Sample> samples = op.samples();
    const auto is_number = [](const Tensor& x) { return x.rank() == 0; };
    if (std::ranges::any_of(samples, [&](const Sample& sample) {
          return std::ranges::any_of(sample.inputs, is_number);
        }))
      continue;
    for (const Sample& sample : samples) {
      std::vector<Tensor> numbers;
      for (const Tensor& x : sample.inputs) numbers.push_back(full({}, 1.5, x.dtype()));
      const auto says_so = [&](const Error& error) {
        const std::string text = error.what();
        return text.find("()") != std::string::npos || text.find("number") != std::string::npos;
      };
      BOOST_TEST_CONTEXT(op.info->name << ", " << sample.description) {
        BOOST_CHECK_EXCEPTION(static_cast<void>(sample.apply(numbers)), Error, says_so);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(every_op_has_an_error_case) {
  for (const OpEntry& op : all_entries())
    BOOST_TEST((op.errors != nullptr && !op.errors().empty()), op.info->name);
}

BOOST_AUTO_TEST_CASE(a_function_made_of_ops_is_an_entry_without_a_form_for_numbers) {
  const Composition& made = all_compositions().front();
  const OpEntry entry = made.entry();
  BOOST_TEST(entry.info == &made.info);
  BOOST_TEST(entry.made_of == made.made_of);
  BOOST_TEST(entry.samples == made.samples);
  BOOST_TEST(entry.errors == made.errors);
  BOOST_TEST(entry.family == "made of ops");
  BOOST_TEST(!entry.has_scalar);
  BOOST_TEST(made.entry("loss").family == "loss");
  BOOST_TEST(all_ops().front()->made_of.empty());
}

BOOST_AUTO_TEST_CASE(parameters_that_are_given_replace_the_usual_ones) {
  for (const OpEntry* op : all_ops()) {
    if (op->parameters.empty()) continue;
    const auto arity = static_cast<std::size_t>(op->arity);
    const std::vector<Value> x(arity, 0.5);
    const std::vector<Tensor> t(arity, tensor(0.5, float64));
    std::vector<double> usual, other;
    for (const OpParameter& parameter : op->parameters) {
      usual.push_back(parameter.value);
      other.push_back(parameter.value + 1);
    }
    BOOST_TEST(op->scalar(x, usual).value() == op->scalar(x, {}).value(), op->info->name);
    BOOST_TEST(op->scalar(x, other).value() == op->tensor(t, other).item(), op->info->name);
  }
  const std::vector<Value> x{3.0};
  const std::vector<double> bounds{-2.0, 2.5}, order{2.0}, slope{0.25};
  BOOST_TEST(find_op("clamp")->scalar(x, bounds).value() == 2.5);
  BOOST_TEST(find_op("ldexp")->scalar(x, order).value() == 12.0);
  BOOST_TEST(find_op("polygamma")->scalar(x, order).value() == polygamma(2, x[0]).value());
  const std::vector<Value> below{-4.0};
  BOOST_TEST(find_op("leaky_relu")->scalar(below, slope).value() == -1.0);
}

BOOST_AUTO_TEST_CASE(parameters_that_do_not_fit_are_refused) {
  const std::vector<Value> x{3.0};
  const std::vector<double> one{1.0}, half{0.5}, huge{1e10};
  const auto says = [](const std::string& text) {
    return [text](const DomainError& error) { return error.what() == text; };
  };
  BOOST_CHECK_EXCEPTION(static_cast<void>(find_op("tanh")->scalar(x, one)), DomainError,
                        says("[tanh] got 1 parameter, need 0"));
  BOOST_CHECK_EXCEPTION(static_cast<void>(find_op("clamp")->scalar(x, one)), DomainError,
                        says("[clamp] got 1 parameter, need 2"));
  BOOST_CHECK_EXCEPTION(static_cast<void>(find_op("ldexp")->scalar(x, half)), DomainError,
                        says("[ldexp] n is 0.5, need a whole number"));
  BOOST_CHECK_EXCEPTION(
      static_cast<void>(find_op("ldexp")->scalar(x, huge)), DomainError,
      says("[ldexp] n is 10000000000, need a whole number from -2147483648 to 2147483647"));
}

BOOST_AUTO_TEST_CASE(functions_made_of_ops_name_themselves_in_errors) {
  const Tensor x = zeros({2, 3}), square = eye(3), index = tensor({0, 1}, int64);
  refused([&] { return masked_fill(x, Tensor(), 1); }, "[masked_fill] ");
  refused([&] { return clamp(x, square, x); },
          "[clamp] shapes do not broadcast: a is (2, 3), b is (3, 3)");
  refused([&] { return clamp(square, x, x); },
          "[clamp] shapes do not broadcast: a is (3, 3), b is (2, 3)");
  refused([&] { return index_put(x, {index}, square); }, "[index_put] ");
  refused([&] { return index_put(x, {index}, Tensor()); }, "[index_put] ");
  refused([&] { return softmax_cross_entropy(x, zeros({})); },
          "[softmax_cross_entropy] logits are (2, 3), targets are (), need (n, c) with labels");
}

BOOST_AUTO_TEST_CASE(index_add_and_index_put_name_themselves_in_errors) {
  const Tensor x = zeros({2, 3}), index = tensor({0, 1}, int64);
  refused([&] { return index_add(x, 0, index + 9, x); },
          "[index_add] index out of range: got 9, need 0 <= index < 2");
  refused([&] { return index_sum(x, 0, tensor({1}, int64), 2); },
          "[index_sum] x is (2, 3), index is (1,), need an index for each slice of axis 0");
}

BOOST_AUTO_TEST_CASE(products_of_batches_name_themselves_in_errors) {
  const Tensor a = zeros({1, 2, 3}), b = zeros({1, 3, 2});
  refused([&] { return baddbmm(a, a, b.to(float64)); },
          "[baddbmm] a is float32, b is float64, need the same floating type");
  refused([&] { return baddbmm(Tensor(), a, b); }, "[baddbmm] operand 0 is an empty Tensor");
}

BOOST_AUTO_TEST_CASE(functions_that_add_axes_name_themselves_in_errors) {
  const Tensor most = zeros({1, 1, 1, 1, 1, 1, 1, 1}), x = zeros({2, 3});
  const Tensor labels = most.to(int64);
  const std::string rest = " too many axes: got 9, need at most 8";
  refused([&] { return stack({most, most}); }, "[stack]" + rest);
  refused([&] { return diag_embed(most); }, "[diag_embed]" + rest);
  refused([&] { return one_hot(labels, 2); }, "[one_hot]" + rest);
  refused([&] { return embedding(x, labels); }, "[embedding]" + rest);
  refused([&] { return tile(x, {1, 1, 1, 1, 1, 1, 1, 1, 1}); }, "[tile]" + rest);
}

BOOST_AUTO_TEST_CASE(functions_by_another_name_name_themselves_in_errors) {
  const Tensor none;
  const std::string rest = " operand 0 is an empty Tensor: got one that was default-constructed";
  refused([&] { return clamp_min(none, 1); }, "[clamp_min]" + rest);
  refused([&] { return clamp_max(none, 1); }, "[clamp_max]" + rest);
  refused([&] { return amax(none); }, "[amax]" + rest);
  refused([&] { return amin(none); }, "[amin]" + rest);
  refused([&] { return roll(none, 1); }, "[roll]" + rest);
  refused([&] { return isnan(none); }, "[isnan]" + rest);
  refused([&] { return isinf(none); }, "[isinf]" + rest);
  refused([&] { return isfinite(none); }, "[isfinite]" + rest);
  refused([&] { return logical_and(none, none); }, "[logical_and]" + rest);
  refused([&] { return logical_or(none, none); }, "[logical_or]" + rest);
  refused([&] { return logical_not(none); }, "[logical_not]" + rest);
  refused([&] { return any(none); }, "[any]" + rest);
  refused([&] { return all(none); }, "[all]" + rest);
}

BOOST_AUTO_TEST_CASE(bounds_of_clamp_are_numbers) {
  const double nan = std::nan("");
  const Tape tape;
  const Value x = variable(0.5);
  const auto says = [](const std::string& text) {
    return [text](const DomainError& error) { return error.what() == text; };
  };
  BOOST_CHECK_EXCEPTION(static_cast<void>(Value(clamp(x, nan, 1))), DomainError,
                        says("[clamp] lo is not a number, need one"));
  BOOST_CHECK_EXCEPTION(static_cast<void>(clamp(ones({2}), 0, nan)), DomainError,
                        says("[clamp] hi is not a number, need one"));
  BOOST_CHECK_EXCEPTION(static_cast<void>(clamp_min(ones({2}), nan)), DomainError,
                        says("[clamp_min] lo is not a number, need one"));
  BOOST_CHECK_EXCEPTION(static_cast<void>(Value(clamp_max(x, nan))), DomainError,
                        says("[clamp_max] hi is not a number, need one"));
}

BOOST_AUTO_TEST_SUITE(order_1)
BOOST_AUTO_TU_REGISTRAR(cases)(CasePerOp(1), boost::unit_test::decorator::collector_t::instance());
BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(order_2)
BOOST_AUTO_TU_REGISTRAR(cases)(CasePerOp(2), boost::unit_test::decorator::collector_t::instance());
BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
