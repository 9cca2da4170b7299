# Cgroups that do not belong to root alone: delegated to a container, or to a user.

own_cgroup() { namespace '{ "type": "cgroup" }'; mount_also '{ "destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["'"$1"'"] }'; }
owner() { stat -c %u "$1"; }
as_user() { edit '.process.user = { uid: 1000, gid: 1000 }'; }

scenario "delegation: the files that the kernel lists belong to the program, the limits stay root's" given
given() {
  own_cgroup rw
  as_user
  program 'mkdir /sys/fs/cgroup/mine && echo 0 >/sys/fs/cgroup/mine/cgroup.procs && echo moved >/tmp/done; echo 1 >/sys/fs/cgroup/pids.max || echo refused >>/tmp/done; sleep 1000'
  start
  local file names=() pid; pid=$(pid)
  eventually grep -q refused "/proc/$pid/root/tmp/done"
  equals "$(<"/proc/$pid/root/tmp/done")" $'moved\nrefused'
  equals "$(owner "$dir")" 1000
  mapfile -t names </sys/kernel/cgroup/delegate
  for file in "$dir"/*; do
    [ -f "$file" ] || continue
    if [[ " ${names[*]} " == *" ${file##*/} "* ]]; then equals "${file##*/} $(owner "$file")" "${file##*/} 1000"; else equals "${file##*/} $(owner "$file")" "${file##*/} 0"; fi
  done
  rt delete --force "$id"
  gone
}

scenario "delegation: by the host's uid if the container has a user namespace" given_mapped
given_mapped() {
  own_cgroup rw
  edit '.linux.namespaces += [{ type: "user" }] | .linux.uidMappings = [{ containerID: 0, hostID: 100000, size: 65536 }] | .linux.gidMappings = .linux.uidMappings'
  create
  equals "$(owner "$dir")" 100000
  equals "$(owner "$dir/cgroup.procs")" 100000
  equals "$(owner "$dir/memory.max")" 0
}

scenario "delegation: nothing is delegated with a read-only mount" kept_readonly
kept_readonly() { own_cgroup ro; as_user; create; equals "$(owner "$dir") $(owner "$dir/cgroup.procs")" "0 0"; }

scenario "delegation: nothing is delegated without a cgroup namespace" kept_without_namespace
kept_without_namespace() {
  mount_also '{ "destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["rw"] }'
  as_user
  create
  equals "$(owner "$dir") $(owner "$dir/cgroup.procs")" "0 0"
}

scenario "delegation: nothing is delegated without a cgroup mount" kept_without_mount
kept_without_mount() { namespace '{ "type": "cgroup" }'; as_user; create; equals "$(owner "$dir")" 0; }

# --- an unprivileged user ---

# The configuration for a runtime started by uid 1000.
rootless_config() {
  edit '.linux.namespaces += [{ type: "user" }] | .linux.uidMappings = [{ containerID: 0, hostID: 1000, size: 1 }] | .linux.gidMappings = .linux.uidMappings'
  chmod 755 "$bundle"; chmod 644 "$config"
  mkdir -p "$bundle/state"; chown 1000:1000 "$bundle/state"
}

# rootless ARGUMENTS: the runtime as uid 1000, from the cgroup $from.
rootless() {
  ( echo $BASHPID >"$from/cgroup.procs"
    exec timeout 60 setpriv --reuid 1000 --regid 1000 --clear-groups env HOME=/tmp XDG_RUNTIME_DIR="$bundle/state" "$RUNTIME" --root "$bundle/state" "$@" ) </dev/null
}

# delegated: delegates a cgroup to uid 1000 as systemd would, with a child for the user's own processes.
delegated() {
  mkdir -p "$dir"
  echo "+memory +pids +cpu" >"$dir/../cgroup.subtree_control"
  mkdir "$dir/caller"
  local file
  chown 1000 "$dir" "$dir/caller"
  for file in cgroup.procs cgroup.subtree_control cgroup.threads; do chown 1000 "$dir/$file" "$dir/caller/$file"; done
  from=$dir/caller
}

scenario "delegation: an unprivileged user has limits in a cgroup that was delegated to them" rootless_delegated
rootless_delegated() {
  rootless_config
  echo "+memory +pids +cpu" >"$cgroup2$base/cgroup.subtree_control" 2>/dev/null || true
  mkdir -p "$cgroup2$base/lade-cases"
  echo "+memory +pids +cpu" >"$cgroup2$base/lade-cases/cgroup.subtree_control"
  delegated
  edit '.linux.cgroupsPath += "/container"'
  resources '{"memory":{"limit":33554432},"pids":{"limit":9},"devices":[{"allow":false,"access":"rwm"}]}'
  program 'sleep 1000'
  rootless run --detach --bundle "$bundle" "$id" >"$bundle/output" 2>&1 || { cat "$bundle/output"; return 1; }
  equals "$(<"$dir/container/memory.max")" 33554432
  equals "$(<"$dir/container/pids.max")" 9
  equals "$(wc -l <"$dir/container/cgroup.procs")" 1
  rootless delete --force "$id"
  [ ! -d "$dir/container" ]
}

scenario "delegation: an unprivileged user without a cgroup runs a container without limits" rootless_unlimited
rootless_unlimited() {
  rootless_config
  mkdir -p "$dir/caller"
  from=$dir/caller
  edit '.linux.cgroupsPath += "/container"'
  program 'cat /proc/self/cgroup; sleep 0.2'
  contains "$(rootless run --bundle "$bundle" "$id" 2>&1)" "0::"
  rootless run --detach --bundle "$bundle" "$id" >"$bundle/output" 2>&1 || { cat "$bundle/output"; return 1; }
  rootless delete --force "$id"
  [ ! -e "$bundle/state/$id" ]
}

scenario "delegation: a limit is an error for an unprivileged user without a cgroup" rootless_refused
rootless_refused() {
  rootless_config
  mkdir -p "$dir/caller"
  from=$dir/caller
  edit '.linux.cgroupsPath += "/container"'
  resources '{"memory":{"limit":33554432}}'
  local said; said=$(rootless run --bundle "$bundle" "$id" 2>&1) && return 1
  contains "$said" "/linux/resources/memory/limit: cannot set memory.max: the container has no cgroup of the controller memory (not available, or no permission)"
  [ ! -e "$bundle/state/$id" ]
}

scenario "delegation: a writable cgroup is not enough, the common ancestor must be writable too" rootless_elsewhere
rootless_elsewhere() {
  rootless_config
  mkdir -p "$dir/target" "$dir/caller"
  chown 1000 "$dir/target" "$dir/target/cgroup.procs" "$dir/target/cgroup.subtree_control"
  from=$dir/caller
  edit '.linux.cgroupsPath += "/target/container"'
  program 'echo ran'
  equals "$(rootless run --bundle "$bundle" "$id" 2>&1)" ran
  [ ! -d "$dir/target/container" ]
}
