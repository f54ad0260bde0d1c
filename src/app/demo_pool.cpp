#include "app/demo_pool.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <span>
#include <sstream>

#include "base/embedded.hpp"
#include "base/yaml.hpp"
#include "poolfile/marks.hpp"
#include "poolfile/poolfile.hpp"

namespace berth::embedded {
std::span<const base::EmbeddedFile> reference_pool();
}

namespace berth::app {
namespace {

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(Code::kInvalid, fmt::format("cannot open pool file {}", path));
  std::ostringstream text;
  text << file.rdbuf();
  if (!file.good() && !file.eof())
    return fail(Code::kUnavailable, fmt::format("cannot read pool file {}", path));
  return std::move(text).str();
}

std::set<std::string> resource_names(const model::Pool& pool, model::NodeId node) {
  std::set<std::string> names;
  for (const auto& unit : pool.units) {
    if (unit.node == node) names.insert(unit.resource_name);
  }
  return names;
}

bool offers(const json::value& node, const std::set<std::string>& names) {
  const auto* allocatable = find(node, {"status", "allocatable"});
  if (allocatable == nullptr || !allocatable->is_object()) return false;
  return std::all_of(names.begin(), names.end(),
                     [&](const std::string& name) { return allocatable->get_object().contains(name); });
}

/// "192.0.2.10:6443" for each address of the Service kubernetes, as pods see them after translation.
std::vector<std::string> api_addresses(kube::Client& client) {
  std::vector<std::string> out;
  const kube::Resource endpoints{"", "v1", "endpoints", "Endpoints", true};
  const auto found = client.find({endpoints, "default", "kubernetes"});
  const auto* subsets = found && found->has_value() ? find(**found, {"subsets"}) : nullptr;
  if (subsets == nullptr || !subsets->is_array()) return out;
  for (const auto& subset : subsets->get_array()) {
    const auto* addresses = find(subset, {"addresses"});
    const auto* ports = find(subset, {"ports"});
    if (addresses == nullptr || !addresses->is_array() || ports == nullptr || !ports->is_array()) continue;
    for (const auto& address : addresses->get_array()) {
      for (const auto& port : ports->get_array()) {
        const auto number = find_int(port, {"port"});
        if (number) out.push_back(fmt::format("{}:{}", string_at(address, {"ip"}), *number));
      }
    }
  }
  return out;
}

std::string range_of_one(const std::string& address) {
  return fmt::format("{}/{}", address, address.find(':') == std::string::npos ? 32 : 128);
}

void add_texts(const json::value& object, std::initializer_list<std::string_view> path,
               std::vector<std::string>& into) {
  const auto* list = find(object, path);
  if (list == nullptr || !list->is_array()) return;
  for (const auto& item : list->get_array()) {
    if (item.is_string()) into.emplace_back(item.get_string());
  }
}

/// Where the cluster's pods, Services and nodes are, as far as it says.
struct Ranges {
  std::vector<std::string> pods;
  std::vector<std::string> services;
  std::vector<std::string> nodes;
};

Ranges ranges_of(kube::Client& client, const kube::Discovery& discovery,
                 const std::vector<json::value>& nodes) {
  Ranges out;
  const kube::Resource network{"config.openshift.io", "v1", "networks", "Network", false};
  if (discovery.serves(network)) {
    const auto found = client.find({network, "", "cluster"});
    if (found && found->has_value()) {
      const auto* pods = find(**found, {"status", "clusterNetwork"});
      if (pods != nullptr && pods->is_array()) {
        for (const auto& one : pods->get_array()) out.pods.push_back(string_at(one, {"cidr"}));
      }
      add_texts(**found, {"status", "serviceNetwork"}, out.services);
    }
  }
  const kube::Resource services{"networking.k8s.io", "v1", "servicecidrs", "ServiceCIDR", false};
  if (out.services.empty() && discovery.serves(services)) {
    if (const auto listed = client.list(services)) {
      for (const auto& one : listed->items) add_texts(one, {"spec", "cidrs"}, out.services);
    }
  }
  const bool pods_by_node = out.pods.empty();
  for (const auto& node : nodes) {
    if (pods_by_node) add_texts(node, {"spec", "podCIDRs"}, out.pods);
    const auto* addresses = find(node, {"status", "addresses"});
    if (addresses == nullptr || !addresses->is_array()) continue;
    for (const auto& address : addresses->get_array()) {
      if (string_at(address, {"type"}) == "InternalIP")
        out.nodes.push_back(range_of_one(string_at(address, {"address"})));
    }
  }
  return out;
}

/// A wrong range is a fence with a hole, so each is shown with where it comes from.
void take_ranges(std::string_view whose, std::vector<std::string> said, std::vector<std::string>& into,
                 std::vector<std::string>& notes) {
  constexpr std::size_t kMostRanges = 64;  // of a pool file
  const bool known = !said.empty() && said.size() <= kMostRanges;
  if (known) into = std::move(said);
  notes.push_back(known
                      ? fmt::format("sessions are kept out of its {}: {}", whose, fmt::join(into, ", "))
                      : fmt::format("the cluster does not say where its {} are: sessions are kept out of {}, "
                                    "as the pool file says; check that it is so",
                                    whose, fmt::join(into, ", ")));
}

}  // namespace

