/* global document, getComputedStyle, innerWidth */
/**
 * Runs in the page, by itself: what of WCAG 2.2 can be seen there without a person. Gives a sentence for each problem.
 */
globalThis.audit = () => {
  const problems = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const check = (holds, ...what) => {
    if (!holds) problems.push(what.join(' '));
  };
  const open = all('details:not([open])');
  for (const details of open) details.open = true;

  const ids = all('[id]').map(({ id }) => id);
  check(
    new Set(ids).size === ids.length,
    'ids are there twice:',
    ids.filter((id, index) => ids.indexOf(id) < index),
  );
  for (const link of all('a[href^="#"]'))
    check(document.getElementById(link.hash.slice(1)), 'a link leads nowhere:', link.hash);
  for (const selector of ['main', 'h1', 'header', 'nav[aria-label]', '[role=search][aria-label]', '[role=status]'])
    check(all(selector).length === 1, 'there must be one', selector);
  check(document.documentElement.lang, 'the language is not told');
  const levels = all('h1,h2,h3,h4').map(({ tagName }) => Number(tagName[1]));
  check(
    levels.every((level, index) => index === 0 || level <= levels[index - 1] + 1),
    'a heading level is left out',
  );

  for (const table of all('table')) {
    const name = table.caption?.textContent;
    check(name, 'a table has no caption');
    for (const head of table.querySelectorAll('th')) check(head.scope, 'a header of the table has no scope:', name);
    for (const row of table.querySelectorAll('tbody tr'))
      check(row.querySelectorAll('th[scope=row]').length === 1, 'a row has no header:', row.textContent.slice(0, 40));
  }

  for (const control of all('a,button,input,select,summary,[tabindex="0"]')) {
    const label = control.getAttribute('aria-label') ?? control.labels?.[0]?.textContent ?? control.textContent;
    check(label.trim(), 'a control has no name:', control.outerHTML);
    if (control.hidden) continue;
    control.focus();
    check(document.activeElement === control, 'a control takes no focus:', control.outerHTML.slice(0, 80));
  }
  // Read from the rules, because a headless window is not always the active one, and then shows no focus.
  const rules = [...document.styleSheets].flatMap(({ cssRules }) => [...cssRules]);
  const seen = rules.some(
    ({ selectorText, style }) => selectorText === ':focus-visible' && /solid/.test(style.outline),
  );
  check(seen && !rules.some(({ style }) => style?.outlineStyle === 'none'), 'focus is not seen');
  check(document.documentElement.scrollWidth <= innerWidth, 'the page scrolls sideways');
  for (const box of all('*').filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth + 1))
    if (/auto|scroll/.test(getComputedStyle(box).overflowX))
      check(box.tabIndex === 0, 'what scrolls takes no focus:', box.className);

  // https://www.w3.org/TR/WCAG22/#dfn-relative-luminance
  const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = (colour) => {
    const [r, g, b] = numbers(colour)
      .map((value) => value / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (node) => {
    const colour = node ? getComputedStyle(node).backgroundColor : 'rgb(255, 255, 255)';
    return numbers(colour)[3] === 0 ? ground(node.parentElement) : colour;
  };
  const low = new Set();
  for (const node of all('body *').filter((one) => !one.closest('script,option,#audit') && !one.hidden)) {
    if (![...node.childNodes].some(({ nodeType, data }) => nodeType === 3 && data.trim())) continue;
    const [dark, light] = [luminance(getComputedStyle(node).color), luminance(ground(node))].sort((a, b) => a - b);
    if ((light + 0.05) / (dark + 0.05) < 4.5) low.add(`${node.tagName} ${node.className}`);
  }
  check(low.size === 0, 'contrast is below 4.5:', ...low);
  for (const details of open) details.open = false;
  return [...new Set(problems)];
};
