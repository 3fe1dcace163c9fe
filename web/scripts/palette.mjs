// An esbuild plugin: "wyldgate:palette.css" is what src/color/palette_css.ts makes.

import * as esbuild from "esbuild";

export function generatedPalette(web) {
  return {
    name: "palette",
    setup(build) {
      build.onResolve({ filter: /^wyldgate:palette\.css$/ }, () => ({ path: "palette.css", namespace: "wyldgate" }));
      build.onLoad({ filter: /.*/, namespace: "wyldgate" }, async () => {
        const made = await esbuild.build({
          absWorkingDir: web,
          entryPoints: ["src/color/palette_css.ts"],
          bundle: true,
          format: "esm",
          write: false,
        });
        const source = Buffer.from(made.outputFiles[0].contents).toString("base64");
        const { paletteCss } = await import(`data:text/javascript;base64,${source}`);
        return { contents: paletteCss(), loader: "css" };
      });
    },
  };
}
