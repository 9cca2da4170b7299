# config.md "POSIX-platform Hooks" and the hook steps of runtime.md "Lifecycle".

# log_of LIST: a file that hooks of this list can write to.
log_of() { if [ "$1" = startContainer ]; then echo /log; else echo "$bundle/log"; fi; }
lists="prestart createRuntime createContainer startContainer poststart poststop"
logged() { cat "$bundle/log" "$bundle/rootfs/log" 2>/dev/null | tr '\n' ' ' || true; }

# cycle: a container from create to delete; its program runs until killed.
cycle() {
  created
  rt kill "$id" KILL
  eventually is_status stopped
  rt delete "$id"
}

hook_order() {
  local list
  for list in poststop poststart startContainer createContainer createRuntime prestart; do
    hook $list "echo $list >>$(log_of $list)"
  done
  program 'cat /log >/seen; sleep 100'
  create
  local after_create after_start after_stop after_delete
  after_create=$(cat "$bundle/log" | tr '\n' ' ')
  check CFG-HOOK-028 contains "$after_create" "prestart "
  check CFG-HOOK-029 contains "$after_create" "prestart createRuntime "
  check CFG-HOOK-032 contains "$after_create" "createRuntime createContainer "
  check CFG-HOOK-033 absent "$bundle/rootfs/log"
  check RUN-LIFE-006 contains "$after_create" "prestart "
  check RUN-LIFE-008 contains "$after_create" "createRuntime "
  check RUN-LIFE-010 contains "$after_create" "createContainer "
  start
  after_start=$(cat "$bundle/log" | tr '\n' ' ')
  check CFG-HOOK-034 equals "$after_start" "${after_create}poststart "
  check RUN-LIFE-014 equals "$after_start" "${after_create}poststart "
  eventually test -s "$bundle/rootfs/seen"
  check CFG-HOOK-033 equals "$(cat "$bundle/rootfs/seen")" startContainer
  check RUN-LIFE-012 equals "$(cat "$bundle/rootfs/seen")" startContainer
  rt kill "$id" KILL
  eventually is_status stopped
  after_stop=$(cat "$bundle/log" | tr '\n' ' ')
  check CFG-HOOK-035 equals "$after_stop" "$after_start"
  rt delete "$id"
  after_delete=$(cat "$bundle/log" | tr '\n' ' ')
  check CFG-HOOK-035 equals "$after_delete" "${after_start}poststop "
  check RUN-LIFE-018 equals "$after_delete" "${after_start}poststop "
  check CFG-HOOK-001 equals "$(echo "$after_delete" "$(cat "$bundle/rootfs/log")" | wc -w)" 6
  check CFG-HOOK-002 contains "$after_delete" prestart
  check CFG-HOOK-003 contains "$after_delete" createRuntime
  check CFG-HOOK-004 contains "$after_delete" createContainer
  check CFG-HOOK-005 equals "$(cat "$bundle/rootfs/log")" startContainer
  check CFG-HOOK-006 contains "$after_delete" poststart
  check CFG-HOOK-007 contains "$after_delete" poststop
}
scenario "$(ids CFG-HOOK 1 7) CFG-HOOK-028 CFG-HOOK-029 $(ids CFG-HOOK 32 35) RUN-LIFE-006 RUN-LIFE-008 RUN-LIFE-010 RUN-LIFE-012 RUN-LIFE-014 RUN-LIFE-018" \
  hook_order "the six lists run, each at its point of the lifecycle"

listed_order() {
  local list number
  for list in $lists; do
    for number in 1 2 3; do hook $list "sleep 0.0$((9 - number)); echo $list$number >>$(log_of $list)"; done
  done
  program 'sleep 100'
  cycle
  equals "$(logged)" "prestart1 prestart2 prestart3 createRuntime1 createRuntime2 createRuntime3 createContainer1 createContainer2 createContainer3 \
poststart1 poststart2 poststart3 poststop1 poststop2 poststop3 startContainer1 startContainer2 startContainer3 "
}
scenario CFG-HOOK-026 listed_order "hooks of a list run one after the other in its order"

