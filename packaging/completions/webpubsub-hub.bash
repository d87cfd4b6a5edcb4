# bash completion for webpubsub-hub. The options come from the program's own help.

_webpubsub_hub() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()
  case $previous in
    --access-key-file | --secondary-access-key-file | --event-handler-ca | --tls-certificate | --tls-key)
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return ;;
    --log-level)
      mapfile -t COMPREPLY < <(compgen -W 'error warning notice info debug' -- "$current")
      return ;;
    --negotiate)
      mapfile -t COMPREPLY < <(compgen -W 'local network' -- "$current")
      return ;;
    --listen | --hub | --group | --command-user | --event-handler | --cors-origin | --limit | --status)
      return ;;
  esac
  local options
  options=$("${COMP_WORDS[0]}" --help 2>/dev/null | sed -n 's/^  \(-[^ {]*\).*/\1/p' | tr , ' ')
  mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
} && complete -F _webpubsub_hub webpubsub-hub
