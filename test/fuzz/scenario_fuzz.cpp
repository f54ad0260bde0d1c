// Scenarios and check cases of the token economics: whatever JSON comes in, each question is answered or the
// fields at fault are named.
#include <cmath>
#include <utility>

#include "base/field_errors.hpp"
#include "fuzz.hpp"
#include "tokenomics/tokenomics.hpp"

namespace {

using berth::fuzz::require;
using berth::tokenomics::Question;
namespace json = berth::json;
namespace tokenomics = berth::tokenomics;

constexpr Question kQuestions[] = {Question::kUnit,    Question::kBreakeven,   Question::kSolve,
                                   Question::kAgents,  Question::kSensitivity, Question::kFleet,
                                   Question::kSourcing};
constexpr std::size_t kLongestValueBytes = 120;

/// Can be told to anyone who reads JSON: well-formed UTF-8, every number finite.
void check_can_be_told(const json::value& value) {
  require(berth::parse_json(json::serialize(value)).has_value());
}

void check_error(const berth::Error& error) {
  require(error.code == berth::Code::kInvalid && !error.message.empty());
  require(!error.fields.empty() && error.fields.size() <= berth::kMaxFieldErrors);
  for (const auto& field : error.fields) {
    require(!field.limit.empty() && !field.message.empty() && field.value.size() <= kLongestValueBytes);
    check_can_be_told(json::array{field.field, field.value, field.limit, field.message});
  }
}

void check_answer(Question question, const json::value& answer) {
  check_can_be_told(answer);
  require(berth::string_at(answer, {"question"}) == tokenomics::to_string(question));
  const auto& results = answer.at("results").as_object();
  require(!results.empty());
  for (const auto& result : results) {
    const auto& value = result.value().at("value");
    if (value.is_null()) {
      require(!berth::string_at(result.value(), {"reason"}).empty());
    } else {
      require(std::isfinite(value.to_number<double>()));
    }
  }
}

void check_report(const json::value& cases, const tokenomics::CheckReport& report) {
  require(report.passed + report.failed == cases.as_array().size());
  require(report.failures.size() >= report.failed);
  for (const auto& failure : report.failures) {
    require(!failure.message.empty());
    check_can_be_told(json::array{failure.name, failure.quantity, failure.message});
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto value = berth::parse_json(berth::fuzz::text_of(bytes, size));
  if (!value) return 0;
  for (const auto question : kQuestions) {
    auto answer = tokenomics::answer(question, *value);
    if (answer) {
      check_answer(question, std::move(*answer));
    } else {
      check_error(answer.error());
    }
  }
  const auto report = tokenomics::check(*value);
  if (report) {
    check_report(*value, *report);
  } else {
    check_error(report.error());
  }
  return 0;
}
