#include "reconciler/difference.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "base/shown_value.hpp"
#include "base/text.hpp"
#include "manifests/manifests.hpp"

namespace berth::reconciler {
namespace {

/// Keys that were added and are named; of more than these only the first are.
constexpr std::size_t kMaxNamedKeys = 3;

/// What tells the items of a list apart, the surest first; null where there is nothing of the kind.
const json::value* identity(const json::value& item) {
  static constexpr std::array<std::string_view, 3> kKeys{"mountPath", "containerPort", "name"};
  const auto* object = item.if_object();
  if (object == nullptr) return nullptr;
  for (const auto key : kKeys) {
    if (const auto* id = object->if_contains(key)) return id;
  }
  return nullptr;
}

bool same_identity(const json::value& item, const json::value& id) {
  const auto* other = identity(item);
  return other != nullptr && *other == id;
}

/// Follows the difference down. What counts as one is decided by manifests::matches alone: each part of what
/// was sent is put into the kept object by itself, and is at fault if that does not match the kept object any
/// more. So a part is judged where it lies, by the rules of that place.
class Search {
 public:
  Search(const json::value& sent, const json::value& kept) : kept_(kept), mixed_(kept), here_{&sent, &kept} {}

  void run() { descend(mixed_); }

  std::string text(bool secret) const {
    const auto path = path_.empty() ? std::string("the object") : path_;
    if (here_.kept == nullptr) return path + " is missing";
    if (const auto added = added_keys(); !added.empty()) {
      return fmt::format("{} has what was not sent: {}", path, fmt::join(added, ", "));
    }
    const auto* sent = here_.sent->if_array();
    const auto* kept = here_.kept->if_array();
    if (sent != nullptr && kept != nullptr && sent->size() != kept->size()) {
      return fmt::format("{} has {} items instead of {}", path, kept->size(), sent->size());
    }
    if (secret || here_.sent->is_structured()) return path + " differs";
    return fmt::format("{} is {} instead of {}", path, shown_value(*here_.kept), shown_value(*here_.sent));
  }

 private:
  struct Place {
    const json::value* sent;
    const json::value* kept;  // null: nothing is there
  };

  /// `mixed` is the part of mixed_ that lies here; it equals the kept one.
  void descend(json::value& mixed) {
    if (here_.sent->is_object() && mixed.is_object()) {
      descend_object(mixed.get_object());
    } else if (here_.sent->is_array() && mixed.is_array()) {
      descend_list(mixed.get_array());
    }
  }

  void descend_object(json::object& mixed) {
    for (const auto& [key, value] : here_.sent->get_object()) {
      auto* there = mixed.if_contains(key);
      if (there != nullptr && *there == value) continue;
      if (there == nullptr) {
        mixed.emplace(key, value);
        const bool fits = manifests::matches(mixed_, kept_);
        mixed.erase(key);
        if (fits) continue;
        return go_to(path_.empty() ? std::string(key) : fmt::format(".{}", std::string_view(key)),
                     {&value, nullptr});
      }
      if (fits_in(*there, value)) continue;
      const auto* kept = here_.kept->get_object().if_contains(key);
      go_to(path_.empty() ? std::string(key) : fmt::format(".{}", std::string_view(key)), {&value, kept});
      return descend(*there);
    }
  }

  void descend_list(json::array& mixed) {
    const auto& sent = here_.sent->get_array();
    for (std::size_t i = 0; i < sent.size(); ++i) {
      const auto* id = identity(sent[i]);
      const auto label = fmt::format("[{}]", id == nullptr ? std::to_string(i) : shown_value(*id));
      std::size_t j = i;
      if (id != nullptr) {
        const auto* found = std::find_if(mixed.begin(), mixed.end(),
                                         [&](const auto& item) { return same_identity(item, *id); });
        if (found == mixed.end()) return go_to(label, {&sent[i], nullptr});
        j = static_cast<std::size_t>(found - mixed.begin());
      } else if (sent.size() != mixed.size()) {
        return;
      }
      if (mixed[j] == sent[i] || fits_in(mixed[j], sent[i])) continue;
      go_to(label, {&sent[i], &here_.kept->get_array()[j]});
      return descend(mixed[j]);
    }
  }

  bool fits_in(json::value& place, const json::value& value) {
    auto kept = std::exchange(place, value);
    const bool fits = manifests::matches(mixed_, kept_);
    place = std::move(kept);
    return fits;
  }

  void go_to(const std::string& step, Place place) {
    path_ += step;
    here_ = place;
  }

  /// Where all that was sent is there and it still does not match, something was added that may not be.
  std::vector<std::string> added_keys() const {
    std::vector<std::string> added;
    const auto* sent = here_.sent->if_object();
    const auto* kept = here_.kept->if_object();
    if (sent == nullptr || kept == nullptr) return added;
    for (const auto& field : *kept) {
      if (!sent->contains(field.key()) && added.size() < kMaxNamedKeys)
        added.push_back(shown(std::string_view(field.key())));
    }
    return added;
  }

  const json::value& kept_;
  json::value mixed_;
  Place here_;
  std::string path_;
};

}  // namespace

std::string first_difference(const json::value& sent, const json::value& kept, bool secret) {
  Search search(sent, kept);
  search.run();
  return search.text(secret);
}

}  // namespace berth::reconciler
