# Containers of an unprivileged user with a systemd user manager, and thereby a delegated part of the cgroup tree.

uid=1000
runtime_directory=/run/user/$uid
manager=/user.slice/user-$uid.slice/user@$uid.service

# of_user [MAPPINGS]: the rest of the case runs as the user: configuration, runtime, unit.
of_user() {
  local mappings=${1:-'[{"containerID":0,"hostID":'$uid',"size":1}]'}
  in_scope "user.slice:lade:$id" $manager/user.slice
  loginctl enable-linger sailor
  eventually test -S $runtime_directory/bus || eventually test -S $runtime_directory/bus
  insert '"namespaces": [ {' "\"uidMappings\": $mappings, \"gidMappings\": $mappings, " ".linux.uidMappings = $mappings | .linux.gidMappings = $mappings"
  namespace '{ "type": "user" }'
  chmod 777 "$bundle"
  rt() { as_sailor timeout 60 "$RUNTIME" "${driver[@]}" "$@"; }
  trap 'rt delete --force "$id" >/dev/null 2>&1' EXIT
}

# as_sailor COMMAND...: not from a login session, so its processes are in none of the user's cgroups.
as_sailor() {
  setpriv --reuid $uid --regid $uid --init-groups env HOME=/home/sailor XDG_RUNTIME_DIR=$runtime_directory DBUS_SESSION_BUS_ADDRESS=unix:path=$runtime_directory/bus "$@"
}

user_shows() { local systemctl; systemctl=$(as_sailor systemctl --user show "$unit"); local pair; for pair in "$@"; do grep -qxF -- "$pair" <<<"$systemctl" || { echo "expected $pair, got $(grep "^${pair%%=*}=" <<<"$systemctl")"; return 1; }; done; }
user_left_nothing() { [ ! -d "$dir" ] && [ ! -e "$runtime_directory/lade/$id" ] && equals "$(as_sailor systemctl --user list-units --all --plain --no-legend 'lade-case-*')" ''; }

scenario "user: the user's systemd makes the scope: create, start, exec, update, kill, delete" life_of_users_container
life_of_users_container() {
  of_user
  resources '{"memory":{"limit":67108864},"cpu":{"quota":20000,"period":100000},"pids":{"limit":30}}'
  create
  all_hold memory.max=67108864 'cpu.max=20000 100000' pids.max=30
  user_shows MemoryMax=67108864 TasksMax=30 CPUQuotaPerSecUSec=200ms Slice=user.slice Delegate=yes
  equals "$(<"$dir/cgroup.procs")" "$(pid)"
  rt start "$id"
  contains "$(rt exec "$id" /bin/cat /proc/self/cgroup </dev/null)" "/$unit"
  rt exec --detach "$id" /bin/sleep 999 </dev/null
  equals "$(wc -l <"$dir/cgroup.procs")" 2
  rt update --memory 33554432 --memory-swap 33554432 --pids-limit 20 --cpu-quota 30000 "$id"
  all_hold memory.max=33554432 memory.swap.max=0 'cpu.max=30000 100000' pids.max=20
  user_shows MemoryMax=33554432 TasksMax=20 CPUQuotaPerSecUSec=300ms
  rt pause "$id"
  equals "$(event cgroup.events frozen)" 1
  rt resume "$id"
  equals "$(rt events --stats "$id" | jq .data.pids.limit)" 20
  rt kill "$id" KILL
  eventually is_status stopped
  rt delete "$id"
  user_left_nothing
}

scenario "user: with a range of ids, which newuidmap sets" users_range
users_range() {
  of_user '[{"containerID":0,"hostID":'$uid',"size":1},{"containerID":1,"hostID":100000,"size":65536}]'
  program 'touch /tmp/a; chown 33:34 /tmp/a; stat -c %u:%g /tmp/a; tail -n 1 /proc/self/uid_map | tr -s " "; cat /proc/self/cgroup'
  equals "$(run)" $'33:34\n 1 100000 65536\n0::'$manager/user.slice/$unit
  user_left_nothing
}

scenario "user: from a login session" users_session
users_session() {
  of_user
  program 'cat /proc/self/cgroup; sleep 1000'
  rt() { su - sailor -c "XDG_RUNTIME_DIR=$runtime_directory timeout 60 $RUNTIME ${driver[*]} $*" </dev/null; }
  contains "$(su - sailor -c 'cat /proc/self/cgroup' </dev/null)" session-
  start
  eventually prints "0::$manager/user.slice/$unit"
  contains "$(rt exec "$id" /bin/cat /proc/self/cgroup)" "/$unit"
  rt delete --force "$id"
  user_left_nothing
}

