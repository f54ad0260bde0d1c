// A cluster that sessions run on, as its `kind: Cluster` document declares it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::model {

enum class Flavour { kKubernetes, kOpenshift };
std::string_view to_string(Flavour flavour);

struct Proxy {
  std::string http;
  std::string https;
  std::string no_proxy;
  bool operator==(const Proxy&) const = default;
};

/// NVIDIA's DCGM exporters: a pod on each node with GPUs, which says how much of a device was busy and for
/// whom.
struct DcgmExporter {
  std::string namespace_name;
  std::string label = "app=nvidia-dcgm-exporter";  // of its pods
  int port = 9400;
  bool operator==(const DcgmExporter&) const = default;
};

/// Of Cluster::api_authority: what the machine trusts on which a kubeconfig is used.
inline constexpr std::string_view kSystemAuthority = "system";

/// What is true of a cluster and differs from one to the next. Declared once, whatever pools are on it.
struct Cluster {
  std::string name = "default";
  Flavour flavour = Flavour::kKubernetes;
  std::string apps_domain = "localhost";  // workspaces live under it: <random>.<apps_domain>
  std::string url_scheme = "https";       // of the published endpoints
  int url_port = 0;                       // 0: the scheme's own
  std::vector<std::string> pod_ranges;    // CIDR
  std::vector<std::string> service_ranges;
  std::vector<std::string> node_ranges;     // never reachable from a session, save the API server
  std::vector<std::string> blocked_ranges;  // metadata, management, database
  std::vector<std::string> api_servers;     // "192.0.2.10:6443", as pods see them after translation
  std::string api_url;                      // as people outside reach it; empty: as the reconciler does
  /// What api_url's certificate is held against: PEM certificates, kSystemAuthority, or
  /// empty for what the reconciler holds its own API server against.
  std::string api_authority;
  std::string portal_url;                 // where people have Berth's pages; empty: gates lead nowhere
  std::string storage_class;              // empty: the cluster's default
  std::string ingress_class;              // plain Kubernetes only; empty: the cluster's default
  std::string pod_security = "baseline";  // enforced in session namespaces: baseline or restricted
  std::string workspace_image = "berth/workspace:1";
  std::vector<std::string> image_pull_secrets;
  std::string scc = "restricted-v2";  // OpenShift: bound to the workspace's ServiceAccount
  Proxy proxy;
  std::optional<DcgmExporter> dcgm_exporter;  // nothing: nobody measures what devices do
  bool operator==(const Cluster&) const = default;
};

}  // namespace berth::model
