// One site's signal per operator: line from 5 to 95 %, dot at the median, thresholds behind.

const CHART = {width: 328, name: 84, right: 52, row: 34, top: 22, low: -140, high: -70};

function chartX(level) {
  const share = (Math.min(CHART.high, Math.max(CHART.low, level)) - CHART.low) / (CHART.high - CHART.low);
  return CHART.name + share * (CHART.width - CHART.name - CHART.right);
}

function chartRow(operator, k, i) {
  const y = CHART.top + k * CHART.row + CHART.row / 2;
  const columns = sites.by_operator[k];
  const name = svg('text', {x: 0, y: y + 4, class: 'chart-name'}, operator);
  const p50 = levelAt(columns.p50, i);
  if (p50 === null) {
    const text = abstainsAt(columns.p50, i) ? p('abstains') : p('no_row');
    return [name, svg('text', {x: CHART.name + 4, y: y + 4, class: 'chart-none'}, text),
      svg('text', {x: CHART.width, y: y + 4, class: 'chart-value'}, '?')];
  }
  const [from, to] = [chartX(levelAt(columns.p05, i)), chartX(levelAt(columns.p95, i))];
  const colour = LEVEL_COLOURS[classOf(p50, LEVEL_BOUNDS)];
  return [name,
    svg('line', {x1: from, x2: to, y1: y, y2: y, class: 'chart-line', style: {stroke: colour}}),
    svg('circle', {cx: chartX(p50), cy: y, r: 5.5, class: 'chart-dot', style: {fill: colour}}),
    svg('text', {x: chartX(p50), y: y - 9, class: 'chart-level'}, dbm(p50)),
    svg('text', {x: CHART.width, y: y + 4, class: 'chart-value'}, percent(percentAt(columns.p_upload_fail, i)))];
}

function signalChart(i) {
  const bottom = CHART.top + data.operators.length * CHART.row;
  const lines = [[LEVELS.weak, 'chart-weak'], [LEVELS.upload_critical, 'chart-critical']];
  const marks = lines.flatMap(([level, kind]) => [
    svg('line', {x1: chartX(level), x2: chartX(level), y1: CHART.top - 4, y2: bottom, class: kind}),
  ]);
  const ticks = [-140, -120, -100, -80].map((level) => svg('text', {x: chartX(level), y: bottom + 14, class: 'chart-tick'}, dbm(level)));
  return svg('svg', {viewBox: `0 0 ${CHART.width} ${bottom + 20}`, class: 'chart', role: 'img', 'aria-label': chartSentence(i)},
    svg('text', {x: chartX(LEVELS.weak) + 3, y: CHART.top - 8, class: 'chart-mark'}, dbm(LEVELS.weak)),
    svg('text', {x: chartX(LEVELS.upload_critical) - 3, y: CHART.top - 8, class: 'chart-mark end'}, dbm(LEVELS.upload_critical)),
    svg('text', {x: CHART.width, y: CHART.top - 8, class: 'chart-mark end'}, 'dBm'),
    marks, ticks, data.operators.flatMap((operator, k) => chartRow(operator, k, i)));
}

/** The chart in words, for those who do not see it. */
function chartSentence(i) {
  return data.operators.map((operator, k) => {
    const columns = sites.by_operator[k];
    const p50 = levelAt(columns.p50, i);
    if (p50 === null) return `${operator}: ${p('abstains')}`;
    return `${operator}: ${p50} dBm, ${percent(percentAt(columns.p_upload_fail, i))} ${p('fail')}`;
  }).join('; ');
}
