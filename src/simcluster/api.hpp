// The Kubernetes API as a function from request to answer. Knows nothing of HTTP servers; a test can call it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "simcluster/selector.hpp"
#include "simcluster/world.hpp"

namespace berth::simcluster {

struct ApiRequest {
  std::string method;
  std::string path;                                        // decoded
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
  std::string accept;
  std::string content_type;
  std::string user_agent;
  std::string body;

  std::optional<std::string_view> value(std::string_view name) const;
};

/// A watch to be opened, already checked.
struct WatchRequest {
  const ResourceType* type = nullptr;
  std::string ns;  // "" for all
  LabelSelector labels;
  FieldSelector fields;
  std::optional<Revision> from;  // changes after it; nothing: first everything there is, as ADDED
  bool bookmarks = false;
  bool initial_events = false;  // everything there is, then a bookmark that says so
  bool metadata_only = false;
  std::chrono::seconds timeout{1800};
};

struct ApiAnswer {
  int status = 200;
  std::string content_type = "application/json";
  std::string body{};
  int retry_after_seconds = 0;
  std::optional<WatchRequest> watch{};  // then there is no body
  // What a fault adds; only SimCluster::call tells them, over HTTP they happen.
  bool cut = false;                      // the connection is cut instead of this answer
  std::chrono::milliseconds latency{0};  // the answer takes so long
};

/// What a request is about, read from its path alone.
struct Route {
  std::string verb;  // get, list, watch, create, update, patch, apply, delete
  const ResourceType* type = nullptr;
  std::string ns;
  std::string name;
  std::string subresource;
};

/// Nothing for paths that are no resource (discovery, /version).
Outcome<std::optional<Route>> route_of(const World& world, const ApiRequest& request);

ApiAnswer answer(World& world, const ApiRequest& request);
ApiAnswer answer(const Refusal& refusal);

/// An object as the version `type` shows it: with its apiVersion, or only its metadata.
json::object shown(const json::object& object, const ResourceType& type, bool metadata_only);

}  // namespace berth::simcluster
