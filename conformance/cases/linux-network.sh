# config-linux.md: network devices. Each scenario has its own network namespace in place of the host's.

# host COMMAND...: in that namespace, where the runtime is called too.
host() { nsenter --net="/proc/$holder/ns/net" "$@"; }
make_network() {
  unshare --net sleep 300 & holder=$!
  ends $holder
  eventually eval '[ "$(readlink /proc/$holder/ns/net)" != "$(readlink /proc/self/ns/net)" ]'
  host ip link add moved type veth peer name peer 2>/dev/null || skip "the kernel has no veth interfaces"
}
host_rt() { host timeout 30 "$runtime" --root "$work/state" "$@"; }
host_run() { write_config; succeeds host_rt run --bundle "$bundle" "$id" </dev/null; }
# inside PID COMMAND...: in the container's network namespace, with the host's programs.
inside() { local pid=$1; shift; nsenter --net="/proc/$pid/ns/net" "$@"; }
is_on_host() { host ip link show "$1"; }
is_not_on_host() { ! host ip link show "$1"; }

host_refused() { # FILTER: refused, and the interface stays.
  base; edit "$1"
  local code=0
  write_config
  refused host_rt run --bundle "$bundle" "$id" </dev/null || code=1
  gone || code=1
  rt delete --force "$id" >/dev/null 2>&1 || true
  is_on_host moved || code=1
  return $code
}

moved_device() {
  make_network
  local address
  host ip link set moved mtu 1234 address 02:00:00:00:00:77
  host ip address add 10.9.8.7/24 dev moved
  host ip -6 address add fd00:1::2/64 dev moved nodad 2>/dev/null || echo "no IPv6 here"
  host ip -6 -o address show dev moved >"$scratch/ipv6"
  edit '.linux.netDevices = { moved: { name: "inner0" } }'
  program 'sleep 100'
  write_config
  host_rt create --bundle "$bundle" "$id" </dev/null
  local in
  in=$(pid)
  check LIN-NETDEV-001 is_not_on_host moved
  check LIN-NETDEV-001 inside "$in" ip link show inner0
  check LIN-NETDEV-002 inside "$in" ip link show inner0
  inside "$in" ip address show dev inner0 | tee "$scratch/said"
  check LIN-NETDEV-006 grep -q 'mtu 1234' "$scratch/said"
  check LIN-NETDEV-006 grep -q '02:00:00:00:00:77' "$scratch/said"
  check LIN-NETDEV-006 grep -q 'inet 10.9.8.7/24' "$scratch/said"
  if grep -q fd00:1::2 "$scratch/ipv6"; then check LIN-NETDEV-006 grep -q 'inet6 fd00:1::2/64' "$scratch/said"; fi
  check LIN-NETDEV-007 grep -q '[<,]UP[,>]' "$scratch/said"
  # From here on it belongs to the container.
  inside "$in" ip link set inner0 down mtu 1300
  inside "$in" ip address flush dev inner0
  inside "$in" ip link show inner0 >"$scratch/before"
  start
  rt exec "$id" /bin/true </dev/null
  state
  inside "$in" ip link show inner0 >"$scratch/after"
  check LIN-NETDEV-008 equals "$(cat "$scratch/after")" "$(cat "$scratch/before")"
  check LIN-NETDEV-008 equals "$(inside "$in" ip -4 address show dev inner0)" ""
  again
}
scenario "LIN-NETDEV-001 LIN-NETDEV-002 $(ids LIN-NETDEV 6 8)" moved_device "an interface with its addresses is handed over, renamed, up, and left alone after"

moved_device_refusals() {
  ground
  make_network
  host ip link add second type veth peer name second-peer
  check LIN-NETDEV-001 host_refused '.linux.netDevices = { moved: {} } | .linux.namespaces |= map(select(.type != "network"))'
  check LIN-NETDEV-002 host_refused '.linux.netDevices = { moved: { name: "sixteen-letters-" } }'
  check LIN-NETDEV-002 host_refused '.linux.netDevices = { moved: { name: "a/b" } }'
  check LIN-NETDEV-002 host_refused '.linux.netDevices = { moved: { name: ".." } }'
  check LIN-NETDEV-003 host_refused '.linux.netDevices = { moved: {}, absent: {} }'
  check LIN-NETDEV-003 host_refused '.linux.netDevices = { absent: {}, moved: {} }'
  check LIN-NETDEV-004 host_refused '.linux.netDevices = { moved: { name: "lo" } }'
  check LIN-NETDEV-004 host_refused '.linux.netDevices = { moved: { name: "same" }, second: { name: "same" } }'
  check LIN-NETDEV-004 is_on_host second
  # The kernel fills in %d.
  again
  edit '.linux.netDevices = { moved: { name: "eth%d" }, second: {} }'
  program 'ip -o link | cut -d : -f 2 | cut -d @ -f 1'
  check LIN-NETDEV-005 host_run >"$scratch/said"
  cat "$scratch/said"
  check LIN-NETDEV-005 grep -q '^ eth0$' "$scratch/said"
  check LIN-NETDEV-002 grep -q '^ second$' "$scratch/said"
}
scenario "$(ids LIN-NETDEV 1 5)" moved_device_refusals "what cannot be moved is an error and moves nothing"

moved_device_stays() {
  make_network
  local target
  unshare --net sleep 300 & target=$!
  ends $target
  eventually eval '[ "$(readlink /proc/$target/ns/net)" != "$(readlink /proc/self/ns/net)" ]'
  edit ".linux.netDevices = { moved: {} } | (.linux.namespaces[] | select(.type == \"network\")).path = \"/proc/$target/ns/net\""
  program true
  check LIN-NETDEV-009 host_run
  check LIN-NETDEV-009 gone
  check LIN-NETDEV-009 inside $target ip link show moved
  check LIN-NETDEV-009 is_not_on_host moved
}
scenario LIN-NETDEV-009 moved_device_stays "at the end the interface stays in its namespace"
