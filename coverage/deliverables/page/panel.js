// The panel: an overview of the sites shown, or one site in full.

const panel = document.getElementById('panel');

function countBars(codes, column, labelOf, markOf) {
  const counts = codes.map(() => 0);
  for (const i of state.shown) counts[column.codes[i]] += 1;
  const most = Math.max(1, ...counts);
  return h('ul', {class: 'bars'}, codes.map((code, k) => (counts[k] ? h('li', {},
    markOf(code), h('span', {class: 'bar-label'}, labelOf(code)), h('span', {class: 'bar-count'}, number(counts[k])),
    h('span', {class: 'bar', style: {width: `${(100 * counts[k]) / most}%`}, 'aria-hidden': 'true'})) : null)));
}

function figure(value, label, isGrey = false) {
  return h('div', {class: isGrey ? 'figure unsure' : 'figure'}, h('strong', {}, value), h('span', {}, label));
}

function overview() {
  const {voters, failures, unknown} = totals(state.shown);
  return [
    h('h2', {}, p('overview')),
    h('div', {class: 'figures'},
      figure(number(state.shown.length), 'TPS'),
      figure(number(voters), p('overview_voters')),
      figure(number(failures, failures < 10 ? 1 : 0), p('overview_failures')),
      figure(number(unknown), p('overview_unknown'))),
    h('p', {class: 'hint'}, p('overview_hint')),
    h('h3', {}, p('by_remedy')),
    countBars(data.remedies, sites.remedy, (code) => t(`remedy.${code}`), disc),
    h('h3', {}, p('by_evidence')),
    countBars(data.evidences, sites.evidence, (code) => t(`evidence.${code}`), (code) => swatch(EVIDENCE_COLOURS[code])),
    h('p', {class: 'note'}, t('note.unknown')),
  ];
}

function reasonTexts(i) {
  const codes = (textAt(sites.reasons, i) || '').split('|').filter(Boolean);
  return codes.map((code) => (data.reasons[code] && data.reasons[code][language]) || code);
}

function nearestText(i) {
  const metres = numberAt(sites.nearest_usable_m, i);
  const bearing = numberAt(sites.nearest_usable_bearing_deg, i);
  if (metres === null) return p('nearest_none');
  if (bearing === null) return p('nearest_here');
  return [arrow(bearing), p('towards', {metres: number(metres), direction: directionOf(bearing), degrees: Math.round(bearing)})];
}

function arrow(bearing) {
  return svg('svg', {viewBox: '-8 -8 16 16', class: 'arrow', 'aria-hidden': 'true'},
    svg('path', {d: 'M0,-7 L5,6 L0,3 L-5,6 Z', transform: `rotate(${bearing})`}));
}

function donorText(i) {
  const cell = textAt(sites.donor_cell_identity, i);
  const bearing = numberAt(sites.donor_bearing_deg, i);
  if (cell === null || bearing === null) return cell;
  const metres = numberAt(sites.donor_m, i);
  const distance = metres === null ? '' : `${number(metres / 1000, 1)} km`;
  return [arrow(bearing), p(distance ? 'towards_donor_at' : 'towards_donor', {
    cell, direction: directionOf(bearing), degrees: Math.round(bearing), distance,
  })];
}

const placeKey = (i) => `${sites.latitude.codes[i]} ${sites.longitude.codes[i]}`;
const sitesByPlace = new Map();
for (const i of allSites) {
  const key = placeKey(i);
  if (!sitesByPlace.has(key)) sitesByPlace.set(key, []);
  sitesByPlace.get(key).push(i);
}

/** Other sites on the very same spot: on the map they hide each other. */
function alsoHere(i) {
  const others = sitesByPlace.get(placeKey(i)).filter((other) => other !== i);
  if (!others.length) return [];
  const buttons = others.map((other) => h('button', {type: 'button', title: codeAt(other), onclick: () => select(other, 'panel')},
    disc(remedyAt(other)), siteName(other)));
  return [h('h3', {}, p('also_here', {n: number(others.length)})), h('div', {class: 'also'}, buttons)];
}

