#include "poolfile/fields.hpp"

#include <fmt/format.h>

#include <cmath>

#include "base/shown_value.hpp"

namespace berth::poolfile {
namespace {

std::int64_t power_of_ten(int exponent) {
  std::int64_t power = 1;
  while (exponent-- > 0) power *= 10;
  return power;
}

/// `value` in parts of 10^-decimals, or nothing when it is no number or has more decimals.
std::optional<double> scaled(const json::value& value, int decimals) {
  if (!value.is_number()) return std::nullopt;
  const double number = value.to_number<double>() * static_cast<double>(power_of_ten(decimals));
  const double whole = std::round(number);
  // Decimal fractions are not exact in binary: what the multiplication left over is far below one part.
  if (std::abs(number - whole) > 1e-6 * std::max(1.0, std::abs(number) * 1e-6)) return std::nullopt;
  return whole;
}

std::string range_words(Range range, int decimals) {
  const double part = static_cast<double>(power_of_ten(decimals));
  return fmt::format("{} to {}", static_cast<double>(range.least) / part,
                     static_cast<double>(range.most) / part);
}

}  // namespace

Error file_error(const FieldErrors& faults) {
  auto error = faults.error();
  if (error.fields.empty()) return error;
  // In a line: what a sentence goes on to show below it stands with its field.
  const auto& sentence = error.fields.front().message;
  if (const auto end = sentence.find('\n'); end != std::string::npos) {
    error.message.erase(end, sentence.size() - end);
  }
  const auto& field = error.fields.front().field;
  return within(field.empty() ? "pool file" : field, std::move(error));
}

Fields::Fields(const json::value& value, std::string path, FieldErrors& faults)
    : object_(value.if_object()), path_(std::move(path)), faults_(&faults) {
  if (object_ == nullptr) {
    faults.add(path_, shown_value(value), "an object", "Must be an object with named fields.");
  }
}

std::string Fields::path_of(std::string_view name) const {
  return path_.empty() ? std::string(name) : fmt::format("{}.{}", path_, name);
}

const json::value* Fields::ask(std::string_view name, Need need) {
  asked_.emplace(name);
  if (object_ == nullptr) return nullptr;
  const auto* value = object_->if_contains(name);
  if (value == nullptr && need == Need::kRequired) faults_->add(path_of(name), "", "required", "Is missing.");
  return value;
}

void Fields::wrong(std::string_view name, const json::value& value, std::string limit,
                   std::string_view expected) {
  auto message = fmt::format("Must be {}.", expected);
  faults_->add(path_of(name), shown_value(value), std::move(limit), std::move(message));
}

void Fields::text(std::string_view name, Need need, const TextRule& rule, std::string& into) {
  const auto* value = ask(name, need);
  if (value == nullptr) return;
  if (!value->is_string() || !rule.holds(value->get_string())) {
    wrong(name, *value, std::string(rule.limit), rule.limit);
    return;
  }
  into = std::string(value->get_string());
}

void Fields::integer(std::string_view name, Need need, Range range, std::int64_t& into) {
  decimal(name, need, 0, range, into);
}

void Fields::integer(std::string_view name, Need need, Range range, int& into) {
  std::int64_t wide = into;
  integer(name, need, range, wide);
  into = static_cast<int>(wide);  // `range` is within int
}

void Fields::span(std::string_view name, Need need, Range range, int& first, int& end) {
  const auto* value = ask(name, need);
  if (value == nullptr) return;
  const auto* list = value->if_array();
  const auto at = [&](std::size_t place) { return scaled((*list)[place], 0); };
  const auto least = static_cast<double>(range.least);
  const auto most = static_cast<double>(range.most);
  if (list == nullptr || list->size() != 2 || !at(0) || !at(1) || *at(0) < least || *at(1) > most ||
      *at(0) >= *at(1)) {
    const auto limit = fmt::format("[first, end] with {} <= first < end <= {}", range.least, range.most);
    wrong(name, *value, limit, fmt::format("two whole numbers {}", limit));
    return;
  }
  first = static_cast<int>(*at(0));
  end = static_cast<int>(*at(1));
}

void Fields::decimal(std::string_view name, Need need, int decimals, Range range, std::int64_t& into) {
  const auto* value = ask(name, need);
  if (value == nullptr) return;
  const auto parts = scaled(*value, decimals);
  const auto limit = range_words(range, decimals);
  if (!parts) {
    wrong(name, *value, limit,
          decimals == 0 ? std::string("a whole number")
                        : fmt::format("a number with at most {} decimals", decimals));
  } else if (*parts < static_cast<double>(range.least) || *parts > static_cast<double>(range.most)) {
    wrong(name, *value, limit, limit);
  } else {
    into = static_cast<std::int64_t>(*parts);
  }
}

void Fields::share(std::string_view name, Need need, double& into) {
  const auto* value = ask(name, need);
  if (value == nullptr) return;
  const double number = value->is_number() ? value->to_number<double>() : 0.0;
  const bool is_share = number > 0.0 && number <= 1.0;
  if (!is_share) {
    wrong(name, *value, "above 0, at most 1", "a number above 0 and at most 1");
    return;
  }
  into = number;
}

void Fields::boolean(std::string_view name, Need need, bool& into) {
  const auto* value = ask(name, need);
  if (value == nullptr) return;
  if (!value->is_bool()) {
    wrong(name, *value, "true or false", "true or false");
    return;
  }
  into = value->get_bool();
}

void Fields::texts(std::string_view name, std::size_t most, const TextRule& rule,
                   std::vector<std::string>& into) {
  const auto* value = ask(name, Need::kOptional);
  if (value == nullptr) return;
  const auto* list = value->if_array();
  if (list == nullptr || list->size() > most) {
    wrong(name, *value, fmt::format("at most {}", most), fmt::format("a list of at most {} texts", most));
    return;
  }
  std::vector<std::string> read;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const auto& element = (*list)[i];
    if (element.is_string() && rule.holds(element.get_string())) {
      read.emplace_back(element.get_string());
    } else {
      wrong(fmt::format("{}[{}]", name, i), element, std::string(rule.limit), rule.limit);
    }
  }
  into = std::move(read);
}

