#include "portal/schema_faults.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/secret_name.hpp"
#include "base/shown_value.hpp"
#include "base/text.hpp"

namespace berth::portal {
namespace {

constexpr std::size_t kMostFields = 32;  // told in one answer
constexpr int kMostReferenceSteps = 8;

constexpr std::string_view kMissing = "Missing required property";
constexpr std::string_view kUnknown = "Object contains a property";

/// "[units]" as "units"; the first of a context is "<root>".
std::string step_name(const std::string& step) {
  return step.size() >= 2 && step.front() == '[' ? step.substr(1, step.size() - 2) : step;
}

bool is_number(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// "scopes[0]", "nodes[1].name"; empty for the body itself.
std::string field_path(const std::vector<std::string>& context) {
  std::string path;
  for (std::size_t i = 1; i < context.size(); ++i) {
    const auto name = step_name(context[i]);
    if (is_number(name)) {
      path += "[" + name + "]";
    } else {
      path += (path.empty() ? "" : ".") + name;
    }
  }
  return path;
}

/// The value that a fault's context leads to, and the schema that it broke.
struct Place {
  const json::value* value = nullptr;
  const json::value* schema = nullptr;
};

Place inside(const json::value& document, Place place, const std::string& name) {
  Place next;
  if (place.value == nullptr || place.schema == nullptr) return next;
  const json::value* schema = nullptr;
  if (const auto* object = place.value->if_object()) {
    next.value = object->if_contains(name);
    schema = find(*place.schema, {"properties", name});
  } else if (const auto* array = place.value->if_array()) {
    const auto index = is_number(name) ? std::stoul(name) : array->size();
    if (index < array->size()) next.value = &(*array)[index];
    schema = find(*place.schema, {"items"});
  }
  if (schema != nullptr) next.schema = resolve_reference(document, *schema);
  return next;
}

Place place_of(const json::value& document, const json::value& schema, const json::value& body,
               const std::vector<std::string>& context) {
  Place place{&body, resolve_reference(document, schema)};
  for (std::size_t i = 1; i < context.size(); ++i) place = inside(document, place, step_name(context[i]));
  return place;
}

std::string type_in_words(const json::value& type) {
  if (const auto* several = type.if_array()) {
    std::vector<std::string> words;
    for (const auto& one : *several) words.push_back(type_in_words(one));
    return fmt::format("{}", fmt::join(words, " or "));
  }
  const std::string_view name = type.is_string() ? std::string_view(type.get_string()) : "";
  if (name == "string") return "text";
  if (name == "integer") return "a whole number";
  if (name == "number") return "a number";
  if (name == "boolean") return "true or false";
  if (name == "array") return "a list";
  if (name == "object") return "an object";
  return std::string(name);
}

/// The name between the last pair of single quotes.
std::string quoted(const std::string& text) {
  const auto end = text.rfind('\'');
  const auto begin = end == std::string::npos || end == 0 ? std::string::npos : text.rfind('\'', end - 1);
  return begin == std::string::npos ? "" : text.substr(begin + 1, end - begin - 1);
}

std::string join(const std::string& base, std::string_view name) {
  return base.empty() ? std::string(name) : fmt::format("{}.{}", base, name);
}

/// valijson names one unknown field of an object; all of them are told.
void add_unknown(const Place& place, const std::string& base, std::vector<FieldError>& fields) {
  const auto* object = place.value == nullptr ? nullptr : place.value->if_object();
  if (object == nullptr || place.schema == nullptr) return;
  for (const auto& member : *object) {
    const std::string_view name(member.key());
    if (find(*place.schema, {"properties", name}) != nullptr) continue;
    if (fields.size() >= kMostFields) return;
    const auto field = shown(join(base, name));  // a name of theirs, as long as they like
    // Its value may be a secret that slipped into a wrong name; the name says enough.
    fields.push_back({field, "", "no such field", fmt::format("There is no field {} here.", field)});
  }
}

void add_fields(const json::value& document, const json::value& schema, const json::value& body,
                const SchemaFault& fault, std::vector<FieldError>& fields) {
  const auto base = field_path(fault.context);
  const auto place = place_of(document, schema, body, fault.context);
  if (fault.description.starts_with(kMissing)) {
    const auto field = join(base, quoted(fault.description));
    fields.push_back({field, "", "required", fmt::format("{} is missing.", spoken_field(field))});
    return;
  }
  if (fault.description.starts_with(kUnknown)) return add_unknown(place, base, fields);
  const auto limit = place.schema == nullptr ? std::string() : limit_of(*place.schema);
  const auto field = base.empty() ? std::string("body") : base;
  const bool hidden = place.value == nullptr || names_secret(field);
  fields.push_back(
      {field, hidden ? "" : shown_value(*place.value), limit,
       fmt::format("{} must be {}.", spoken_field(field), limit.empty() ? "as described" : limit)});
}

/// valijson repeats each fault for every ancestor: only the deepest of a path says something, save those that
/// name a field of their own.
bool says_something(const SchemaFault& fault, const std::vector<SchemaFault>& all) {
  if (fault.description.starts_with(kMissing) || fault.description.starts_with(kUnknown)) return true;
  return std::none_of(all.begin(), all.end(), [&](const SchemaFault& other) {
    return other.context.size() > fault.context.size() &&
           std::equal(fault.context.begin(), fault.context.end(), other.context.begin());
  });
}

}  // namespace

const json::value* resolve_reference(const json::value& document, const json::value& node) {
  const json::value* at = &node;
  for (int step = 0; step < kMostReferenceSteps; ++step) {
    const auto* ref = find(*at, {"$ref"});
    if (ref == nullptr) return at;
    const auto* text = ref->if_string();
    if (text == nullptr || !text->starts_with("#/")) return nullptr;
    boost::system::error_code error;
    at = document.find_pointer(std::string_view(*text).substr(1), error);
    if (at == nullptr) return nullptr;
  }
  return nullptr;
}

std::string limit_of(const json::value& schema) {
  std::vector<std::string> parts;
  if (const auto* allowed = find(schema, {"enum"})) {
    std::vector<std::string> words;
    for (const auto& one : allowed->as_array()) words.push_back(shown_value(one));
    parts.push_back(fmt::format("one of {}", fmt::join(words, ", ")));
  } else if (const auto* type = find(schema, {"type"})) {
    parts.push_back(type_in_words(*type));
  }
  const auto say = [&](std::string_view word, std::string_view before, std::string_view behind) {
    const auto* value = find(schema, {word});
    if (value != nullptr) parts.push_back(fmt::format("{}{}{}", before, shown_value(*value), behind));
  };
  const auto least = find_int(schema, {"minLength"});
  if (least == 1) {
    parts.emplace_back("not empty");
  } else {
    say("minLength", "at least ", " characters");
  }
  say("maxLength", "at most ", " characters");
  say("maxItems", "at most ", " items");
  say("minimum", "at least ", "");
  say("maximum", "at most ", "");
  say("pattern", "of the form ", "");
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string spoken_field(std::string_view field) {
  auto name = field;
  for (const std::string_view question : {"create.", "edit.", "extend."}) {
    if (name.starts_with(question)) name.remove_prefix(question.size());
  }
  for (const auto& [known, words] : {std::pair{"cpu", "CPU"},
                                     {"memory_gib", "Memory (GiB)"},
                                     {"storage_gib", "Storage (GiB)"},
                                     {"name", "Name"},
                                     {"units", "Units"},
                                     {"start", "Start"},
                                     {"end", "End"},
                                     {"duration_minutes", "Length (minutes)"},
                                     {"device_class", "Class"},
                                     {"mode", "Mode"},
                                     {"team", "Team"},
                                     {"pool", "Pool"},
                                     {"email", "E-mail"},
                                     {"password", "Password"}}) {
    if (name == known) return words;
  }
  return std::string(field);
}

Error describe_faults(const json::value& document, const json::value& schema, const json::value& body,
                      const std::vector<SchemaFault>& faults) {
  Error out{
      .code = Code::kInvalid, .message = "", .slug = "invalid_body", .fields = {}, .retry_after_seconds = 0};
  std::vector<FieldError> fields;
  for (const auto& fault : faults) {
    if (says_something(fault, faults)) add_fields(document, schema, body, fault, fields);
  }
  for (auto& field : fields) {
    const bool known = std::any_of(out.fields.begin(), out.fields.end(),
                                   [&](const FieldError& seen) { return seen.field == field.field; });
    if (!known && out.fields.size() < kMostFields) out.fields.push_back(std::move(field));
  }
  out.message = out.fields.empty() ? "The body does not fit its description." : out.fields.front().message;
  return out;
}

}  // namespace berth::portal
