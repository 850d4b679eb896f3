// Keeps a page as the sandbox has it, says how long ago things were, and copies code. Works without it too.
"use strict";

const PAUSE = 1500; // milliseconds between two looks
const live = document.querySelector("[data-live]");
const sent = new Map(); // id of a part -> its HTML as the sandbox sent it
let tag = "";

// The lines of carets that point at something above them are for the eye: nobody types them.
function copied(text) {
  const pointing = (line) => line.includes("^") && /^[ ^]*$/.test(line);
  return text.replace(/\n$/, "").split("\n").filter((line) => !pointing(line)).join("\n");
}

function decorate(part) {
  for (const pre of part.querySelectorAll(".markdown pre")) {
    const block = document.createElement("div");
    const button = document.createElement("button");
    block.className = "block";
    button.className = "copy";
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(copied(pre.textContent));
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    pre.replaceWith(block);
    block.append(pre, button);
  }
  tellTimes(part);
}

function tellTimes(part) {
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  const units = [["day", 86400], ["hour", 3600], ["minute", 60]];
  for (const time of part.querySelectorAll("time[datetime]")) {
    const when = new Date(time.dateTime);
    if (Number.isNaN(when.getTime())) continue;
    const seconds = (when - Date.now()) / 1000;
    const [unit, size] = units.find(([, length]) => Math.abs(seconds) >= length) || ["", 0];
    time.title = when.toLocaleString();
    if (Math.abs(seconds) > 30 * 86400) time.textContent = `on ${when.toLocaleDateString("en", { dateStyle: "medium" })}`;
    else time.textContent = unit ? words.format(Math.round(seconds / size), unit) : "now";
  }
}

// What the reader opened stays open, what they chose stays chosen.
function keep(old, part) {
  const before = old.querySelectorAll("details");
  part.querySelectorAll("details").forEach((details, place) => {
    if (before[place]) details.open = before[place].open;
  });
  const chosen = old.querySelector("select");
  if (chosen && part.querySelector("select")) part.querySelector("select").value = chosen.value;
}

function show(html) {
  const wanted = document.createElement("template");
  wanted.innerHTML = html;
  const parts = [...wanted.content.children];
  const ids = new Set(parts.map((part) => part.id));
  for (const old of [...live.children]) {
    if (!ids.has(old.id)) { sent.delete(old.id); old.remove(); }
  }
  parts.forEach((part, place) => {
    const text = part.outerHTML;
    const old = [...live.children].find((child) => child.id === part.id);
    if (old && sent.get(part.id) === text) {
      if (live.children[place] !== old) live.insertBefore(old, live.children[place]);
      return;
    }
    sent.set(part.id, text);
    decorate(part);
    if (old) { keep(old, part); old.remove(); } else part.classList.add("fresh");
    live.insertBefore(part, live.children[place] || null);
  });
}

async function look() {
  const silent = document.querySelector(".silent");
  if (!document.hidden) {
    try {
      const answer = await fetch(live.dataset.live, { cache: "no-store", headers: tag ? { "If-None-Match": tag } : {} });
      if (answer.ok) {
        tag = answer.headers.get("ETag") || "";
        show(await answer.text());
      }
      silent.hidden = true;
    } catch {
      silent.hidden = false;
    }
  }
  setTimeout(look, PAUSE);
}

if (live) {
  for (const part of live.children) sent.set(part.id, part.outerHTML);
  setTimeout(look, PAUSE);
}
decorate(document);
setInterval(() => tellTimes(document), 30000);
// What was begun stays when a button of a check leaves this page.
const draft = document.querySelector("#body");
if (draft && !draft.value) draft.value = sessionStorage.getItem(location.pathname) || "";
draft?.form.addEventListener("submit", (event) => {
  if (event.submitter?.hasAttribute("formaction")) sessionStorage.setItem(location.pathname, draft.value);
  else sessionStorage.removeItem(location.pathname);
});
draft?.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.form.requestSubmit();
});
