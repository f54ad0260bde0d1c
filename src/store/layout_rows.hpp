// Orders for the layouts of nodes as the reconciler reads and writes them (decision 59).
#pragma once

#include <string>
#include <vector>

#include "pg/pg.hpp"
#include "planning/effects.hpp"
#include "planning/layout_order.hpp"

namespace berth::store {

/// One statement, whose answer `read_layouts` reads.
void add_layouts_read(pg::Batch& batch, const std::string& cluster);
std::vector<planning::LayoutOrder> read_layouts(const pg::Rows& rows);

/// What is written down of a step: all of it, or nothing where the order is over meanwhile.
Status keep_layout(pg::Transaction& transaction, const planning::KeepLayout& keep);

/// "name=count", as an order has them; nothing where one of them is not so, which leaves that order alone.
std::map<std::string, std::int64_t> read_counts(const std::vector<std::string>& texts);

}  // namespace berth::store
