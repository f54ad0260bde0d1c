// Many at once, as they come: what must hold at every instant holds, and nobody is refused without a way out.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <atomic>
#include <mutex>
#include <random>
#include <thread>

#include "store/calendar.hpp"
#include "store/fixture.hpp"

namespace berth::store {
namespace {

constexpr int kThreads = 16;
constexpr std::chrono::seconds kAtLeast{2};
constexpr std::chrono::seconds kAtMost{60};  // on a machine so busy that something has not happened before
constexpr int kSteps = 24;  // windows lie within half a day, so that four slices are fought over

constexpr const char* kOverlaps =
    "SELECT count(*) AS x FROM (SELECT c.*, u.device AS lies_on, u.placement AS slots"
    "  FROM berth.reservation_unit c JOIN berth.unit u ON u.id = c.unit WHERE c.live) AS a"
    " JOIN (SELECT c.*, u.device AS lies_on, u.placement AS slots"
    "  FROM berth.reservation_unit c JOIN berth.unit u ON u.id = c.unit WHERE c.live) AS b"
    " ON a.lies_on = b.lies_on AND a.slots && b.slots AND a.during && b.during"
    " AND (a.reservation, a.unit) < (b.reservation, b.unit)";
constexpr const char* kClaimsThatDoNotMatch =
    "SELECT count(*) AS x FROM berth.reservation r WHERE r.state = 'APPROVED' AND r.units <>"
    " (SELECT count(*) FROM berth.reservation_unit c JOIN berth.unit u ON u.id = c.unit WHERE c.reservation "
    "= r.id"
    "  AND c.live AND c.during = tstzrange(r.start_at, r.end_at) AND u.device_class = r.device_class)";
constexpr const char* kPeakCpu =
    "SELECT coalesce(max(load), 0) AS x FROM (SELECT (SELECT sum(o.cpu_milli) FROM berth.reservation o"
    "  WHERE o.state = 'APPROVED' AND o.start_at <= r.start_at AND r.start_at < o.end_at) AS load"
    " FROM berth.reservation r WHERE r.state = 'APPROVED') AS loads";
constexpr const char* kStateChangesWithoutAudit =
    "SELECT count(*) AS x FROM berth.reservation r WHERE"
    " (SELECT count(*) FROM berth.audit a WHERE a.object_id = r.id::text AND a.object_type = 'reservation'"
    "  AND a.after ? 'state') <> CASE r.state WHEN 'APPROVED' THEN 1 ELSE 2 END";

/// What the threads count together.
struct Tally {
  std::atomic<int> booked = 0;
  std::atomic<int> refused = 0;
  std::atomic<int> offers_taken = 0;
  std::atomic<int> moved = 0;
  std::atomic<int> canceled = 0;
  std::mutex mutex;
  std::vector<std::string> faults;

  void fault(std::string what) {
    const std::lock_guard lock(mutex);
    faults.push_back(std::move(what));
  }
  bool each_happened() const {
    return booked > 0 && refused > 0 && offers_taken > 0 && moved > 0 && canceled > 0;
  }
};

class Concurrency : public StoreTest {
 protected:
  Concurrency() {
    auto busy = lab_pool();
    busy.policy.max_live_per_user = 10'000;
    lab_ = must(apply_pool(connection_, admin_author(), busy)).pool;
    for (int i = 0; i < kThreads; ++i)
      people_.push_back(viewer(add_user(fmt::format("user{}@example.org", i))));
  }

  booking::Request any_request(std::mt19937& random) const {
    const int from = std::uniform_int_distribution(0, kSteps - 2)(random);
    const int length = std::uniform_int_distribution(1, 6)(random);
    const bool whole = layouts_ && std::uniform_int_distribution(1, 4)(random) == 1;
    auto wanted = whole ? request("whole-96gb", 1, from, from + length)
                        : request("slice-24gb", std::uniform_int_distribution(1, 10)(random) == 1 ? 2 : 1,
                                  from, from + length);
    // Mostly less than the default, so that the units run short first; now and then the other way round.
    wanted.cpu = CpuMilli{std::uniform_int_distribution(1, 20)(random) == 1 ? 60'000 : 2'000};
    wanted.storage = Gib{320};
    return wanted;
  }

