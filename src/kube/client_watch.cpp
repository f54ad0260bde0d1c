#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "kube/client_impl.hpp"
#include "kube/line_splitter.hpp"
#include "kube/status_error.hpp"

namespace berth::kube {

namespace {

constexpr std::chrono::seconds kWatchGrace{30};  // beyond the watch's own timeout, silence means a dead peer

std::optional<EventType> event_type(std::string_view text) {
  if (text == "ADDED") return EventType::kAdded;
  if (text == "MODIFIED") return EventType::kModified;
  if (text == "DELETED") return EventType::kDeleted;
  if (text == "BOOKMARK") return EventType::kBookmark;
  return std::nullopt;
}

}  // namespace

Result<WatchEvent> read_event(std::string_view what, std::string_view line) {
  auto value = parse_json(line, kMaxObjectDepth);
  if (!value) return fail(within(fmt::format("{}: an event", what), value.error()));
  const auto type = string_at(*value, {"type"});
  auto* object = value->is_object() ? value->get_object().if_contains("object") : nullptr;
  if (object == nullptr || !object->is_object())
    return fail(Code::kMalformed, fmt::format("{}: an event without object", what));
  if (type == "ERROR") return fail(error_of_status(what, 500, *object));
  const auto known = event_type(type);
  if (!known) return fail(Code::kMalformed, fmt::format("{}: an event of unknown type", what));
  return WatchEvent{.type = *known, .object = std::move(*object)};
}

Status Client::Impl::watch(const Resource& resource, const WatchQuery& query,
                           const std::function<bool(WatchEvent)>& on_event) {
  const auto what = "watch " + describe({.resource = resource, .ns = query.ns, .name = {}});
  const auto path = collection_path(resource, query.ns);
  if (!path) return fail(within(what, path.error()));
  auto parameters = select_query(query.label_selector, query.field_selector);
  parameters.add("watch", "1");
  parameters.add("allowWatchBookmarks", "true");
  parameters.add("timeoutSeconds", std::to_string(query.timeout.count()));
  if (!query.resource_version.empty()) parameters.add("resourceVersion", query.resource_version);

  LineSplitter splitter(settings_.max_event_bytes);
  std::optional<Error> failure;
  const auto longest = query.timeout + kWatchGrace;
  const auto patience = query.bookmark_patience.count() > 0
                            ? std::min<std::chrono::milliseconds>(query.bookmark_patience, longest)
                            : longest;
  // Read anew at each wait of the exchange, so that the first bookmark shortens what silence may last.
  ExchangeLimits limits{.deadline = std::chrono::steady_clock::now() + longest + kWatchGrace,
                        .max_body_bytes = settings_.max_response_bytes,
                        .max_silence = query.hears_bookmarks ? patience : longest};
  const auto on_line = [&](std::string_view line) {
    auto event = read_event(what, line);
    if (event && event->type == EventType::kBookmark) limits.max_silence = patience;
    if (event) return on_event(std::move(*event));
    failure = std::move(event.error());
    return false;
  };
  bool reader_is_done = false;
  HttpRequest request{.target = *path + parameters.text()};
  request.on_bytes = [&](std::string_view bytes) {
    const auto fed = splitter.feed(bytes, [&](std::string_view line) {
      reader_is_done = !on_line(line);
      return !reader_is_done;
    });
    if (!fed) failure = within(what, fed.error());
    return fed.has_value() && !reader_is_done;
  };
  const auto outcome = transport_->exchange(request, limits, stop_);
  if (failure) return fail(std::move(*failure));
  if (!outcome || outcome->status < 200 || outcome->status >= 300)
    return fail(error_of_exchange(what, outcome));
  if (splitter.has_rest() && !reader_is_done) {
    return fail(Code::kUnavailable, what + ": the stream ended in the middle of an event");
  }
  return {};
}

Status Client::watch(const Resource& resource, const WatchQuery& query,
                     const std::function<bool(WatchEvent)>& on_event) {
  return impl_->watch(resource, query, on_event);
}

}  // namespace berth::kube
