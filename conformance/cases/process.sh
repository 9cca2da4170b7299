# config.md "Process": arguments, environment, working directory, terminal, resource limits, user.

cwd() {
  edit '.process.cwd = "/tmp"'
  program 'test "$(readlink /proc/self/cwd)" = /tmp'
  check CFG-PROC-008 run
  rejects CFG-PROC-008 'del(.process.cwd)'
  rejects CFG-PROC-008 '.process.cwd = ""'
  rejects CFG-PROC-009 '.process.cwd = "tmp"'
}
scenario "CFG-PROC-008 CFG-PROC-009" cwd "the program starts in cwd, which is required and absolute"

environment() {
  edit '.process.env = ["PATH=/bin", "A=b c", "ÄÖ=ü€"]'
  edit '.process.args = ["/bin/cat", "/proc/self/environ"]'
  write_config
  CONFORMANCE_LEAK=1 rt run --bundle "$bundle" "$id" </dev/null >"$scratch/environ"
  tr '\0' '\n' <"$scratch/environ" >"$scratch/environment"
  cat "$scratch/environment"
  # A runtime may add HOME, as runc does.
  equals "$(grep -avx 'HOME=.*' "$scratch/environment" | sort | tr '\n' ',')" "$(printf '%s\n' 'PATH=/bin' 'A=b c' 'ÄÖ=ü€' | sort | tr '\n' ',')"
}
scenario CFG-PROC-010 environment "the environment is the configured one and nothing else"

arguments() {
  edit '.process.args = ["/bin/probe", "two words", "", "$x"]'
  run >"$scratch/probe"
  check CFG-PROC-011 probe_says arguments "4 /bin/probe two words  \$x"
  rejects CFG-PROC-012 '.process.args = []'
  accepts CFG-PROC-012 '.process.args = ["done"]'
  accepts CFG-PROC-012 '.process.args = ["./done"] | .process.cwd = "/bin"'
  rejects CFG-PROC-012 '.process.args = ["done"] | .process.env = ["PATH=/etc"]'
  rejects CFG-PROC-012 '.process.args = ["/bin/no-such-program"]'
}
scenario "CFG-PROC-011 CFG-PROC-012" arguments "argv as given; args[0] is looked up in the configured PATH"

no_process() {
  edit 'del(.process)'
  check CFG-PROC-001 create
  check CFG-PROC-001 is_status created
  check CFG-PROC-002 is_status created
  check RUN-OP-START-004 is_status created
  refused start >"$scratch/start" 2>&1 || true
  cat "$scratch/start"
  check CFG-PROC-002 lacks "$(cat "$scratch/start")" "exit code 0"
  check RUN-OP-START-004 lacks "$(cat "$scratch/start")" "exit code 0"
  check RUN-OP-START-004 differs "$(status)" running
}
scenario "CFG-PROC-001 CFG-PROC-002 RUN-OP-START-004" no_process "a container without a process can be created, not started"

terminal() {
  edit '.process.terminal = true | .process.consoleSize = { height: 33, width: 77 }'
  program 'tty; stty size; test -t 0 && test -t 1 && test -t 2 && echo all; stat -c %t:%T /dev/console; stat -c "%t %T" /proc/self/fd/0'
  write_config
  timeout 20 "$work/rootfs/bin/receive-terminal" "$scratch/socket" >"$scratch/terminal" & local receiver=$!
  eventually exists "$scratch/socket"
  rt create --bundle "$bundle" --console-socket "$scratch/socket" "$id" </dev/null
  start
  wait $receiver
  local said
  said=$(tr -d '\r' <"$scratch/terminal" | tr '\n' ' ')
  echo "$said"
  check CFG-PROC-003 contains "$said" " all "
  check CFG-PROC-003 contains "$said" "/dev/"
  check CFG-PROC-004 contains "$said" "33 77"
}
scenario "CFG-PROC-003 CFG-PROC-004" terminal "a terminal on the three descriptors, of the given size"

console_size() {
  accepts CFG-PROC-005 '.process.consoleSize = { height: 33, width: 77 } | .process.args = ["sh", "-c", "! test -t 0 && test ! -e /dev/console && exit 42"]'
  rejects CFG-PROC-006 '.process.terminal = true | .process.consoleSize = { width: 77 }'
  rejects CFG-PROC-007 '.process.terminal = true | .process.consoleSize = { height: 33 }'
}
scenario "CFG-PROC-005 CFG-PROC-006 CFG-PROC-007" console_size "a console size counts for a terminal only; height and width are required"

