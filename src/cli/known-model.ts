// Names of models that someone typed. Node.
import { UnknownModel } from "../model/folder-catalogue.ts";
import { didYouMean } from "./nearest.ts";
import { UsageError } from "./usage.ts";

/**
 * Gives what `look` gives that looks a model up.
 * @throws UsageError where there is no model of that name, with one that was maybe meant
 */
export async function knownModel<T>(name: string, look: Promise<T>): Promise<T> {
  try {
    return await look;
  } catch (error) {
    if (!(error instanceof UnknownModel)) throw error;
    throw new UsageError(`${error.message}${didYouMean(name, error.names)}`);
  }
}
