#include "layout/judge.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>

#include "base/shown_value.hpp"
#include "layout/arrange.hpp"

namespace berth::layout {
namespace {

constexpr std::string_view kMaker = "10DE";
constexpr std::size_t kMostInstances = 16;
constexpr std::int64_t kMostReplicas = 64;  // as a pool file's units

class Judge {
 public:
  std::vector<FieldError> take() { return std::move(faults_); }

  void add(const std::string& path, std::string value, std::string limit, std::string message) {
    faults_.push_back({path, std::move(value), std::move(limit), std::move(message)});
  }
  void add(const std::string& path, const json::value& value, std::string limit, std::string message) {
    add(path, shown_value(value), std::move(limit), std::move(message));
  }
  /// Null, and told, for what is no object. Keys besides `known` are told: in the case that they are written
  /// in.
  const json::object* object(const std::string& path, const json::value& value,
                             std::initializer_list<std::string_view> known) {
    const auto* found = value.if_object();
    if (found == nullptr) {
      add(path, value, "a map", "This must be a map.");
      return nullptr;
    }
    for (const auto& [key, unused] : *found) {
      if (std::ranges::find(known, std::string_view(key)) != known.end()) continue;
      add(path.empty() ? std::string(key) : fmt::format("{}.{}", path, std::string_view(key)),
          std::string(key), fmt::format("{}", fmt::join(known, ", ")),
          "Nobody reads a field of this name, and what it should do is not done.");
    }
    return found;
  }
  void word(const std::string& path, const json::value* value,
            std::initializer_list<std::string_view> allowed) {
    if (value == nullptr) return;
    if (value->is_string() &&
        std::ranges::find(allowed, std::string_view(value->get_string())) != allowed.end())
      return;
    add(path, *value, fmt::format("{}", fmt::join(allowed, ", ")),
        "This is none of the words that mean something.");
  }
  void boolean(const std::string& path, const json::value* value) {
    if (value != nullptr && !value->is_bool())
      add(path, *value, "true or false", "This must be true or false.");
  }

