// The ranked list. Only the rows in sight exist, so that 33,000 sites scroll smoothly.

const ROW_PX = 30;
const N_SPARE = 8;
const N_PRINTED = 60;
const tableScroll = document.getElementById('table-scroll');
const tableElement = document.getElementById('table');
const tableHead = tableElement.tHead;
const tableBody = tableElement.tBodies[0];
const shownLine = document.getElementById('shown');
let focusRow = 0;
let isPrinting = false;

const TABLE_COLUMNS = [
  {key: 'rank', class: 'num', cell: (i) => number(numberAt(sites.rank, i))},
  {key: 'code', sort: 'code', class: 'code', cell: (i) => codeAt(i)},
  {key: 'name', class: 'name', isPlain: true, cell: (i) => siteName(i)},
  {key: 'village', class: 'wide', cell: (i) => [textAt(sites.village, i), textAt(sites.district, i)].filter(Boolean).join(', ')},
  {key: 'fail', class: 'num', isBar: true, cell: (i) => shareBar(percentAt(sites.p_upload_fail, i), isUnsure(i))},
  {key: 'remedy', class: 'remedy', cell: (i) => [disc(remedyAt(i)), t(`remedy.${remedyAt(i)}`)]},
  {key: 'voters', class: 'num', cell: (i) => votersText(i)},
  {key: 'evidence', class: 'wide', cell: (i) => [swatch(EVIDENCE_COLOURS[evidenceAt(i)]), t(`evidence.${evidenceAt(i)}`)]},
  {key: 'regency', class: 'wide', cell: (i) => textAt(sites.regency, i) || ''},
];

function votersText(i) {
  const voters = numberAt(sites.n_voters, i);
  return voters === null ? '\u2013' : number(voters);
}

function disc(remedy) {
  return h('span', {
    class: `disc${DARK_INK.has(remedy) ? ' dark-ink' : ''}`, style: {background: REMEDY_COLOURS[remedy]}, 'aria-hidden': 'true',
  }, remedyNumber(remedy));
}

function swatch(colour) {
  return h('span', {class: 'swatch', style: {background: colour}, 'aria-hidden': 'true'});
}

function shareBar(value, isGrey) {
  return h('span', {class: isGrey ? 'share unsure' : 'share', title: isGrey ? p('unsure') : null},
    h('span', {class: 'share-bar', style: {width: `${value}%`}, 'aria-hidden': 'true'}),
    h('span', {class: 'share-text'}, percent(value)));
}

function drawHead() {
  const heads = TABLE_COLUMNS.map(({key, class: kind, isPlain, isBar}) => {
    const isSorted = state.sort.key === key;
    const order = isSorted ? (state.sort.descending ? 'descending' : 'ascending') : 'none';
    const arrow = isSorted ? (state.sort.descending ? ' \u25BE' : ' \u25B4') : '';
    const label = p(`col.${key}`) + arrow;
    return h('th', {scope: 'col', class: isBar ? `${kind} share-head` : kind, 'aria-sort': isPlain ? null : order},
      isPlain ? label : h('button', {type: 'button', title: p('sort'), onclick: () => sortBy(key)}, label));
  });
  tableHead.replaceChildren(h('tr', {}, heads));
}

function sortBy(key) {
  const isAgain = state.sort.key === key;
  const startsDown = key === 'fail' || key === 'voters';
  setFilter({sort: {key, descending: isAgain ? !state.sort.descending : startsDown}});
  tableScroll.scrollTop = 0;
}

function spacer(rows) {
  return h('tr', {class: 'spacer', 'aria-hidden': 'true', style: {height: `${rows * ROW_PX}px`}}, h('td', {colspan: TABLE_COLUMNS.length}));
}

function rowOf(place) {
  const i = state.shown[place];
  return h('tr', {
    'data-place': place, 'data-code': codeAt(i), 'aria-rowindex': place + 2,
    'aria-selected': String(i === state.selected), tabindex: place === focusRow ? 0 : -1,
    onclick: () => { focusRow = place; select(i, 'table'); },
  }, TABLE_COLUMNS.map(({class: kind, cell}) => h('td', {class: kind}, cell(i))));
}

