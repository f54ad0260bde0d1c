// NVIDIA's MIG User Guide (r580, r610, r620: "Supported MIG Profiles"), the operator's own default layouts,
// and for places what `nvidia-smi mig -lgipp` and the guide list for A30, A100, H100 and RTX PRO 6000.
#include <array>

#include "layout/card.hpp"

namespace berth::layout {
namespace {

using Ids = std::uint16_t;

constexpr std::uint16_t at(std::initializer_list<int> positions) {
  unsigned bits = 0;
  for (const int one : positions) bits |= 1U << static_cast<unsigned>(one);
  return static_cast<std::uint16_t>(bits);
}

/// Of a card of eight positions and seven compute slices: A100 and all of its kin since.
struct SevenNames {
  std::string_view one, one_me, one_wide, two, three, four, seven;
};
constexpr std::array<Profile, 7> seven(SevenNames of) {
  return {{{of.one, 1, 1, at({0, 1, 2, 3, 4, 5, 6}), 7},
           {of.one_me, 1, 1, at({0, 1, 2, 3, 4, 5, 6}), 1},
           {of.one_wide, 1, 2, at({0, 2, 4, 6}), 4},
           {of.two, 2, 2, at({0, 2, 4}), 3},
           {of.three, 3, 4, at({0, 4}), 2},
           {of.four, 4, 4, at({0}), 1},
           {of.seven, 7, 8, at({0}), 1}}};
}

constexpr auto kA100of40 =
    seven({"1g.5gb", "1g.5gb+me", "1g.10gb", "2g.10gb", "3g.20gb", "4g.20gb", "7g.40gb"});
constexpr auto kOf80 =
    seven({"1g.10gb", "1g.10gb+me", "1g.20gb", "2g.20gb", "3g.40gb", "4g.40gb", "7g.80gb"});
constexpr auto kOf94 =
    seven({"1g.12gb", "1g.12gb+me", "1g.24gb", "2g.24gb", "3g.47gb", "4g.47gb", "7g.94gb"});
constexpr auto kOf96 =
    seven({"1g.12gb", "1g.12gb+me", "1g.24gb", "2g.24gb", "3g.48gb", "4g.48gb", "7g.96gb"});
constexpr auto kOf144 =
    seven({"1g.18gb", "1g.18gb+me", "1g.36gb", "2g.36gb", "3g.72gb", "4g.72gb", "7g.144gb"});
constexpr auto kH200 =
    seven({"1g.18gb", "1g.18gb+me", "1g.35gb", "2g.35gb", "3g.71gb", "4g.71gb", "7g.141gb"});
constexpr auto kB200 =
    seven({"1g.23gb", "1g.23gb+me", "1g.45gb", "2g.45gb", "3g.90gb", "4g.90gb", "7g.180gb"});
constexpr auto kGb200 =
    seven({"1g.23gb", "1g.23gb+me", "1g.47gb", "2g.47gb", "3g.93gb", "4g.93gb", "7g.186gb"});
// As the operator's default layouts name what some of these cards offer.
constexpr auto kGb200of189 =
    seven({"1g.23gb", "1g.23gb+me", "1g.47gb", "2g.47gb", "3g.95gb", "4g.95gb", "7g.189gb"});
constexpr auto kB300 =
    seven({"1g.34gb", "1g.34gb+me", "1g.67gb", "2g.67gb", "3g.135gb", "4g.135gb", "7g.269gb"});
constexpr auto kGb300 =
    seven({"1g.35gb", "1g.35gb+me", "1g.70gb", "2g.70gb", "3g.139gb", "4g.139gb", "7g.278gb"});

constexpr std::array<Profile, 5> kA30{{{"1g.6gb", 1, 1, at({0, 1, 2, 3}), 4},
                                       {"1g.6gb+me", 1, 1, at({0, 1, 2, 3}), 1},
                                       {"2g.12gb", 2, 2, at({0, 2}), 2},
                                       {"2g.12gb+me", 2, 2, at({0, 2}), 1},
                                       {"4g.24gb", 4, 4, at({0}), 1}}};

constexpr std::array<Profile, 11> kRtxPro6000{{{"1g.24gb", 1, 3, at({0, 3, 6, 9}), 4},
                                               {"1g.24gb+me", 1, 3, at({0, 3, 6, 9}), 1},
                                               {"1g.24gb+gfx", 1, 3, at({0, 3, 6, 9}), 4},
                                               {"1g.24gb+me.all", 1, 3, at({0, 3, 6, 9}), 1},
                                               {"1g.24gb-me", 1, 3, at({0, 3, 6, 9}), 4},
                                               {"2g.48gb", 2, 6, at({0, 6}), 2},
                                               {"2g.48gb+gfx", 2, 6, at({0, 6}), 2},
                                               {"2g.48gb+me.all", 2, 6, at({0, 6}), 1},
                                               {"2g.48gb-me", 2, 6, at({0, 6}), 2},
                                               {"4g.96gb", 4, 12, at({0}), 1},
                                               {"4g.96gb+gfx", 4, 12, at({0}), 1}}};

constexpr std::array<Profile, 7> kRtxPro5000{{{"1g.24gb", 1, 1, at({0, 1}), 2},
                                              {"1g.24gb+me", 1, 1, at({0, 1}), 1},
                                              {"1g.24gb+gfx", 1, 1, at({0, 1}), 2},
                                              {"1g.24gb+me.all", 1, 1, at({0, 1}), 1},
                                              {"1g.24gb-me", 1, 1, at({0, 1}), 2},
                                              {"2g.48gb", 2, 2, at({0}), 1},
                                              {"2g.48gb+gfx", 2, 2, at({0}), 1}}};

constexpr std::array<Profile, 6> kRtxPro4500{{{"1g.16gb", 1, 1, at({0, 1}), 2},
                                              {"1g.16gb+gfx", 1, 1, at({0, 1}), 2},
                                              {"1g.16gb+me.all", 1, 1, at({0, 1}), 1},
                                              {"1g.16gb-me", 1, 1, at({0, 1}), 2},
                                              {"2g.32gb", 2, 2, at({0}), 1},
                                              {"2g.32gb+gfx", 2, 2, at({0}), 1}}};

using Words = std::string_view;
constexpr Words kWordsA30[]{"a30"};
constexpr Words kWordsA100[]{"a100", "a800"};
constexpr Words kWordsH100[]{"h100", "h800"};
constexpr Words kWordsH20AndKin[]{"h100", "gh200", "h20", "pg506"};
constexpr Words kWordsGh200[]{"gh200"};
constexpr Words kWordsH200[]{"h200"};
constexpr Words kWordsB200[]{"b200"};
constexpr Words kWordsGb200[]{"gb200"};
constexpr Words kWordsB300[]{"b300"};
constexpr Words kWordsGb300[]{"gb300"};
constexpr Words kWords6000[]{"rtx pro 6000"};
constexpr Words kWords5000[]{"rtx pro 5000"};
constexpr Words kWords4500[]{"rtx pro 4500"};

constexpr Ids kIdsA30[]{0x20B7};
constexpr Ids kIdsA100of40[]{0x20B0, 0x20B1, 0x20F1, 0x20F6};
constexpr Ids kIdsA100of80[]{0x20B2, 0x20B5, 0x20F3, 0x20F5};
constexpr Ids kIdsH100of80[]{0x2330, 0x2331, 0x2322, 0x2324};
constexpr Ids kIdsOf94[]{0x2321, 0x233A, 0x2339};
constexpr Ids kIdsOf96[]{0x233D, 0x2342, 0x20B6, 0x2329};
constexpr Ids kIdsGh200[]{0x2348};
constexpr Ids kIdsH200[]{0x2335, 0x233B};
constexpr Ids kIdsB200[]{0x2901};
constexpr Ids kIdsGb200[]{0x2941};
constexpr Ids kIdsB300[]{0x3182};
constexpr Ids kIdsGb300[]{0x31C2};
constexpr Ids kIds6000[]{0x2BB5, 0x2BB1, 0x2BB4};
constexpr Ids kIds5000[]{0x2BB3};
constexpr Ids kIds4500[]{0x2C31};

constexpr Card kCards[]{
    {"A30 24GB", kWordsA30, kIdsA30, 24, 4, 4, Geometry::kSeen, kA30},
    {"A100 40GB", kWordsA100, kIdsA100of40, 40, 8, 7, Geometry::kSeen, kA100of40},
    {"A100 80GB", kWordsA100, kIdsA100of80, 80, 8, 7, Geometry::kSeen, kOf80},
    {"H100 80GB", kWordsH100, kIdsH100of80, 80, 8, 7, Geometry::kSeen, kOf80},
    {"H100 94GB", kWordsH100, kIdsOf94, 94, 8, 7, Geometry::kSeen, kOf94},
    {"H100, H20 and GH200 96GB", kWordsH20AndKin, kIdsOf96, 96, 8, 7, Geometry::kSeen, kOf96},
    {"GH200 144GB", kWordsGh200, kIdsGh200, 144, 8, 7, Geometry::kExpected, kOf144},
    {"H200 141GB", kWordsH200, kIdsH200, 141, 8, 7, Geometry::kExpected, kH200},
    {"B200 180GB", kWordsB200, kIdsB200, 180, 8, 7, Geometry::kExpected, kB200},
    {"GB200 186GB", kWordsGb200, kIdsGb200, 186, 8, 7, Geometry::kExpected, kGb200},
    {"GB200 189GB", kWordsGb200, {}, 189, 8, 7, Geometry::kExpected, kGb200of189},
    {"B300 269GB", kWordsB300, kIdsB300, 269, 8, 7, Geometry::kExpected, kB300},
    {"GB300 278GB", kWordsGb300, kIdsGb300, 278, 8, 7, Geometry::kExpected, kGb300},
    {"RTX PRO 6000 Blackwell 96GB", kWords6000, kIds6000, 96, 12, 4, Geometry::kSeen, kRtxPro6000},
    {"RTX PRO 5000 Blackwell 48GB", kWords5000, kIds5000, 48, 2, 2, Geometry::kExpected, kRtxPro5000},
    {"RTX PRO 4500 Blackwell 32GB", kWords4500, kIds4500, 32, 2, 2, Geometry::kExpected, kRtxPro4500},
};

}  // namespace

std::span<const Card> cards() {
  return kCards;
}

}  // namespace berth::layout
