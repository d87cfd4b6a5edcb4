# Fails when a file includes a folder that its own folder stands below, or a library that another
# folder is there to hide. Run in the source tree: cmake -P cmake/check_layers.cmake

cmake_minimum_required(VERSION 3.25)  # a script has no policies of its own: IN_LIST needs one

set(may_base)
set(may_net base)
set(may_webpubsub net base)
set(may_hub webpubsub net base)
set(may_bridge webpubsub net base)
set(may_config bridge hub webpubsub net base)
set(may_daemon config bridge hub webpubsub net base)
set(may_examples webpubsub net base)
set(folders base net webpubsub hub bridge config daemon examples)

# library header -> the one place that may see it
set(hidden "libwebsockets\\.h:net/" "yaml-cpp/:config/" "leveldb/:bridge/store/" "mqtt/[a-z_]+\\.h>:bridge/mqtt/"
  "MQTTAsync\\.h:bridge/mqtt/" "systemd/:daemon/" "prometheus/:daemon/" "CLI/:(daemon|webpubsub/command)/")

set(wrong 0)
foreach(folder IN LISTS folders)
  file(GLOB_RECURSE files RELATIVE ${CMAKE_SOURCE_DIR} ${folder}/*.h ${folder}/*.cpp)
  foreach(file IN LISTS files)
    file(STRINGS ${file} includes REGEX "^[ \t]*#[ \t]*include")
    foreach(line IN LISTS includes)
      if(line MATCHES "\"([a-z_]+)/")
        set(other ${CMAKE_MATCH_1})
        if(other IN_LIST folders AND NOT other STREQUAL folder AND NOT other IN_LIST may_${folder})
          message(SEND_ERROR "${file}: ${folder}/ may not include ${other}/: ${line}")
          math(EXPR wrong "${wrong} + 1")
        endif()
      endif()
      foreach(pair IN LISTS hidden)
        string(REGEX MATCH "^([^:]+):(.+)$" _ "${pair}")
        set(header ${CMAKE_MATCH_1})
        set(home ${CMAKE_MATCH_2})
        if(line MATCHES "[<]${header}" AND NOT file MATCHES "^${home}")
          message(SEND_ERROR "${file}: only ${home} may see it: ${line}")
          math(EXPR wrong "${wrong} + 1")
        endif()
      endforeach()
    endforeach()
  endforeach()
endforeach()
if(wrong EQUAL 0)
  message(STATUS "includes follow the arrows")
endif()
