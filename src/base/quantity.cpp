#include "base/quantity.hpp"

#include <fmt/format.h>

namespace berth {

std::string format_cores(CpuMilli cpu) {
  if (cpu.value % 1000 == 0) return std::to_string(cpu.value / 1000);
  auto text = fmt::format("{}.{:03}", cpu.value / 1000, cpu.value % 1000);
  while (text.back() == '0') text.pop_back();
  return text;
}

std::string kube_cpu(CpuMilli cpu) {
  return cpu.value % 1000 == 0 ? std::to_string(cpu.value / 1000) : std::to_string(cpu.value) + "m";
}

std::string kube_gib(Gib amount) {
  return std::to_string(amount.value) + "Gi";
}

}  // namespace berth
