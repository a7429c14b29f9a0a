import { isThere } from "../files/mod.ts";
import { dataFolder } from "../trials/mod.ts";
import { UsageError } from "./command.ts";

/**
 * The data folder of a command that only reads what is stored.
 *
 * @param named By `--data`; absent: HEM_DATA, else the project's
 * @throws {UsageError} where there is no such folder: nothing stored would look like no results yet
 */
export function storedFolder(named?: string): string {
  const data = dataFolder(named);
  if (isThere(data)) return data;
  throw new UsageError(`There is no folder ${data}: name that of results/ by --data`);
}
