// The tables of a database of Berth, and their rows as text.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backup/records.hpp"
#include "pg/pg.hpp"

namespace berth::backup {

struct Table {
  std::string name;
  std::string ordered_by;  // SQL
};

/// Those that others refer to come first. Months of the audit log are part of it, and no tables of their own.
Result<std::vector<Table>> tables_of(pg::Connection& connection);
Result<std::vector<std::string>> audit_months_of(pg::Connection& connection);
Result<std::map<std::string, std::int64_t>> sequences_of(pg::Connection& connection);

/// For the rest of the transaction, values are written and read in one way, whatever the server's settings
/// are.
Status fix_forms(pg::Connection& connection);

/// As what power of two so many of the next rows are read at once that they have no more than a MiB, going by
/// the sizes of those to come; or one row.
std::size_t fetch_of(std::span<const std::size_t> sizes);

/// All rows, a few at a time, in the order of the primary key. In a transaction, after `fix_forms`.
Result<TableSum> read_rows(pg::Connection& connection, const Table& table,
                           const std::function<Status(std::string_view row)>& take);

/// Rows as `read_rows` gave them, into a table without triggers. In a transaction, after `fix_forms`.
Status write_rows(pg::Connection& connection, const std::string& table, const std::vector<std::string>& rows);

}  // namespace berth::backup
