#include "portal/own_cluster.hpp"

#include <fmt/format.h>

namespace berth::portal {

std::vector<std::pair<std::string, std::string>> keep_own_facts(const std::optional<model::Cluster>& own,
                                                                std::vector<model::Cluster>& clusters) {
  std::vector<std::pair<std::string, std::string>> notes;
  if (!own) return notes;
  for (auto& cluster : clusters) {
    if (cluster.name != own->name) continue;
    const auto keep = [&](std::string_view field, auto& value, const auto& kept, const auto& shown) {
      if (value == kept) return;
      notes.emplace_back(cluster.name,
                         fmt::format("{} stays {} and does not become {}: this is a demo, whose cluster is "
                                     "simulated on this machine.",
                                     field, shown(kept), shown(value)));
      value = kept;
    };
    const auto text = [](const auto& value) { return fmt::format("\"{}\"", value); };
    const auto number = [](const auto& value) { return fmt::format("{}", value); };
    const auto word = [](model::Flavour value) { return std::string(model::to_string(value)); };
    keep("apps_domain", cluster.apps_domain, own->apps_domain, text);
    keep("url_scheme", cluster.url_scheme, own->url_scheme, text);
    keep("url_port", cluster.url_port, own->url_port, number);
    if (cluster.portal_url.empty()) cluster.portal_url = own->portal_url;  // no file knows a demo's port
    keep("flavour", cluster.flavour, own->flavour, word);
  }
  return notes;
}

}  // namespace berth::portal
