import { fileURLToPath } from "node:url";

/** The data folder of this project, whatever the working folder. */
export const projectData = fileURLToPath(new URL("../../data", import.meta.url));

/** Where the files of a data set are looked for: raw/<name> in a data folder, by default that of this project. */
export function rawFolder(name: string, data = projectData): string {
  return `${data}/raw/${name}`;
}
