// Colours and classes. Sequential: viridis and ColorBrewer YlOrBr; categories: Paul Tol's muted set.
// All are told apart by colour-blind readers; remedies carry their number besides.

const LEVELS = data.run.levels;
const LEVEL_BOUNDS = [LEVELS.blank, LEVELS.upload_critical, LEVELS.weak, LEVELS.planning,
  LEVELS.planning + 10, LEVELS.planning + 20];
const LEVEL_COLOURS = ['#440154', '#46327e', '#365c8d', '#277f8e', '#1fa187', '#7ad151', '#e2e418'];
const P_BOUNDS = [5, 20, 50, 80, 95];
const P_COLOURS = ['#fff7bc', '#fee391', '#fec44f', '#ec7014', '#b33c04', '#5c1f03'];
const COUNT_BOUNDS = [2, 5, 10, 30, 100];
const COUNT_COLOURS = ['#efedf5', '#cbc9e2', '#9e9ac8', '#7f6bb3', '#5e3a98', '#3f007d'];
const EVIDENCE_COLOURS = {
  ok: '#2c7fb8', legacy_only: '#a6bddb', indicated_weak: '#ec7014', confirmed_weak: '#8c2d04',
  modelled_weak: '#fec44f', survey_first: '#aeb4ba',
};
const ABSTAINS_COLOUR = '#b4bac1';
const REMEDY_COLOURS = {
  EXCLUDED_ADAT: '#111111', OK: '#88ccee', SURVEY_FIRST: '#8b9299', MOVE_OR_OFFLINE_WALK: '#44aa99',
  SIM_SWITCH: '#ddcc77', WIFI_FROM_PPS_OR_DESA: '#aa4499', OPERATOR_BOOSTER: '#cc6677',
  MOBILE_BTS: '#882255', VSAT_LEO: '#332288', OFFLINE_COURIER: '#999933',
};
const DARK_INK = new Set(['OK', 'SIM_SWITCH', 'MOVE_OR_OFFLINE_WALK']);

const remedyNumber = (remedy) => String(data.remedies.indexOf(remedy) + 1);

function rgb(hex, alpha = 255) {
  return [1, 3, 5].map((i) => parseInt(hex.substr(i, 2), 16)).concat(alpha);
}

/** Class of a value: how many bounds it reaches. */
function classOf(value, bounds) {
  let place = 0;
  while (place < bounds.length && value >= bounds[place]) place += 1;
  return place;
}

const ALPHA = 225;
const LEVEL_RGB = LEVEL_COLOURS.map((c) => rgb(c, ALPHA));
const P_RGB = P_COLOURS.map((c) => rgb(c, ALPHA));
const COUNT_RGB = COUNT_COLOURS.map((c) => rgb(c, ALPHA));
const EVIDENCE_RGB = data.map_evidences.map((code) => rgb(EVIDENCE_COLOURS[code], ALPHA));
const ABSTAINS_RGB = rgb(ABSTAINS_COLOUR, 150);
const CLEAR = [0, 0, 0, 0];
const REMEDY_RGB = data.remedies.map((code) => rgb(REMEDY_COLOURS[code]));

/** Legend rows of a mode: [colour, label], best first. */
function legendOf(mode) {
  if (mode === 'evidence') {
    return data.map_evidences.map((code) => [EVIDENCE_COLOURS[code], t(`evidence.${code}`)]);
  }
  if (mode === 'count') {
    return COUNT_COLOURS.map((colour, i) => {
      const [low, next] = [i ? COUNT_BOUNDS[i - 1] : 1, COUNT_BOUNDS[i]];
      if (next === undefined) return [colour, p('level_above', {dbm: low})];
      return [colour, next - 1 === low ? String(low) : p('level_between', {low, high: next - 1})];
    }).reverse();
  }
  const [bounds, colours, unit] = mode === 'level'
    ? [LEVEL_BOUNDS, LEVEL_COLOURS, 'dBm'] : [P_BOUNDS, P_COLOURS, '%'];
  const rows = colours.map((colour, i) => {
    const low = dbm(bounds[i - 1]);
    const high = dbm(bounds[i]);
    if (i === 0) return [colour, `${p('level_below', {dbm: high})} ${unit}`];
    if (i === bounds.length) return [colour, `${p('level_above', {dbm: low})} ${unit}`];
    return [colour, `${p('level_between', {low, high})} ${unit}`];
  });
  return mode === 'level' ? rows.reverse() : rows;
}

/** Radius of a site in pixels: area grows with priority. */
const MAX_PRIORITY = Math.max(1, ...[0, 1, 2].map((i) => (i < sites.n ? priorityOf(i) : 0)));
const RADIUS_PX = [4, 15];

function priorityOf(i) {
  return numberAt(sites.priority, i) || 0;
}

function radiusOf(priority) {
  const share = Math.min(1, Math.sqrt(Math.max(0, priority) / MAX_PRIORITY));
  return RADIUS_PX[0] + (RADIUS_PX[1] - RADIUS_PX[0]) * share;
}
