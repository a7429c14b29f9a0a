// Seeded randomness: every random choice of the project draws from a stream named by what it is for.
// In: a seed and a purpose such as ("order", epoch). Out: numbers, permutations, or a seed for TensorFlow's own ops.
// There is no global state: the same seed and purpose give the same numbers whatever ran before.
export { deriveSeed, type Generator, generator, type Purpose } from "./generator.ts";
