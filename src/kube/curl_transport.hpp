// HTTP by libcurl: HTTP/1.1 with connection reuse, TLS, proxies. libcurl is included by curl_transport.cpp
// alone.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "kube/config.hpp"
#include "kube/credentials.hpp"
#include "kube/transport.hpp"

namespace berth::kube {

struct CurlTransportSettings {
  std::string user_agent{};
  std::chrono::milliseconds connect_timeout{5'000};
  bool past_proxies = false;  // not through the environment's either: for addresses inside the cluster
};

std::unique_ptr<Transport> make_curl_transport(const Config& config, std::shared_ptr<Credentials> credentials,
                                               CurlTransportSettings settings);

}  // namespace berth::kube
