# requirements.tsv: every statement of the runtime-spec and its status.
#   tested       a case has its id
#   deviation    a case has its id, but lade deviates on purpose (the reason is given): its failure does not fail the suite
#   untestable   no case can show it from outside (with the reason)
#   not binding  it does not bind a runtime on Linux (with the reason)
#   open         no case yet

declare -A statements=() statuses=() reasons=()

read_table() {
  local id level statement status why
  while IFS=$'\t' read -r id level statement status why; do
    [ "$id" != id ] || continue
    statements[$id]=$statement statuses[$id]=$status reasons[$id]=$why
  done <"$here/requirements.tsv"
}

# check_table: compares cases and table; prints the differences, then the totals.
check_table() {
  local line id wrong=0 status
  local -A cased=() totals=()
  read_table
  for line in "${scenarios[@]}"; do
    for id in ${line%%|*}; do
      cased[$id]=1
      [ -n "${statements[$id]+x}" ] || { echo "not in the table: $id (${line#*|})"; wrong=1; }
    done
  done
  for id in "${!statements[@]}"; do
    status=${statuses[$id]}
    totals[$status]=$((${totals[$status]-0} + 1))
    case $status in
      tested) [ -n "${cased[$id]+x}" ] || { echo "no case: $id"; wrong=1; } ;;
      deviation) [ -n "${cased[$id]+x}" ] && [ -n "${reasons[$id]}" ] || { echo "no case or no reason: $id"; wrong=1; } ;;
      untestable | 'not binding')
        [ -z "${cased[$id]+x}" ] || { echo "a case for what is $status: $id"; wrong=1; }
        [ -n "${reasons[$id]}" ] || { echo "no reason: $id"; wrong=1; } ;;
      open) [ -z "${cased[$id]+x}" ] || { echo "a case for what is open: $id"; wrong=1; } ;;
      *) echo "unknown status '$status': $id"; wrong=1 ;;
    esac
  done
  # All files are sourced by one shell: a second function with the same name would replace the first.
  for id in $(grep -hoE '^[a-z_0-9]+\(\)' "$here"/cases/*.sh "$here"/*.sh "$here/run" | sort | uniq -d); do echo "two functions: $id"; wrong=1; done
  echo "${#statements[@]} statements, ${#scenarios[@]} scenarios"
  for status in tested deviation untestable 'not binding' open; do echo "${totals[$status]-0} $status"; done
  return $wrong
}
