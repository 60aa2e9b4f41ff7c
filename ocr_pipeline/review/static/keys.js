// The keyboard of the review: every key presses a button that is there to be seen.
"use strict";

const form = document.getElementById("item") || document.getElementById("conflict");
const sheet = document.getElementById("sheet");
const help = document.getElementById("help");
const answers = form ? [...form.querySelectorAll("input.answer")] : [];
const LETTERS = ["b", "x", "i"];

// ---- what stands in an input, said in words beside it

function tell(input) {
  const letter = input.value.trim().toLowerCase();
  const word = LETTERS.includes(letter) && form.dataset[letter] ? form.dataset[letter] : "";
  const output = input.parentElement.querySelector("output");
  if (output) output.textContent = word;
}

function put(input, letter) {
  input.value = letter.toUpperCase();
  tell(input);
  keepSoon();
}

function current() {
  return answers.includes(document.activeElement) ? document.activeElement : answers[0];
}

for (const input of answers) {
  tell(input);
  input.addEventListener("input", () => {
    const letter = input.value.trim().toLowerCase().slice(-1);
    if (LETTERS.includes(letter)) input.value = letter.toUpperCase();
    else if (input.maxLength < 20) input.value = input.value.replace(/\D/g, "");
    tell(input);
    keepSoon();
  });
  input.addEventListener("focus", () => input.select());
}
const empty = answers.find((input) => input.value === "");
if (empty && form.id === "item") empty.focus();

// ---- what is typed is kept, and the claim with it

let waiting = null;
function keep() {
  if (!form || !form.dataset.draft) return;
  fetch(form.dataset.draft, { method: "POST", body: new URLSearchParams(new FormData(form)), keepalive: true });
}
function keepSoon() {
  clearTimeout(waiting);
  waiting = setTimeout(keep, 400);
}
if (form && form.dataset.draft) {
  setInterval(keep, 60000);
  form.addEventListener("change", keepSoon);
  form.addEventListener("submit", () => clearTimeout(waiting));
  document.addEventListener("visibilitychange", () => { if (document.hidden) keep(); });
}

// ---- pictures: the next ones fetched ahead, words where one is missing

window.addEventListener("load", () => {
  for (const address of (form && form.dataset.ahead || "").split(" ").filter(Boolean)) new Image().src = address;
});
for (const picture of document.querySelectorAll("img")) {
  picture.addEventListener("error", () => explain(picture));
  if (picture.complete && picture.naturalWidth === 0 && picture.getAttribute("src")) explain(picture);
}
function explain(picture) {
  const address = picture.getAttribute("src");
  fetch(address).then((answer) => answer.ok ? "" : answer.text()).then((text) => { if (text) picture.alt = text; });
}

// ---- the whole page, one key away

const view = { zoom: 1, turn: 0, contrast: 1 };
function showSheet(open) {
  if (!sheet) return;
  const picture = document.getElementById("sheet-picture");
  const place = Math.max(answers.indexOf(document.activeElement), 0) % Number(sheet.dataset.places);
  if (open) {
    picture.src = sheet.dataset.src + place;
    const original = sheet.querySelector("[data-tool=original]");
    if (original) original.href = sheet.dataset.src.replace("/page/", "/photo/") + place;
    picture.onload = draw;
  }
  sheet.hidden = !open;
  document.body.classList.toggle("covered", open);
}
function draw() {
  const picture = document.getElementById("sheet-picture");
  const room = picture.parentElement;
  const aside = view.turn % 180 !== 0;
  const [wide, tall] = aside ? [picture.naturalHeight, picture.naturalWidth] : [picture.naturalWidth, picture.naturalHeight];
  const whole = room.clientWidth > 700 ? (room.clientHeight - 16) / tall : 1;
  const fit = Math.min(room.clientWidth / wide, whole, 1);
  const width = picture.naturalWidth * fit * view.zoom;
  picture.style.width = `${width}px`;
  const gap = aside ? (width - width * picture.naturalHeight / picture.naturalWidth) / 2 : 0;
  picture.style.margin = `${gap}px auto`;
  picture.style.transform = `rotate(${view.turn}deg)`;
  picture.style.filter = view.contrast === 1 ? "none" : `grayscale(1) contrast(${view.contrast})`;
}
const TOOLS = {
  in: () => { view.zoom = Math.min(view.zoom * 1.4, 8); draw(); },
  out: () => { view.zoom = Math.max(view.zoom / 1.4, 0.3); draw(); },
  turn: () => { view.turn = (view.turn + 90) % 360; draw(); },
  contrast: () => { view.contrast = view.contrast === 1 ? 1.8 : view.contrast === 1.8 ? 3 : 1; draw(); },
  original: () => sheet.querySelector("[data-tool=original]")?.click(),
  close: () => showSheet(false),
};
const SHEET_KEYS = { "+": "in", "=": "in", "-": "out", r: "turn", c: "contrast", escape: "close", " ": "close" };
if (sheet) {
  for (const button of sheet.querySelectorAll("button[data-tool]")) {
    button.addEventListener("click", () => TOOLS[button.dataset.tool]());
  }
}
for (const button of document.querySelectorAll("[data-sheet]")) button.addEventListener("click", () => showSheet(true));
for (const button of document.querySelectorAll("[data-help]")) button.addEventListener("click", () => { help.hidden = false; });
for (const button of document.querySelectorAll("[data-answer]")) {
  button.addEventListener("click", () => { const input = current(); put(input, button.dataset.answer); input.focus(); });
}

