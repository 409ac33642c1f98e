// Search by code, name, village or district: a combobox after the ARIA pattern.

const MAX_SUGGESTIONS = 12;
const searchInput = document.getElementById('search');
const suggestionList = document.getElementById('suggestions');
let found = [];
let active = -1;

function siteName(i) {
  return textAt(sites.tps_name, i) || codeAt(i);
}

function placeText(i) {
  return [textAt(sites.village, i), textAt(sites.district, i), textAt(sites.regency, i)].filter(Boolean).join(', ');
}

const haystacks = allSites.map((i) => `${siteName(i)} ${placeText(i)}`.toLocaleLowerCase('id'));

function firstSites(test) {
  const matches = [];
  for (const i of allSites) {
    if (test(i)) matches.push(i);
    if (matches.length >= MAX_SUGGESTIONS) break;
  }
  return matches;
}

/** Sites whose code begins with the digits; else those that hold the phrase, then every word. */
function sitesMatching(query) {
  const text = query.trim().toLocaleLowerCase('id').replace(/\s+/g, ' ');
  if (!text) return [];
  const digits = text.replace(/[.\s-]/g, '');
  if (/^\d{4,13}$/.test(digits)) return firstSites((i) => codeAt(i).startsWith(digits));
  const words = text.split(' ');
  const phrase = firstSites((i) => haystacks[i].includes(text));
  const rest = phrase.length < MAX_SUGGESTIONS && words.length > 1
    ? firstSites((i) => words.every((word) => haystacks[i].includes(word))) : [];
  return [...new Set([...phrase, ...rest])].slice(0, MAX_SUGGESTIONS);
}

function showSuggestions() {
  found = sitesMatching(searchInput.value);
  active = -1;
  const rows = found.map((i, place) => h('li', {
    role: 'option', id: `suggestion-${place}`, 'aria-selected': 'false',
    onmousedown: (event) => { event.preventDefault(); choose(place); },
  }, h('span', {class: 'code'}, codeAt(i)), h('strong', {}, siteName(i)), h('span', {}, placeText(i))));
  const isEmpty = searchInput.value.trim() !== '' && !rows.length;
  suggestionList.replaceChildren(...(isEmpty ? [h('li', {class: 'none', 'aria-disabled': 'true', role: 'option'}, p('search_none'))] : rows));
  const isOpen = rows.length > 0 || isEmpty;
  suggestionList.hidden = !isOpen;
  searchInput.setAttribute('aria-expanded', String(isOpen));
  searchInput.removeAttribute('aria-activedescendant');
}

function hideSuggestions() {
  suggestionList.hidden = true;
  searchInput.setAttribute('aria-expanded', 'false');
}

function activate(place) {
  active = (place + found.length) % found.length;
  for (const [k, row] of [...suggestionList.children].entries()) {
    row.setAttribute('aria-selected', String(k === active));
    if (k === active) row.scrollIntoView({block: 'nearest'});
  }
  searchInput.setAttribute('aria-activedescendant', `suggestion-${active}`);
}

/** Selects a suggestion; filters that would hide it are lifted. */
function choose(place) {
  const i = found[place];
  hideSuggestions();
  if (!passes(i)) clearFilters();
  select(i, 'search');
}

searchInput.addEventListener('input', showSuggestions);
searchInput.addEventListener('focus', showSuggestions);
searchInput.addEventListener('blur', hideSuggestions);
searchInput.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') hideSuggestions();
  if (!found.length) return;
  if (event.key === 'ArrowDown') activate(active + 1);
  else if (event.key === 'ArrowUp') activate(active < 0 ? -1 : active - 1);
  else if (event.key === 'Enter') choose(Math.max(active, 0));
  else return;
  event.preventDefault();
});
document.addEventListener('keydown', (event) => {
  const isTyping = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);
  if (event.key !== '/' || isTyping) return;
  event.preventDefault();
  searchInput.focus();
});
