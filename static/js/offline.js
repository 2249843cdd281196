// Saving a town's page on this device, and erasing it again: both only by a button.
const OURS = "tsunagari-offline ";
const panel = document.querySelector("[data-offline]");
const status = panel?.querySelector("[role=status]");
const say = (text) => { if (status) status.textContent = text; };

async function saved() {
  const registration = await navigator.serviceWorker.getRegistration(panel.dataset.scope);
  return Boolean(registration && new URL(registration.scope).pathname === panel.dataset.scope);
}

function show(isSaved) {
  for (const part of panel.querySelectorAll("[data-when]")) part.hidden = (part.dataset.when === "saved") !== isSaved;
}

async function erase() {
  // every town's copy: who erases wants nothing of it to stay
  for (const registration of await navigator.serviceWorker.getRegistrations()) {
    if (new URL(registration.scope).pathname.includes("/offline/")) await registration.unregister();
  }
  for (const name of await caches.keys()) if (name.startsWith(OURS)) await caches.delete(name);
}

async function save() {
  const registration = await navigator.serviceWorker.register(panel.dataset.worker, { scope: panel.dataset.scope });
  const worker = registration.installing ?? registration.waiting ?? registration.active;
  if (worker.state === "activated") return;
  await new Promise((resolve, reject) => {
    worker.addEventListener("statechange", () => {
      if (worker.state === "activated") resolve();
      if (worker.state === "redundant") reject(new Error("not saved"));
    });
  });
}

if (panel && navigator.serviceWorker && window.caches) {
  panel.hidden = false;
  saved().then(show);
  panel.querySelector("[data-save]")?.addEventListener("click", async () => {
    say(panel.dataset.working);
    try {
      await save();
      show(true);
      say(panel.dataset.done);
    } catch {
      await erase();
      show(false);
      say(panel.dataset.failed);
    }
  });
  panel.querySelector("[data-erase]")?.addEventListener("click", async () => {
    await erase();
    show(false);
    say(panel.dataset.erased);
  });
}
