// GPUs and whole systems. Money is USD.
#include "tokenomics/presets.hpp"

namespace berth::tokenomics {
namespace {

constexpr PresetValue kRtxPro6000[] = {{In::kGpuPrice, 13250, 8500, 16000},
                                       {In::kGpuIdleWatts, 70, 30, 110},
                                       {In::kGpuActiveWatts, 500, 300, 600},
                                       {In::kGpuMemoryGb, 96, 96, 96}};
constexpr PresetValue kH100[] = {{In::kGpuPrice, 30000, 25000, 40000},
                                 {In::kGpuIdleWatts, 115, 70, 130},
                                 {In::kGpuActiveWatts, 600, 600, 700},
                                 {In::kGpuMemoryGb, 80, 80, 80}};
constexpr PresetValue kH200[] = {{In::kGpuPrice, 35000, 30000, 42000},
                                 {In::kGpuIdleWatts, 80, 80, 80},
                                 {In::kGpuActiveWatts, 593, 593, 700},
                                 {In::kGpuMemoryGb, 141, 141, 141}};
constexpr PresetValue kB200[] = {{In::kGpuPrice, 42000, 38000, 50000},
                                 {In::kGpuIdleWatts, 140, 140, 140},
                                 {In::kGpuActiveWatts, 943, 943, 1000}};
constexpr PresetValue kSystemH100[] = {{In::kGpus, 8, 8, 8},
                                       {In::kGpusPerServer, 8, 8, 8},
                                       {In::kGpuPrice, 0, 0, 0},
                                       {In::kServerPrice, 250142, 212621, 350199}};
constexpr PresetValue kSystemH200[] = {{In::kGpus, 8, 8, 8},
                                       {In::kGpusPerServer, 8, 8, 8},
                                       {In::kGpuPrice, 0, 0, 0},
                                       {In::kServerPrice, 277898, 236213, 389057}};
constexpr PresetValue kSystemB200[] = {{In::kGpus, 8, 8, 8},
                                       {In::kGpusPerServer, 8, 8, 8},
                                       {In::kGpuPrice, 0, 0, 0},
                                       {In::kServerPrice, 338496, 287722, 473894}};
constexpr PresetValue kSystemB300[] = {{In::kGpus, 8, 8, 8},
                                       {In::kGpusPerServer, 8, 8, 8},
                                       {In::kGpuPrice, 0, 0, 0},
                                       {In::kServerPrice, 461568, 392333, 646195}};
constexpr PresetValue kSystemL40S[] = {{In::kGpus, 4, 4, 4},
                                       {In::kGpusPerServer, 4, 4, 4},
                                       {In::kGpuPrice, 0, 0, 0},
                                       {In::kServerPrice, 52391, 44532, 73347}};
constexpr PresetValue kLabServer[] = {{In::kGpusPerServer, 2, 2, 2},
                                      {In::kServerPrice, 30000, 20000, 45000},
                                      {In::kServerBaseWatts, 600, 400, 800}};

constexpr Preset kPresets[] = {
    {"gpu", "RTX PRO 6000 Blackwell 96 GB", "list 8,565 (2025), 13,250, then 16,000 (2026-08), trade press",
     "2026-08", "limit 600 W; held at 300 W it kept 95 % of its throughput in one test", kRtxPro6000},
    {"gpu", "H100 80 GB SXM", "street estimates", "2026-06", "limit 700 W", kH100},
    {"gpu", "H200 141 GB SXM", "street price; power measured", "2026-06", "limit 700 W", kH200},
    {"gpu", "B200 SXM", "system of 8 divided by 8; power measured peak", "2026-06",
     "limit 1000 W; idle draw is a guess", kB200},
    {"system", "8x H100", "Lenovo LP2368", "2026-01-15",
     "whole system with its GPUs; about 76 % of its 10.2 kW rating under training", kSystemH100},
    {"system", "8x H200", "Lenovo LP2368", "2026-01-15", "whole system with its GPUs; about 9.7 kW IT",
     kSystemH200},
    {"system", "8x B200", "Lenovo LP2368", "2026-01-15", "whole system with its GPUs", kSystemB200},
    {"system", "8x B300", "Lenovo LP2368", "2026-01-15", "whole system with its GPUs; about 14 kW IT",
     kSystemB300},
    {"system", "4x L40S", "Lenovo LP2368", "2026-01-15", "whole system with its GPUs", kSystemL40S},
    {"system", "2-GPU lab server without GPUs", "estimate, no public price", "2026-08", "", kLabServer},
};

}  // namespace

std::span<const Preset> hardware_presets() {
  return kPresets;
}

}  // namespace berth::tokenomics
