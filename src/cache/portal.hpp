// The portal from a node's side: the two calls that its token opens.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "cacheplan/report.hpp"

namespace berth::cache {

struct PortalSettings {
  std::string server;  // "https://berth.example.org", no slash at the end
  std::string token;
  std::string ca_file;              // trusted instead of the system's list; empty: that list
  std::function<bool()> stopped{};  // ends a request that is on its way
};

/// kInvalid where the address is none, or the token would go to another machine in the clear.
Status check_portal(const PortalSettings& settings, bool insecure);

/// Used by one thread. kUnauthenticated where the token is none that works.
class Portal {
 public:
  explicit Portal(PortalSettings settings) : settings_(std::move(settings)) {}
  Result<std::vector<cacheplan::Wanted>> wanted() const;
  Status report(const cacheplan::Report& report) const;

 private:
  Result<json::value> ask(const std::string& method, const std::string& path, const std::string& body) const;
  PortalSettings settings_;
};

}  // namespace berth::cache
