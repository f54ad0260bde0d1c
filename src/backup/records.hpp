// What is inside of the seal: records, one byte for the kind, 4 bytes for the length (highest first), then so
// many bytes. In this order, and no other:
//
//   H  Head as JSON
//   then for each table  T  its name,  R  a row, as PostgreSQL writes it as text, as often as there are rows
//   Z  Sums as JSON
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backup/sealed_stream.hpp"
#include "base/instant.hpp"
#include "base/json.hpp"

namespace berth::backup {

inline constexpr std::size_t kMaxRowBytes = std::size_t{16} << 20;
inline constexpr std::size_t kMaxTextBytes = std::size_t{1} << 20;  // of Head and Sums

/// A migration that the database had.
struct Step {
  std::string name;
  std::string sha256;
  bool operator==(const Step&) const = default;
};

/// What has to be known before the first row.
struct Head {
  std::string program;       // who wrote it
  std::string installation;  // whose it is
  Instant taken_at;          // the moment that it holds, by the database's clock
  std::vector<Step> steps;
  std::vector<std::string> audit_months;  // tables of single months of the audit log
  bool operator==(const Head&) const = default;
};

/// Of a table's rows, in the order of its primary key.
struct TableSum {
  std::string table;
  std::int64_t rows = 0;
  std::string sha256;
  bool operator==(const TableSum&) const = default;
};

/// What can be said after the last row.
struct Sums {
  std::vector<TableSum> tables;
  std::map<std::string, std::int64_t> sequences;  // those that were used: their last value
  bool operator==(const Sums&) const = default;
  std::int64_t rows() const;
};

std::string text_of(const Head& head);
std::string text_of(const Sums& sums);
/// kMalformed for what the two above cannot have written.
Result<Head> parse_head(std::string_view text);
Result<Sums> parse_sums(std::string_view text);

/// Adds up a table's rows.
class RowHash {
 public:
  RowHash();
  void add(std::string_view row);
  TableSum sum(std::string table) const;

 private:
  alignas(16) std::array<std::byte, 256> state_;  // libsodium's own, whose header stays out of here
  std::int64_t rows_ = 0;
};

class RecordWriter {
 public:
  explicit RecordWriter(Sealer& sealer) : sealer_(&sealer) {}
  Status head(const Head& head);
  Status table(const std::string& name);
  Status row(std::string_view text);
  Status end(const Sums& sums);

 private:
  Status put(char kind, std::string_view bytes);
  Sealer* sealer_;
};

class RecordReader {
 public:
  enum class Kind { kTable, kRow, kEnd };
  struct Record {
    Kind kind;
    std::string_view text;  // a name, a row, or the sums; lives until the next call
  };

  explicit RecordReader(Opener& opener) : opener_(&opener) {}
  /// First of all.
  Result<Head> head();
  /// After it, until kEnd. kMalformed for what is in another order, too long, or goes on after the end.
  Result<Record> next();

 private:
  Result<bool> fetch(std::size_t bytes);
  Result<std::pair<char, std::string_view>> record();
  Opener* opener_;
  std::string waiting_;
  std::size_t used_ = 0;
  bool in_table_ = false;
};

}  // namespace berth::backup
