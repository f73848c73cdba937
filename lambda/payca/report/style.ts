/** In the page itself, so that it can be mailed and printed. */
export const STYLE = `
:root {
  --ink: #1b2430; --soft: #556274; --line: #d9dfe7; --ground: #f5f7fa; --card: #fff; --link: #0b57a4;
  --good: #146c3a; --good-ground: #e2f4e8; --bad: #a3161f; --bad-ground: #fde8e8; --warn: #7a4b00; --warn-ground: #fff1d6;
  color-scheme: light dark;
  font: 15px / 1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --ink: #e6eaf0; --soft: #a3b0c2; --line: #36404e; --ground: #12171e; --card: #1b222c; --link: #7db8ff;
    --good: #7fdca4; --good-ground: #143524; --bad: #ff9a9f; --bad-ground: #43191c; --warn: #ffcf7a; --warn-ground: #3d2c0c;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); }
header { background: var(--card); border-bottom: 1px solid var(--line); padding: 24px 0 16px; }
main, header > div { max-width: 1180px; margin: 0 auto; padding: 0 24px; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 4px; }
h2 { font-size: 1.15rem; margin: 0 0 12px; }
h3 { font-size: 1rem; margin: 20px 0 8px; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 8px; margin: 20px 0; padding: 18px 20px; }
a { color: var(--link); }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 8px; top: 8px; background: var(--card); padding: 8px; }
.verdict { font-size: 1.1rem; margin: 8px 0 16px; }
.facts { display: flex; flex-wrap: wrap; gap: 8px 32px; margin: 0; }
.facts dt, .soft { color: var(--soft); }
.facts dt { font-size: 0.85rem; }
.facts dd { margin: 0; }
.soft, .hash, .time { font-size: 0.85rem; font-weight: normal; }
.hash, code { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: 0.82rem; overflow-wrap: anywhere; }
.badge { border-radius: 4px; font-size: 0.85rem; font-weight: 600; padding: 2px 8px; white-space: nowrap; }
.good { background: var(--good-ground); color: var(--good); }
.bad { background: var(--bad-ground); color: var(--bad); }
.warn { background: var(--warn-ground); color: var(--warn); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: 4px 0 12px; }
caption { color: var(--soft); font-size: 0.85rem; padding: 4px 0; text-align: left; }
th, td { border-bottom: 1px solid var(--line); padding: 6px 12px 6px 0; text-align: left; vertical-align: top; }
thead th { color: var(--soft); font-size: 0.85rem; }
.number { font-variant-numeric: tabular-nums; padding-left: 12px; padding-right: 0; text-align: right; white-space: nowrap; }
tr > :last-child:not(.number) { padding-left: 16px; }
.number + :not(.number) { padding-left: 16px; }
.differs { color: var(--bad); font-weight: 600; }
.total th, .total td { border-top: 2px solid var(--ink); font-weight: 600; }
.kinds { display: grid; gap: 2px 16px; grid-template-columns: max-content 1fr; }
.kinds dd { margin: 0; }
@media print {
  body { background: #fff; font-size: 11px; }
  section { border: 0; margin: 0; padding: 12px 0; }
  .skip { display: none; }
  tr { break-inside: avoid; }
}
`;
