// The tables are what they say of themselves, and names mean what NVIDIA means by them.
#include "layout/card.hpp"

#include <gtest/gtest.h>

#include <set>

namespace berth::layout {
namespace {

TEST(Cards, HaveProfilesThatFitThemselvesAndSayWhatTheirNamesSay) {
  for (const auto& card : cards()) {
    std::set<std::string_view> names;
    for (const auto& profile : card.profiles) {
      const auto where = std::string(card.name) + " " + std::string(profile.name);
      EXPECT_TRUE(names.insert(profile.name).second) << where;
      const auto name = parse_profile(profile.name);
      ASSERT_TRUE(name) << where;
      EXPECT_EQ(name->compute, profile.compute) << where;
      // What a name says is rounded up: as many as fit never say more than a few GB beyond the card.
      EXPECT_LE(name->memory_gb, card.memory_gb + 2) << where;
      int starts = 0;
      for (int position = 0; position < 16; ++position) {
        if (!profile.may_start_at(position)) continue;
        ++starts;
        EXPECT_LE(position + profile.size, card.positions) << where;
      }
      EXPECT_GE(starts, profile.most) << where;
      EXPECT_LE(profile.most * profile.compute, card.compute) << where;
    }
  }
}

TEST(Cards, HaveIdsOfTheirOwn) {
  std::set<std::uint16_t> ids;
  for (const auto& card : cards()) {
    EXPECT_NE(card.pci_ids.empty(), card.name != "GB200 189GB") << card.name << ", of whose ids nobody tells";
    for (const auto id : card.pci_ids) EXPECT_TRUE(ids.insert(id).second) << card.name;
  }
}

TEST(FindCard, GoesByWhatPeopleAndNvmlCallItAndByItsMemory) {
  struct Case {
    std::string_view model;
    std::int64_t memory_gib;
    std::string_view card;
  };
  for (const auto& [model, memory_gib, card] : {
           Case{"RTX PRO 6000 Blackwell", 95, "RTX PRO 6000 Blackwell 96GB"},
           Case{"NVIDIA-RTX-PRO-6000-Blackwell-Server-Edition", 96, "RTX PRO 6000 Blackwell 96GB"},
           Case{"NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition", 95, "RTX PRO 6000 Blackwell 96GB"},
           Case{"NVIDIA-A100-SXM4-40GB", 40, "A100 40GB"},
           Case{"A100-SXM4-80GB", 80, "A100 80GB"},
           Case{"NVIDIA A800 80GB PCIe", 79, "A100 80GB"},
           Case{"H100", 80, "H100 80GB"},
           Case{"NVIDIA H100 NVL", 93, "H100 94GB"},
           Case{"NVIDIA H20", 95, "H100, H20 and GH200 96GB"},
           Case{"NVIDIA GH200 480GB", 95, "H100, H20 and GH200 96GB"},
           Case{"NVIDIA GH200 144G HBM3e", 140, "GH200 144GB"},
           Case{"NVIDIA-H200", 140, "H200 141GB"},
           Case{"Tesla A30", 24, "A30 24GB"},
           Case{"B200", 178, "B200 180GB"},
           Case{"GB200", 184, "GB200 186GB"},
       }) {
    const auto* found = find_card(model, memory_gib);
    ASSERT_NE(found, nullptr) << model;
    EXPECT_EQ(found->name, card) << model;
  }
}

TEST(FindCard, KnowsNothingOfWhatCannotBeCutOrHasAnotherMemory) {
  EXPECT_EQ(find_card("Tesla T4", 16), nullptr);
  EXPECT_EQ(find_card("", 96), nullptr);
  EXPECT_EQ(find_card("RTX PRO 6000", 48), nullptr);
  EXPECT_EQ(find_card("A1000", 40), nullptr) << "A100 is not the beginning of its name";
  EXPECT_EQ(find_card("H200", 96), nullptr) << "nor H20 of this one";
}

TEST(ProfileNames, AreReadWholeOrNotAtAll) {
  EXPECT_EQ(parse_profile("1g.24gb"), (ProfileName{1, 24, Media::kShare, false}));
  EXPECT_EQ(parse_profile("2g.48gb+gfx"), (ProfileName{2, 48, Media::kShare, true}));
  EXPECT_EQ(parse_profile("1g.24gb+me"), (ProfileName{1, 24, Media::kMore, false}));
  EXPECT_EQ(parse_profile("1g.24gb+me.all"), (ProfileName{1, 24, Media::kAll, false}));
  EXPECT_EQ(parse_profile("1g.24gb-me"), (ProfileName{1, 24, Media::kNone, false}));
  for (const auto* wrong : {"", "1g", "1g.24", "g.24gb", "1g.24gb+", "1g.24gb+mE", "1g.24gb.me", "1c.3g.20gb",
                            "0g.24gb", "-1g.24gb", "1g.24gb+me,gfx", " 1g.24gb", "99999999999g.1gb"}) {
    EXPECT_FALSE(parse_profile(wrong)) << wrong;
  }
}

TEST(ResourceNames, AreTheDevicePlugins) {
  EXPECT_EQ(resource_name("1g.24gb"), "nvidia.com/mig-1g.24gb");
  EXPECT_EQ(resource_name("1g.24gb+me.all"), "nvidia.com/mig-1g.24gb.me.all");
  EXPECT_EQ(resource_name("1g.24gb-me"), "nvidia.com/mig-1g.24gb-me");
}

}  // namespace
}  // namespace berth::layout
