# fish completion for webpubsub-gateway. Verbs and options come from the program's own help.

function __webpubsub_gateway_verbs
    webpubsub-gateway --help 2>/dev/null | string replace -rf '^  ([a-z][a-z-]*) +(.*)$' '$1\t$2'
end

function __webpubsub_gateway_options
    set -l words (commandline -opc)
    webpubsub-gateway $words[2] --help 2>/dev/null | string replace -rf '^  (-[^\s{]+).*$' '$1' | string split ,
end

function __webpubsub_gateway_instances
    for file in /etc/webpubsub-gateway/*.yaml
        set -l site (basename $file .yaml)
        test $site = gateway; or echo $site
    end
end

complete -c webpubsub-gateway -f
complete -c webpubsub-gateway -n __fish_use_subcommand -a '(__webpubsub_gateway_verbs)'
complete -c webpubsub-gateway -n 'not __fish_use_subcommand; and string match -q -- "-*" (commandline -ct)' -a '(__webpubsub_gateway_options)'
complete -c webpubsub-gateway -n '__fish_seen_subcommand_from run check explain diag' -s c -l config -r -F
complete -c webpubsub-gateway -n '__fish_seen_subcommand_from diag' -s o -l output -r -F
complete -c webpubsub-gateway -n '__fish_seen_subcommand_from run' -l control-socket -r -F
complete -c webpubsub-gateway -n '__fish_seen_subcommand_from run' -l log-format -x -a 'auto journal text json'
complete -c webpubsub-gateway -n '__fish_seen_subcommand_from status queue trace log-level diag reload' -l socket -r -F
complete -c webpubsub-gateway -n '__fish_seen_subcommand_from status queue trace log-level diag reload' -l instance -x -a '(__webpubsub_gateway_instances)'
complete -c webpubsub-gateway -n '__fish_seen_subcommand_from check' -l unit -x -a '(systemctl list-units --plain --no-legend "webpubsub-gateway*.service" 2>/dev/null | string split -f 1 " ")'
complete -c webpubsub-gateway -n '__fish_seen_subcommand_from check' -F
complete -c webpubsub-gateway -n '__fish_seen_subcommand_from log-level' -a 'error warning notice info debug'
complete -c webpubsub-gateway -n '__fish_seen_subcommand_from queue; and not __fish_seen_subcommand_from list peek export drain purge' -a 'list peek export drain purge'
