// Inputs of the plant: what it costs, draws and carries. Defaults are the reference machine, 2 GPUs in one
// server.
#include "tokenomics/inputs.hpp"

namespace berth::tokenomics {
namespace {

constexpr std::string_view kPowerWords[] = {"by_load", "fixed"};

constexpr std::string_view kTradePress = "list 8,565 (2025), 13,250, then 16,000 (2026-08), trade press";
constexpr std::string_view kEstimate = "estimate, no public price";
constexpr std::string_view kPlanning = "planning figure";
constexpr std::string_view kLenovo = "Lenovo LP2368";
constexpr std::string_view kOwnChoice = "own choice";

constexpr double kMostMoney = 1e12;
constexpr double kMostGpus = 1e6;

constexpr InputInfo kInputs[] = {
    {In::kGpus, "gpus", "N", "GPU", "hardware", whole(1, kMostGpus), 2, 2, 2,
     "GPUs installed, spares included", kOwnChoice, ""},
    {In::kGpusPerServer, "gpus_per_server", "k", "GPU", "hardware", whole(1, 1000), 2, 2, 2,
     "GPUs one server holds", kOwnChoice, ""},
    {In::kSoldByServer, "sold_by_server", "by_server", "", "hardware", flag(), 1, 1, 1,
     "GPUs are bought by whole servers, so their number is rounded up to full ones", kOwnChoice, ""},
    {In::kGpuPrice, "gpu_price", "p_gpu", "money/GPU", "hardware", from(0, kMostMoney), 13250, 8500, 16000,
     "price of one GPU (RTX PRO 6000 Blackwell 96 GB)", kTradePress, "2026-08"},
    {In::kServerPrice, "server_price", "p_srv", "money", "hardware", from(0, kMostMoney), 30000, 20000, 45000,
     "price of one server without its GPUs (2-GPU lab server)", kEstimate, "2026-08"},
    {In::kOtherCapital, "other_capital", "K_other", "money", "hardware", from(0, kMostMoney), 0, 0, 5000,
     "network, storage and installation, paid once", kEstimate, "2026-08"},
    {In::kResidualShare, "residual_share", "s", "share", "hardware", from(0, 1), 0.10, 0, 0.30,
     "share of the capital the machines are worth at the end of their life", kPlanning, "2026-08"},
    {In::kLifeYears, "life_years", "L", "yr", "hardware", above(0, 100), 5, 3, 6, "years in service",
     kPlanning, "2026-08"},
    {In::kCapitalRate, "capital_rate", "r", "1/yr", "hardware", from(0, 1), 0.08, 0, 0.12,
     "cost of capital per year; 0 writes the machines off in a straight line", kPlanning, "2026-08"},
    {In::kMaintenanceShare, "maintenance_share", "m", "1/yr", "operations", from(0, 1), 0.12, 0.03, 0.15,
     "maintenance per year as a share of the capital", kLenovo, "2026-01-15"},
    {In::kLicencePerGpu, "licence_per_gpu", "lic", "money/GPU/yr", "operations", from(0, kMostMoney), 0, 0, 0,
     "software licences per GPU and year", kOwnChoice, ""},
    {In::kStaffFte, "staff_fte", "fte", "role", "operations", from(0, 1e5), 0, 0, 0.04,
     "full-time roles the machines take; common is one per 50 to 100 GPUs", kPlanning, "2026-08"},
    {In::kStaffSalary, "staff_salary", "salary", "money/yr", "operations", from(0, kMostMoney), 80000, 60000,
     120000, "full cost of one role per year", "estimate, no source: use your own", "2026-08"},
    {In::kHostingPerYear, "hosting_per_year", "C_host", "money/yr", "operations", from(0, kMostMoney), 0, 0,
     7200, "colocation or space per year; 0 in an own lab, 600 a month for a standard rack", kLenovo,
     "2026-01-15"},
    {In::kStaffFtePerServer, "staff_fte_per_server", "fte_srv", "role", "operations", from(0, 1000), 0.03,
     0.02, 0.04,
     "full-time roles of each server but the first, whose are staff_fte; one per 50 to 100 GPUs of 2 a "
     "server",
     kPlanning, "2026-08"},
    {In::kHostingPerServer, "hosting_per_server", "C_host_srv", "money/yr", "operations", from(0, kMostMoney),
     1200, 720, 7200,
     "space of each server but the first, whose is hosting_per_year; six to a standard rack of 600 a month",
     kLenovo, "2026-01-15"},
    {In::kNetworkShare, "network_share", "net", "share", "hardware", from(0, 1), 0.12, 0.10, 0.15,
     "network as a share of the price of each server with its GPUs but the first", kPlanning, "2026-08"},
    {In::kServerBaseWatts, "server_base_watts", "P_base", "W", "power", from(0, 1e6), 600, 400, 800,
     "draw of one server without its GPUs", "estimate", "2026-08"},
    {In::kGpuIdleWatts, "gpu_idle_watts", "P_idle", "W", "power", from(0, 1e5), 70, 30, 110,
     "draw of an idle GPU with a model loaded", "preset RTX PRO 6000", "2026-08"},
    {In::kGpuActiveWatts, "gpu_active_watts", "P_act", "W", "power", from(0, 1e5), 500, 300, 600,
     "draw of a GPU at full load; limited to 300 W it kept 95 % of its throughput in one test",
     "preset RTX PRO 6000", "2026-08"},
    {In::kPower, "power", "power", "", "power", one_of(kPowerWords), 0, 0, 0,
     "by_load: the draw follows utilisation; fixed: every GPU always draws its full load", kOwnChoice, ""},
    {In::kPue, "pue", "pue", "", "power", from(1, 10), 1.5, 1.2, 1.54,
     "facility power over IT power; 1.2 to 1.3 new or liquid-cooled, 1.54 world average", "Uptime survey",
     "2025"},
    {In::kCoolingPrice, "cooling_price", "c_cool", "money/kWh", "power", from(0, 1e6), kNotGiven, 0, 0,
     "cooling billed by the kWh of IT; stands in for pue", kOwnChoice, ""},
    {In::kElectricityPrice, "electricity_price", "c_e", "money/kWh", "power", from(0, 1e6), 0.12, 0.08, 0.25,
     "price of electricity", kPlanning, "2026-08"},
    {In::kAvailability, "availability", "alpha", "share", "operations", above(0, 1), 0.99, 0.95, 1,
     "share of hours the platform is up", "estimate", "2026-08"},
    {In::kUtilisation, "utilisation", "u_in", "share", "workload", above(0, 1), kNotGiven, 0.15, 0.90,
     "tokens processed over tokens the installed GPUs could process; what the demand gives when left out",
     kPlanning, "2026-08"},
    {In::kActiveUtilisation, "active_utilisation", "u_s", "share", "workload", above(0, 1), kNotGiven, 0, 0,
     "utilisation of the GPUs without the spares; stands in for utilisation", kOwnChoice, ""},
    {In::kRedundancyFactor, "redundancy_factor", "rho", "", "hardware", from(1, 100), 1, 1, 1,
     "GPUs installed per GPU needed", kOwnChoice, ""},
    {In::kSpareGpus, "spare_gpus", "x", "GPU", "hardware", whole(0, kMostGpus), 1, 0, 1,
     "GPUs on top of those needed; 1 is N+1 of GPUs, which a server that fails may take all", kPlanning,
     "2026-08"},
    {In::kSpareServers, "spare_servers", "x_srv", "server", "hardware", whole(0, kMostGpus), 0, 0, 1,
     "whole servers on top of those needed; 1 is N+1 of servers", kOwnChoice, ""},
    {In::kBookedShare, "booked_share", "beta", "share", "operations", above(0, 1), 1, 0.3, 1,
     "share of GPU hours that is booked, for a rate that recovers the whole cost", kOwnChoice, ""},
    {In::kSlicesPerGpu, "slices_per_gpu", "s_c", "slice", "hardware", whole(1, 100), 4, 4, 4,
     "slices of the smallest profile on one GPU", kOwnChoice, ""},
    {In::kGpuMemoryGb, "gpu_memory_gb", "M_gpu", "GB", "hardware", above(0, 1e5), 96, 96, 96,
     "memory of one GPU", "preset RTX PRO 6000", "2026-08"},
    {In::kModelMemoryGb, "model_memory_gb", "M_model", "GB", "workload", above(0, 1e6), kNotGiven, 0, 0,
     "memory that one copy of the model takes, weights and the least cache; refused where its GPUs have less",
     kOwnChoice, ""},
    {In::kGpusPerInstance, "gpus_per_instance", "k_i", "GPU", "workload", whole(1, 1000), 1, 1, 1,
     "GPUs that hold one copy of the model; GPUs are needed by so many", kOwnChoice, ""},
};

}  // namespace

std::span<const InputInfo> cost_inputs() {
  return kInputs;
}

}  // namespace berth::tokenomics
