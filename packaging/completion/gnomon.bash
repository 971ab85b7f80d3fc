# Bash completion for gnomon, gnomon-agent, gnomon-collector and gnomon-fleet. It asks each program's
# --help, so it cannot fall behind.
_gnomon() {
  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
  local path=() i
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ ${COMP_WORDS[i]} == -* ]] && break
    path+=("${COMP_WORDS[i]}")
  done
  case $previous in
    --format) COMPREPLY=($(compgen -W "table text json jsonl csv" -- "$word")); return ;;
    --to) COMPREPLY=($(compgen -W "suricata zeek domains json" -- "$word")); return ;;
    --count-by) COMPREPLY=($(compgen -W "category country vendor surface" -- "$word")); return ;;
    --speed) COMPREPLY=($(compgen -W "1 10 60" -- "$word")); return ;;
    -i|--interface) COMPREPLY=($(compgen -W "$(command ls /sys/class/net)" -- "$word")); return ;;
    -r|--read|--config|--state|--catalogue|--credential|--data|-o)
      COMPREPLY=($(compgen -f -- "$word")); return ;;
  esac
  local help
  help=$("${COMP_WORDS[0]}" "${path[@]}" --help 2>/dev/null) || return
  local options commands
  options=$(grep -oE -- '(^|[ ,])--?[a-z][a-z-]*' <<<"$help" | tr -d ' ,')
  commands=$(sed -n '/^Subcommands:/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p' <<<"$help")
  COMPREPLY=($(compgen -W "$options $commands" -- "$word"))
}
complete -o default -F _gnomon gnomon gnomon-agent gnomon-collector gnomon-fleet
