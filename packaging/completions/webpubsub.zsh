#compdef webpubsub
# Verbs and options come from the program's own help.
setopt local_options extended_glob

local program=$words[1] help line
local -a verbs found

help=$(_call_program verbs $program --help 2>/dev/null)
while [[ $help == *Subcommands:* ]] && (( $#verbs < CURRENT - 2 )); do
  verbs+=$words[$#verbs+2]
  help=$(_call_program verbs $program $verbs --help 2>/dev/null)
done
if [[ $help == *Subcommands:* ]]; then
  for line in ${(f)${help#*Subcommands:}}; do
    [[ $line == (#b)'  '([a-z][a-z-]#)' '##(*) ]] && found+=("$match[1]:$match[2]")
  done
  _describe -t verbs verb found
  return
fi

case $words[CURRENT-1] in
  --connection-string-file|--client-access-url-file|--ca-file) _files; return ;;
  -t|--type) _values type text json binary; return ;;
  --subprotocol) _values subprotocol json json.reliable protobuf protobuf.reliable; return ;;
  --role) _values role sendToGroup joinLeaveGroup; return ;;
esac

if [[ $words[CURRENT] == -* ]]; then
  for line in ${(f)help}; do
    [[ $line == '  -'* ]] && found+=(${(s:,:)${${line##  }%%[ \{]*}})
  done
  _describe -o options found
elif [[ $verbs[1] == permission ]] && (( CURRENT == 4 )); then
  _values permission sendToGroup joinLeaveGroup
fi
