#include "backup/records.hpp"

#include <gmock/gmock.h>

#include "backup/stream_for_test.hpp"

namespace berth::backup {
namespace {

using testing::HasSubstr;

const Head kHead{.program = "0.1.0",
                 .installation = "0f3a9c21-0000-4000-8000-000000000000",
                 .taken_at = Instant(seconds(1'795'000'000)) + Duration(123'456),
                 .steps = {{"0001_foundation", "ab"}, {"0002_more", "cd"}},
                 .audit_months = {"audit_2026_10", "audit_2026_11"}};
const Sums kSums{.tables = {{"audit", 3, "ef"}, {"pool", 0, "01"}}, .sequences = {{"event_id", 17}}};

std::string record(char kind, const std::string& text, std::size_t said) {
  std::string out(1, kind);
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(said >> shift & 0xFFU);
  return out + text;
}
std::string record(char kind, const std::string& text) {
  return record(kind, text, text.size());
}

class Records : public testing::Test {
 protected:
  /// What a reader says of these bytes under a seal: "" where it takes them to the end.
  std::string verdict(const std::string& inside) {
    std::string out;
    StreamKey own;
    auto sealer = Sealer::begin(into(out), key_.public_half(), random_, own);
    EXPECT_TRUE(sealer && sealer->write(inside) && sealer->finish());
    auto opener = Opener::begin(out_of(out), key_);
    RecordReader reader(*opener);
    if (const auto head = reader.head(); !head) return head.error().message;
    while (true) {
      const auto one = reader.next();
      if (!one) return one.error().message;
      if (one->kind != RecordReader::Kind::kEnd) continue;
      const auto sums = parse_sums(one->text);
      return sums ? "" : sums.error().message;
    }
  }

  SystemRandom random_;
  PrivateKey key_{random_};
};

TEST_F(Records, HeadAndSumsAreReadAsTheyWereWritten) {
  EXPECT_EQ(parse_head(text_of(kHead)).value(), kHead);
  EXPECT_EQ(parse_sums(text_of(kSums)).value(), kSums);
  EXPECT_EQ(kSums.rows(), 3);
}

TEST_F(Records, WhatWritersWriteReadersRead) {
  std::string out;
  StreamKey own;
  auto sealer = Sealer::begin(into(out), key_.public_half(), random_, own);
  ASSERT_TRUE(sealer);
  RecordWriter writer(*sealer);
  const std::string large(2 * kPieceBytes + 5, 'x');
  ASSERT_TRUE(writer.head(kHead) && writer.table("audit") && writer.row("(1,a)") && writer.row("") &&
              writer.row(large) && writer.table("pool") && writer.end(kSums));
  auto opener = Opener::begin(out_of(out), key_);
  RecordReader reader(*opener);
  EXPECT_EQ(reader.head().value(), kHead);
  using Kind = RecordReader::Kind;
  for (const auto& [kind, text] : {std::pair{Kind::kTable, std::string("audit")},
                                   {Kind::kRow, "(1,a)"},
                                   {Kind::kRow, ""},
                                   {Kind::kRow, large},
                                   {Kind::kTable, "pool"},
                                   {Kind::kEnd, text_of(kSums)}}) {
    const auto one = reader.next();
    ASSERT_TRUE(one) << one.error().message;
    EXPECT_EQ(one->kind, kind);
    EXPECT_EQ(one->text, text);
  }
}

TEST_F(Records, InAnotherOrderOrFormAreRefused) {
  const auto head = record('H', text_of(kHead));
  const auto end = record('Z', text_of(kSums));
  EXPECT_EQ(verdict(head + end), "");
  EXPECT_THAT(verdict(end), HasSubstr("does not begin with its head"));
  EXPECT_THAT(verdict(""), HasSubstr("in the middle of a record"));
  EXPECT_THAT(verdict(head), HasSubstr("in the middle of a record"));
  EXPECT_THAT(verdict(head + record('R', "row") + end), HasSubstr("no meaning"));
  EXPECT_THAT(verdict(head + record('T', "a; drop table") + end), HasSubstr("no meaning"));
  EXPECT_THAT(verdict(head + head + end), HasSubstr("no meaning"));
  EXPECT_THAT(verdict(head + record('X', "") + end), HasSubstr("kind"));
  EXPECT_THAT(verdict(head + end + end), HasSubstr("goes on after its end"));
  EXPECT_THAT(verdict(head + record('T', "t") + record('R', "", kMaxRowBytes + 1)),
              HasSubstr("at most 16777216"));
  EXPECT_THAT(verdict(head + record('T', "t") + record('R', "abc", 4)),
              HasSubstr("in the middle of a record"));
  EXPECT_THAT(verdict(record('H', "", 0xFFFFFFFFU)), HasSubstr("at most 1048576"));
}

TEST_F(Records, AHeadOrSumsThatLackSomethingAreRefused) {
  for (const auto* field : {"form", "program", "installation", "taken_at", "steps", "audit_months"}) {
    auto root = parse_json(text_of(kHead)).value();
    root.get_object().erase(field);
    EXPECT_FALSE(parse_head(json::serialize(root))) << field;
    root.get_object()[field] = 7;
    EXPECT_FALSE(parse_head(json::serialize(root))) << field;
  }
  for (const auto* field : {"tables", "sequences"}) {
    auto root = parse_json(text_of(kSums)).value();
    root.get_object().erase(field);
    EXPECT_FALSE(parse_sums(json::serialize(root))) << field;
  }
  auto head = kHead;
  head.audit_months = {"audit_2026_1'; drop"};
  EXPECT_FALSE(parse_head(text_of(head))) << "it becomes part of a statement";
  auto sums = kSums;
  sums.sequences["Event; "] = 1;
  EXPECT_FALSE(parse_sums(text_of(sums)));
}

TEST_F(Records, ASumIsOfRowsAndTheirOrder) {
  const auto sum = [](std::initializer_list<std::string_view> rows) {
    RowHash hash;
    for (const auto row : rows) hash.add(row);
    return hash.sum("t");
  };
  EXPECT_EQ(sum({"a", "b"}), sum({"a", "b"}));
  EXPECT_NE(sum({"a", "b"}).sha256, sum({"b", "a"}).sha256);
  EXPECT_NE(sum({"a", "b"}).sha256, sum({"ab", ""}).sha256);
  EXPECT_EQ(sum({}).rows, 0);
}

}  // namespace
}  // namespace berth::backup