# A hook distinguishes files of container and host by their content, and namespaces by the links in /proc.
hook_places() {
  local list where
  cat >"$bundle/hook-of-place" <<'END'
#!/bin/sh
echo host >"$1.where"
cat >/dev/null
for name in mnt net uts ipc pid; do readlink /proc/self/ns/$name; done >"$1.namespaces"
END
  chmod 755 "$bundle/hook-of-place"
  mkdir -p "$bundle/rootfs$bundle"
  sed 's/echo host/echo container/' "$bundle/hook-of-place" >"$bundle/rootfs$bundle/hook-of-place"
  chmod 755 "$bundle/rootfs$bundle/hook-of-place"
  for list in $lists; do
    where=$bundle/$list
    [ $list != startContainer ] || where=/$list
    edit ".hooks.$list += [{ path: \"$bundle/hook-of-place\", args: [\"hook\", \"$where\"], env: [\"PATH=/usr/bin:/bin\"] }]"
  done
  program 'sleep 100'
  create
  local runtime_namespaces container_namespaces file
  container_namespaces=$(readlink /proc/"$(pid)"/ns/{mnt,net,uts,ipc,pid} | tr '\n' ' ')
  runtime_namespaces=$(readlink /proc/self/ns/{mnt,net,uts,ipc,pid} | tr '\n' ' ')
  start
  rt kill "$id" KILL
  eventually is_status stopped
  rt delete "$id"
  differs "$container_namespaces" "$runtime_namespaces"
  local number=14
  for list in $lists; do
    file=$bundle/$list
    [ $list != startContainer ] || file=$bundle/rootfs/$list
    case $list in
      startContainer) check CFG-HOOK-0$number equals "$(cat "$file.where")" container ;;
      *) check CFG-HOOK-0$number equals "$(cat "$file.where")" host ;;
    esac
    number=$((number + 1))
    case $list in
      createContainer | startContainer) check CFG-HOOK-0$number equals "$(tr '\n' ' ' <"$file.namespaces")" "$container_namespaces" ;;
      *) check CFG-HOOK-0$number equals "$(tr '\n' ' ' <"$file.namespaces")" "$runtime_namespaces" ;;
    esac
    number=$((number + 1))
  done
}
scenario "$(ids CFG-HOOK 14 25)" hook_places "where a hook's path is looked up and which namespaces it runs in"

# When the create hooks run, the mounts exist but the root has not been changed.
before_pivot() {
  edit '.mounts += [{ destination: "/mounted", type: "tmpfs", source: "made-by-create" }]'
  hook prestart "mkdir -p $bundle/prestart; echo \"\$state\" >$bundle/prestart/state"
  # The hook still sees the host's files, and the container's mounts below its root.
  hook createRuntime "echo \"\$state\" >$bundle/runtime-state"
  hook createContainer "grep ' $bundle/rootfs/mounted ' /proc/self/mountinfo >$bundle/seen; cat $bundle/config.json >/dev/null && echo host >$bundle/host; \
mkdir -p $bundle/rootfs/by-hook && mount -t tmpfs by-hook $bundle/rootfs/by-hook"
  program 'grep -q "^by-hook /by-hook " /proc/mounts && touch /mount-of-hook; sleep 100'
  created
  eventually exists "$bundle/rootfs/mount-of-hook" || true
  check CFG-HOOK-031 contains "$(cat "$bundle/seen")" made-by-create
  check CFG-HOOK-031 exists "$bundle/host"
  check CFG-HOOK-031 exists "$bundle/rootfs/mount-of-hook"
  local pid
  pid=$(pid)
  check CFG-HOOK-030 equals "$(jq .pid "$bundle/runtime-state")" "$pid"
  check CFG-HOOK-028 equals "$(jq .pid "$bundle/prestart/state")" "$pid"
}
scenario "CFG-HOOK-028 CFG-HOOK-030 CFG-HOOK-031" before_pivot "the create hooks run when the environment exists and the root has not been changed"

