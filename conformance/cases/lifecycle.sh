# runtime.md: state, operations, lifecycle.

create_start_delete() {
  program 'echo ran >/ran; sleep 100'
  create
  is_status created
  kill -0 "$(pid)"
  test ! -e "$bundle/rootfs/ran"
  rt start "$id"
  eventually test -e "$bundle/rootfs/ran"
  is_status running
  rt kill "$id" KILL
  eventually is_status stopped
  rt delete "$id"
  gone
}
scenario RUN-OP-001 create_start_delete "create, start, state, kill and delete lead through the statuses"

state_needs_id() { refused rt state; }
scenario RUN-OP-STATE-001 state_needs_id "state without an id fails"
state_unknown() { refused rt state no-such-container; }
scenario RUN-OP-STATE-002 state_unknown "state of an unknown container fails"

state_document() {
  edit '.annotations = { "org.example.key": "value" }'
  program 'sleep 100'
  create
  state | jq -e --arg id "$id" --arg bundle "$bundle" \
    '.id == $id and .bundle == $bundle and (.ociVersion | test("^1\\.")) and .status == "created" and .pid > 0 and .annotations["org.example.key"] == "value"'
}
scenario RUN-STATE-001 state_document "the state has ociVersion, id, status, pid, bundle and annotations"

absolute_bundle() {
  program 'sleep 100'
  (cd "$bundle/.." && rt create --bundle "$(basename "$bundle")" "$id" </dev/null)
  equals "$(state | jq -r .bundle)" "$bundle"
}
scenario RUN-STATE-008 absolute_bundle "a relative bundle is absolute in the state"

unique_id() {
  program 'sleep 100'
  create
  refused create
  is_status created
}
scenario RUN-OP-CREATE-002 unique_id "a second create with the same id fails and leaves the first alone"

invalid_ids() { for bad in '' '.' '..' 'a/b' '../x'; do refused rt create --bundle "$bundle" "$bad" </dev/null; done; }
scenario RUN-OP-CREATE-003 invalid_ids "invalid ids are refused"

no_config() {
  rm "$config"
  refused create
  gone
}
scenario BUN-001 no_config "a bundle without config.json is refused"

start_twice() {
  program 'sleep 100'
  create
  rt start "$id"
  refused rt start "$id"
  is_status running
}
scenario RUN-OP-START-002 start_twice "start of a running container fails"

kill_created() {
  program 'sleep 100'
  create
  rt kill "$id" KILL
  eventually is_status stopped
}
scenario RUN-OP-KILL-002 kill_created "kill works on a created container"

kill_stopped() {
  create
  rt start "$id"
  eventually is_status stopped
  refused rt kill "$id" TERM
}
scenario RUN-OP-KILL-002 kill_stopped "kill of a stopped container fails"

kill_signal() {
  program 'trap "echo usr1 >/got; exit 0" USR1; touch /ready; while :; do sleep 0.1; done'
  create
  rt start "$id"
  eventually test -e "$bundle/rootfs/ready"
  rt kill "$id" USR1
  eventually test -e "$bundle/rootfs/got"
}
scenario RUN-OP-KILL-003 kill_signal "the named signal reaches the program"

delete_running() {
  program 'sleep 100'
  create
  rt start "$id"
  refused rt delete "$id"
  is_status running
}
scenario RUN-OP-DEL-002 delete_running "delete of a running container fails"

edits_have_no_effect() {
  program 'echo first >/which'
  create
  program 'echo second >/which'
  rt start "$id"
  eventually is_status stopped
  equals "$(cat "$bundle/rootfs/which")" first
}
scenario RUN-LIFE-005 edits_have_no_effect "edits of config.json after create have no effect"

exit_code() {
  program 'exit 7'
  local code=0
  run || code=$?
  equals $code 7
}
scenario RUN-LIFE-016 exit_code "the program runs, and run passes its exit code on"

terminate_created() {
  program 'sleep 100'
  create
  rt kill "$id" TERM
  eventually is_status stopped
}
scenario RUN-OP-KILL-003 terminate_created "a signal that terminates ends a created container"