  void expect_all_in_order() {
    EXPECT_EQ(number(kOverlaps), 0);
    EXPECT_EQ(number(kClaimsThatDoNotMatch), 0);
    EXPECT_LE(number(kPeakCpu), 122'000);
    EXPECT_EQ(number(kStateChangesWithoutAudit), 0);
    expect_sums(connection_);
  }
  void expect_sums(pg::Connection& connection) {
    const auto found = must(load_availability(connection, lab_, {step(0), step(kSteps + 8)}));
    for (const auto& one : found.classes) {
      for (const auto& segment : one.series.segments) {
        ASSERT_EQ(segment.free + segment.reserved + segment.blocked + segment.out_of_service,
                  one.series.total);
        ASSERT_GE(segment.free, 0);
      }
    }
    for (const auto* series : {&found.cpu, &found.memory, &found.storage}) {
      for (const auto& segment : series->segments) ASSERT_GE(segment.free, 0);
    }
  }

  void book_move_and_cancel();

  std::vector<model::Viewer> people_;
  bool layouts_ = false;  // one GPU, whole and as slices: both are booked
};

void Concurrency::book_move_and_cancel() {
  Tally tally;
  const auto begun = std::chrono::steady_clock::now();
  const auto goes_on = [&] {
    const auto passed = std::chrono::steady_clock::now() - begun;
    return passed < kAtLeast || (passed < kAtMost && !tally.each_happened());
  };
  const auto work = [&](int index) {
    std::mt19937 random(static_cast<unsigned>(index) + 1);
    auto connection = portal_connection();
    const auto& me = people_[static_cast<std::size_t>(index)];
    const auto who = author(me.id);
    std::vector<ReservationView> mine;
    const auto keep = [&](CreateOutcome& outcome) {
      auto* booked = std::get_if<Created>(&outcome);
      if (booked != nullptr) mine.push_back(std::move(booked->view));
      return booked != nullptr;
    };
    while (goes_on()) {
      const int dice = std::uniform_int_distribution(1, 10)(random);
      if (dice <= 6 || mine.empty()) {
        auto outcome = create(connection, who, me, {any_request(random), std::nullopt});
        if (!outcome) {
          tally.fault("create: " + outcome.error().message);
        } else if (keep(*outcome)) {
          ++tally.booked;
        } else {
          ++tally.refused;
          const auto& offers = std::get<Refused>(*outcome).offers;
          if (offers.empty()) tally.fault("a refusal without alternatives");
          if (offers.empty()) continue;
          auto second = create(connection, who, me, {offers[0].request, std::nullopt});
          if (!second) tally.fault("alternative: " + second.error().message);
          if (second && keep(*second)) ++tally.offers_taken;
        }
      } else if (dice <= 8) {
        auto& one = mine.back();
        const auto to = any_request(random);
        auto outcome = edit(connection, who, me, one.reservation.id,
                            {one.reservation.version, {.start = to.start, .end = to.end}});
        if (!outcome) {
          tally.fault("edit: " + outcome.error().message);
        } else if (auto* changed = std::get_if<Changed>(&*outcome)) {
          one = std::move(changed->view);
          ++tally.moved;
        } else if (std::holds_alternative<Stale>(*outcome)) {
          tally.fault("nobody else changed it, yet it is stale");
        }
      } else {
        const auto at = std::uniform_int_distribution<std::size_t>(0, mine.size() - 1)(random);
        const auto ended = end(connection, who, me, mine[at].reservation.id);
        if (!ended) tally.fault("end: " + ended.error().message);
        mine.erase(mine.begin() + static_cast<std::ptrdiff_t>(at));
        ++tally.canceled;
      }
    }
  };
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(work, i);
  while (goes_on()) expect_sums(connection_);  // a reader meanwhile
  threads.clear();

  EXPECT_THAT(tally.faults, testing::IsEmpty());
  EXPECT_GT(tally.booked, 0);
  EXPECT_GT(tally.refused, 0);
  EXPECT_GT(tally.offers_taken, 0);
  EXPECT_GT(tally.moved, 0);
  EXPECT_GT(tally.canceled, 0);
  expect_all_in_order();
  RecordProperty("booked", tally.booked);
  fmt::print("           booked {}, refused {}, alternatives taken {}, moved {}, canceled {}\n",
             tally.booked.load(), tally.refused.load(), tally.offers_taken.load(), tally.moved.load(),
             tally.canceled.load());
}

TEST_F(Concurrency, BookingMovingAndCancelingNeverOverlapsAndNeverStrands) {
  book_move_and_cancel();
}

TEST_F(Concurrency, NorDoesItWhereAWholeCardAndItsSlicesAreOnOffer) {
  auto layered = two_layouts_pool();
  layered.policy = lab_.policy;
  lab_ = must(apply_pool(connection_, admin_author(), layered)).pool;
  layouts_ = true;
  book_move_and_cancel();
  EXPECT_GT(number("SELECT count(DISTINCT u.device_class) AS x FROM berth.reservation_unit c"
                   " JOIN berth.unit u ON u.id = c.unit"),
            1);
}

TEST_F(Concurrency, EveryAlternativeOfARefusalFits) {
  std::mt19937 random(7);
  const auto& me = people_[0];
  int looked_at = 0;
  for (int i = 0; i < 150; ++i) {
    auto outcome = must(create(connection_, author(me.id), me, {any_request(random), std::nullopt}));
    const auto* refused = std::get_if<Refused>(&outcome);
    if (refused == nullptr) continue;
    ASSERT_FALSE(refused->offers.empty());
    for (const auto& offer : refused->offers) {
      auto taken = must(create(connection_, author(me.id), me, {offer.request, offer.team}));
      ASSERT_TRUE(std::holds_alternative<Created>(taken)) << "alternative " << looked_at;
      must(end(connection_, author(me.id), me, std::get<Created>(taken).view.reservation.id));
      ++looked_at;
    }
  }
  EXPECT_GT(looked_at, 50);
  expect_all_in_order();
}

TEST_F(Concurrency, OneKeyBooksOnceHoweverManyTry) {
  must(apply_pool(connection_, admin_author(), other_pool("second")));
  const Idempotency key{"one-key", std::vector<std::byte>(32)};
  std::atomic<int> fresh = 0;
  std::atomic<int> replayed = 0;
  Tally tally;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        auto connection = portal_connection();
        auto wanted = request("slice-24gb", 1, 0, 2);
        if (i % 2 == 0) wanted.pool = "second";  // whose lock is another one
        const auto outcome =
            create(connection, author(people_[0].id), people_[0], {wanted, std::nullopt}, key);
        const auto* booked = outcome ? std::get_if<Created>(&*outcome) : nullptr;
        if (booked == nullptr) {
          tally.fault(outcome ? "refused" : outcome.error().message);
        } else {
          ++(booked->replayed ? replayed : fresh);
        }
      });
    }
  }
  EXPECT_THAT(tally.faults, testing::IsEmpty());
  EXPECT_EQ(fresh, 1);
  EXPECT_EQ(replayed, kThreads - 1);
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.reservation"), 1);
}

