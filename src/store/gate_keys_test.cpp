#include "store/gate_keys.hpp"

#include <gmock/gmock.h>

#include "store/bookings.hpp"
#include "store/control_rows.hpp"
#include "store/credentials.hpp"
#include "store/fixture.hpp"

namespace berth::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr std::chrono::seconds kPatience{20};

class GateKeys : public StoreTest {
 protected:
  entry::SigningKey key() { return must(signing_key(connection_, random_, author(user_))); }
  static entry::PublicKey public_of(const entry::SigningKey& key) { return {key.id, key.public_half}; }
  planning::Desired desired() {
    auto settings = database_.settings();
    settings.conninfo += " options='-c role=berth_reconciler'";
    return must(open_control_rows(settings, Log::silent())->desired(lab_.cluster));
  }

  SystemRandom random_;
  model::UserId user_ = add_user("ana@example.org");
};

TEST_F(GateKeys, AreMadeOnceAndFoundAgain) {
  const auto first = key();
  EXPECT_EQ(key().id, first.id);
  EXPECT_EQ(key().secret, first.secret);
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.gate_key"), 1);
}

TEST_F(GateKeys, OfSeveralPortalsThatFindNoneOneMakesIt) {
  auto other = portal_connection();
  const auto here = key();
  EXPECT_EQ(must(signing_key(other, random_, author(user_))).id, here.id);
}

TEST_F(GateKeys, TheirSecretIsInNoAuditRow) {
  const auto made = key();
  EXPECT_EQ(
      number("SELECT count(*) AS x FROM berth.audit WHERE action = 'gate_key.created' AND object_id = '" +
             made.id + "'"),
      1);
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.audit WHERE after ? 'secret'"), 0);
}

TEST_F(GateKeys, AreToldToTheReconcilerByTheirPublicHalf) {
  EXPECT_THAT(desired().gate_keys, IsEmpty());
  const auto made = key();
  EXPECT_THAT(desired().gate_keys, ElementsAre(public_of(made)));
}

TEST_F(GateKeys, OneThatIsRetiredSignsUntilItsSuccessorHasSettledAndIsKnownUntilItsTicketsHaveRunOut) {
  const auto before = key();
  sql("UPDATE berth.gate_key SET created_at = created_at - interval '1 hour'");
  sql("UPDATE berth.gate_key SET retired_at = clock_timestamp()");
  // The successor is made now, and no gate knows it yet.
  EXPECT_EQ(key().id, before.id);
  EXPECT_THAT(desired().gate_keys, SizeIs(2));
  sql("UPDATE berth.gate_key SET created_at = created_at - interval '11 seconds', retired_at = retired_at - "
      "interval '11 seconds'");
  EXPECT_NE(key().id, before.id);
  EXPECT_THAT(desired().gate_keys, SizeIs(2));
  sql("UPDATE berth.gate_key SET retired_at = retired_at - interval '2 minutes' WHERE retired_at IS NOT "
      "NULL");
  EXPECT_THAT(desired().gate_keys, ElementsAre(public_of(key())));
}

TEST_F(GateKeys, WhoIsNamedMayEnterAndWhoIsDisabledNoMore) {
  const auto id = slice(user_, 0, 4).reservation.id;
  begin(id);
  const auto ben = add_user("ben@example.org");
  sql("INSERT INTO berth.reservation_guest (reservation, member) VALUES ('" + id.value + "', '" + ben.value +
      "')");
  const auto named = desired().sessions.at(0).booked.may_enter;
  ASSERT_THAT(named, SizeIs(2));
  EXPECT_EQ(named[0], (entry::Person{user_.value, "ana@example.org"}));
  EXPECT_EQ(named[1], (entry::Person{ben.value, "ben@example.org", named[1].since}));
  EXPECT_TRUE(named[1].since) << "since when somebody is named";
  sql("UPDATE berth.app_user SET disabled_at = clock_timestamp() WHERE email = 'ben@example.org'");
  EXPECT_THAT(desired().sessions.at(0).booked.may_enter,
              ElementsAre(entry::Person{user_.value, "ana@example.org"}));
  sql("UPDATE berth.app_user SET disabled_at = clock_timestamp() WHERE email = 'ana@example.org'");
  EXPECT_THAT(desired().sessions.at(0).booked.may_enter, IsEmpty());
}

TEST_F(GateKeys, WhoseWaysInAllEndedEntersAnew) {
  const auto id = slice(user_, 0, 4).reservation.id;
  begin(id);
  const auto ben = add_user("ben@example.org");
  sql("INSERT INTO berth.reservation_guest (reservation, member) VALUES ('" + id.value + "', '" + ben.value +
      "')");
  const auto named = desired().sessions.at(0).booked.may_enter.at(1).since;
  for (const auto& who : {user_, ben}) {
    auto transaction = begin_write(connection_, author(who));
    ASSERT_TRUE(transaction);
    ASSERT_TRUE(end_access(*transaction, who));
    ASSERT_TRUE(transaction->commit());
  }
  const auto may_enter = desired().sessions.at(0).booked.may_enter;
  EXPECT_GT(may_enter.at(0).since, named);
  EXPECT_GT(may_enter.at(1).since, named);
}

TEST_F(GateKeys, TheReconcilerIsWokenByANewKeyByAGuestAndByWhoIsDisabled) {
  pg::Listener listener(database_.settings(), {std::string(kWorkChannel)});
  ASSERT_TRUE(listener.wait(kPatience).connected);
  key();
  EXPECT_THAT(listener.wait(kPatience).notifications, Not(IsEmpty()));
  const auto id = slice(user_, 0, 4).reservation.id;
  while (!listener.wait(seconds(1)).notifications.empty()) {  // the booking's own
  }
  const auto ben = add_user("ben@example.org");
  sql("INSERT INTO berth.reservation_guest (reservation, member) VALUES ('" + id.value + "', '" + ben.value +
      "')");
  EXPECT_THAT(listener.wait(kPatience).notifications, Not(IsEmpty()));
  sql("DELETE FROM berth.reservation_guest");
  EXPECT_THAT(listener.wait(kPatience).notifications, Not(IsEmpty()));
  sql("UPDATE berth.app_user SET signed_out_at = clock_timestamp() WHERE email = 'ana@example.org'");
  EXPECT_THAT(listener.wait(kPatience).notifications, Not(IsEmpty()));
  sql("UPDATE berth.app_user SET disabled_at = clock_timestamp() WHERE email = 'ana@example.org'");
  EXPECT_THAT(listener.wait(kPatience).notifications, Not(IsEmpty()));
}

}  // namespace
}  // namespace berth::store
