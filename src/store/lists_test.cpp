// Reading: lists and their pages, who sees what, the calendar, sessions, events, the audit log, findings,
// status. Text is looked for in search_test.cpp.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <set>

#include "store/audit.hpp"
#include "store/calendar.hpp"
#include "store/events.hpp"
#include "store/findings.hpp"
#include "store/lists_for_test.hpp"
#include "store/page.hpp"
#include "store/sessions.hpp"
#include "store/status.hpp"

namespace berth::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

TEST_F(Lists, AreReadInTheOrderThatIsAskedForPageByPage) {
  book_for(ana_, "vision", 2);
  book_for(ben_, "speech", 0);
  book_for(ana_, std::nullopt, 3);
  book_for(ana_, "speech", 1);
  // Two at the same time: their ids decide, and neither is lost between pages.
  book_for(ben_, std::nullopt, 2);
  const auto read = [&](const model::UserId& who, ReservationSort sort) {
    std::vector<Instant> keys;
    std::set<std::string> ids;
    PageRequest page{1, ""};
    for (;;) {
      const auto got = must(list_reservations(connection_, viewer(who), {{}, "", false, sort}, page)).page;
      for (const auto& view : got.items) {
        const auto& it = view.reservation;
        keys.push_back(sort == ReservationSort::kNewest ? it.created_at : it.window.start);
        EXPECT_TRUE(ids.insert(it.id.value).second) << "twice";
      }
      if (!got.next) return keys;
      page.cursor = *got.next;
    }
  };
  for (const auto& [who, many] : {std::pair{finance_, 5U}, std::pair{ana_, 4U}}) {
    const auto soonest = read(who, ReservationSort::kSoonest);
    EXPECT_EQ(soonest.size(), many);
    EXPECT_TRUE(std::is_sorted(soonest.begin(), soonest.end()));
    auto latest = read(who, ReservationSort::kLatest);
    std::reverse(latest.begin(), latest.end());
    EXPECT_EQ(latest, soonest);
    const auto newest = read(who, ReservationSort::kNewest);
    EXPECT_TRUE(std::is_sorted(newest.rbegin(), newest.rend()));
  }
}

TEST_F(Lists, EveryoneSeesWhatTheRulesAllow) {
  book_for(ana_, std::nullopt, 0);
  book_for(ana_, "vision", 1);
  book_for(ana_, "speech", 2);
  book_for(ben_, std::nullopt, 3);
  book_for(ben_, "speech", 4);
  EXPECT_THAT(seen_by(ana_), UnorderedElementsAre("ana-alone", "ana-vision", "ana-speech", "ben-speech"));
  EXPECT_THAT(seen_by(ben_), UnorderedElementsAre("ben-alone", "ben-speech", "ana-speech"));
  EXPECT_THAT(seen_by(lead_), UnorderedElementsAre("ana-alone", "ana-vision", "ana-speech"))
      << "all of a led member's";
  EXPECT_THAT(seen_by(finance_), SizeIs(5));
  EXPECT_THAT(seen_by(ana_, {{}, "", true}), UnorderedElementsAre("ana-alone", "ana-vision", "ana-speech"));
  EXPECT_THAT(seen_by(finance_, {{}, "", true}), IsEmpty());
  // One by one the same.
  const auto all = must(list_reservations(connection_, viewer(finance_), {}, {})).page.items;
  for (const auto& who : {ana_, ben_, lead_}) {
    const auto names = seen_by(who);
    for (const auto& view : all) {
      EXPECT_EQ(load_reservation(connection_, viewer(who), view.reservation.id).has_value(),
                names.contains(view.reservation.name));
    }
  }
}

TEST_F(Lists, FilterByStateAndPool) {
  slice(ana_, 0, 1);
  const auto canceled = slice(ana_, 1, 2);
  must(end(connection_, author(ana_), viewer(ana_), canceled.reservation.id));
  const auto count = [&](const ReservationFilter& filter) {
    return must(list_reservations(connection_, viewer(ana_), filter, {})).page.items.size();
  };
  EXPECT_EQ(count({}), 2U);
  EXPECT_EQ(count({{model::ReservationState::kCanceled}, "", false}), 1U);
  EXPECT_EQ(count({{model::ReservationState::kApproved, model::ReservationState::kActive}, "lab", true}), 1U);
  EXPECT_EQ(count({{}, "elsewhere", false}), 0U);
}

