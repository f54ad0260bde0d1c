#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/cidr.hpp"
#include "kube/resource.hpp"
#include "survey/parts.hpp"

namespace berth::survey {
namespace {

constexpr std::size_t kMostRanges = 64;         // of a list in a cluster's document
constexpr std::size_t kMostLoneAddresses = 16;  // nodes beyond that are told by their networks of 256

/// Once each, in their order, and only what is a range.
class Ranges {
 public:
  void add(std::string_view text) {
    if (items_.size() == kMostRanges || !Cidr::parse(text) || text.find('/') == std::string_view::npos)
      return;
    if (seen_.emplace(text).second) items_.emplace_back(text);
  }
  bool empty() const { return items_.empty(); }
  const std::vector<std::string>& items() const { return items_; }

 private:
  std::set<std::string> seen_;
  std::vector<std::string> items_;
};

/// The value of "--name=value" in a command line of the control plane's own pods, where they are to be seen.
std::string argument(const Seen& seen, std::string_view program, std::string_view name) {
  const auto wanted = fmt::format("--{}=", name);
  for (const auto& pod : seen.pods) {
    if (kube::namespace_of(pod) != "kube-system" || kube::label_of(pod, "component") != program) continue;
    for (const auto& container : list_at(pod, {"spec", "containers"})) {
      for (const auto* field : {"command", "args"}) {
        for (const auto& word : list_at(container, {field})) {
          if (!word.is_string()) continue;
          const std::string_view text = word.get_string();
          if (text.starts_with(wanted)) return std::string(text.substr(wanted.size()));
        }
      }
    }
  }
  return {};
}

void add_listed(Ranges& ranges, std::string_view joined) {
  while (!joined.empty()) {
    const auto comma = std::min(joined.find(','), joined.size());
    ranges.add(joined.substr(0, comma));
    joined.remove_prefix(std::min(comma + 1, joined.size()));
  }
}

struct Found {
  std::vector<std::string> ranges;
  std::string comment;
};

Found pod_ranges(const Seen& seen) {
  Ranges ranges;
  for (const auto& one : list_at(seen.network, {"status", "clusterNetwork"}))
    ranges.add(string_at(one, {"cidr"}));
  if (!ranges.empty()) return {ranges.items(), "from the cluster's Network"};
  add_listed(ranges, argument(seen, "kube-controller-manager", "cluster-cidr"));
  if (!ranges.empty()) return {ranges.items(), "from the controller manager's --cluster-cidr"};
  for (const auto& node : seen.nodes) {
    for (const auto& one : list_at(node, {"spec", "podCIDRs"})) {
      if (one.is_string()) ranges.add(one.get_string());
    }
  }
  if (!ranges.empty())
    return {ranges.items(), "GUESSED: what the nodes of today have; put the range of all pods here"};
  return {{"10.128.0.0/14"}, "NOT KNOWN: the range of all pods; sessions are kept out of it"};
}

Found service_ranges(const Seen& seen) {
  Ranges ranges;
  for (const auto& one : list_at(seen.network, {"status", "serviceNetwork"})) {
    if (one.is_string()) ranges.add(one.get_string());
  }
  if (!ranges.empty()) return {ranges.items(), "from the cluster's Network"};
  for (const auto& range : seen.service_ranges) {
    for (const auto& one : list_at(range, {"spec", "cidrs"})) {
      if (one.is_string()) ranges.add(one.get_string());
    }
  }
  if (!ranges.empty()) return {ranges.items(), "from the cluster's ServiceCIDRs"};
  add_listed(ranges, argument(seen, "kube-apiserver", "service-cluster-ip-range"));
  if (!ranges.empty()) return {ranges.items(), "from the API server's --service-cluster-ip-range"};
  return {{"10.96.0.0/12"}, "NOT KNOWN: the range of Services; sessions are kept out of it"};
}

Found node_ranges(const Seen& seen) {
  std::vector<std::string> addresses;
  for (const auto& node : seen.nodes) {
    for (const auto& one : list_at(node, {"status", "addresses"})) {
      const auto type = string_at(one, {"type"});
      if (type == "InternalIP" || type == "ExternalIP") addresses.push_back(string_at(one, {"address"}));
    }
  }
  Ranges ranges;
  for (const auto& address : addresses) {
    const bool wide = address.find(':') != std::string::npos;
    if (wide || addresses.size() <= kMostLoneAddresses) {
      ranges.add(address + (wide ? "/128" : "/32"));
    } else {
      ranges.add(address.substr(0, address.rfind('.')) + ".0/24");
    }
  }
  if (ranges.empty()) return {{"192.0.2.0/24"}, "NOT KNOWN: the nodes' network; sessions are kept out of it"};
  return {ranges.items(), "GUESSED: the nodes of today; put their whole network here"};
}

std::vector<std::string> api_servers(const Seen& seen) {
  std::set<std::string> out;
  for (const auto& subset : list_at(seen.api_endpoints, {"subsets"})) {
    for (const auto& port : list_at(subset, {"ports"})) {
      const auto number = find_int(port, {"port"});
      if (!number) continue;
      for (const auto& one : list_at(subset, {"addresses"})) {
        const auto ip = string_at(one, {"ip"});
        if (ip.empty() || out.size() == kMostRanges) continue;
        out.insert(ip.find(':') == std::string::npos ? fmt::format("{}:{}", ip, *number)
                                                     : fmt::format("[{}]:{}", ip, *number));
      }
    }
  }
  return {out.begin(), out.end()};
}

bool is_default(const json::value& object, std::string_view annotation) {
  return string_at(object, {"metadata", "annotations", annotation}) == "true";
}

std::string names_of(const std::vector<json::value>& objects) {
  std::vector<std::string> names;
  names.reserve(objects.size());
  for (const auto& one : objects) names.push_back(kube::name_of(one));
  return fmt::format("{}", fmt::join(names, ", "));
}

void write_storage_class(const Seen& seen, Lines& lines) {
  const auto name = default_storage_class(seen);
  if (!name.empty()) {
    const auto others = seen.storage_classes.size() - 1;
    lines.add(
        "storage_class: " + scalar(name),
        others == 0 ? "the only default" : fmt::format("the default of {}", names_of(seen.storage_classes)));
    return;
  }
  lines.add("storage_class: \"\"",
            seen.storage_classes.empty()
                ? "NOT KNOWN: no storage class was found, and sessions need one"
                : fmt::format("NOT KNOWN: none is the default; one of {}", names_of(seen.storage_classes)));
}

void write_ingress_class(const Seen& seen, Lines& lines) {
  if (seen.openshift) return;
  std::string name;
  for (const auto& one : seen.ingress_classes) {
    if (seen.ingress_classes.size() == 1 || is_default(one, "ingressclass.kubernetes.io/is-default-class"))
      name = kube::name_of(one);
  }
  lines.add("ingress_class: " + (name.empty() ? std::string("\"\"") : scalar(name)),
            !name.empty() ? ""
            : seen.ingress_classes.empty()
                ? "NOT KNOWN: no ingress class was found; workspaces are reached by one"
                : "NOT KNOWN: one of " + names_of(seen.ingress_classes));
}

void write_apps_domain(const Seen& seen, Lines& lines) {
  const auto domain = string_at(seen.ingress, {"spec", "domain"});
  if (!domain.empty()) return lines.add("apps_domain: " + scalar(domain), "from the cluster's Ingress");
  lines.add("apps_domain: apps.example.org",
            "NOT KNOWN: the domain whose names (*.<it>) lead to the cluster's routers");
}

/// Whoever may read this file need not know the proxy's password.
void write_proxy(const Seen& seen, Lines& lines) {
  const auto http = string_at(seen.proxy, {"status", "httpProxy"});
  const auto https = string_at(seen.proxy, {"status", "httpsProxy"});
  if (http.empty() && https.empty()) return;
  if ((http + https).find('@') != std::string::npos)
    return lines.comment(
        0, "The cluster has a proxy whose address holds a password: say under `proxy` what sessions use.");
  lines.add(fmt::format("proxy: {{ http: {}, https: {}, no_proxy: {} }}", scalar(http), scalar(https),
                        scalar(string_at(seen.proxy, {"status", "noProxy"}))),
            "from the cluster's Proxy");
}

void write_exporter(const Seen& seen, Lines& lines) {
  for (const auto& pod : seen.pods) {
    if (kube::label_of(pod, "app") != "nvidia-dcgm-exporter") continue;
    return lines.add(fmt::format("dcgm_exporter: {{ namespace: {} }}", scalar(kube::namespace_of(pod))),
                     "its pods were found there");
  }
  lines.comment(
      0, "No DCGM exporter was found (pods with app=nvidia-dcgm-exporter): of devices nothing is measured.");
}

void write_ranges(std::string_view field, const Found& found, Lines& lines) {
  lines.add(fmt::format("{}: {}", field, flow_list(found.ranges)), found.comment);
}

}  // namespace

std::string default_storage_class(const Seen& seen) {
  std::string found;
  for (const auto& one : seen.storage_classes) {
    const bool is =
        seen.storage_classes.size() == 1 || is_default(one, "storageclass.kubernetes.io/is-default-class");
    if (is && found.empty()) found = kube::name_of(one);
  }
  return found;
}

void write_cluster(const Seen& seen, const Names& names, Lines& lines) {
  lines.add("apiVersion: berth.dev/v1");
  lines.add("kind: Cluster");
  lines.add("name: " + scalar(names.cluster));
  lines.add(seen.openshift ? "flavour: openshift" : "flavour: kubernetes");
  write_apps_domain(seen, lines);
  lines.add("url_scheme: https", "GUESSED: how the routers publish workspaces");
  write_ranges("pod_ranges", pod_ranges(seen), lines);
  write_ranges("service_ranges", service_ranges(seen), lines);
  write_ranges("node_ranges", node_ranges(seen), lines);
  lines.add("blocked_ranges: [\"169.254.0.0/16\"]",
            "NOT KNOWN: management networks, databases, whatever else sessions must not reach");
  const auto servers = api_servers(seen);
  lines.add("api_servers: " + flow_list(servers),
            servers.empty() ? "NOT KNOWN: the API servers as pods reach them, such as 192.0.2.10:6443" : "");
  const auto url = string_at(seen.infrastructure, {"status", "apiServerURL"});
  if (!url.empty()) {
    lines.add("api_url: " + scalar(url), "from the cluster's Infrastructure");
  } else {
    lines.comment(0,
                  "api_url: https://api.example.org:6443   where people outside reach the API server; else "
                  "as the reconciler does");
  }
  lines.comment(
      0, "portal_url: https://berth.example.org   where people have Berth's pages: workspaces lead there");
  write_storage_class(seen, lines);
  write_ingress_class(seen, lines);
  lines.add("pod_security: baseline");
  if (seen.openshift) lines.add("scc: restricted-v2");
  write_proxy(seen, lines);
  write_exporter(seen, lines);
  lines.add("workspace_image: berth/workspace:1", "NOT KNOWN: where your registry has the workspace image");
}

}  // namespace berth::survey
