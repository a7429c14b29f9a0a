// AutoAttack: how many images a network still classifies correctly when each is changed a little, on purpose.
// In: a function from images to logits, images with labels, a norm and epsilon. Out: adversarial images, a log, accuracies.
// Everything between the images and the answer stays on the device; what comes back lies in the ball exactly.
export { type AttackLog, autoAttack, type AutoAttackResult } from "./auto_attack.ts";
export type { AutoAttackOptions, Settings } from "./options.ts";
export type { Norm } from "./ball.ts";
export { type AttackName, attackNames, type Preset, type PresetName, presets } from "./presets.ts";
export type { RandomSource } from "./random_source.ts";
export type { SelfCheck } from "./self_check.ts";
