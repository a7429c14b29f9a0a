import type { Estimate } from "./estimate.ts";

/** How progress is shown in one place. */
export interface Display {
  show(note: string): void;
  end(note: string): void;
}

/** What is shown, with its unit. */
export interface Task {
  readonly label: string;
  readonly unit: string;
  readonly estimate: Estimate;
}
