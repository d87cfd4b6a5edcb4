# The SDK as a package for other programs: find_package(webpubsub CONFIG), webpubsub::webpubsub.
#
# `cmake --install BUILD --component sdk` installs it alone. Only what a user of the SDK includes
# is installed, below a folder of its own: "base/" and "net/" are no names for /usr/include.

include(CMakePackageConfigHelpers)

set(sdk_headers
  base/backoff.h base/clock.h base/inbox.h base/log.h base/result.h base/secret.h base/units.h
  net/address_limits.h net/event_loop.h net/http.h net/http_client.h net/http_server.h net/tls_options.h net/websocket.h
  webpubsub/auth/access_token.h webpubsub/auth/connection_string.h webpubsub/auth/credential.h
  webpubsub/auth/negotiate_credential.h webpubsub/auth/roles.h webpubsub/auth/token_source.h
  webpubsub/client/client.h webpubsub/client/inbound_stream.h webpubsub/client/stream_receiver.h
  webpubsub/entra/entra.h
  webpubsub/events/cloud_event.h webpubsub/events/event_handler.h webpubsub/events/event_reply.h
  webpubsub/events/event_signature.h
  webpubsub/protocol/codec.h webpubsub/protocol/frames.h webpubsub/protocol/json_text.h
  webpubsub/protocol/names.h
  webpubsub/service/filter_text.h webpubsub/service/service_client.h
  webpubsub/service/service_credential.h)

set(sdk_include ${CMAKE_INSTALL_INCLUDEDIR}/webpubsub)
set(sdk_cmake ${CMAKE_INSTALL_LIBDIR}/cmake/webpubsub)
set(sdk_pkgconfig ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

foreach(header IN LISTS sdk_headers)
  cmake_path(GET header PARENT_PATH folder)
  install(FILES ${PROJECT_SOURCE_DIR}/${header} DESTINATION ${sdk_include}/${folder} COMPONENT sdk)
endforeach()

add_library(gw_sdk INTERFACE)
set_target_properties(gw_sdk PROPERTIES EXPORT_NAME webpubsub)
# sdk_part(TARGET NAME): a library as webpubsub::NAME, libwebpubsub_NAME.a.
function(sdk_part target name)
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name} OUTPUT_NAME webpubsub_${name})
  target_include_directories(${target} PUBLIC $<INSTALL_INTERFACE:${sdk_include}>)
  target_link_libraries(gw_sdk INTERFACE ${target})
  install(TARGETS ${target} EXPORT webpubsub
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT sdk)
endfunction()
sdk_part(gw_base base)
sdk_part(gw_net net)
sdk_part(gw_webpubsub_wire wire)
sdk_part(gw_webpubsub client)
sdk_part(gw_webpubsub_service service)
sdk_part(gw_webpubsub_entra entra)
sdk_part(gw_webpubsub_events events)
install(TARGETS gw_sdk EXPORT webpubsub)
install(EXPORT webpubsub NAMESPACE webpubsub:: FILE webpubsub-targets.cmake
  DESTINATION ${sdk_cmake} COMPONENT sdk)

set(sdk_built ${PROJECT_BINARY_DIR}/sdk)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/webpubsub-config.cmake.in
  ${sdk_built}/webpubsub-config.cmake INSTALL_DESTINATION ${sdk_cmake})
write_basic_package_version_file(${sdk_built}/webpubsub-config-version.cmake
  COMPATIBILITY SameMinorVersion)  # before 1.0 a minor version may change what there is
install(FILES ${sdk_built}/webpubsub-config.cmake ${sdk_built}/webpubsub-config-version.cmake
  DESTINATION ${sdk_cmake} COMPONENT sdk)

# From where the file is, so that the prefix may be chosen at the install.
file(RELATIVE_PATH sdk_prefix /${sdk_pkgconfig} /)
configure_file(${PROJECT_SOURCE_DIR}/cmake/webpubsub.pc.in ${sdk_built}/webpubsub.pc @ONLY)
install(FILES ${sdk_built}/webpubsub.pc DESTINATION ${sdk_pkgconfig} COMPONENT sdk)
