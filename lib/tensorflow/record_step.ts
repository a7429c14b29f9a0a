/** Recording a step: its ops become a graph, with shapes and without values, so that recording costs no memory. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { idsOf, recorded, tensorOf } from "./backend.ts";
import type { Output } from "./function_graph.ts";
import { tf } from "./load.ts";
import type { Recording } from "./recording.ts";
import { type RecordingOptions, StepRecorder } from "./step_recorder.ts";

/** An input of a step. */
interface StepInput {
  /** Names it in messages. */
  label: string;
  /** TensorFlow's number of its type. */
  type: number;
  shape: readonly number[];
}

/**
 * Records a step.
 *
 * @param name Of the step, for messages
 * @param step Gets tensors without values in the place of the inputs, and returns its results with their places
 * @throws {TypeError} What cannot be captured, and where it is
 */
export function recordStep(
  name: string,
  inputs: readonly StepInput[],
  step: (inputs: Tensor[]) => { tensors: Tensor[]; labels: string[] },
  options: RecordingOptions,
): Recording {
  const recorder = new StepRecorder(name, options);
  const { graph, order, trace } = recorder;
  try {
    let results: Output[];
    recorded(recorder, () =>
      tf.tidy(() => {
        const symbols = inputs.map(({ label, type, shape }) =>
          tensorOf(recorder.inputs.declare(type, shape, label))
        );
        const { tensors, labels } = step(symbols);
        results = recorder.results(idsOf(tensors), labels);
      }));
    const { declared, variables, outside, kept } = recorder.inputs;
    const { written, effects } = order;
    return {
      graph,
      inputs: declared,
      ...{ variables, outside, kept },
      ...{ written, effects },
      results: results!,
      trace,
    };
  } catch (error) {
    graph.dispose();
    throw error;
  }
}
