#include "store/unusable.hpp"

#include <gtest/gtest.h>

#include "store/fixture.hpp"

namespace berth::store {
namespace {

class Unusable : public StoreTest {
 protected:
  std::string told(const AboutUnits& about, Instant at) { return must(why_unusable(connection_, about, at)); }
  const AboutUnits slices_{lab_.name, "slice-24gb", std::nullopt};
  const std::string slice_ids_ =
      "(SELECT u.id FROM berth.unit u JOIN berth.device_class c ON c.id = u.device_class WHERE c.name = "
      "'slice-24gb')";
};

TEST_F(Unusable, SaysNothingWhereAllIsWell) {
  EXPECT_EQ(told(slices_, now_), "");
}

TEST_F(Unusable, AnOutageIsToldOfWhatBeginsSoon) {
  sql("INSERT INTO berth.hold (unit, session, since, why) SELECT id, NULL, now(), 'Node gpu-node-1 is not "
      "ready.' "
      "FROM berth.unit WHERE id IN " +
      slice_ids_);
  const std::string all = "4 of the 4 units of this class are out of service. Node gpu-node-1 is not ready.";
  EXPECT_EQ(told(slices_, now_), all);
  EXPECT_EQ(told(slices_, now_ + hours(48)), "") << "that is booked in the hope that it is over";
  EXPECT_EQ(told({lab_.name, "whole-96gb", std::nullopt}, now_), "") << "another class";
  sql("UPDATE berth.hold SET released_at = now()");
  EXPECT_EQ(told(slices_, now_), "");
}

TEST_F(Unusable, WhatAnAdminTookOutIsToldAtAnyTime) {
  sql("UPDATE berth.unit SET out_of_service = true WHERE id = (SELECT min(id) FROM berth.unit WHERE id IN " +
      slice_ids_ + ")");
  EXPECT_EQ(told(slices_, now_ + hours(48)),
            "1 of the 4 units of this class is out of service. An admin has taken them out.");
}

}  // namespace
}  // namespace berth::store
