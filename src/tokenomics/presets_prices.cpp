// Cloud price lists and operations. Money is USD. Prices of open models differ by 5 to 10 times between
// hosts: compare against a named one.
#include "tokenomics/presets.hpp"

namespace berth::tokenomics {
namespace {

constexpr std::string_view kPrices = "pydantic genai-prices snapshot";
constexpr std::string_view kPricesDate = "2026-08-21";

constexpr PresetValue kCloud8BAtTogether[] = {{In::kCloudInputPrice, 0.18, 0.18, 0.18},
                                              {In::kCloudCachedPrice, 0.18, 0.18, 0.18},
                                              {In::kCloudWritePrice, 0.18, 0.18, 0.18},
                                              {In::kCloudOutputPrice, 0.18, 0.18, 0.18}};
constexpr PresetValue kCloud8BAtGroq[] = {{In::kCloudInputPrice, 0.05, 0.05, 0.05},
                                          {In::kCloudCachedPrice, 0.05, 0.05, 0.05},
                                          {In::kCloudWritePrice, 0.05, 0.05, 0.05},
                                          {In::kCloudOutputPrice, 0.08, 0.08, 0.08}};
constexpr PresetValue kCloud8BAtTheCheapestHost[] = {{In::kCloudInputPrice, 0.02, 0.02, 0.02},
                                                     {In::kCloudCachedPrice, 0.02, 0.02, 0.02},
                                                     {In::kCloudWritePrice, 0.02, 0.02, 0.02},
                                                     {In::kCloudOutputPrice, 0.03, 0.03, 0.03}};
constexpr PresetValue kCloud14BAtOpenrouter[] = {{In::kCloudInputPrice, 0.06, 0.06, 0.06},
                                                 {In::kCloudCachedPrice, 0.06, 0.06, 0.06},
                                                 {In::kCloudWritePrice, 0.06, 0.06, 0.06},
                                                 {In::kCloudOutputPrice, 0.24, 0.24, 0.24}};
constexpr PresetValue kCloud70BAtTogether[] = {{In::kCloudInputPrice, 0.88, 0.88, 0.88},
                                               {In::kCloudCachedPrice, 0.88, 0.88, 0.88},
                                               {In::kCloudWritePrice, 0.88, 0.88, 0.88},
                                               {In::kCloudOutputPrice, 0.88, 0.88, 0.88}};
constexpr PresetValue kCloud70BAtGroq[] = {{In::kCloudInputPrice, 0.59, 0.59, 0.59},
                                           {In::kCloudCachedPrice, 0.59, 0.59, 0.59},
                                           {In::kCloudWritePrice, 0.59, 0.59, 0.59},
                                           {In::kCloudOutputPrice, 0.79, 0.79, 0.79}};
constexpr PresetValue kCloud70BAtTheCheapestHost[] = {{In::kCloudInputPrice, 0.05, 0.05, 0.05},
                                                      {In::kCloudCachedPrice, 0.05, 0.05, 0.05},
                                                      {In::kCloudWritePrice, 0.05, 0.05, 0.05},
                                                      {In::kCloudOutputPrice, 0.24, 0.24, 0.24}};
constexpr PresetValue kCloud120BMoe[] = {{In::kCloudInputPrice, 0.15, 0.15, 0.15},
                                         {In::kCloudCachedPrice, 0.075, 0.075, 0.075},
                                         {In::kCloudWritePrice, 0.15, 0.15, 0.15},
                                         {In::kCloudOutputPrice, 0.6, 0.6, 0.6}};
constexpr PresetValue kCloud405BAtTogether[] = {{In::kCloudInputPrice, 3.5, 3.5, 3.5},
                                                {In::kCloudCachedPrice, 3.5, 3.5, 3.5},
                                                {In::kCloudWritePrice, 3.5, 3.5, 3.5},
                                                {In::kCloudOutputPrice, 3.5, 3.5, 3.5}};
constexpr PresetValue kCloud405BAtTheCheapestHost[] = {{In::kCloudInputPrice, 0.8, 0.8, 0.8},
                                                       {In::kCloudCachedPrice, 0.8, 0.8, 0.8},
                                                       {In::kCloudWritePrice, 0.8, 0.8, 0.8},
                                                       {In::kCloudOutputPrice, 0.8, 0.8, 0.8}};
constexpr PresetValue kCloudGpt54[] = {{In::kCloudInputPrice, 2.5, 2.5, 2.5},
                                       {In::kCloudCachedPrice, 0.25, 0.25, 0.25},
                                       {In::kCloudWritePrice, 2.5, 2.5, 2.5},
                                       {In::kCloudOutputPrice, 15, 15, 15}};
constexpr PresetValue kCloudGpt5Mini[] = {{In::kCloudInputPrice, 0.25, 0.25, 0.25},
                                          {In::kCloudCachedPrice, 0.025, 0.025, 0.025},
                                          {In::kCloudWritePrice, 0.25, 0.25, 0.25},
                                          {In::kCloudOutputPrice, 2, 2, 2}};
constexpr PresetValue kCloudClaudeSonnet46[] = {{In::kCloudInputPrice, 3, 3, 3},
                                                {In::kCloudCachedPrice, 0.3, 0.3, 0.3},
                                                {In::kCloudWritePrice, 3.75, 3.75, 3.75},
                                                {In::kCloudOutputPrice, 15, 15, 15}};
constexpr PresetValue kCloudClaudeOpus48[] = {{In::kCloudInputPrice, 5, 5, 5},
                                              {In::kCloudCachedPrice, 0.5, 0.5, 0.5},
                                              {In::kCloudWritePrice, 6.25, 6.25, 6.25},
                                              {In::kCloudOutputPrice, 25, 25, 25}};
constexpr PresetValue kCloudClaudeHaiku45[] = {{In::kCloudInputPrice, 1, 1, 1},
                                               {In::kCloudCachedPrice, 0.1, 0.1, 0.1},
                                               {In::kCloudWritePrice, 1, 1, 1},
                                               {In::kCloudOutputPrice, 5, 5, 5}};
constexpr PresetValue kCloudGemini31Pro[] = {{In::kCloudInputPrice, 2, 2, 2},
                                             {In::kCloudCachedPrice, 0.2, 0.2, 0.2},
                                             {In::kCloudWritePrice, 2, 2, 2},
                                             {In::kCloudOutputPrice, 12, 12, 12}};
constexpr PresetValue kWorldPue[] = {{In::kPue, 1.54, 1.54, 1.54}};
constexpr PresetValue kNewSite[] = {{In::kPue, 1.25, 1.2, 1.3}};
constexpr PresetValue kDenseRack[] = {{In::kHostingPerYear, 18000, 18000, 18000}};
constexpr PresetValue kStandardRack[] = {{In::kHostingPerYear, 7200, 7200, 7200}};
constexpr PresetValue kRealTime[] = {{In::kUtilisation, 0.275, 0.15, 0.4},
                                     {In::kServiceFactor, 0.5, 0.3, 0.7}};
constexpr PresetValue kBatch[] = {{In::kUtilisation, 0.8, 0.7, 0.9}, {In::kServiceFactor, 1, 1, 1}};
constexpr PresetValue kOfficeHours[] = {{In::kPeakFactor, 730.0 / 176, 730.0 / 176, 730.0 / 176}};

constexpr Preset kPresets[] = {
    {"cloud", "8B at Together", kPrices, kPricesDate, "no cache price listed: cached input as input",
     kCloud8BAtTogether},
    {"cloud", "8B at Groq", kPrices, kPricesDate, "no cache price listed: cached input as input",
     kCloud8BAtGroq},
    {"cloud", "8B at the cheapest host", kPrices, kPricesDate, "no cache price listed: cached input as input",
     kCloud8BAtTheCheapestHost},
    {"cloud", "14B at OpenRouter", kPrices, kPricesDate, "no cache price listed: cached input as input",
     kCloud14BAtOpenrouter},
    {"cloud", "70B at Together", kPrices, kPricesDate, "no cache price listed: cached input as input",
     kCloud70BAtTogether},
    {"cloud", "70B at Groq", kPrices, kPricesDate, "no cache price listed: cached input as input",
     kCloud70BAtGroq},
    {"cloud", "70B at the cheapest host", kPrices, kPricesDate,
     "no cache price listed: cached input as input", kCloud70BAtTheCheapestHost},
    {"cloud", "120B MoE", kPrices, kPricesDate, "", kCloud120BMoe},
    {"cloud", "405B at Together", kPrices, kPricesDate, "no cache price listed: cached input as input",
     kCloud405BAtTogether},
    {"cloud", "405B at the cheapest host", kPrices, kPricesDate,
     "no cache price listed: cached input as input", kCloud405BAtTheCheapestHost},
    {"cloud", "GPT-5.4", kPrices, kPricesDate, "", kCloudGpt54},
    {"cloud", "GPT-5 mini", kPrices, kPricesDate, "", kCloudGpt5Mini},
    {"cloud", "Claude Sonnet 4.6", kPrices, kPricesDate, "", kCloudClaudeSonnet46},
    {"cloud", "Claude Opus 4.8", kPrices, kPricesDate, "", kCloudClaudeOpus48},
    {"cloud", "Claude Haiku 4.5", kPrices, kPricesDate, "", kCloudClaudeHaiku45},
    {"cloud", "Gemini 3.1 Pro", kPrices, kPricesDate, "", kCloudGemini31Pro},
    {"operations", "world average PUE", "Uptime survey", "2025", "", kWorldPue},
    {"operations", "new or liquid-cooled site", "Uptime survey", "2025", "", kNewSite},
    {"operations", "colocation, dense rack", "Lenovo LP2368", "2026-01-15", "1,500 a month", kDenseRack},
    {"operations", "colocation, standard rack", "Lenovo LP2368", "2026-01-15", "600 a month", kStandardRack},
    {"operations", "real-time service", "planning figure", "2026-08", "", kRealTime},
    {"operations", "batch service", "planning figure", "2026-08", "", kBatch},
    {"operations", "office hours alone", "8 h on 22 days a month", "2026-02", "730/176", kOfficeHours},
};

}  // namespace

std::span<const Preset> price_presets() {
  return kPresets;
}

}  // namespace berth::tokenomics
