import type { Claim } from "./claim.ts";
import { claims2 } from "./section_2.ts";
import { claims51 } from "./section_5_1.ts";
import { claims52 } from "./section_5_2.ts";
import { claims53 } from "./section_5_3.ts";
import { claims54 } from "./section_5_4.ts";
import { claims6 } from "./section_6.ts";
import { claimsB1 } from "./section_b1.ts";
import { claimsB2 } from "./section_b2.ts";
import { claimsB3 } from "./section_b3.ts";

/** Everything that the paper claims in words, in its order. */
export const claims: readonly Claim[] = [
  ...claims2,
  ...claims51,
  ...claims52,
  ...claims53,
  ...claims54,
  ...claims6,
  ...claimsB1,
  ...claimsB2,
  ...claimsB3,
];
