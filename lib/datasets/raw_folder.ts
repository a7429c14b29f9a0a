import { fileURLToPath } from "node:url";

// the data folder of this project, whatever the working folder
const PROJECT_DATA = fileURLToPath(new URL("../../data", import.meta.url));

/** Where the files of a data set are looked for: raw/<name> in a data folder, by default that of this project. */
export function rawFolder(name: string, data = PROJECT_DATA): string {
  return `${data}/raw/${name}`;
}
