// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cctype>
#include <map>
#include <string>
#include <vector>

#include <fmt/core.h>

#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/einsum.hpp>
#include <nabla/ops/linalg/matmul.hpp>
#include <nabla/ops/reduction/sum.hpp>
#include <nabla/ops/view/broadcast_to.hpp>
#include <nabla/ops/view/diagonal.hpp>
#include <nabla/ops/view/permute.hpp>
#include <nabla/ops/view/reshape.hpp>

namespace nabla {
namespace {

// A tensor with a label for each axis: letters, and digits for the axes of "...", counted from the
// last one on, so that batches of different rank are aligned as in broadcasting.
struct Labelled {
  Tensor tensor;
  std::string labels;
};

bool has(const std::string& labels, char label) { return labels.find(label) != std::string::npos; }

// Labels of `all` for which `keep` holds.
template <class Keep>
std::string those(const std::string& all, Keep keep) {
  std::string some;
  std::copy_if(all.begin(), all.end(), std::back_inserter(some), keep);
  return some;
}

std::int64_t size_of(const Labelled& x, char label) {
  return x.tensor.size(static_cast<int>(x.labels.find(label)));
}
Shape sizes_of(const Labelled& x, const std::string& labels) {
  Shape shape;
  for (const char label : labels) shape = shape.inserted(shape.rank(), size_of(x, label));
  return shape;
}

// The axes in the order of `labels`, which are those of x.
Labelled permuted(const Labelled& x, const std::string& labels) {
  if (labels == x.labels) return x;
  std::vector<int> order;
  for (const char label : labels) order.push_back(static_cast<int>(x.labels.find(label)));
  return {permute(x.tensor, order), labels};
}

// Sums over the labels for which `keep` does not hold.
template <class Keep>
Labelled summed(const Labelled& x, Keep keep) {
  std::uint32_t mask = 0;
  for (std::size_t axis = 0; axis < x.labels.size(); ++axis)
    if (!keep(x.labels[axis])) mask |= 1u << axis;
  if (mask == 0) return x;
  op::Sum sum{};
  sum.mask = mask;
  return {record_structured(sum, x.tensor), those(x.labels, keep)};
}

// A label that comes twice becomes one axis, the diagonal of the two, at the end.
Labelled without_repetitions(Labelled x) {
  for (std::size_t first = 0; first < x.labels.size();) {
    const char label = x.labels[first];
    const std::size_t second = x.labels.find(label, first + 1);
    if (second == std::string::npos) {
      ++first;
      continue;
    }
    x.tensor = diagonal(x.tensor, 0, static_cast<int>(first), static_cast<int>(second));
    x.labels.erase(second, 1).erase(first, 1).push_back(label);
    first = 0;
  }
  return x;
}

// The product of two, summed over the labels that both have and `keep` does not hold for.
template <class Keep>
Labelled product(const Labelled& a, const Labelled& b, Keep keep) {
  const auto in_both = [&](char label) { return has(a.labels, label) && has(b.labels, label); };
  const std::string inner = those(a.labels, [&](char l) { return in_both(l) && !keep(l); });
  const std::string batch = those(a.labels, [&](char l) { return in_both(l) && keep(l); });
  const std::string left = those(a.labels, [&](char l) { return !in_both(l); });
  const std::string right = those(b.labels, [&](char l) { return !in_both(l); });
  const std::string labels = batch + left + right;
  const Labelled first = permuted(a, batch + left + inner);
  if (inner.empty()) {
    const Labelled second = permuted(b, batch + right);
    Shape spread = first.tensor.shape();
    for (std::size_t i = 0; i < right.size(); ++i) spread = spread.inserted(spread.rank(), 1);
    Shape behind = sizes_of(second, batch);
    for (std::size_t i = 0; i < left.size(); ++i) behind = behind.inserted(behind.rank(), 1);
    for (const char label : right) behind = behind.inserted(behind.rank(), size_of(second, label));
    return {first.tensor.reshape(spread) * second.tensor.reshape(behind), labels};
  }
  const Labelled second = permuted(b, batch + inner + right);
  const std::int64_t batches = sizes_of(a, batch).numel(), count = sizes_of(a, inner).numel();
  const std::int64_t rows = sizes_of(a, left).numel(), columns = sizes_of(b, right).numel();
  Shape whole = sizes_of(a, batch + left);
  for (const char label : right) whole = whole.inserted(whole.rank(), size_of(b, label));
  const Tensor matrices = matmul(first.tensor.reshape(Shape{batches, rows, count}),
                                 second.tensor.reshape(Shape{batches, count, columns}));
  return {matrices.reshape(whole), labels};
}

// An equation taken apart: a term for each operand, in which a dot stands for "...", and the result.
struct Equation {
  std::string_view text;
  std::vector<std::string> terms{1};
  std::string result;

