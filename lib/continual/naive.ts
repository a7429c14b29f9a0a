/** The lower bound. */
import type { Strategy } from "./strategy.ts";

/** Learning one experience after the other with nothing against forgetting (avalanche-lib's Naive): the lower bound. */
export class Naive implements Strategy {}
