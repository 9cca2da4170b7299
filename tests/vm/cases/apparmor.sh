# AppArmor is in these kernels and switched on, with no profile loaded.

scenario "apparmor: a profile confines the program from its first instruction" confined
confined() {
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
  program 'cat /proc/self/attr/apparmor/current 2>/dev/null || cat /proc/self/attr/current; echo x >/tmp/secret; cat /tmp/secret || echo denied; echo y >/tmp/open; cat /tmp/open'
  equals "$(run 2>/dev/null)" $'lade-case (enforce)\ndenied\ny'
}

scenario "apparmor: a profile that is not loaded is an error" unknown_profile
unknown_profile() {
  [ "$(cat /sys/module/apparmor/parameters/enabled)" = Y ] || skip "AppArmor is off"
  edit '.process.apparmorProfile = "lade-no-such-profile"'
  refused "the kernel has no such profile; load it first (apparmor_parser)"
}
