// What is chosen now. Everything drawn follows from it; whoever changes it calls a change function.

const state = {
  mode: 'level',
  operator: -1, // place in data.operators, -1 = best of all
  regency: '',
  district: '',
  evidence: '',
  remedies: new Set(data.remedies),
  layers: {hexes: true, sites: true, holds: true, hazards: true, boundaries: true, villages: true, towers: false, plan: false},
  sort: {key: 'rank', descending: false},
  selected: null, // place in the ranking
  shown: allSites,
};

const listeners = {view: [], filter: [], selection: [], language: []};

/** A value made anew only where one of its grounds is another: deck.gl reads all data of a new object again. */
function kept(make) {
  let grounds = null;
  let value;
  return (...now) => {
    if (!grounds || now.some((ground, k) => ground !== grounds[k])) {
      value = make(...now);
      grounds = now;
    }
    return value;
  };
}

function onChange(kind, listener) {
  listeners[kind].push(listener);
}

function announce(kind) {
  for (const listener of listeners[kind]) listener();
}

function setView(change) {
  Object.assign(state, change);
  announce('view');
}

function setFilter(change) {
  Object.assign(state, change);
  state.shown = sorted(allSites.filter(passes));
  announce('filter');
}

function select(i, origin = 'map') {
  state.selected = i;
  state.origin = origin;
  announce('selection');
}

function setLanguage(chosen) {
  language = chosen;
  announce('language');
}

function passes(i) {
  return state.remedies.has(remedyAt(i)) && isAsked(i);
}

/** Whether a site is where, and known as, the filters say; remedies are counted among these. */
function isAsked(i) {
  return (!state.regency || textAt(sites.regency, i) === state.regency)
    && (!state.district || textAt(sites.district, i) === state.district)
    && (!state.evidence || evidenceAt(i) === state.evidence);
}

const SORT_KEYS = {
  rank: (i) => numberAt(sites.rank, i),
  code: (i) => codeAt(i),
  village: (i) => `${textAt(sites.village, i) || ''} ${textAt(sites.district, i) || ''}`,
  regency: (i) => textAt(sites.regency, i) || '',
  fail: (i) => sites.p_upload_fail.codes[i],
  voters: (i) => numberAt(sites.n_voters, i) ?? -1,
  evidence: (i) => sites.evidence.codes[i],
  remedy: (i) => sites.remedy.codes[i],
};

/** Sites in the order chosen, equal ones by rank. */
function sorted(list) {
  if (state.sort.key === 'rank') return state.sort.descending ? list.slice().reverse() : list;
  const key = SORT_KEYS[state.sort.key];
  const sign = state.sort.descending ? -1 : 1;
  return list.map((i) => [key(i), i])
    .sort(([a, i], [b, k]) => (a < b ? -sign : a > b ? sign : i - k))
    .map(([, i]) => i);
}

/** The model does not stand by the figures of a site to be surveyed first. */
const isUnsure = (i) => evidenceAt(i) === 'survey_first';

/** Sums over sites, null where none of them is known: nothing known is not nought. */
function totals(list) {
  let voters = null;
  let failures = null;
  let unknown = 0;
  for (const i of list) {
    const listed = numberAt(sites.n_voters, i);
    if (listed !== null) voters += listed;
    if (isUnsure(i)) unknown += 1;
    else failures += (percentAt(sites.p_upload_fail, i) || 0) / 100;
  }
  return {voters, failures, unknown};
}
