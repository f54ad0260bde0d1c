#include "simcluster/store.hpp"

#include <algorithm>

namespace berth::simcluster {

ObjectPtr Store::get(const Key& key) const {
  const auto kind = objects_.find(key.storage);
  if (kind == objects_.end()) return nullptr;
  const auto found = kind->second.find({key.ns, key.name});
  return found == kind->second.end() ? nullptr : found->second;
}

ObjectPtr Store::put(const Key& key, json::object object) {
  ++revision_;
  child(object, {"metadata"})["resourceVersion"] = std::to_string(revision_);
  auto fresh = std::make_shared<const json::object>(std::move(object));
  auto& slot = objects_[key.storage][{key.ns, key.name}];
  const auto before = slot;
  if (before == nullptr) ++size_;
  slot = fresh;
  remember({revision_, before == nullptr ? Change::kAdded : Change::kModified, key, fresh, before});
  return fresh;
}

ObjectPtr Store::erase(const Key& key, std::optional<json::object> final_state) {
  const auto kind = objects_.find(key.storage);
  if (kind == objects_.end()) return nullptr;
  const auto found = kind->second.find({key.ns, key.name});
  if (found == kind->second.end()) return nullptr;
  const auto before = found->second;
  kind->second.erase(found);
  --size_;
  ++revision_;
  auto last = final_state ? std::move(*final_state) : *before;
  child(last, {"metadata"})["resourceVersion"] = std::to_string(revision_);
  auto object = std::make_shared<const json::object>(std::move(last));
  remember({revision_, Change::kDeleted, key, object, before});
  return object;
}

std::vector<ObjectPtr> Store::list(std::string_view storage, std::optional<std::string_view> ns) const {
  std::vector<ObjectPtr> out;
  const auto kind = objects_.find(storage);
  if (kind == objects_.end()) return out;
  auto at = ns ? kind->second.lower_bound({std::string(*ns), ""}) : kind->second.begin();
  for (; at != kind->second.end() && (!ns || at->first.first == *ns); ++at) out.push_back(at->second);
  return out;
}

std::optional<std::vector<ObjectPtr>> Store::list_at(std::string_view storage,
                                                     std::optional<std::string_view> ns,
                                                     Revision revision) const {
  if (revision > revision_ || revision < forgotten_) return std::nullopt;
  if (revision == revision_) return list(storage, ns);
  std::map<Place, ObjectPtr> then;
  for (auto& object : list(storage, ns))
    then.emplace(Place{namespace_of(*object), name_of(*object)}, std::move(object));
  // Undo what came since, newest first.
  for (auto event = events_.rbegin(); event != events_.rend() && event->revision > revision; ++event) {
    if (event->key.storage != storage || (ns && event->key.ns != *ns)) continue;
    const Place place{event->key.ns, event->key.name};
    if (event->before == nullptr) {
      then.erase(place);
    } else {
      then[place] = event->before;
    }
  }
  std::vector<ObjectPtr> out;
  for (auto& [place, object] : then) out.push_back(std::move(object));
  return out;
}

std::optional<std::vector<StoreEvent>> Store::events_after(Revision revision) const {
  if (revision < forgotten_) return std::nullopt;
  const auto begin = std::ranges::upper_bound(events_, revision, {}, &StoreEvent::revision);
  return std::vector<StoreEvent>(begin, events_.end());
}

void Store::compact(Revision revision) {
  while (!events_.empty() && events_.front().revision <= revision) events_.pop_front();
  forgotten_ = std::max(forgotten_, std::min(revision, revision_));
}

std::vector<std::string> Store::storages() const {
  std::vector<std::string> out;
  for (const auto& [storage, kind] : objects_) {
    if (!kind.empty()) out.push_back(storage);
  }
  return out;
}

std::vector<std::pair<Key, ObjectPtr>> Store::everything() const {
  std::vector<std::pair<Key, ObjectPtr>> out;
  out.reserve(size_);
  for (const auto& [storage, kind] : objects_) {
    for (const auto& [place, object] : kind)
      out.emplace_back(Key{storage, place.first, place.second}, object);
  }
  return out;
}

void Store::restore(Revision revision, std::vector<std::pair<Key, ObjectPtr>> objects) {
  revision_ = revision;
  forgotten_ = revision;
  size_ = objects.size();
  for (auto& [key, object] : objects) objects_[key.storage][{key.ns, key.name}] = std::move(object);
}

void Store::remember(StoreEvent event) {
  events_.push_back(std::move(event));
  if (events_.size() > history_) {
    forgotten_ = events_.front().revision;
    events_.pop_front();
  }
}

}  // namespace berth::simcluster
