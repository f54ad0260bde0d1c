#include "store/gate_keys.hpp"

#include <algorithm>

#include "store/codecs.hpp"

namespace berth::store {
namespace {

// Who was retired signs on only while its successor settles.
constexpr pg::Query kSigning{"gate_key_signing", R"sql(
    SELECT id, secret, public_half
    FROM berth.gate_key
    WHERE retired_at IS NULL
       OR retired_at > clock_timestamp() - make_interval(secs => $1)
    ORDER BY (retired_at IS NULL AND created_at > clock_timestamp() - make_interval(secs => $1)), retired_at IS NOT NULL
    LIMIT 1
)sql"};
constexpr pg::Query kInUse{"gate_key_in_use", R"sql(
    SELECT FROM berth.gate_key WHERE retired_at IS NULL
)sql"};
constexpr pg::Query kMake{"gate_key_make", R"sql(
    INSERT INTO berth.gate_key (id, secret, public_half)
    VALUES ($1::uuid, $2, $3)
    ON CONFLICT DO NOTHING
)sql"};

template <std::size_t N>
std::vector<std::byte> bytes_of(const std::array<std::byte, N>& bytes) {
  return {bytes.begin(), bytes.end()};
}

template <std::size_t N>
std::array<std::byte, N> array_of(const pg::Row& row, std::string_view column) {
  const auto bytes = row.get<std::vector<std::byte>>(column);
  if (bytes.size() != N) throw pg::Misuse("column of a key: not as long as its check says");
  std::array<std::byte, N> out{};
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

Status make_one(pg::Connection& connection, Random& random, const Author& author) {
  const auto key = entry::make_key(random);
  auto transaction = begin_write(connection, author);
  if (!transaction) return fail(transaction.error());
  const auto made = transaction->exec(kMake, key.id, bytes_of(key.secret), bytes_of(key.public_half));
  if (!made) return fail(within("make a key for tickets", made.error()));
  return transaction->commit();
}

}  // namespace

Result<entry::SigningKey> signing_key(pg::Connection& connection, Random& random, const Author& author) {
  const auto in_use = connection.exec(kInUse);
  if (!in_use) return fail(within("look for the key of tickets", in_use.error()));
  if (in_use->empty()) {
    if (auto made = make_one(connection, random, author); !made) return fail(made.error());
  }
  const auto rows = connection.exec(kSigning, static_cast<double>(kGateKeySettles.count()));
  if (!rows) return fail(within("read the key of tickets", rows.error()));
  if (rows->empty())
    return fail(Code::kConflict, "the key of tickets was changed just now; try again", "key_changed");
  const auto row = rows->front();
  return entry::SigningKey{.id = row.get<std::string>("id"),
                           .secret = array_of<64>(row, "secret"),
                           .public_half = array_of<32>(row, "public_half")};
}

std::vector<entry::PublicKey> read_public_keys(const pg::Rows& rows) {
  std::vector<entry::PublicKey> keys;
  for (const auto& row : rows) keys.push_back({row.get<std::string>("id"), array_of<32>(row, "public_half")});
  return keys;
}

}  // namespace berth::store
