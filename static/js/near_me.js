// "Near me": the browser asks the phone where it is, compares that with the municipalities' coordinates in a
// static file, and opens the page of the nearest one. The position itself is sent nowhere.

const EARTH_KM = 6371;
const FARTHEST_KM = 100; // farther from every municipal office: not in Japan, we say so

const radians = (degrees) => (degrees * Math.PI) / 180;

/** Distance in km between two points in degrees (haversine). */
export function distance(latitude1, longitude1, latitude2, longitude2) {
  const a =
    Math.sin(radians(latitude2 - latitude1) / 2) ** 2 +
    Math.cos(radians(latitude1)) * Math.cos(radians(latitude2)) * Math.sin(radians(longitude2 - longitude1) / 2) ** 2;
  return 2 * EARTH_KM * Math.asin(Math.sqrt(a));
}

/** The code of the municipality whose office is nearest, or null. Rows: [code, latitude, longitude]. */
export function nearest(rows, latitude, longitude) {
  let code = null;
  let best = FARTHEST_KM;
  for (const [candidate, lat, lon] of rows) {
    const km = distance(latitude, longitude, lat, lon);
    if (km < best) [code, best] = [candidate, km];
  }
  return code;
}

function position() {
  return new Promise((resolve, reject) => {
    navigator.geolocation.getCurrentPosition(resolve, reject, { timeout: 15000, maximumAge: 600000 });
  });
}

async function find(box, status) {
  status.textContent = box.dataset.working;
  try {
    const [here, answer] = await Promise.all([position(), fetch(box.dataset.points)]);
    const code = nearest(await answer.json(), here.coords.latitude, here.coords.longitude);
    if (code) window.location.assign(box.dataset.page.replace("000000", code));
    else status.textContent = box.dataset.nowhere;
  } catch {
    status.textContent = box.dataset.failed;
  }
}

for (const box of document.querySelectorAll("[data-near-me]")) {
  if (!("geolocation" in navigator)) continue;
  box.hidden = false;
  const status = box.querySelector("[role=status]");
  box.querySelector("button").addEventListener("click", () => find(box, status));
}
