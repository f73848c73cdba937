import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { escapeMarkup } from '../../../lambda/payca/markup';
import { controlRows } from './controls';
import { type Report, type ReportedException, VERDICTS, type Verdict } from './report';

const asset = (name: string) => readFileSync(join(__dirname, name), 'utf8');

/** The report as one HTML file that needs no network; without JavaScript all but the list of results is still there. */
export function reportPage(report: Report): string {
  const { asOf, verdict } = report;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>Compliance report, ${escapeMarkup(asOf)}: ${verdict}</title>
<style>${asset('page.css')}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
${header(report)}
<main id="main" tabindex="-1">
${problems(report)}
${summary(report)}
${exceptions(report)}
${retention(report)}
${signOffs(report)}
${controls(report)}
${results(report)}
${sources(report)}
</main>
<script type="application/json" id="data">${pageData(report)}</script>
<script>${asset('filters.js')}</script>
</body>
</html>
`;
}

/** Text whose `names` are set as code. */
function prose(text: string): string {
  return escapeMarkup(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}

function header({ asOf, commit, verdict, problems, warnings, resources, templates, exceptions: all }: Report): string {
  const told = problems.length + warnings.length > 0 ? ['Problems'] : [];
  const sections = [...told, 'Summary', 'Exceptions', 'Retention', 'Sign-offs', 'Controls', 'Results', 'Sources'];
  const said = verdict === 'pass' ? badge('pass', 'good') : badge('fail', 'bad');
  return `<header><div>
<h1>PayCA go-live: compliance report</h1>
<p class="soft">What rule packs say of every resource in the templates that would be deployed. It is evidence for a reviewer, not an assessment.</p>
<dl class="facts">
${fact('Verdict', `${said} ${problems.length} problems, ${warnings.length} warnings`)}
${fact('As of', escapeMarkup(asOf))}
${fact('Commit', `<code>${escapeMarkup(commit)}</code>`)}
${fact('Resources', `${resources.length} in ${templates.length} templates`)}
${fact('Exceptions', String(all.length))}
</dl>
<nav aria-label="Sections"><ul>
${sections.map((name) => `<li><a href="#${name.toLowerCase()}">${name}</a></li>`).join('')}
</ul></nav>
</div></header>`;
}

const fact = (name: string, html: string) => `<div><dt>${name}</dt><dd>${html}</dd></div>`;
const badge = (text: string, className: string) => `<span class="badge ${className}">${escapeMarkup(text)}</span>`;
const cell = (html: string, className = '') => `<td${className && ` class="${className}"`}>${html}</td>`;

function table(caption: string, heads: readonly string[], rows: readonly string[], numbersFrom = heads.length): string {
  const columns = heads.map(
    (head, index) => `<th scope="col"${index >= numbersFrom ? ' class="number"' : ''}>${head}</th>`,
  );
  return scrolled(
    caption,
    `<table><caption>${caption}</caption><thead><tr>${columns.join('')}</tr></thead><tbody>
${rows.join('\n')}
</tbody></table>`,
  );
}

/** A wide table scrolls by itself, also by the keyboard. */
function scrolled(name: string, html: string): string {
  return `<div class="scroll" role="group" aria-label="${name.replace(/<[^>]*>/g, '')}" tabindex="0">${html}</div>`;
}

function section(name: string, body: string): string {
  const id = name.toLowerCase();
  return `<section id="${id}" aria-labelledby="${id}-heading"><h2 id="${id}-heading">${name}</h2>\n${body}\n</section>`;
}

function problems(report: Report): string {
  const lines = [
    ...report.problems.map((text) => `<li>${badge('problem', 'bad')} ${escapeMarkup(text)}</li>`),
    ...report.warnings.map((text) => `<li>${badge('warning', 'warn')} ${escapeMarkup(text)}</li>`),
  ];
  return lines.length === 0 ? '' : section('Problems', `<ul class="problems">${lines.join('\n')}</ul>`);
}

function summary({ packs }: Report): string {
  const untold = '<span class="soft">not told</span>';
  const rows = packs.map(({ framework, pack, version, records, rules, counts, clean }) => {
    const state =
      counts['non-compliant'] + counts.error > 0 ? badge('findings', 'bad') : badge('run and clean', 'good');
    const numbers = VERDICTS.map((verdict) => {
      const unknown = records === 'findings' && (verdict === 'compliant' || verdict === 'not applicable');
      return cell(unknown ? untold : String(counts[verdict]), 'number');
    });
    const excepted = clean && counts.acknowledged > 0 ? '<br><span class="soft">with exceptions</span>' : '';
    return `<tr><th scope="row">${escapeMarkup(framework)}<br><span class="soft">${escapeMarkup(pack)}, version ${escapeMarkup(version)}</span></th>${cell(state + excepted)}${cell(rules === undefined ? untold : String(rules), 'number')}${numbers.join('')}</tr>`;
  });
  const caption = 'Every pack that ran, by verdict. “Not told”: the tool reports only what it finds.';
  return section('Summary', table(caption, ['Pack', 'State', 'Rules', ...VERDICTS], rows, 2));
}

const STATES: Readonly<Record<ReportedException['state'], string>> = {
  'in force': 'good',
  'expires soon': 'warn',
  expired: 'bad',
  'matches nothing': 'bad',
  'not judged': 'plain',
};

function exceptions({ exceptions: all }: Report): string {
  const rows = all.map(({ id, state, rules, resourceType, reason, owner, granted, expires, resources }) => {
    const places = resources.map((path) => `<li class="path">${escapeMarkup(path)}</li>`).join('');
    const where = `<details><summary>${resources.length} × ${escapeMarkup(resourceType)}</summary><ul>${places}</ul></details>`;
    const names = rules.map((rule) => `<span class="path">${escapeMarkup(rule)}</span>`).join('<br>');
    return `<tr id="${id}"><th scope="row">${id}</th>${cell(badge(state, STATES[state]))}${cell(`${prose(reason)}${where}`)}${cell(names)}${cell(escapeMarkup(owner))}${cell(escapeMarkup(granted), 'date')}${cell(escapeMarkup(expires), 'date')}</tr>`;
  });
  const caption =
    'What is acknowledged, why, by whom and until when. Register: <code>lib/compliance/exceptions.ts</code>.';
  const heads = ['Id', 'State', 'Reason and resources', 'Rules', 'Owner', 'Granted', 'Expires'];
  return section('Exceptions', table(caption, heads, rows));
}

function retention({ retention: all }: Report): string {
  const rows = all.map(({ stage, kind, store, type, planDays, means, templateDays, agrees, erasure }) => {
    const state = agrees ? badge('agrees', 'good') : badge('differs', 'bad');
    const days = (number?: number) => cell(number === undefined ? '-' : String(number), 'number');
    return `<tr><th scope="row"><span class="path">${escapeMarkup(store)}</span><br><span class="soft">${escapeMarkup(type)}</span></th>${cell(state)}${cell(`${escapeMarkup(stage)}, ${escapeMarkup(kind)}`)}${cell(escapeMarkup(means))}${cell(prose(erasure))}${days(planDays)}${days(templateDays)}</tr>`;
  });
  const caption =
    'The plan in <code>config/</code> against what the templates do, in days, and what is done when a person asks for erasure.';
  return section(
    'Retention',
    table(caption, ['Store', 'State', 'Kind', 'By what', 'Erasure', 'Plan', 'Template'], rows, 5),
  );
}

function signOffs({ attestations }: Report): string {
  const rows = attestations.map(({ line, text, owner, deputy, status, at, by, link }) => {
    const state = badge(status, status === 'open' ? 'plain' : 'good');
    const proof = link ? `<a href="${escapeMarkup(link)}">proof</a>, ${escapeMarkup(by ?? '')}` : '-';
    return `<tr><th scope="row">${escapeMarkup(line)}</th>${cell(state)}${cell(escapeMarkup(text))}${cell(`${escapeMarkup(owner)} (${escapeMarkup(deputy)})`)}${cell(escapeMarkup(at ?? '-'), 'date')}${cell(proof)}</tr>`;
  });
  const caption =
    'What only people can say. Who signs is who reviewed the commit that brings the entry of <code>config/sign-offs.yaml</code>.';
  const heads = ['Line', 'State', 'What must be true', 'Owner (deputy)', 'Date', 'Evidence'];
  return section('Sign-offs', table(caption, heads, rows));
}

function controls(report: Report): string {
  const groups = report.packs.flatMap(({ pack, framework }) => {
    const rows = controlRows(report, pack).map(
      ({ control, rules, counts }) =>
        `<tr><th scope="row">${escapeMarkup(control)}</th>${cell(rules.map((rule) => `<span class="path">${escapeMarkup(rule)}</span>`).join('<br>'))}${VERDICTS.map((verdict) => cell(String(counts[verdict]), 'number')).join('')}</tr>`,
    );
    if (rows.length === 0) return [];
    const caption = 'Controls that at least one rule speaks for; a control may need more than a template can show.';
    return `<details><summary>${escapeMarkup(framework)}: ${rows.length} controls</summary>${table(caption, ['Control', 'Rules', ...VERDICTS], rows, 2)}</details>`;
  });
  return section('Controls', groups.join('\n'));
}

function results({ packs, rules }: Report): string {
  const severities = [...new Set(rules.map(({ severity }) => severity))].sort();
  const option = (value: string, text = value) =>
    `<option value="${escapeMarkup(value)}">${escapeMarkup(text)}</option>`;
  const box = (verdict: Verdict, index: number) =>
    `<label><input type="checkbox" name="verdict" value="${index}"${verdict === 'not applicable' ? '' : ' checked'}> ${verdict}</label>`;
  return section(
    'Results',
    `<noscript><p>The list of results needs JavaScript; report.csv and report.json beside this file hold the same.</p></noscript>
<form id="filters" class="filters" role="search" aria-label="Filter the results">
<fieldset><legend>Verdict</legend>${VERDICTS.map(box).join('\n')}</fieldset>
<label class="field"><span>Pack</span><select name="pack">${option('', 'all')}${packs.map(({ pack, framework }) => option(pack, framework)).join('')}</select></label>
<label class="field"><span>Severity</span><select name="severity">${option('', 'all')}${severities.map((severity) => option(severity)).join('')}</select></label>
<label class="field"><span>Resource: words of its path or type</span><input type="search" name="resource" autocomplete="off" placeholder="Production Inbox Table"></label>
<button type="reset">Reset</button>
</form>
<p><span id="count" role="status" aria-live="polite"></span> <span id="chosen" class="soft"></span></p>
${scrolled(
  'Every rule on every resource',
  `<table class="results"><caption>Every rule on every resource. Paper holds what is shown and unfolded here; report.csv holds all.</caption>
<thead><tr><th scope="col">Verdict</th><th scope="col">Resource</th><th scope="col">Rule</th><th scope="col">What the rule asks, and why</th></tr></thead>
<tbody id="rows"></tbody></table>`,
)}
<p><button type="button" id="more" hidden>Show more</button></p>`,
  );
}

function sources({ templates, tools }: Report): string {
  const rows = templates.map(
    ({ stack, template, sha256 }) =>
      `<tr><th scope="row">${escapeMarkup(stack)}</th>${cell(`<span class="path">${escapeMarkup(template)}</span>`)}${cell(`<code>${sha256}</code>`)}</tr>`,
  );
  const versions = Object.entries(tools).map(
    ([name, version]) => `<li>${escapeMarkup(name)} ${escapeMarkup(version)}</li>`,
  );
  return section(
    'Sources',
    `${table('Templates that were judged', ['Stack', 'Template', 'SHA-256'], rows)}<h3>Tools</h3><ul>${versions.join('')}</ul>`,
  );
}

/** Rules, resources and a letter for each pair: a hundred thousand results in a few hundred kilobytes. */
function pageData({ rules, resources, packs, exceptions: all, results: list }: Report): string {
  const packNames = packs.map(({ pack }) => pack);
  const ruleIndex = new Map(rules.map(({ id }, index) => [id, index]));
  const resourceIndex = new Map(resources.map(({ path }, index) => [path, index]));
  const exceptionIndex = new Map(all.map(({ id }, index) => [id, index]));
  const matrix = rules.map(() => Array<string>(resources.length).fill(' '));
  const findings: Record<string, [number, string | undefined, number | undefined][]> = {};
  for (const { rule, resource, verdict, finding, exception } of list) {
    const [row = -1, column = -1] = [ruleIndex.get(rule), resourceIndex.get(resource)];
    const letter = VERDICTS.indexOf(verdict);
    const line = matrix[row];
    if (line) line[column] = String(letter);
    if (finding === undefined && exception === undefined) continue;
    findings[`${row},${column}`] ??= [];
    findings[`${row},${column}`]?.push([letter, finding, exceptionIndex.get(exception ?? '')]);
  }
  return JSON.stringify({
    verdicts: VERDICTS,
    packs: packNames,
    rules: rules.map(({ id, pack, severity, summary, explanation, controls: ids }) => ({
      id,
      pack: packNames.indexOf(pack),
      severity,
      summary,
      explanation,
      controls: ids.join(', '),
    })),
    resources: resources.map(({ path, type, template }) => ({ path, type, template })),
    exceptions: all.map(({ id, reason }) => ({ id, reason })),
    matrix: matrix.map((line) => line.join('')),
    findings,
  }).replaceAll('<', '\\u003c');
}
