# bash completion for webpubsub-gateway. Verbs and options come from the program's own help.

_webpubsub_gateway() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local program=${COMP_WORDS[0]} verb=${COMP_WORDS[1]}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    local verbs
    verbs=$("$program" --help 2>/dev/null | sed -n '/^Subcommands:/,$ s/^  \([a-z][a-z-]*\) .*/\1/p')
    mapfile -t COMPREPLY < <(compgen -W "$verbs --help" -- "$current")
    return
  fi
  case $previous in
    -c | --config | -o | --output | --socket | --control-socket)
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return ;;
    --log-format)
      mapfile -t COMPREPLY < <(compgen -W 'auto journal text json' -- "$current")
      return ;;
    --unit)
      mapfile -t COMPREPLY < <(compgen -W "$(systemctl list-units --plain --no-legend \
        'webpubsub-gateway*.service' 2>/dev/null | cut -d ' ' -f 1)" -- "$current")
      return ;;
    --instance)
      local sites
      sites=$(find /etc/webpubsub-gateway -maxdepth 1 -name '*.yaml' ! -name gateway.yaml \
        -exec basename {} .yaml ';' 2>/dev/null)
      mapfile -t COMPREPLY < <(compgen -W "$sites" -- "$current")
      return ;;
  esac
  if [[ $current == -* ]]; then
    local options
    options=$("$program" "$verb" --help 2>/dev/null | sed -n 's/^  \(-[^ {]*\).*/\1/p' | tr , ' ')
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
  elif [[ $verb == log-level ]]; then
    mapfile -t COMPREPLY < <(compgen -W 'error warning notice info debug' -- "$current")
  elif [[ $verb == queue ]] && ((COMP_CWORD == 2)); then
    mapfile -t COMPREPLY < <(compgen -W 'list peek export drain purge' -- "$current")
  elif [[ $verb == check ]]; then
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  fi
} && complete -F _webpubsub_gateway webpubsub-gateway
