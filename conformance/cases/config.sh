# config.md: root, mounts, process, user, hostname, annotations.

root_readonly() {
  edit '.root.readonly = true'
  program 'touch /x && exit 3; touch /dev/x'
  run
}
scenario CFG-ROOT-005 root_readonly "root.readonly makes the root, and only the root, read-only"
root_writable() {
  program 'touch /x'
  run
  test -e "$bundle/rootfs/x"
}
scenario CFG-ROOT-005 root_writable "without it the root is writable"
root_missing() {
  edit '.root.path = "nowhere"'
  refused run
  gone
}
scenario CFG-ROOT-004 root_missing "a missing root is refused and nothing is left"

cwd() { edit '.process.cwd = "/tmp"'; program 'test "$(readlink /proc/self/cwd)" = /tmp'; run; }
scenario CFG-PROC-008 cwd "the program starts in cwd"
cwd_relative() { edit '.process.cwd = "tmp"'; refused run; gone; }
scenario CFG-PROC-009 cwd_relative "a relative cwd is refused"
environment() {
  edit '.process.env = ["PATH=/bin", "A=b c"]'
  program 'test "$A" = "b c" && test -z "$CONFORMANCE_LEAK"'
  CONFORMANCE_LEAK=1 run
}
scenario CFG-PROC-010 environment "the environment is the configured one"
arguments_empty() { edit '.process.args = []'; refused run; gone; }
scenario CFG-PROC-012 arguments_empty "args must not be empty"
arguments_path() { edit '.process.args = ["true"]'; run; }
scenario CFG-PROC-012 arguments_path "args[0] is looked up in PATH"
rlimits() {
  edit '.process.rlimits = [{ type: "RLIMIT_NOFILE", soft: 100, hard: 200 }, { type: "RLIMIT_CORE", soft: 0, hard: 0 }]'
  program 'test "$(ulimit -Sn) $(ulimit -Hn) $(ulimit -Hc)" = "100 200 0"'
  run
}
scenario CFG-RLIM-006 rlimits "resource limits, soft and hard"
rlimit_twice() {
  edit '.process.rlimits = [{ type: "RLIMIT_CORE", soft: 0, hard: 0 }, { type: "RLIMIT_CORE", soft: 0, hard: 0 }]'
  refused run
  gone
}
scenario CFG-RLIM-009 rlimit_twice "a limit given twice is an error"
capabilities() { program 'grep -q "^CapEff:.*00000000000000e1$" /proc/self/status && grep -q "^CapBnd:.*00000000000000e1$" /proc/self/status'; run; }
scenario CFG-CAP-004 capabilities "the capability sets are the configured ones"
capability_unknown() { edit '.process.capabilities.bounding += ["CAP_NO_SUCH"]'; run; }
scenario CFG-CAP-002 capability_unknown "an unknown capability is no error"
no_new_privileges() { edit '.process.noNewPrivileges = true'; program 'grep -q "^NoNewPrivs:.*1$" /proc/self/status'; run; }
scenario CFG-LPROC-002 no_new_privileges "no_new_privs is set"
oom_score() { edit '.process.oomScoreAdj = 123'; program 'test "$(cat /proc/self/oom_score_adj)" = 123'; run; }
scenario CFG-LPROC-004 oom_score "oom_score_adj is set"
user() {
  edit '.process.user = { uid: 1000, gid: 1001, additionalGids: [5, 6], umask: 63 }'
  program 'test "$(id -u) $(id -g)" = "1000 1001" && test "$(id -G)" = "1001 5 6" && test "$(umask)" = 0077'
  run
}
scenario CFG-USER-001 user "uid, gid, supplementary groups and umask"
hostname_inside() {
  program 'test "$(hostname)" = conformance'
  run
  test "$(hostname)" != conformance
}
scenario CFG-HOST-001 hostname_inside "the hostname is set inside only"
annotation_empty_key() { edit '.annotations = { "": "x" }'; refused run; gone; }
scenario CFG-ANN-004 annotation_empty_key "an empty annotation key is refused"
unknown_property() { edit '.unknown = { a: 1 } | .process.unknown = true | .linux.unknown = [1] | .mounts[0].unknown = "x"'; run; }
scenario CFG-EXT-001 unknown_property "unknown properties are ignored"
unknown_value() { edit '.linux.namespaces += [{ type: "no-such" }]'; refused run; gone; }
scenario CFG-VAL-001 unknown_value "an unknown value is refused"
major_version() { edit '.ociVersion = "2.0.0"'; refused run; gone; }
scenario CFG-VER-002 major_version "a specification of another major version is refused"
