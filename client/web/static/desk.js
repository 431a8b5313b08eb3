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

  // What is being written is saved before the lock closes, and seen by nobody meanwhile.
  const form = document.getElementById("lock");
  const draft = () => document.querySelector("form[data-keep]");
  const before = draft() && new URLSearchParams(new FormData(draft())).toString();
  const keep = async () => {
    const typed = new URLSearchParams(new FormData(draft()));
    if (typed.toString() === before) return;
    typed.set("then", "keep");
    await fetch(location.pathname, { method: "POST", body: typed, redirect: "manual" });
  };
  let locking = false;
  form.addEventListener("submit", (event) => {
    others.postMessage("wipe");
    if (!draft() || locking) return;
    locking = true;
    event.preventDefault();
    body.hidden = true;
    keep().catch(() => {}).finally(() => form.submit());
  });
  const lock = () => form.requestSubmit();

  // Another language or size: the same page anew, and what was typed stays in it.
  const fields = (page) => [...page.querySelectorAll("main [name]:not([type=hidden], [type=file])")];
  const key = (one) => one.name + (/radio|checkbox/.test(one.type) ? `=${one.value}` : "");
  addEventListener("submit", async (event) => {
    const tongues = event.target;
    const typed = fields(document).filter((one) => one.tagName !== "BUTTON");
    if (!tongues.matches(".languages") || !typed.length) return;
    event.preventDefault();
    const said = new URLSearchParams(new FormData(tongues, event.submitter));
    const to = tongues.getAttribute("action");
    const answer = await fetch(to, { method: "POST", body: said }).catch(() => null);
    if (!answer) return;
    if (new URL(answer.url).pathname !== location.pathname) return location.replace(answer.url);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const where of ["main", "header nav", "#lock button", "#idle h2", "#idle button", "footer"]) {
      document.querySelector(where).innerHTML = page.querySelector(where).innerHTML;
    }
    [root.lang, document.title] = [page.documentElement.lang, page.title];
    root.dataset.text = page.documentElement.dataset.text;
    const old = new Map(typed.map((one) => [key(one), one]));
    for (const one of fields(document)) {
      const was = old.get(key(one));
      if (was && was.type === one.type) [one.value, one.checked] = [was.value, was.checked];
    }
    document.querySelector(`[action="${to}"] [aria-current]`).focus();
  });

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

  // How far a job is; the page itself stays, and so does whatever has the focus.
  const job = document.getElementById("job");
  const look = async () => {
    const answer = await fetch(location.pathname).catch(() => null);
    if (!answer) return;
    if (answer.redirected) return location.replace(answer.url);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = page.getElementById("job");
    if (!now || now.dataset.state !== job.dataset.state) return location.reload();
    for (const id of ["job-said", "job-more"]) {
      const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
      if (old.innerHTML !== fresh.innerHTML) old.innerHTML = fresh.innerHTML;
    }
  };
  if (job) setInterval(look, 2000);

  // At another PC: the lock for everybody, and a PC that was removed, reach this page too.
  if (body.dataset.alive) {
    setInterval(async () => {
      const answer = await fetch("/alive", { redirect: "manual" }).catch(() => null);
      if (!answer || answer.status === 204) return; // who cannot be asked has locked nothing
      wipe();
      location.replace("/unlock");
    }, 5000);
  }

  const print = document.getElementById("print");
  if (print) {
    print.hidden = false;
    print.addEventListener("click", () => window.print());
  }
})();
