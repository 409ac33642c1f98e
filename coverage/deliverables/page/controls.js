// The left side: what the map shows, filters, layers, legend; and the tools on top.

const element = (id) => document.getElementById(id);
const MODES = ['level', 'p_weak', 'evidence', 'count'];
const LAYERS = ['hexes', 'sites', 'holds', 'hazards', 'boundaries', 'villages', 'towers', 'plan'];

function drawModes() {
  element('modes').replaceChildren(...MODES.map((mode) => h('label', {},
    h('input', {type: 'radio', name: 'mode', value: mode, checked: state.mode === mode ? '' : null, onchange: () => setView({mode})}),
    h('span', {}, p(`mode.${mode}`)))));
}

function options(select, values, chosen, labelOf = (value) => value) {
  select.replaceChildren(...values.map((value) => h('option', {value, selected: value === chosen ? '' : null}, labelOf(value))));
}

function drawOperators() {
  const places = ['-1', ...data.operators.map((_, k) => String(k))];
  options(element('operator'), places, String(state.operator), (place) => (place === '-1' ? p('operator_best') : data.operators[place]));
}

/** Distinct names of a text column among sites that pass a test, sorted. */
function namesOf(column, test = () => true) {
  const seen = new Set();
  for (const i of allSites) if (test(i)) seen.add(textAt(column, i));
  seen.delete(null);
  return [...seen].sort((a, b) => a.localeCompare(b, 'id'));
}

function drawPlaces() {
  const nameOr = (value) => value || p('filter_all');
  const inRegency = (i) => !state.regency || textAt(sites.regency, i) === state.regency;
  options(element('regency'), ['', ...namesOf(sites.regency)], state.regency, nameOr);
  options(element('district'), ['', ...namesOf(sites.district, inRegency)], state.district, nameOr);
  options(element('evidence'), ['', ...data.evidences], state.evidence, (code) => (code ? t(`evidence.${code}`) : p('filter_all')));
}

function drawRemedies() {
  const counts = data.remedies.map(() => 0);
  for (const i of allSites) if (isAsked(i)) counts[sites.remedy.codes[i]] += 1;
  element('remedies').replaceChildren(...data.remedies.map((remedy, k) => h('label', {class: counts[k] ? 'check' : 'check empty'},
    h('input', {type: 'checkbox', value: remedy, checked: state.remedies.has(remedy) ? '' : null, onchange: (event) => toggleRemedy(remedy, event.target.checked)}),
    disc(remedy), h('span', {class: 'check-label'}, t(`remedy.${remedy}`)), h('span', {class: 'check-count'}, number(counts[k])))));
}

function toggleRemedy(remedy, isOn) {
  const remedies = new Set(state.remedies);
  if (isOn) remedies.add(remedy);
  else remedies.delete(remedy);
  setFilter({remedies});
}

function drawLayers() {
  const {areas} = data;
  const exists = {hexes: hexes.n, sites: sites.n, holds: areas.holds.length, hazards: areas.hazards.length, boundaries: areas.regencies.length,
    villages: areas.villages.length, towers: towers.n, plan: plan.n};
  element('layers').replaceChildren(...LAYERS.filter((name) => exists[name]).map((name) => h('label', {class: 'check'},
    h('input', {type: 'checkbox', value: name, checked: state.layers[name] ? '' : null,
      onchange: (event) => setView({layers: {...state.layers, [name]: event.target.checked}})}),
    h('span', {class: `line-mark ${name}`, 'aria-hidden': 'true'}), h('span', {class: 'check-label'}, p(`layer.${name}`)))));
}

function drawLegend() {
  const isBest = state.operator < 0;
  const notes = [p(`mode_note.${state.mode}`, {weak: dbm(LEVELS.weak)})];
  if (isBest) notes.push(p({evidence: 'mode_note.best_evidence', count: 'mode_note.best_count'}[state.mode] || 'mode_note.best'));
  element('mode-note').textContent = notes.join(' ');
  const row = (mark, label) => h('div', {role: 'listitem'}, mark, h('span', {}, label));
  const rows = legendOf(state.mode).map(([colour, label]) => row(swatch(colour), label));
  if (state.mode === 'level' || state.mode === 'p_weak') rows.push(row(swatch(ABSTAINS_COLOUR), p('legend_abstains')));
  rows.push(row(h('span', {class: 'swatch hatch', 'aria-hidden': 'true'}), p('legend_nodata')));
  element('hex-legend').replaceChildren(...rows);
}