void Fields::object(std::string_view name, Need need, const std::function<void(Fields&)>& read) {
  const auto* value = ask(name, need);
  if (value == nullptr) return;
  Fields fields(*value, path_of(name), *faults_);
  if (fields.object_ == nullptr) return;
  read(fields);
  fields.finish();
}

void Fields::object_or_null(std::string_view name, const std::function<void(Fields&)>& read) {
  const auto* value = ask(name, Need::kOptional);
  if (value != nullptr && !value->is_null()) object(name, Need::kOptional, read);
}

void Fields::objects(std::string_view name, Need need, std::size_t most,
                     const std::function<void(Fields&)>& read) {
  const auto* value = ask(name, need);
  if (value == nullptr) return;
  const auto* list = value->if_array();
  const std::size_t least = need == Need::kRequired ? 1 : 0;
  if (list == nullptr || list->size() < least || list->size() > most) {
    const auto limit = fmt::format("{} to {}", least, most);
    wrong(name, *value, limit, fmt::format("a list of {} entries", limit));
    return;
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    Fields fields((*list)[i], fmt::format("{}[{}]", path_of(name), i), *faults_);
    if (fields.object_ == nullptr) continue;
    read(fields);
    fields.finish();
  }
}

void Fields::finish() {
  if (object_ == nullptr) return;
  for (const auto& [name, value] : *object_) {
    if (!asked_.contains(std::string_view(name))) {
      faults_->add(path_of(name), "", "", "Is not a field that is known here.");
    }
  }
}

}  // namespace berth::poolfile
