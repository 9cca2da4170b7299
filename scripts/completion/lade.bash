# bash completion for lade(8)
_lade() {
  local cur prev command= option root=() i word
  cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()

  # The command is the first word that is neither a global option nor the value of one.
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case $word in
      --root) root=(--root "${COMP_WORDS[i + 1]}"); ((i++)) ;;
      --log|--log-format|--log-level|--cgroup-manager|--rootless) ((i++)) ;;
      -*) ;;
      *) command=$word; break ;;
    esac
  done

  case $prev in
    --root|--bundle|-b) mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    --log|--config|--pid-file|--console-socket|--pidfd-socket) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    --log-format) mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$cur"); return ;;
    --log-level) mapfile -t COMPREPLY < <(compgen -W 'debug info warning error' -- "$cur"); return ;;
    --cgroup-manager) mapfile -t COMPREPLY < <(compgen -W 'cgroupfs systemd disabled' -- "$cur"); return ;;
    --rootless) mapfile -t COMPREPLY < <(compgen -W 'true false auto' -- "$cur"); return ;;
    --preserve-fds) return ;;
  esac
  case $command:$prev in
    create:-f|run:-f|plan:-f) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    plan:--format|info:--format|info:-f) mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$cur"); return ;;
    list:--format|list:-f) mapfile -t COMPREPLY < <(compgen -W 'table json' -- "$cur"); return ;;
  esac

  local creating='--bundle --config --console-socket --pidfd-socket --pid-file --no-pivot --no-new-keyring --preserve-fds'
  local options
  case $command in
    '') options='--debug --log --log-format --log-level --root --systemd-cgroup --cgroup-manager --rootless --version' ;;
    create) options=$creating ;;
    run) options="$creating --detach --keep --no-subreaper" ;;
    delete) options='--force --regex' ;;
    kill) options=--regex ;;
    list) options='--format --quiet' ;;
    info) options=--format ;;
    spec) options='--bundle --rootless' ;;
    plan) options='--bundle --config --format --no-pivot --no-new-keyring' ;;
    *) options= ;;
  esac
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options --help" -- "$cur")
    return
  fi
  case $command in
    '') mapfile -t COMPREPLY < <(compgen -W 'create delete features info kill list plan run spec start state' -- "$cur") ;;
    start|state|delete|kill)
      if [[ $command == kill && $prev != kill && $prev != -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W 'TERM KILL INT HUP QUIT USR1 USR2 STOP CONT' -- "$cur")
      else
        mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" "${root[@]}" list --quiet 2>/dev/null)" -- "$cur")
      fi ;;
  esac
}
complete -F _lade lade
