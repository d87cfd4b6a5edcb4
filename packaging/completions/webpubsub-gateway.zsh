#compdef webpubsub-gateway
# Verbs and options come from the program's own help.
setopt local_options extended_glob

local program=$words[1] verb=$words[2] line
local -a found

if (( CURRENT == 2 )); then
  for line in ${(f)"$(_call_program verbs $program --help 2>/dev/null)"}; do
    [[ $line == (#b)'  '([a-z][a-z-]#)' '##(*) ]] && found+=("$match[1]:$match[2]")
  done
  _describe -t verbs verb found
  return
fi

case $words[CURRENT-1] in
  -c|--config|-o|--output|--socket|--control-socket) _files; return ;;
  --log-format) _values format auto journal text json; return ;;
  --unit)
    found=(${${(f)"$(_call_program units systemctl list-units --plain --no-legend 'webpubsub-gateway*.service' 2>/dev/null)"}%% *})
    _describe -t units unit found
    return ;;
  --instance)
    found=(/etc/webpubsub-gateway/*.yaml(N:t:r))
    found=(${found:#gateway})
    _describe -t instances instance found
    return ;;
esac

if [[ $words[CURRENT] == -* ]]; then
  for line in ${(f)"$(_call_program options $program $verb --help 2>/dev/null)"}; do
    [[ $line == '  -'* ]] && found+=(${(s:,:)${${line##  }%%[ \{]*}})
  done
  _describe -o options found
elif [[ $verb == log-level ]]; then
  _values level error warning notice info debug
elif [[ $verb == queue ]] && (( CURRENT == 3 )); then
  _values action list peek export drain purge
elif [[ $verb == check ]]; then
  _files
fi
