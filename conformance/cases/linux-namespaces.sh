# config-linux.md: default file systems, namespaces, user namespace mappings, offsets of the time namespace.

default_file_systems() {
  edit '.mounts = [
    { destination: "/proc", type: "proc", source: "proc" }, { destination: "/sys", type: "sysfs", source: "sysfs", options: ["ro", "nosuid"] },
    { destination: "/dev", type: "tmpfs", source: "tmpfs" }, { destination: "/dev/pts", type: "devpts", source: "devpts", options: ["newinstance"] },
    { destination: "/dev/shm", type: "tmpfs", source: "shm", options: ["nosuid", "mode=1777", "size=1m"] } ]'
  program 'for at in /proc /sys /dev/pts /dev/shm; do grep " $at " /proc/self/mountinfo | sed "s/.* - \([a-z0-9]*\) .*/\1/"; done'
  equals "$(run | tr '\n' ' ')" "proc sysfs devpts tmpfs "
  # None that the configuration does not ask for.
  again
  edit '.mounts |= map(select(.type == "proc"))'
  program 'sleep 100'
  create
  equals "$(awk '$5 ~ "^/(sys|dev/pts|dev/shm)$" { print $5 }' "/proc/$(pid)/mountinfo")" ""
}
scenario LIN-FS-001 default_file_systems "the default file systems by mounts, and only by mounts"

# namespace_of PID TYPE: TYPE is the kernel's name (/proc/PID/ns).
namespace_of() { readlink "/proc/$1/ns/$2"; }
# Pairs of the specification's and the kernel's name.
namespace_types="pid:pid network:net mount:mnt ipc:ipc uts:uts user:user cgroup:cgroup time:time"
id_maps='.linux.uidMappings = [{ containerID: 0, hostID: 100000, size: 1000 }] | .linux.gidMappings = [{ containerID: 0, hostID: 200000, size: 1000 }]'

is_new() { differs "$(namespace_of "$(pid)" "$1")" "$(namespace_of self "$1")"; }
is_own() { equals "$(namespace_of "$(pid)" "$1")" "$(namespace_of self "$1")"; }

each_namespace() {
  local type kernel other with
  for type in $namespace_types; do
    kernel=${type#*:} type=${type%:*}
    [ -e "/proc/self/ns/$kernel" ] || { echo "the kernel has no namespaces of type $type"; continue; }
    again
    # Without a pid namespace, the kernel refuses to mount proc in a user namespace.
    with=$type
    [ $type != user ] || with='user", "pid'
    edit "del(.hostname) | .linux.namespaces = ([\"mount\", \"$with\"] | unique | map({ type: . }))"
    [ $type != user ] || edit "$id_maps"
    program 'sleep 100'
    check LIN-NS-002 create
    [ -n "$(pid)" ] || continue
    check LIN-NS-002 is_new "$kernel"
    for other in $namespace_types; do
      case "mount:mnt $with" in *"${other%:*}"*) continue ;; esac
      if [ -e "/proc/self/ns/${other#*:}" ]; then check LIN-NS-008 is_own "${other#*:}"; fi
    done
  done
  again
  rejects LIN-NS-002 '.linux.namespaces += [{ type: "no-such" }]'
  rejects LIN-NS-001 '.linux.namespaces += [{}]'
  rejects LIN-NS-001 '.linux.namespaces += [{ path: "/proc/self/ns/cgroup" }]'
}
scenario "LIN-NS-001 LIN-NS-002 LIN-NS-008" each_namespace "a new namespace of each type, and the runtime's own of the others"

