# Where the container's cgroup is, how its first process gets there, what may exist next to it, and that nothing of it is left.

scenario "placement: controllers are enabled from the root to the container's parent, and no further" controllers_handed_on
controllers_handed_on() {
  edit '.linux.cgroupsPath += "/one/two/three"'
  create
  local at=$cgroup2$base/lade-cases part
  for part in "" "/${cgroup##*/}" /one /two; do
    at=$at$part
    contains " $(<"$at/cgroup.subtree_control") " " memory "
    contains " $(<"$at/cgroup.subtree_control") " " pids "
  done
  equals "$(<"$at/three/cgroup.subtree_control")" ""
  contains " $(<"$at/three/cgroup.controllers") " " memory "
  rt delete --force "$id"
  gone
}

scenario "placement: without a path the cgroup is next to lade's own, named after the id" path_of_id
path_of_id() {
  mkdir -p "$dir/caller"
  edit 'del(.linux.cgroupsPath)'
  ( echo $BASHPID >"$dir/caller/cgroup.procs"; start )
  equals "$(tail -n 1 "/proc/$(pid)/cgroup")" "0::$cgroup/$id"
  rt delete --force "$id"
  [ ! -d "$dir/$id" ]
}

scenario "placement: init is born in its cgroup, by clone3" born_in_cgroup
born_in_cgroup() {
  command -v strace >/dev/null || skip "strace is not installed"
  timeout 120 strace -qq -e trace=clone3,write,openat -o "$bundle/trace" "$RUNTIME" --root "$work/state" run --bundle "$bundle" --detach "$id" </dev/null >"$bundle/output" 2>&1 || { cat "$bundle/output"; return 1; }
  grep -m 1 'clone3({flags=.*CLONE_INTO_CGROUP' "$bundle/trace"
  if grep 'cgroup.procs", O_\(WRONLY\|RDWR\)' "$bundle/trace"; then return 1; fi
  equals "$(tail -n 1 "/proc/$(pid)/cgroup")" "0::$cgroup"
}

scenario "placement: where clone3 does not support cgroups, init moves itself first" moves_itself
moves_itself() {
  command -v strace >/dev/null || skip "strace is not installed"
  resources '{"pids":{"limit":7}}'
  namespace '{ "type": "cgroup" }'
  program 'cat /proc/self/cgroup >/tmp/own; sleep 1000'
  timeout 120 strace -qq -e trace=clone3 -e inject=clone3:error=EINVAL:when=2 -o "$bundle/trace" "$RUNTIME" --root "$work/state" run --bundle "$bundle" --detach "$id" </dev/null >"$bundle/output" 2>&1 || { cat "$bundle/output"; return 1; }
  # The first clone3 creates a thread of lade's own.
  grep 'CLONE_INTO_CGROUP.*INJECTED' "$bundle/trace"
  local pid; pid=$(pid)
  equals "$(tail -n 1 "/proc/$pid/cgroup")" "0::$cgroup"
  # Its cgroup namespace was created there.
  eventually [ -s "/proc/$pid/root/tmp/own" ]
  equals "$(tail -n 1 "/proc/$pid/root/tmp/own")" "0::/"
  holds pids.max 7
}

scenario "placement: a cgroup with processes is refused and left alone" occupied
occupied() {
  mkdir -p "$dir"
  sleep 1000 & local other=$!
  echo $other >"$dir/cgroup.procs"
  local said; said=$(run 2>&1) && return 1
  contains "$said" "container's cgroup is not empty: 1 process(es) found"
  kill -0 $other
  [ -d "$dir" ]
  kill $other
}

scenario "placement: a frozen cgroup is refused" frozen
frozen() {
  mkdir -p "$dir"
  echo 1 >"$dir/cgroup.freeze"
  local said; said=$(run 2>&1) && return 1
  contains "$said" "container's cgroup unexpectedly frozen"
  echo 0 >"$dir/cgroup.freeze"
}

scenario "placement: a threaded cgroup is refused" threaded
threaded() {
  mkdir -p "$dir"
  echo threaded >"$dir/cgroup.type"
  local said; said=$(run 2>&1) && return 1
  contains "$said" "cgroup $dir cannot hold a container: it is in a threaded subtree (cgroup.type is 'threaded')"
}

