# config.md "POSIX-platform Hooks" and runtime.md "Lifecycle", steps 3 to 13.

hook_order() {
  local log="$bundle/log" list
  for list in poststop poststart startContainer createContainer createRuntime prestart; do
    [ $list = startContainer ] && hook $list "echo $list >>/log" || hook $list "echo $list >>$log"
  done
  program 'cat /log >/seen; sleep 100'
  create
  equals "$(tr '\n' ' ' <"$log")" "prestart createRuntime createContainer "
  rt start "$id"
  eventually test -s "$bundle/rootfs/seen"
  equals "$(cat "$bundle/rootfs/seen")" startContainer
  rt kill "$id" KILL
  eventually is_status stopped
  rt delete "$id"
  equals "$(tr '\n' ' ' <"$log")" "prestart createRuntime createContainer poststart poststop "
}
scenario RUN-LIFE-006 hook_order "the six hooks run at their points of the lifecycle"

hook_state() {
  hook createRuntime "cat >$bundle/state.json"
  program 'sleep 100'
  create
  jq -e --arg id "$id" '.id == $id and .status == "creating" and .pid > 1' "$bundle/state.json"
}
scenario CFG-HOOK-027 hook_state "a hook reads the state on its standard input"

hook_fails() {
  local list
  for list in prestart createRuntime createContainer; do
    edit 'del(.hooks)'
    hook $list 'exit 1'
    hook poststop "echo $list >$bundle/stopped"
    refused create
    gone
    equals "$(cat "$bundle/stopped")" $list
  done
}
scenario RUN-LIFE-007 hook_fails "a failing hook of create destroys the container, then poststop runs"

hook_timeout() {
  edit '.hooks.prestart = [{ path: "/bin/sleep", args: ["sleep", "20"], timeout: 1 }]'
  SECONDS=0
  refused create
  [ $SECONDS -lt 10 ]
  gone
}
scenario CFG-HOOK-012 hook_timeout "a hook that runs past its timeout fails"

poststop_failure() {
  hook poststop 'exit 1'
  hook poststop "touch $bundle/second"
  create
  rt start "$id"
  eventually is_status stopped
  rt delete "$id"
  test -e "$bundle/second"
  gone
}
scenario RUN-LIFE-019 poststop_failure "a failing poststop hook is a warning, and the others run"

hook_relative() { edit '.hooks.prestart = [{ path: "hook.sh" }]'; refused create; gone; }
scenario CFG-HOOK-009 hook_relative "a hook's path must be absolute"
