# config-linux.md: seccomp. Filters are tested with copy_file_range(2), called by helper/call.c: it has six arguments, and fails with EBADF (9)
# without a filter. A matching rule makes it fail with another errno.

matched=77
seccomp() { edit ".linux.seccomp = { defaultAction: \"SCMP_ACT_ALLOW\" } + $1"; }
# rule FILTER: a rule for copy_file_range.
rule() { seccomp "{ syscalls: [{ names: [\"copy_file_range\"] } + $1] }"; }
matching() { rule "{ action: \"SCMP_ACT_ERRNO\", errnoRet: $matched, args: $1 }"; }
bad='0xffffffffffffffff'
# calls ARGUMENTS...: one call per word, a comma-separated list of arguments; prints y or n for each.
calls() {
  local script= word
  for word in "$@"; do script+="/bin/call copy_file_range ${word//,/ }; "; done
  program "$script"
  run >"$scratch/said"
  tr '\n' ' ' <"$scratch/said" | sed "s/errno $matched /y/g; s/errno [0-9]* /n/g; s/done /n/g"
}
says() { program "$1"; equals "$(run | tr '\n' ' ')" "$2 "; }

seccomp_on() {
  seccomp '{ syscalls: [{ names: ["copy_file_range"], action: "SCMP_ACT_ERRNO" }] }'
  program 'sleep 100'
  created
  check LIN-SEC-001 eventually grep -qx 'Seccomp:	2' "/proc/$(pid)/status"
  # It also applies to exec.
  rt exec "$id" /bin/sh -c "grep Seccomp: /proc/self/status; /bin/call copy_file_range $bad" </dev/null >"$scratch/said"
  check LIN-SEC-001 equals "$(tr '\t\n' '  ' <"$scratch/said")" "Seccomp: 2 errno 1 "
  again
  check LIN-SEC-001 says "grep Seccomp: /proc/self/status | tr '\t' ' '" "Seccomp: 0"
  # Rules are optional.
  again
  seccomp '{}'
  check LIN-SEC-007 says "/bin/call copy_file_range $bad" "errno 9"
  again
  seccomp '{ syscalls: [] }'
  check LIN-SEC-007 says "/bin/call copy_file_range $bad" "errno 9"
  again
  rule "{ action: \"SCMP_ACT_ERRNO\", errnoRet: $matched }"
  check LIN-SEC-007 says "/bin/call copy_file_range $bad" "errno $matched"
}
scenario "LIN-SEC-001 LIN-SEC-007" seccomp_on "the filter of the container's programs; its rules"

# What starting a container and the programs here may need under a filter that denies by default.
needed='["accept4","access","arch_prctl","bind","brk","capget","capset","chdir","chmod","clock_gettime","clock_nanosleep","clone","clone3","close","close_range",
  "connect","dup","dup2","dup3","epoll_create1","epoll_ctl","epoll_pwait","epoll_wait","eventfd2","execve","execveat","exit","exit_group","faccessat","faccessat2",
  "fchdir","fcntl","fork","fstat","fstatfs","futex","getcwd","getdents64","getegid","geteuid","getgid","getpgrp","getpid","getppid","getrandom","gettid","getuid",
  "ioctl","lseek","lstat","madvise","membarrier","mincore","mmap","mprotect","mremap","munmap","nanosleep","newfstatat","open","openat","openat2","pidfd_open",
  "pidfd_send_signal","pipe","pipe2","poll","ppoll","prctl","pread64","prlimit64","read","readlink","readlinkat","readv","recvmsg","rseq","rt_sigaction",
  "rt_sigprocmask","rt_sigreturn","sched_getaffinity","sched_yield","sendmsg","sendto","set_robust_list","set_tid_address","setgid","setgroups","setresgid",
  "setresuid","setsid","setuid","sigaltstack","socket","stat","statx","tgkill","timer_create","timer_delete","timer_settime","umask","uname","vfork","wait4",
  "waitid","write","writev"]'
