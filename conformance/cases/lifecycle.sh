# runtime.md: scope, state, lifecycle, operations.

create_start_delete() {
  program 'echo ran >/ran; sleep 100'
  check RUN-OP-CREATE-004 create
  check RUN-STATE-004 is_status created
  check RUN-OP-CREATE-004 is_status created
  local pid
  pid=$(pid)
  check RUN-STATE-006 kill -0 "$pid"
  check RUN-LIFE-004 absent "$bundle/rootfs/ran"
  check RUN-OP-CREATE-006 absent "$bundle/rootfs/ran"
  check RUN-OP-001 start
  check RUN-LIFE-004 eventually exists "$bundle/rootfs/ran"
  check RUN-OP-START-003 eventually exists "$bundle/rootfs/ran"
  check RUN-STATE-004 is_status running
  check RUN-STATE-005 is_status running
  check RUN-STATE-006 equals "$(pid)" "$pid"
  check RUN-STATE-006 contains "$(tr '\0' ' ' <"/proc/$pid/cmdline")" sleep
  check RUN-OP-001 rt kill "$id" KILL
  check RUN-STATE-004 eventually is_status stopped
  check RUN-STATE-006 equals "$(pid | grep -v '^0$')" ''
  check RUN-OP-001 rt delete "$id"
  check RUN-SCOPE-001 gone
  check RUN-OP-001 gone
}
scenario "RUN-SCOPE-001 RUN-OP-001 RUN-OP-CREATE-004 RUN-OP-CREATE-006 RUN-OP-START-003 RUN-LIFE-004 RUN-STATE-004 RUN-STATE-005 RUN-STATE-006" \
  create_start_delete "create, start, state, kill and delete lead through the statuses"

