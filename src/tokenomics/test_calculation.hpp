// A reader of calculations such as a derivation writes, for tests: "min(floor(8*floor(2/8)/1), 8 - 1)^-0.5".
//
// What is written has eight digits, so a result is a range: from the least to the most that the numbers can
// have meant. A comparison with it is exact where cancellation makes the text vague.
#pragma once

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace berth::tokenomics {

struct Range {
  double least = 0;
  double most = 0;

  bool holds(double value) const {
    // The last digits of floating point, beside those of the text.
    const double slack = 1e-9 * std::max({std::abs(least), std::abs(most), std::abs(value)}) + 1e-300;
    return least - slack <= value && value <= most + slack;
  }
  /// Says something: the range is a narrow one.
  bool narrow() const { return most - least <= 1e-4 * std::max(std::abs(least), std::abs(most)); }
};

class Calculation {
 public:
  /// Empty when the text is no calculation from end to end.
  static std::optional<Range> result(std::string_view text) {
    Calculation reader(text);
    const Range range = reader.sum();
    if (reader.failed_ || !reader.rest_.empty()) return std::nullopt;
    return range;
  }

 private:
  explicit Calculation(std::string_view text) : rest_(text) {}

  static Range around(std::initializer_list<double> ends) {
    Range range{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
    for (const double end : ends) {
      // 0*inf and inf - inf: nothing is known.
      if (std::isnan(end)) return anything();
      range = {std::min(range.least, end), std::max(range.most, end)};
    }
    return range;
  }
  static Range anything() {
    return {-std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
  }

  void skip_blanks() {
    while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
  }
  bool take(char sign) {
    skip_blanks();
    if (rest_.empty() || rest_.front() != sign) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char sign) { failed_ = !take(sign) || failed_; }

  Range sum() {
    Range left = product();
    while (!failed_) {
      if (take('+')) {
        const Range right = product();
        left = {left.least + right.least, left.most + right.most};
      } else if (take('-')) {
        const Range right = product();
        left = {left.least - right.most, left.most - right.least};
      } else {
        break;
      }
    }
    skip_blanks();
    return left;
  }

  Range product() {
    Range left = signed_power();
    while (!failed_) {
      if (take('*')) {
        const Range right = signed_power();
        left = around({left.least * right.least, left.least * right.most, left.most * right.least,
                       left.most * right.most});
      } else if (take('/')) {
        const Range right = signed_power();
        if (right.least <= 0 && right.most >= 0) {
          left = anything();
        } else {
          left = around({left.least / right.least, left.least / right.most, left.most / right.least,
                         left.most / right.most});
        }
      } else {
        break;
      }
    }
    return left;
  }

  Range signed_power() {
    if (take('-')) {
      const Range range = signed_power();
      return {-range.most, -range.least};
    }
    const Range base = atom();
    if (!take('^')) return base;
    const Range exponent = signed_power();
    if (base.least < 0) return anything();
    return around({std::pow(base.least, exponent.least), std::pow(base.least, exponent.most),
                   std::pow(base.most, exponent.least), std::pow(base.most, exponent.most)});
  }

  Range atom() {
    skip_blanks();
    if (take('(')) {
      const Range inner = sum();
      expect(')');
      return inner;
    }
    if (!rest_.empty() && std::isalpha(static_cast<unsigned char>(rest_.front())) != 0) return function();
    return number();
  }

  Range function() {
    std::size_t length = 0;
    while (length < rest_.size() && std::isalpha(static_cast<unsigned char>(rest_[length])) != 0) ++length;
    const auto name = rest_.substr(0, length);
    rest_.remove_prefix(length);
    expect('(');
    Range range = sum();
    const bool of_two = name == "min" || name == "max";
    if (of_two) {
      expect(',');
      const Range other = sum();
      range = name == "min" ? Range{std::min(range.least, other.least), std::min(range.most, other.most)}
                            : Range{std::max(range.least, other.least), std::max(range.most, other.most)};
    } else if (name == "ceil") {
      range = {std::ceil(range.least - whole_slack(range.least)), std::ceil(range.most)};
    } else if (name == "floor") {
      range = {std::floor(range.least), std::floor(range.most + whole_slack(range.most))};
    } else if (name == "exp") {
      range = {std::exp(range.least), std::exp(range.most)};
    } else if (name == "ln") {
      if (!(range.least > 0)) return expect(')'), anything();
      range = {std::log(range.least), std::log(range.most)};
    } else {
      failed_ = true;
    }
    expect(')');
    return range;
  }

  /// What is this close to a whole number is that number: as the code that is tested rounds.
  static double whole_slack(double value) { return 1e-9 * std::max(1.0, std::abs(value)); }

  Range number() {
    std::size_t length = 0;
    std::size_t digits = 0;
    const auto digit = [&](std::size_t at) {
      return at < rest_.size() && std::isdigit(static_cast<unsigned char>(rest_[at])) != 0;
    };
    bool leading = true;
    bool counts = true;
    for (; digit(length) || (length < rest_.size() && rest_[length] == '.'); ++length) {
      counts = counts && rest_[length] != '.';
      leading = leading && (rest_[length] == '0' || rest_[length] == '.');
      if (!leading && rest_[length] != '.') ++digits;
    }
    if (length == 0) {
      failed_ = true;
      return {};
    }
    if (length < rest_.size() && rest_[length] == 'e') {
      const std::size_t sign =
          length + 1 < rest_.size() && (rest_[length + 1] == '+' || rest_[length + 1] == '-');
      if (digit(length + 1 + sign)) {
        length += 1 + sign;
        while (digit(length)) ++length;
      }
    }
    const double value = std::strtod(std::string(rest_.substr(0, length)).c_str(), nullptr);
    rest_.remove_prefix(length);
    // A whole number of few digits counts something, and is that number itself.
    const double unsaid = counts && digits < 5 ? 0 : 5e-8 * value;
    return {value - unsaid, value + unsaid};
  }

  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace berth::tokenomics
