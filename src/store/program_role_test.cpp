#include "store/program_role.hpp"

#include <gmock/gmock.h>

#include "store/fixture.hpp"

namespace berth::store {
namespace {

using testing::HasSubstr;

class ProgramRole : public StoreTest {
 protected:
  static Error refused(pg::Connection& connection, std::string_view group) {
    const auto fine = check_program(connection, group);
    return fine ? Error{.message = "fine"} : fine.error();
  }
};

TEST_F(ProgramRole, TheOneThatWasMadeForTheProgramIsFine) {
  EXPECT_TRUE(check_program(connection_, kPortalGroup));
  EXPECT_TRUE(check_portal_database(connection_));
}

TEST_F(ProgramRole, AnotherProgramsIsNot) {
  const auto error = refused(connection_, kReconcilerGroup);
  EXPECT_EQ(error.slug, kWrongRole);
  EXPECT_EQ(error.code, Code::kUnavailable);
  EXPECT_THAT(error.message, HasSubstr("berth_portal has not the rights of berth_reconciler"));
}

TEST_F(ProgramRole, OneThatIsRefusedNothingIsNot) {
  auto owner = database_.connect();
  EXPECT_EQ(refused(owner, kPortalGroup).slug, kWrongRole);
  EXPECT_THAT(refused(owner, kPortalGroup).message, HasSubstr("a superuser"));
}

TEST_F(ProgramRole, WhatTakesNoWritesIsToldAfterTheRole) {
  must(connection_.run("SET default_transaction_read_only = on"));
  EXPECT_EQ(refused(connection_, kPortalGroup).slug, kReadOnly);
  EXPECT_EQ(refused(connection_, kReconcilerGroup).slug, kWrongRole);
}

}  // namespace
}  // namespace berth::store
