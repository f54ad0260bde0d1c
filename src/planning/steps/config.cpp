#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "manifests/amounts.hpp"
#include "manifests/endpoint_address.hpp"
#include "manifests/names_and_labels.hpp"
#include "planning/steps/table.hpp"

namespace berth::planning {
namespace {

using namespace manifests;

static_assert(said::kFactsName == kSessionConfigName, "where a workspace looks for its facts and answers");
static_assert(said::kQuotaName == kQuotaName, "and for its quota");

/// The cluster's list, and what must never go through a proxy because it is inside the cluster.
std::string no_proxy(const model::Cluster& cluster) {
  std::vector<std::string> hosts;
  const auto add = [&hosts](std::string_view host) {
    if (!host.empty() && std::find(hosts.begin(), hosts.end(), host) == hosts.end()) hosts.emplace_back(host);
  };
  std::string_view rest = cluster.proxy.no_proxy;
  while (!rest.empty()) {
    const auto comma = std::min(rest.find(','), rest.size());
    add(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  for (const auto host : {"localhost", "127.0.0.1", "::1", ".svc", ".cluster.local"}) add(host);
  for (const auto& range : cluster.service_ranges) add(range);
  for (const auto& range : cluster.pod_ranges) add(range);
  for (const auto& server : cluster.api_servers) add(host_of(server));
  return fmt::format("{}", fmt::join(hosts, ","));
}

/// Programs differ in which case they read.
void add_in_both_cases(json::object& data, std::string_view upper, const std::string& value) {
  if (value.empty()) return;
  std::string lower(upper);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  data.emplace(upper, value);
  data.emplace(lower, value);
}

/// Each key becomes a variable of every container that does not set it. Absent where the cluster has no
/// proxy: the admission policy that reads it then lets pods be.
Object proxy_config(const SessionSpec& spec) {
  json::object data;
  add_in_both_cases(data, "HTTP_PROXY", spec.cluster.proxy.http);
  add_in_both_cases(data, "HTTPS_PROXY", spec.cluster.proxy.https);
  add_in_both_cases(data, "NO_PROXY", no_proxy(spec.cluster));
  return session_object(spec, kConfigMaps, kProxyConfigName, Guard::kYes,
                        json::object{{"data", std::move(data)}});
}

/// Facts for people and programs inside, a plain text each. Mounted as files, so that a new end arrives in a
/// running workspace; never a variable of the workspace, which would restart it.
Object session_config(const SessionSpec& spec) {
  int slots = 0;
  for (const auto& unit : spec.units) slots += unit.replicas;
  json::object data{
      {"session", spec.session.id.value},
      {"reservation", spec.reservation.id.value},
      {"name", spec.reservation.name},
      {"mode", model::to_string(spec.reservation.mode)},
      {"starts_at", format_rfc3339(spec.reservation.window.start)},
      {"ends_at", format_rfc3339(spec.reservation.window.end)},
      {"time_zone", spec.time_zone},
      {"device_class", spec.device_class.name},
      {"device_class_title", spec.device_class.title},
      {"device_memory_gib", std::to_string(spec.device_class.device_memory.value)},
      {"units", std::to_string(spec.units.size())},
      {"slots", std::to_string(slots)},
      {"resource_names", fmt::format("{}", fmt::join(resource_names(spec), ","))},
      {"cpu", format_cores(spec.reservation.load.cpu)},
      {"memory_gib", std::to_string(spec.reservation.load.memory.value)},
      {"storage_gib", std::to_string(spec.reservation.load.storage.value)},
      {"workspace_url", workspace_url(spec)},
      {"files_kept_days", std::to_string(spec.home_kept_days)},
  };
  if (!spec.answer.empty()) data.emplace(said::kAnswerKey, spec.answer);
  return session_object(spec, kConfigMaps, kSessionConfigName, Guard::kYes,
                        json::object{{"data", std::move(data)}});
}

/// Where whoever is not let in gets a ticket; empty where nobody said where the pages are.
std::string page_of(const SessionSpec& spec) {
  std::string_view at = spec.cluster.portal_url;
  if (at.empty()) return {};
  while (at.ends_with('/')) at.remove_suffix(1);
  return fmt::format("{}/reservations/{}", at, spec.reservation.id.value);
}

}  // namespace

Object access_list_object(const SessionSpec& spec) {
  const entry::AccessList list{.session = spec.session.id.value,
                               .host = spec.session.host,
                               .people = spec.may_enter,
                               .keys = spec.gate_keys,
                               .portal = page_of(spec)};
  return session_object(spec, kConfigMaps, entry::kAccessListName, Guard::kYes,
                        json::object{{"data", json::object{{entry::kAccessListKey, entry::to_text(list)}}}});
}

std::vector<Object> config_objects(const SessionSpec& spec) {
  std::vector<Object> objects{session_config(spec), access_list_object(spec)};
  if (!spec.cluster.proxy.http.empty() || !spec.cluster.proxy.https.empty())
    objects.push_back(proxy_config(spec));
  objects.push_back(kubeconfig_guard(spec));
  return objects;
}

}  // namespace berth::planning
