#include "base/field_errors.hpp"

#include <algorithm>

namespace berth {

void FieldErrors::add(std::string field, std::string value, std::string limit, std::string message) {
  if (fields_.size() == kMaxFieldErrors) {
    ++left_out_;
    return;
  }
  fields_.push_back({std::move(field), std::move(value), std::move(limit), std::move(message)});
}

bool FieldErrors::has(std::string_view field) const {
  return std::any_of(fields_.begin(), fields_.end(),
                     [&](const FieldError& one) { return one.field == field; });
}

Error FieldErrors::error() const {
  if (fields_.empty()) {
    return {.code = Code::kInternal, .message = "an input was refused without a fault"};
  }
  Error error{.code = Code::kInvalid, .message = fields_.front().message, .fields = fields_};
  const std::size_t more = fields_.size() - 1 + left_out_;
  if (more > 0) error.message += " (and " + std::to_string(more) + " more)";
  return error;
}

Error FieldErrors::error_in_full() const {
  Error all = error();
  if (fields_.empty()) return all;
  all.message.clear();
  for (const FieldError& one : fields_) all.message += (all.message.empty() ? "" : " ") + one.message;
  return all;
}

}  // namespace berth
