/** One requirement of PCI DSS v4.0.1 that this system touches, in our words. */
export interface Requirement {
  readonly id: string;
  readonly text: string;
  /** Controls of ISO 27001:2022, Annex A, that ask for much the same; not confirmed, that standard was not read. */
  readonly iso: readonly string[];
  /** What shows it beside the rules of the pack; `organisational` where people must. */
  readonly evidence?: string;
}

/** Where numbers and meaning of the requirements were read. The standard itself is licensed by the PCI SSC; it was not read. */
export const SOURCE =
  'https://github.com/ngna3007/sentinelai-audit-framework (shared_data/outputs/pci_dss_v4/controls, commit a71100f): a public rendition of PCI DSS v4.0.1, a file for each requirement';

const requirement = (id: string, iso: string[], text: string, evidence?: string): Requirement => ({
  id,
  iso,
  text,
  evidence,
});

const ORGANISATIONAL = 'organisational';

export const REQUIREMENTS: readonly Requirement[] = [
  requirement(
    '1.2.1',
    ['8.20'],
    'Rules for network controls are defined and kept',
    'allow-list in config, reviewed as code',
  ),
  requirement(
    '1.2.8',
    ['8.9'],
    'Configuration of network controls is safe and the same as what runs',
    'resource policy and IP sets are made from config; `golive endpoint check`',
  ),
  requirement('1.3.1', ['8.20', '8.22'], 'Inbound traffic is limited to what is needed'),
  requirement(
    '1.3.2',
    ['8.20', '8.22'],
    'Outbound traffic is limited to what is needed',
    '[segmentation](segmentation.md): `organization.vpc.segment`; without it organisational',
  ),
  requirement('1.4.2', ['8.22'], 'Untrusted networks reach only what is meant for them'),
  requirement('1.4.4', ['8.22'], 'Stores of cardholder data cannot be reached from untrusted networks'),
  requirement(
    '3.2.1',
    ['8.10'],
    'As little account data as possible, for as short as possible',
    'retention table of the compliance report',
  ),
  requirement(
    '3.3.1',
    ['8.10', '8.12'],
    'Sensitive authentication data is not kept after authorization',
    'acts `webhooks` and `faults`: no one-time code at rest in plain text',
  ),
  requirement(
    '3.5.1',
    ['8.11', '8.24'],
    'Card numbers are unreadable wherever they are stored',
    'masked before the first write; act `webhooks`',
  ),
  requirement('3.6.1', ['8.24'], 'Keys for stored account data are guarded; few have access'),
  requirement('3.7.4', ['8.24'], 'Keys are changed at the end of their period'),
  requirement(
    '4.2.1',
    ['5.14', '8.24'],
    'Strong cryptography on open networks',
    'act `edge`: handshakes below TLS 1.2 are refused',
  ),
  requirement(
    '4.2.1.1',
    ['5.9', '8.24'],
    'There is an inventory of trusted keys and certificates',
    'certificate and truststore in config; expiry by `golive config check`',
  ),
  requirement(
    '6.4.2',
    ['8.20', '8.26'],
    'An automated solution stands before public web applications',
    'body rules count and do not block: a webhook that looks like an attack is still a webhook',
  ),
  requirement(
    '6.5.1',
    ['8.32'],
    'Changes are described, approved and tested',
    'commits, CODEOWNERS, CI with rehearsal; the approval itself is organisational',
  ),
  requirement(
    '6.5.3',
    ['8.31'],
    'Production is separated from what comes before it',
    'stacks of their own for each stage; two accounts recommended',
  ),
  requirement('7.2.1', ['5.15', '8.3'], 'There is a model of who may do what', ORGANISATIONAL),
  requirement(
    '7.2.5',
    ['5.15', '8.2'],
    'Application accounts have the least privileges',
    'act `permissions`: every call is allowed by role and key',
  ),
  requirement(
    '8.6.2',
    ['5.17', '8.4'],
    'No passwords of application accounts in code or configuration',
    'act `webhooks`: nothing leaked',
  ),
  requirement(
    '8.6.3',
    ['5.17'],
    'Passwords of application accounts are guarded and changed',
    'new keys are put by an operator and proven before they are current',
  ),
  requirement(
    '10.2.1',
    ['8.15'],
    'Audit logs are on for all components',
    'CloudTrail of the account is the organization’s',
  ),
  requirement('10.2.2', ['8.15'], 'Audit logs say who, what, when, from where, on what and with what result'),
  requirement('10.3.2', ['8.15'], 'Audit logs cannot be changed by individuals'),
  requirement('10.4.1.1', ['8.16'], 'Audit logs are reviewed by automated means', ORGANISATIONAL),
  requirement('10.5.1', ['5.28', '8.15'], 'Audit logs are kept for 12 months, the last three at hand'),
  requirement('10.7.2', ['5.25', '8.16'], 'Failures of critical controls are detected and told'),
  requirement('10.7.3', ['5.26'], 'Failures of critical controls are answered promptly', ORGANISATIONAL),
  requirement('11.3.1', ['8.8'], 'Internal vulnerability scans every three months', ORGANISATIONAL),
  requirement('11.4.5', ['8.22', '8.34'], 'Segmentation is tested every 12 months', ORGANISATIONAL),
  requirement('12.5.2', ['5.9'], 'The scope is confirmed every 12 months', ORGANISATIONAL),
  requirement(
    '12.8.2',
    ['5.20'],
    'There are written agreements with service providers',
    'PayCA’s contract; organisational',
  ),
  requirement(
    '12.8.4',
    ['5.22'],
    'Service providers’ compliance is monitored every 12 months',
    'PayCA’s attestation of compliance: line X.1 in `config/sign-offs.yaml`; organisational',
  ),
  requirement(
    '12.8.5',
    ['5.19', '5.23'],
    'It is written down who answers for which requirement',
    'PayCA’s responsibility matrix: line X.2 in `config/sign-offs.yaml`; organisational',
  ),
  requirement('12.10.1', ['5.24', '5.26'], 'There is a plan for incidents', ORGANISATIONAL),
];
