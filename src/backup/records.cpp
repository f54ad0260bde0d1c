#include "backup/records.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include "backup/bytes.hpp"

namespace berth::backup {
namespace {

constexpr char kHead = 'H';
constexpr char kTable = 'T';
constexpr char kRow = 'R';
constexpr char kEnd = 'Z';
constexpr std::size_t kRecordHead = 1 + kLengthBytes;
constexpr std::size_t kMaxName = 63;  // PostgreSQL's own
constexpr int kForm = 1;

static_assert(sizeof(crypto_hash_sha256_state) <= 256);

crypto_hash_sha256_state* state_in(std::array<std::byte, 256>& bytes) {
  return reinterpret_cast<crypto_hash_sha256_state*>(bytes.data());
}

tl::unexpected<Error> broken(std::string message) {
  return fail(Code::kMalformed, std::move(message));
}

/// Letters, digits and "_", as tables and sequences are named here: they become part of statements.
bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kMaxName &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

std::size_t limit_of(char kind) {
  if (kind == kHead || kind == kEnd) return kMaxTextBytes;
  if (kind == kTable) return kMaxName;
  return kind == kRow ? kMaxRowBytes : 0;
}

template <typename Item>
Result<std::vector<Item>> list_at(const json::value& root, std::string_view name, auto&& read) {
  const auto* list = find(root, {name});
  if (list == nullptr || !list->is_array()) return broken(fmt::format("it has no list \"{}\"", name));
  std::vector<Item> items;
  for (const auto& one : list->get_array()) {
    auto item = read(one);
    if (!item) return broken(fmt::format("an item of its list \"{}\" is not as it should be", name));
    items.push_back(std::move(*item));
  }
  return items;
}

}  // namespace

std::int64_t Sums::rows() const {
  std::int64_t all = 0;
  for (const auto& one : tables) all += one.rows;
  return all;
}

std::string text_of(const Head& head) {
  json::array steps;
  for (const auto& step : head.steps) steps.push_back(json::array{step.name, step.sha256});
  json::array months(head.audit_months.begin(), head.audit_months.end());
  return json::serialize(json::object{{"form", kForm},
                                      {"program", head.program},
                                      {"installation", head.installation},
                                      {"taken_at", format_rfc3339(head.taken_at)},
                                      {"steps", std::move(steps)},
                                      {"audit_months", std::move(months)}});
}

std::string text_of(const Sums& sums) {
  json::array tables;
  for (const auto& one : sums.tables) tables.push_back(json::array{one.table, one.rows, one.sha256});
  json::object sequences;
  for (const auto& [name, value] : sums.sequences) sequences[name] = value;
  return json::serialize(json::object{{"tables", std::move(tables)}, {"sequences", std::move(sequences)}});
}

Result<Head> parse_head(std::string_view text) {
  const auto root = parse_json(text);
  if (!root) return fail(root.error());
  const auto form = find_int(*root, {"form"});
  if (form != kForm)
    return broken(fmt::format("it is of form {}, this program reads form {}: use a newer one",
                              form.value_or(0), kForm));
  Head head;
  const auto program = find_string(*root, {"program"});
  const auto installation = find_string(*root, {"installation"});
  const auto taken = parse_rfc3339(string_at(*root, {"taken_at"}));
  if (!program || !installation || !taken) return broken("its head lacks a field");
  head.program = *program;
  head.installation = *installation;
  head.taken_at = *taken;
  auto steps = list_at<Step>(*root, "steps", [](const json::value& one) -> std::optional<Step> {
    const auto* pair = one.if_array();
    if (pair == nullptr || pair->size() != 2 || !pair->at(0).is_string() || !pair->at(1).is_string())
      return {};
    return Step{std::string(pair->at(0).get_string()), std::string(pair->at(1).get_string())};
  });
  if (!steps) return fail(steps.error());
  head.steps = std::move(*steps);
  auto months =
      list_at<std::string>(*root, "audit_months", [](const json::value& one) -> std::optional<std::string> {
        constexpr std::string_view kStart = "audit_";
        constexpr std::string_view kShape = "audit_2026_11";
        const auto* name = one.if_string();
        if (name == nullptr || name->size() != kShape.size() || !name->starts_with(kStart)) return {};
        for (std::size_t i = kStart.size(); i < name->size(); ++i) {
          const bool digit = (*name)[i] >= '0' && (*name)[i] <= '9';
          if (kShape[i] == '_' ? (*name)[i] != '_' : !digit) return {};
        }
        return std::string(*name);
      });
  if (!months) return fail(months.error());
  head.audit_months = std::move(*months);
  return head;
}

Result<Sums> parse_sums(std::string_view text) {
  const auto root = parse_json(text);
  if (!root) return fail(root.error());
  Sums sums;
  auto tables = list_at<TableSum>(*root, "tables", [](const json::value& one) -> std::optional<TableSum> {
    const auto* parts = one.if_array();
    if (parts == nullptr || parts->size() != 3 || !parts->at(0).is_string() || !parts->at(1).is_int64() ||
        !parts->at(2).is_string() || parts->at(1).get_int64() < 0) {
      return {};
    }
    return TableSum{std::string(parts->at(0).get_string()), parts->at(1).get_int64(),
                    std::string(parts->at(2).get_string())};
  });
  if (!tables) return fail(tables.error());
  sums.tables = std::move(*tables);
  const auto* sequences = find(*root, {"sequences"});
  if (sequences == nullptr || !sequences->is_object()) return broken("it has no \"sequences\"");
  for (const auto& [name, value] : sequences->get_object()) {
    if (!is_name(name) || !value.is_int64()) return broken("one of its \"sequences\" is not as it should be");
    sums.sequences[std::string(name)] = value.get_int64();
  }
  return sums;
}

RowHash::RowHash() : state_{} {
  crypto_hash_sha256_init(state_in(state_));
}

void RowHash::add(std::string_view row) {
  const auto length = length_text(row.size());
  for (const auto part : {std::string_view(length), row})
    crypto_hash_sha256_update(state_in(state_), reinterpret_cast<const unsigned char*>(part.data()),
                              part.size());
  ++rows_;
}

TableSum RowHash::sum(std::string table) const {
  auto copy = state_;
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
  crypto_hash_sha256_final(state_in(copy), hash.data());
  TableSum sum{std::move(table), rows_, {}};
  for (const unsigned char byte : hash) sum.sha256 += fmt::format("{:02x}", byte);
  return sum;
}

Status RecordWriter::put(char kind, std::string_view bytes) {
  if (bytes.size() > limit_of(kind)) {
    return fail(Code::kTooLarge,
                fmt::format("a record of {} bytes, at most {}", bytes.size(), limit_of(kind)));
  }
  if (auto done = sealer_->write(std::string(1, kind) + length_text(bytes.size())); !done) return done;
  return sealer_->write(bytes);
}

Status RecordWriter::head(const Head& head) {
  return put(kHead, text_of(head));
}
Status RecordWriter::table(const std::string& name) {
  return put(kTable, name);
}
Status RecordWriter::row(std::string_view text) {
  return put(kRow, text);
}
Status RecordWriter::end(const Sums& sums) {
  if (auto done = put(kEnd, text_of(sums)); !done) return done;
  return sealer_->finish();
}

/// False at the end of the stream.
Result<bool> RecordReader::fetch(std::size_t bytes) {
  while (waiting_.size() - used_ < bytes) {
    const auto piece = opener_->next();
    if (!piece) return fail(piece.error());
    if (piece->empty()) return false;
    waiting_.erase(0, used_);
    used_ = 0;
    waiting_.append(*piece);
  }
  return true;
}

Result<std::pair<char, std::string_view>> RecordReader::record() {
  const auto cut = [] { return broken("it ends in the middle of a record"); };
  const auto head = fetch(kRecordHead);
  if (!head) return fail(head.error());
  if (!*head) return cut();
  const char kind = waiting_[used_];
  std::size_t size = 0;
  for (std::size_t i = 1; i < kRecordHead; ++i)
    size = size << 8 | static_cast<unsigned char>(waiting_[used_ + i]);
  const auto most = limit_of(kind);
  if (most == 0) return broken("it has a record of a kind that this program does not know");
  if (size > most) return broken(fmt::format("it has a record of {} bytes, at most {}", size, most));
  const auto body = fetch(kRecordHead + size);
  if (!body) return fail(body.error());
  if (!*body) return cut();
  const auto text = std::string_view(waiting_).substr(used_ + kRecordHead, size);
  used_ += kRecordHead + size;
  return std::pair{kind, text};
}

Result<Head> RecordReader::head() {
  const auto first = record();
  if (!first) return fail(first.error());
  if (first->first != kHead) return broken("it does not begin with its head");
  return parse_head(first->second);
}

Result<RecordReader::Record> RecordReader::next() {
  const auto one = record();
  if (!one) return fail(one.error());
  const auto [kind, text] = *one;
  if (kind == kTable && is_name(text)) {
    in_table_ = true;
    return Record{Kind::kTable, text};
  }
  if (kind == kRow && in_table_) return Record{Kind::kRow, text};
  if (kind != kEnd) return broken("its records are in an order that has no meaning");
  // What the opener has read ahead is all there is, and the stream says that it ends here.
  const auto kept = std::string(text);
  const auto more = fetch(1);
  if (!more) return fail(more.error());
  if (*more) return broken("it goes on after its end");
  waiting_ = kept;
  used_ = waiting_.size();
  return Record{Kind::kEnd, std::string_view(waiting_)};
}

}  // namespace berth::backup
