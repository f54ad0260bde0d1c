#include "simcluster/watch_hub.hpp"

namespace berth::simcluster {
namespace {

std::string line(std::string_view type, json::object object) {
  return json::serialize(json::object{{"type", type}, {"object", std::move(object)}}) + "\n";
}

std::string bookmark(const WatchRequest& request, Revision revision, bool initial_end) {
  json::object metadata{{"resourceVersion", std::to_string(revision)}, {"creationTimestamp", nullptr}};
  if (initial_end) metadata["annotations"] = json::object{{"k8s.io/initial-events-end", "true"}};
  return line("BOOKMARK",
              {{"kind", request.metadata_only ? "PartialObjectMetadata" : request.type->kind},
               {"apiVersion", request.metadata_only ? "meta.k8s.io/v1" : request.type->api_version()},
               {"metadata", std::move(metadata)}});
}

bool selects(const WatchRequest& request, const json::object& object) {
  return request.labels.matches(labels_of(object)) && request.fields.matches(object);
}

}  // namespace

void WatchHub::open(const World& world, WatchRequest request, std::shared_ptr<http::Stream> stream) {
  const auto& store = world.store();
  const auto now = world.now();
  Watch watch{std::move(request), std::move(stream), store.revision(), {}, {}};
  watch.ends = now + watch.request.timeout;
  watch.next_bookmark = now + bookmark_interval_;
  if (watch.request.from) {
    const auto missed = store.events_after(*watch.request.from);
    if (!missed) {
      watch.stream->send(line(
          "ERROR", status_object(expired("too old resource version: " + std::to_string(*watch.request.from) +
                                         " (" + std::to_string(store.oldest()) + ")"))));
      watch.stream->finish();
      return;
    }
    for (const auto& event : *missed) {
      if (!send_event(watch, event)) return;
    }
    watch.sent = std::max(watch.sent, *watch.request.from);
  } else {
    std::optional<std::string_view> ns;
    if (!watch.request.ns.empty()) ns = watch.request.ns;
    for (const auto& object : store.list(watch.request.type->storage, ns)) {
      if (!selects(watch.request, *object)) continue;
      if (!watch.stream->send(
              line("ADDED", shown(*object, *watch.request.type, watch.request.metadata_only))))
        return;
    }
    if (watch.request.initial_events) watch.stream->send(bookmark(watch.request, store.revision(), true));
  }
  watches_.push_back(std::move(watch));
}

bool WatchHub::send_event(Watch& watch, const StoreEvent& event) const {
  const auto& request = watch.request;
  if (event.key.storage != request.type->storage || (!request.ns.empty() && event.key.ns != request.ns))
    return true;
  const bool was = event.before != nullptr && selects(request, *event.before);
  const bool is = event.change != Change::kDeleted && selects(request, *event.object);
  if (!was && !is) return true;
  const auto* type = is ? (was ? "MODIFIED" : "ADDED") : "DELETED";
  return watch.stream->send(line(type, shown(*event.object, *request.type, request.metadata_only)));
}

void WatchHub::follow(const World& world) {
  const auto revision = world.store().revision();
  if (revision == followed_) return;
  const auto events = world.store().events_after(std::max(followed_, world.store().oldest()));
  followed_ = revision;
  if (!events) return;
  std::erase_if(watches_, [&](Watch& watch) {
    for (const auto& event : *events) {
      if (event.revision <= watch.sent) continue;
      if (!send_event(watch, event)) return true;
      watch.sent = event.revision;
    }
    watch.sent = std::max(watch.sent, revision);
    return !watch.stream->open();
  });
}

void WatchHub::look_at_time(const World& world) {
  const auto now = world.now();
  std::erase_if(watches_, [&](Watch& watch) {
    const bool over = now >= watch.ends;
    if (watch.request.bookmarks && (over || now >= watch.next_bookmark)) {
      watch.next_bookmark = now + bookmark_interval_;
      watch.stream->send(bookmark(watch.request, world.store().revision(), false));
    }
    if (over) watch.stream->finish();
    return over || !watch.stream->open();
  });
}

void WatchHub::end_all(bool properly) {
  for (auto& watch : watches_) {
    if (properly) watch.stream->finish();
  }
  watches_.clear();
}

}  // namespace berth::simcluster
