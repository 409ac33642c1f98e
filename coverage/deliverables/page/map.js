// The map: deck.gl without a base map, so that no tile is asked of any network.

const mapElement = document.getElementById('map');
const tooltip = document.getElementById('tooltip');
const isCalm = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
const LABEL_ZOOM = 10.2;
const NUMBER_ZOOM = 11.5;
const ZOOM_STEP = 0.5; // labels and radii follow the zoom in steps
const HEX_ROWS = {length: hexes.n};
const NO_ROWS = {length: 0};
const STUB_M = 1000;
let view = null;
let map = null;
let nFlights = 0;

function pointsToShow() {
  const list = state.shown.length ? state.shown : allSites;
  return list.map((i) => [longitudeAt(i), latitudeAt(i)]);
}

/** View that holds the points, a single one from not too near. */
function viewOf(points) {
  const {clientWidth: width, clientHeight: height} = mapElement;
  if (!points.length) return {longitude: 106.1, latitude: -6.4, zoom: 8};
  const lons = points.map(([lon]) => lon);
  const lats = points.map(([, lat]) => lat);
  const least = (values) => values.reduce((a, b) => Math.min(a, b));
  const most = (values) => values.reduce((a, b) => Math.max(a, b));
  const viewport = new deck.WebMercatorViewport({width: Math.max(width, 100), height: Math.max(height, 100)});
  const {longitude, latitude, zoom} = viewport.fitBounds(
    [[least(lons) - 1e-3, least(lats) - 1e-3], [most(lons) + 1e-3, most(lats) + 1e-3]],
    {padding: Math.min(40, width / 6, height / 6)});
  return {longitude, latitude, zoom: Math.min(zoom, 14)};
}

function fly(target) {
  if (!map) return;
  const motion = isCalm ? {transitionDuration: 0}
    : {transitionDuration: 700, transitionInterpolator: new deck.LinearInterpolator(['longitude', 'latitude', 'zoom'])};
  view = {...view, ...target};
  nFlights += 1; // deck.gl stays where the hand has moved the map if it is sent to the same place again
  map.setProps({initialViewState: {...view, ...motion, minZoom: 6, maxZoom: 18, flight: nFlights}});
  if (!isCalm) return; // a flight tells of every step, a jump of none
  drawScale();
  draw();
}

function hexLayer() {
  return new deck.H3HexagonLayer({
    id: 'hexes',
    data: HEX_ROWS,
    visible: state.layers.hexes,
    pickable: true,
    extruded: false,
    filled: true,
    stroked: false,
    coverage: 0.97,
    getHexagon: (_, {index}) => hexId(index),
    getFillColor: (_, {index}) => hexColour(index),
    updateTriggers: {getFillColor: [state.mode, state.operator]},
  });
}

const ringsOf = (areas) => areas.flatMap((area) => area.rings);
const ringsOfArea = (areas) => areas.flatMap((area) => area.rings.map((ring) => ({ring, area})));
const RINGS = Object.fromEntries(Object.entries(data.areas).map(([kind, areas]) => [kind, ringsOf(areas)]));
const FILLS = {holds: ringsOfArea(data.areas.holds), hazards: ringsOfArea(data.areas.hazards)};

function areaLayers() {
  const line = (id, rings, colour, width, isVisible) => new deck.PathLayer({
    id,
    data: rings,
    visible: isVisible,
    getPath: (ring) => ring,
    getColor: colour,
    getWidth: width,
    widthUnits: 'pixels',
  });
  const fillOf = (id, fills, colour, isVisible) => new deck.SolidPolygonLayer({
    id,
    data: fills,
    visible: isVisible,
    pickable: true,
    getPolygon: ({ring}) => ring,
    getFillColor: colour,
  });
  const {holds, hazards, villages, districts, regencies} = RINGS;
  const shown = state.layers;
  return [
    fillOf('hazards', FILLS.hazards, rgb('#0072b2', 46), shown.hazards),
    line('hazard-lines', hazards, rgb('#0072b2'), 1.6, shown.hazards),
    line('villages', villages, [70, 84, 96, 120], 0.5, shown.villages),
    line('districts', districts, [70, 84, 96, 150], 0.8, shown.boundaries),
    line('regencies', regencies, [30, 42, 54, 220], 1.8, shown.boundaries),
    fillOf('holds', FILLS.holds, [255, 255, 255, 120], shown.holds),
    line('hold-halo', holds, [255, 255, 255, 255], 5, shown.holds),
    line('hold-lines', holds, [17, 17, 17, 255], 2.4, shown.holds),
  ];
}

/** Sites shrink when seen from far away, more where there are many: the signal stays in sight. */
function siteScale() {
  const farScale = Math.min(0.55, Math.max(0.16, 12 / Math.sqrt(state.shown.length + 1)));
  const nearness = Math.min(1, Math.max(0, (steppedZoom(view.zoom) - 8.5) / 4));
  return farScale + (1 - farScale) * nearness;
}

const steppedZoom = (zoom) => Math.round(zoom / ZOOM_STEP) * ZOOM_STEP;

