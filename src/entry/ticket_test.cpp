#include "entry/ticket.hpp"

#include <gtest/gtest.h>

#include "base/base64.hpp"

namespace berth::entry {
namespace {

const Instant kTicketNow = *parse_rfc3339("2026-11-30T10:00:00Z");
const TicketFor kWanted{.session = "6f7c", .host = "x7f3.apps.example", .now = kTicketNow};

struct Signed : testing::Test {
  SeededRandom random{7};
  SigningKey key = make_key(random);
  std::vector<PublicKey> keys{{key.id, key.public_half}};
  Ticket ticket{.id = "t1",
                .user = "u1",
                .session = "6f7c",
                .host = "x7f3.apps.example",
                .expires = kTicketNow + kTicketLifetime};

  std::string slug(std::string_view text, const TicketFor& wanted = kWanted) const {
    const auto seen = verify(text, keys, wanted);
    return seen ? "let in" : seen.error().slug;
  }
};

TEST_F(Signed, SaysWhatWasSigned) {
  const auto seen = verify(sign(ticket, key), keys, kWanted);
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_EQ(*seen, ticket);
}

TEST_F(Signed, FitsIntoAnAddress) {
  const auto text = sign(ticket, key);
  EXPECT_EQ(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."),
            std::string::npos);
  EXPECT_LT(text.size(), kMaxTextBytes / 2);
}

TEST_F(Signed, RunsOutAfterAMinute) {
  const auto text = sign(ticket, key);
  EXPECT_EQ(slug(text, {"6f7c", "x7f3.apps.example", kTicketNow + kTicketLifetime - Duration(1)}), "let in");
  EXPECT_EQ(slug(text, {"6f7c", "x7f3.apps.example", kTicketNow + kTicketLifetime}), "ticket_expired");
}

TEST_F(Signed, IsForOneSessionAndHost) {
  const auto text = sign(ticket, key);
  EXPECT_EQ(slug(text, {"6f7d", "x7f3.apps.example", kTicketNow}), "other_workspace");
  EXPECT_EQ(slug(text, {"6f7c", "x7f4.apps.example", kTicketNow}), "other_workspace");
}

TEST_F(Signed, IsNoneWithAnyByteOther) {
  const auto text = sign(ticket, key);
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto other = text;
    other[i] = other[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(slug(other), "no_ticket") << i;
  }
}

TEST_F(Signed, IsNoneOfAnotherKeyAlsoUnderThisOnesName) {
  auto other = make_key(random);
  EXPECT_EQ(slug(sign(ticket, other)), "no_ticket");
  other.id = key.id;
  EXPECT_EQ(slug(sign(ticket, other)), "no_ticket");
  // And a key that is known does not sign in the name of another that is known.
  keys.push_back({"another", other.public_half});
  EXPECT_EQ(slug(sign(ticket, other)), "no_ticket");
}

TEST_F(Signed, OldKeysGoOnWhileTheyAreKept) {
  const auto before = sign(ticket, key);
  const auto next = make_key(random);
  keys.insert(keys.begin(), {next.id, next.public_half});
  EXPECT_EQ(slug(before), "let in");
  EXPECT_EQ(slug(sign(ticket, next)), "let in");
}

TEST_F(Signed, HostileTextIsNoTicket) {
  for (const auto& text : std::vector{
           std::string(), std::string("."), std::string("a.b"), std::string(".."),
           std::string(kMaxTextBytes + 1, 'A'), base64_url_encode("{}") + ".", "=." + std::string(86, 'A'),
           base64_url_encode("{}") + "." + std::string(86, 'A'), std::string("a\0b.c", 5)}) {
    EXPECT_EQ(slug(text), "no_ticket") << text.substr(0, 20);
  }
}

}  // namespace
}  // namespace berth::entry
