// The supervisor's pages with a script: the wall is fetched again when something changes, a talk that is looked in
// on grows by itself. Without a script, both are loaded again by hand.

const wall = document.querySelector("#wall");
const said = document.querySelector("#said");
const line = document.querySelector("#line");
const AGAIN_MS = 1000;
const EVERY_MS = 30000;
const LONGEST_WAIT_MS = 20000;

let due = 0;
let asked = false;

async function refresh() {
  if (asked) {
    due = 1;
    return;
  }
  asked = true;
  due = 0;
  try {
    const response = await fetch(wall.dataset.now, { credentials: "same-origin" });
    if (response.ok && !response.redirected) {
      // what somebody is about to press stays under the hand
      const focused = wall.contains(document.activeElement) && document.activeElement.closest("form")?.action;
      wall.innerHTML = await response.text();
      if (focused) [...wall.querySelectorAll("form")].find((form) => form.action === focused)?.querySelector("button")?.focus();
      line.textContent = "";
    } else if (response.status === 404 || response.redirected) {
      window.location.reload();
    }
  } catch {
    line.textContent = wall.dataset.offline;
  }
  setTimeout(() => {
    asked = false;
    if (due) refresh();
  }, AGAIN_MS);
}

function hour(moment) {
  return new Intl.DateTimeFormat("ja-JP", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Tokyo" }).format(moment);
}

function add(message) {
  if (message.conversation !== said.dataset.conversation) return;
  if ([...said.children].some((item) => Number(item.dataset.seq) === message.seq)) return;
  if (!said.querySelector("[data-seq]")) said.replaceChildren();
  const item = document.createElement("li");
  item.className = `said ${message.author} ${message.kind}`;
  item.dataset.seq = message.seq;
  const who = document.createElement("p");
  who.className = "who";
  const kind = message.kind === "whisper" || message.kind === "note" ? `｜${said.dataset[message.kind]}` : "";
  const time = document.createElement("time");
  time.className = "num";
  time.textContent = hour(new Date(message.sent_at));
  who.append(`${said.dataset[message.author]}${kind} `, time);
  const text = document.createElement("p");
  text.className = "text";
  text.textContent =
    message.kind === "event" ? said.getAttribute(`data-event-${message.text}`) || message.text : message.text;
  item.append(who, text);
  const next = [...said.children].find((other) => Number(other.dataset.seq) > message.seq);
  said.insertBefore(item, next || null);
  said.dataset.last = Math.max(Number(said.dataset.last), message.seq);
}

let retry = AGAIN_MS;

function listen() {
  const place = wall || said;
  let address = place.dataset.stream;
  if (said) {
    const pk = said.dataset.conversation;
    address += `?look=${pk}&after=${pk.replaceAll("-", "")}:${said.dataset.last}`;
  }
  const stream = new EventSource(address);
  stream.addEventListener("open", () => {
    retry = AGAIN_MS;
    line.textContent = "";
    if (wall) refresh();
  });
  stream.addEventListener("changed", () => wall && refresh());
  stream.addEventListener("message", (event) => said && add(JSON.parse(event.data)));
  stream.addEventListener("ended", () => {
    stream.close();
    window.location.reload();
  });
  stream.addEventListener("error", () => {
    line.textContent = place.dataset.offline;
    if (stream.readyState === EventSource.CLOSED) {
      setTimeout(listen, retry);
      retry = Math.min(retry * 2, LONGEST_WAIT_MS);
    }
  });
}

if (wall) setInterval(refresh, EVERY_MS);
if (wall || said) listen();
