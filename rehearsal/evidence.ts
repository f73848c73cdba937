import { type Evidence, readEvidence } from '../lambda/payca/evidence-chain';
import type { World } from './world';

/** What the stage's evidence bucket proves now. */
export function evidenceOf({ s3, deployment }: World): Evidence {
  const bucket = `${deployment.outputs().EvidenceBucket}/`;
  const own = [...s3.objects].filter(([name]) => name.startsWith(bucket));
  return readEvidence(
    own.map(([name, content]) => ({ key: name.slice(bucket.length), versions: [{ content: content.toString() }] })),
  );
}
