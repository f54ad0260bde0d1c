#include "reconciler/difference.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "base/shown_value.hpp"
#include "base/text.hpp"
#include "kubeschema/schema.hpp"
#include "manifests/manifests.hpp"

namespace berth::reconciler {
namespace {

/// Keys that were added and are named; of more than these only the first are.
constexpr std::size_t kMaxNamedKeys = 3;

using kubeschema::Schema;

/// How an item of a list that merges is called in a path: by what its first key says.
std::string label_of(const json::value& item, const Schema& list) {
  const auto* object = item.if_object();
  const auto* id =
      object == nullptr || list.keys.empty() ? nullptr : object->if_contains(list.keys.front().name);
  return shown_value(id == nullptr ? item : *id);
}

/// Follows the difference down. What counts as one is decided by manifests::matches alone: each part of what
/// was sent is put into the kept object by itself, and is at fault if that does not match the kept object any
/// more. So a part is judged where it lies, by the rules of that place.
class Search {
 public:
  Search(const json::value& sent, const json::value& kept)
      : kept_(kept),
        mixed_(kept),
        here_{&sent, &kept},
        schema_(kubeschema::schema_of(string_at(sent, {"kind"}))) {
    // Items of a list come without, and what counts as a difference depends on it.
    if (auto* object = mixed_.if_object(); object != nullptr && !object->contains("kind"))
      object->emplace("kind", string_at(sent, {"kind"}));
  }

  void run() { descend(mixed_, *schema_); }

  /// Field by field, items of lists left out: "spec.validationActions".
  std::vector<std::string> fields() const {
    std::vector<std::string> out;
    std::string_view rest = path_;
    while (!rest.empty() && !rest.starts_with('[')) {
      const auto end = rest.find_first_of(".[");
      out.emplace_back(rest.substr(0, end));
      if (end == std::string_view::npos || rest[end] == '[') break;
      rest.remove_prefix(end + 1);
    }
    if (const auto added = added_keys(); !added.empty()) out.push_back(added.front());
    return out;
  }

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
  void descend(json::value& mixed, const Schema& schema) {
    if (here_.sent->is_object() && mixed.is_object()) {
      descend_object(mixed.get_object(), schema);
    } else if (here_.sent->is_array() && mixed.is_array()) {
      descend_list(mixed.get_array(), schema);
    }
  }

  void descend_object(json::object& mixed, const Schema& schema) {
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
      return descend(*there, schema.at(key));
    }
  }

  void descend_list(json::array& mixed, const Schema& schema) {
    const auto& sent = here_.sent->get_array();
    for (std::size_t i = 0; i < sent.size(); ++i) {
      auto label = fmt::format("[{}]", i);
      std::size_t j = i;
      if (merges_items(schema)) {
        label = fmt::format("[{}]", label_of(sent[i], schema));
        const auto key = item_key(sent[i], schema);
        const auto* found = std::find_if(mixed.begin(), mixed.end(),
                                         [&](const auto& item) { return item_key(item, schema) == key; });
        if (found == mixed.end()) return go_to(label, {&sent[i], nullptr});
        j = static_cast<std::size_t>(found - mixed.begin());
      } else if (sent.size() != mixed.size()) {
        return;
      }
      if (mixed[j] == sent[i] || fits_in(mixed[j], sent[i])) continue;
      go_to(label, {&sent[i], &here_.kept->get_array()[j]});
      return descend(mixed[j], schema);
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
    if (here_.kept == nullptr) return added;
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
  std::shared_ptr<const Schema> schema_;
  std::string path_;
};

/// How many of the fields lie in what that entry of managedFields owns.
std::size_t depth_owned(const json::value& entry, const std::vector<std::string>& fields) {
  const auto* here = find(entry, {"fieldsV1"});
  std::size_t depth = 0;
  for (const auto& field : fields) {
    const auto* object = here == nullptr ? nullptr : here->if_object();
    here = object == nullptr ? nullptr : object->if_contains("f:" + field);
    if (here == nullptr) break;
    ++depth;
  }
  return depth;
}

std::string manager_of(const json::value& kept, const std::vector<std::string>& fields,
                       std::string_view our_manager) {
  std::string manager;
  std::string written_at;
  std::size_t deepest = 1;  // all of them own metadata or spec
  const auto* entries = find(kept, {"metadata", "managedFields"});
  if (entries == nullptr || !entries->is_array()) return {};
  for (const auto& entry : entries->get_array()) {
    const auto who = string_at(entry, {"manager"});
    const auto depth = depth_owned(entry, fields);
    const auto at = string_at(entry, {"time"});
    if (who == our_manager || depth < deepest || (depth == deepest && at < written_at)) continue;
    manager = who;
    written_at = at;
    deepest = depth;
  }
  return manager;
}

}  // namespace

std::string first_difference_and_whose(const json::value& sent, const json::value& kept,
                                       std::string_view our_manager) {
  Search search(sent, kept);
  search.run();
  const auto manager = manager_of(kept, search.fields(), our_manager);
  return search.text(false) + (manager.empty() ? "" : fmt::format(" (field manager {})", manager));
}

std::string first_difference(const json::value& sent, const json::value& kept, bool secret) {
  Search search(sent, kept);
  search.run();
  return search.text(secret);
}

}  // namespace berth::reconciler