// ---- the corners of a sheet, by mouse or by arrows and C

const marking = document.querySelector("img[data-corners]");
if (marking) {
  const input = document.getElementById(marking.dataset.corners);
  const aim = { x: 0.1, y: 0.1 };
  const marked = () => input.value.split(" ").filter(Boolean);
  const redraw = () => {
    for (const old of marking.parentElement.querySelectorAll(".corner")) old.remove();
    const points = marked().map((corner) => corner.split(",").map(Number));
    if (points.length < 4) points.push([aim.x, aim.y]);
    points.forEach(([x, y], number) => {
      const spot = document.createElement("span");
      spot.className = number < marked().length ? "corner" : "corner aim";
      spot.textContent = number + 1;
      spot.style.left = `${100 * x}%`;
      spot.style.top = `${100 * y}%`;
      marking.parentElement.append(spot);
    });
  };
  const mark = () => {
    if (marked().length < 4) input.value = [...marked(), `${aim.x.toFixed(4)},${aim.y.toFixed(4)}`].join(" ");
    const next = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]][Math.min(marked().length, 3)];
    [aim.x, aim.y] = next;
    redraw();
    keepSoon();
  };
  marking.addEventListener("click", (event) => {
    aim.x = event.offsetX / marking.clientWidth;
    aim.y = event.offsetY / marking.clientHeight;
    mark();
  });
  document.querySelector("[data-clear]").addEventListener("click", () => { input.value = ""; redraw(); keepSoon(); });
  const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  document.addEventListener("keydown", (event) => {
    if (event.target.matches("input, select")) return;
    const step = STEPS[event.key];
    if (step) {
      const size = event.shiftKey ? 0.002 : 0.01;
      aim.x = Math.min(Math.max(aim.x + size * step[0], 0), 1);
      aim.y = Math.min(Math.max(aim.y + size * step[1], 0), 1);
      event.preventDefault();
      redraw();
    } else if (event.key.toLowerCase() === "c" && sheet.hidden) mark();
  });
  marking.addEventListener("load", redraw);
  redraw();
}

// ---- the keys

function isText(element) {
  return element.matches("select, textarea, input:not([type=radio]):not(.answer)");
}
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.toLowerCase();
  if (help && !help.hidden) {
    help.hidden = true;
    event.preventDefault();
    return;
  }
  if (sheet && !sheet.hidden) {
    const tool = key === "o" ? "original" : SHEET_KEYS[key];
    if (tool) {
      TOOLS[tool]();
      event.preventDefault();
    }
    return;
  }
  if (isText(event.target)) {
    if (key === "escape") event.target.blur();
    return;
  }
  if (key === " " && sheet && !event.target.matches("button, a, summary")) {
    showSheet(true);
    event.preventDefault();
  } else if (key === "?" && help) {
    help.hidden = false;
    event.preventDefault();
  } else if (LETTERS.includes(key) && answers.length && form.id === "item") {
    put(current(), key);
    event.preventDefault();
  } else if (key === "enter" && answers.includes(event.target) && form.id === "item") {
    const following = answers.slice(answers.indexOf(event.target) + 1).find((input) => input.value === "");
    if (following && event.target.value !== "") {
      following.focus();
      event.preventDefault();
    }
  } else {
    const button = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!button || (event.target.matches("input.answer") && /\d/.test(key))) return;
    event.preventDefault();
    button.click();
    if (button.type === "radio") document.getElementById(button.value === "own" ? "answer0" : "reason").focus();
    if (button.matches("summary")) document.querySelector("input[name=about]:checked").focus();
  }
});
