# wyld_embed_web(OUTPUT): OUTPUT becomes a C++ file that holds the built play page. The page is built
# again when anything below web/ changes. WYLD_WEB_DIST names a folder that was built elsewhere instead.
set(WYLD_WEB_DIST "" CACHE PATH "A built play page to embed; empty: build web/")

function(wyld_embed_web output)
  find_program(WYLD_NODE NAMES node nodejs)
  if(NOT WYLD_NODE)
    message(FATAL_ERROR "The play page needs Node 18 or newer to build, and there is no 'node'. Run script/bootstrap.")
  endif()
  set(generator ${PROJECT_SOURCE_DIR}/cmake/embed_assets.mjs)

  if(WYLD_WEB_DIST)
    if(NOT EXISTS ${WYLD_WEB_DIST}/index.html)
      message(FATAL_ERROR "WYLD_WEB_DIST=${WYLD_WEB_DIST} has no index.html.")
    endif()
    file(GLOB_RECURSE inputs CONFIGURE_DEPENDS ${WYLD_WEB_DIST}/*)
    add_custom_command(OUTPUT ${output}
      COMMAND ${WYLD_NODE} ${generator} ${WYLD_WEB_DIST} ${output}
      DEPENDS ${generator} ${inputs}
      COMMENT "Embedding ${WYLD_WEB_DIST}" VERBATIM)
    return()
  endif()

  find_program(WYLD_NPM npm)
  find_program(WYLD_FLOCK flock)
  set(web ${PROJECT_SOURCE_DIR}/web)
  if(NOT WYLD_NPM OR NOT WYLD_FLOCK)
    message(FATAL_ERROR "The play page needs 'npm' and 'flock' to build. Run script/bootstrap.")
  endif()
  if(NOT EXISTS ${web}/package.json OR NOT EXISTS ${web}/node_modules/esbuild)
    message(FATAL_ERROR "The packages of web/ are not installed (no ${web}/node_modules/esbuild). Run script/bootstrap.")
  endif()
  file(GLOB_RECURSE inputs CONFIGURE_DEPENDS ${web}/src/* ${web}/static/* ${web}/scripts/*)
  list(FILTER inputs EXCLUDE REGEX "\\.test\\.")
  # web/dist is one for all presets, so two builds at once take turns.
  add_custom_command(OUTPUT ${output}
    COMMAND ${WYLD_FLOCK} ${web}/node_modules/.build.lock
      sh -c "\"$1\" run --silent build >/dev/null && \"$2\" \"$3\" dist \"$4\"" embed
      ${WYLD_NPM} ${WYLD_NODE} ${generator} ${output}
    WORKING_DIRECTORY ${web}
    DEPENDS ${generator} ${web}/package.json ${web}/package-lock.json ${web}/tsconfig.json ${inputs}
    COMMENT "Building and embedding the play page" VERBATIM)
endfunction()
