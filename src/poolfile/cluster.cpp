#include <algorithm>
#include <array>

#include "poolfile/parts.hpp"
#include "poolfile/poolfile.hpp"
#include "poolfile/rules.hpp"

namespace berth::poolfile {
namespace {

constexpr std::array<std::string_view, 3> kRequiredRanges{"pod_ranges", "service_ranges", "node_ranges"};

json::array texts(const std::vector<std::string>& items) {
  return json::array(items.begin(), items.end());
}

/// What sessions may not reach. Without these ranges the fence would let them reach every pod, Service and
/// node of the cluster, so nobody declares a cluster without. Rows of clusters that were declared before are
/// read all the same; the sweep tells of what lies outside (kNodeOutsideRanges).
void require_ranges(Fields& fields, const json::value& document) {
  for (const auto name : kRequiredRanges) {
    const auto* given = find(document, {name});
    if (given != nullptr && !(given->is_array() && given->get_array().empty())) continue;
    fields.faults().add(
        fields.path_of(name), given == nullptr ? "" : "[]", "1 range or more",
        "Must name the cluster's own ranges, such as [10.128.0.0/14]: sessions are kept out of "
        "them.");
  }
}

}  // namespace

bool is_required_range(std::string_view field) {
  return std::find(kRequiredRanges.begin(), kRequiredRanges.end(), field) != kRequiredRanges.end();
}

void read_facts(Fields& fields, model::Cluster& cluster) {
  std::string flavour(to_string(cluster.flavour));
  fields.text("flavour", Need::kOptional, kFlavour, flavour);
  cluster.flavour = flavour == to_string(model::Flavour::kOpenshift) ? model::Flavour::kOpenshift
                                                                     : model::Flavour::kKubernetes;
  fields.text("apps_domain", Need::kOptional, kDnsName, cluster.apps_domain);
  fields.text("url_scheme", Need::kOptional, kUrlScheme, cluster.url_scheme);
  fields.integer("url_port", Need::kOptional, kPortRange, cluster.url_port);
  fields.texts("pod_ranges", kMaxRanges, kCidr, cluster.pod_ranges);
  fields.texts("service_ranges", kMaxRanges, kCidr, cluster.service_ranges);
  fields.texts("node_ranges", kMaxRanges, kCidr, cluster.node_ranges);
  fields.texts("blocked_ranges", kMaxRanges, kCidr, cluster.blocked_ranges);
  fields.texts("api_servers", kMaxRanges, kAddressAndPort, cluster.api_servers);
  fields.text("api_url", Need::kOptional, kApiUrl, cluster.api_url);
  fields.text("api_authority", Need::kOptional, kApiAuthority, cluster.api_authority);
  fields.text("portal_url", Need::kOptional, kPortalUrl, cluster.portal_url);
  fields.text("storage_class", Need::kOptional, kDnsNameOrEmpty, cluster.storage_class);
  fields.text("ingress_class", Need::kOptional, kDnsNameOrEmpty, cluster.ingress_class);
  fields.text("pod_security", Need::kOptional, kPodSecurity, cluster.pod_security);
  fields.text("workspace_image", Need::kOptional, kImage, cluster.workspace_image);
  fields.texts("image_pull_secrets", kMaxRanges, kDnsName, cluster.image_pull_secrets);
  fields.text("scc", Need::kOptional, kDnsName, cluster.scc);
  fields.object("proxy", Need::kOptional, [&](Fields& proxy) {
    proxy.text("http", Need::kOptional, kProxyUrl, cluster.proxy.http);
    proxy.text("https", Need::kOptional, kProxyUrl, cluster.proxy.https);
    proxy.text("no_proxy", Need::kOptional, kNoProxy, cluster.proxy.no_proxy);
  });
  fields.object_or_null("dcgm_exporter", [&](Fields& exporter) {
    auto& it = cluster.dcgm_exporter.emplace();
    exporter.text("namespace", Need::kRequired, kDnsLabel, it.namespace_name);
    exporter.text("label", Need::kOptional, kLabelIs, it.label);
    exporter.integer("port", Need::kOptional, kListeningPortRange, it.port);
  });
}

json::object facts_to_json(const model::Cluster& cluster) {
  json::object facts{
      {"flavour", to_string(cluster.flavour)},
      {"apps_domain", cluster.apps_domain},
      {"url_scheme", cluster.url_scheme},
      {"url_port", cluster.url_port},
      {"pod_ranges", texts(cluster.pod_ranges)},
      {"service_ranges", texts(cluster.service_ranges)},
      {"node_ranges", texts(cluster.node_ranges)},
      {"blocked_ranges", texts(cluster.blocked_ranges)},
      {"api_servers", texts(cluster.api_servers)},
      {"storage_class", cluster.storage_class},
      {"ingress_class", cluster.ingress_class},
      {"pod_security", cluster.pod_security},
      {"workspace_image", cluster.workspace_image},
      {"image_pull_secrets", texts(cluster.image_pull_secrets)},
      {"scc", cluster.scc},
      {"proxy",
       {{"http", cluster.proxy.http}, {"https", cluster.proxy.https}, {"no_proxy", cluster.proxy.no_proxy}}}};
  // Only where it is said: programs of the release before do not know it (docs/migrations.md).
  if (!cluster.api_url.empty()) facts["api_url"] = cluster.api_url;
  if (!cluster.api_authority.empty()) facts["api_authority"] = cluster.api_authority;
  if (!cluster.portal_url.empty()) facts["portal_url"] = cluster.portal_url;
  if (const auto& it = cluster.dcgm_exporter)
    facts["dcgm_exporter"] = {{"namespace", it->namespace_name}, {"label", it->label}, {"port", it->port}};
  return facts;
}

Result<model::Cluster> cluster_from_json(std::string name, const json::value& facts) {
  FieldErrors faults;
  Fields fields(facts, "cluster", faults);
  model::Cluster cluster;
  cluster.name = std::move(name);
  read_facts(fields, cluster);
  fields.finish();
  if (!faults.empty()) return fail(file_error(faults));
  return cluster;
}

Result<model::Cluster> parse_cluster(const json::value& document) {
  FieldErrors faults;
  Fields fields(document, "", faults);
  model::Cluster cluster;
  read_head(fields, kClusterKind, cluster.name);
  read_facts(fields, cluster);
  if (document.is_object()) require_ranges(fields, document);
  fields.finish();
  if (!faults.empty()) return fail(file_error(faults));
  return cluster;
}

json::object to_json(const model::Cluster& cluster) {
  json::object document = head_to_json(kClusterKind, cluster.name);
  for (const auto& [name, value] : facts_to_json(cluster)) document.emplace(name, value);
  return document;
}

}  // namespace berth::poolfile
