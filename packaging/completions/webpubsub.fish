# fish completion for webpubsub. Verbs and options come from the program's own help.

# The help of the verb that is there so far, which may be one of a family.
function __webpubsub_help
    set -l words (commandline -opc)
    set -l help (webpubsub --help 2>/dev/null)
    set -l verbs
    while contains Subcommands: $help; and test (count $words) -gt (math (count $verbs) + 1)
        set -a verbs $words[(math (count $verbs) + 2)]
        set help (webpubsub $verbs --help 2>/dev/null)
    end
    printf '%s\n' $help
end

function __webpubsub_verbs
    __webpubsub_help | string replace -rf '^  ([a-z][a-z-]*) +(.*)$' '$1\t$2'
end

function __webpubsub_wants_verb
    __webpubsub_help | string match -q 'Subcommands:'
end

function __webpubsub_options
    __webpubsub_help | string replace -rf '^  (-[^\s{]+).*$' '$1' | string split ,
end

complete -c webpubsub -f
complete -c webpubsub -n __webpubsub_wants_verb -a '(__webpubsub_verbs)'
complete -c webpubsub -n 'not __webpubsub_wants_verb; and string match -q -- "-*" (commandline -ct)' -a '(__webpubsub_options)'
complete -c webpubsub -n '__fish_seen_subcommand_from permission; and test (count (commandline -opc)) -eq 3' -a 'sendToGroup joinLeaveGroup'
complete -c webpubsub -l connection-string-file -r -F
complete -c webpubsub -l client-access-url-file -r -F
complete -c webpubsub -l ca-file -r -F
complete -c webpubsub -n '__fish_seen_subcommand_from send event' -s t -l type -x -a 'text json binary'
complete -c webpubsub -n '__fish_seen_subcommand_from send event listen' -l subprotocol -x -a 'json json.reliable protobuf protobuf.reliable'
complete -c webpubsub -n '__fish_seen_subcommand_from token' -l role -x -a 'sendToGroup joinLeaveGroup'
