# config.md "Linux Process": capabilities, privileges, scheduling, labels.

capabilities() {
  edit '.process.capabilities = { bounding: ["CAP_KILL", "CAP_CHOWN", "CAP_NET_RAW"], effective: ["CAP_KILL", "CAP_CHOWN", "CAP_NET_RAW"],
    permitted: ["CAP_KILL", "CAP_CHOWN", "CAP_NET_RAW"], inheritable: ["CAP_CHOWN"] }'
  inspect
  check CFG-CAP-001 probe_says bounding 2021
  check CFG-CAP-004 probe_says effective 2021
  check CFG-CAP-005 probe_says bounding 2021
  check CFG-CAP-006 probe_says inheritable 1
  check CFG-CAP-007 probe_says permitted 2021
  check CFG-CAP-008 probe_says ambient 0
  # For a non-root user the kernel keeps only ambient capabilities across execve.
  base
  edit '.process.user = { uid: 1000, gid: 1000 } | .process.capabilities = (["CAP_KILL", "CAP_CHOWN"] |
    { bounding: (. + ["CAP_NET_RAW"]), effective: ., permitted: ., inheritable: ["CAP_KILL", "CAP_CHOWN"], ambient: ["CAP_KILL"] })'
  inspect
  check CFG-CAP-001 probe_says ambient 20
  check CFG-CAP-004 probe_says effective 20
  check CFG-CAP-005 probe_says bounding 2021
  check CFG-CAP-006 probe_says inheritable 21
  check CFG-CAP-007 probe_says permitted 20
  check CFG-CAP-008 probe_says ambient 20
  base
  edit '.process.capabilities = {}'
  inspect
  local statement set
  for statement in "004 effective" "005 bounding" "006 inheritable" "007 permitted" "008 ambient"; do
    set=${statement#* }
    check "CFG-CAP-${statement% *}" probe_says "$set" 0
  done
}
scenario "CFG-CAP-001 $(ids CFG-CAP 4 8)" capabilities "the five sets, each empty when it is absent"

capability_unknown() {
  edit '.process.capabilities.bounding += ["CAP_NO_SUCH"] | .process.args = ["/bin/probe"]'
  write_config
  succeeds rt --log "$scratch/log" run --bundle "$bundle" "$id" </dev/null >"$scratch/probe" 2>"$scratch/errors"
  cat "$scratch/errors"
  check CFG-CAP-002 probe_says bounding e1
  check RUN-WARN-001 probe_says bounding e1
  check CFG-CAP-002 contains "$(cat "$scratch/log" "$scratch/errors")" CAP_NO_SUCH
}
scenario "CFG-CAP-002 RUN-WARN-001" capability_unknown "an unknown capability is a warning, the container runs"

capability_ungrantable() {
  edit '(.process.capabilities[] |= . + ["CAP_WAKE_ALARM"]) | .process.args = ["/bin/probe"]'
  write_config
  succeeds setpriv --bounding-set -wake_alarm timeout 30 "$runtime" --root "$work/state" run --bundle "$bundle" "$id" </dev/null >"$scratch/probe"
  probe_says bounding e1
  probe_says effective e1
}
scenario CFG-CAP-003 capability_ungrantable "what the runtime itself does not have is not an error"

no_new_privileges() {
  edit '.process.noNewPrivileges = true'
  inspect
  probe_says no_new_privs 1
  base
  inspect
  probe_says no_new_privs 0
  base
  edit '.process.noNewPrivileges = true | .linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["mkdir"], action: "SCMP_ACT_ERRNO" }] }'
  inspect
  probe_says no_new_privs 1
}
scenario CFG-LPROC-002 no_new_privileges "no_new_privs is set when it is asked for, and only then"