# forbidding ACTION [MEMBERS]: a profile with this default action.
forbidding() {
  again
  edit ".linux.seccomp = { defaultAction: \"$1\", syscalls: [{ names: $needed, action: \"SCMP_ACT_ALLOW\" }] } ${2:++ $2}"
}
default_action() {
  local action
  forbidding SCMP_ACT_ERRNO
  check LIN-SEC-002 says "/bin/call copy_file_range $bad" "errno 1"
  check LIN-SEC-003 says "/bin/call copy_file_range $bad" "errno 1"
  forbidding SCMP_ACT_ERRNO '{ defaultErrnoRet: 38 }'
  check LIN-SEC-003 says "/bin/call copy_file_range $bad" "errno 38"
  forbidding SCMP_ACT_ERRNO '{ defaultErrnoRet: 95 }'
  check LIN-SEC-003 says "/bin/call copy_file_range $bad" "errno 95"
  for action in SCMP_ACT_KILL SCMP_ACT_KILL_PROCESS SCMP_ACT_KILL_THREAD; do
    forbidding $action
    check LIN-SEC-002 says "/bin/call copy_file_range $bad 2>/dev/null; echo status \$?" "status 159"
  done
  forbidding SCMP_ACT_TRAP
  check LIN-SEC-002 says "/bin/call copy_file_range $bad" signal
  forbidding SCMP_ACT_TRACE
  check LIN-SEC-002 says "/bin/call copy_file_range $bad" "errno 38"
  for action in SCMP_ACT_ALLOW SCMP_ACT_LOG; do
    forbidding $action
    check LIN-SEC-002 says "/bin/call copy_file_range $bad" "errno 9"
  done
  rejects LIN-SEC-002 '.linux.seccomp = { defaultAction: "SCMP_ACT_NO_SUCH" }'
  rejects LIN-SEC-002 '.linux.seccomp = { syscalls: [] }'
}
scenario "LIN-SEC-002 LIN-SEC-003" default_action "the action by default and its errno"

rule_names() {
  seccomp "{ syscalls: [{ names: [\"no_such_call\", \"copy_file_range\", \"another_one\"], action: \"SCMP_ACT_ERRNO\", errnoRet: $matched }] }"
  check LIN-SEC-008 says "/bin/call copy_file_range $bad; /bin/call getpriority 0 0" "errno $matched done"
  again
  seccomp "{ syscalls: [{ names: [\"copy_file_range\", \"getpriority\"], action: \"SCMP_ACT_ERRNO\", errnoRet: $matched }] }"
  check LIN-SEC-008 says "/bin/call copy_file_range $bad; /bin/call getpriority 0 0" "errno $matched errno $matched"
  rejects LIN-SEC-009 '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: [], action: "SCMP_ACT_ERRNO" }] }'
  rejects LIN-SEC-009 '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ action: "SCMP_ACT_ERRNO" }] }'
}
scenario "LIN-SEC-008 LIN-SEC-009" rule_names "system calls by name: several, unknown ones, never none"

rule_actions() {
  local pair
  for pair in "ALLOW:errno 9" "LOG:errno 9" "ERRNO:errno 1" "TRACE:errno 38" "TRAP:signal"; do
    again
    # If everything else is allowed, an ALLOW rule has no effect.
    if [ "${pair%%:*}" = ALLOW ]; then forbidding SCMP_ACT_ERRNO '{ syscalls: [{ names: '"$needed"', action: "SCMP_ACT_ALLOW" }, { names: ["copy_file_range"], action: "SCMP_ACT_ALLOW" }] }'
    else rule "{ action: \"SCMP_ACT_${pair%%:*}\" }"; fi
    check LIN-SEC-010 says "/bin/call copy_file_range $bad" "${pair#*:}"
  done
  for pair in "KILL:survived status 0" "KILL_THREAD:survived status 0" "KILL_PROCESS:status 159"; do
    again
    rule "{ action: \"SCMP_ACT_${pair%%:*}\" }"
    check LIN-SEC-010 says "/bin/call copy_file_range $bad 2>/dev/null; echo status \$?" "status 159"
    again
    rule "{ action: \"SCMP_ACT_${pair%%:*}\" }"
    check LIN-SEC-010 says "/bin/call -t copy_file_range $bad 2>/dev/null; echo status \$?" "${pair#*:}"
  done
  rejects LIN-SEC-010 '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["copy_file_range"], action: "SCMP_ACT_NO_SUCH" }] }'
  rejects LIN-SEC-010 '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["copy_file_range"] }] }'
  for pair in KILL KILL_PROCESS KILL_THREAD TRAP LOG; do
    rejects LIN-SEC-012 ".linux.seccomp = { defaultAction: \"SCMP_ACT_ALLOW\", syscalls: [{ names: [\"copy_file_range\"], action: \"SCMP_ACT_$pair\", errnoRet: 1 }] }"
  done
  again
  rule '{ action: "SCMP_ACT_TRACE", errnoRet: 5 }'
  check LIN-SEC-012 says "/bin/call copy_file_range $bad" "errno 38"
}
scenario "LIN-SEC-010 LIN-SEC-012" rule_actions "each action does what it says; an errno belongs to ERRNO and TRACE"

