#include "bench/harness/html_report.h"

namespace wyld::bench {

std::string_view html_style() {
  return R"css(
:root {
  color-scheme: light dark;
  --page: #f7f6f2; --card: #ffffff; --ink: #1c2126; --soft: #5b6570; --rule: #e2dfd7;
  --accent: #0b6e69; --wash: #0b6e6922; --band: #0b6e691f; --before: #a8650e;
  --good: #1a7a3c; --good-wash: #dff2e4; --bad: #b3261e; --bad-wash: #fbe4e1;
  --calm-wash: #eceae4; --warn: #7a5200; --warn-wash: #fdf1d3; --mild: #c07a12;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #121619; --card: #1a2024; --ink: #e7e5df; --soft: #9aa5ae; --rule: #2c353b;
    --accent: #4fc3b8; --wash: #4fc3b82b; --band: #4fc3b826; --before: #e2a854;
    --good: #71d08f; --good-wash: #173523; --bad: #ff8b80; --bad-wash: #41201d;
    --calm-wash: #262e33; --warn: #f1cd7a; --warn-wash: #3a2f14; --mild: #e2a854;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
main { max-width: 1120px; margin: 0 auto; padding: 40px 24px 72px; }
h1 { font-size: 2rem; line-height: 1.15; letter-spacing: -0.02em; margin: 0 0 6px; }
h2 { font-size: 1.25rem; letter-spacing: -0.01em; margin: 48px 0 14px; }
h3 { font-size: 1.02rem; margin: 0; overflow-wrap: anywhere; }
p { margin: 0 0 10px; }
a { color: inherit; text-decoration-color: var(--accent); text-underline-offset: 3px; }
a:hover { color: var(--accent); }
a:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 3px; }
.soft { color: var(--soft); }
.num { font-variant-numeric: tabular-nums; white-space: nowrap; }
.quick, .warning {
  background: var(--warn-wash); color: var(--warn); border-radius: 10px; padding: 12px 16px; margin: 18px 0 0;
}
.quick { font-weight: 600; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); gap: 12px; margin: 26px 0 0; padding: 0; list-style: none; }
.tiles li { background: var(--card); border: 1px solid var(--rule); border-radius: 12px; padding: 14px 16px; }
.tiles strong { display: block; font-size: 1.6rem; line-height: 1.2; font-weight: 650; font-variant-numeric: tabular-nums; }
.tiles span { color: var(--soft); font-size: 0.88rem; }
.tiles .good strong { color: var(--good); }
.tiles .bad strong { color: var(--bad); }
.card { background: var(--card); border: 1px solid var(--rule); border-radius: 12px; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 0.94rem; }
th, td { text-align: left; padding: 9px 16px; border-top: 1px solid var(--rule); vertical-align: middle; }
thead th { border-top: 0; color: var(--soft); font-weight: 500; font-size: 0.84rem; }
tbody th { font-weight: 500; overflow-wrap: anywhere; }
tr.section th { padding-top: 18px; font-weight: 650; font-size: 0.9rem; color: var(--accent); }
td.right, th.right { text-align: right; }
.chip { display: inline-block; border-radius: 999px; padding: 2px 10px; font-size: 0.82rem; font-weight: 600; white-space: nowrap; background: var(--calm-wash); color: var(--soft); }
.chip.good { background: var(--good-wash); color: var(--good); }
.chip.bad { background: var(--bad-wash); color: var(--bad); }
.benchmark { padding: 18px 20px 16px; margin: 0 0 16px; scroll-margin-top: 12px; }
.benchmark header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 6px 12px; }
.figures { display: flex; flex-wrap: wrap; gap: 4px 28px; margin: 10px 0 12px; }
.figures div { min-width: 0; }
.figures dt, .facts dt { color: var(--soft); font-size: 0.82rem; }
.figures dd { margin: 0; font-size: 1.02rem; font-variant-numeric: tabular-nums; }
.figures .main dd { font-size: 1.3rem; font-weight: 650; line-height: 1.3; }
.range { color: var(--soft); font-size: 0.9rem; font-weight: 400; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr)); gap: 8px 24px; }
figure { margin: 0; min-width: 0; }
figcaption { color: var(--soft); font-size: 0.82rem; margin: 0 0 2px; }
details { margin-top: 10px; }
summary { cursor: pointer; color: var(--soft); font-size: 0.88rem; width: fit-content; }
summary:hover { color: var(--accent); }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(170px, 1fr)); gap: 8px 24px; margin: 10px 0 0; }
.facts dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.machine { padding: 16px 20px 18px; }
.machine .facts { grid-template-columns: repeat(auto-fill, minmax(240px, 1fr)); margin: 0; }
.machine .wide { grid-column: 1 / -1; }
code { font: 0.9em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
.plot { display: block; width: 100%; height: auto; }
.plot text { fill: var(--soft); font-size: 12px; font-variant-numeric: tabular-nums; }
.plot .axis { stroke: var(--soft); stroke-opacity: 0.55; }
.plot .grid { stroke: var(--rule); }
.plot .area { fill: var(--wash); }
.plot .curve { fill: none; stroke: var(--accent); stroke-width: 2; stroke-linejoin: round; }
.plot .before { fill: none; stroke: var(--before); stroke-width: 1.6; stroke-dasharray: 5 4; }
.plot .interval { fill: var(--band); }
.plot .estimate { stroke: var(--accent); stroke-width: 1.4; }
.dot { fill: var(--accent); fill-opacity: 0.75; }
.dot.mild { fill: var(--mild); fill-opacity: 1; }
.dot.severe { fill: var(--bad); fill-opacity: 1; }
.change { display: block; width: 120px; height: 16px; }
.change .noise { fill: var(--calm-wash); }
.change .zero { stroke: var(--soft); stroke-opacity: 0.8; stroke-dasharray: 2 2; }
.change .whisker { stroke-width: 2; stroke-linecap: round; }
.change .same { stroke: var(--soft); fill: var(--soft); }
.change .improved { stroke: var(--good); fill: var(--good); }
.change .regressed { stroke: var(--bad); fill: var(--bad); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; color: var(--soft); font-size: 0.84rem; margin: 0 0 14px; padding: 0; list-style: none; }
.legend i { display: inline-block; width: 18px; margin-right: 6px; vertical-align: middle; border-top: 2px solid var(--accent); }
.legend .l-before i { border-top: 2px dashed var(--before); }
.legend .l-band i { border: 0; height: 12px; background: var(--band); border-left: 2px solid var(--accent); }
.legend .l-mild i, .legend .l-severe i { width: 8px; height: 8px; border: 0; border-radius: 50%; background: var(--mild); }
.legend .l-severe i { background: var(--bad); }
@media (max-width: 640px) {
  main { padding: 24px 14px 48px; }
  h1 { font-size: 1.6rem; }
  h2 { margin-top: 36px; }
  .benchmark { padding: 14px 14px 12px; }
  .wide-only { display: none; }
  .tiles { grid-template-columns: repeat(auto-fit, minmax(98px, 1fr)); gap: 8px; }
  .tiles li { padding: 10px 12px; }
  .tiles strong { font-size: 1.35rem; }
  table, tbody { display: block; }
  thead { display: none; }
  tr { display: flex; flex-wrap: wrap; align-items: center; gap: 3px 14px; padding: 10px 14px; border-top: 1px solid var(--rule); }
  tr:first-child { border-top: 0; }
  th, td { padding: 0; border: 0; }
  tbody th { flex: 1 0 100%; }
  tr.section { padding-top: 18px; }
  tr.section th { padding: 0; }
  td:empty { display: none; }
  td:last-child { margin-left: auto; }
  td.reason { margin-left: 0; }
  td.target::before { content: "target "; color: var(--soft); }
  .plot text { font-size: 14px; }
}
@media print {
  body { background: none; }
  .benchmark { break-inside: avoid; }
}
)css";
}

}  // namespace wyld::bench