# oom_score CALLER EDIT: the score in the container if the caller's is CALLER.
oom_score() {
  base
  edit "$2"
  program 'cat /proc/self/oom_score_adj'
  write_config
  ( echo "$1" >"/proc/$BASHPID/oom_score_adj"; run ) >"$scratch/score"
  cat "$scratch/score"
}
oom_scores() {
  check CFG-LPROC-003 equals "$(oom_score 0 '.process.oomScoreAdj = 123')" 123
  check CFG-LPROC-004 equals "$(oom_score 0 '.process.oomScoreAdj = 123')" 123
  check CFG-LPROC-004 equals "$(oom_score 500 '.process.oomScoreAdj = 0')" 0
  if may_raise_limits; then check CFG-LPROC-004 equals "$(oom_score 0 '.process.oomScoreAdj = -50')" -50; fi
  check CFG-LPROC-005 equals "$(oom_score 500 .)" 500
  check CFG-LPROC-005 equals "$(oom_score 0 .)" 0
}
scenario "CFG-LPROC-003 CFG-LPROC-004 CFG-LPROC-005" oom_scores "oom_score_adj: the given one, 0 too; otherwise the caller's"

apparmor() {
  grep -q Y /sys/module/apparmor/parameters/enabled 2>/dev/null || skip "the kernel has no AppArmor"
  rejects CFG-LPROC-001 '.process.apparmorProfile = "no-such-profile"'
  base
  edit '.process.apparmorProfile = "unconfined"'
  program 'grep -q unconfined /proc/self/attr/current'
  check CFG-LPROC-001 run
}
scenario CFG-LPROC-001 apparmor "the AppArmor profile"

selinux() {
  [ -e /sys/fs/selinux/enforce ] || skip "the kernel has no SELinux"
  rejects CFG-LPROC-006 '.process.selinuxLabel = "no:such:label"'
  base
  edit ".process.selinuxLabel = \"$(tr -d '\0' </proc/self/attr/current)\""
  program 'cat /proc/self/attr/current'
  check CFG-LPROC-006 run
}
scenario CFG-LPROC-006 selinux "the SELinux label"

# scheduled EDIT: runs the probe with this scheduler.
scheduled() {
  base
  edit ".process.scheduler = $1"
  inspect
}
scheduler() {
  scheduled '{ policy: "SCHED_BATCH", nice: 7 }'
  check CFG-SCHED-001 probe_says policy 3
  check CFG-SCHED-003 probe_says nice 7
  check CFG-SCHED-002 probe_says policy 3
  scheduled '{ policy: "SCHED_OTHER" }'
  check CFG-SCHED-002 probe_says policy 0
  check CFG-SCHED-003 probe_says nice 0
  scheduled '{ policy: "SCHED_IDLE" }'
  check CFG-SCHED-002 probe_says policy 5
  scheduled '{ policy: "SCHED_OTHER", nice: -3, flags: ["SCHED_FLAG_RESET_ON_FORK"] }'
  check CFG-SCHED-003 probe_says nice -3
  check CFG-SCHED-005 probe_says sched_flags 1
  rejects CFG-SCHED-002 '.process.scheduler = { policy: "SCHED_NO_SUCH" }'
  rejects CFG-SCHED-002 '.process.scheduler = { policy: "SCHED_ISO" }'
  rejects CFG-SCHED-002 '.process.scheduler = { nice: 1 }'
  rejects CFG-SCHED-005 '.process.scheduler = { policy: "SCHED_OTHER", flags: ["SCHED_FLAG_NO_SUCH"] }'
  rejects SCH-006 '.process.scheduler = {}'
  rejects SCH-006 '.process.scheduler = { policy: "SCHED_OTHER", flags: ["RESET_ON_FORK"] }'
}
scenario "CFG-SCHED-001 CFG-SCHED-002 CFG-SCHED-003 CFG-SCHED-005 SCH-006" scheduler "policy, nice value and flags of the scheduler"