function drawSizes() {
  const values = [0.04, 0.3, 1].map((share) => share * MAX_PRIORITY);
  element('size-legend').replaceChildren(
    h('div', {class: 'sizes', 'aria-hidden': 'true'}, values.map((value) => h('span', {class: 'size',
      style: {width: `${2 * radiusOf(value)}px`, height: `${2 * radiusOf(value)}px`}})),
    h('span', {class: 'note'}, values.map((value) => number(value)).join(' / '))),
    h('p', {class: 'note'}, p('legend_size')));
}

function drawTop() {
  const {survey, created, election, resolution} = data.run;
  document.title = `${p('title')}: ${survey}`;
  element('title').textContent = p('title');
  const parts = [survey, election ? `${p('subtitle_election')} ${election}` : null, `${p('subtitle_made')} ${created}`, `H3 ${resolution}`];
  element('subtitle').textContent = parts.filter(Boolean).join(' \u00B7 ');
  for (const button of element('languages').children) {
    button.setAttribute('aria-pressed', String(button.dataset.language === language));
  }
  element('help-lines').replaceChildren(...[1, 2, 3, 4, 5].map((k) => h('li', {}, p(`help_text.${k}`))));
  element('help-notes').replaceChildren(...['unknown', 'unsure', 'rank', 'adat', 'booster', 'offline'].map((key) => h('li', {}, t(`note.${key}`))));
  const lines = data.run.attribution[language];
  element('attribution').replaceChildren(...lines.map((line) => h('li', {}, line)));
  const sources = `${p('sources')}: ${lines.join(' · ')}`;
  element('sources').hidden = !lines.length;
  element('sources').replaceChildren(sources);
  element('sources').title = sources;
  element('regency-label').textContent = p('col.regency');
  element('district-label').textContent = p('district');
  element('evidence-label').textContent = p('col.evidence');
  drawToggle();
}

function drawToggle() {
  const isOpen = element('table-toggle').getAttribute('aria-expanded') === 'true';
  element('table-toggle').textContent = p(isOpen ? 'table_hide' : 'table_show');
}

function drawControls() {
  drawTop();
  drawModes();
  drawOperators();
  drawPlaces();
  drawRemedies();
  drawLayers();
  drawLegend();
  drawSizes();
}

function clearFilters() {
  setFilter({regency: '', district: '', evidence: '', remedies: new Set(data.remedies)});
  drawPlaces();
  drawRemedies();
}

function choosePlace(change) {
  setFilter(change);
  drawPlaces();
  drawRemedies();
  if (state.shown.length) fly(viewOf(pointsToShow()));
}

element('operator').addEventListener('change', (event) => setView({operator: Number(event.target.value)}));
element('regency').addEventListener('change', (event) => choosePlace({regency: event.target.value, district: ''}));
element('district').addEventListener('change', (event) => choosePlace({district: event.target.value}));
element('evidence').addEventListener('change', (event) => {
  setFilter({evidence: event.target.value});
  drawRemedies();
});
element('filter-clear').addEventListener('click', () => {
  clearFilters();
  fly(viewOf(pointsToShow()));
});
element('zoom-in').addEventListener('click', () => fly({zoom: Math.min(18, view.zoom + 1)}));
element('zoom-out').addEventListener('click', () => fly({zoom: Math.max(6, view.zoom - 1)}));
element('zoom-fit').addEventListener('click', () => fly(viewOf(pointsToShow())));
element('print').addEventListener('click', () => window.print());
element('help-open').addEventListener('click', () => element('help').showModal());
element('help-close').addEventListener('click', () => element('help').close());
element('languages').addEventListener('click', (event) => {
  if (event.target.dataset.language) setLanguage(event.target.dataset.language);
});
element('table-toggle').addEventListener('click', (event) => {
  const isOpen = event.currentTarget.getAttribute('aria-expanded') === 'true';
  event.currentTarget.setAttribute('aria-expanded', String(!isOpen));
  element('main').classList.toggle('no-table', isOpen);
  drawToggle();
  drawRows();
});
onChange('view', drawLegend);
