// Unpacks the columns that coverage/deliverables/packing.py packed.

const NO_BYTE = 255;
const ABSTAINS = 254;
const LEVEL_SHIFT_DBM = 200;

const data = JSON.parse(document.getElementById('data').textContent);

function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
  return bytes;
}

const ARRAYS = {u8: Uint8Array, u16: Uint16Array, u32: Uint32Array};
const MISSING = {u8: 255, u16: 65535, u32: 4294967295};

/** A typed array of codes, the code of a missing value, and how to read the others. */
function unpacked({type, data: base64, factor, least, values}) {
  const codes = new ARRAYS[type](bytesOf(base64).buffer);
  return {codes, missing: MISSING[type], factor, least, values};
}

/** Text i of a column of texts of one length, or of a list. */
function fixedAt({width, text, texts}, i) {
  return texts ? texts[i] : text.slice(i * width, (i + 1) * width);
}

/** Points of a ring that was written as steps of 1e-5 degrees. */
function pointsOf(steps) {
  let [x, y] = [0, 0];
  const points = [];
  for (let k = 0; k < steps.length; k += 2) {
    x += steps[k];
    y += steps[k + 1];
    points.push([x / 1e5, y / 1e5]);
  }
  return points;
}

for (const area of Object.values(data.areas).flat()) area.rings = area.rings.map(pointsOf);

/** Unpacks every packed column of an object, lists of such objects included. */
function unpackedAll(packed) {
  return Object.fromEntries(Object.entries(packed).map(([name, value]) => {
    if (Array.isArray(value) && name === 'by_operator') return [name, value.map(unpackedAll)];
    return [name, value && value.data !== undefined ? unpacked(value) : value];
  }));
}

const hexes = unpackedAll(data.hexes);
hexes.best = unpackedAll(data.hexes.best);
const sites = unpackedAll(data.sites);
const towers = unpackedAll(data.towers);
const plan = unpackedAll(data.plan);
const allSites = Array.from({length: sites.n}, (_, i) => i);

const hexId = (i) => fixedAt(hexes.ids, i);
const codeAt = (i) => fixedAt(sites.codes, i);

/** Level in dBm, null where it is not known or the model abstains. */
function levelAt(column, i) {
  const code = column.codes[i];
  return code >= ABSTAINS ? null : code - LEVEL_SHIFT_DBM;
}

/** Share 0 to 100 %, null where it is not known or the model abstains. */
function percentAt(column, i) {
  const code = column.codes[i];
  return code >= ABSTAINS ? null : code;
}

function abstainsAt(column, i) {
  return column.codes[i] === ABSTAINS;
}

function numberAt(column, i) {
  const code = column.codes[i];
  return code === column.missing ? null : (code + column.least) / column.factor;
}

function textAt(column, i) {
  const code = column.codes[i];
  return code === column.missing ? null : column.values[code];
}

const longitudeAt = (i) => numberAt(sites.longitude, i);
const latitudeAt = (i) => numberAt(sites.latitude, i);
const remedyAt = (i) => data.remedies[sites.remedy.codes[i]];
const evidenceAt = (i) => data.evidences[sites.evidence.codes[i]];
