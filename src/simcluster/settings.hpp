// What a simulated cluster looks like and how fast it does things.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "simcluster/resources.hpp"

namespace berth::simcluster {

struct Taint {
  std::string key;
  std::string value;
  std::string effect;  // NoSchedule, PreferNoSchedule, NoExecute
};

struct NodeDescription {
  std::string name;
  std::map<std::string, std::string> capacity;     // "cpu": "127", "memory": "754Gi", "nvidia.com/gpu": "4"
  std::map<std::string, std::string> allocatable;  // what is left out is as in capacity
  std::map<std::string, std::string> labels;
  std::vector<Taint> taints;
  std::string internal_ip = "192.0.2.10";
};

struct StorageClassDescription {
  std::string name;
  bool is_default = true;
  bool wait_for_first_consumer = true;
};

/// How long things take that take time in a real cluster. Zero: done before the request that caused it is
/// answered.
struct Delays {
  using ms = std::chrono::milliseconds;
  ms service_account{20};  // a namespace's default ServiceAccount, its kube-root-ca.crt, its UID range
  ms quota{150};      // until a quota's status follows its spec, and until its usage falls after a deletion
  ms deployment{20};  // from a Deployment to its pods
  ms schedule{20};
  ms volume{150};       // a claim's volume, once it may be bound
  ms image_pull{1500};  // the first time on a node
  ms container_start{300};
  ms ready{500};          // from running to Ready
  ms pod_stop{300};       // never more than the pod's grace period
  ms endpoint{100};       // Route and Ingress status, load balancer addresses
  ms namespace_step{50};  // between the steps of a namespace's deletion
  ms retry{1000};         // a controller that was refused
  static Delays none();
};

struct Bounds {
  std::size_t body_bytes = 3U << 20;
  std::size_t objects = 20'000;
  std::size_t watches = 500;
  std::size_t history_events = 20'000;
  std::size_t watch_queue_bytes = 16U << 20;
};

struct Settings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;        // of the API; 0: any free one
  std::uint16_t pages_port = 0;  // where the URLs of simulated workspaces lead; 0: any free one
  Flavour flavour = Flavour::kOpenshift;
  std::vector<NodeDescription> nodes;
  std::vector<StorageClassDescription> storage_classes{{.name = "lvms-vg1"}};
  std::vector<std::string> mutating_policies{"v1beta1"};  // versions served, newest first; none: {}
  std::string apps_domain = "localhost";                  // of Routes that name no host
  std::filesystem::path state_dir;                        // empty: nothing is kept
  std::uint64_t seed = 0;                                 // of names and uids; 0: not repeatable
  bool faults_over_http = false;                          // serve /sim/
  bool serve = true;                                      // false: no ports, only SimCluster::call
  /// How often time is looked at. Zero: only when SimCluster::tick is called, for simulated clocks.
  std::chrono::milliseconds tick{20};
  std::chrono::milliseconds bookmark_interval{10'000};
  std::chrono::milliseconds save_interval{1'000};
  std::size_t workers = 4;
  Delays delays;
  Bounds bounds;
};

/// kInvalid, naming the field, for settings that cannot work: a node without name, a bad quantity, two
/// default storage classes.
Status check_settings(const Settings& settings);

}  // namespace berth::simcluster
