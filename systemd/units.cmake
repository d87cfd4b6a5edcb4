# Writes the units into `folder`: one gateway, the template of its instances, the hub alone.
# In: source, folder, bindir, config_directory, systemd_version. Also for `cmake -D... -P`.

file(READ ${source}/sandbox.conf sandbox)
string(STRIP "${sandbox}" sandbox)
set(restart_steps "")
if(systemd_version VERSION_GREATER_EQUAL 254)
  set(restart_steps "RestartSteps=6\nRestartMaxDelaySec=1min\n")
endif()

# gateway_unit(FILE TITLE NAME: of folders below /var/lib and /run; CONFIG: the configuration)
function(gateway_unit file title name config)
  if(systemd_version VERSION_GREATER_EQUAL 254)
    set(type "notify-reload")
    set(reload "# A reload is a SIGHUP and ends with the next READY.")
  else()
    set(type "notify")
    # The verb waits for the outcome and fails with it. The gateway itself checks the file, for
    # systemd 252 hides credentials from commands of a reload.
    set(reload "ExecReload=${bindir}/webpubsub-gateway reload --socket %t/${name}/control.sock")
  endif()
  configure_file(${source}/webpubsub-gateway.service.in ${folder}/${file} @ONLY)
endfunction()

gateway_unit(webpubsub-gateway.service "Web PubSub gateway for MQTT devices"
  webpubsub-gateway ${config_directory}/gateway.yaml)
gateway_unit(webpubsub-gateway@.service "Web PubSub gateway for MQTT devices, instance %i"
  webpubsub-gateway@%i ${config_directory}/%i.yaml)
configure_file(${source}/webpubsub-hub.service.in ${folder}/webpubsub-hub.service @ONLY)
