#include "kube/resource.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace berth::kube {

namespace {

constexpr std::size_t kMaxNameBytes = 253;  // the longest name any kind of object may have
constexpr std::size_t kMaxNamespaceBytes = 63;
constexpr std::size_t kMaxShownBytes = 80;

bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/// Names of groups, versions, plurals and namespaces: nothing that would need encoding.
bool is_plain(std::string_view text, std::size_t limit) {
  return !text.empty() && text.size() <= limit && is_lower_or_digit(text.front()) &&
         std::ranges::all_of(text, [](char c) { return is_lower_or_digit(c) || c == '-' || c == '.'; });
}

/// The API server's own rule for names in paths: not ".", not "..", no '/' and no '%'. RBAC names hold ':'
/// and more.
bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kMaxNameBytes && text != "." && text != ".." &&
         std::ranges::none_of(
             text, [](char c) { return c == '/' || c == '%' || static_cast<unsigned char>(c) < 0x20; });
}

tl::unexpected<Error> bad(std::string field, std::string_view value, std::string limit) {
  const auto shown = std::string(first_bytes(value, kMaxShownBytes));
  auto message = fmt::format("{} \"{}\" cannot be part of an API path: it must be {}", field, shown, limit);
  return fail(invalid_field(std::move(field), shown, std::move(limit), std::move(message)));
}

}  // namespace

std::string describe(const ObjectRef& ref) {
  std::string text = ref.resource.qualified_plural();
  if (ref.ns.empty() && ref.name.empty()) return text;
  text += ' ';
  if (!ref.ns.empty()) text += ref.ns;
  if (!ref.ns.empty() && !ref.name.empty()) text += '/';
  return text + ref.name;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_' || c == '~') {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += kHex[byte >> 4U];
    encoded += kHex[byte & 0x0fU];
  }
  return encoded;
}

Result<std::string> collection_path(const Resource& resource, std::string_view ns) {
  if (!resource.group.empty() && !is_plain(resource.group, kMaxNameBytes)) {
    return bad("group", resource.group, "lower-case letters, digits, '-' and '.'");
  }
  if (!is_plain(resource.version, kMaxNamespaceBytes)) {
    return bad("version", resource.version, "lower-case letters and digits");
  }
  if (!is_plain(resource.plural, kMaxNameBytes)) {
    return bad("resource", resource.plural, "lower-case letters, digits, '-' and '.'");
  }
  std::string path = resource.group.empty() ? "/api/" : "/apis/" + resource.group + "/";
  path += resource.version;
  if (!ns.empty()) {
    if (!resource.namespaced) return bad("namespace", ns, "empty for " + resource.qualified_plural());
    if (!is_plain(ns, kMaxNamespaceBytes) || ns.find('.') != std::string_view::npos) {
      return bad("namespace", ns, "at most 63 lower-case letters, digits and '-'");
    }
    path += "/namespaces/";
    path += ns;
  }
  return path + "/" + resource.plural;
}

Result<std::string> object_path(const ObjectRef& ref, std::string_view subresource) {
  if (ref.resource.namespaced && ref.ns.empty()) {
    return bad("namespace", ref.ns, "given for " + ref.resource.qualified_plural());
  }
  auto path = collection_path(ref.resource, ref.ns);
  if (!path) return path;
  if (!is_name(ref.name)) return bad("name", ref.name, "1 to 253 bytes without '/' and '%'");
  *path += "/" + percent_encode(ref.name);
  if (subresource.empty()) return path;
  if (!is_plain(subresource, kMaxNamespaceBytes))
    return bad("subresource", subresource, "lower-case letters");
  *path += '/';
  *path += subresource;
  return path;
}

std::string name_of(const json::value& object) {
  return string_at(object, {"metadata", "name"});
}
std::string namespace_of(const json::value& object) {
  return string_at(object, {"metadata", "namespace"});
}
std::string uid_of(const json::value& object) {
  return string_at(object, {"metadata", "uid"});
}
std::string resource_version_of(const json::value& object) {
  return string_at(object, {"metadata", "resourceVersion"});
}
ObjectKey key_of(const json::value& object) {
  return {.ns = namespace_of(object), .name = name_of(object)};
}
std::optional<std::string> label_of(const json::value& object, std::string_view key) {
  return find_string(object, {"metadata", "labels", key});
}
bool is_deleting(const json::value& object) {
  return find_string(object, {"metadata", "deletionTimestamp"}).has_value();
}

}  // namespace berth::kube
