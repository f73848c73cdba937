import { repositorySignOffs } from '../../runbook/reviewed-commits';

/** A line that people attest: nothing here is marked done by a program. */
export interface Attestation {
  /** Id of the line in the runbook, or of the team's own in `config/sign-offs.yaml`. */
  readonly line: string;
  readonly text: string;
  readonly owner: string;
  readonly deputy: string;
  readonly status: 'signed off' | 'open';
  /** When, ISO 8601 in UTC; absent while it is open. */
  readonly at?: string;
  /** The reviewed commit that signs it. */
  readonly by?: string;
  /** Where the proof is kept. */
  readonly link?: string;
}

/** What Compliance answers for: section 7 of the runbook, and the team's own lines such as PayCA's attestation (12.8). */
export function attestations(): Attestation[] {
  // The same commit gives the same report, whatever the remote has.
  const { signOffs, problems } = repositorySignOffs({ merged: false });
  if (!signOffs)
    throw new Error(`config/sign-offs.yaml has ${problems.length} problem(s): npm run golive -- config check`);
  return signOffs.lines
    .filter(({ kind, owner }) => kind === 'attested' && owner === 'Compliance')
    .map(({ id, text, owner, deputy }) => {
      const signed = signOffs.signOffs.find(({ line }) => line === id);
      const { at, by, link } = signed ?? {};
      return { line: id, text, owner, deputy, status: signed ? 'signed off' : 'open', at, by, link };
    });
}