scenario "placement: a cgroup below a threaded one is refused and removed" below_threaded
below_threaded() {
  mkdir -p "$dir"
  echo threaded >"$dir/cgroup.type"
  edit '.linux.cgroupsPath += "/below"'
  local said; said=$(run 2>&1) && return 1
  contains "$said" "cgroup.type is 'domain invalid'"
  [ ! -d "$dir/below" ]
}

scenario "placement: below a cgroup with processes a container runs, but a limit is an error that names the cgroup" no_controllers
no_controllers() {
  mkdir -p "$dir"
  sleep 1000 & local other=$!
  echo $other >"$dir/cgroup.procs"
  edit '.linux.cgroupsPath += "/below"'
  program 'echo ran'
  equals "$(run)" ran
  resources '{"memory":{"limit":16777216}}'
  local said; said=$(run 2>&1) && return 1
  contains "$said" "/linux/resources/memory/limit: write '16777216' to $dir/below/memory.max (the cgroup $dir does not enable the controller memory for its children, because it has processes): ENOENT"
  [ ! -d "$dir/below" ]
  kill $other
}

scenario "placement: a container that split its own cgroup leaves nothing" split_by_container
split_by_container() {
  namespace '{ "type": "cgroup" }'
  mount_also '{ "destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["rw"] }'
  program 'cd /sys/fs/cgroup; mkdir -p a/b/c d; echo 0 >a/b/c/cgroup.procs; sleep 1000 & echo $! >d/cgroup.procs; echo +pids >cgroup.subtree_control; echo ready >/tmp/ready; wait'
  start
  eventually [ -s "/proc/$(pid)/root/tmp/ready" ]
  equals "$(<"$dir/cgroup.subtree_control")" pids
  [ -d "$dir/a/b/c" ]
  equals "$(tail -n 1 "/proc/$(pid)/cgroup")" "0::$cgroup/a/b/c"
  # A joining process goes where init is: the cgroup itself no longer accepts processes.
  local said
  if said=$(rt exec "$id" /bin/cat /proc/self/cgroup 2>&1 </dev/null); then contains "$said" "0::/"; else echo "$said"; [[ $said == *"not available in this version"* ]]; fi
  rt delete --force "$id"
  gone
}

scenario "placement: cgroup.kill kills all processes, even without a pid namespace" kills_all
kills_all() {
  edit '.linux.namespaces |= map(select(.type != "pid"))'
  program 'for i in 1 2 3 4 5; do sleep 1000 & done; wait'
  start
  eventually has_processes 6
  rt kill "$id" KILL
  eventually has_processes 0
  rt delete "$id"
  gone
}
has_processes() { [ "$(wc -l <"$dir/cgroup.procs")" = "$1" ]; }

scenario "placement: another signal reaches all processes, in a cgroup that is frozen for that" signals_all
signals_all() {
  edit '.linux.namespaces |= map(select(.type != "pid"))'
  program 'for i in 1 2 3; do sleep 1000 & done; wait'
  start
  eventually has_processes 4
  rt kill --all "$id" TERM
  eventually has_processes 0
  holds cgroup.freeze 0
}

scenario "placement: pause freezes all processes and resume thaws them" pauses
pauses() {
  program 'while :; do echo x >>/tmp/beat; sleep 0.1; done'
  start
  rt pause "$id"
  contains "$(<"$dir/cgroup.events")" "frozen 1"
  is_status paused
  local file before; file=/proc/$(pid)/root/tmp/beat before=$(wc -c <"$file")
  sleep 1
  equals "$(wc -c <"$file")" "$before"
  rt resume "$id"
  contains "$(<"$dir/cgroup.events")" "frozen 0"
  eventually has_grown "$file" "$before"
  rt pause "$id"
  rt delete --force "$id"
  gone
}
has_grown() { [ "$(wc -c <"$1")" -gt "$2" ]; }

scenario "placement: nothing is left of many containers of one name" cycle