TEST_F(Lists, PagesShowEachOnceNewestFirst) {
  for (int i = 0; i < 7; ++i) slice(ana_, i, i + 1);
  sql("UPDATE berth.reservation SET created_at = date_trunc('minute', created_at)");  // the id decides among
                                                                                      // equals
  for (const auto& who : {ana_, finance_}) {
    std::vector<Mark> marks;
    PageRequest page{3, ""};
    while (true) {
      const auto found = must(list_reservations(connection_, viewer(who), {}, page)).page;
      for (const auto& view : found.items)
        marks.push_back({view.reservation.created_at, view.reservation.id.value});
      if (!found.next) break;
      page.cursor = *found.next;
    }
    ASSERT_EQ(marks.size(), 7U);
    for (std::size_t i = 1; i < marks.size(); ++i) {
      EXPECT_TRUE(marks[i].at < marks[i - 1].at ||
                  (marks[i].at == marks[i - 1].at && marks[i].id < marks[i - 1].id));
    }
  }
  EXPECT_FALSE(list_reservations(connection_, viewer(ana_), {}, {0, ""}));
  EXPECT_FALSE(list_reservations(connection_, viewer(ana_), {}, {501, ""}));
  EXPECT_FALSE(list_reservations(connection_, viewer(ana_), {}, {10, "nonsense"}));
}

TEST_F(Lists, TheCalendarHidesWhoItIsUnlessOneMaySee) {
  book_for(ana_, "speech", 0);
  book_for(lead_, std::nullopt, 0);
  const auto lanes = must(load_calendar(connection_, viewer(ben_), lab_, {step(-1), step(4)}));
  ASSERT_THAT(lanes, SizeIs(5));
  EXPECT_EQ(lanes[0].unit, "gpu0-slice0");
  EXPECT_EQ(lanes[0].slots, 2);
  std::vector<Bar> bars;
  for (const auto& lane : lanes) bars.insert(bars.end(), lane.bars.begin(), lane.bars.end());
  ASSERT_THAT(bars, SizeIs(2));
  EXPECT_EQ(bars[0].kind, BarKind::kTeam);
  EXPECT_EQ(bars[0].owner, "ana@example.org");
  EXPECT_EQ(bars[1].kind, BarKind::kBooked);
  EXPECT_EQ(bars[1].during, (Window{step(0), step(1)}));
  EXPECT_EQ(bars[1].owner, "");
  EXPECT_FALSE(bars[1].reservation);

  auto open = lab_pool();
  open.policy.show_names = true;
  lab_ = must(apply_pool(connection_, admin_author(), open)).pool;
  const auto named = must(load_calendar(connection_, viewer(ben_), lab_, {step(-1), step(4)}));
  EXPECT_EQ(named[1].bars.at(0).owner, "lead@example.org");
  EXPECT_FALSE(named[1].bars.at(0).reservation) << "the name alone";
  EXPECT_EQ(must(load_calendar(connection_, viewer(ana_), lab_, {step(-1), step(4)}))[0].bars.at(0).kind,
            BarKind::kMine);
}

TEST_F(Lists, TheCalendarShowsHolds) {
  const auto old = slice(ana_, 1, 2);
  shift_back(old.reservation.id, minutes(120));
  begin(old.reservation.id);
  sql("INSERT INTO berth.hold (unit, session, since, why) SELECT c.unit, s.id, upper(c.during), 'pod lingers'"
      " FROM berth.session s JOIN berth.reservation_unit c USING (reservation)");
  const auto lanes = must(load_calendar(connection_, viewer(ben_), lab_, {step(-8), step(4)}));
  ASSERT_THAT(lanes[0].bars, SizeIs(2));
  EXPECT_EQ(lanes[0].bars[1].kind, BarKind::kHold);
  EXPECT_EQ(lanes[0].bars[1].during.start, step(-2));
  EXPECT_GT(lanes[0].bars[1].during.end, now_);
}

