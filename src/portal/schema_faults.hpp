// What a schema validator found wrong, in words: the field, its value, the limit it broke.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace berth::portal {

/// A field as a sentence names it to people: "Memory (GiB)" for "memory_gib" or "create.memory_gib"; a path
/// that has no words as it is.
std::string spoken_field(std::string_view field);

/// One fault as valijson tells it: "<root>", "[scopes]", "[0]" and a sentence.
struct SchemaFault {
  std::vector<std::string> context;
  std::string description;
};

/// "#/components/schemas/X" followed to its place in `document`; nullptr when it leads nowhere.
const json::value* resolve_reference(const json::value& document, const json::value& node);

/// What a value of this schema may be: "text, at most 100 characters", "one of read, write, admin".
std::string limit_of(const json::value& schema);

/// kInvalid, slug "invalid_body", a FieldError for each field at fault. `schema` is a node of `document`.
Error describe_faults(const json::value& document, const json::value& schema, const json::value& body,
                      const std::vector<SchemaFault>& faults);

}  // namespace berth::portal
