// The room with a script: what is said comes by a stream, what is written is sent again until it is acknowledged.
// The client's own id makes a repeated sending the same message, so nothing stands there twice; one is sent after
// the other, so the order stays. What is not sent yet lives in this page's memory alone and is stored nowhere.

const room = document.querySelector("#room");
const base = room.dataset.room;
const said = document.querySelector("#said");
const form = document.querySelector("#write");
const text = document.querySelector("#text");
const refused = document.querySelector("#refused");
const typing = document.querySelector("#typing");
const status = document.querySelector("#status");
const here = document.querySelector("#here");
const LONGEST_WAIT_MS = 20000;
const TYPING_MS = 5000;
const ALIVE_MS = 20000;

document.documentElement.classList.add("scripted");
here.hidden = false;

let last = Number(room.dataset.last);
const waiting = [];
let sending = false;
let closing = false;
let readByStaff = 0;
let typed = 0;

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

function find(clientId) {
  return [...said.children].find((item) => item.dataset.client === clientId);
}

function hour(moment) {
  return new Intl.DateTimeFormat("ja-JP", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Tokyo" }).format(moment);
}

function draw({ client_id: clientId, author, text: words, sent_at: sentAt, seq }) {
  const item = document.createElement("li");
  item.className = `said ${author}`;
  item.dataset.client = clientId;
  if (seq) item.dataset.seq = seq;
  const who = document.createElement("p");
  who.className = "who";
  const name = author === "person" ? room.dataset.you : author === "system" ? room.dataset.system : room.dataset.counsellor;
  const time = document.createElement("time");
  time.textContent = hour(sentAt ? new Date(sentAt) : new Date());
  who.append(`${name} `, time);
  const body = document.createElement("p");
  body.className = "text";
  body.textContent = words;
  item.append(who, body);
  return item;
}

function place(item) {
  // in the order of their numbers; what has none yet stands last
  const seq = Number(item.dataset.seq || Infinity);
  const next = [...said.children].find((other) => other !== item && Number(other.dataset.seq || Infinity) > seq);
  said.insertBefore(item, next || null);
}

function fate(item, words) {
  let mark = item.querySelector(".fate");
  if (!mark) {
    mark = document.createElement("p");
    mark.className = "fate";
    item.append(mark);
  }
  mark.textContent = words;
}

function showRead() {
  const own = [...said.children].filter((item) => item.classList.contains("person") && item.dataset.seq);
  for (const item of own) item.querySelector(".fate")?.remove();
  const newest = own[own.length - 1];
  if (newest) fate(newest, Number(newest.dataset.seq) <= readByStaff ? room.dataset.read : room.dataset.sent);
}

function take(message) {
  last = Math.max(last, message.seq);
  let words = message.text;
  if (message.kind === "event") {
    words = room.getAttribute(`data-event-${message.text}`);
    if (!words) return;
  }
  let item = find(message.client_id);
  if (item) {
    item.dataset.seq = message.seq;
  } else {
    item = draw({ ...message, text: words });
    item.dataset.seq = message.seq;
  }
  place(item);
  showRead();
  if (message.author !== "person") {
    typing.textContent = "";
    item.scrollIntoView({ block: "center" });
    tell({ read: last });
  }
}

async function post(path, fields) {
  return fetch(`${base}${path}`, {
    method: "POST",
    credentials: "same-origin",
    headers: { Accept: "application/json" },
    body: new URLSearchParams(fields),
  });
}

async function tell(fields) {
  try {
    await post("here/", fields);
  } catch {
    // the next sign of life says the same
  }
}

async function sendAll() {
  if (sending) return;
  sending = true;
  let wait = 1000;
  while (waiting.length) {
    const { clientId, words, item } = waiting[0];
    try {
      const response = await post("messages", { client_id: clientId, text: words });
      if (response.ok) {
        const answer = await response.json();
        waiting.shift();
        item.dataset.seq = answer.seq;
        place(item);
        showRead();
        wait = 1000;
        continue;
      }
      if (response.status >= 400 && response.status < 500 && response.status !== 408 && response.status !== 429) {
        const answer = await response.json().catch(() => ({}));
        waiting.shift();
        item.remove();
        refused.textContent = answer.error || "";
        if (!text.value) text.value = words;
        continue;
      }
    } catch {
      // no line; the same message is sent again
    }
    fate(item, room.dataset.again);
    await new Promise((done) => setTimeout(done, wait * (0.75 + Math.random() / 2)));
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }
  sending = false;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const words = text.value.trim();
  refused.textContent = "";
  if (!words) {
    text.focus();
    return;
  }
  const clientId = newId();
  const item = draw({ client_id: clientId, author: "person", text: words });
  said.append(item);
  fate(item, room.dataset.sending);
  item.scrollIntoView({ block: "center" });
  text.value = "";
  text.focus();
  waiting.push({ clientId, words, item });
  sendAll();
});

text.addEventListener("input", () => {
  const now = performance.now();
  if (now - typed > TYPING_MS / 2) {
    typed = now;
    tell({ typing: 1 });
  }
});

async function refresh() {
  try {
    const response = await fetch(`${base}status`, { credentials: "same-origin" });
    if (response.status === 410) {
      window.location.reload();
      return;
    }
    if (!response.ok || response.redirected) return;
    const open = status.querySelector("details")?.open;
    status.innerHTML = await response.text();
    const details = status.querySelector("details");
    if (details && open) details.open = true;
  } catch {
    // asked again with the next change or in a while
  }
}

let stream = null;
let retry = 1000;

function listen() {
  // the browser resumes by Last-Event-ID; a stream begun anew says where it stands
  stream = new EventSource(`${base}stream?after=${last}`);
  stream.addEventListener("open", () => {
    retry = 1000;
    typing.textContent = "";
    refresh();
    sendAll();
  });
  stream.addEventListener("message", (event) => take(JSON.parse(event.data)));
  stream.addEventListener("read", (event) => {
    readByStaff = Math.max(readByStaff, Number(JSON.parse(event.data).seq));
    showRead();
  });
  stream.addEventListener("changed", refresh);
  stream.addEventListener("ended", () => {
    stream.close();
    if (!closing) window.location.reload();
  });
  let quiet = 0;
  stream.addEventListener("typing", () => {
    typing.textContent = room.dataset.typing;
    clearTimeout(quiet);
    quiet = setTimeout(() => (typing.textContent = ""), TYPING_MS);
  });
  stream.addEventListener("error", () => {
    if (closing) return;
    typing.textContent = room.dataset.offline;
    if (stream.readyState === EventSource.CLOSED) {
      setTimeout(listen, retry);
      retry = Math.min(retry * 2, LONGEST_WAIT_MS);
    }
  });
}

here.addEventListener("click", () => {
  tell({ read: last });
  refresh();
});
setInterval(() => document.hidden || tell({ read: last }), ALIVE_MS);
setInterval(refresh, ALIVE_MS);
window.addEventListener("online", sendAll);
window.addEventListener("beforeunload", (event) => {
  if (waiting.length && !closing) event.preventDefault();
});
document.addEventListener("submit", (event) => {
  if (event.target !== form) closing = true;
});

// "Close this page at once" ends this browser's session too; the contact stays, and four words lead back
document.addEventListener("quick-exit", () => {
  closing = true;
  waiting.length = 0;
  stream?.close();
  said.replaceChildren();
  fetch(`${base}leave`, { method: "POST", credentials: "same-origin", keepalive: true, headers: { Accept: "application/json" } });
});

listen();
