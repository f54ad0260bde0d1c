#include "poolfile/parts.hpp"
#include "poolfile/poolfile.hpp"
#include "poolfile/rules.hpp"

namespace berth::poolfile {
namespace {

json::array texts(const std::vector<std::string>& items) {
  return json::array(items.begin(), items.end());
}

}  // namespace

void read_site(Fields& fields, model::Site& site) {
  std::string flavour(to_string(site.flavour));
  fields.text("flavour", Need::kOptional, kFlavour, flavour);
  site.flavour = flavour == to_string(model::Flavour::kOpenshift) ? model::Flavour::kOpenshift
                                                                  : model::Flavour::kKubernetes;
  fields.text("time_zone", Need::kOptional, kTimeZone, site.time_zone);
  fields.text("apps_domain", Need::kOptional, kDnsName, site.apps_domain);
  fields.text("url_scheme", Need::kOptional, kUrlScheme, site.url_scheme);
  fields.integer("url_port", Need::kOptional, kPortRange, site.url_port);
  fields.texts("pod_ranges", kMaxRanges, kCidr, site.pod_ranges);
  fields.texts("service_ranges", kMaxRanges, kCidr, site.service_ranges);
  fields.texts("node_ranges", kMaxRanges, kCidr, site.node_ranges);
  fields.texts("blocked_ranges", kMaxRanges, kCidr, site.blocked_ranges);
  fields.texts("api_servers", kMaxRanges, kAddressAndPort, site.api_servers);
  fields.text("storage_class", Need::kOptional, kDnsNameOrEmpty, site.storage_class);
  fields.text("ingress_class", Need::kOptional, kDnsNameOrEmpty, site.ingress_class);
  fields.text("pod_security", Need::kOptional, kPodSecurity, site.pod_security);
  fields.text("workspace_image", Need::kOptional, kImage, site.workspace_image);
  fields.texts("image_pull_secrets", kMaxRanges, kDnsName, site.image_pull_secrets);
  fields.text("scc", Need::kOptional, kDnsName, site.scc);
  fields.object("proxy", Need::kOptional, [&](Fields& proxy) {
    proxy.text("http", Need::kOptional, kProxyUrl, site.proxy.http);
    proxy.text("https", Need::kOptional, kProxyUrl, site.proxy.https);
    proxy.text("no_proxy", Need::kOptional, kNoProxy, site.proxy.no_proxy);
  });
}

json::object site_to_json(const model::Site& site) {
  return {
      {"flavour", to_string(site.flavour)},
      {"time_zone", site.time_zone},
      {"apps_domain", site.apps_domain},
      {"url_scheme", site.url_scheme},
      {"url_port", site.url_port},
      {"pod_ranges", texts(site.pod_ranges)},
      {"service_ranges", texts(site.service_ranges)},
      {"node_ranges", texts(site.node_ranges)},
      {"blocked_ranges", texts(site.blocked_ranges)},
      {"api_servers", texts(site.api_servers)},
      {"storage_class", site.storage_class},
      {"ingress_class", site.ingress_class},
      {"pod_security", site.pod_security},
      {"workspace_image", site.workspace_image},
      {"image_pull_secrets", texts(site.image_pull_secrets)},
      {"scc", site.scc},
      {"proxy", {{"http", site.proxy.http}, {"https", site.proxy.https}, {"no_proxy", site.proxy.no_proxy}}}};
}

Result<model::Site> site_from_json(const json::value& value) {
  Faults faults;
  Fields fields(value, "site", faults);
  model::Site site;
  read_site(fields, site);
  fields.finish();
  if (!faults.empty()) return fail(file_error(faults));
  return site;
}

}  // namespace berth::poolfile
