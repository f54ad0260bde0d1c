#include "cli/wishing.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <ctime>

namespace berth::cli {
namespace {

using testing::HasSubstr;

class Wishing : public testing::Test {
 protected:
  Wishing() {
    setenv("TZ", "Europe/Berlin", 1);
    tzset();
    facts_.reservation = "f56b3dea-0000-4000-8000-000000000000";
    facts_.name = "night";
    facts_.start = now_ - hours(1);
    facts_.end = now_ + hours(1);
  }
  Result<Instant> end(const std::string& ref, const TypedExtension& typed = {}) const {
    return wished_end(ref, typed, facts_, now_);
  }
  std::string why_not(const std::string& ref, const TypedExtension& typed = {}) const {
    const auto got = end(ref, typed);
    return got ? "" : got.error().message;
  }

  const Instant now_ = parse_rfc3339("2026-11-24T14:00:00Z").value();
  SessionFacts facts_;
};

TEST_F(Wishing, IsByALengthInThePlaceOfTheReservationOrAsOutside) {
  EXPECT_EQ(end("1h"), facts_.end + hours(1));
  EXPECT_EQ(end("+90m"), facts_.end + minutes(90));
  EXPECT_EQ(end("", {"20m", "", false}), facts_.end + minutes(20)) << "a portal rounds up";
  EXPECT_EQ(end("night", {"1h", "", false}), facts_.end + hours(1));
  EXPECT_EQ(end("f56b3dea", {"1h", "", false}), facts_.end + hours(1));
  EXPECT_EQ(end("", {"", "18:00", false}), parse_rfc3339("2026-11-24T17:00:00Z").value());
}

TEST_F(Wishing, OfAnotherReservationOrWithoutALengthIsRefusedInWords) {
  EXPECT_THAT(why_not("day", {"1h", "", false}), HasSubstr("its own reservation alone"));
  EXPECT_THAT(why_not("f5", {"1h", "", false}), HasSubstr("its own reservation alone"));
  EXPECT_THAT(why_not(""), HasSubstr("berth extend 1h"));
  EXPECT_THAT(why_not("", {"", "", true}), HasSubstr("berth extend 1h"));
  EXPECT_THAT(why_not("1h", {"2h", "", false}), HasSubstr("both say how long"));
  EXPECT_FALSE(end("", {"soon", "", false}));
}

TEST_F(Wishing, AReservationThatIsCalledLikeALengthIsMeantByItsName) {
  facts_.name = "2h";
  EXPECT_EQ(end("2h", {"1h", "", false}), facts_.end + hours(1));
}

TEST_F(Wishing, ThatMoreWasGivenIsSaid) {
  EXPECT_EQ(more_than_wished(facts_.end + minutes(30), facts_, facts_.end + minutes(30)), std::nullopt);
  EXPECT_THAT(more_than_wished(facts_.end + minutes(20), facts_, facts_.end + minutes(30)).value_or(""),
              HasSubstr("it goes on for 30 min: 20 min asked for"));
}

TEST_F(Wishing, ARefusalSaysWhyAndHowFarItCouldGoByTheClocksHere) {
  said::Answer answer{
      .id = {}, .end = facts_.end, .message = "It is booked from 2026-11-24T16:00:00Z on.\x1b"};
  auto text = refusal_text(answer, now_);
  EXPECT_EQ(text, "berth: It is booked from Tue 24 Nov 17:00 CET on.?\n");
  answer.furthest = facts_.end + minutes(30);
  answer.limit = "Then others have it.";
  text = refusal_text(answer, now_);
  EXPECT_THAT(text, HasSubstr("could go on until Tue 24 Nov 16:30 CET, 30 min more. Then others have it."));
  answer.furthest.reset();
  EXPECT_THAT(refusal_text(answer, now_), HasSubstr("It cannot go on after Tue 24 Nov 16:00 CET."));
}

}  // namespace
}  // namespace berth::cli
