// The database's schema, as numbered steps that the program carries in itself.
#pragma once

#include <span>
#include <vector>

#include "base/embedded.hpp"
#include "pg/pg.hpp"

namespace berth::embedded {
std::span<const base::EmbeddedFile> migrations();
}  // namespace berth::embedded

namespace berth::store {

inline constexpr std::string_view kSchema = "berth";

/// Brings the database up to this program's schema and says what it applied. Only the schema's owner can.
Result<std::vector<pg::Migration>> migrate(pg::Connection& connection);

/// kUnavailable, slug "schema_behind" or "schema_ahead", when the database is not at this program's schema.
Status check_schema(pg::Connection& connection);

/// The id that marks everything this installation makes in a cluster.
Result<std::string> installation_id(pg::Connection& connection);

}  // namespace berth::store