network_of_hook() {
  hook createRuntime "pid=$pid_of_state; readlink /proc/\$pid/ns/net >$bundle/net; nsenter --net=/proc/\$pid/ns/net ip link set lo up"
  program 'ip link show lo | grep -q "[<,]UP[,>]" && touch /up; sleep 100'
  created
  equals "$(cat "$bundle/net")" "$(readlink "/proc/$(pid)/ns/net")"
  eventually exists "$bundle/rootfs/up"
}
command -v ip >/dev/null && command -v nsenter >/dev/null && scenario CFG-HOOK-030 network_of_hook "a createRuntime hook can set up the container's network"

poststart_after_exec() {
  hook poststart "pid=$pid_of_state; tr '\\0' ' ' </proc/\$pid/cmdline >$bundle/command"
  edit '.process.args = ["/bin/sleep", "100"]'
  created
  equals "$(cat "$bundle/command")" "/bin/sleep 100 "
}
scenario "CFG-HOOK-034 RUN-LIFE-014" poststart_after_exec "poststart hooks run after the program has been executed, before start returns"

hook_state() {
  local list status
  for list in $lists; do hook $list "echo \"\$state\" >$(if [ $list = startContainer ]; then echo /state.json; else echo "$bundle/$list.json"; fi)"; done
  edit '.annotations = { "org.example.key": "value" }'
  program 'sleep 100'
  create
  local pid
  pid=$(pid)
  start
  rt kill "$id" KILL
  eventually is_status stopped
  rt delete "$id"
  mv "$bundle/rootfs/state.json" "$bundle/startContainer.json"
  for list in $lists; do
    check CFG-HOOK-027 holds --arg id "$id" --arg bundle "$bundle" \
      '.id == $id and .bundle == $bundle and (.ociVersion | test("^1\\.")) and (.status | type) == "string" and .annotations["org.example.key"] == "value"' "$bundle/$list.json"
    check RUN-STATE-011 holds '(.status | IN("creating", "created", "running", "stopped")) and (.bundle | type) == "string" and ((.pid // 0) >= 0)' "$bundle/$list.json"
  done
  for list in prestart createRuntime createContainer; do check RUN-STATE-004 equals "$(jq -r .status "$bundle/$list.json")" creating; done
  check RUN-STATE-004 equals "$(jq -r .status "$bundle/poststart.json")" running
  check RUN-STATE-004 equals "$(jq -r .status "$bundle/poststop.json")" stopped
  for list in prestart createRuntime poststart; do check RUN-STATE-007 equals "$(jq .pid "$bundle/$list.json")" "$pid"; done
  for list in createContainer startContainer; do check RUN-STATE-007 equals "$list $(jq .pid "$bundle/$list.json")" "$list 1"; done
}
scenario "CFG-HOOK-027 RUN-STATE-004 RUN-STATE-007 RUN-STATE-011" hook_state "each hook reads the state on its standard input, with the pid as it sees it"

hook_arguments() {
  edit ".hooks.createRuntime = [{ path: \"/bin/sh\", args: [\"zeroth\", \"-c\", \"echo \$0 \$1 >$bundle/given\", \"first\", \"second\"], env: [\"PATH=/bin\"] }]"
  printf '#!/bin/sh\ntr "\\0" " " </proc/$$/cmdline >%s/absent\n' "$bundle" >"$bundle/script"
  chmod 755 "$bundle/script"
  edit ".hooks.prestart = [{ path: \"$bundle/script\" }]"
  edit ".hooks.createRuntime += [{ path: \"/bin/sh\", args: [\"argv0\", \"-c\", \"cat /proc/\$\$/cmdline >$bundle/argv; true\"], env: [\"PATH=/bin\"] }]"
  create
  check CFG-HOOK-010 equals "$(cat "$bundle/given")" "first second"
  check CFG-HOOK-010 equals "$(tr '\0' '\n' <"$bundle/argv" | head -n 1)" argv0
  check CFG-HOOK-010 contains "$(cat "$bundle/absent")" "$bundle/script"
}
scenario CFG-HOOK-010 hook_arguments "args is the whole argv of a hook; without it argv[0] is the path"