real_time() {
  local cpu=/sys/fs/cgroup/cpu
  if [ -e $cpu/cpu.rt_runtime_us ]; then
    # Real-time group scheduling: a cgroup has no budget for real-time tasks until it is given one within its parent's.
    mkdir -p "$cpu$cgroup"
    echo 40000 >"$cpu${cgroup%/*}/cpu.rt_runtime_us"
    echo 20000 >"$cpu$cgroup/cpu.rt_runtime_us"
  fi
  scheduled '{ policy: "SCHED_FIFO", priority: 10 }'
  check CFG-SCHED-004 probe_says policy 1
  check CFG-SCHED-004 probe_says sched_priority 10
  scheduled '{ policy: "SCHED_RR", priority: 20 }'
  check CFG-SCHED-004 probe_says policy 2
  check CFG-SCHED-004 probe_says sched_priority 20
  base
  edit '.process.scheduler = { policy: "SCHED_FIFO" }'
  write_config
  check CFG-SCHED-004 refused rt run --bundle "$bundle" "$id"
  rt delete --force "$id" 2>/dev/null || true
  scheduled '{ policy: "SCHED_DEADLINE", runtime: 1000000, deadline: 20000000, period: 40000000 }'
  check CFG-SCHED-006 probe_says policy 6
  check CFG-SCHED-006 equals "$(probed deadline | cut -d ' ' -f 1)" 1000000
  check CFG-SCHED-007 equals "$(probed deadline | cut -d ' ' -f 2)" 20000000
  check CFG-SCHED-008 equals "$(probed deadline | cut -d ' ' -f 3)" 40000000
}
scenario "CFG-SCHED-004 CFG-SCHED-006 CFG-SCHED-007 CFG-SCHED-008" real_time "real-time priorities and deadlines"

io_priority() {
  local class name number level
  for class in "RT 1 0" "BE 2 5" "IDLE 3 7"; do
    read -r name number level <<<"$class"
    base
    edit ".process.ioPriority = { class: \"IOPRIO_CLASS_$name\", priority: $level }"
    : >"$scratch/probe"
    inspect || true
    check CFG-IOPRIO-001 probe_says ioprio "$number $level"
    check CFG-IOPRIO-002 probe_says ioprio "$number $level"
    check CFG-IOPRIO-003 probe_says ioprio "$number $level"
  done
  rejects CFG-IOPRIO-002 '.process.ioPriority = { class: "IOPRIO_CLASS_NO_SUCH", priority: 1 }'
  rejects CFG-IOPRIO-002 '.process.ioPriority = { priority: 1 }'
  rejects CFG-IOPRIO-003 '.process.ioPriority = { class: "IOPRIO_CLASS_BE", priority: 8 }'
  rejects CFG-IOPRIO-003 '.process.ioPriority = { class: "IOPRIO_CLASS_BE", priority: -1 }'
  rejects SCH-004 '.process.ioPriority = { class: "IOPRIO_CLASS_BE", priority: 8 }'
}
scenario "CFG-IOPRIO-001 CFG-IOPRIO-002 CFG-IOPRIO-003 SCH-004" io_priority "class and level of the I/O priority"

affinity_of_init() {
  [ "$(nproc)" -gt 1 ] || skip "only one CPU"
  inspect
  local before
  before=$(probed affinity)
  differs "$before" ''
  edit '.process.execCPUAffinity = { initial: "0", final: "0" }'
  inspect
  probe_says affinity "$before"
}
scenario CFG-AFF-001 affinity_of_init "execCPUAffinity does not concern the container's first process"

# exec_with EDIT: runs the probe through exec in a container with this edit.
exec_with() {
  rt delete --force "$id" 2>/dev/null || true
  base
  edit "$1"
  program 'sleep 100'
  created
  succeeds rt exec "$id" /bin/probe >"$scratch/probe" </dev/null
  cat "$scratch/probe"
}
affinity_of_exec() {
  [ "$(nproc)" -gt 1 ] || skip "only one CPU"
  exec_with '.process.execCPUAffinity = { initial: "1", final: "0" }'
  check CFG-AFF-003 probe_says affinity 0
  exec_with '.process.execCPUAffinity = { final: "1" }'
  check CFG-AFF-003 probe_says affinity 1
  # Nothing of the initial affinity is left if the container's CPUs differ.
  exec_with '.process.execCPUAffinity = { initial: "1" } | .linux.resources.cpu = { cpus: "0", mems: "0" }'
  check CFG-AFF-004 probe_says affinity 0
}
scenario "CFG-AFF-003 CFG-AFF-004" affinity_of_exec "a process of exec runs on the final processors, or on the container's"

affinity_lists() {
  accepts SCH-005 '.process.execCPUAffinity = { initial: "0-0, 0", final: "0" }'
  rejects SCH-005 '.process.execCPUAffinity = { initial: "0-1,a" }'
  rejects SCH-005 '.process.execCPUAffinity = { final: "x" }'
}
scenario SCH-005 affinity_lists "lists of processors: digits, commas, ranges, blanks"
