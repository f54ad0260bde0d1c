#include "backup/tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace berth::backup {
namespace {

// Texts in the order of their bytes: that of a language differs from server to server.
constexpr pg::Query kTables{"backup_tables", R"sql(
    SELECT c.relname::text AS name, coalesce((
      SELECT string_agg(quote_ident(a.attname) || CASE WHEN a.attcollation <> 0 THEN ' COLLATE "C"' ELSE '' END,
          ', ' ORDER BY k.n)
      FROM pg_index i
      CROSS JOIN unnest(i.indkey::smallint[]) WITH ORDINALITY AS k (attribute, n)
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attribute
      WHERE i.indrelid = c.oid AND i.indisprimary
    ), 'whole_row::text COLLATE "C"') AS ordered_by, coalesce((
      SELECT array_agg(DISTINCT other.relname::text)
      FROM pg_constraint f
      JOIN pg_class other ON other.oid = f.confrelid
      WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.confrelid <> c.oid
    ), '{}') AS refers_to
    FROM pg_class c
    WHERE c.relnamespace = 'berth'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    ORDER BY c.relname
)sql"};

constexpr pg::Query kMonths{"backup_audit_months", R"sql(
    SELECT c.relname::text AS name
    FROM pg_inherits i
    JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'berth.audit'::regclass AND c.relname ~ '^audit_[0-9]{4}_[0-9]{2}$'
    ORDER BY c.relname
)sql"};

constexpr pg::Query kSequences{"backup_sequences", R"sql(
    SELECT sequencename::text AS name, last_value, current_user::text AS reader,
        has_sequence_privilege(format('%I.%I', schemaname, sequencename), 'SELECT, USAGE') AS readable
    FROM pg_sequences
    WHERE schemaname = 'berth'
    ORDER BY sequencename
)sql"};

constexpr std::string_view kForms = R"sql(
    SET LOCAL timezone = 'UTC';
    SET LOCAL datestyle = 'ISO, YMD';
    SET LOCAL intervalstyle = 'postgres';
    SET LOCAL extra_float_digits = 1;
    SET LOCAL bytea_output = 'hex';
    SET LOCAL search_path = pg_catalog, public;
    SET LOCAL default_tablespace = ''
)sql";

/// How many at once: each is a statement of its own, so only powers of two.
constexpr std::array kFetches{pg::Query{"backup_fetch_1", "FETCH 1 FROM backup_rows"},
                              pg::Query{"backup_fetch_2", "FETCH 2 FROM backup_rows"},
                              pg::Query{"backup_fetch_4", "FETCH 4 FROM backup_rows"},
                              pg::Query{"backup_fetch_8", "FETCH 8 FROM backup_rows"},
                              pg::Query{"backup_fetch_16", "FETCH 16 FROM backup_rows"},
                              pg::Query{"backup_fetch_32", "FETCH 32 FROM backup_rows"},
                              pg::Query{"backup_fetch_64", "FETCH 64 FROM backup_rows"},
                              pg::Query{"backup_fetch_128", "FETCH 128 FROM backup_rows"},
                              pg::Query{"backup_fetch_256", "FETCH 256 FROM backup_rows"},
                              pg::Query{"backup_fetch_512", "FETCH 512 FROM backup_rows"},
                              pg::Query{"backup_fetch_1024", "FETCH 1024 FROM backup_rows"},
                              pg::Query{"backup_fetch_2048", "FETCH 2048 FROM backup_rows"}};
constexpr std::size_t kMostRows = std::size_t{1} << (kFetches.size() - 1);
constexpr pg::Query kFetchSizes{"backup_fetch_sizes", "FETCH 2048 FROM backup_sizes"};
constexpr std::size_t kSizesAtOnce = 2048;
constexpr std::size_t kAtOnceBytes = std::size_t{1} << 20;

/// The sizes of the rows to come, some of them known ahead: small rows say nothing of those after them, and a
/// thousand of the largest would not fit into memory.
class SizesAhead {
 public:
  static Result<SizesAhead> begin(pg::Connection& connection, const Table& table) {
    auto declared = connection.run(fmt::format(
        "DECLARE backup_sizes NO SCROLL CURSOR FOR SELECT octet_length(whole_row::text)::bigint AS "
        "bytes FROM berth.{} whole_row ORDER BY {}",
        pg::quote_identifier(table.name), table.ordered_by));
    if (!declared) return fail(declared.error());
    return SizesAhead(connection, table);
  }

  /// Those that are known; none when there are no more rows.
  Result<std::span<const std::size_t>> look() {
    if (known_.size() - used_ < kMostRows && !all_) {
      known_.erase(known_.begin(), known_.begin() + static_cast<std::ptrdiff_t>(used_));
      used_ = 0;
      const auto rows = connection_->exec(kFetchSizes);
      if (!rows) return fail(rows.error());
      all_ = rows->size() < kSizesAtOnce;
      for (const auto& row : *rows) {
        const auto bytes = static_cast<std::size_t>(row.get<std::int64_t>("bytes"));
        if (bytes > kMaxRowBytes)
          return fail(Code::kTooLarge, fmt::format("a row of table {} has {} bytes as text, at most {}",
                                                   table_, bytes, kMaxRowBytes));
        known_.push_back(bytes);
      }
    }
    return std::span<const std::size_t>(known_).subspan(used_);
  }
  void use(std::size_t rows) { used_ += rows; }
  Status close() { return connection_->run("CLOSE backup_sizes"); }