TEST_F(Lists, AvailabilityAddsUpAtEveryInstant) {
  book(ana_, request("slice-24gb", 2, 1, 3));
  book(ben_, request("whole-96gb", 1, 2, 5));
  auto broken = lab_pool();
  broken.units[3].out_of_service = true;
  lab_ = must(apply_pool(connection_, admin_author(), broken)).pool;
  const Window range{step(0), step(8)};
  const auto found = must(load_availability(connection_, lab_, range));
  ASSERT_THAT(found.classes, SizeIs(2));
  const auto check = [&](const booking::Series& series) {
    Instant at = range.start;
    for (const auto& segment : series.segments) {
      EXPECT_EQ(segment.during.start, at);
      EXPECT_EQ(segment.free + segment.reserved + segment.blocked + segment.out_of_service, series.total);
      at = segment.during.end;
    }
    EXPECT_EQ(at, range.end);
  };
  for (const auto& one : found.classes) check(one.series);
  check(found.cpu);
  check(found.memory);
  check(found.storage);
  const auto& slices = found.classes[1].series;
  EXPECT_EQ(slices.total, 4);
  EXPECT_EQ(slices.segments.at(1), (booking::Segment{{step(1), step(3)}, 1, 2, 1}));
  EXPECT_FALSE(load_availability(connection_, lab_, {step(1), step(1)}));
  EXPECT_FALSE(load_availability(connection_, lab_, {step(0), step(0) + hours(24 * 401)}));
}

TEST_F(Lists, ASessionIsReadWithItsStepsAndWhatTheyTypicallyTake) {
  const auto mine = slice(ana_, 0, 4);
  const auto none = load_session(connection_, viewer(ana_), mine.reservation.id);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().slug, "no_session");
  begin(mine.reservation.id);
  sql("UPDATE berth.session SET endpoints = '[{\"name\": \"workspace\", \"url\": \"https://x\"}]'");
  sql("INSERT INTO berth.step (session, ordinal, name, state, started_at, finished_at, tries)"
      " SELECT id, 0, 'device_free', 'done', now() - interval '5 seconds', now() - interval '3 seconds', 1 "
      "FROM berth.session");
  sql("INSERT INTO berth.step (session, ordinal, name, state, tries, detail)"
      " SELECT id, 1, 'namespace', 'running', 2, 'waits' FROM berth.session");
  const auto view = must(load_session(connection_, viewer(ana_), mine.reservation.id));
  EXPECT_EQ(view.session.phase, model::SessionPhase::kStarting);
  EXPECT_EQ(view.session.attempt, 1);
  ASSERT_THAT(view.session.steps, SizeIs(2));
  EXPECT_EQ(view.session.steps[1].name, model::StepName::kNamespace);
  EXPECT_EQ(view.session.steps[1].detail, "waits");
  EXPECT_THAT(view.session.endpoints, ElementsAre(model::Endpoint{"workspace", "https://x"}));
  EXPECT_EQ(view.typical_seconds, (std::map<model::StepName, double>{{model::StepName::kDeviceFree, 2.0}}));
  EXPECT_EQ(must(load_reservation(connection_, viewer(ana_), mine.reservation.id)).phase,
            model::SessionPhase::kStarting);

  const auto bens = load_session(connection_, viewer(ben_), mine.reservation.id);
  ASSERT_FALSE(bens);
  EXPECT_EQ(bens.error().slug, "reservation_not_found");
}

TEST_F(Lists, ASessionSaysWhatItWaitsForFirstWhatHoldsUpItsController) {
  const auto mine = slice(ana_, 0, 4);
  begin(mine.reservation.id);
  sql("INSERT INTO berth.step (session, ordinal, name, state, tries, detail, next_try_at)"
      " SELECT id, 1, 'namespace', 'failed', 2, 'refused', now() + interval '1 hour' FROM berth.session");
  const auto waiting = [&] {
    return must(load_session(connection_, viewer(ana_), mine.reservation.id)).waiting_for.value();
  };
  EXPECT_THAT(waiting().reason, testing::StartsWith("No controller of cluster "));
  sql("INSERT INTO berth.heartbeat (cluster, holder, epoch, at, cycle_millis, sessions, problem)"
      " SELECT cluster, 'here', 1, now(), 5, 0, 'session berth-s-of-ben: refused' FROM berth.session");
  EXPECT_EQ(waiting().reason, "Step \"namespace\" failed and is tried again, 2 tries so far: refused");
  EXPECT_TRUE(waiting().until);
  sql("UPDATE berth.heartbeat SET unheard_since = '2026-11-24T14:00:00Z'");
  EXPECT_EQ(waiting(), model::not_heard(must(parse_rfc3339("2026-11-24T14:00:00Z"))));
  sql("UPDATE berth.heartbeat SET at = now() - interval '121 seconds'");
  EXPECT_THAT(waiting().reason, testing::HasSubstr(" has not reported since "));
  sql("UPDATE berth.session SET phase = 'Ready'");
  EXPECT_FALSE(must(load_session(connection_, viewer(ana_), mine.reservation.id)).waiting_for);
}