state_document() {
  edit '.annotations = { "org.example.key": "value" }'
  program 'sleep 100'
  create
  local file=$scratch/state.json
  state >"$file"
  cat "$file"
  check RUN-STATE-001 holds '.ociVersion | test("^1\\.[0-9]+\\.[0-9]+")' "$file"
  check RUN-STATE-002 holds --arg id "$id" '.id == $id' "$file"
  check RUN-STATE-008 holds --arg bundle "$bundle" '.bundle == $bundle' "$file"
  check RUN-STATE-010 holds 'type == "object"' "$file"
  valid_state() {
    holds '([.ociVersion, .id, .status, .bundle] | all(type == "string")) and (.status | IN("creating", "created", "running", "stopped")) and ((.pid // 0) >= 0)
      and ((.pid // 0) | floor == .) and ((.annotations // {}) | type == "object" and all(.[]; type == "string"))' "$file"
  }
  check RUN-STATE-011 valid_state
  check RUN-OP-STATE-003 valid_state
  check SCH-024 valid_state
  start
  state >"$file"
  check RUN-STATE-011 valid_state
  rt kill "$id" KILL
  eventually is_status stopped
  state >"$file"
  check RUN-STATE-011 valid_state
  check SCH-024 valid_state
}
scenario "RUN-STATE-001 RUN-STATE-002 RUN-STATE-008 RUN-STATE-010 RUN-STATE-011 RUN-OP-STATE-003 SCH-024" state_document "the state document, valid by its schema in each status"

absolute_bundle() {
  program 'sleep 100'
  write_config
  ( cd "$scratch" && rt create --bundle bundle "$id" )
  equals "$(field bundle)" "$bundle"
}
scenario RUN-STATE-008 absolute_bundle "a relative bundle is absolute in the state"

without_annotations() {
  program 'sleep 100'
  create
  state >"$scratch/state.json"
  holds '(.annotations // {}) == {}' "$scratch/state.json"
}
scenario RUN-STATE-009 without_annotations "no annotations in the state when there are none in the configuration"

unique_id() {
  program 'sleep 100'
  create
  local pid
  pid=$(pid)
  check RUN-STATE-003 refused create
  check RUN-STATE-003 equals "$(status) $(pid)" "created $pid"
  check RUN-OP-CREATE-002 refused create
  check RUN-OP-CREATE-002 equals "$(status) $(pid)" "created $pid"
  check RUN-STATE-003 start
}
scenario "RUN-STATE-003 RUN-OP-CREATE-002" unique_id "a second create with the same id fails and leaves the first alone"

invalid_ids() {
  ground
  local bad before
  # A bundle of its own: another scenario's search must not find what create makes of a bad id.
  before=$(ls -A "$work/state" 2>/dev/null | grep -v '^conf-' || true)
  for bad in '' . .. a/b ../x /x; do
    check RUN-OP-CREATE-002 refused rt create --bundle "$bundle" "$bad"
    check RUN-OP-CREATE-003 refused rt state "$bad"
    # Only names inside the state directory: a runtime that accepts '..' as an id would remove more than that.
    case $bad in a/b | /x) rt delete --force "$bad" >/dev/null 2>&1 || true ;; esac
  done
  check RUN-OP-CREATE-003 equals "$(ls -A "$work/state" 2>/dev/null | grep -v '^conf-' || true)" "$before"
  for root in "${cgroup_roots[@]}"; do check RUN-OP-CREATE-003 absent "$root$cgroup"; done
}
scenario "RUN-OP-CREATE-002 RUN-OP-CREATE-003" invalid_ids "invalid ids are refused and leave nothing"

needs_id() {
  ground
  check RUN-OP-STATE-001 refused rt state
  check RUN-OP-STATE-002 refused rt state no-such-container
  check RUN-OP-CREATE-001 refused rt create --bundle "$bundle"
  check RUN-OP-START-001 refused rt start
  check RUN-OP-KILL-001 refused rt kill
  check RUN-OP-DEL-001 refused rt delete
  check RUN-OP-START-001 refused rt start no-such-container
  check RUN-OP-KILL-001 refused rt kill no-such-container TERM
  check RUN-OP-DEL-001 refused rt delete no-such-container
}
scenario "RUN-OP-STATE-001 RUN-OP-STATE-002 RUN-OP-CREATE-001 RUN-OP-START-001 RUN-OP-KILL-001 RUN-OP-DEL-001" needs_id "operations need the id of a container"

environment_after_create() {
  edit '.mounts += [{ destination: "/mounted", type: "tmpfs", source: "mounted" }] | .linux.devices = [{ path: "/dev/own", type: "c", major: 1, minor: 3 }]'
  program 'sleep 100'
  create
  local pid name
  pid=$(pid)
  for name in pid ipc uts mnt net; do
    check RUN-LIFE-001 differs "$(readlink "/proc/$pid/ns/$name")" "$(readlink /proc/self/ns/$name)"
    check RUN-OP-CREATE-005 differs "$(readlink "/proc/$pid/ns/$name")" "$(readlink /proc/self/ns/$name)"
    check RUN-LIFE-003 exists "/proc/$pid/ns/$name"
  done
  check RUN-LIFE-001 grep -q ' /mounted .*tmpfs' "/proc/$pid/mountinfo"
  check RUN-OP-CREATE-005 grep -q ' /mounted .*tmpfs' "/proc/$pid/mountinfo"
  check RUN-OP-CREATE-005 test -c "/proc/$pid/root/dev/own"
  check RUN-OP-CREATE-005 grep -q ":$cgroup\$" "/proc/$pid/cgroup"
  check RUN-LIFE-003 grep -q ":$cgroup\$" "/proc/$pid/cgroup"
  local found= root
  for root in "${cgroup_roots[@]}"; do [ ! -d "$root$cgroup" ] || found=$root; done
  check RUN-LIFE-003 differs "$found" ''
}
scenario "RUN-LIFE-001 RUN-LIFE-003 RUN-OP-CREATE-005" environment_after_create "after create the environment is there: namespaces, mounts, devices, cgroup"

cannot_be_made() {
  rejects RUN-LIFE-002 '.mounts += [{ destination: "/x", type: "tmpfs", source: "x", options: ["size=x"] }]'
  rejects RUN-LIFE-002 '.mounts += [{ destination: "/x", source: "/no/such/source", options: ["bind"] }]'
  rejects RUN-OP-CREATE-007 '.linux.sysctl = { "kernel.no_such_parameter": "1" }'
  rejects RUN-OP-CREATE-007 '(.linux.namespaces[] | select(.type == "network")).path = "/no/such/namespace"'
  rejects RUN-OP-CREATE-008 '.process.cwd = "/bin/sh"'
  rejects RUN-OP-CREATE-008 '.linux.seccomp = { defaultAction: "x" }'
}
scenario "RUN-LIFE-002 RUN-OP-CREATE-007 RUN-OP-CREATE-008" cannot_be_made "what cannot be applied is an error, and there is no container"

# as_before COMMAND...: it fails, and mounts, cgroups, processes, the state directory and the bundle's files are unchanged.
picture() {
  awk '{ print $5 }' /proc/self/mountinfo | grep -F "$scratch" || true
  ls -d "${cgroup_roots[@]/%/$cgroup}" 2>/dev/null || true
  ls -d "$work/state/$id" 2>/dev/null || true
  ( cd "$bundle" && find . -path ./config.json -prune -o -path ./rootfs/new -prune -o -printf '%p %u %g %m\n' | sort )
}
as_before() {
  base
  edit "$1"
  write_config
  picture >"$scratch/before"
  refused create
  picture >"$scratch/after"
  diff "$scratch/before" "$scratch/after"
  # No process either: none has the bundle's root as its own.
  equals "$(find /proc -maxdepth 2 -name root -lname "$bundle/rootfs*" 2>/dev/null)" ''
}
errors_leave_nothing() {
  ground
  mkdir "$bundle/rootfs/mnt" "$bundle/data"
  check RUN-ERR-001 as_before '.mounts += [{ destination: "/mnt", type: "tmpfs", source: "x" }, { destination: "/mnt", source: "/no/such", options: ["bind"] }]'
  check RUN-ERR-001 as_before '.linux.sysctl = { "kernel.no_such_parameter": "1" }'
  check RUN-ERR-001 as_before '.hooks.createRuntime = [{ path: "/bin/false" }]'
  check RUN-ERR-001 as_before '.hooks.createContainer = [{ path: "/bin/false" }]'
  check RUN-ERR-001 as_before '.process.args = ["/no/such/program"]'
  check RUN-ERR-001 as_before '.linux.resources.pids.limit = "x"'
}
scenario RUN-ERR-001 errors_leave_nothing "a failed create leaves everything as it was"

start_only_created() {
  hook startContainer 'echo start >>/started'
  program 'sleep 100'
  create
  start
  local pid
  pid=$(pid)
  refused start
  is_status running
  equals "$(pid)" "$pid"
  equals "$(wc -l <"$bundle/rootfs/started")" 1
  rt kill "$id" KILL
  eventually is_status stopped
  refused start
  is_status stopped
}
scenario RUN-OP-START-002 start_only_created "start of a running or stopped container fails and does nothing"

kill_statuses() {
  program 'sleep 100'
  create
  rt kill "$id" KILL
  eventually is_status stopped
  refused rt kill "$id" TERM
  is_status stopped
}
scenario "RUN-OP-KILL-002" kill_statuses "kill works on a created container, not on a stopped one"

kill_signals() {
  program 'for signal in USR1 USR2 HUP; do trap "echo $signal >>/got" $signal; done; trap "echo RTMIN+1 >>/got" 35; touch /ready; while :; do sleep 0.02; done'
  created
  eventually exists "$bundle/rootfs/ready"
  local signal count=0
  for signal in USR1 SIGUSR1 10 USR2 HUP 1 35; do
    rt kill "$id" $signal
    count=$((count + 1))
    eventually eval '[ "$(wc -l <"$bundle/rootfs/got")" = $count ]'
  done
  equals "$(tr '\n' ' ' <"$bundle/rootfs/got")" "USR1 USR1 USR1 USR2 HUP HUP RTMIN+1 "
}
scenario RUN-OP-KILL-003 kill_signals "the signal reaches the program, by name with or without SIG or by number"

delete_running() {
  program 'sleep 100'
  created
  local pid
  pid=$(pid)
  refused rt delete "$id"
  equals "$(status) $(pid)" "running $pid"
}
delete_created() {
  rt delete --force "$id"
  base
  program 'sleep 100'
  create
  refused rt delete "$id"
  is_status created
}
delete_only_stopped() {
  check RUN-OP-DEL-002 delete_running
  check RUN-OP-DEL-002 delete_created
}
scenario RUN-OP-DEL-002 delete_only_stopped "delete of a running or created container fails and does nothing"

delete_undoes() {
  edit '.linux.namespaces |= map(select(.type != "pid"))'
  # Without a pid namespace of its own, a container's processes outlive its first one.
  program 'sleep 98 & sleep 99 & sleep 0.1'
  created
  eventually is_status stopped
  rt delete "$id" || rt delete --force "$id"
  check RUN-LIFE-017 gone
  check RUN-OP-DEL-003 gone
  check RUN-OP-DEL-003 absent "$work/state/$id"
  check RUN-LIFE-017 absent "$work/state/$id"
  check RUN-LIFE-017 equals "$(awk '{ print $5 }' /proc/self/mountinfo | grep -F "$bundle" || true)" ''
  check RUN-OP-DEL-003 eventually eval '[ -z "$(find /proc -maxdepth 2 -name root -lname "$bundle/rootfs*" 2>/dev/null)" ]'
}
scenario "RUN-LIFE-017 RUN-OP-DEL-003" delete_undoes "delete removes what create made"

delete_leaves_others() {
  mkdir "$bundle/data"
  echo content >"$bundle/data/file"
  touch "$scratch/netns"
  unshare --net="$scratch/netns" true
  edit "(.linux.namespaces[] | select(.type == \"network\")).path = \"$scratch/netns\""
  edit '.mounts += [{ destination: "/data", source: "data", options: ["bind"] }]'
  program 'echo new >/new'
  created
  eventually is_status stopped
  rt delete "$id"
  exists "$bundle/rootfs/new"
  equals "$(cat "$bundle/data/file")" content
  exists "$config"
  grep -q " $scratch/netns " /proc/self/mountinfo
  nsenter --net="$scratch/netns" true
}
scenario RUN-OP-DEL-004 delete_leaves_others "delete leaves what create did not make: namespaces joined, the bundle, sources of binds"

edits_have_no_effect() {
  hook poststart "echo first >$bundle/poststart"
  hook poststop "echo first >$bundle/poststop"
  program 'echo first >/which'
  create
  base
  hook poststart "echo second >$bundle/poststart"
  hook poststop "echo second >$bundle/poststop"
  program 'echo second >/which'
  write_config
  start
  eventually is_status stopped
  rt delete "$id"
  equals "$(cat "$bundle/rootfs/which" "$bundle/poststart" "$bundle/poststop" | tr '\n' ' ')" "first first first "
}
scenario RUN-LIFE-005 edits_have_no_effect "edits of config.json after create have no effect"

program_runs() {
  program 'echo out; echo err >&2; exit 7'
  local code=0
  write_config
  rt run --bundle "$bundle" "$id" </dev/null >"$scratch/out" 2>"$scratch/err" || code=$?
  equals $code 7
  equals "$(cat "$scratch/out" "$scratch/err")" $'out\nerr'
}
scenario RUN-LIFE-016 program_runs "the program runs as process says"

descriptors() {
  edit '.process.args = ["/bin/probe"]'
  write_config
  run >"$scratch/probe" 9</dev/null 8>"$scratch/eight"
  probe_says descriptors "0 1 2"
  base
  edit '.process.args = ["/bin/probe"]'
  write_config
  succeeds rt run --preserve-fds 1 --bundle "$bundle" "$id" </dev/null >"$scratch/probe" 3</dev/null 9</dev/null
  probe_says descriptors "0 1 2 3"
}
scenario LIN-FD-001 descriptors "only the standard descriptors reach the program, more on request"

standard_links() {
  program 'for name in fd stdin stdout stderr; do readlink /dev/$name; done'
  run >"$scratch/links"
  equals "$(tr '\n' ' ' <"$scratch/links")" "/proc/self/fd /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 "
}
scenario LIN-SYM-001 standard_links "the links of /dev to /proc/self/fd"
