// A database that was restored knows less than what may be in the cluster.
#include <gtest/gtest.h>

#include "store/control_rows.hpp"
#include "store/fixture.hpp"

namespace berth::store {
namespace {

class RestoredDatabase : public StoreTest {
 protected:
  std::optional<Instant> newest_session() {
    auto settings = database_.settings();
    settings.conninfo += " options='-c role=berth_reconciler'";
    return must(open_control_rows(settings, Log::silent())->take_lead(lab_.cluster, "test")).newest_session;
  }
  void begin_one() { begin(slice(ana_, 0, 4).reservation.id); }

  model::UserId ana_ = add_user("ana@example.org");
};

// By the newest session a sweep tells what a lost time made from what is left over of a known one.
TEST_F(RestoredDatabase, HasNoNewestSessionWhateverBeginsInIt) {
  begin_one();
  EXPECT_TRUE(newest_session());
  sql("UPDATE berth.installation SET restored_at = now(), restored_from = now() - interval '1 hour'");
  EXPECT_FALSE(newest_session());
  begin_one();
  EXPECT_FALSE(newest_session());
}

}  // namespace
}  // namespace berth::store
