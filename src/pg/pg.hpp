// PostgreSQL over libpq: synchronous calls, each with a deadline of its own, one connection per thread at a
// time. It knows SQL and the wire; it knows no word of Berth. libpq's header is included by this module's
// sources alone.
//
//   constexpr pg::Query kLabels{"labels_of", "SELECT label FROM thing WHERE owner = $1"};
//   auto transaction = pg::Transaction::begin(connection);
//   auto rows = transaction->exec(kLabels, owner);
//   for (const auto& row : *rows) use(row.get<std::string>("label"));
#pragma once

#include "pg/batch.hpp"        // IWYU pragma: export
#include "pg/connection.hpp"   // IWYU pragma: export
#include "pg/errors.hpp"       // IWYU pragma: export
#include "pg/listener.hpp"     // IWYU pragma: export
#include "pg/migrate.hpp"      // IWYU pragma: export
#include "pg/pool.hpp"         // IWYU pragma: export
#include "pg/rows.hpp"         // IWYU pragma: export
#include "pg/settings.hpp"     // IWYU pragma: export
#include "pg/transaction.hpp"  // IWYU pragma: export
#include "pg/value.hpp"        // IWYU pragma: export
