# run.oci.delegate-cgroup: the container's processes live in a sub-cgroup that the container manages; the limits are on the cgroup above it.

part() { edit '.annotations["run.oci.delegate-cgroup"] = $name' --arg name "${1-payload}"; }
own_view() { namespace '{ "type": "cgroup" }'; mount_also '{ "destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["rw"] }'; }

scenario "delegate-cgroup: limits are above, the container's processes and cgroups below" part_of_root
part_of_root() {
  own_view
  resources '{ "memory": { "limit": 50331648 }, "pids": { "limit": 50 } }'
  part
  program 'cat /proc/self/cgroup; cd /sys/fs/cgroup/payload && mkdir leaf && echo 0 >leaf/cgroup.procs && echo "+pids +memory" >cgroup.subtree_control && cat leaf/pids.max; echo done; sleep 1000'
  start
  eventually grep -q done "$bundle/output"
  equals "$(<"$bundle/output")" $'0::/payload\nmax\ndone'
  all_hold memory.max=50331648 pids.max=50 payload/memory.max=max payload/pids.max=max cgroup.procs=
  contains "$(<"$dir/cgroup.subtree_control")" memory
  equals "$(<"$dir/payload/leaf/cgroup.procs")" "$(pid)"
  equals "$(event memory.events oom)" 0

  # Every command acts on the whole cgroup.
  contains "$(rt exec "$id" cat /proc/self/cgroup)" 0::/payload/leaf
  equals "$(rt ps --format json "$id")" "[$(pid)]"
  rt update --memory 67108864 --pids-limit 60 "$id"
  all_hold memory.max=67108864 pids.max=60 payload/pids.max=max
  contains "$(rt events --stats "$id")" '"limit":60'
  rt pause "$id"; is_status paused; rt resume "$id"; is_status running
  rt kill "$id" KILL
  eventually is_status stopped
  rt delete "$id"
  gone
}

scenario "delegate-cgroup: the limit above applies below" part_limited
part_limited() {
  own_view
  resources '{ "pids": { "limit": 4 } }'
  part
  program 'for i in 1 2 3 4 5 6; do sleep 100 & done; wait'
  contains "$(run 2>&1 || true)" "can't fork"
  gone
}

scenario "delegate-cgroup: it belongs to the program, and the cgroup above stays root's" part_owner
part_owner() {
  own_view
  edit '.process.user = { uid: 1000, gid: 1000 }'
  part a/b
  program 'echo 0 >/sys/fs/cgroup/a/b/cgroup.procs && mkdir /sys/fs/cgroup/a/b/c && echo made; mkdir /sys/fs/cgroup/x /sys/fs/cgroup/a/x; echo 9 >/sys/fs/cgroup/pids.max; echo end; sleep 1000'
  start
  eventually grep -q end "$bundle/output"
  equals "$(grep -c 'Permission denied\|nonexistent directory\|can.t create' "$bundle/output")" 3
  contains "$(<"$bundle/output")" made
  equals "$(stat -c %u "$dir" "$dir/a" "$dir/a/b" "$dir/a/b/cgroup.procs" "$dir/a/b/memory.max" | tr '\n' ' ')" "0 0 1000 1000 0 "
  rt delete --force "$id"
  gone
}

scenario "delegate-cgroup: by the host's uid if the container has a user namespace" part_mapped
part_mapped() {
  own_view
  edit '.linux.namespaces += [{ type: "user" }] | .linux.uidMappings = [{ containerID: 0, hostID: 100000, size: 65536 }] | .linux.gidMappings = .linux.uidMappings'
  part
  create
  equals "$(stat -c %u "$dir" "$dir/payload")" $'0\n100000'
  equals "$(<"$dir/payload/cgroup.procs")" "$(pid)"
  rt exec "$id" sh -c 'mkdir /sys/fs/cgroup/payload/mine && rmdir /sys/fs/cgroup/payload/mine'
  rt delete --force "$id"
  gone
}

scenario "delegate-cgroup: visible at its place without a cgroup namespace, and to hooks" part_seen
part_seen() {
  part
  edit '.hooks = { createRuntime: [{ path: "/bin/sh", args: ["sh", "-c", $script] }] }' --arg script "cat /proc/\$(jq .pid)/cgroup >$bundle/seen"
  program 'cat /proc/self/cgroup'
  equals "$(run 2>&1)" "0::$cgroup/payload"
  equals "$(<"$bundle/seen")" "0::$cgroup/payload"
  gone
}

scenario "delegate-cgroup: nothing is left in a cgroup that existed before" part_of_existing
part_of_existing() {
  part
  mkdir -p "$dir"
  program 'exit 0'
  run
  [ -d "$dir" ]
  [ ! -d "$dir/payload" ]
}

scenario "delegate-cgroup: in a unit's cgroup with systemd, below the subgroup if there is one" part_of_unit
part_of_unit() {
  only systemd
  edit '.linux.cgroupsPath = "system.slice:lade:part" | .annotations["run.oci.systemd.subgroup"] = "inner"'
  resources '{ "pids": { "limit": 50 } }'
  part
  rt --systemd-cgroup run --detach --bundle "$bundle" "$id" </dev/null >"$bundle/output" 2>&1 || { cat "$bundle/output"; return 1; }
  local unit=$cgroup2/system.slice/lade-part.scope
  equals "$(<"$unit/inner/payload/cgroup.procs")" "$(pid)"
  equals "$(<"$unit/inner/pids.max") $(<"$unit/inner/payload/pids.max")" "50 max"
  contains "$(rt --systemd-cgroup exec "$id" cat /proc/self/cgroup)" /inner/payload
  rt delete --force "$id"
  [ ! -d "$unit" ]
}
