import type { Launch } from './launch';
import type { Readiness } from './readiness';
import type { Stuck } from './switches';

/** What the timeline tells an operator: the launch as it is stored, or why a command was refused. */
export type Reply =
  | { readonly launch?: Launch; readonly readiness?: Readiness; readonly stuck?: readonly Stuck[] }
  | { readonly refused: string };