/** Sites as drawn, the first in the list last, so that it lies on top. */
const drawnSites = kept((shown) => ({order: shown.slice().reverse(), rows: {length: shown.length}}));

function siteLayers() {
  const {order: shown, rows} = drawnSites(state.shown);
  const scale = siteScale();
  const isNear = state.layers.sites && view.zoom >= NUMBER_ZOOM;
  const common = {
    data: rows,
    getPosition: (_, {index}) => [longitudeAt(shown[index]), latitudeAt(shown[index])],
  };
  return [
    new deck.ScatterplotLayer({
      ...common,
      id: 'sites',
      visible: state.layers.sites,
      pickable: true,
      stroked: true,
      radiusUnits: 'pixels',
      lineWidthUnits: 'pixels',
      radiusScale: scale,
      radiusMinPixels: 1.2,
      getRadius: (_, {index}) => radiusOf(priorityOf(shown[index])),
      getFillColor: (_, {index}) => REMEDY_RGB[sites.remedy.codes[shown[index]]],
      getLineColor: [255, 255, 255, 235],
      getLineWidth: 1.5 * scale,
    }),
    new deck.TextLayer({
      ...common,
      id: 'site-numbers',
      data: isNear ? rows : NO_ROWS,
      getText: (_, {index}) => remedyNumber(remedyAt(shown[index])),
      getColor: (_, {index}) => (DARK_INK.has(remedyAt(shown[index])) ? [20, 30, 40] : [255, 255, 255]),
      getSize: (_, {index}) => Math.max(9, 1.15 * radiusOf(priorityOf(shown[index]))),
      fontFamily: 'system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif',
      fontWeight: 700,
    }),
  ];
}

/** Place at a distance and bearing, on a plane good enough for a line on a map. */
function placeAt([longitude, latitude], metres, bearing) {
  const angle = (bearing * Math.PI) / 180;
  const degrees = metres / 111195;
  return [longitude + (degrees * Math.sin(angle)) / Math.cos((latitude * Math.PI) / 180),
    latitude + degrees * Math.cos(angle)];
}

function selectionLayers() {
  const i = state.selected;
  if (i === null) return [];
  const at = [longitudeAt(i), latitudeAt(i)];
  const lines = [];
  const metres = numberAt(sites.nearest_usable_m, i);
  const bearing = numberAt(sites.nearest_usable_bearing_deg, i);
  if (metres && bearing !== null) lines.push({path: [at, placeAt(at, metres, bearing)], colour: [0, 90, 70]});
  const donor = numberAt(sites.donor_bearing_deg, i);
  const donorMetres = numberAt(sites.donor_m, i); // null: the bearing alone is known, a grey stub
  if (donor !== null && donorMetres !== null) lines.push({path: [at, placeAt(at, donorMetres, donor)], colour: [204, 102, 119]});
  else if (donor !== null) lines.push({path: [at, placeAt(at, STUB_M, donor)], colour: [120, 130, 138]});
  return [
    new deck.PathLayer({
      id: 'selection-halo', data: lines, getPath: ({path}) => path, getColor: [255, 255, 255, 230],
      getWidth: 6, widthUnits: 'pixels', capRounded: true,
    }),
    new deck.PathLayer({
      id: 'selection-lines', data: lines, getPath: ({path}) => path, getColor: ({colour}) => colour,
      getWidth: 3, widthUnits: 'pixels', capRounded: true,
    }),
    new deck.ScatterplotLayer({
      id: 'selection-ring', data: [at], getPosition: (d) => d, filled: false, stroked: true,
      radiusUnits: 'pixels', lineWidthUnits: 'pixels', getRadius: Math.max(1.2, siteScale() * radiusOf(priorityOf(i))) + 5,
      getLineColor: [17, 17, 17], getLineWidth: 3,
    }),
  ];
}

/** Labels that do not run into one already placed, in the order of their names. */
function apart(areas, size) {
  const perDegree = (512 * 2 ** steppedZoom(view.zoom)) / 360;
  const placed = [];
  return areas.filter(({name, at: [longitude, latitude]}) => {
    const [x, y, half] = [longitude * perDegree, latitude * perDegree, name.length * size * 0.32];
    const isFree = placed.every((other) => Math.abs(other.y - y) > size * 1.3 || Math.abs(other.x - x) > other.half + half);
    if (isFree) placed.push({x, y, half});
    return isFree;
  });
}

function labelLayer() {
  const isNear = view.zoom >= LABEL_ZOOM;
  const size = isNear ? 12 : 14;
  const labels = apart(isNear ? data.areas.districts : data.areas.regencies, size);
  return new deck.TextLayer({
    id: 'labels',
    data: labels,
    visible: state.layers.boundaries,
    getPosition: ({at}) => at,
    getText: ({name}) => name,
    getSize: size,
    getColor: [24, 36, 48],
    characterSet: 'auto',
    fontFamily: 'system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif',
    fontWeight: 600,
    fontSettings: {sdf: true, radius: 10},
    outlineWidth: 4,
    outlineColor: [255, 255, 255, 235],
  });
}

