#include <cmath>

#include "base/field_errors.hpp"
#include "base/shown_value.hpp"
#include "base/text.hpp"
#include "tokenomics/numbers.hpp"
#include "tokenomics/quantities.hpp"
#include "tokenomics/scenario.hpp"
#include "tokenomics/tokenomics.hpp"

namespace berth::tokenomics {
namespace {

constexpr double kStandardTolerance = 1e-9;
constexpr std::size_t kMaxCases = 10'000;
constexpr Domain kTolerance = from(0, 1e30);
constexpr Domain kAnyNumber = from(-1e300, 1e300);

struct Case {
  std::string name;
  Scenario scenario;
  Givens givens;
  const json::object* expected = nullptr;
  double tolerance = kStandardTolerance;
  bool is_absolute = false;
};

/// Parts what is given into inputs, read as a scenario, and quantities that stand in for their computation.
void read_inputs(const json::value& value, Case& one, FieldErrors& faults) {
  const auto* object = value.if_object();
  if (object == nullptr) {
    faults.add("inputs", shown_value(value), "an object", "inputs must be an object");
    return;
  }
  json::object inputs;
  for (const auto& member : *object) {
    const auto quantity = quantity_named(member.key());
    if (!quantity) {
      inputs[member.key()] = member.value();
      continue;
    }
    const auto number =
        read_number(std::string_view(member.key()), kAnyNumber, "a number", member.value(), faults);
    if (number) one.givens.set(*quantity, *number);
  }
  auto scenario = read_scenario(inputs);
  if (scenario) {
    one.scenario = std::move(*scenario);
    return;
  }
  for (FieldError& field : scenario.error().fields) {
    faults.add(std::move(field.field), std::move(field.value), std::move(field.limit),
               std::move(field.message));
  }
}

void read_tolerance(const json::object& object, Case& one, FieldErrors& faults) {
  for (const std::string_view key : {"tolerance", "absolute"}) {
    const auto* value = object.if_contains(key);
    if (value == nullptr) continue;
    const auto number = read_number(key, kTolerance, "0 or above", *value, faults);
    one.is_absolute = key == "absolute";
    one.tolerance = number.value_or(0);
  }
  if (object.contains("tolerance") && object.contains("absolute")) {
    faults.add("absolute", "", "one of tolerance and absolute", "a case has either tolerance or absolute");
  }
}

void read_expected(const json::value* value, Case& one, FieldErrors& faults) {
  one.expected = value == nullptr ? nullptr : value->if_object();
  if (one.expected == nullptr || one.expected->empty()) {
    faults.add("expected", value == nullptr ? "" : shown_value(*value), "an object of quantities",
               "expected must name at least one quantity");
    return;
  }
  for (const auto& member : *one.expected) {
    const std::string_view key = member.key();
    if (!quantity_named(key)) {
      faults.add("expected." + shown(key), "", "a name of the catalogue of quantities",
                 shown(key) + " is no quantity");
    } else if (!member.value().is_null()) {
      static_cast<void>(read_number(key, kAnyNumber, "a number or null", member.value(), faults));
    }
  }
}

Case read_case(const json::object& object, Case one, FieldErrors& faults) {
  for (const auto& member : object) {
    const std::string_view key = member.key();
    if (key == "inputs" || key == "expected" || key == "tolerance" || key == "absolute" || key == "name")
      continue;
    faults.add(shown(key), "", "name, inputs, expected, tolerance or absolute",
               shown(key) + " is no member of a case");
  }
  if (const auto* name = object.if_contains("name")) {
    const auto* text = name->if_string();
    if (text != nullptr && text->size() <= kMaxNameBytes) {
      one.name = std::string_view(*text);
    } else {
      faults.add("name", shown_value(*name), "a text of at most 200 bytes",
                 "name must be a text of at most 200 bytes");
    }
  }
  if (const auto* inputs = object.if_contains("inputs")) read_inputs(*inputs, one, faults);
  read_expected(object.if_contains("expected"), one, faults);
  read_tolerance(object, one, faults);
  return one;
}

/// Empty when the quantity is as expected, else a sentence.
std::string difference(const Case& one, const json::value& expected, const Maybe<double>& computed) {
  if (expected.is_null()) {
    return computed ? "expected no result, computed " + number_text(*computed) : std::string();
  }
  FieldErrors ignored;  // it was read before
  const double number = *read_number("", kAnyNumber, "", expected, ignored);
  if (!computed)
    return "expected " + number_text(number) + ", but there is none: " + std::string(computed.reason());
  const double allowed_difference = one.is_absolute ? one.tolerance : one.tolerance * std::abs(number);
  const double off = std::abs(*computed - number);
  if (off <= allowed_difference) return {};
  return "expected " + exact_text(number) + ", computed " + exact_text(*computed) + ", off by " +
         number_text(off) + " where " + number_text(allowed_difference) + " is allowed";
}

void run_case(const Case& one, CheckReport& report) {
  Evaluation evaluation(one.scenario.inputs, &one.givens);
  bool met = true;
  for (const auto& member : *one.expected) {
    const auto quantity = quantity_named(member.key());
    std::string message = difference(one, member.value(), evaluation.get(*quantity));
    if (message.empty()) continue;
    met = false;
    report.failures.push_back({one.name, std::string(member.key()), std::move(message)});
  }
  ++(met ? report.passed : report.failed);
}

}  // namespace

Result<CheckReport> check(const json::value& cases) {
  const auto* list = cases.if_array();
  if (list == nullptr || list->size() > kMaxCases) {
    return fail(invalid_field("", shown_value(cases), "a list of at most 10000 cases",
                              "the cases must be a list of at most 10000 objects"));
  }
  CheckReport report;
  for (std::size_t index = 0; index < list->size(); ++index) {
    Case one;
    one.name = "case " + std::to_string(index + 1);
    FieldErrors faults;
    if (const auto* object = (*list)[index].if_object()) {
      one = read_case(*object, std::move(one), faults);
    } else {
      faults.add("", shown_value((*list)[index]), "an object", "a case must be an object");
    }
    if (faults.empty()) {
      run_case(one, report);
      continue;
    }
    ++report.failed;
    report.failures.push_back({one.name, "", faults.error().message});
  }
  return report;
}

}  // namespace berth::tokenomics
