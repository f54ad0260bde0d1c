# Read by the parts that carry the program (`source`, after common.sh).
#
#   BERTH_BINARY      the program
#   BERTH_LIBRARIES   names of the libraries that the base has, one a line

# Puts the program into the folder $1; $2 is the list of packages to be told where the base lacks a library.
install_program() {
  local library path missing=()
  while read -r library; do
    grep -qxF "$library" "$BERTH_LIBRARIES" || missing+=("$library")
  done < <(ldd "$BERTH_BINARY" | awk '$1 ~ /^lib/ {print $1}')
  if [ "${#missing[@]}" -gt 0 ]; then
    for library in "${missing[@]}"; do
      path=$(ldd "$BERTH_BINARY" | awk -v name="$library" '$1 == name && $3 ~ /^\// {print $3}')
      say "berth needs $library, which the base does not have; on this machine it is from the package $(dpkg -S "$(readlink -f "${path:-/nowhere}")" 2>/dev/null | cut -d: -f1 || true)"
    done
    fail "add the packages of ${missing[*]} to $2"
  fi
  install -d -m 755 "$1/opt/berth/bin" "$1/opt/berth/share"
  install -m 755 "$BERTH_BINARY" "$1/opt/berth/bin/berth"
  strip --strip-all "$1/opt/berth/bin/berth"
  "$BERTH_BINARY" --version | awk 'NR == 1 {print $NF}' >"$1/opt/berth/share/version"
}
