// Request bodies, all the way from bytes to a booking: strict JSON, the description of the API, the model's
// words, the pool's policy.
#include <algorithm>
#include <memory>
#include <span>

#include "base/embedded.hpp"
#include "base/text.hpp"
#include "booking/booking.hpp"
#include "fuzz.hpp"
#include "poolfile/poolfile.hpp"
#include "portal/api_document.hpp"
#include "portal/booking_words.hpp"
#include "portal/strict_json.hpp"

namespace berth::embedded {
std::span<const base::EmbeddedFile> api_documents();
}

namespace {

using berth::fuzz::require;
namespace booking = berth::booking;
namespace json = berth::json;
namespace portal = berth::portal;

constexpr std::size_t kLongestShownBytes = 256;
constexpr std::size_t kMostFields = 64;

constexpr std::string_view kPool = R"({
  "apiVersion": "berth.dev/v1", "kind": "Pool", "name": "lab",
  "device_classes": [{"name": "whole", "title": "Whole GPU", "device_memory_gib": 96, "gpu_share": 1, "rate": 2.5,
    "defaults": {"cpu": 8, "memory_gib": 64, "storage_gib": 400}, "ephemeral_gib": 50, "pods": 40}],
  "nodes": [{"name": "n1", "kubernetes_name": "n1",
    "capacity": {"cpu": 64, "memory_gib": 512, "storage_gib": 4000},
    "set_aside": {"cpu": 4, "memory_gib": 32, "storage_gib": 100},
    "units": [{"name": "gpu-0", "device_class": "whole", "resource_name": "nvidia.com/gpu", "replicas": 1},
              {"name": "gpu-1", "device_class": "whole", "resource_name": "nvidia.com/gpu", "replicas": 1}]}]
})";

const portal::ApiDocument& api() {
  static const auto document = *portal::ApiDocument::load(berth::embedded::api_documents().front().bytes);
  return *document;
}

const berth::model::Pool& pool() {
  static const auto parsed = *berth::poolfile::parse_pool(*berth::parse_json(kPool));
  return parsed;
}

void check_error(const berth::Error& error) {
  require(error.code == berth::Code::kMalformed || error.code == berth::Code::kInvalid);
  require(!error.message.empty() && !error.fields.empty() && error.fields.size() <= kMostFields);
  for (const auto& field : error.fields) {
    require(field.field.size() <= kLongestShownBytes && field.value.size() <= kLongestShownBytes);
    require(!field.message.empty());
    require(field.message.size() <= 4 * kLongestShownBytes);
    require(berth::is_utf8(field.value) && berth::is_utf8(field.message));
  }
}

bool without_zero(std::string_view text) {
  return text.find('\0') == std::string_view::npos;
}

/// Of UTF-8 each character has one byte that does not follow another.
long characters_in(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
}

void check_resolved(const booking::Request& request) {
  static const auto now = *berth::parse_rfc3339("2026-11-22T12:07:00Z");
  const auto resolved = booking::resolve(pool(), request, {}, now);
  if (!resolved) return check_error(resolved.error());
  const auto& policy = pool().policy;
  const auto& wanted = resolved->wanted;
  const auto step = std::chrono::duration_cast<berth::Duration>(policy.step);
  require(!wanted.window.empty() && wanted.window.start >= now);
  require(wanted.window.length() <= policy.max_length + policy.step);
  require(wanted.window.end <= now + policy.horizon);
  require(wanted.window.end.time_since_epoch() % step == berth::Duration{0});
  require(wanted.units >= 1 && wanted.units <= 2);
  const auto bookable = pool().nodes.front().bookable();
  require(wanted.load.cpu.value >= 1 && wanted.load.cpu <= bookable.cpu);
  require(wanted.load.memory.value >= 1 && wanted.load.memory <= bookable.memory);
  require(wanted.load.storage <= bookable.storage);
  require(characters_in(resolved->name) <= static_cast<long>(booking::kMaxNameCharacters) &&
          without_zero(resolved->name));
}

void check_words(const portal::Operation& operation, const json::value& body) {
  if (operation.id == "createReservation") {
    const auto wanted = portal::to_create(body);
    if (!wanted) return check_error(wanted.error());
    require(wanted->booking.units >= 1 &&
            wanted->booking.end.has_value() != wanted->booking.duration.has_value());
    check_resolved(wanted->booking);
  } else if (operation.id == "editReservation") {
    const auto wanted = portal::to_edit(body);
    if (!wanted) return check_error(wanted.error());
    require(wanted->version >= 1 && !(wanted->change.end && wanted->change.duration));
  } else if (operation.id == "extendReservation") {
    const auto wanted = portal::to_extend(body);
    if (!wanted) return check_error(wanted.error());
    require(wanted->end.has_value() != wanted->by.has_value());
  }
}

}  // namespace

/// The operation's id on the first line, then the body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  auto rest = berth::fuzz::text_of(bytes, size);
  const auto* operation = api().find(berth::fuzz::take_line(rest));
  const auto body = portal::parse_body(rest);
  if (!body) {
    check_error(body.error());
    return 0;
  }
  require(berth::parse_json(rest) == *body);
  require(berth::fuzz::all_texts(*body, without_zero));
  require(portal::parse_body(json::serialize(*body)).has_value());
  if (operation == nullptr || !operation->has_body) return 0;
  if (const auto fine = api().check_body(*operation, *body); !fine) {
    check_error(fine.error());
  } else {
    check_words(*operation, *body);
  }
  return 0;
}
