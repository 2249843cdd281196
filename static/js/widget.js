// Writes an area's helplines into another site's page: <div data-tsunagari="…/widget/131091.json"></div>.
// Keeps nothing, sends nothing about the visitor, asks only the address that stands in the page. The drawing
// lives in a shadow root with a constructed style sheet, so it needs no inline style of the host's policy.
(() => {
const STYLE = `
:host { all: initial; display: block; }
.box { padding: 1rem; border: 1px solid var(--line); border-radius: 12px; background: var(--ground); color: var(--ink); font: 400 16px/1.7 inherit; font-family: "BIZ UDPGothic", "Hiragino Sans", "Noto Sans JP", "Yu Gothic UI", Meiryo, system-ui, sans-serif; overflow-wrap: anywhere; }
h2, h3, h4, p { margin: 0 0 .5rem; line-height: 1.5; }
h2 { font-size: 1.25em; } h3 { font-size: 1.0625em; margin-top: 1rem; } h4 { font-size: 1.0625em; }
a { color: var(--link); } .soft { color: var(--soft); }
.emergency { border: 2px solid var(--danger); border-radius: 10px; padding: .3rem .8rem; font-weight: 700; }
.emergency a { color: var(--danger); display: inline-block; padding: .3rem .4rem; }
ul { list-style: none; margin: 0 0 1rem; padding: 0; display: grid; gap: .75rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); }
li { border: 1px solid var(--line); border-radius: 12px; padding: .8rem 1rem; }
.status { font-weight: 700; color: var(--soft); } .status.open { color: var(--link); }
.button { display: inline-flex; align-items: center; min-height: 2.75rem; padding: .3rem 1.1rem; margin: 0 .4rem .4rem 0; border: 2px solid var(--link); border-radius: 999px; font-weight: 700; text-decoration: none; }
.main { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
:focus-visible { outline: 3px solid var(--ink); outline-offset: 2px; }
`;
const COLOURS = { ground: "ffffff", ink: "26221c", soft: "5b5347", line: "d8cfc0", accent: "0a5a33", on_accent: "ffffff", link: "0a5a33", danger: "b3261e" };

function make(tag, text = "", attributes = {}) {
  const element = document.createElement(tag);
  if (text) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) if (value) element.setAttribute(name, value);
  return element;
}

// only addresses that a visitor may be sent to; whatever else the data held would be shown as text
function link(text, address, attributes = {}) {
  const safe = /^(https?:|tel:|mailto:)/i.test(address);
  const away = /^https?:/i.test(address) ? { target: "_blank", rel: "noopener noreferrer" } : {};
  return make(safe ? "a" : "span", text, safe ? { href: address, ...away, ...attributes } : attributes);
}

function entry(service) {
  const item = make("li");
  item.append(make("p", service.status + (service.free ? `・${service.freeWord}` : ""), { class: service.open_now ? "status open" : "status" }));
  const name = make("h4", "", { lang: service.name_language });
  name.append(link(service.name, service.url));
  item.append(name);
  for (const [place, way] of service.ways.slice(0, 2).entries()) {
    item.append(link(`${way.action} ${way.number}`.trim(), way.url, { class: place === 0 && service.open_now ? "button main" : "button" }));
  }
  if (service.ask) item.append(make("p", service.ask, { class: "soft" }));
  return item;
}

function draw(box, data) {
  box.lang = data.language;
  box.append(make("h2", data.title));
  const emergency = make("p", "", { class: "emergency" });
  for (const line of data.emergency) emergency.append(`${line.label} `, link(line.number, `tel:${line.number}`), "　");
  box.append(emergency);
  for (const [heading, services] of [[data.words.services, data.services], [data.words.offices, data.offices]]) {
    if (!services.length) continue;
    box.append(make("h3", heading));
    const list = make("ul");
    list.append(...services.map((service) => entry({ ...service, freeWord: data.words.free })));
    box.append(list);
  }
  box.append(link(data.words.more, data.more, { class: "button" }), make("p", data.time, { class: "soft" }));
}

// the network may be away; the two numbers must not be
function drawWithout(box, address) {
  box.lang = "ja";
  const emergency = make("p", "いのちに関わるとき ", { class: "emergency" });
  emergency.append(link("119", "tel:119"), "　だれかに傷つけられそうなとき ", link("110", "tel:110"));
  box.append(emergency, link("話せるところを見る", address.replace(/\/widget\/(\d{6})\.json.*$/, "/areas/$1/"), { class: "button" }));
}

async function place(host) {
  if (host.shadowRoot) return;
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  const colours = new CSSStyleSheet();
  root.adoptedStyleSheets = [sheet, colours];
  const paint = (chosen) => {
    const known = Object.entries({ ...COLOURS, ...chosen }).filter(([name, value]) => name in COLOURS && /^[0-9a-f]{6}$/.test(value));
    colours.replaceSync(`.box { ${known.map(([name, value]) => `--${name.replace("_", "-")}: #${value};`).join(" ")} }`);
  };
  const box = make("section", "", { class: "box" });
  paint({});
  const address = host.dataset.tsunagari;
  try {
    const answer = await fetch(address, { credentials: "omit", referrerPolicy: "no-referrer" });
    if (!answer.ok) throw new Error(`${answer.status}`);
    const data = await answer.json();
    paint(data.colours ?? {});
    draw(box, data);
  } catch {
    box.replaceChildren();
    drawWithout(box, address);
  }
  root.append(box);
}

for (const host of document.querySelectorAll("[data-tsunagari]")) place(host);
})();
