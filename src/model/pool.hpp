// Capacity and the rules it is booked under, as the pool file declares them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/quantity.hpp"
#include "model/ids.hpp"

namespace berth::model {

/// The rules of a pool. Steps count from the Unix epoch.
struct Policy {
  seconds step{1800};
  seconds min_length{1800};
  seconds max_length{std::chrono::hours(24 * 7)};
  seconds lead{0};  // a start lies at least this far ahead; "now" is always allowed at 0
  seconds horizon{std::chrono::hours(24 * 400)};  // an end lies at most this far ahead
  int max_live_per_user = 20;                     // APPROVED and ACTIVE reservations of one owner
  seconds start_deadline{900};                    // not Ready this long after the start: FAILED
  bool show_names = false;                        // others' bars carry owner and name
  bool allow_cross_tenant_sharing = false;        // an admin's word that tenants may land on one device
  bool operator==(const Policy&) const = default;
};

enum class Flavour { kKubernetes, kOpenshift };
std::string_view to_string(Flavour flavour);

struct Proxy {
  std::string http;
  std::string https;
  std::string no_proxy;
  bool operator==(const Proxy&) const = default;
};

/// What is true of the site and its cluster, and differs from one to the next.
struct Site {
  Flavour flavour = Flavour::kKubernetes;
  std::string time_zone = "UTC";
  std::string apps_domain = "localhost";  // workspaces live under it: <random>.<apps_domain>
  std::string url_scheme = "https";       // of the published endpoints
  int url_port = 0;                       // 0: the scheme's own
  std::vector<std::string> pod_ranges;    // CIDR
  std::vector<std::string> service_ranges;
  std::vector<std::string> node_ranges;     // never reachable from a session, save the API server
  std::vector<std::string> blocked_ranges;  // metadata, management, database
  std::vector<std::string> api_servers;     // "192.0.2.10:6443", as pods see them after translation
  std::string storage_class;                // empty: the cluster's default
  std::string ingress_class;                // plain Kubernetes only; empty: the cluster's default
  std::string pod_security = "baseline";    // enforced in session namespaces: baseline or restricted
  std::string workspace_image = "berth/workspace:1";
  std::vector<std::string> image_pull_secrets;
  std::string scc = "restricted-v2";  // OpenShift: bound to the workspace's ServiceAccount
  Proxy proxy;
  bool operator==(const Site&) const = default;
};

struct Node {
  NodeId id;
  std::string name;  // in the pool file
  std::string kubernetes_name;
  Load capacity;
  Load set_aside;  // for the platform; never booked
  bool retired = false;
  Load bookable() const { return capacity - set_aside; }
  bool operator==(const Node&) const = default;
};

/// Which placement slots of a device a unit covers, half-open: a whole card covers all of them. (Not the
/// slots that Kubernetes hands out: those are a unit's replicas.)
struct PlacementRange {
  int first = 0;
  int end = 1;
  int length() const { return end - first; }
  bool overlaps(PlacementRange other) const { return first < other.end && other.first < end; }
  bool operator==(const PlacementRange&) const = default;
};

/// One physical card of a node: whole, or cut into slices by its layout.
struct Device {
  DeviceId id;
  NodeId node;
  std::string name;   // unique on its node
  std::string model;  // "RTX PRO 6000"; empty: nobody said
  Gib memory;
  int slots = 1;  // placement slots: 4 of an RTX PRO 6000, 8 of an H100
  bool retired = false;
  bool operator==(const Device&) const = default;
};

struct DeviceClass {
  ClassId id;
  std::string name;        // "slice-24gb"
  std::string title;       // "Slice, 24 GB"
  Gib device_memory;       // memory of one unit's device
  double gpu_share = 1.0;  // of one GPU
  MoneyMicros rate;        // per unit and hour, in the pool's currency
  Load defaults;           // of one unit
  Gib ephemeral;           // of a session, per unit
  int pods = 40;           // of a session
  bool retired = false;
  bool operator==(const DeviceClass&) const = default;
};

struct Unit {
  UnitId id;
  NodeId node;
  ClassId device_class;
  std::string name;           // unique on its node
  std::string resource_name;  // "nvidia.com/mig-1g.24gb"
  int replicas = 1;           // slots
  bool retired = false;
  bool out_of_service = false;
  DeviceId device{};
  PlacementRange placement{};
  bool operator==(const Unit&) const = default;
};

/// Whether two units lie on the same slots of a device, as those of two layouts do: they exclude each other.
bool are_siblings(const Unit& a, const Unit& b);

/// What a pool costs in a year, all in: hardware, power, people. An admin's input.
struct AnnualCost {
  MoneyMicros amount;
  std::string currency;
  bool operator==(const AnnualCost&) const = default;
};

struct Pool {
  PoolId id;
  std::string name;
  std::string cluster = "default";
  std::string currency = "EUR";
  std::optional<AnnualCost> annual_cost;  // empty: nobody said, so nothing is said about costs
  Policy policy;
  Site site;
  std::vector<Node> nodes;
  std::vector<Device> devices;
  std::vector<DeviceClass> classes;
  std::vector<Unit> units;

  const DeviceClass* find_class(std::string_view class_name) const;
  const DeviceClass* find_class(ClassId class_id) const;
  const Node* find_node(NodeId node_id) const;
  const Device* find_device(DeviceId device_id) const;
  const Unit* find_unit(UnitId unit_id) const;
  /// For each of `units` the places of its siblings in that list, ascending. Retired ones too: what holds
  /// them holds the device.
  std::vector<std::vector<std::size_t>> siblings() const;
  bool operator==(const Pool&) const = default;
};

/// The storage that a session's own two claims take: home and model cache.
inline constexpr Gib kHomeStorage{20};
inline constexpr Gib kModelCacheStorage{300};

}  // namespace berth::model
