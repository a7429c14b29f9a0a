// The small training as a process that a test kills: prints every step, writes its checkpoint into the folder of its argument.
import { saveWeights, train } from "../../lib/training/mod.ts";
import { smallNetwork, smallTraining } from "./small_training.ts";

const folder = Deno.args[0]!;
const network = smallNetwork();
await train(smallTraining(network, {
  checkpoint: { file: `${folder}/checkpoint.safetensors`, everySeconds: 0 },
  onStep: (step) => Deno.stdout.writeSync(new TextEncoder().encode(`${step}\n`)),
}));
await saveWeights(network, `${folder}/weights.safetensors`);
