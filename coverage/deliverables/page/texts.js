// Texts, numbers and directions in the language chosen. Names reach the page as text, never as HTML.

let language = data.run.language;

function t(key, values = {}) {
  const text = data.texts[language][key];
  if (text === undefined) throw new Error(`No text ${key} in ${language}`);
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

const p = (key, values) => t(`page.${key}`, values);

/** A number as the language writes it; what is not known is a dash. */
function number(value, digits = 0) {
  if (value === null) return '\u2013';
  const locale = language === 'id' ? 'id-ID' : 'en-GB';
  return value.toLocaleString(locale, {minimumFractionDigits: digits, maximumFractionDigits: digits});
}

/** Whole per cent; the ends are never certain. */
function percent(value) {
  if (value === null) return '?';
  if (value <= 0) return '< 1 %';
  if (value >= 100) return '> 99 %';
  return `${value} %`;
}

const dbm = (value) => `${String(value).replace('-', '\u2212')}`;

function directionOf(bearing) {
  return p(`bearing.${Math.round(bearing / 45) % 8}`);
}

/** Element with attributes, listeners (on...) and children; text children stay text. */
function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  fill(element, attributes, children);
  return element;
}

function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  fill(element, attributes, children);
  return element;
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'style') Object.assign(element.style, value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
}

/** Fills every element that names its text in the markup. */
function translateMarkup() {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll('[data-text]')) {
    element.textContent = p(element.dataset.text);
  }
  for (const [name, attribute] of [['placeholder', 'placeholder'], ['label', 'aria-label'], ['title', 'title']]) {
    for (const element of document.querySelectorAll(`[data-${name}]`)) {
      element.setAttribute(attribute, p(element.dataset[name]));
      if (name === 'title') element.setAttribute('aria-label', p(element.dataset[name]));
    }
  }
}