 private:
  std::vector<FieldError> faults_;
};

std::string at(const std::string& path, std::string_view field) {
  return path.empty() ? std::string(field) : fmt::format("{}.{}", path, field);
}

/// "0x2BB510DE", of NVIDIA; a subsystem may follow.
std::optional<std::uint16_t> pci_id(std::string_view text) {
  constexpr std::size_t kLength = 10;
  if (const auto colon = text.find(':'); colon != std::string_view::npos) {
    if (text.size() - colon - 1 != kLength || !text.substr(colon + 1).starts_with("0x")) return std::nullopt;
    text = text.substr(0, colon);
  }
  if (text.size() != kLength || !text.starts_with("0x")) return std::nullopt;
  std::string upper(text.substr(2));
  std::ranges::transform(upper, upper.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  if (!upper.ends_with(kMaker)) return std::nullopt;
  std::uint16_t id = 0;
  const auto [end, error] = std::from_chars(upper.data(), upper.data() + 4, id, 16);
  if (error != std::errc() || end != upper.data() + 4) return std::nullopt;
  return id;
}

class MigJudge : public Judge {
 public:
  void config(const json::value& config) {
    const auto* top = object("", config, {"version", "mig-configs"});
    if (top == nullptr) return;
    const auto* version = top->if_contains("version");
    if (version == nullptr || *version != "v1")
      add("version", version == nullptr ? json::value(nullptr) : *version, "v1", "This must be v1.");
    const auto* configs = top->if_contains("mig-configs");
    const auto* named = configs == nullptr ? nullptr : configs->if_object();
    if (named == nullptr || named->empty()) {
      add("mig-configs", configs == nullptr ? json::value(nullptr) : *configs, "one or more",
          "This must be a map from names to lists of entries.");
      return;
    }
    for (const auto& [name, entries] : *named) layout(std::string(name), entries);
  }

 private:
  void layout(const std::string& name, const json::value& entries) {
    const auto path = "mig-configs." + name;
    const auto plain = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
             c == '_' || c == '.';
    };
    if (name.empty() || name.size() > 63 || !std::ranges::all_of(name, plain))
      add(path, name, "1 to 63 of a-z, A-Z, 0-9, -, _ and .", "A node's label cannot say this name.");
    const auto* list = entries.if_array();
    if (list == nullptr || list->empty()) {
      add(path, entries, "one entry or more", "This must be a list of entries.");
      return;
    }
    for (std::size_t i = 0; i < list->size(); ++i) entry(fmt::format("{}[{}]", path, i), (*list)[i]);
  }

  void entry(const std::string& path, const json::value& value) {
    const auto* entry = object(path, value, {"devices", "device-filter", "mig-enabled", "mig-devices"});
    if (entry == nullptr) return;
    devices(at(path, "devices"), entry->if_contains("devices"));
    const auto ids = filter(at(path, "device-filter"), entry->if_contains("device-filter"));
    const auto* enabled = entry->if_contains("mig-enabled");
    if (enabled == nullptr || !enabled->is_bool()) {
      add(at(path, "mig-enabled"), enabled == nullptr ? json::value(nullptr) : *enabled, "true or false",
          "This must be true or false.");
      return;
    }
    const auto* wanted = entry->if_contains("mig-devices");
    const auto where = at(path, "mig-devices");
    if (!enabled->get_bool()) {
      if (wanted != nullptr && !(wanted->is_object() && wanted->get_object().empty()))
        add(where, *wanted, "nothing", "A card that is not cut has no instances.");
      return;
    }
    const auto* counts = wanted == nullptr ? nullptr : wanted->if_object();
    if (counts == nullptr) {
      add(where, wanted == nullptr ? json::value(nullptr) : *wanted, "a map from profiles to numbers",
          "A card that is cut says into what, if it is into nothing.");
      return;
    }
    instances(where, *counts, ids);
  }

  void devices(const std::string& path, const json::value* value) {
    if (value != nullptr && *value == "all") return;
    const auto* list = value == nullptr ? nullptr : value->if_array();
    std::set<std::int64_t> seen;
    const auto is_index = [&](const json::value& one) {
      return one.is_int64() && one.get_int64() >= 0 && one.get_int64() < 64 &&
             seen.insert(one.get_int64()).second;
    };
    if (list != nullptr && !list->empty() && std::ranges::all_of(*list, is_index)) return;
    add(path, value == nullptr ? json::value(nullptr) : *value,
        "all, or a list of numbers of cards from 0 to 63",
        "This says which cards of a node are meant, each once.");
  }

  std::vector<std::uint16_t> filter(const std::string& path, const json::value* value) {
    std::vector<std::uint16_t> ids;
    if (value == nullptr) return ids;
    const json::array one{*value};
    const auto* list = value->is_array() ? &value->get_array() : &one;
    for (const auto& each : *list) {
      const auto id = each.is_string() ? pci_id(each.get_string()) : std::nullopt;
      if (id) {
        ids.push_back(*id);
      } else {
        add(path, each, "0x, a device's four digits, and 10DE", "This is the PCI id of no card of NVIDIA's.");
      }
    }
    return ids;
  }

  void instances(const std::string& path, const json::object& counts, const std::vector<std::uint16_t>& ids) {
    std::vector<std::string> profiles;
    for (const auto& [name, count] : counts) {
      const auto where = fmt::format("{}.{}", path, std::string_view(name));
      if (!parse_profile(name)) {
        add(where, std::string(name), "such as 1g.24gb, 1g.24gb+me or 1g.24gb-me",
            "This is the name of no profile.");
        return;
      }
      const bool is_count = count.is_int64() && count.get_int64() >= 1 &&
                            count.get_int64() <= static_cast<std::int64_t>(kMostInstances);
      if (!is_count) {
        add(where, count, fmt::format("1 to {}", kMostInstances), "This must be a number of instances.");
        return;
      }
      profiles.insert(profiles.end(), static_cast<std::size_t>(count.get_int64()), std::string(name));
    }
    if (profiles.size() > kMostInstances) {
      add(path, std::to_string(profiles.size()), std::to_string(kMostInstances),
          "No card has so many instances.");
      return;
    }
    fits(path, counts, profiles, ids);
  }

  void fits(const std::string& path, const json::value& counts, const std::vector<std::string>& profiles,
            const std::vector<std::uint16_t>& ids) {
    std::optional<std::string> why;
    bool on_any = false;
    for (const auto& card : cards()) {
      const bool is_meant = ids.empty() || std::ranges::any_of(card.pci_ids, [&](std::uint16_t id) {
                              return std::ranges::find(ids, id) != ids.end();
                            });
      if (!is_meant) continue;
      const auto placed = arrange(card, profiles);
      if (placed) {
        on_any = true;
      } else if (!ids.empty()) {
        add(path, counts, "what the card has room for", placed.error().message);
      } else if (!why &&
                 std::ranges::all_of(profiles, [&](const auto& one) { return card.find(one) != nullptr; })) {
        why = placed.error().message;
      }
    }
    if (!on_any && ids.empty())
      add(path, counts, "what some card has room for",
          why.value_or("No card that is known has all of these profiles."));
  }
};

class PluginJudge : public Judge {
 public:
  void config(const json::value& config) {
    const auto* top = object("", config, {"version", "flags", "sharing", "resources"});
    if (top == nullptr) return;
    const auto* version = top->if_contains("version");
    if (version == nullptr || *version != "v1")
      add("version", version == nullptr ? json::value(nullptr) : *version, "v1", "This must be v1.");
    if (const auto* flags = top->if_contains("flags")) read_flags(*flags);
    if (const auto* sharing = top->if_contains("sharing")) read_sharing(*sharing);
    if (const auto* resources = top->if_contains("resources")) {
      add("resources", *resources, "nothing", "The device plugin puts this back to its own, with a warning.");
    }
  }

