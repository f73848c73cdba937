// Runs in the page, from the file system, without a network: the results are in the page itself.
(() => {
  const { rules, resources, packs, exceptions, verdicts, matrix, findings } = JSON.parse(
    document.getElementById('data').textContent,
  );
  const CLASSES = { error: 'bad', 'non-compliant': 'bad', acknowledged: 'note', compliant: 'good' };
  const STEP = 200;
  const form = document.getElementById('filters');
  const body = document.getElementById('rows');
  const status = document.getElementById('count');
  const filter = document.getElementById('chosen');
  const more = document.getElementById('more');
  let found = [];
  let shown = 0;

  /** Results in the order of rules and resources; a cell with several findings has its letter once and a list of them. */
  function* results() {
    for (let rule = 0; rule < rules.length; rule++) {
      const row = matrix[rule];
      for (let resource = 0; resource < row.length; resource++) {
        const listed = findings[`${rule},${resource}`];
        if (listed)
          for (const [verdict, finding, exception] of listed) yield { rule, resource, verdict, finding, exception };
        else if (row[resource] !== ' ') yield { rule, resource, verdict: Number(row[resource]) };
      }
    }
  }

  function select() {
    const chosen = new FormData(form);
    const wanted = new Set(chosen.getAll('verdict').map(Number));
    const pack = chosen.get('pack');
    const severity = chosen.get('severity');
    const words = chosen.get('resource').trim().toLowerCase().split(/\s+/).filter(Boolean);
    const fits = resources.map(({ path, type }) =>
      words.every((word) => `${path} ${type}`.toLowerCase().includes(word)),
    );
    found = [];
    for (const result of results()) {
      const rule = rules[result.rule];
      if (!wanted.has(result.verdict) || !fits[result.resource]) continue;
      if ((pack !== '' && packs[rule.pack] !== pack) || (severity !== '' && rule.severity !== severity)) continue;
      found.push(result);
    }
    // The worst first; sort keeps the order within a verdict.
    found.sort((a, b) => a.verdict - b.verdict);
    filter.textContent = inWords(
      [...wanted].map((verdict) => verdicts[verdict]),
      pack,
      severity,
      ...words,
    );
    shown = 0;
    body.replaceChildren();
    show(STEP);
  }

  /** On paper the form is not there: what was asked for is. */
  function inWords(wanted, ...others) {
    const all = [wanted.join(', ') || 'no verdict', ...others.filter(Boolean)];
    return `Filter: ${all.join('; ')}.`;
  }

  function show(number) {
    const rows = found.slice(shown, shown + number).map(row);
    body.append(...rows);
    shown += rows.length;
    const said =
      shown < found.length ? `${found.length} results, the first ${shown} shown.` : `${found.length} results.`;
    status.textContent = said;
    more.hidden = shown >= found.length;
  }

  function element(name, className, ...children) {
    const node = document.createElement(name);
    if (className) node.className = className;
    node.append(...children);
    return node;
  }

  function rowHeader(...children) {
    const node = element('th', '', ...children);
    node.scope = 'row';
    return node;
  }

  function row({ rule, resource, verdict, finding, exception }) {
    const { id, summary, explanation, controls, severity } = rules[rule];
    const { path, type, template } = resources[resource];
    const name = verdicts[verdict];
    const why = element('details', '', element('summary', '', summary), element('p', '', explanation));
    if (controls) why.append(element('p', 'soft', `Controls: ${controls}`));
    const what = element('td', '', why);
    if (finding) what.append(element('p', 'path', finding));
    if (typeof exception === 'number') {
      const link = element('a', '', exceptions[exception].id);
      link.href = `#${exceptions[exception].id}`;
      what.append(element('p', '', link, ` ${exceptions[exception].reason}`));
    }
    return element(
      'tr',
      '',
      element('td', '', element('span', `badge ${CLASSES[name] ?? 'plain'}`, name)),
      rowHeader(element('span', 'path', path), element('br'), element('span', 'soft', `${type}, ${template}`)),
      element('td', '', element('span', 'path', id), element('br'), element('span', 'soft', `severity ${severity}`)),
      what,
    );
  }

  let timer;
  form.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(select, 120);
  });
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('reset', () => setTimeout(select));
  more.addEventListener('click', () => {
    const first = body.children.length;
    show(STEP);
    body.children[first]?.querySelector('summary')?.focus();
  });
  select();
})();
