# config-linux.md: namespaces, devices, sysctl, masks, seccomp, personality.

new_namespaces() {
  program 'sleep 100'
  create
  local type
  for type in pid ipc uts mnt net; do
    [ "$(readlink "/proc/$(pid)/ns/$type")" != "$(readlink /proc/self/ns/$type)" ] || { echo "shares $type"; return 1; }
  done
  equals "$(readlink "/proc/$(pid)/ns/user")" "$(readlink /proc/self/ns/user)"
}
scenario LIN-NS-007 new_namespaces "listed namespaces are new, others are the runtime's"
join_namespace() {
  local holder
  unshare --uts sleep 100 & holder=$!
  eventually eval '[ "$(readlink /proc/$holder/ns/uts)" != "$(readlink /proc/self/ns/uts)" ]'
  edit "del(.hostname) | (.linux.namespaces[] | select(.type == \"uts\")).path = \"/proc/$holder/ns/uts\""
  program 'sleep 100'
  create
  equals "$(readlink "/proc/$(pid)/ns/uts")" "$(readlink /proc/$holder/ns/uts)"
  kill $holder
}
scenario LIN-NS-005 join_namespace "a namespace is joined by path"
namespace_mismatch() { rejects LIN-NS-006 '(.linux.namespaces[] | select(.type == "network")).path = "/proc/self/ns/uts"'; }
scenario LIN-NS-006 namespace_mismatch "a path of another type is an error"
namespace_twice() { rejects LIN-NS-009 '.linux.namespaces += [{ type: "pid" }]'; }
scenario LIN-NS-009 namespace_twice "a namespace listed twice is an error"

default_devices() {
  program 'test "$(stat -c %t:%T /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty | tr "\n" " ")" = "1:3 1:5 1:7 1:8 1:9 5:0 " && test "$(readlink /dev/ptmx)" = pts/ptmx'
  run
}
scenario LIN-DEV-011 default_devices "the default devices are there"
device_node() {
  edit '.linux.devices = [{ path: "/dev/own", type: "c", major: 1, minor: 3, fileMode: 432, uid: 7, gid: 8 }, { path: "/dev/fifo", type: "p" }]'
  program 'test "$(stat -c "%t:%T %a %u %g" /dev/own)" = "1:3 660 7 8" && test -p /dev/fifo'
  run
}
scenario LIN-DEV-001 device_node "listed devices have their type, number, mode and owner"
sysctl() { edit '.linux.sysctl = { "net.ipv4.ip_forward": "1", "kernel.shm_rmid_forced": "1" }'; program 'test "$(cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shm_rmid_forced | tr "\n" " ")" = "1 1 "'; run; }
scenario LIN-SYSCTL-001 sysctl "kernel parameters of the container's namespaces"
masked() { edit '.linux.maskedPaths = ["/proc/timer_list", "/proc/irq", "/proc/no-such"]'; program 'test -z "$(ls /proc/irq)" && test "$(stat -c %t:%T /proc/timer_list)" = 1:3'; run; }
scenario LIN-MASK-001 masked "masked files and directories; absent ones are skipped"
readonly_paths() { edit '.linux.readonlyPaths = ["/proc/sys", "/proc/no-such"]'; program '! echo x 2>/dev/null >/proc/sys/kernel/hostname'; run; }
scenario LIN-RO-001 readonly_paths "read-only paths"
personality() { edit '.linux.personality = { domain: "LINUX32" }'; program 'test "$(cat /proc/self/personality)" = 00000008'; run; }
scenario LIN-PERS-001 personality "the execution domain"
propagation() { edit '.linux.rootfsPropagation = "shared"'; program 'grep -q " / / .*shared:" /proc/self/mountinfo || grep -q "/rootfs / .*shared:" /proc/self/mountinfo'; run; }
scenario LIN-PROP-001 propagation "rootfsPropagation shared"
seccomp_errno() {
  edit '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 5 }] }'
  program 'mkdir /x 2>/err; grep -q "Input/output error" /err || grep -q "I/O error" /err'
  run
}
scenario LIN-SEC-011 seccomp_errno "seccomp: a forbidden call fails with the given errno"
seccomp_errno_with_allow() { rejects LIN-SEC-004 '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", defaultErrnoRet: 1 }'; }
scenario LIN-SEC-004 seccomp_errno_with_allow "seccomp: an errno for an action without one is an error"
user_namespace() {
  chmod 755 "$bundle"
  edit '.linux.namespaces += [{ type: "user" }] | .linux.uidMappings = [{ containerID: 0, hostID: 100000, size: 1000 }] | .linux.gidMappings = [{ containerID: 0, hostID: 200000, size: 1000 }]'
  program 'sleep 100'
  create
  equals "$(tr -s ' ' <"/proc/$(pid)/uid_map" | sed 's/^ //')" "0 100000 1000"
  equals "$(tr -s ' ' <"/proc/$(pid)/gid_map" | sed 's/^ //')" "0 200000 1000"
}
scenario LIN-UID-001 user_namespace "a user namespace with its maps"
cgroups_path() {
  program 'sleep 100'
  create
  grep -q ":$cgroup\$\|$cgroup\$" "/proc/$(pid)/cgroup"
}
scenario LIN-CG-004 cgroups_path "an absolute cgroupsPath starts at the mount point"
pids_limit() {
  edit '.linux.resources.pids.limit = 21'
  program 'sleep 100'
  create
  equals "$(cat "/sys/fs/cgroup/pids$cgroup/pids.max" 2>/dev/null || cat "/sys/fs/cgroup$cgroup/pids.max")" 21
}
scenario LIN-PIDS-002 pids_limit "the limit of tasks"
