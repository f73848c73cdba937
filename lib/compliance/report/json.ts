import type { Report } from './report';

/** The report as JSON, a result on each line: thousands of them stay readable, and a diff shows what changed. */
export function reportJson({ results, ...rest }: Report): string {
  const head = JSON.stringify(rest, undefined, 2).slice(0, -2);
  return `${head},\n  "results": [\n${results.map((result) => `    ${JSON.stringify(result)}`).join(',\n')}\n  ]\n}\n`;
}
