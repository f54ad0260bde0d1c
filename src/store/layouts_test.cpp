// One GPU that is on offer whole and as four slices: who has it, who is told what, and what the database
// refuses.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>

#include "store/calendar.hpp"
#include "store/control_rows.hpp"
#include "store/fixture.hpp"
#include "store/usage.hpp"

namespace berth::store {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kClaimsElsewhere =
    "SELECT count(*) AS x FROM berth.reservation_unit c JOIN berth.unit u ON u.id = c.unit"
    " WHERE c.device <> u.device OR c.placement <> u.placement";

class Layouts : public StoreTest {
 protected:
  Layouts() { lay(two_layouts_pool()); }

  void lay(const model::Pool& wanted) { lab_ = must(apply_pool(connection_, admin_author(), wanted)).pool; }
  ReservationView whole(int from, int to) { return book(ana_, request("whole-96gb", 1, from, to)); }
  bool fits(const std::string& device_class, int units, int from, int to) {
    const auto outcome = must(try_book(ana_, request(device_class, units, from, to)));
    return std::holds_alternative<Created>(outcome);
  }
  std::vector<Bar> bars(const std::string& unit) {
    for (auto& lane : must(load_calendar(connection_, viewer(ana_), lab_, {step(-8), step(8)}))) {
      if (lane.unit == unit) return lane.bars;
    }
    return {};
  }

  model::UserId ana_ = add_user("ana@example.org");
};

TEST_F(Layouts, WhoHasTheWholeCardKeepsItsSlicesAndTheOtherWayRound) {
  whole(0, 2);
  EXPECT_FALSE(fits("slice-24gb", 1, 1, 3));
  EXPECT_TRUE(fits("slice-24gb", 3, 2, 4));
  EXPECT_FALSE(fits("whole-96gb", 1, 3, 5));
  EXPECT_TRUE(fits("slice-24gb", 1, 3, 5));
  EXPECT_TRUE(fits("whole-96gb", 1, 5, 7));
}

TEST_F(Layouts, TheDatabaseRefusesTheOverlapWhateverStandsAboveIt) {
  const auto held = slice(ana_, 0, 4);
  auto connection = database_.connect();
  must(connection.run("SET berth.actor = 'owner'"));
  const auto unit = std::find_if(lab_.units.begin(), lab_.units.end(),
                                 [](const model::Unit& one) { return one.name == "gpu1"; });
  const auto claim = fmt::format(
      "INSERT INTO berth.reservation_unit (reservation, unit, during, device, placement) SELECT id, {}, "
      "tstzrange(start_at, end_at), 0, '[9,10)' FROM berth.reservation WHERE id = '{}'",
      unit->id.value, held.reservation.id.value);
  const auto done = connection.run(claim);
  ASSERT_FALSE(done) << "the place that is written is not the one that counts";
  EXPECT_THAT(done.error().message, HasSubstr("one_reservation_per_placement"));
  EXPECT_EQ(number(kClaimsElsewhere), 0);
  must(connection.run("UPDATE berth.reservation_unit SET device = 0, placement = '[9,10)'"));
  EXPECT_EQ(number(kClaimsElsewhere), 0) << "it cannot be written";
}

TEST_F(Layouts, TheCalendarShowsBlockedTimeAsBlocked) {
  const auto mine = slice(ana_, 1, 3);
  const auto of_whole = bars("gpu1");
  ASSERT_EQ(of_whole.size(), 1U);
  EXPECT_EQ(of_whole[0].kind, BarKind::kBlocked);
  EXPECT_EQ(of_whole[0].during, (Window{step(1), step(3)}));
  EXPECT_EQ(of_whole[0].reservation, std::nullopt) << "nobody is named";
  EXPECT_EQ(bars(mine.unit_names[0]).at(0).kind, BarKind::kMine);
  EXPECT_THAT(bars("gpu0-slice3"), IsEmpty());

  const auto found = must(load_availability(connection_, lab_, {step(0), step(4)}));
  EXPECT_EQ(found.classes[0].series.segments,
            (std::vector<booking::Segment>{{{step(0), step(1)}, 1, 0, 0, 0},
                                           {{step(1), step(3)}, 0, 0, 0, 1},
                                           {{step(3), step(4)}, 1, 0, 0, 0}}));
  EXPECT_EQ(found.classes[1].series.segments.at(1), (booking::Segment{{step(1), step(3)}, 3, 1, 0, 0}));
}

TEST_F(Layouts, AUnitThatIsLaidElsewhereTakesItsClaimsAlong) {
  auto told_none = lab_pool();  // as pool files were before units had devices
  told_none.devices.clear();
  for (auto& unit : told_none.units) {
    const model::DeviceId own{static_cast<std::int64_t>(told_none.devices.size()) + 1};
    told_none.devices.push_back({own, unit.node, unit.name, "", Gib{24}, 1, false});
    unit.device = own;
    unit.placement = {};
  }
  lay(told_none);
  const auto past = slice(ana_, 0, 2);
  begin(past.reservation.id);
  shift_back(past.reservation.id, minutes(240));
  slice(ana_, 2, 6);
  whole(2, 6);
  const auto applied = must(apply_pool(connection_, admin_author(), lab_pool()));
  EXPECT_THAT(applied.changes, Contains("Device gpu0 of node gpu-node-1 is new."));
  EXPECT_THAT(applied.changes,
              Contains(R"(Unit gpu0-slice1 of node gpu-node-1: device was "gpu0-slice1", is "gpu0".)"));
  EXPECT_THAT(applied.changes, Contains("Device gpu0-slice1 of node gpu-node-1 is retired."));
  EXPECT_EQ(number(kClaimsElsewhere), 1) << "what is over stays where it was";
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.reservation_unit c JOIN berth.device d ON d.id = c.device"
                   " WHERE d.name IN ('gpu0', 'gpu1')"),
            2);
  EXPECT_THAT(must(apply_pool(connection_, admin_author(), lab_pool())).changes, IsEmpty());
}

