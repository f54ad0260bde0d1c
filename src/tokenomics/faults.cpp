#include "tokenomics/faults.hpp"

#include "base/text.hpp"
#include "tokenomics/numbers.hpp"

namespace berth::tokenomics {

void Faults::add(std::string field, std::string value, std::string limit, std::string message) {
  if (fields_.size() == kMaxFaults) {
    ++left_out_;
    return;
  }
  fields_.push_back({std::move(field), std::move(value), std::move(limit), std::move(message)});
}

Error Faults::error() const {
  Error error{.code = Code::kInvalid,
              .message = "the scenario is at fault",
              .slug = {},
              .fields = fields_,
              .retry_after_seconds = 0};
  if (fields_.empty()) return error;
  error.message = fields_.front().message;
  const std::size_t more = fields_.size() - 1 + left_out_;
  if (more > 0) error.message += " (and " + std::to_string(more) + " more)";
  return error;
}

std::string shown(std::string_view text) {
  if (text.size() <= kMaxShownBytes) return std::string(text);
  return std::string(first_bytes(text, kMaxShownBytes)) + "...";
}

std::string shown(const json::value& value) {
  switch (value.kind()) {
    case json::kind::string:
      return shown(std::string_view(value.get_string()));
    case json::kind::double_:
      return number_text(value.get_double());
    case json::kind::object:
      return "an object";  // never written out: it may be as large as the whole scenario
    case json::kind::array:
      return "a list";
    default:
      return json::serialize(value);
  }
}

}  // namespace berth::tokenomics
