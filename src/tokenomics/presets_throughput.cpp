// Output tokens per second of a whole GPU, offline at full load, 1000 tokens in and 1000 out. Other lengths
// move these by up to ten times, so the lengths are part of each preset.
#include "tokenomics/presets.hpp"

namespace berth::tokenomics {
namespace {

constexpr std::string_view kTables = "NVIDIA TensorRT-LLM v1.0 tables";
constexpr std::string_view kTablesDate = "2025";

constexpr PresetValue k8BDenseOnRTXPro6000[] = {{In::kThroughput, 7648, 6118.4, 9177.6},
                                                {In::kThroughputBasis, 0, 0, 0},
                                                {In::kBenchmarkInputTokens, 1000, 1000, 1000},
                                                {In::kBenchmarkOutputTokens, 1000, 1000, 1000}};
constexpr PresetValue k8BDenseOnH100[] = {{In::kThroughput, 15220, 12176, 18264},
                                          {In::kThroughputBasis, 0, 0, 0},
                                          {In::kBenchmarkInputTokens, 1000, 1000, 1000},
                                          {In::kBenchmarkOutputTokens, 1000, 1000, 1000}};
constexpr PresetValue k8BDenseOnH200[] = {{In::kThroughput, 17744, 14195, 21293},
                                          {In::kThroughputBasis, 0, 0, 0},
                                          {In::kBenchmarkInputTokens, 1000, 1000, 1000},
                                          {In::kBenchmarkOutputTokens, 1000, 1000, 1000}};
constexpr PresetValue k14BDenseOnRTXPro6000[] = {{In::kThroughput, 4100, 2460, 5740},
                                                 {In::kThroughputBasis, 0, 0, 0},
                                                 {In::kBenchmarkInputTokens, 1000, 1000, 1000},
                                                 {In::kBenchmarkOutputTokens, 1000, 1000, 1000}};
constexpr PresetValue k14BDenseOnH100[] = {{In::kThroughput, 8200, 4920, 11480},
                                           {In::kThroughputBasis, 0, 0, 0},
                                           {In::kBenchmarkInputTokens, 1000, 1000, 1000},
                                           {In::kBenchmarkOutputTokens, 1000, 1000, 1000}};
constexpr PresetValue k14BDenseOnH200[] = {{In::kThroughput, 9600, 5760, 13440},
                                           {In::kThroughputBasis, 0, 0, 0},
                                           {In::kBenchmarkInputTokens, 1000, 1000, 1000},
                                           {In::kBenchmarkOutputTokens, 1000, 1000, 1000}};
constexpr PresetValue k30BMoe3BActiveOnRTXPro6000[] = {{In::kThroughput, 9910, 7928, 11892},
                                                       {In::kThroughputBasis, 0, 0, 0},
                                                       {In::kBenchmarkInputTokens, 1000, 1000, 1000},
                                                       {In::kBenchmarkOutputTokens, 1000, 1000, 1000}};
constexpr PresetValue k30BMoe3BActiveOnB200[] = {{In::kThroughput, 25828, 20662, 30994},
                                                 {In::kThroughputBasis, 0, 0, 0},
                                                 {In::kBenchmarkInputTokens, 1000, 1000, 1000},
                                                 {In::kBenchmarkOutputTokens, 1000, 1000, 1000}};
constexpr PresetValue k70BDenseOnRTXPro6000[] = {{In::kThroughput, 1787, 1429.6, 2144.4},
                                                 {In::kThroughputBasis, 0, 0, 0},
                                                 {In::kBenchmarkInputTokens, 1000, 1000, 1000},
                                                 {In::kBenchmarkOutputTokens, 1000, 1000, 1000}};
constexpr PresetValue k70BDenseOnH100[] = {{In::kThroughput, 2103, 1682.4, 2523.6},
                                           {In::kThroughputBasis, 0, 0, 0},
                                           {In::kBenchmarkInputTokens, 1000, 1000, 1000},
                                           {In::kBenchmarkOutputTokens, 1000, 1000, 1000}};
constexpr PresetValue k70BDenseOnH200[] = {{In::kThroughput, 2909, 2327.2, 3490.8},
                                           {In::kThroughputBasis, 0, 0, 0},
                                           {In::kBenchmarkInputTokens, 1000, 1000, 1000},
                                           {In::kBenchmarkOutputTokens, 1000, 1000, 1000}};
constexpr PresetValue k70BDenseOnB200[] = {{In::kThroughput, 7007, 5605.6, 8408.4},
                                           {In::kThroughputBasis, 0, 0, 0},
                                           {In::kBenchmarkInputTokens, 1000, 1000, 1000},
                                           {In::kBenchmarkOutputTokens, 1000, 1000, 1000}};
constexpr PresetValue k120BMoeOnH100[] = {{In::kThroughput, 4685, 3748, 5622},
                                          {In::kThroughputBasis, 0, 0, 0},
                                          {In::kBenchmarkInputTokens, 1000, 1000, 1000},
                                          {In::kBenchmarkOutputTokens, 1000, 1000, 1000}};
constexpr PresetValue k120BMoeOnH200[] = {{In::kThroughput, 6868, 5494.4, 8241.6},
                                          {In::kThroughputBasis, 0, 0, 0},
                                          {In::kBenchmarkInputTokens, 1000, 1000, 1000},
                                          {In::kBenchmarkOutputTokens, 1000, 1000, 1000}};
constexpr PresetValue k120BMoeOnB200[] = {{In::kThroughput, 25943, 20754, 31132},
                                          {In::kThroughputBasis, 0, 0, 0},
                                          {In::kBenchmarkInputTokens, 1000, 1000, 1000},
                                          {In::kBenchmarkOutputTokens, 1000, 1000, 1000}};
constexpr PresetValue k405BDenseOnRTXPro6000[] = {{In::kThroughput, 296.125, 236.9, 355.35},
                                                  {In::kThroughputBasis, 0, 0, 0},
                                                  {In::kBenchmarkInputTokens, 1000, 1000, 1000},
                                                  {In::kBenchmarkOutputTokens, 1000, 1000, 1000}};
constexpr PresetValue k405BDenseOnH100[] = {{In::kThroughput, 364.875, 291.9, 437.85},
                                            {In::kThroughputBasis, 0, 0, 0},
                                            {In::kBenchmarkInputTokens, 1000, 1000, 1000},
                                            {In::kBenchmarkOutputTokens, 1000, 1000, 1000}};
constexpr PresetValue k405BDenseOnH200[] = {{In::kThroughput, 416.25, 333, 499.5},
                                            {In::kThroughputBasis, 0, 0, 0},
                                            {In::kBenchmarkInputTokens, 1000, 1000, 1000},
                                            {In::kBenchmarkOutputTokens, 1000, 1000, 1000}};
constexpr PresetValue k405BDenseOnB200[] = {{In::kThroughput, 1302.25, 1041.8, 1562.7},
                                            {In::kThroughputBasis, 0, 0, 0},
                                            {In::kBenchmarkInputTokens, 1000, 1000, 1000},
                                            {In::kBenchmarkOutputTokens, 1000, 1000, 1000}};

constexpr Preset kPresets[] = {
    {"throughput", "8B dense on RTX PRO 6000", "vLLM, one test", "2026", "FP4, 300 W card, 64 streams",
     k8BDenseOnRTXPro6000},
    {"throughput", "8B dense on H100", kTables, kTablesDate, "FP8", k8BDenseOnH100},
    {"throughput", "8B dense on H200", kTables, kTablesDate, "FP8", k8BDenseOnH200},
    {"throughput", "14B dense on RTX PRO 6000", "derived from 8B by 8/14.8", kTablesDate, "within 40 %",
     k14BDenseOnRTXPro6000},
    {"throughput", "14B dense on H100", "derived from 8B by 8/14.8", kTablesDate, "within 40 %",
     k14BDenseOnH100},
    {"throughput", "14B dense on H200", "derived from 8B by 8/14.8", kTablesDate, "within 40 %",
     k14BDenseOnH200},
    {"throughput", "30B MoE 3B active on RTX PRO 6000", kTables, kTablesDate, "FP4",
     k30BMoe3BActiveOnRTXPro6000},
    {"throughput", "30B MoE 3B active on B200", kTables, kTablesDate, "FP4", k30BMoe3BActiveOnB200},
    {"throughput", "70B dense on RTX PRO 6000", kTables, kTablesDate, "FP4; 2 GPUs together 3,707",
     k70BDenseOnRTXPro6000},
    {"throughput", "70B dense on H100", kTables, kTablesDate, "FP8; per GPU, 2 GPUs together 4,205",
     k70BDenseOnH100},
    {"throughput", "70B dense on H200", kTables, kTablesDate, "FP8", k70BDenseOnH200},
    {"throughput", "70B dense on B200", kTables, kTablesDate, "FP4", k70BDenseOnB200},
    {"throughput", "120B MoE on H100", "NVIDIA TensorRT-LLM tables, later edition", "2025", "per GPU",
     k120BMoeOnH100},
    {"throughput", "120B MoE on H200", "NVIDIA TensorRT-LLM tables, later edition", "2025", "per GPU",
     k120BMoeOnH200},
    {"throughput", "120B MoE on B200", "NVIDIA TensorRT-LLM tables, later edition", "2025", "FP4, per GPU",
     k120BMoeOnB200},
    {"throughput", "405B dense on RTX PRO 6000", kTables, kTablesDate, "FP4; per GPU, 8 GPUs together 2,369",
     k405BDenseOnRTXPro6000},
    {"throughput", "405B dense on H100", kTables, kTablesDate, "FP8; per GPU, 8 GPUs together 2,919",
     k405BDenseOnH100},
    {"throughput", "405B dense on H200", kTables, kTablesDate, "FP8; per GPU, 8 GPUs together 3,330",
     k405BDenseOnH200},
    {"throughput", "405B dense on B200", kTables, kTablesDate, "FP4; per GPU, 4 GPUs together 5,209",
     k405BDenseOnB200},
};

}  // namespace

std::span<const Preset> throughput_presets() {
  return kPresets;
}

}  // namespace berth::tokenomics
