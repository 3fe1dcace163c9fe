# What a project that is not ours needs: headers, libraries, the contract, and find_package(wyldgate) with the target
# wyldgate::world.
include(CMakePackageConfigHelpers)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/wyldgate)
install(TARGETS wyld_world_proto wyld_world_proto_grpc wyld_world_sdk_journal wyld_world_sdk_core wyld_world_sdk
  EXPORT wyldgate ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT sdk)
install(EXPORT wyldgate NAMESPACE wyldgate:: FILE wyldgateTargets.cmake DESTINATION ${package} COMPONENT sdk)

# The rest of wyldgate/world/ is the library's own.
install(FILES wyldgate/world/accounts.h wyldgate/world/file_store.h wyldgate/world/handler.h
  wyldgate/world/sequence_store.h wyldgate/world/server.h wyldgate/world/session.h wyldgate/world/sessions.h
  ${out}/wyldgate/world/journal.pb.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/wyldgate/world COMPONENT sdk)
get_target_property(contract wyld_world_proto BINARY_DIR)
foreach(name session world account)
  install(FILES ${contract}/generated/wyldgate/world/v1/${name}.pb.h
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/wyldgate/world/v1 COMPONENT sdk)
endforeach()
install(DIRECTORY ${root}/proto/wyldgate DESTINATION ${CMAKE_INSTALL_DATADIR}/wyldgate/proto COMPONENT sdk
  FILES_MATCHING PATTERN "*.proto")

configure_package_config_file(wyldgateConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/wyldgateConfig.cmake
  INSTALL_DESTINATION ${package})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/wyldgateConfigVersion.cmake
  VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/wyldgateConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/wyldgateConfigVersion.cmake
  DESTINATION ${package} COMPONENT sdk)
