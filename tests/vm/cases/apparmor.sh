# These kernels have AppArmor enabled, with no profile loaded.

load_profile() {
  command -v apparmor_parser >/dev/null || skip "apparmor_parser is not installed"
  [ "$(cat /sys/module/apparmor/parameters/enabled)" = Y ] || skip "AppArmor is off"
  apparmor_parser --replace --skip-cache <<'PROFILE'
profile lade-case flags=(attach_disconnected,mediate_deleted) {
  file,
  capability,
  mount,
  signal,
  deny /tmp/secret r,
}
PROFILE
  edit '.process.apparmorProfile = "lade-case"'
}

confined_script='cat /proc/self/attr/apparmor/current 2>/dev/null || cat /proc/self/attr/current; echo x >/tmp/secret; cat /tmp/secret || echo denied; echo y >/tmp/open; cat /tmp/open'

scenario "apparmor: a profile confines the program from its first instruction" confined
confined() {
  load_profile
  program "$confined_script"
  equals "$(run 2>/dev/null)" $'lade-case (enforce)\ndenied\ny'
}

# The label is announced before the clone into the container's pid namespace, and the child inherits the announcement.
scenario "apparmor: a profile confines what exec runs" exec_confined
exec_confined() {
  load_profile
  start
  equals "$(rt exec "$id" sh -c "$confined_script" 2>/dev/null </dev/null)" $'lade-case (enforce)\ndenied\ny'
  equals "$(rt exec --apparmor unconfined "$id" cat /proc/self/attr/current </dev/null)" unconfined
}

scenario "apparmor: a profile confines a container that joins the pid namespace of another" pod_confined
pod_confined() {
  load_profile
  start
  local pid; pid=$(rt state "$id" | jq .pid)
  edit "(.linux.namespaces[] | select(.type == \"pid\")).path = \"/proc/$pid/ns/pid\" | .linux.cgroupsPath += \"/second\""
  program "$confined_script"
  id=$id-second
  equals "$(run 2>/dev/null)" $'lade-case (enforce)\ndenied\ny'
}

scenario "apparmor: a profile that is not loaded is an error" unknown_profile
unknown_profile() {
  [ "$(cat /sys/module/apparmor/parameters/enabled)" = Y ] || skip "AppArmor is off"
  edit '.process.apparmorProfile = "lade-no-such-profile"'
  refused "the kernel has no such profile; load it first (apparmor_parser)"
}
