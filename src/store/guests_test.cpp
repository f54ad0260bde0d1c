#include "store/guests.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "store/fixture.hpp"
#include "store/reservations.hpp"

namespace berth::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class GuestRows : public StoreTest {
 protected:
  GuestRows() : booked_(slice(ana_, 0, 4).reservation) {}

  Result<Guest> add(const std::string& email) {
    auto transaction = must(begin_write(connection_, author(ana_)));
    auto guest = add_guest(transaction, booked_, email);
    if (guest) must(transaction.commit());
    return guest;
  }
  Status remove(const model::UserId& who) {
    auto transaction = must(begin_write(connection_, author(ana_)));
    auto gone = remove_guest(transaction, booked_.id, who);
    return gone ? transaction.commit() : gone;
  }
  std::vector<std::string> listed() {
    std::vector<std::string> emails;
    for (const auto& guest : must(list_guests(connection_, booked_.id))) emails.push_back(guest.email);
    return emails;
  }

  model::UserId ana_ = add_user("ana@example.org");
  model::UserId ben_ = add_user("ben@example.org");
  model::Reservation booked_;
};

TEST_F(GuestRows, AreListedInTheOrderInWhichTheyWereNamed) {
  add_user("aaron@example.org");
  must(add("ben@example.org"));
  must(add("aaron@example.org"));
  must(add("Ben@Example.org"));
  EXPECT_THAT(listed(), ElementsAre("ben@example.org", "aaron@example.org"));
  must(remove(ben_));
  EXPECT_THAT(listed(), ElementsAre("aaron@example.org"));
}

TEST_F(GuestRows, SeeTheReservationAmongTheirs) {
  must(add("ben@example.org"));
  EXPECT_THAT(viewer(ben_).guest_of, ElementsAre(booked_.id));
  const auto list = must(list_reservations(connection_, viewer(ben_), {}, {}));
  ASSERT_EQ(list.page.items.size(), 1U);
  EXPECT_EQ(list.page.items[0].reservation.id, booked_.id);
  ReservationFilter found;
  found.text = "slice";
  EXPECT_EQ(must(list_reservations(connection_, viewer(ben_), found, {})).page.items.size(), 1U);
  ReservationFilter mine;
  mine.mine = true;
  EXPECT_THAT(must(list_reservations(connection_, viewer(ben_), mine, {})).page.items, IsEmpty());
  must(remove(ben_));
  EXPECT_THAT(must(list_reservations(connection_, viewer(ben_), {}, {})).page.items, IsEmpty());
}

TEST_F(GuestRows, AreBounded) {
  for (int i = 0; i < kMaxGuests; ++i) {
    const auto email = fmt::format("guest{}@example.org", i);
    add_user(email);
    must(add(email));
  }
  EXPECT_EQ(add("ben@example.org").error().slug, "too_many_guests");
  EXPECT_TRUE(add("guest0@example.org"));  // is one already
}

TEST_F(GuestRows, WhoIsDisabledIsNobodyHere) {
  sql("UPDATE berth.app_user SET disabled_at = clock_timestamp() WHERE email = 'ben@example.org'");
  const auto refused = add("ben@example.org");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fields.at(0).field, "email");
}

TEST_F(GuestRows, EachChangeIsAuditedAndToldToOpenPages) {
  const auto before = number("SELECT count(*) AS x FROM berth.event");
  must(add("ben@example.org"));
  must(remove(ben_));
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.event"), before + 2);
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.audit WHERE object_type = 'guest' AND object_id = '" +
                   booked_.id.value + "'"),
            2);
  EXPECT_EQ(remove(ben_).error().slug, "no_guest");
}

}  // namespace
}  // namespace berth::store
