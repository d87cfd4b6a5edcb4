# Writes the units into `folder`: one gateway, the template of its instances, the hub alone.
# In: source, folder, bindir, config_directory, systemd_version. Also for `cmake -D... -P`.

if(systemd_version VERSION_GREATER_EQUAL 254)
  set(type "notify-reload")
  # systemd sends SIGHUP and waits for READY. The check says so if the file was refused.
  set(reload_command "check --config @config@ >/dev/null")
  set(restart_steps "RestartSteps=6\nRestartMaxDelaySec=1min\n")
else()
  set(type "notify")
  set(reload_command "check --config @config@ >/dev/null && kill -HUP $MAINPID")
  set(restart_steps "")
endif()

file(READ ${source}/sandbox.conf sandbox)
string(STRIP "${sandbox}" sandbox)

# gateway_unit(FILE NAME: of folders below /var/lib and /run; CONFIG: the configuration)
function(gateway_unit file title name config)
  string(CONFIGURE "${reload_command}" command @ONLY)
  # As root and outside of the sandbox (+), or else the check cannot read the unit's credentials (%d).
  set(exec_reload "+/bin/sh -c 'CREDENTIALS_DIRECTORY=%d ${bindir}/webpubsub-gateway ${command}'")
  configure_file(${source}/webpubsub-gateway.service.in ${folder}/${file} @ONLY)
endfunction()

gateway_unit(webpubsub-gateway.service "Web PubSub gateway for MQTT devices"
  webpubsub-gateway ${config_directory}/gateway.yaml)
gateway_unit(webpubsub-gateway@.service "Web PubSub gateway for MQTT devices, instance %i"
  webpubsub-gateway@%i ${config_directory}/%i.yaml)
configure_file(${source}/webpubsub-hub.service.in ${folder}/webpubsub-hub.service @ONLY)