TEST_F(Layouts, UnitsThatAreClaimedAtOneTimeCannotBeLaidOverEachOther) {
  lay(lab_pool());
  const auto held = slice(ana_, 2, 4);
  const auto other = whole(3, 5);
  const auto refused = apply_pool(connection_, admin_author(), two_layouts_pool());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().slug, "pool_in_use");
  EXPECT_THAT(refused.error().message,
              HasSubstr(fmt::format("Units {} and gpu1 cannot be laid over each other under reservation {}",
                                    held.unit_names[0], held.reservation.id.value)));
  EXPECT_EQ(must(load_pool(connection_, "lab")).units, lab_.units);
  must(end(connection_, author(ana_), viewer(ana_), other.reservation.id));
  whole(4, 6);
  EXPECT_TRUE(apply_pool(connection_, admin_author(), two_layouts_pool())) << "one after the other";
  EXPECT_EQ(number(kClaimsElsewhere), 1) << "the one that was given up";
}

TEST_F(Layouts, PlacesMayBeSwappedUnderClaims) {
  book(ana_, request("slice-24gb", 4, 0, 4));
  auto swapped = two_layouts_pool();
  std::swap(swapped.units[0].placement, swapped.units[3].placement);
  lay(swapped);
  EXPECT_EQ(number(kClaimsElsewhere), 0);
}

