# fish completion for webpubsub-hub. The options come from the program's own help.

function __webpubsub_hub_options
    webpubsub-hub --help 2>/dev/null | string replace -rf '^  (-[^\s{]+).*$' '$1' | string split ,
end

complete -c webpubsub-hub -f -a '(__webpubsub_hub_options)'
complete -c webpubsub-hub -l access-key-file -r -F
complete -c webpubsub-hub -l secondary-access-key-file -r -F
complete -c webpubsub-hub -l event-handler-ca -r -F
complete -c webpubsub-hub -l tls-certificate -r -F
complete -c webpubsub-hub -l tls-key -r -F
complete -c webpubsub-hub -l negotiate -x -a 'local network'
complete -c webpubsub-hub -l log-level -x -a 'error warning notice info debug'