/** Rows of facts; what is not known is left out, save where its absence says something. */
function facts(i) {
  const latitude = latitudeAt(i).toFixed(5);
  const longitude = longitudeAt(i).toFixed(5);
  const days = numberAt(sites.lead_time_days, i);
  return [
    [p('nearest'), nearestText(i)],
    [p('best_operator'), textAt(sites.best_operator, i) || p('abstains')],
    [p('donor'), donorText(i)],
    [p('lead_time'), days === null ? null : p('days', {n: number(days)})],
    [p('order_by'), textAt(sites.latest_order_date, i)],
    [p('hazard'), (textAt(sites.hazard, i) || '').split('|').filter(Boolean).join(', ') || null],
    [p('island'), textAt(sites.island, i)],
    [p('position'), `${latitude}, ${longitude}`],
    [p('h3'), fixedAt(sites.h3, i)],
  ].filter(([, value]) => value);
}

function sitePanel(i) {
  const remedy = remedyAt(i);
  const operator = textAt(sites.remedy_operator, i);
  const range = p('rank_range', {low: number(numberAt(sites.rank_p05, i)), high: number(numberAt(sites.rank_p95, i))});
  return [
    h('div', {class: 'heading-row'},
      h('h2', {id: 'site-name'}, siteName(i)),
      h('button', {type: 'button', class: 'close', title: p('close'), 'aria-label': p('close'), onclick: () => select(null)}, '\u00D7')),
    h('p', {class: 'site-code'}, codeAt(i)),
    h('p', {class: 'site-place'}, placeText(i)),
    h('div', {class: 'verdict', style: {borderColor: REMEDY_COLOURS[remedy]}},
      h('div', {}, disc(remedy), h('strong', {}, t(`remedy.${remedy}`)), operator ? ` ${p('through', {operator})}` : ''),
      h('div', {}, swatch(EVIDENCE_COLOURS[evidenceAt(i)]), t(`evidence.${evidenceAt(i)}`))),
    h('div', {class: 'figures'},
      figure(percent(percentAt(sites.p_upload_fail, i)), p('fail'), isUnsure(i)),
      figure(percent(percentAt(sites.p_weak, i)), p('weak_all'), isUnsure(i)),
      figure(votersText(i), numberAt(sites.n_voters, i) === null ? p('voters_unknown') : p('voters')),
      figure(`#${number(numberAt(sites.rank, i))}`, range)),
    isUnsure(i) ? h('p', {class: 'note unsure-note'}, p('unsure')) : null,
    h('h3', {}, p('why')),
    h('ul', {class: 'reasons'}, reasonTexts(i).map((text) => h('li', {}, text))),
    remedy === 'OPERATOR_BOOSTER' ? h('p', {class: 'caution'}, t('note.booster')) : null,
    remedy === 'EXCLUDED_ADAT' ? h('p', {class: 'caution'}, t('note.adat')) : null,
    h('h3', {}, p('signal_chart')),
    signalChart(i),
    h('p', {class: 'note'}, p('signal_note')),
    ...alsoHere(i),
    h('dl', {class: 'facts'}, facts(i).flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)])),
  ];
}

function drawPanel() {
  const isSite = state.selected !== null;
  panel.replaceChildren(...(isSite ? sitePanel(state.selected) : overview()).filter(Boolean));
  panel.dataset.code = isSite ? codeAt(state.selected) : '';
}

onChange('selection', () => {
  drawPanel();
  panel.scrollTop = 0;
});
onChange('filter', () => { if (state.selected === null) drawPanel(); });
document.addEventListener('keydown', (event) => {
  const isElsewhere = document.activeElement === searchInput || document.getElementById('help').open;
  if (event.key === 'Escape' && !isElsewhere && state.selected !== null) select(null);
});
