// What names, addresses and amounts in a pool file may be. The same limits stand in api/pool.schema.json.
#pragma once

#include "poolfile/fields.hpp"

namespace berth::poolfile {

extern const TextRule kDnsLabel;      // "gpu-node-1"
extern const TextRule kDnsName;       // "apps.lab.example"
extern const TextRule kResourceName;  // "nvidia.com/mig-1g.24gb"
extern const TextRule kTitle;         // one line for people
extern const TextRule kTitleOrEmpty;
extern const TextRule kCurrency;        // "EUR"
extern const TextRule kMoney;           // "12345.67"
extern const TextRule kTimeZone;        // "Europe/Berlin"
extern const TextRule kCidr;            // "10.128.0.0/14"
extern const TextRule kAddressAndPort;  // "192.0.2.10:6443"
extern const TextRule kUrlScheme;
extern const TextRule kFlavour;
extern const TextRule kPodSecurity;
extern const TextRule kImage;
extern const TextRule kProxyUrl;
extern const TextRule kApiUrl;        // "https://api.lab.example:6443"
extern const TextRule kPortalUrl;     // "https://berth.lab.example"
extern const TextRule kApiAuthority;  // PEM certificates
extern const TextRule kNoProxy;
extern const TextRule kDnsNameOrEmpty;
extern const TextRule kLabelIs;  // "app=nvidia-dcgm-exporter"

inline constexpr Range kCpuMilliRange{1, 100'000'000};  // of a class or node: up to 100,000 cores
inline constexpr Range kGibRange{1, 10'000'000};
inline constexpr Range kAsideCpuMilliRange{0, 100'000'000};
inline constexpr Range kAsideGibRange{0, 10'000'000};
inline constexpr Range kRateMicrosRange{0, 1'000'000'000'000};  // a million an hour
/// Five thousand million a year: a share of 400 days in millionths still is a number that JSON carries
/// exactly.
inline constexpr std::int64_t kMostAnnualCostMicros = 5'000'000'000'000'000;
inline constexpr Range kReplicasRange{1, 64};
inline constexpr Range kSlotsRange{1, 64};  // placement slots of a device
inline constexpr Range kPodsRange{1, 10'000};
inline constexpr Range kPortRange{0, 65'535};
inline constexpr Range kListeningPortRange{1, 65'535};
inline constexpr Range kStepMinutesRange{1, 1'440};
inline constexpr Range kLengthMinutesRange{1, 527'040};  // 366 days
inline constexpr Range kLeadMinutesRange{0, 527'040};
inline constexpr Range kHorizonDaysRange{1, 1'830};
inline constexpr Range kLivePerUserRange{1, 10'000};
inline constexpr Range kKeepHomeDaysRange{0, 3'650};
inline constexpr Range kKeepHomeGibRange{1, 10'000'000};
inline constexpr Range kKeepHomeCountRange{1, 100};
inline constexpr Range kDeadlineMinutesRange{1, 1'440};

inline constexpr std::size_t kMaxApiAuthorityBytes = std::size_t{32} * 1024;

inline constexpr std::size_t kMaxPoolNodes = 1'024;
inline constexpr std::size_t kMaxClasses = 64;
inline constexpr std::size_t kMaxUnitsPerNode = 1'024;
inline constexpr std::size_t kMaxDevicesPerNode = 256;
inline constexpr std::size_t kMaxRanges = 64;  // and other short lists of texts

}  // namespace berth::poolfile
