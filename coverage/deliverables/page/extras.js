// What may be drawn besides: radio cells, and the stops of the next survey.

const TOWER_SHADES = ['#332288', '#cc6677', '#117733', '#b8860b', '#4477aa', '#882255'];
const PLAN_COLOURS = ['#d55e00', '#0072b2']; // to decide, to validate

const towerColour = (i) => TOWER_SHADES[towers.operator.codes[i] % TOWER_SHADES.length];

/** Radio cells of the operator chosen, or of all; none where they are not asked for. */
const towersToShow = kept((isAsked, operator) => {
  const all = Array.from({length: isAsked ? towers.n : 0}, (_, i) => i);
  return operator < 0 ? all : all.filter((i) => towers.operator.codes[i] === operator);
});

function towerLayer() {
  return new deck.TextLayer({
    id: 'towers',
    data: towersToShow(state.layers.towers, state.operator),
    visible: state.layers.towers,
    pickable: true,
    characterSet: ['\u25B2', '\u25B3'],
    getText: (i) => (towers.is_listed.codes[i] ? '\u25B2' : '\u25B3'),
    getPosition: (i) => [numberAt(towers.longitude, i), numberAt(towers.latitude, i)],
    getColor: (i) => rgb(towerColour(i)),
    getSize: 14,
    fontSettings: {sdf: true, radius: 10},
    outlineWidth: 3,
    outlineColor: [255, 255, 255, 230],
  });
}

const planAt = (i) => [numberAt(plan.longitude, i), numberAt(plan.latitude, i)];

const planStops = kept(() => Array.from({length: plan.n}, (_, i) => i));

/** One path a day, from stop to stop as the crow flies. */
const planPaths = kept(() => {
  const days = new Map();
  for (let i = 0; i < plan.n; i += 1) {
    const day = numberAt(plan.day, i);
    if (!days.has(day)) days.set(day, []);
    days.get(day).push(planAt(i));
  }
  return [...days.values()].filter((path) => path.length > 1);
});

function planLayers() {
  const stops = planStops();
  const visible = state.layers.plan;
  return [
    new deck.PathLayer({id: 'plan-halo', data: planPaths(), visible, getPath: (path) => path, getColor: [255, 255, 255, 220], getWidth: 5, widthUnits: 'pixels'}),
    new deck.PathLayer({id: 'plan-paths', data: planPaths(), visible, getPath: (path) => path, getColor: [40, 50, 60, 255], getWidth: 2, widthUnits: 'pixels'}),
    new deck.ScatterplotLayer({
      id: 'plan', data: stops, visible, pickable: true, stroked: true, radiusUnits: 'pixels', lineWidthUnits: 'pixels',
      getPosition: planAt, getRadius: 7, getFillColor: (i) => rgb(PLAN_COLOURS[plan.purpose.codes[i]]), getLineColor: [255, 255, 255], getLineWidth: 1.5,
    }),
    new deck.TextLayer({
      id: 'plan-numbers', data: stops, visible: visible && view.zoom >= NUMBER_ZOOM - 2, getPosition: planAt,
      getText: (i) => String(numberAt(plan.stop, i)), getSize: 9, getColor: [255, 255, 255], fontWeight: 700,
      fontFamily: 'system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif',
    }),
  ];
}

function towerTooltip(i) {
  const basis = p(towers.is_listed.codes[i] ? 'tower_listed' : 'tower_estimated');
  return [h('div', {class: 'tip-title'}, data.operators[towers.operator.codes[i]]),
    h('div', {}, p('tower_cells', {n: number(numberAt(towers.n_cells, i))})), h('div', {}, basis)];
}

function planTooltip(i) {
  return [h('div', {class: 'tip-title'}, p('plan_stop', {day: number(numberAt(plan.day, i)), stop: number(numberAt(plan.stop, i))})),
    h('div', {}, `TPS ${textAt(plan.code, i)}`), h('div', {}, p(`plan_purpose.${plan.purpose.codes[i]}`))];
}
