// What belongs to sessions besides their steps and claims: wishes and use as their workspaces say them,
// homes, and the kubeconfigs that are asked for. Of the reconciler's read; internal to the store.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "pg/pg.hpp"
#include "planning/desired.hpp"

namespace berth::store {

struct Besides {
  std::map<model::SessionId, planning::HeardWish> wishes;
  std::map<model::SessionId, planning::HeardActivity> activity;
  std::map<model::SessionId, planning::Home> homes;
  std::vector<planning::Home> nobodys_homes;  // that no session has
  std::vector<planning::KubeconfigRequest> kubeconfigs;

  /// What of it is that session's.
  void add_to(planning::DesiredSession& session) const;
};

/// Four statements, whose answers `read_besides` reads in their order.
void add_besides_read(pg::Batch& batch, const std::string& cluster, Instant now);
Besides read_besides(std::span<const pg::Rows> rows);

}  // namespace berth::store
