// Several files in one ZIP. Page or worker; client-zip writes the format.
import { downloadZip } from "client-zip";
import { DannaError } from "../errors.ts";

/** Puts files into one ZIP, uncompressed: sound does not shrink. */
export async function zipFiles(files: readonly File[], name: string): Promise<File> {
  if (files.length === 0) throw new DannaError("input", "There is nothing to put into the ZIP.");
  return new File([await downloadZip(files).blob()], name, { type: "application/zip" });
}
