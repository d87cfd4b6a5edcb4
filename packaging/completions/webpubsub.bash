# bash completion for webpubsub. Verbs and options come from the program's own help.

_webpubsub() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local program=${COMP_WORDS[0]} help words
  local -a verbs=()
  COMPREPLY=()
  help=$("$program" --help 2>/dev/null)
  while [[ $help == *Subcommands:* ]] && ((${#verbs[@]} < COMP_CWORD - 1)); do
    verbs+=("${COMP_WORDS[${#verbs[@]} + 1]}")
    help=$("$program" "${verbs[@]}" --help 2>/dev/null)
  done
  if [[ $help == *Subcommands:* ]]; then
    words=$(sed -n '/^Subcommands:/,$ s/^  \([a-z][a-z-]*\) .*/\1/p' <<<"$help")
    mapfile -t COMPREPLY < <(compgen -W "$words --help" -- "$current")
    return
  fi
  case $previous in
    --connection-string-file | --client-access-url-file | --ca-file)
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return ;;
    -t | --type)
      mapfile -t COMPREPLY < <(compgen -W 'text json binary' -- "$current")
      return ;;
    --subprotocol)
      words='json json.reliable protobuf protobuf.reliable'
      mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
      return ;;
    --role)
      mapfile -t COMPREPLY < <(compgen -W 'sendToGroup joinLeaveGroup' -- "$current")
      return ;;
  esac
  if [[ $current == -* ]]; then
    words=$(sed -n 's/^  \(-[^ {]*\).*/\1/p' <<<"$help" | tr , ' ')
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  elif [[ ${verbs[0]} == permission ]] && ((COMP_CWORD == 3)); then
    mapfile -t COMPREPLY < <(compgen -W 'sendToGroup joinLeaveGroup' -- "$current")
  fi
} && complete -F _webpubsub webpubsub