 private:
  SizesAhead(pg::Connection& connection, const Table& table) : connection_(&connection), table_(table.name) {}
  pg::Connection* connection_;
  std::string table_;
  std::vector<std::size_t> known_;
  std::size_t used_ = 0;
  bool all_ = false;
};

}  // namespace

Result<std::vector<Table>> tables_of(pg::Connection& connection) {
  const auto rows = connection.exec(kTables);
  if (!rows) return fail(within("read which tables there are", rows.error()));
  std::vector<Table> sorted;
  std::set<std::string> placed;
  while (sorted.size() < rows->size()) {
    const auto before = sorted.size();
    for (const auto& row : *rows) {
      auto name = row.get<std::string>("name");
      const auto others = row.get<std::vector<std::string>>("refers_to");
      const bool ready =
          std::all_of(others.begin(), others.end(), [&](const auto& one) { return placed.contains(one); });
      if (placed.contains(name) || !ready) continue;
      placed.insert(name);
      sorted.push_back({std::move(name), row.get<std::string>("ordered_by")});
    }
    if (sorted.size() == before) return fail(Code::kInternal, "tables refer to each other in a circle");
  }
  return sorted;
}

Result<std::vector<std::string>> audit_months_of(pg::Connection& connection) {
  const auto rows = connection.exec(kMonths);
  if (!rows) return fail(within("read the months of the audit log", rows.error()));
  std::vector<std::string> months;
  for (const auto& row : *rows) months.push_back(row.get<std::string>("name"));
  return months;
}

Result<std::map<std::string, std::int64_t>> sequences_of(pg::Connection& connection) {
  const auto rows = connection.exec(kSequences);
  if (!rows) return fail(within("read how far the sequences are", rows.error()));
  std::map<std::string, std::int64_t> all;
  for (const auto& row : *rows) {
    auto name = row.get<std::string>("name");
    // To who may not read it, it looks like one that nobody used yet.
    if (!row.get<bool>("readable")) {
      return fail(
          Code::kForbidden,
          fmt::format("role {} may not read sequence berth.{}: run berth migrate, which gives it that right",
                      row.get<std::string>("reader"), name));
    }
    if (const auto value = row.get<std::optional<std::int64_t>>("last_value")) all[std::move(name)] = *value;
  }
  return all;
}

std::size_t fetch_of(std::span<const std::size_t> sizes) {
  std::size_t power = 0;
  std::size_t bytes = 0;
  std::size_t added = 0;
  for (std::size_t next = 0; next < kFetches.size() && std::size_t{1} << next <= sizes.size(); ++next) {
    for (; added < std::size_t{1} << next; ++added) bytes += sizes[added];
    if (bytes > kAtOnceBytes) break;
    power = next;
  }
  return power;
}

Status fix_forms(pg::Connection& connection) {
  return connection.run(kForms);
}

Result<TableSum> read_rows(pg::Connection& connection, const Table& table,
                           const std::function<Status(std::string_view row)>& take) {
  const auto reading = [&](const Error& error) { return fail(within("read table " + table.name, error)); };
  const auto declared =
      connection.run(fmt::format("DECLARE backup_rows NO SCROLL CURSOR FOR SELECT whole_row::text AS text "
                                 "FROM berth.{} whole_row ORDER BY {}",
                                 pg::quote_identifier(table.name), table.ordered_by));
  if (!declared) return reading(declared.error());
  auto ahead = SizesAhead::begin(connection, table);
  if (!ahead) return reading(ahead.error());
  RowHash hash;
  while (true) {
    const auto sizes = ahead->look();
    if (!sizes) return reading(sizes.error());
    if (sizes->empty()) break;
    const auto power = fetch_of(*sizes);
    const auto rows = connection.exec(kFetches.at(power));
    if (!rows) return reading(rows.error());
    if (rows->size() != std::size_t{1} << power)
      return fail(Code::kInternal, fmt::format("table {} ended before its rows did", table.name));
    ahead->use(rows->size());
    for (const auto& row : *rows) {
      const auto text = row.get<std::string>("text");
      hash.add(text);
      if (auto taken = take(text); !taken) return fail(taken.error());
    }
  }
  if (auto closed = ahead->close(); !closed) return reading(closed.error());
  if (auto closed = connection.run("CLOSE backup_rows"); !closed) return reading(closed.error());
  return hash.sum(table.name);
}

Status write_rows(pg::Connection& connection, const std::string& table,
                  const std::vector<std::string>& rows) {
  const auto name = "backup_write " + table;
  const auto sql = fmt::format(
      "INSERT INTO berth.{0} OVERRIDING SYSTEM VALUE SELECT * FROM unnest($1::text[]::berth.{0}[])",
      pg::quote_identifier(table));
  const auto done = connection.exec(pg::Query{name, sql}, rows);
  if (!done) return fail(within("write table " + table, done.error()));
  return {};
}

}  // namespace berth::backup