# may_raise_limits: whether this process has CAP_SYS_RESOURCE.
may_raise_limits() { local sets; sets=$(sed -n 's/^CapEff:\t//p' /proc/self/status); (( 0x$sets >> 24 & 1 )); }
# reachable LIMITS: the limits, capped at the suite's own hard limits if it may not raise them.
reachable() {
  if may_raise_limits; then echo "$1"; return; fi
  "$work/rootfs/bin/probe" | sed -n 's/^RLIMIT_//p' | awk -v all="$1" '{ max[$1] = $3 } END {
    count = split(all, limits, ",")
    for (i = 1; i <= count; i++) {
      split(limits[i], part, " ")
      for (j = 2; j <= 3; j++) if (part[j] + 0 > max[part[1]] + 0) part[j] = max[part[1]]
      printf "%s%s %s %s", (i > 1 ? "," : ""), part[1], part[2], part[3]
    } }'
}
rlimits() {
  local all="CPU 1000 2000,FSIZE 10000000 20000000,DATA 100000000 200000000,STACK 4194304 6291456,CORE 1 2,RSS 100000000 200000000,NPROC 5000 6000"
  all+=",NOFILE 100 30000,MEMLOCK 65536 131072,AS 500000000 600000000,LOCKS 10 20,SIGPENDING 1000 2000,MSGQUEUE 1000 2000,NICE 10 20,RTPRIO 5 6"
  all+=",RTTIME 100000 200000"
  local limit type soft hard
  local IFS=,
  all=$(reachable "$all")
  for limit in $all; do
    IFS=' ' read -r type soft hard <<<"$limit"
    edit ".process.rlimits += [{ type: \"RLIMIT_$type\", soft: $soft, hard: $hard }]"
  done
  inspect
  for limit in $all; do
    IFS=' ' read -r type soft hard <<<"$limit"
    check CFG-RLIM-002 probe_says "RLIMIT_$type" "$soft $hard"
  done
  unset IFS
  check CFG-RLIM-001 equals "$(probed RLIMIT_NOFILE | cut -d ' ' -f 1)" 100
  check CFG-RLIM-004 equals "$(grep RLIMIT "$scratch/probe" | grep -vc error)" 16
  check CFG-RLIM-006 equals "$(probed RLIMIT_CPU | cut -d ' ' -f 1)" 1000
  # If the suite may raise limits, this exceeds those the runtime was started with, for a program without CAP_SYS_RESOURCE.
  check CFG-RLIM-008 equals "$(probed RLIMIT_NOFILE | cut -d ' ' -f 2)" "$(ulimit -Hn | awk -v raise="$(may_raise_limits && echo 1)" '{ print (raise || $1 + 0 > 30000) ? 30000 : $1 }')"
  base
  edit '.process.rlimits = [{ type: "RLIMIT_CORE", soft: "@18446744073709551615@", hard: "@18446744073709551615@" }]'
  inspect
  check CFG-RLIM-006 probe_says RLIMIT_CORE "18446744073709551615 18446744073709551615"
  check CFG-RLIM-008 equals "$(probed RLIMIT_CORE | cut -d ' ' -f 2)" 18446744073709551615
}
scenario "$(ids CFG-RLIM 1 2) CFG-RLIM-004 CFG-RLIM-006 CFG-RLIM-008" rlimits "all kinds of resource limits, soft and hard"

rlimits_refused() {
  rejects CFG-RLIM-003 '.process.rlimits = [{ type: "RLIMIT_NO_SUCH", soft: 1, hard: 1 }]'
  rejects CFG-RLIM-005 '.process.rlimits = [{ type: "RLIMIT_CORE", hard: 1 }]'
  rejects CFG-RLIM-007 '.process.rlimits = [{ type: "RLIMIT_CORE", soft: 0 }]'
  rejects CFG-RLIM-009 '.process.rlimits = [{ type: "RLIMIT_CORE", soft: 0, hard: 0 }, { type: "RLIMIT_CORE", soft: 0, hard: 0 }]'
  rejects SCH-003 '.process.rlimits = [{ type: "rlimit_core", soft: 0, hard: 0 }]'
  rejects SCH-003 '.process.rlimits = [{ soft: 0, hard: 0 }]'
}
scenario "CFG-RLIM-003 CFG-RLIM-005 CFG-RLIM-007 CFG-RLIM-009 SCH-003" rlimits_refused "an unknown, incomplete or repeated limit is an error"

user() {
  edit '.process.user = { uid: 1000, gid: 1001, additionalGids: [5, 6], umask: 63 }'
  inspect
  check CFG-USER-001 probe_says uid "1000 1000 1000"
  check CFG-USER-002 probe_says gid "1001 1001 1001"
  check CFG-USER-004 equals " $(probed groups | tr ' ' '\n' | grep -vx 1001 | tr '\n' ' ')" " 5 6 "
}
scenario "CFG-USER-001 CFG-USER-002 CFG-USER-004" user "uid, gid and supplementary groups of the program"

groups_of_caller() {
  edit '.process.args = ["/bin/probe"]'
  write_config
  succeeds setpriv --groups 7,8,9 timeout 30 "$runtime" --root "$work/state" run --bundle "$bundle" "$id" </dev/null >"$scratch/probe"
  cat "$scratch/probe"
  probe_says uid "0 0 0"
  equals "$(probed groups | tr ' ' '\n' | grep -vx 0 | tr '\n' ' ')" ""
}
scenario CFG-USER-004 groups_of_caller "no supplementary group comes from the caller"

umask_given() {
  edit '.process.user.umask = 63'
  inspect
  probe_says umask 0077
  base
  edit '.process.user.umask = 0'
  inspect
  probe_says umask 0000
}
umask_unset() {
  base
  umask 027
  inspect
  probe_says umask 0027
}
umask_rows() {
  check CFG-USER-003 umask_given
  check CFG-USER-003 umask_unset
}
scenario CFG-USER-003 umask_rows "the umask is the given one, or the caller's"

hostname_inside() {
  edit '.domainname = "domain.example"'
  program 'hostname; cat /proc/sys/kernel/domainname'
  local before
  before="$(cat /proc/sys/kernel/hostname /proc/sys/kernel/domainname)"
  run >"$scratch/names"
  check CFG-HOST-001 equals "$(head -n 1 "$scratch/names")" conformance
  check CFG-HOST-002 equals "$(tail -n 1 "$scratch/names")" domain.example
  check CFG-HOST-001 equals "$(cat /proc/sys/kernel/hostname /proc/sys/kernel/domainname)" "$before"
  check CFG-HOST-002 equals "$(cat /proc/sys/kernel/hostname /proc/sys/kernel/domainname)" "$before"
}
scenario "CFG-HOST-001 CFG-HOST-002" hostname_inside "host name and domain name are set inside only"