TEST_F(Concurrency, ALimitPerUserHoldsOverPoolsAtTheSameMoment) {
  auto first = lab_pool();
  first.policy.max_live_per_user = 3;
  must(apply_pool(connection_, admin_author(), first));
  auto second = other_pool("second");
  second.policy = first.policy;
  must(apply_pool(connection_, admin_author(), second));
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        auto connection = portal_connection();
        auto wanted = request("slice-24gb", 1, i, i + 1);
        if (i % 2 == 0) wanted.pool = "second";
        static_cast<void>(create(connection, author(people_[0].id), people_[0], {wanted, std::nullopt}));
      });
    }
  }
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.reservation"), 3);
}

TEST_F(Concurrency, WhoeverWaitsForThePoolSeesWhatWasBookedMeanwhile) {
  // A booking that holds the lock; another one that waits for it must see it once it has committed.
  auto holder = portal_connection();
  auto transaction = must(begin_write(holder, author(people_[0].id)));
  must(lock_pool(transaction, lab_.id));
  std::optional<CreateOutcome> outcome;
  std::jthread waiting([&] {
    auto connection = portal_connection();
    outcome = must(create(connection, author(people_[1].id), people_[1],
                          {request("slice-24gb", 4, 0, 2), std::nullopt}));
  });
  const auto waits = [&] {
    return number("SELECT count(*) AS x FROM pg_locks WHERE locktype = 'advisory' AND NOT granted");
  };
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (waits() == 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  ASSERT_EQ(waits(), 1);
  must(transaction.connection().run(
      fmt::format("INSERT INTO berth.reservation (pool, device_class, units, cpu_milli, memory_gib, "
                  "storage_gib, mode, start_at, end_at,"
                  " owner, name, rate_micros, currency) VALUES ({}, {}, 1, 1, 1, 1, 'interactive_ml', '{}', "
                  "'{}', '{}', '', 0, 'EUR');"
                  "INSERT INTO berth.reservation_unit (reservation, unit, during) SELECT id, {}, "
                  "tstzrange(start_at, end_at)"
                  " FROM berth.reservation",
                  lab_.id.value, lab_.classes[1].id.value, format_rfc3339(step(1)), format_rfc3339(step(3)),
                  people_[0].id.value, lab_.units[0].id.value)));
  must(transaction.commit());
  waiting.join();
  ASSERT_TRUE(outcome);
  ASSERT_TRUE(std::holds_alternative<Refused>(*outcome));
  EXPECT_EQ(std::get<Refused>(*outcome).shortage.free, 3);
}

}  // namespace
}  // namespace berth::store
