// The strength of the lock; everything else works without this file.
"use strict";
(() => {
  const root = document.documentElement;
  const body = document.body;
  const others = new BroadcastChannel("lock");
  const wipe = () => root.replaceChildren();

  // What was open is in no memory that Back could show again.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });

  if (body.dataset.locked) others.postMessage("away");
  if (!body.dataset.idle) return;

  addEventListener("pagehide", wipe);
  others.addEventListener("message", (event) => {
    wipe();
    if (event.data === "away") location.replace("/unlock");
  });

  const form = document.getElementById("lock");
  form.addEventListener("submit", () => others.postMessage("wipe"));
  const lock = () => form.requestSubmit();

  // Shift three times within two seconds, with nothing else between.
  let shifts = [];
  addEventListener("keydown", (event) => {
    if (event.key !== "Shift") shifts = [];
    else if (!event.repeat) shifts.push(Date.now());
    shifts = shifts.slice(-3);
    if (shifts.length === 3 && shifts[2] - shifts[0] < 2000) lock();
  });

  // The clock is looked at, not counted: it jumps while the machine sleeps.
  const idle = Number(body.dataset.idle) * 1000;
  const dialog = document.getElementById("idle");
  let touched = Date.now();
  let told = touched;
  const stay = () => {
    const now = Date.now();
    if (now - touched >= idle) return lock();
    touched = now;
    if (dialog.open) dialog.close();
    if (now - told > 20000) {
      told = now;
      fetch("/stay", { method: "POST", body: new URLSearchParams({ csrf: body.dataset.csrf }) })
        .catch(() => {});
    }
  };
  for (const kind of ["keydown", "pointerdown"]) addEventListener(kind, stay, true);
  setInterval(() => {
    const left = touched + idle - Date.now();
    if (left <= 0) lock();
    else if (left < 60000 && !dialog.open) dialog.showModal();
  }, 1000);

  const print = document.getElementById("print");
  if (print) {
    print.hidden = false;
    print.addEventListener("click", () => window.print());
  }
})();