architectures() {
  [ "$(uname -m)" = x86_64 ] || skip "written for x86_64"
  local rules="syscalls: [{ names: [\"personality\"], action: \"SCMP_ACT_ERRNO\", errnoRet: $matched }]"
  # The native one is always included.
  seccomp "{ architectures: [\"SCMP_ARCH_X86\"], $rules }"
  says '/bin/call personality 0xffffffff' "errno $matched"
  again
  seccomp "{ $rules }"
  says '/bin/call personality 0xffffffff' "errno $matched"
  if [ "$("$work/rootfs/bin/call" int80 2>/dev/null)" = done ]; then
    again
    seccomp "{ architectures: [\"SCMP_ARCH_X86_64\", \"SCMP_ARCH_X86\", \"SCMP_ARCH_X32\"], $rules }"
    says '/bin/call int80' "errno $matched"
    # Calls of an architecture that is not listed match no rule.
    again
    seccomp "{ architectures: [\"SCMP_ARCH_X86_64\"], $rules }"
    program '/bin/call int80'
    lacks "$(run || true)" done
  fi
  refused_with ".linux.seccomp = { defaultAction: \"SCMP_ACT_ALLOW\", architectures: [\"SCMP_ARCH_NO_SUCH\"], $rules }"
}
scenario LIN-SEC-005 architectures "architectures: the native one and those of the list"

filter_flags() {
  local flags
  for flags in '[]' '["SECCOMP_FILTER_FLAG_LOG"]' '["SECCOMP_FILTER_FLAG_TSYNC"]' '["SECCOMP_FILTER_FLAG_SPEC_ALLOW"]' '["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"]'; do
    again
    seccomp "{ flags: $flags, syscalls: [{ names: [\"copy_file_range\"], action: \"SCMP_ACT_ERRNO\", errnoRet: $matched }] }"
    says "/bin/call copy_file_range $bad" "errno $matched"
  done
  refused_with '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", flags: ["SECCOMP_FILTER_FLAG_NO_SUCH"], syscalls: [{ names: ["copy_file_range"], action: "SCMP_ACT_ERRNO" }] }'
}
scenario LIN-SEC-006 filter_flags "flags of the filter, no unknown ones"

