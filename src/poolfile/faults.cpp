#include "poolfile/faults.hpp"

#include <fmt/format.h>

namespace berth::poolfile {
namespace {

constexpr std::size_t kMaxShownBytes = 80;

}  // namespace

void Faults::add(std::string field, std::string value, std::string limit, std::string message) {
  if (fields_.size() == kMaxFaults) {
    ++left_out_;
    return;
  }
  fields_.push_back({std::move(field), std::move(value), std::move(limit), std::move(message)});
}

Error Faults::error() const {
  Error error{.code = Code::kInvalid,
              .message = "the pool file is at fault",
              .slug = {},
              .fields = fields_,
              .retry_after_seconds = 0};
  if (fields_.empty()) return error;
  const auto& first = fields_.front();
  const auto more = fields_.size() - 1 + left_out_;
  error.message = fmt::format("{}: {}", first.field.empty() ? "pool file" : first.field, first.message);
  if (more > 0) error.message += fmt::format(" (and {} more)", more);
  return error;
}

std::string shown(const json::value& value) {
  std::string text = value.is_string() ? std::string(value.get_string()) : json::serialize(value);
  if (text.size() <= kMaxShownBytes) return text;
  std::size_t cut = kMaxShownBytes;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0U) == 0x80U)
    --cut;  // never inside a character
  return text.substr(0, cut) + "...";
}

}  // namespace berth::poolfile