function draw() {
  if (!map) return;
  map.setProps({layers: [
    hexLayer(), ...areaLayers(), ...siteLayers(), towerLayer(), ...planLayers(), labelLayer(), ...selectionLayers(),
  ]});
}

const siteUnder = (index) => state.shown[state.shown.length - 1 - index];

function siteTooltip(i) {
  return [
    h('div', {class: 'tip-title'}, `${numberAt(sites.rank, i)}. ${siteName(i)}`),
    h('div', {}, placeText(i)),
    h('div', {}, t(`remedy.${remedyAt(i)}`)),
    h('div', {}, `${percent(percentAt(sites.p_upload_fail, i))} ${p('fail')}`),
    isUnsure(i) ? h('div', {}, p('unsure')) : null,
  ].filter(Boolean);
}

function areaTooltip({area}, kind) {
  const label = kind === 'holds' ? p('hold') : p('hazard');
  return [h('div', {class: 'tip-title'}, area.name || label), h('div', {}, `${label} ${area.note}`)];
}

function tooltipOf({layer, index, object}) {
  if (!layer || index < 0) return null;
  if (layer.id === 'sites') return siteTooltip(siteUnder(index));
  if (layer.id === 'towers') return towerTooltip(object);
  if (layer.id === 'plan') return planTooltip(object);
  if (layer.id === 'hexes') return hexColour(index) === CLEAR ? null : hexTooltip(index);
  return object && object.area ? areaTooltip(object, layer.id) : null;
}

function hover(info) {
  const content = info.picked ? tooltipOf(info) : null;
  tooltip.hidden = !content;
  if (!content) return;
  tooltip.replaceChildren(...content);
  const {clientWidth, clientHeight} = mapElement;
  const left = info.x + 16 + tooltip.offsetWidth > clientWidth ? info.x - tooltip.offsetWidth - 12 : info.x + 14;
  const top = info.y + 16 + tooltip.offsetHeight > clientHeight ? info.y - tooltip.offsetHeight - 12 : info.y + 14;
  tooltip.style.left = `${Math.max(0, left)}px`;
  tooltip.style.top = `${Math.max(0, top)}px`;
}

function drawScale() {
  const {longitude, latitude, zoom} = view;
  const metresPerPixel = (40075016.7 * Math.cos((latitude * Math.PI) / 180)) / (512 * 2 ** zoom);
  const most = metresPerPixel * 110;
  const power = 10 ** Math.floor(Math.log10(most));
  const metres = [5, 2, 1].map((step) => step * power).find((length) => length <= most);
  const bar = document.getElementById('scale');
  bar.style.width = `${metres / metresPerPixel}px`;
  bar.firstElementChild.textContent = metres >= 1000 ? `${metres / 1000} km` : `${metres} m`;
  mapElement.dataset.view = [longitude, latitude, zoom].map((v) => v.toFixed(4)).join(' ');
}

function viewChanged({viewState}) {
  const crossed = steppedZoom(view.zoom) !== steppedZoom(viewState.zoom)
    || [LABEL_ZOOM, NUMBER_ZOOM].some((z) => (view.zoom >= z) !== (viewState.zoom >= z));
  view = {longitude: viewState.longitude, latitude: viewState.latitude, zoom: viewState.zoom};
  drawScale();
  if (crossed) draw();
}

/** The canvas is what takes the keys, so it is the one stop of the keyboard and has the name. */
function nameCanvas() {
  const canvas = mapElement.querySelector('canvas');
  if (!canvas) return;
  canvas.tabIndex = 0;
  canvas.setAttribute('role', 'application');
  canvas.setAttribute('aria-label', p('map'));
}

function startMap() {
  view = viewOf(pointsToShow());
  drawScale();
  const canvas = document.createElement('canvas');
  if (!canvas.getContext('webgl2')) {
    document.getElementById('no-webgl').hidden = false;
    return;
  }
  map = new deck.Deck({
    parent: mapElement,
    controller: {dragRotate: false, touchRotate: false, keyboard: {zoomSpeed: 1}, inertia: !isCalm},
    initialViewState: {...view, minZoom: 6, maxZoom: 18},
    deviceProps: {type: 'webgl', webgl: {preserveDrawingBuffer: true}},
    layers: [],
    pickingRadius: 3,
    getCursor: ({isDragging, isHovering}) => (isDragging ? 'grabbing' : isHovering ? 'pointer' : 'grab'),
    onHover: hover,
    onClick: ({layer, index}) => { if (layer && layer.id === 'sites') select(siteUnder(index), 'map'); },
    onViewStateChange: viewChanged,
    onLoad: nameCanvas,
    onAfterRender: () => { mapElement.dataset.drawn = 'true'; },
  });
  draw();
}

onChange('view', draw);
onChange('language', nameCanvas);
onChange('filter', draw);
onChange('selection', () => {
  draw();
  const i = state.selected;
  if (i !== null && state.origin !== 'map') {
    fly({longitude: longitudeAt(i), latitude: latitudeAt(i), zoom: Math.max(view.zoom, 12.5)});
  }
});