  explicit Equation(std::string_view equation) : text(equation) {
    const std::size_t arrow = text.find("->");
    const std::string left = read(text.substr(0, arrow), true);
    for (const char c : left) {
      if (c == ',')
        terms.emplace_back();
      else
        terms.back().push_back(c);
    }
    if (arrow == std::string_view::npos) {
      deduce_result(left);
    } else {
      result = read(text.substr(arrow + 2), false);
      check_result(left);
    }
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw FormatError(fmt::format("[einsum] {} in \"{}\"", what, text));
  }
  std::string read(std::string_view side, bool has_terms) const {
    std::string plain;
    for (std::size_t i = 0; i < side.size(); ++i) {
      const char c = side[i];
      if (c == ' ') continue;
      const bool is_ellipsis = side.substr(i, 3) == "...";
      if (!is_ellipsis && !std::isalpha(static_cast<unsigned char>(c)) && !(has_terms && c == ','))
        fail(fmt::format("cannot read: got '{}', need letters, commas, \"...\" and \"->\"", c));
      if (is_ellipsis && has(plain.substr(plain.find_last_of(',') + 1), '.'))
        fail("got \"...\" twice for one operand, need it at most once");
      plain.push_back(c);
      if (is_ellipsis) i += 2;
    }
    return plain;
  }
  void deduce_result(const std::string& left) {
    result = has(left, '.') ? "." : "";
    for (char letter = 'A'; letter <= 'z'; ++letter)
      if (std::count(left.begin(), left.end(), letter) == 1) result += letter;
  }
  void check_result(const std::string& left) const {
    for (const char label : result) {
      if (std::count(result.begin(), result.end(), label) > 1)
        fail(fmt::format("got {} twice in the result, need each letter once", label));
      if (label != '.' && !has(left, label))
        fail(fmt::format("got {} in the result, need a letter that an operand has", label));
    }
  }
};

// The labels of an operand that has `rank` axes, with digits for "...".
std::string labels_of(const Equation& equation, std::size_t place, const Tensor& operand) {
  std::string labels = equation.terms[place];
  const std::size_t dots = labels.find('.');
  const int letters = static_cast<int>(labels.size()) - (dots == std::string::npos ? 0 : 1);
  const int batches = operand.rank() - letters;
  if (batches < 0 || (batches > 0 && dots == std::string::npos)) {
    throw ShapeError(fmt::format(
        "[einsum] operand {} is {}, need {}{} axes for \"{}\"", place, to_string(operand.shape()),
        dots == std::string::npos ? "" : "at least ", letters, equation.text));
  }
  if (dots == std::string::npos) return labels;
  std::string digits;
  for (int i = batches - 1; i >= 0; --i) digits += static_cast<char>('0' + i);
  return labels.replace(dots, 1, digits);
}

// The common size of each label; those of "..." may stretch from 1.
std::map<char, std::int64_t> common_sizes(const std::vector<Labelled>& operands) {
  std::map<char, std::int64_t> sizes;
  std::map<char, std::size_t> owner;
  for (std::size_t place = 0; place < operands.size(); ++place) {
    const Labelled& x = operands[place];
    for (std::size_t axis = 0; axis < x.labels.size(); ++axis) {
      const char label = x.labels[axis];
      const std::int64_t size = x.tensor.size(static_cast<int>(axis));
      const auto [found, is_new] = sizes.emplace(label, size);
      if (is_new) owner[label] = place;
      const bool is_letter = std::isalpha(static_cast<unsigned char>(label)) != 0;
      if (!is_letter && found->second == 1) found->second = size;
      if (found->second == size || (!is_letter && size == 1)) continue;
      throw ShapeError(
          fmt::format("[einsum] sizes of {} differ: operand {} is {}, operand {} is {}, need {}",
                      is_letter ? std::string(1, label) : "\"...\"", owner[label],
                      to_string(operands[owner[label]].tensor.shape()), place,
                      to_string(x.tensor.shape()), is_letter ? "equal ones" : "equal ones or 1"));
    }
  }
  return sizes;
}

std::vector<Labelled> labelled(const Equation& equation, std::span<const Tensor> operands) {
  if (operands.size() != equation.terms.size()) {
    throw ShapeError(fmt::format("[einsum] got {} operands, need {} for \"{}\"", operands.size(),
                                 equation.terms.size(), equation.text));
  }
  std::vector<Labelled> all;
  for (std::size_t place = 0; place < operands.size(); ++place) {
    const Tensor& x = detail::defined(operands[place], "einsum");
    if (!is_floating(x.dtype())) detail::throw_not_floating(x, "einsum");
    detail::check_same_floating(operands[0], x, "einsum");
    all.push_back({x, labels_of(equation, place, x)});
  }
  const std::map<char, std::int64_t> sizes = common_sizes(all);
  for (Labelled& x : all) {
    Shape stretched;
    for (const char label : x.labels)
      stretched = stretched.inserted(stretched.rank(), sizes.at(label));
    x = without_repetitions({broadcast_to(x.tensor, stretched), x.labels});
  }
  return all;
}

}  // namespace

Tensor einsum(std::string_view text, std::span<const Tensor> operands) {
  const Equation equation(text);
  std::vector<Labelled> all = labelled(equation, operands);
  std::string result = equation.result;
  if (const std::size_t dots = result.find('.'); dots != std::string::npos) {
    std::string digits;
    for (char digit = '7'; digit >= '0'; --digit)
      if (std::ranges::any_of(all, [&](const Labelled& x) { return has(x.labels, digit); }))
        digits += digit;
    result.replace(dots, 1, digits);
  }
  Labelled left = all[0];
  for (std::size_t next = 1; next < all.size(); ++next) {
    const auto is_needed = [&](char label) {
      return has(result, label) ||
             std::any_of(all.begin() + static_cast<std::ptrdiff_t>(next) + 1, all.end(),
                         [&](const Labelled& x) { return has(x.labels, label); });
    };
    const Labelled& right = all[next];
    left = product(summed(left, [&](char l) { return is_needed(l) || has(right.labels, l); }),
                   summed(right, [&](char l) { return is_needed(l) || has(left.labels, l); }),
                   is_needed);
  }
  left = summed(left, [&](char label) { return has(result, label); });
  return permuted(left, result).tensor;
}

}  // namespace nabla