scenario "user: limits are enforced: processes and memory" users_limits
users_limits() {
  of_user
  resources '{"memory":{"limit":16777216,"swap":16777216},"pids":{"limit":20}}'
  program 'bomb() { bomb | bomb & }; bomb 2>/dev/null; sleep 1000'
  start
  eventually more_than pids.events max 0
  [ "$(<"$dir/pids.current")" -le 20 ]
  rt delete --force "$id"
  edit '.process.args=["/bin/dd","if=/dev/zero","of=/dev/null","bs=64M","count=1"]'
  local code=0
  run || code=$?
  equals $code 137
  user_left_nothing
}

scenario "user: an OOM-killed init is reported as such" users_oom
users_oom() {
  of_user
  resources '{"unified":{"memory.max":"4096","memory.swap.max":"0"}}'
  local said code=0
  said=$(run 2>&1) || code=$?
  echo "$said"
  equals $code 1
  contains "$said" "container init was OOM-killed (memory limit too low?)"
  user_left_nothing
}

scenario "user: a limit of a controller that was not delegated is an error that names it" users_missing_controller
users_missing_controller() {
  of_user
  resources '{"cpu":{"cpus":"0"}}'
  local said code=0
  said=$(run 2>&1) || code=$?
  echo "$said"
  equals $code 1
  contains "$said" "/linux/resources/cpu/cpus: write '0' to"
  user_left_nothing
}

scenario "user: a part of the tree that is the user's own, without systemd's help" users_part
users_part() {
  of_user
  driver=()
  local own=$manager/app.slice/lade-own-$id.scope
  dir=$cgroup2$own/box
  edit '.linux.cgroupsPath = $path | .linux.resources = {"memory":{"limit":33554432},"pids":{"limit":20}} | .process.args = ["/bin/sh","-c","cat /proc/self/cgroup; sleep 1000"]' \
    --arg path "$own/box"
  as_sailor systemd-run --user --quiet --scope -p Delegate=yes --unit "lade-own-$id" bash -ec "
    mkdir $cgroup2$own/caller
    echo \$\$ >$cgroup2$own/caller/cgroup.procs
    lade() { timeout 60 $RUNTIME \"\$@\" </dev/null; }
    lade run --detach --bundle $bundle $id >$bundle/started
    until [ -s $bundle/started ]; do sleep 0.05; done
    cat $bundle/started $dir/memory.max $dir/pids.max
    lade exec $id /bin/cat /proc/self/cgroup
    lade update --memory 50331648 --pids-limit 9 $id
    cat $dir/memory.max $dir/pids.max
    lade exec $id /bin/sh -c 'i=0; while [ \$i -lt 9 ]; do sleep 5 & i=\$((i+1)); done' >/dev/null 2>&1 || true
    head -n 1 $dir/pids.events
    lade delete --force $id
    [ -d $dir ] || echo gone" </dev/null >"$bundle/said" 2>&1 || { cat "$bundle/said"; return 1; }
  cat "$bundle/said"
  equals "$(sed -E 's/^max [1-9][0-9]*$/refused/' "$bundle/said")" "0::$own/box"$'\n33554432\n20\n0::'"$own/box"$'\n50331648\n9\nrefused\ngone'
}

scenario "user: all controllers once they are delegated to users" users_all_controllers
users_all_controllers() {
  of_user
  local directory=/run/systemd/system/user@.service.d number; number=$(</sys/block/vda/dev)
  mkdir -p $directory
  printf '[Service]\nDelegate=cpu cpuset io memory pids\n' >$directory/delegate.conf
  systemctl daemon-reload
  systemctl restart user@$uid
  eventually test -S $runtime_directory/bus
  resources '{"cpu":{"cpus":"1"},"blockIO":{"throttleWriteBpsDevice":[{"major":'"${number%:*}"',"minor":'"${number#*:}"',"rate":2097152}]}}'
  program 'grep Cpus_allowed_list /proc/self/status; sleep 1000'
  start
  all_hold cpuset.cpus=1 "io.max=$number rbps=max wbps=2097152 riops=max wiops=max"
  user_shows AllowedCPUs=1 "IOWriteBandwidthMax=/dev/block/$number 2097152"
  eventually grep -qx $'Cpus_allowed_list:\t1' "$bundle/output"
  rt delete --force "$id"
  user_left_nothing
}