TEST_F(Lists, WhatAStepTypicallyTakesIsLookedForAmongTheNewestOnly) {
  const auto mine = slice(ana_, 0, 4);
  begin(mine.reservation.id);
  const auto other = book(ben_, request("whole-96gb", 1, 0, 4)).reservation.id.value;
  sql("INSERT INTO berth.step (session, ordinal, name, state, started_at, finished_at)"
      " SELECT id, 0, 'device_free', 'done', now() - interval '62 seconds', now() - interval '60 seconds'"
      " FROM berth.session");
  const auto add_newer = [&](int from, int to) {
    sql(fmt::format(
        "WITH made AS (INSERT INTO berth.session (reservation, attempt, cluster, namespace_name, "
        "host, phase, gone_at) SELECT '{0}', n, 'default', 'old-' || n, 'old-' || n, 'Gone', now()"
        " FROM generate_series({1}, {2}) n RETURNING id)"
        " INSERT INTO berth.step (session, ordinal, name, state, started_at, finished_at)"
        " SELECT id, 0, 'device_free', 'done', now() - interval '9 seconds', now() FROM made",
        other, from, to));
  };
  const auto typical = [&] {
    return must(load_session(connection_, viewer(ana_), mine.reservation.id)).typical_seconds;
  };
  add_newer(1, 499);
  EXPECT_EQ(typical(), (std::map<model::StepName, double>{{model::StepName::kDeviceFree, 2.0}}));
  add_newer(500, 500);
  EXPECT_TRUE(typical().empty()) << "500 newer ones, all of another class";
}

TEST_F(Lists, EventsResumeWithoutLoss) {
  const auto start = must(newest_event(connection_));
  slice(ana_, 0, 1);
  slice(ana_, 1, 2);
  const auto both = must(events_after(connection_, start));
  EXPECT_FALSE(both.gap);
  ASSERT_THAT(both.events, SizeIs(2));
  EXPECT_LT(both.events[0].id, both.events[1].id);
  EXPECT_EQ(both.events[0].pool, "lab");
  EXPECT_THAT(must(events_after(connection_, both.events[0].id)).events, SizeIs(1));
  const auto newest = both.events[1].id;
  EXPECT_EQ(must(event_before(connection_, newest, 1)), both.events[0].id);
  EXPECT_EQ(must(event_before(connection_, newest, 2)), both.events[0].id - 1);
  EXPECT_EQ(must(event_before(connection_, 0, 5)), 0) << "none are kept up to there";
  EXPECT_THAT(must(events_after(connection_, both.events[1].id)).events, IsEmpty());
  EXPECT_FALSE(must(events_after(connection_, both.events[1].id)).gap);
  EXPECT_TRUE(must(events_after(connection_, both.events[1].id + 1)).gap) << "an id of another database";

  sql("UPDATE berth.event SET at = now() - interval '3 days'");
  sql("SELECT berth.housekeep()");
  EXPECT_TRUE(must(events_after(connection_, start)).gap) << "what is no longer kept is a gap";
  EXPECT_FALSE(must(events_after(connection_, both.events[1].id)).gap) << "who saw the newest missed nothing";
}

TEST_F(Lists, EventIdsAreInTheOrderOfTheCommits) {
  auto other = portal_connection();
  auto first = must(begin_write(connection_, author(ana_)));
  auto second = must(begin_write(other, author(ana_)));
  must(emit(second, {event_kind::kPool, lab_.id, {}, {}, {}}));
  must(second.commit());
  must(emit(first, {event_kind::kPool, lab_.id, {}, {}, {}}));
  const auto seen = must(newest_event(other));
  must(first.commit());
  EXPECT_THAT(must(events_after(other, seen)).events, SizeIs(1)) << "what commits later has the higher id";
}

