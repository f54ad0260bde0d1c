#include "pg/conninfo.hpp"

#include <gtest/gtest.h>

namespace berth::pg {
namespace {

TEST(Conninfo, APasswordInItIsSeenHoweverItIsWritten) {
  for (const auto* text :
       {"postgresql://berth:secret@db/berth", "postgres://db/berth?password=secret",
        "host=db user=berth password=secret", "password = 'a b'", "host=db sslpassword=secret"})
    EXPECT_TRUE(carries_password(text)) << text;
  for (const auto* text : {"", "postgresql://berth@db/berth", "host=/run/pg user=berth passfile=/run/pw",
                           "postgresql://berth:@db/berth", "password=", "not = = conninfo password=x",
                           "host=password application_name='password=x'"})
    EXPECT_FALSE(carries_password(text)) << text;
}

}  // namespace
}  // namespace berth::pg