# joins HOLDER TYPES: whether the container is in these namespaces of that process.
joins() { local type; for type in $2; do equals "$(namespace_of "$(pid)" $type)" "$(namespace_of $1 $type)"; done; }
joined_namespaces() {
  local parent holder
  ground
  again
  unshare --net --ipc --uts --cgroup --pid --fork sleep 100 & parent=$!
  eventually eval '[ -n "$(cat /proc/$parent/task/$parent/children)" ]'
  holder=$(tr -d ' ' <"/proc/$parent/task/$parent/children")
  ends $holder
  eventually grep -q sleep "/proc/$holder/comm"
  edit "del(.hostname) | .linux.namespaces = [{ type: \"mount\" }, ([\"network:net\", \"ipc:ipc\", \"uts:uts\", \"cgroup:cgroup\", \"pid:pid\"][] | split(\":\") |
    { type: .[0], path: \"/proc/$holder/ns/\(.[1])\" })]"
  program 'sleep 100'
  check LIN-NS-003 created
  check LIN-NS-003 joins $holder "net ipc uts cgroup pid"
  again
  # A relative path is refused even if it leads to the right namespace.
  edit "del(.hostname) | (.linux.namespaces[] | select(.type == \"uts\")).path = \"proc/$holder/ns/uts\""
  cd /
  check LIN-NS-004 refused_run
  check LIN-NS-004 gone
}
scenario "LIN-NS-003 LIN-NS-004" joined_namespaces "namespaces are joined by absolute paths"

joined_user_namespace() {
  local holder
  unshare --user sleep 100 & holder=$!
  ends $holder
  eventually eval '[ "$(namespace_of $holder user)" != "$(namespace_of self user)" ]'
  echo '0 100000 1000' >"/proc/$holder/uid_map"
  echo '0 200000 1000' >"/proc/$holder/gid_map"
  edit ".linux.namespaces += [{ type: \"user\", path: \"/proc/$holder/ns/user\" }]"
  program 'sleep 100'
  created
  joins $holder user
  equals "$(stat -c %u "/proc/$(pid)")" 100000
}
scenario LIN-NS-003 joined_user_namespace "a user namespace is joined by path"

# map_is FILE MAP: of the container's process.
map_is() { equals "$(tr -s ' ' <"/proc/$(pid)/$1" | sed 's/^ //' | tr '\n' ',')" "$2"; }
host_files() { find "$bundle/rootfs" "$scratch/source" -printf '%p %U %G %m\n' | sort; }
id_mappings() {
  local before
  mkdir "$scratch/source"; echo content >"$scratch/source/file"
  chmod 755 "$bundle" "$scratch"
  before=$(host_files)
  edit '.linux.namespaces += [{ type: "user" }] | .linux.uidMappings = [{ containerID: 0, hostID: 100000, size: 10 }, { containerID: 10, hostID: 300000, size: 20 }]
    | .linux.gidMappings = [{ containerID: 0, hostID: 200000, size: 1 }, { containerID: 5, hostID: 400000, size: 7 }]'
  edit ".mounts += [{ destination: \"/tmp\", type: \"bind\", source: \"$scratch/source\", options: [\"bind\"] }]"
  program 'cat /tmp/file && stat -c "%u %g" /tmp/file && sleep 100'
  created >"$scratch/said"
  eventually grep -q ' ' "$scratch/said"
  check LIN-UID-002 map_is gid_map "0 200000 1,5 400000 7,"
  check "LIN-UID-003" map_is uid_map "0 100000 10,10 300000 20,"
  check LIN-UID-004 equals "$(stat -c '%u %g' "/proc/$(pid)")" "100000 200000"
  check LIN-UID-005 map_is gid_map "0 200000 1,5 400000 7,"
  # Unmapped files keep the overflow ids: nothing was chowned to match the map.
  check LIN-UID-006 equals "$(tail -n 1 "$scratch/said")" "65534 65534"
  check LIN-UID-006 equals "$(host_files)" "$before"
  again
  local user='.linux.namespaces += [{ type: "user" }] | .linux.gidMappings = [{ containerID: 0, hostID: 200000, size: 10 }] | .linux.uidMappings ='
  rejects LIN-UID-003 "$user [{ hostID: 100000, size: 10 }]"
  rejects LIN-UID-004 "$user [{ containerID: 0, size: 10 }]"
  rejects LIN-UID-005 "$user [{ containerID: 0, hostID: 100000 }]"
  rejects LIN-UID-005 "$user [{ containerID: 0, hostID: 100000, size: 10 }, { containerID: 5, hostID: 200000, size: 10 }]"
}
scenario "$(ids LIN-UID 2 6)" id_mappings "user and group mappings, without changing the owners of files"

time_offsets() {
  [ -e /proc/self/ns/time ] || skip "the kernel has no time namespaces"
  local new='.linux.namespaces += [{ type: "time" }] | .linux.timeOffsets ='
  edit "$new { monotonic: { secs: 172800, nanosecs: 250000000 }, boottime: { secs: -7, nanosecs: 5 } }"
  program 'sleep 0; tr -s " " </proc/self/timens_offsets; cut -d . -f 1 /proc/uptime'
  local uptime
  uptime=$(cut -d . -f 1 /proc/uptime)
  check LIN-TIME-001 run >"$scratch/said"
  cat "$scratch/said"
  check LIN-TIME-002 grep -q '^monotonic 172800 ' "$scratch/said"
  check LIN-TIME-002 grep -q '^boottime -7 ' "$scratch/said"
  check LIN-TIME-003 grep -q '^monotonic 172800 250000000$' "$scratch/said"
  check LIN-TIME-003 grep -q '^boottime -7 5$' "$scratch/said"
  check LIN-TIME-001 eval "[ $(tail -n 1 "$scratch/said") -ge $((uptime - 8)) ] && [ $(tail -n 1 "$scratch/said") -le $((uptime + 23)) ]"
  rejects LIN-TIME-001 "$new { realtime: { secs: 1, nanosecs: 0 } }"
  rejects LIN-TIME-001 '.linux.timeOffsets = { monotonic: { secs: 1, nanosecs: 0 } }'
  rejects LIN-TIME-001 '.linux.namespaces += [{ type: "time", path: "/proc/self/ns/time" }] | .linux.timeOffsets = { monotonic: { secs: 1 } }'
  rejects LIN-TIME-003 "$new { monotonic: { secs: 1, nanosecs: 1000000000 } }"
}
scenario "$(ids LIN-TIME 1 3)" time_offsets "offsets of the clocks of a new time namespace"