hook_environment() {
  edit ".hooks.createRuntime = [{ path: \"/bin/sh\", args: [\"sh\", \"-c\", \"cat /proc/\$\$/environ >$bundle/environ\"], env: [\"PATH=/usr/bin:/bin\", \"A=b c\"] }]"
  write_config
  CONFORMANCE_LEAK=1 create
  equals "$(tr '\0' '\n' <"$bundle/environ" | sort | tr '\n' ',')" "A=b c,PATH=/usr/bin:/bin,"
}
scenario CFG-HOOK-011 hook_environment "a hook's environment is the given one and nothing else"

hook_timeout() {
  ground
  base
  edit '.hooks.createRuntime = [{ path: "/bin/sleep", args: ["sleep", "20"], timeout: 1 }]'
  local SECONDS=0
  refused create
  [ $SECONDS -lt 12 ]
  gone
}
scenario CFG-HOOK-012 hook_timeout "a hook that runs past its timeout is ended and counts as failed"

hook_entries() {
  rejects CFG-HOOK-008 '.hooks.prestart = [{ args: ["true"] }]'
  rejects CFG-HOOK-009 '.hooks.prestart = [{ path: "hook.sh" }]'
  rejects CFG-HOOK-009 '.hooks.createContainer = [{ path: "bin/true" }]'
  rejects CFG-HOOK-009 '.hooks.poststop = [{ path: "true" }]'
  rejects CFG-HOOK-013 '.hooks.prestart = [{ path: "/bin/true", timeout: 0 }]'
  rejects CFG-HOOK-013 '.hooks.poststop = [{ path: "/bin/true", timeout: -1 }]'
  rejects SCH-007 '.hooks.poststart = [{ path: "/bin/true", timeout: 0 }]'
  rejects SCH-007 '.hooks.createRuntime = [{}]'
}
scenario "CFG-HOOK-008 CFG-HOOK-009 CFG-HOOK-013 SCH-007" hook_entries "entries of hooks: path required and absolute, timeout above 0"

# fails LIST OPERATION: if a hook of the list fails, so does the operation; nothing is left, and the poststop hooks have run.
fails() {
  base
  rm -f "$bundle/stopped" "$bundle/rootfs/ran"
  hook "$1" 'exit 1'
  hook poststop "echo $1 >$bundle/stopped"
  program 'touch /ran; sleep 100'
  if [ "$2" = create ]; then refused create
  else
    create
    local pid
    pid=$(pid)
    refused start
    eventually absent "/proc/$pid/root/"
  fi
  gone
  equals "$(cat "$bundle/stopped")" "$1"
  [ "$1" = poststart ] || absent "$bundle/rootfs/ran"
}
failing_hooks() {
  check RUN-LIFE-007 fails prestart create
  check RUN-LIFE-009 fails createRuntime create
  check RUN-LIFE-011 fails createContainer create
  rt delete --force "$id" 2>/dev/null || true
  check RUN-LIFE-013 fails startContainer start
  rt delete --force "$id" 2>/dev/null || true
  check RUN-LIFE-015 fails poststart start
}
scenario "RUN-LIFE-007 RUN-LIFE-009 RUN-LIFE-011 RUN-LIFE-013 RUN-LIFE-015" failing_hooks \
  "a failing hook fails the operation; the container is destroyed and poststop runs"

poststop_failure() {
  hook poststop 'exit 1'
  hook poststop "touch $bundle/second"
  created
  eventually is_status stopped
  rt --log "$scratch/log" delete "$id" 2>"$scratch/errors"
  exists "$bundle/second"
  differs "$(cat "$scratch/log" "$scratch/errors")" ''
  gone
}
scenario "RUN-LIFE-019 RUN-WARN-001" poststop_failure "a failing poststop hook is a warning, and the others run"

poststop_is_last() {
  hook poststop "ls -d ${cgroup_roots[*]/%/$cgroup} >$bundle/left 2>/dev/null; true"
  created
  eventually is_status stopped
  rt delete "$id"
  exists "$bundle/left"
  equals "$(cat "$bundle/left")" ''
}
scenario CFG-HOOK-035 poststop_is_last "poststop hooks run when the container is gone"
