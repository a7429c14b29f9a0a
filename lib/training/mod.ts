// Training a network with a loss, and checking networks against PyTorch.
// In: a Module, a Loss, batches of images, a recipe. Out: trained variables, losses per epoch, checkpoints, logits.
// Seeded throughout: the same trial gives the same numbers, also when it was interrupted and resumed.
export * from "./golden.ts";