 private:
  void read_flags(const json::value& value) {
    const auto* flags =
        object("flags", value,
               {"migStrategy", "failOnInitError", "restartOnDeviceUnhealthy", "mpsRoot", "nvidiaDriverRoot",
                "nvidiaDevRoot", "gdrcopyEnabled", "gdsEnabled", "mofedEnabled", "useNodeFeatureAPI",
                "deviceDiscoveryStrategy", "plugin", "gfd"});
    if (flags == nullptr) return;
    word("flags.migStrategy", flags->if_contains("migStrategy"), {"none", "single", "mixed"});
    for (const auto* name : {"failOnInitError", "gdrcopyEnabled", "gdsEnabled", "mofedEnabled"})
      boolean(at("flags", name), flags->if_contains(name));
    if (const auto* plugin = flags->if_contains("plugin")) {
      const auto* known =
          object("flags.plugin", *plugin,
                 {"passDeviceSpecs", "deviceListStrategy", "deviceIDStrategy", "cdiAnnotationPrefix",
                  "nvidiaCTKPath", "containerDriverRoot", "sharedDevicesAllocationPolicy"});
      if (known != nullptr)
        word("flags.plugin.sharedDevicesAllocationPolicy",
             known->if_contains("sharedDevicesAllocationPolicy"), {"distributed", "packed"});
    }
  }

  void read_sharing(const json::value& value) {
    const auto* sharing = object("sharing", value, {"timeSlicing", "mps"});
    if (sharing == nullptr) return;
    if (sharing->contains("timeSlicing") && sharing->contains("mps"))
      add("sharing", value, "timeSlicing or mps", "A node shares its cards in one way.");
    for (const auto* way : {"timeSlicing", "mps"}) {
      if (const auto* found = sharing->if_contains(way)) read_way(at("sharing", way), *found);
    }
  }

  void read_way(const std::string& path, const json::value& value) {
    const auto* way = object(path, value, {"renameByDefault", "failRequestsGreaterThanOne", "resources"});
    if (way == nullptr) return;
    boolean(at(path, "renameByDefault"), way->if_contains("renameByDefault"));
    const auto* fails = way->if_contains("failRequestsGreaterThanOne");
    if (fails == nullptr || *fails != true) {
      add(at(path, "failRequestsGreaterThanOne"), fails == nullptr ? json::value(nullptr) : *fails, "true",
          "Who asks for two slots of a card gets no more of it than with one, and is to be told so.");
    }
    const auto* resources = way->if_contains("resources");
    const auto* list = resources == nullptr ? nullptr : resources->if_array();
    if (list == nullptr || list->empty()) {
      add(at(path, "resources"), resources == nullptr ? json::value(nullptr) : *resources, "one or more",
          "Without resources the device plugin does not start.");
      return;
    }
    std::set<std::string> names;
    for (std::size_t i = 0; i < list->size(); ++i)
      read_resource(fmt::format("{}.resources[{}]", path, i), (*list)[i], names);
  }

  void read_resource(const std::string& path, const json::value& value, std::set<std::string>& names) {
    const auto* resource = object(path, value, {"name", "replicas", "rename", "devices"});
    if (resource == nullptr) return;
    const auto* name = resource->if_contains("name");
    const auto text = name != nullptr && name->is_string() ? std::string(name->get_string()) : std::string();
    const auto plain = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '/';
    };
    if (!text.starts_with("nvidia.com/") || text.size() > 63 || !std::ranges::all_of(text, plain)) {
      add(at(path, "name"), name == nullptr ? json::value(nullptr) : *name,
          "nvidia.com/gpu or nvidia.com/mig-...",
          "This is no name under which the device plugin offers anything.");
    } else if (!names.insert(text).second) {
      add(at(path, "name"), text, "each name once", "This resource is there twice.");
    }
    const auto* replicas = resource->if_contains("replicas");
    const auto count = replicas != nullptr && replicas->is_int64() ? replicas->get_int64() : 0;
    if (count < 2 || count > kMostReplicas) {
      add(at(path, "replicas"), replicas == nullptr ? json::value(nullptr) : *replicas,
          fmt::format("2 to {}", kMostReplicas),
          "What is not shared is left out: with 1 the device plugin does not start.");
    }
    for (const auto* ignored : {"rename", "devices"}) {
      if (const auto* found = resource->if_contains(ignored)) {
        if (*found == "all") continue;
        add(at(path, ignored), *found, "nothing",
            "The device plugin puts this back to its own, with a warning.");
      }
    }
  }
};

}  // namespace

std::vector<FieldError> judge_mig_config(const json::value& config) {
  MigJudge judge;
  judge.config(config);
  return judge.take();
}

std::vector<FieldError> judge_plugin_config(const json::value& config) {
  PluginJudge judge;
  judge.config(config);
  return judge.take();
}

}  // namespace berth::layout
