// Orders for the layouts of nodes as the portal takes and shows them (decision 59).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "layout/chosen.hpp"
#include "model/ids.hpp"
#include "pg/pg.hpp"
#include "store/author.hpp"

namespace berth::store {

struct NewLayoutOrder {
  layout::ChosenLayout chosen;
  std::optional<Instant> not_before;  // empty: at once
};

struct LayoutOrderRow {
  std::int64_t id = 0;
  std::string pool;
  std::string node;             // by its name in the pool
  std::string kubernetes_name;  // and in the cluster
  std::string layout;
  json::value ways;
  Instant not_before;
  std::string ordered_by;  // e-mail address
  Instant ordered_at;
  std::string state;  // ordered, in_force
  bool begun = false;
  std::string step;
  bool stuck = false;
  std::string sentence;
  std::string repair;
  std::optional<Instant> until;
  std::optional<Instant> in_force_since;
};

inline constexpr std::size_t kMostLayoutOrders = 64;  // of one node, not begun

/// What is in force and what is to come, by pool, node and time; of one pool, or of all where it is empty.
Result<std::vector<LayoutOrderRow>> list_layout_orders(pg::Connection& connection, const std::string& pool);

/// Those of the node that have not begun give way to `orders`, which may be none. kInvalid: more than
/// kMostLayoutOrders. Wakes the reconciler, and tells whoever has a booking on the node to look.
Status order_layouts(pg::Connection& connection, const Author& author, const model::UserId& who,
                     model::PoolId pool, model::NodeId node, const std::vector<NewLayoutOrder>& orders);

/// Asks for another try of the change that has begun on the node. kConflict (slug "no_layout_change") where
/// there is none.
Status retry_layout(pg::Connection& connection, const Author& author, model::NodeId node);

}  // namespace berth::store