/** First and last place of the rows that must exist now. */
function rowsInSight() {
  if (isPrinting) return [0, Math.min(state.shown.length, N_PRINTED)];
  const first = Math.max(0, Math.floor(tableScroll.scrollTop / ROW_PX) - N_SPARE);
  const count = Math.ceil(tableScroll.clientHeight / ROW_PX) + 2 * N_SPARE;
  return [first, Math.min(state.shown.length, first + count)];
}

function drawRows() {
  const n = state.shown.length;
  const [first, last] = rowsInSight();
  const rows = [];
  if (first && !isPrinting) rows.push(spacer(first));
  for (let place = first; place < last; place += 1) rows.push(rowOf(place));
  if (last < n && !isPrinting) rows.push(spacer(n - last));
  if (!n) rows.push(h('tr', {class: 'none'}, h('td', {colspan: TABLE_COLUMNS.length}, p('none_shown'))));
  const hadFocus = tableBody.contains(document.activeElement);
  tableBody.replaceChildren(...rows);
  tableElement.setAttribute('aria-rowcount', String(n + 1));
  tableBody.dataset.drawn = `${first} ${last}`;
  if (hadFocus) rowElement(focusRow)?.focus({preventScroll: true});
}

/** After scrolling: new rows only where the spare ones are used up. */
function drawRowsIfMoved() {
  if (tableBody.dataset.drawn !== rowsInSight().join(' ')) drawRows();
}

function rowElement(place) {
  return tableBody.querySelector(`tr[data-place="${place}"]`);
}

/** Brings a row into sight and, where asked, gives it the focus. */
function revealRow(place, isFocused) {
  focusRow = place;
  const head = tableHead.offsetHeight;
  const top = place * ROW_PX;
  if (top < tableScroll.scrollTop) tableScroll.scrollTop = top;
  else if (top + ROW_PX + head > tableScroll.scrollTop + tableScroll.clientHeight) {
    tableScroll.scrollTop = top + ROW_PX + head - tableScroll.clientHeight;
  }
  drawRows();
  if (isFocused) rowElement(place)?.focus({preventScroll: true});
}

function drawTable() {
  const {voters, failures, unknown} = totals(state.shown);
  shownLine.textContent = p('shown', {
    sites: number(state.shown.length), voters: number(voters), failures: number(failures, failures < 10 ? 1 : 0), unknown: number(unknown),
  });
  drawHead();
  drawRows();
}

const MOVES = {ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity};

tableBody.addEventListener('keydown', (event) => {
  const place = Number(event.target.dataset.place);
  if (Number.isNaN(place)) return;
  if (event.key in MOVES) {
    const target = Math.min(state.shown.length - 1, Math.max(0, place + MOVES[event.key]));
    revealRow(target, true);
  } else if (event.key === 'Enter' || event.key === ' ') select(state.shown[place], 'table');
  else return;
  event.preventDefault();
});
tableScroll.addEventListener('scroll', () => requestAnimationFrame(drawRowsIfMoved), {passive: true});
onChange('filter', () => {
  focusRow = 0;
  tableScroll.scrollTop = 0;
  drawTable();
});
onChange('selection', () => {
  const place = state.selected === null ? -1 : state.shown.indexOf(state.selected);
  if (place >= 0 && state.origin !== 'table') revealRow(place, false);
  else drawRows();
});
window.addEventListener('resize', () => drawRows());
window.addEventListener('beforeprint', () => {
  isPrinting = true;
  const n = Math.min(N_PRINTED, state.shown.length);
  const isAll = n === state.shown.length;
  document.getElementById('print-rest').textContent = isAll ? '' : p('print_rest', {n: number(n), total: number(state.shown.length)});
  drawRows();
});
window.addEventListener('afterprint', () => {
  isPrinting = false;
  drawRows();
});
