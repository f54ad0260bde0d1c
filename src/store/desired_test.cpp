// What the reconciler reads: whole values, the same that everybody else reads of the same rows.
#include <gmock/gmock.h>

#include "store/control_rows.hpp"
#include "store/fixture.hpp"
#include "store/sessions.hpp"

namespace berth::store {
namespace {

using testing::ElementsAre;

class DesiredRows : public StoreTest {
 protected:
  DesiredRows()
      : user_(add_user("ana@example.org")), control_(open_control_rows(as_reconciler(), Log::silent())) {
    lead_ = must(control_->take_lead(lab_.cluster, "test"));
  }

  pg::Settings as_reconciler() const {
    auto settings = database_.settings();
    settings.conninfo += " options='-c role=berth_reconciler'";
    return settings;
  }
  planning::Desired desired() { return must(control_->desired(lab_.cluster)); }
  ReservationView seen(const model::ReservationId& id) {
    return must(load_reservation(connection_, viewer(user_), id));
  }
  void expect_whole(const planning::Booked& booked, const model::ReservationId& id) {
    const auto view = seen(id);
    EXPECT_EQ(booked.reservation, view.reservation);
    EXPECT_EQ(booked.device_class, *lab_.find_class(view.reservation.device_class));
    EXPECT_EQ(booked.cluster, lab_file().clusters.at(0));
    EXPECT_EQ(booked.time_zone, "Europe/Berlin");
    EXPECT_EQ(booked.start_deadline, lab_.policy.start_deadline);
    EXPECT_EQ(booked.owner_email, view.owner_email);
    ASSERT_EQ(booked.units.size(), view.unit_names.size());
    for (const auto& unit : booked.units) EXPECT_EQ(unit, *lab_.find_unit(unit.id));
    EXPECT_EQ(booked.node, *lab_.find_node(booked.units.front().node));
    EXPECT_EQ(booked.node.name, view.node_name);
  }

  model::UserId user_;
  std::unique_ptr<ControlRows> control_;
  Lead lead_;
};

TEST_F(DesiredRows, WhatIsDueIsReadWithAllThatItsSessionIsMadeFrom) {
  const auto id = book(user_, request("slice-24gb", 2, 0, 4)).reservation.id;
  shift_back(id, minutes(60));
  const auto read = desired();
  ASSERT_EQ(read.due.size(), 1U);
  expect_whole(read.due[0].booked, id);
  EXPECT_EQ(read.due[0].attempts, 0);
}

TEST_F(DesiredRows, ASessionIsReadAsItsOwnerReadsIt) {
  const auto id = slice(user_, 0, 4).reservation.id;
  shift_back(id, minutes(60));
  const model::SessionId session{"6f1b4c1e-9a52-4d0c-8a3e-0b2f6c1d2e3f"};
  ASSERT_TRUE(must(control_->begin_session(lead_, id, 1, {session, "berth-s-abc", "wabc.example"})));
  must(control_->publish_endpoints(lead_, session, {{"workspace", "https://wabc.example"}}));
  const auto read = desired();
  EXPECT_TRUE(read.due.empty());
  ASSERT_EQ(read.sessions.size(), 1U);
  expect_whole(read.sessions[0].booked, id);
  EXPECT_EQ(read.sessions[0].session, must(load_session(connection_, viewer(user_), id)).session);
  EXPECT_EQ(read.sessions[0].session.id, session);
  EXPECT_EQ(read.sessions[0].session.steps.size(), model::kSteps.size());
  EXPECT_THAT(read.sessions[0].session.endpoints,
              ElementsAre(model::Endpoint{"workspace", "https://wabc.example"}));
  std::vector<std::string> spare;
  for (const auto& unit : read.sessions[0].spare_units) {
    EXPECT_EQ(unit, *lab_.find_unit(unit.id));
    spare.push_back(unit.name);
  }
  EXPECT_EQ(spare.size(), 3U) << "the other slices of the node";
}

TEST_F(DesiredRows, ASessionHasTheFactsOfTheClusterThatItIsOn) {
  const auto id = slice(user_, 0, 2).reservation.id;
  begin(id);
  shift_back(id, minutes(120));  // over, and its session lingers
  model::Cluster east;
  east.name = "east";
  auto moved = lab_pool();
  moved.cluster = "east";
  must(apply(connection_, admin_author(), {{east}, {moved}}));
  const auto read = desired();
  ASSERT_EQ(read.sessions.size(), 1U);
  EXPECT_EQ(read.sessions[0].booked.cluster, lab_file().clusters.at(0));
  EXPECT_TRUE(must(control_->desired("east")).sessions.empty());
}

TEST_F(DesiredRows, OnlyADeclaredClusterIsLed) {
  EXPECT_THAT(must(control_->clusters()), ElementsAre("default"));
  const auto refused = control_->take_lead("elsewhere", "test");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().slug, "unknown_cluster");
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.leader WHERE cluster = 'elsewhere'"), 0);
}

}  // namespace
}  // namespace berth::store