Result<DemoPool> read_pool(const std::string& path) {
  std::string text;
  if (path.empty()) {
    text = std::string(embedded::reference_pool().front().bytes);
  } else {
    auto read = read_file(path);
    if (!read) return fail(read.error());
    text = std::move(*read);
  }
  auto documents = yaml_documents(text);
  if (!documents) {
    auto error = within(fmt::format("pool file {}", path), documents.error());
    error.code = Code::kInvalid;
    return fail(std::move(error));
  }
  if (documents->empty()) return fail(Code::kInvalid, fmt::format("pool file {} has no document", path));
  auto declared = poolfile::parse_stream(*documents);
  if (!declared)
    return fail(path.empty() ? declared.error()
                             : within(fmt::format("pool file {}", path), declared.error()));
  if (declared->pools.empty())
    return fail(Code::kInvalid, fmt::format("pool file {} declares no pool", path));
  auto& pool = declared->pools.front();
  const auto cluster = std::find_if(declared->clusters.begin(), declared->clusters.end(),
                                    [&](const model::Cluster& one) { return one.name == pool.cluster; });
  if (cluster == declared->clusters.end()) {
    return fail(invalid_field(
        "cluster", pool.cluster, "a cluster of the file",
        fmt::format("pool {} is on cluster {}, which pool file {} does not declare: add a document "
                    "with kind: Cluster and name: {}",
                    pool.name, pool.cluster, path, pool.cluster)));
  }
  poolfile::NodeLabels labels;
  for (const auto& document : *documents) {
    if (string_at(document, {"kind"}) == "Pool" && string_at(document, {"name"}) == pool.name)
      labels = poolfile::node_labels(document);
  }
  return DemoPool{std::move(*cluster), std::move(pool), std::move(labels),
                  path.empty() ? std::string() : poolfile::marks_text(text, path)};
}

void fit_to_simulation(model::Cluster& cluster, int pages_port) {
  cluster.apps_domain = "localhost";  // every name under it is this machine, in browsers too
  cluster.url_scheme = "http";
  cluster.url_port = pages_port;
}

Result<std::vector<std::string>> fit_to_cluster(DemoPool& demo, kube::Client& client) {
  auto& cluster = demo.cluster;
  auto& pool = demo.pool;
  std::vector<std::string> notes;
  const auto discovery = client.discover();
  if (!discovery) return fail(within("ask the cluster what it serves", discovery.error()));
  // A group that is known and silent is not one that is missing: what it serves would be taken for absent.
  const auto routes = kube::resources::routes();
  const auto& silent = discovery->stale_groups;
  if (std::find(silent.begin(), silent.end(), routes.group) != silent.end()) {
    return fail(Code::kUnavailable,
                fmt::format("the cluster does not know yet what it serves of {}; try again in a minute",
                            routes.group));
  }
  const bool openshift = discovery->serves(routes);
  cluster.flavour = openshift ? model::Flavour::kOpenshift : model::Flavour::kKubernetes;
  notes.push_back(openshift ? "the cluster serves Routes: treated as OpenShift"
                            : "the cluster serves no Routes: treated as plain Kubernetes, with Ingress");

  const kube::Resource config{"config.openshift.io", "v1", "ingresses", "Ingress", false};
  if (discovery->serves(config)) {
    const auto ingress = client.find({config, "", "cluster"});
    const auto domain = ingress && ingress->has_value() ? string_at(**ingress, {"spec", "domain"}) : "";
    if (!domain.empty()) {
      cluster.apps_domain = domain;
      notes.push_back(fmt::format("workspaces get addresses under {}", domain));
    }
  }
  if (auto addresses = api_addresses(client); !addresses.empty()) cluster.api_servers = std::move(addresses);

  const auto nodes = client.list(kube::resources::nodes());
  if (!nodes) return fail(within("list the cluster's nodes", nodes.error()));
  auto ranges = ranges_of(client, *discovery, nodes->items);
  take_ranges("pods", std::move(ranges.pods), cluster.pod_ranges, notes);
  take_ranges("Services", std::move(ranges.services), cluster.service_ranges, notes);
  take_ranges("nodes", std::move(ranges.nodes), cluster.node_ranges, notes);
  for (auto& node : pool.nodes) {
    const auto names = resource_names(pool, node.id);
    const auto same = std::any_of(nodes->items.begin(), nodes->items.end(), [&](const json::value& seen) {
      return kube::name_of(seen) == node.kubernetes_name;
    });
    if (same) continue;
    const auto fits = std::find_if(nodes->items.begin(), nodes->items.end(),
                                   [&](const json::value& seen) { return offers(seen, names); });
    if (fits == nodes->items.end()) {
      notes.push_back(
          fmt::format("no node of the cluster offers what {} declares: sessions there will wait", node.name));
      continue;
    }
    node.kubernetes_name = kube::name_of(*fits);
    notes.push_back(fmt::format("{} is the cluster's node {}", node.name, node.kubernetes_name));
  }
  return notes;
}

}  // namespace berth::app
