#include "http/certificate_dates.hpp"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <memory>

namespace berth::http {
namespace {

std::optional<Instant> instant_of(const ASN1_TIME* time) {
  std::tm read{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &read) != 1) return std::nullopt;
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::from_time_t(::timegm(&read)));
}

struct Close {
  void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }  // it was only read
};
struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};

}  // namespace

std::optional<CertificateDates> dates_in(const std::string& file) {
  const std::unique_ptr<std::FILE, Close> opened(std::fopen(file.c_str(), "re"));
  if (!opened) return std::nullopt;
  const std::unique_ptr<X509, FreeCertificate> certificate(
      PEM_read_X509(opened.get(), nullptr, nullptr, nullptr));
  if (!certificate) return std::nullopt;
  const auto from = instant_of(X509_get0_notBefore(certificate.get()));
  const auto until = instant_of(X509_get0_notAfter(certificate.get()));
  if (!from || !until) return std::nullopt;
  return CertificateDates{*from, *until};
}

std::optional<CertificateTrouble> trouble_of(const CertificateDates& dates, Instant now) {
  if (now >= dates.until)
    return CertificateTrouble{"the TLS certificate has expired: clients refuse it", true};
  if (now < dates.from)
    return CertificateTrouble{"the TLS certificate is not valid yet: clients refuse it", true};
  // A short one, such as a day's, is renewed in the last third of its time.
  const auto soon = std::min<Duration>(kRunsOutSoon, (dates.until - dates.from) / 3);
  if (dates.until - now < soon) return CertificateTrouble{"the TLS certificate expires soon", false};
  return std::nullopt;
}

}  // namespace berth::http
