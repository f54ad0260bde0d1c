// Orders for the layouts of nodes as the portal takes and shows them (decision 59).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "layout/chosen.hpp"
#include "model/ids.hpp"
#include "model/pool.hpp"
#include "pg/pg.hpp"
#include "store/author.hpp"

namespace berth::store {

struct NewLayoutOrder {
  layout::ChosenLayout chosen;
  std::optional<Instant> not_before;  // empty: at once
};

enum class OrderMode { kDo, kTry };

struct LayoutOrderRow {
  std::int64_t id = 0;
  std::string pool;
  std::string node;             // by its name in the pool
  std::string kubernetes_name;  // and in the cluster
  std::string layout;
  json::value ways;
  std::vector<std::string> units;  // that lie in it, by name
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

/// A booking on the node that does not get its unit by the layouts as they are ordered, or late.
struct ConcernedBooking {
  model::ReservationId id;
  std::string name;
  std::string owner;  // e-mail address
  Instant start;
  Instant end;
  std::vector<std::string> warnings;  // what its owner is told, a sentence each
};

inline constexpr std::size_t kMostConcernedTold = 100;

struct LayoutsOrdered {
  std::vector<LayoutOrderRow> rows;         // of the pool, as list_layout_orders has them
  std::vector<ConcernedBooking> concerned;  // by start, the first kMostConcernedTold
};

/// Those of the node that have not begun give way to `orders`, which may be none; one that asks for what the
/// node has then anyway is left out, since each drains the node. kInvalid: more than kMostLayoutOrders. Wakes
/// the reconciler, and tells whoever has a booking on the node to look. kTry: what would be, and nothing is.
Result<LayoutsOrdered> order_layouts(pg::Connection& connection, const Author& author,
                                     const model::UserId& who, const model::Pool& pool, model::NodeId node,
                                     const std::vector<NewLayoutOrder>& orders, OrderMode mode);

/// Asks for another try of the change that has begun on the node. kConflict (slug "no_layout_change") where
/// there is none.
Status retry_layout(pg::Connection& connection, const Author& author, model::NodeId node);

}  // namespace berth::store
