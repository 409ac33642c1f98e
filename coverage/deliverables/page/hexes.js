// The hexes: what each shows in the mode and for the operator chosen.

function hexColumns() {
  return state.operator < 0 ? hexes.best : hexes.by_operator[state.operator];
}

/** Fill of hex i; no data stays clear, so that the hatched ground shows. */
function hexColour(i) {
  const columns = hexColumns();
  if (state.mode === 'evidence') {
    const code = columns.evidence.codes[i];
    return code === NO_BYTE ? CLEAR : EVIDENCE_RGB[code];
  }
  if (state.mode === 'count') {
    const n = columns.n_readings.codes[i];
    return n === 0 ? CLEAR : COUNT_RGB[classOf(n, COUNT_BOUNDS)];
  }
  const column = state.mode === 'level' ? columns.p50 : columns.p_weak;
  const code = column.codes[i];
  if (code === NO_BYTE) return CLEAR;
  if (code === ABSTAINS) return ABSTAINS_RGB;
  return state.mode === 'level'
    ? LEVEL_RGB[classOf(code - LEVEL_SHIFT_DBM, LEVEL_BOUNDS)]
    : P_RGB[classOf(code, P_BOUNDS)];
}

/** The operators a hover tells of: the one chosen, or all. */
function hoveredOperators() {
  return state.operator < 0 ? data.operators.map((_, k) => k) : [state.operator];
}

function predictedText(columns, i) {
  if (abstainsAt(columns.p50, i)) return p('abstains');
  const p50 = levelAt(columns.p50, i);
  if (p50 === null) return p('no_row');
  return p('predicted_text', {
    p50: dbm(p50), p05: dbm(levelAt(columns.p05, i)), p95: dbm(levelAt(columns.p95, i)),
    p: percent(percentAt(columns.p_weak, i)),
  });
}

function measuredText(columns, i) {
  const code = columns.evidence.codes[i];
  if (code === NO_BYTE) return p('not_measured');
  const level = levelAt(columns.measured_p50, i);
  const n = columns.n_readings.codes[i];
  return p('measured_text', {
    evidence: t(`evidence.${data.map_evidences[code]}`),
    level: level === null ? p('no_service') : `${dbm(level)} dBm`,
    n: n >= 253 ? '> 252' : n,
  });
}

function hexTooltip(i) {
  const rows = hoveredOperators().map((k) => h('div', {class: 'tip-operator'},
    h('strong', {}, data.operators[k]),
    h('div', {}, `${p('predicted')}: ${predictedText(hexes.by_operator[k], i)}`),
    h('div', {}, `${p('measured')}: ${measuredText(hexes.by_operator[k], i)}`)));
  return [h('div', {class: 'tip-title'}, `H3 ${hexId(i)}`), ...rows];
}
