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

/// Whether homes outlive their sessions.
struct HomeRule {
  int days = 0;             // so long; 0: not at all
  std::optional<Gib> most;  // a larger one does not
  int count = 4;            // of one owner, without those that sessions have: the newest
  bool keeps(Gib size) const { return days > 0 && (!most || size <= *most); }
  bool operator==(const HomeRule&) const = default;
};

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
  HomeRule homes;
  bool operator==(const Policy&) const = default;
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
  Gib home{20};            // of a session: the claim that its people's files are in
  Gib model_cache{300};    // of a session: the claim that its models are in
  int pods = 40;           // of a session
  bool retired = false;
  /// A session's storage holds at least its own two claims.
  Gib least_storage() const { return home + model_cache; }
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
  std::string cluster = "default";  // by name; all its nodes are there
  std::string time_zone = "UTC";    // in which its bookings are read and its months counted
  std::string currency = "EUR";
  std::optional<AnnualCost> annual_cost;  // empty: nobody said, so nothing is said about costs
  Policy policy;
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

}  // namespace berth::model
