// Which trials each section of the paper needs at each scale, as data.
// In: nothing. Out: experiments: conditions, losses and their pairs, stages, what each scale changes, and sources.
// A new section is a file here and a line in catalogue.ts.
export {
  type Condition,
  type Experiment,
  type Run,
  type ScaleChange,
  type ScaleOfCondition,
  type Template,
} from "./experiment.ts";
export { experimentOf, experiments, usualSections } from "./catalogue.ts";
export { continualReadings } from "./section_5_3.ts";
export { evaluationsOn } from "./common.ts";
export { type NetworkInput, networkInputs } from "./inputs.ts";
