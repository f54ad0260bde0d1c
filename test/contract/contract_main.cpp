#include <gtest/gtest.h>

#include <iostream>

#include "contract.hpp"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (testing::GTEST_FLAG(list_tests)) return RUN_ALL_TESTS();
  const auto run = berth::contract::Run::start();
  if (!run) {
    std::cerr << "contract: " << run.error().message << '\n';
    return 2;
  }
  berth::contract::set_current_run(&*run);
  const int failed = RUN_ALL_TESTS();
  const auto cleaned = run->clean_up();
  if (!cleaned) std::cerr << "contract: " << cleaned.error().message << '\n';
  return failed != 0 || !cleaned ? 1 : 0;
}
