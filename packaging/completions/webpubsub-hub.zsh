#compdef webpubsub-hub
# The options come from the program's own help.

local line
local -a found

case $words[CURRENT-1] in
  --access-key-file|--secondary-access-key-file|--event-handler-ca|--tls-certificate|--tls-key) _files; return ;;
  --log-level) _values level error warning notice info debug; return ;;
  --negotiate) _values who local network; return ;;
  --listen|--hub|--group|--command-user|--event-handler|--cors-origin|--limit|--status) _message value; return ;;
esac

for line in ${(f)"$(_call_program options $words[1] --help 2>/dev/null)"}; do
  [[ $line == '  -'* ]] && found+=(${(s:,:)${${line##  }%%[ \{]*}})
done
_describe -o options found
