// Inputs of the work: throughput, tokens of a request, and what the cloud asks for the same.
#include "tokenomics/inputs.hpp"

namespace berth::tokenomics {
namespace {

constexpr std::string_view kBasisWords[] = {"output", "total", "work"};
constexpr std::string_view kSharingWords[] = {"pooled", "partitioned"};

constexpr std::string_view kTables = "NVIDIA TensorRT-LLM v1.0 tables, 70B FP4, 1000 in / 1000 out";
constexpr std::string_view kPrices = "70B at Together; genai-prices snapshot";
constexpr std::string_view kPricesDate = "2026-08-21";
constexpr std::string_view kEstimate = "estimate";
constexpr std::string_view kOwnChoice = "own choice";

constexpr double kMostTokens = 1e9;
constexpr double kMostPrice = 1e9;

constexpr InputInfo kInputs[] = {
    {In::kThroughput, "throughput", "tau", "tokens/s", "workload", above(0, 1e9), 1787, 1430, 2144,
     "tokens a whole GPU makes per second at full load, offline", kTables, "2025"},
    {In::kThroughputBasis, "throughput_basis", "tau_basis", "", "workload", one_of(kBasisWords), 0, 0, 0,
     "tokens counted by the throughput: output, total (input and output) or work", kOwnChoice, ""},
    {In::kServiceFactor, "service_factor", "sigma", "share", "workload", above(0, 1), 0.5, 0.3, 0.7,
     "share of the offline throughput that is left when answers must come quickly", "planning figure",
     "2026-08"},
    {In::kBenchmarkInputTokens, "benchmark_input_tokens", "isl", "tokens", "workload", from(0, kMostTokens),
     1000, 1000, 1000, "input length at which the throughput was measured", kTables, "2025"},
    {In::kBenchmarkOutputTokens, "benchmark_output_tokens", "osl", "tokens", "workload",
     above(0, kMostTokens), 1000, 1000, 1000, "output length at which the throughput was measured", kTables,
     "2025"},
    {In::kBenchmarkRequestRate, "benchmark_request_rate", "rps", "requests/s", "workload", above(0, 1e9),
     kNotGiven, 0, 0, "requests per second at full load, where only whole requests were measured", kOwnChoice,
     ""},
    {In::kBenchmarkGpus, "benchmark_gpus", "N_bench", "GPU", "workload", above(0, 1e6), 1, 1, 1,
     "GPUs of the instance on which requests were measured", kOwnChoice, ""},
    {In::kBasis, "basis", "basis", "", "workload", one_of(kBasisWords), 1, 1, 1,
     "tokens counted by unit costs, the cloud price and the demand: output, total or work", kOwnChoice, ""},
    {In::kInputTokens, "input_tokens", "n_in", "tokens", "workload", from(0, kMostTokens), 1000, 500, 4000,
     "fresh input tokens of a request", kEstimate, "2026-08"},
    {In::kCachedTokens, "cached_tokens", "n_c", "tokens", "workload", from(0, kMostTokens), 0, 0, 0,
     "input tokens of a request that a prefix cache holds", kOwnChoice, ""},
    {In::kWrittenTokens, "written_tokens", "n_w", "tokens", "workload", from(0, kMostTokens), 0, 0, 0,
     "fresh input tokens of a request that are written to a prefix cache", kOwnChoice, ""},
    {In::kOutputTokens, "output_tokens", "n_out", "tokens", "workload", from(0, kMostTokens), 1000, 250, 2000,
     "output tokens of a request", kEstimate, "2026-08"},
    {In::kInputWeight, "input_weight", "w_in", "", "workload", from(0, 10), 0.25, 0.15, 0.35,
     "work of a fresh input token next to an output token", "typical range", "2026-08"},
    {In::kCachedWeight, "cached_weight", "w_c", "", "workload", from(0, 10), 0.02, 0, 0.05,
     "work of a cached input token next to an output token, on own hardware", "typical range", "2026-08"},
    {In::kTargetCost, "target_cost", "c_t", "money/Mtok", "workload", from(0, kMostPrice), kNotGiven, 0, 0,
     "unit cost to reach", kOwnChoice, ""},
    {In::kSharing, "sharing", "sharing", "", "workload", one_of(kSharingWords), 0, 0, 0,
     "pooled: any GPU serves any tier; partitioned: every tier has its own instances", kOwnChoice, ""},
    {In::kCloudInputPrice, "cloud_input_price", "p_in", "money/Mtok", "cloud", from(0, kMostPrice), 0.88,
     0.05, 0.88, "cloud price of input tokens", kPrices, kPricesDate},
    {In::kCloudCachedPrice, "cloud_cached_price", "p_cached", "money/Mtok", "cloud", from(0, kMostPrice),
     kNotGiven, 0.05, 0.88, "cloud price of cached input tokens; cloud_input_price when left out", kPrices,
     kPricesDate},
    {In::kCloudWritePrice, "cloud_write_price", "p_write", "money/Mtok", "cloud", from(0, kMostPrice),
     kNotGiven, 0.05, 0.88, "cloud price of input tokens that fill a cache; cloud_input_price when left out",
     kPrices, kPricesDate},
    {In::kCloudOutputPrice, "cloud_output_price", "p_out", "money/Mtok", "cloud", from(0, kMostPrice), 0.88,
     0.24, 0.88, "cloud price of output tokens", kPrices, kPricesDate},
    {In::kCloudDiscount, "cloud_discount", "disc", "share", "cloud", from(0, 1), 0, 0, 0.2,
     "discount on the cloud price", kEstimate, "2026-08"},
    {In::kCloudExtraPrice, "cloud_extra_price", "p_extra", "money/Mtok", "cloud", from(0, kMostPrice), 0, 0,
     0, "egress and support on top of the cloud price", kOwnChoice, ""},
    {In::kRentedGpuPrice, "rented_gpu_price", "R_gpu", "money/GPU/h", "cloud", from(0, kMostPrice), 2, 1, 4,
     "price of a rented GPU of the same speed per hour", "estimate, no source: use your host's price",
     "2026-08"},
    {In::kRentedReleasedWhenIdle, "rented_released_when_idle", "release", "", "cloud", flag(), 0, 0, 0,
     "rented GPUs are given back while idle, so that only busy hours are paid", kOwnChoice, ""},
    {In::kHoursPerMonth, "hours_per_month", "h_m", "h", "cloud", above(0, 744), 730, 720, 730,
     "hours counted to a month in comparisons by the hour; published ones use 720, 729.6 or 730",
     "published comparisons", "2026-02"},
};

}  // namespace

std::span<const InputInfo> workload_inputs() {
  return kInputs;
}

}  // namespace berth::tokenomics