TEST_F(Lists, TheAuditLogIsListedAndFiltered) {
  const auto mine = slice(ana_, 0, 1);
  must(end(connection_, author(ana_), viewer(ana_), mine.reservation.id));
  must(record_audit(connection_, author(ben_), {"auth.refused", "user", ben_.value, "refused"}));
  const auto list = [&](const AuditFilter& filter, const PageRequest& page = {}) {
    return must(list_audit(connection_, filter, page));
  };
  const auto of_mine = list({"", "", mine.reservation.id.value});
  ASSERT_THAT(of_mine.items, SizeIs(2));
  EXPECT_EQ(of_mine.items[0].action, "reservation.canceled");
  EXPECT_EQ(of_mine.items[0].before.at("state"), "APPROVED");
  EXPECT_EQ(of_mine.items[0].after.at("state"), "CANCELED");
  EXPECT_TRUE(of_mine.items[1].before.is_null());
  EXPECT_THAT(list({"user:" + ben_.value, "", ""}).items, SizeIs(1));
  EXPECT_THAT(list({"", "auth.refused", ""}).items, SizeIs(1));
  const auto since = Instant(std::chrono::sys_days{std::chrono::year{2026} / 11 / 1});
  auto portal = portal_connection();
  must(
      record_audit(portal, author(ben_), {"access.refused", "operation", "listAudit", "refused", 41, since}));
  must(record_audit(portal, author(ben_), {"audit.read", "audit", "all", "done"}));
  const auto many = list({"", "access.refused", ""}).items.at(0);
  EXPECT_EQ(many.count, 41);
  EXPECT_EQ(many.since, since);
  EXPECT_EQ(list({"", "audit.read", ""}).items.at(0).count, 1);
  EXPECT_FALSE(record_audit(portal, author(ben_), {"reservation.created", "reservation", "x", "done"}));
  const auto& id = mine.reservation.id.value;
  EXPECT_EQ(of_mine.items[0].actor_email, "ana@example.org");
  EXPECT_EQ(list({"", "", "", "", "pool"}).items.at(0).actor_email, "admin@example.org");
  EXPECT_THAT(list({"", "", id, "", "reservation"}).items, SizeIs(2));
  EXPECT_THAT(list({"", "", id, "", "pool"}).items, SizeIs(0));
  const auto ended = of_mine.items[0].at;
  EXPECT_THAT(list({"", "", id, "", "", ended, {}}).items, SizeIs(1)) << "from is in it";
  EXPECT_THAT(list({"", "", id, "", "", {}, ended}).items, SizeIs(1)) << "to is not";

  const auto all = list({}, {500, ""}).items.size();
  std::size_t paged = 0;
  PageRequest page{4, ""};
  while (true) {
    const auto found = list({}, page);
    paged += found.items.size();
    if (!found.next) break;
    page.cursor = *found.next;
  }
  EXPECT_EQ(paged, all);
}

TEST_F(Lists, OpenFindingsAreListed) {
  sql("INSERT INTO berth.finding (cluster, kind, object, detail, planned_action, first_seen_at, resolved_at) "
      "VALUES"
      " ('default', 'k', 'a', 'd', 'p', now(), NULL), ('default', 'k', 'b', 'd', 'p', now() - interval '1 "
      "h', NULL),"
      " ('default', 'k', 'c', 'd', 'p', now(), now())");
  const auto first = must(list_findings(connection_, {1, ""}));
  ASSERT_THAT(first.items, SizeIs(1));
  EXPECT_EQ(first.items[0].object, "a");
  const auto second = must(list_findings(connection_, {1, first.next.value()}));
  EXPECT_EQ(second.items.at(0).object, "b");
  EXPECT_FALSE(second.next);
}

TEST_F(Lists, AControllerIsSilentAfterTwoMinutes) {
  const auto state = [&] { return must(load_status(connection_)).controllers.at(0).state; };
  EXPECT_EQ(state(), Controller::State::kNeverReported);
  sql("INSERT INTO berth.heartbeat (cluster, holder, epoch, at, cycle_millis, sessions, problem)"
      " VALUES ('default', 'h', 1, now() - interval '100 seconds', 5, 0, 'slow')");
  EXPECT_EQ(state(), Controller::State::kReporting);
  EXPECT_EQ(must(load_status(connection_)).controllers[0].problem, "slow");
  sql("UPDATE berth.heartbeat SET at = now() - interval '121 seconds'");
  EXPECT_EQ(state(), Controller::State::kSilent);
  EXPECT_GE(*must(load_status(connection_)).controllers[0].age, seconds(121));
}

}  // namespace
}  // namespace berth::store