TEST_F(Layouts, UsageTellsBlockedHoursAndCountsTheDeviceOnce) {
  sql("UPDATE berth.unit_history SET since = since - interval '60 days' WHERE until IS NULL");
  sql("DELETE FROM berth.unit_history WHERE until IS NOT NULL");
  const auto mine = slice(ana_, 0, 4);
  shift_back(mine.reservation.id, hours(24));
  auto priced = two_layouts_pool();
  priced.annual_cost = model::AnnualCost{{8'760'000'000}, "EUR"};
  lay(priced);
  const Window day{now_ - hours(48), now_};
  const auto facts = must(load_usage_facts(connection_, viewer(ana_), must(load_pool(connection_, "lab")),
                                           {.period = day, .as_of = {}}));
  const auto table = usage::table(facts, usage::account(facts), usage::By::kOwner);
  ASSERT_TRUE(table.blocked);
  EXPECT_EQ(table.blocked->unit_time, hours(2)) << "the whole card, as long as the slice was held";
  EXPECT_EQ(table.blocked->cost, MoneyMicros{0});
  EXPECT_EQ(table.total.unit_time, hours(5 * 48));
  EXPECT_LT(std::chrono::abs(table.total.gpu_time - hours(48)), std::chrono::milliseconds(1)) << "one GPU";
  EXPECT_EQ(table.total.cost, MoneyMicros{48'000'000});
  EXPECT_EQ(table.rows.at(0).cost, MoneyMicros{500'000}) << "a quarter of it for two hours";
}

class LayoutsOfSessions : public Layouts {
 protected:
  LayoutsOfSessions() {
    auto settings = database_.settings();
    settings.conninfo += " options='-c role=berth_reconciler'";
    control_ = open_control_rows(settings, Log::silent());
    lead_ = must(control_->take_lead(lab_.cluster, "test"));
  }
  model::SessionId begin_session(const model::ReservationId& id, const std::string& name) {
    const NewSession session{{"22222222-2222-4222-8222-22222222222" + name}, "berth-s-" + name, "w" + name};
    EXPECT_TRUE(must(control_->begin_session(lead_, id, 1, session)));
    return session.id;
  }
  planning::DesiredSession desired(const std::string& name) {
    for (auto& one : must(control_->desired(lab_.cluster)).sessions) {
      if (one.session.namespace_name == "berth-s-" + name) return one;
    }
    throw std::runtime_error("no session " + name);
  }
  /// The whole card's, over for an hour and a half; its session is still there.
  model::SessionId lingering() {
    const auto before = whole(0, 4);
    shift_back(before.reservation.id, minutes(60));
    auto session = begin_session(before.reservation.id, "1");
    shift_back(before.reservation.id, minutes(150));
    return session;
  }
  static std::vector<std::string> names(const std::vector<model::Unit>& units) {
    std::vector<std::string> out;
    for (const auto& unit : units) out.push_back(unit.name);
    return out;
  }

  std::unique_ptr<ControlRows> control_;
  Lead lead_;
};

TEST_F(LayoutsOfSessions, AHeldUnitBlocksItsSiblings) {
  const auto session = lingering();
  must(control_->add_hold(lead_, session, lab_.units.back().id, "pods linger"));
  auto now = request("slice-24gb", 1, 0, 2);
  now.start = booking::Now{};
  EXPECT_FALSE(std::holds_alternative<Created>(must(try_book(ana_, now)))) << "until somebody looks again";
  EXPECT_EQ(bars("gpu0-slice3").at(0).kind, BarKind::kBlocked);
  EXPECT_GT(bars("gpu0-slice3").at(0).during.end, now_);
  must(control_->release_holds(lead_, session));
  EXPECT_TRUE(std::holds_alternative<Created>(must(try_book(ana_, now))));
}

TEST_F(LayoutsOfSessions, ASessionIsToldWhoLingersOnASibling) {
  lingering();
  const auto after = slice(ana_, 0, 4);
  shift_back(after.reservation.id, minutes(60));
  begin_session(after.reservation.id, "2");
  EXPECT_THAT(desired("2").booked.sibling_namespaces, ElementsAre("berth-s-1"));
  EXPECT_EQ(desired("2").booked.units.at(0).device, lab_.devices.front().id);
}

TEST_F(LayoutsOfSessions, AUnitIsNoSpareWhileASiblingIsClaimedOrHeld) {
  // A second GPU with the same two layouts, so that there is somewhere to go.
  auto more = two_layouts_pool();
  auto second = more.devices.front();
  second.id.value += 1;
  second.name = "gpu9";
  more.devices.push_back(second);
  auto units = more.units;
  for (auto& unit : units) {
    unit.device = second.id;
    unit.name = "second-" + unit.name;
    unit.resource_name += ".second";
    more.units.push_back(unit);
  }
  lay(more);
  const auto mine = slice(ana_, 0, 4);
  shift_back(mine.reservation.id, minutes(60));
  begin_session(mine.reservation.id, "1");
  const auto spare = [&] { return names(desired("1").spare_units); };
  EXPECT_EQ(spare().size(), 7U);
  const auto other = whole(1, 2);
  EXPECT_EQ(spare().size(), 3U) << "the slices of the second GPU are blocked for a part of the window";
  must(end(connection_, author(ana_), viewer(ana_), other.reservation.id));
  EXPECT_EQ(spare().size(), 7U);
  const auto to = desired("1").spare_units.back();
  must(control_->move_units(lead_, desired("1").session.id,
                            {{desired("1").booked.units[0].id}, {to.id}, "in use"}));
  EXPECT_EQ(units_of(mine.reservation.id), std::vector<std::string>{to.name});
  EXPECT_EQ(number(kClaimsElsewhere), 0) << "the claim lies where its new unit does";
}

}  // namespace
}  // namespace berth::store
