#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/base64.hpp"
#include "simcluster/api_handlers.hpp"

namespace berth::simcluster {
namespace {

constexpr std::int64_t kMaxWatchSeconds = 3600;

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  Number out{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return out;
}

/// Where a list goes on: the revision of its first page, and the last object that was given out.
struct Continue {
  Revision revision;
  std::string ns;
  std::string name;
};

std::string encode(const Continue& token) {
  return base64_url_encode(json::serialize(
      json::object{{"v", "meta.k8s.io/v1"}, {"rv", token.revision}, {"ns", token.ns}, {"name", token.name}}));
}

Outcome<Continue> decode(std::string_view text) {
  const auto bad = [] {
    return refuse(bad_request("continue key is not valid: encoded continue token cannot be read"));
  };
  const auto bytes = base64_url_decode(text);
  if (!bytes) return bad();
  const auto token = parse_json(*bytes);
  if (!token) return bad();
  const auto revision = find_int(*token, {"rv"});
  if (!revision || *revision < 0) return bad();
  return Continue{static_cast<Revision>(*revision), string_at(*token, {"ns"}), string_at(*token, {"name"})};
}

Outcome<std::optional<Revision>> revision_in(const ApiRequest& request) {
  const auto text = request.value("resourceVersion");
  if (!text || text->empty()) return std::nullopt;
  const auto revision = parse_number<Revision>(*text);
  if (!revision) return refuse(bad_request(fmt::format("Invalid resource version \"{}\"", *text)));
  return *revision;
}

Outcome<std::size_t> limit_in(const ApiRequest& request) {
  const auto text = request.value("limit");
  if (!text || text->empty()) return std::size_t{0};
  const auto limit = parse_number<std::size_t>(*text);
  if (!limit) return refuse(bad_request(fmt::format("limit is not a number: \"{}\"", *text)));
  return *limit;
}

Refusal too_old() {
  return expired(
      "The provided continue parameter is too old to display a consistent list result. You must start a new "
      "list without the continue parameter.");
}

/// The revision that the list shows: that of its token, an exact one that was asked for, or now.
Outcome<Revision> revision_to_show(const World& world, const ApiRequest& request,
                                   const std::optional<Continue>& token) {
  const auto asked = revision_in(request);
  if (!asked) return refuse(asked.error());
  const auto match = request.value("resourceVersionMatch");
  const auto refused = [](std::string_view why) {
    return refuse(invalid({"meta.k8s.io", "listoptions", "ListOptions", ""},
                          {forbidden_value("resourceVersionMatch", why)}));
  };
  if (token) {
    if (match) return refused("resourceVersionMatch is forbidden when continue is provided");
    if (*asked && **asked != 0)
      return refuse(bad_request("specifying resource version is not allowed when using continue"));
    return token->revision;
  }
  if (match && !match->empty()) {
    if (!*asked) return refused("resourceVersionMatch is forbidden unless resourceVersion is provided");
    if (*match == "Exact") {
      if (**asked == 0)
        return refused("resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"");
      return **asked;
    }
    if (*match != "NotOlderThan") return refused("supported values: \"Exact\", \"NotOlderThan\"");
  }
  if (*asked && **asked > world.store().revision()) {
    Refusal late;
    late.code = 504;
    late.reason = "Timeout";
    late.message =
        fmt::format("Too large resource version: {}, current: {}", **asked, world.store().revision());
    late.causes.push_back({"ResourceVersionTooLarge", "Too large resource version", ""});
    late.retry_after_seconds = 1;
    return refuse(late);
  }
  return world.store().revision();
}

}  // namespace

json::object shown(const json::object& object, const ResourceType& type, bool metadata_only) {
  if (metadata_only) {
    json::object out{{"kind", "PartialObjectMetadata"}, {"apiVersion", "meta.k8s.io/v1"}};
    if (const auto* metadata = object.if_contains("metadata")) out["metadata"] = *metadata;
    return out;
  }
  auto out = object;
  out["apiVersion"] = type.api_version();
  return out;
}

Outcome<ApiAnswer> handle_get(World& world, const ApiRequest& request, const Route& route) {
  const auto object = world.store().get(key_of(route));
  if (object == nullptr) return refuse(not_found(route.type->subject(route.name)));
  return object_answer(200, *object, route, request);
}

Outcome<ApiAnswer> handle_list(World& world, const ApiRequest& request, const Route& route) {
  const auto selectors = selectors_of(request, route);
  if (!selectors) return refuse(selectors.error());
  const auto limit = limit_in(request);
  if (!limit) return refuse(limit.error());
  std::optional<Continue> token;
  if (const auto text = request.value("continue"); text && !text->empty()) {
    auto decoded = decode(*text);
    if (!decoded) return refuse(std::move(decoded.error()));
    token = std::move(*decoded);
  }
  const auto revision = revision_to_show(world, request, token);
  if (!revision) return refuse(revision.error());

  std::optional<std::string_view> ns;
  if (!route.ns.empty()) ns = route.ns;
  auto objects = world.store().list_at(route.type->storage, ns, *revision);
  if (!objects) {
    if (token) return refuse(too_old());
    return refuse(
        expired(fmt::format("The resourceVersion for the provided list is too old: {}", *revision)));
  }

  const bool metadata_only = wants_metadata_only(request);
  json::array items;
  std::size_t rest = 0;
  std::string next;
  for (const auto& object : *objects) {
    const std::pair place{namespace_of(*object), name_of(*object)};
    if (token && place <= std::pair{token->ns, token->name}) continue;
    if (!selectors->match(*object)) continue;
    if (*limit > 0 && items.size() == *limit) {
      ++rest;
      continue;
    }
    auto item = shown(*object, *route.type, metadata_only);
    if (!route.type->custom && !metadata_only) {
      item.erase("apiVersion");
      item.erase("kind");
    }
    items.push_back(std::move(item));
    next = encode({*revision, place.first, place.second});
  }
  json::object metadata{{"resourceVersion", std::to_string(*revision)}};
  if (rest > 0) {
    metadata["continue"] = next;
    if (selectors->labels.empty() && selectors->fields.empty()) metadata["remainingItemCount"] = rest;
  }
  json::object list{{"kind", metadata_only ? "PartialObjectMetadataList" : route.type->kind + "List"},
                    {"apiVersion", metadata_only ? "meta.k8s.io/v1" : route.type->api_version()},
                    {"metadata", std::move(metadata)},
                    {"items", std::move(items)}};
  ApiAnswer out;
  out.body = json::serialize(list);
  return out;
}

Outcome<ApiAnswer> handle_watch(World& world, const ApiRequest& request, const Route& route) {
  (void)world;
  auto selectors = selectors_of(request, route);
  if (!selectors) return refuse(std::move(selectors.error()));
  const auto from = revision_in(request);
  if (!from) return refuse(from.error());
  WatchRequest watch;
  watch.type = route.type;
  watch.ns = route.ns;
  if (!route.name.empty()) {
    auto named = FieldSelector::parse("metadata.name=" + route.name, "");
    if (!named) return refuse(std::move(named.error()));
    selectors->fields = std::move(*named);
  }
  watch.labels = std::move(selectors->labels);
  watch.fields = std::move(selectors->fields);
  watch.metadata_only = wants_metadata_only(request);
  watch.bookmarks = request.value("allowWatchBookmarks").value_or("") == "true";
  const auto match = request.value("resourceVersionMatch");
  watch.initial_events = request.value("sendInitialEvents").value_or("") == "true";
  if (request.value("sendInitialEvents") && (!match || *match != "NotOlderThan")) {
    return refuse(invalid(
        {"meta.k8s.io", "listoptions", "ListOptions", ""},
        {forbidden_value("resourceVersionMatch",
                         "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")}));
  }
  if (watch.initial_events && !watch.bookmarks) {
    return refuse(
        invalid({"meta.k8s.io", "listoptions", "ListOptions", ""},
                {forbidden_value("allowWatchBookmarks", "sendInitialEvents requires allowWatchBookmarks")}));
  }
  // Without a version, and at version 0, a watch begins with all there is.
  if (!watch.initial_events && *from && **from != 0) watch.from = *from;
  if (const auto text = request.value("timeoutSeconds"); text && !text->empty()) {
    const auto timeout = parse_number<std::int64_t>(*text);
    if (!timeout || *timeout < 0)
      return refuse(bad_request(fmt::format("timeoutSeconds is not a number: \"{}\"", *text)));
    if (*timeout > 0) watch.timeout = std::chrono::seconds(std::min(*timeout, kMaxWatchSeconds));
  }
  ApiAnswer out;
  out.watch = std::move(watch);
  return out;
}

}  // namespace berth::simcluster
