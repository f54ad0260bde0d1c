// `berth discover`: what a cluster says of itself, as a pool file that an admin goes over. Nothing is applied
// here.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "kube/client.hpp"

namespace berth::survey {

/// What was read of a cluster. What was not there or could not be read is empty or null.
struct Seen {
  bool openshift = false;
  std::vector<json::value> nodes;
  std::vector<json::value> pods;  // of all namespaces
  std::vector<json::value> storage_classes;
  std::vector<json::value> storage_capacities;
  std::vector<json::value> ingress_classes;
  std::vector<json::value> service_ranges;
  json::value api_endpoints;  // of the Service `kubernetes`
  // OpenShift's own words, of the objects that are called "cluster".
  json::value network;
  json::value ingress;
  json::value infrastructure;
  json::value proxy;
  std::vector<std::string> unread;  // what was asked for and refused, a sentence each
};

struct Names {
  std::string cluster = "default";
  std::string pool = "lab";
  std::string time_zone = "UTC";
  std::string currency = "EUR";
  // Said by who asks, and no guess then.
  bool time_zone_given = false;
  bool currency_given = false;
};

/// Reads it with the rights of whoever asks: only lists and gets. What may not be read is told in the file;
/// nodes have to be there.
Result<Seen> look(kube::Client& cluster);

/// A Cluster and, where nodes offer GPUs, a Pool, as YAML with comments: each value that the cluster could
/// not tell is marked "NOT KNOWN", each that was reasoned "GUESSED".
std::string pool_file(const Seen& seen, const Names& names);

}  // namespace berth::survey
