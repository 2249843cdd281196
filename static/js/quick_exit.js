// "Close this page at once": the link works without this script; with it, the page is blanked before the
// other one has loaded, and the current history entry is replaced, so that Back does not return to it.
// What it cannot do (earlier entries, the browser's own history) stands on the safety page.

const TIMES = 3;
const WITHIN_MS = 2000;

const link = document.querySelector("[data-quick-exit]");
let pressed = [];

function leave() {
  // a page that holds a session ends it now (talk.js)
  document.dispatchEvent(new CustomEvent("quick-exit"));
  document.documentElement.classList.add("leaving");
  document.title = "";
  for (const field of document.querySelectorAll("input:not([type=color]), textarea")) field.value = "";
  window.location.replace(link.href);
}

if (link) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    leave();
  });
  window.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") {
      pressed = [];
      return;
    }
    const now = performance.now();
    pressed = [...pressed.filter((time) => now - time < WITHIN_MS), now];
    if (pressed.length >= TIMES) leave();
  });
}