# operator ID OP VALUE MATCHES CALL...: which of the calls match { op: OP, value: VALUE } for the first argument.
operator() {
  local statement=$1 op=$2 value=$3 expected=$4
  shift 4
  again
  matching "[{ index: 0, op: \"SCMP_CMP_$op\", value: $value }]"
  check "$statement" equals "$(calls "$@")" "$expected"
}
rule_arguments() {
  # Around 2^32 + 2: below, equal, above, equal low halves, the largest and (as a signed number) negative values; comparisons are unsigned.
  local around="4294967297 4294967298 4294967299 2 9223372036854775807 9223372036854775808 18446744073709551615" pair
  for pair in EQ:nynnnnn NE:ynyyyyy LT:ynnynnn LE:yynynnn GT:nnynyyy GE:nyynyyy; do
    operator LIN-SEC-017 ${pair%:*} 4294967298 ${pair#*:} $around
  done
  # Values that a double cannot represent.
  operator LIN-SEC-015 EQ '"@18446744073709551615@"' yn 18446744073709551615 18446744073709551614
  operator LIN-SEC-015 EQ '"@9007199254740993@"' ny 9007199254740992 9007199254740993
  operator LIN-SEC-015 GT '"@18446744073709551614@"' yn 18446744073709551615 18446744073709551614
  again
  matching '[{ index: 0, op: "SCMP_CMP_MASKED_EQ", value: 61680, valueTwo: 4112 }]'
  check LIN-SEC-016 equals "$(calls 0x1010 0x1f1f 0x2010 0x1000 0xffff1010)" yynny
  again
  matching '[{ index: 0, op: "SCMP_CMP_MASKED_EQ", value: 255 }]'
  check LIN-SEC-016 equals "$(calls 0 256 1)" yyn
  local index
  for index in 0 1 2 3 4 5; do
    again
    matching "[{ index: $index, op: \"SCMP_CMP_EQ\", value: 4660 }]"
    # The call's other arguments are invalid, so it has no effect.
    check LIN-SEC-014 equals "$(calls "$(seq 0 5 | sed "s/.*/99999/; $((index + 1))s/.*/4660/" | paste -sd ,)" 99999,99999,99999,99999,99999,99999)" yn
  done
  rejects LIN-SEC-014 '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["copy_file_range"], action: "SCMP_ACT_ERRNO", args: [{ index: 6, value: 1, op: "SCMP_CMP_EQ" }] }] }'
  rejects LIN-SEC-017 '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["copy_file_range"], action: "SCMP_ACT_ERRNO", args: [{ index: 0, value: 1, op: "SCMP_CMP_NO_SUCH" }] }] }'
  rejects LIN-SEC-017 '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["copy_file_range"], action: "SCMP_ACT_ERRNO", args: [{ index: 0, value: 1 }] }] }'
  # All conditions of a rule, or any of two rules.
  local one='{ index: 0, op: "SCMP_CMP_EQ", value: 11111 }' other='{ index: 1, op: "SCMP_CMP_GT", value: 5 }'
  again
  matching "[$one, $other]"
  check LIN-SEC-013 equals "$(calls 11111,6 11111,5 11110,6)" ynn
  again
  seccomp "{ syscalls: [([$one], [$other]) | { names: [\"copy_file_range\"], action: \"SCMP_ACT_ERRNO\", errnoRet: $matched, args: . }] }"
  check LIN-SEC-013 equals "$(calls 11111,6 11111,5 11110,6 11110,5)" yyyn
}
scenario "$(ids LIN-SEC 13 17)" rule_arguments "conditions on arguments: operators, values of 64 bits, all of a rule"

# --- the listener ---

# agent [TYPE]: starts one; its socket is $scratch/agent.
agent() {
  mkdir "$scratch/agent.d"
  setsid "$work/rootfs/bin/seccomp-agent" "$scratch/agent" "$scratch/agent.d" "$@" >"$scratch/agent.out" 2>&1 & ends $!
  eventually exists "$scratch/agent"
}
notify='defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["copy_file_range"], action: "SCMP_ACT_NOTIFY" }]'
listening() { edit ".linux.seccomp = { $notify, listenerPath: \"$scratch/agent\" } + $1"; }
# sent NUMBER FILTER: queries the document of that connection.
sent() { jq -r "$2" "$scratch/agent.d/$1.json"; }

seccomp_listener() {
  agent
  listening '{ listenerMetadata: "what \"the\" agent wants" } | .annotations = { "org.example.key": "value" }'
  program "/bin/call copy_file_range $bad; sleep 100"
  create >"$scratch/said"
  local container
  container=$(pid)
  start
  eventually exists "$scratch/agent.d/1"
  cat "$scratch/agent.d/1" "$scratch/agent.d/1.json"
  check LIN-SECN-001 eventually grep -q 'errno 18' "$scratch/said"
  check LIN-SECN-006 grep -q '^call ' "$scratch/agent.d/1.calls"
  check LIN-SECN-006 equals "$(sent 1 '.fds[0]')" seccompFd
  check LIN-SECN-006 grep -qx 'first 1' "$scratch/agent.d/1"
  # One document, then end of file.
  check LIN-SECN-003 equals "$(jq -s length "$scratch/agent.d/1.json")" 1
  check LIN-SECN-004 grep -qx 'closed yes' "$scratch/agent.d/1"
  check LIN-SECN-009 equals "$(sent 1 type)" object
  check LIN-SECN-009 grep -qx 'first 1' "$scratch/agent.d/1"
  check LIN-SECN-010 grep -qx 'first 1' "$scratch/agent.d/1"
  check LIN-SECN-010 grep -qx 'later 0' "$scratch/agent.d/1"
  check LIN-SECN-011 contains "$(sent 1 .ociVersion)" .
  check LIN-SECN-012 equals "$(sent 1 '.fds | length')" 1
  check LIN-SECN-013 equals "$(sent 1 .pid)" "$container"
  check "LIN-SECN-007" equals "$(sent 1 .metadata)" 'what "the" agent wants'
  check "LIN-SECN-014" equals "$(sent 1 .metadata)" 'what "the" agent wants'
  check LIN-SECN-015 equals "$(sent 1 '.state | .id, .bundle, .annotations["org.example.key"]' | tr '\n' ' ')" "$id $bundle value "
  # This depends on when the filter is loaded: at the end of create, or by start.
  check LIN-SECN-015 contains " creating created " " $(sent 1 .state.status) "
  check LIN-SECN-015 equals "$(sent 1 '.state.pid')" "$container"
  # A process of exec gets its own connection.
  rt exec "$id" /bin/sh -c "echo \$\$; /bin/call copy_file_range $bad" </dev/null >"$scratch/exec" 2>"$scratch/errors" || cat "$scratch/errors"
  cat "$scratch/exec"
  check LIN-SECN-004 eventually exists "$scratch/agent.d/2"
  check LIN-SECN-003 equals "$(jq -s length "$scratch/agent.d/2.json")" 1
  check LIN-SECN-001 grep -q 'errno 18' "$scratch/exec"
  check LIN-SECN-013 differs "$(sent 2 .pid)" "$container"
  check LIN-SECN-015 equals "$(sent 2 '.state | .id, .status, .pid' | tr '\n' ' ')" "$id running $container "
  again
  # Nothing is notified, so no agent is contacted.
  edit ".linux.seccomp = { defaultAction: \"SCMP_ACT_ALLOW\", listenerPath: \"$scratch/none\", syscalls: [{ names: [\"copy_file_range\"], action: \"SCMP_ACT_ERRNO\" }] }"
  check LIN-SECN-001 says "/bin/call copy_file_range $bad" "errno 1"
}
scenario "LIN-SECN-001 LIN-SECN-003 LIN-SECN-004 LIN-SECN-006 LIN-SECN-007 $(ids LIN-SECN 9 15)" seccomp_listener "the agent gets the listener and the container process state, and decides"

# not_sent COMMAND: no container starts.
seccomp_listener_errors() {
  check LIN-SECN-005 refused_with ".linux.seccomp = { $notify, listenerPath: \"$scratch/nobody\" }"
  : >"$scratch/file"
  check LIN-SECN-005 refused_with ".linux.seccomp = { $notify, listenerPath: \"$scratch/file\" }"
  rejects LIN-SECN-008 ".linux.seccomp = { $notify, listenerMetadata: \"text\" }"
  rejects LIN-SECN-008 '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", listenerMetadata: "text", syscalls: [] }'
  agent seqpacket
  check LIN-SECN-002 refused_with ".linux.seccomp = { $notify, listenerPath: \"$scratch/agent\" }"
  rm -r "$scratch/agent" "$scratch/agent.d"
  agent dgram
  check LIN-SECN-002 refused_with ".linux.seccomp = { $notify, listenerPath: \"$scratch/agent\" }"
  rm -r "$scratch/agent" "$scratch/agent.d"
  agent
  again
  listening '{}'
  check LIN-SECN-002 says "/bin/call copy_file_range $bad" "errno 18"
}
scenario "LIN-SECN-002 LIN-SECN-005 LIN-SECN-008" seccomp_listener_errors "an agent that cannot be reached is an error"
