import { csvLine } from '../../../lambda/payca/csv';
import type { Report } from './report';

const COLUMNS = [
  'verdict',
  'severity',
  'pack',
  'rule',
  'controls',
  'resource type',
  'construct path',
  'logical id',
  'template',
  'finding',
  'explanation',
  'exception',
  'reason',
  'owner',
  'granted',
  'expires',
] as const;

/** One line for each rule and resource, RFC 4180. */
export function reportCsv(report: Report): string {
  const rules = new Map(report.rules.map((rule) => [rule.id, rule]));
  const resources = new Map(report.resources.map((resource) => [resource.path, resource]));
  const exceptions = new Map(report.exceptions.map((exception) => [exception.id, exception]));
  const lines = report.results.map(({ rule: id, resource: path, verdict, finding, exception: acknowledged }) => {
    const rule = rules.get(id);
    const resource = resources.get(path);
    const exception = exceptions.get(acknowledged ?? '');
    // A rule that has nothing to judge explains nothing; it would be nine tenths of the file.
    const explanation = verdict === 'not applicable' ? '' : `${rule?.summary} ${rule?.explanation}`;
    return [
      verdict,
      rule?.severity,
      rule?.pack,
      id,
      rule?.controls.join(' '),
      resource?.type,
      path,
      resource?.logicalId,
      resource?.template,
      finding,
      explanation,
      exception?.id,
      exception?.reason,
      exception?.owner,
      exception?.granted,
      exception?.expires,
    ];
  });
  return [COLUMNS, ...lines].map(csvLine).join('');
}
