import { count, type Result } from '../report/report';
import { REQUIREMENTS, type Requirement, SOURCE } from './requirements';
import { PCI_RULES } from './rules';

/** `docs/compliance/pci-dss-4.md`, from the rules and what they say of the stacks. */
export function pciPage(results: readonly Result[]): string {
  const isoNumbers = REQUIREMENTS.flatMap(({ iso }) => iso).length;
  return `# PCI DSS v4.0.1: what the infrastructure shows

<!-- Made from lib/compliance/pci-dss-4; \`npm run compliance -- --docs\` writes it. -->

This is evidence, **not an assessment**: it says nothing about scope, people or other systems, and no assessor made it. Rules run at every synth
on the templates of both stages. "Organisational" lines are not shown by a template; people must.

Numbers and meaning of the ${REQUIREMENTS.length} requirements were read in [a public rendition](${SOURCE.split(' ')[0]}); the standard of the PCI SSC itself was not.
Not confirmed: the ${isoNumbers} numbers marked †, of ISO 27001:2022 Annex A, which was not read.

| Requirement | What it asks, in our words | Rule or evidence | Verdict | ISO 27001:2022 Annex A † |
|---|---|---|---|---|
${REQUIREMENTS.map((requirement) => row(requirement, results)).join('\n')}
`;
}

function row({ id, text, iso, evidence }: Requirement, results: readonly Result[]): string {
  const names = PCI_RULES.filter(({ requirements }) => requirements.includes(id)).map(({ name }) => name);
  const shown = [
    ...names.map((name) => `\`${name}\``),
    ...(evidence && evidence !== 'organisational' ? [evidence] : []),
  ];
  const own = results.filter(({ rule }) => names.includes(rule.slice('PCI.DSS.401-'.length)));
  return `| ${id} | ${text} | ${shown.join(', ') || '-'} | ${verdict(names, evidence, own)} | ${iso.map((number) => `${number} †`).join(', ')} |`;
}

function verdict(names: readonly string[], evidence: string | undefined, results: readonly Result[]): string {
  if (names.length === 0) return evidence?.includes('organisational') || !evidence ? 'organisational' : 'by evidence';
  const counts = count(results);
  if (counts['non-compliant'] + counts.error > 0) return 'non-compliant';
  if (counts.acknowledged > 0) return 'compliant, with exceptions';
  if (counts.compliant > 0) return 'compliant';
  return evidence?.includes('organisational') ? 'organisational' : 'not applicable: no such resource';
}
