// Browser side of hostile-models.test.ts. Page.
import type * as Library from "../../src/index.ts";

const built = new URL("/dist/index.js", location.href).href;

/**
 * What `createStemSeparator` says to a model: an error's code and message, or nothing. The page's
 * title is "arrived" from when its file has been downloaded.
 */
export async function load(model: string): Promise<string | undefined> {
  const { createStemSeparator, DannaError } = (await import(built)) as typeof Library;
  const context = new OfflineAudioContext(2, 44100, 44100);
  try {
    const separator = await createStemSeparator(context, {
      model,
      backend: "wasm",
      onProgress: ({ loaded, total }) => {
        if (loaded === total) document.title = "arrived";
      },
    });
    await separator.dispose();
    return undefined;
  } catch (error) {
    if (!(error instanceof DannaError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}
