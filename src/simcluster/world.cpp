#include "simcluster/world.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace berth::simcluster {
namespace {

constexpr std::string_view kVersion = "resourceVersion";

bool same_metadata(const json::object& a, const json::object& b) {
  const auto counted = [](const json::object& metadata) {
    return metadata.size() - (metadata.contains(kVersion) ? 1 : 0);
  };
  if (counted(a) != counted(b)) return false;
  return std::ranges::all_of(a, [&](const json::key_value_pair& field) {
    if (field.key() == kVersion) return true;
    const auto* other = b.if_contains(field.key());
    return other != nullptr && field.value() == *other;
  });
}

}  // namespace

World::World(const Settings& settings, const Clock& clock, Random& random, Faults& faults, Log log)
    : settings_(settings),
      clock_(clock),
      random_(random),
      faults_(faults),
      log_(std::move(log)),
      table_(settings.flavour, settings.mutating_policies),
      store_(settings.bounds.history_events) {}

std::string World::timestamp(Instant at) const {
  return format_rfc3339(std::chrono::floor<seconds>(at));
}
std::string World::timestamp() const {
  return timestamp(now());
}

std::string World::new_uid() {
  return random_uuid(random_);
}

std::string World::name_suffix(std::size_t length) {
  constexpr std::string_view kAlphabet = "bcdfghjklmnpqrstvwxz2456789";
  std::string out(length, '\0');
  random_.fill(std::as_writable_bytes(std::span(out)));
  for (auto& c : out) c = kAlphabet[static_cast<unsigned char>(c) % kAlphabet.size()];
  return out;
}

bool World::same_content(const json::object& a, const json::object& b) {
  if (a.size() != b.size()) return false;
  for (const auto& [name, value] : a) {
    const auto* other = b.if_contains(name);
    if (other == nullptr) return false;
    if (name == "metadata" && value.is_object() && other->is_object()) {
      if (!same_metadata(value.get_object(), other->get_object())) return false;
    } else if (value != *other) {
      return false;
    }
  }
  return true;
}

ObjectPtr World::put(const Key& key, json::object object) {
  const auto before = store_.get(key);
  if (before != nullptr && same_content(*before, object)) return before;
  auto after = store_.put(key, std::move(object));
  touch_around(key);
  return after;
}

void World::touch_around(const Key& key) {
  if (key.storage == "namespaces") {
    touch(key.name);
    return;
  }
  touch(key.ns);
  if (key.storage == "nodes") room_changed_ = true;
}

ObjectPtr World::erase(const Key& key, std::optional<json::object> final_state) {
  auto last = store_.erase(key, std::move(final_state));
  if (last == nullptr) return last;
  const auto uid = uid_of(*last);
  const auto begin = waits_.lower_bound({uid, ""});
  auto end = begin;
  while (end != waits_.end() && end->first.first == uid) ++end;
  waits_.erase(begin, end);
  touch_around(key);
  if (key.storage == "pods") {
    // The room it leaves may let pods of any namespace in.
    room_changed_ = true;
    touch("");
  }
  return last;
}

bool World::take_touched(std::string& ns) {
  if (touched_.empty()) return false;
  ns = *touched_.begin();
  touched_.erase(touched_.begin());
  return true;
}

bool World::take_room_changed() {
  return std::exchange(room_changed_, false);
}

bool World::waited(const std::string& uid, std::string_view what, std::chrono::milliseconds delay,
                   const std::string& ns) {
  if (delay.count() <= 0) return true;
  const auto over = now() + delay;
  const auto [wait, first] = waits_.try_emplace({uid, std::string(what)}, over);
  if (wait->second <= now()) return true;
  if (first) wakes_.emplace(wait->second, ns);
  return false;
}

void World::forget_wait(const std::string& uid, std::string_view what) {
  waits_.erase({uid, std::string(what)});
}

void World::wake() {
  while (!wakes_.empty() && wakes_.begin()->first <= now()) {
    touch(wakes_.begin()->second);
    wakes_.erase(wakes_.begin());
  }
}

}  // namespace berth::simcluster
