// Hands: pointer, wheel, fingers, keys, buttons, and the fragment of the address: "#step=7&node=w1".

const say = (text) => { byId("live").textContent = text; };

function zoom(factor, x = wide() / 2, y = high() / 2) {
  const scale = min(max(camera.scale * factor, 0.002), 6);
  camera.x += x / camera.scale - x / scale;
  camera.y += y / camera.scale - y / scale;
  camera.scale = scale;
  camera.isMoved = true;
  redraw();
}
function pan(dx, dy) {
  camera.x -= dx / camera.scale;
  camera.y -= dy / camera.scale;
  camera.isMoved = true;
  redraw();
}
function fit() {
  camera.isMoved = false;
  const margin = 28, top = min(cardEnd(), high() / 2);
  const bottom = min(byId("legend").offsetHeight + 12, high() / 4);
  const width = wide() - 2 * margin, height = high() - 2 * margin - top - bottom;
  camera.scale = min(max(min(width / picture.width, height / picture.height), 0.002), 1.4);
  camera.x = picture.left + picture.width / 2 - wide() / 2 / camera.scale;
  camera.y = picture.top + picture.height / 2 - (high() + top - bottom) / 2 / camera.scale;
  redraw();
}
// The picture is seen from where the card of the player ends down to the details, which on narrow screens
// lie over its lower part.
const cardEnd = () => (byId("step").hidden ? 0 : byId("step").offsetHeight + 30);
const seen = () => (innerWidth > 760 || byId("details").hidden ? 1 : 0.45) * high();
function centre(unit, least = 0.75) {
  camera.isMoved = true;
  camera.scale = max(camera.scale, least);
  camera.x = unitX[unit] - wide() / 2 / camera.scale;
  camera.y = unitY[unit] - (cardEnd() + seen()) / 2 / camera.scale;
  redraw();
}
// Moves only as far as it must, so that a playing picture is calm.
function follow(item) {
  const unit = unitOfItem[item];
  if (unit === NONE) return;
  const x = (unitX[unit] - camera.x) * camera.scale, y = (unitY[unit] - camera.y) * camera.scale;
  const half = (unitWidth[unit] / 2 + EM) * camera.scale;
  const isIn = x - half > 0 && x + half < wide() && y > cardEnd() + 30 * camera.scale && y < seen() - 40;
  if (!isIn) centre(unit, 0);
}

function unitAt(x, y) {
  const px = x / camera.scale + camera.x, py = y / camera.scale + camera.y;
  for (const unit of picture.units)
    if (abs(px - unitX[unit]) <= unitWidth[unit] / 2 && abs(py - unitY[unit]) <= BOX_HEIGHT / 2) return unit;
  let inner = NONE;  // frames stand in their order, parents first
  for (const { frame, left, top, right, bottom } of picture.frames)
    if (canClose(frame) && px >= left && px <= right && py >= top && py <= bottom) inner = boxCount + frame;
  return inner;
}

function select(unit, isAloud = true) {
  shown.selected = unit;
  const wasHidden = byId("details").hidden;
  describe(unit);
  if (wasHidden !== byId("details").hidden) {
    camera.isMoved = true;  // beside the panel all stays where it is
    resize();
  }
  if (unit !== NONE && isAloud)
    say(isFrame(unit) ? `scope ${framePath(unit - boxCount)}, ${closed[unit - boxCount] ? "closed" : "open"}, ${frameNodes(unit - boxCount)}`
      : [nameOf(unit), opOf(unit) || kindText(unit), valueTold(unit) && `value ${valueTold(unit)}`,
         gradientTold(unit) && `gradient ${gradientTold(unit)}`].filter(Boolean).join(", "));
  redraw();
}

// Where two computations are compared, what is not the same.
function listChanges() {
  const changed = Array.from(items.mark.keys()).filter((item) => item < boxCount && items.mark[item] > 0), most = 300;
  const list = byId("changes");
  list.hidden = changed.length === 0;
  list.firstChild.textContent = changed.length === 1 ? "1 change" : `${changed.length} changes`;
  list.lastChild.append(...changed.slice(0, most).map((item) =>
    element("li", {}, linkTo(item), ` ${opOf(item)} ${changeOf(item)}`)));
  if (changed.length > most) list.lastChild.append(element("li", {}, `and ${changed.length - most} more`));
}

function rearranged() {
  arrange();
  frameNumbers.clear();
  if (player.isOn) setActiveLine(player.steps[player.at]);
  tellShown();
}
// Opens or closes a scope; what the pointer is at stays where it is.
function toggle(frame) {
  const before = areaCentre(frame);
  closed[frame] = closed[frame] ? 0 : 1;
  rearranged();
  const after = areaCentre(frame);
  camera.x += after.x - before.x;
  camera.y += after.y - before.y;
  select(boxCount + frame);
}
function areaCentre(frame) {
  if (unitOfFrame[frame] === boxCount + frame) return { x: unitX[boxCount + frame], y: unitY[boxCount + frame] };
  const area = picture.frames.find((each) => each.frame === frame);
  return area ? { x: (area.left + area.right) / 2, y: (area.top + area.bottom) / 2 } : { x: camera.x, y: camera.y };
}
function goTo(item) {
  if (item < boxCount && reveal(item)) rearranged();
  select(item);
  if (item < boxCount) centre(item);
}

function tellShown() {
  const count = picture.units.length;
  const left = data.total > data.shown ? `, ${data.total - data.shown} ${items.outside ? "left out" : "folded"}` : "";
  const size = count === data.total ? `${data.total} nodes` : `${count} boxes of ${data.total} nodes${left}`;
  // Of a comparison the stamp counts what changed, which is the first that a reader wants to know.
  byId("shown").textContent = [...(items.mark ? [data.stamp, size] : [size, data.stamp]), data.findings.length ? `! ${data.findings[0].text}` + (data.findings.length > 1 ? ` and ${data.findings.length - 1} more` : "") : ""]
    .filter(Boolean).join("  \u00b7  ");
}

function showLegend() {
  const legend = byId("legend");
  legend.replaceChildren();
  const color = shown.color, cost = COSTS[color];
  legend.hidden = color === "none" && !items.mark;
  if (items.mark) return void legend.append("green + added, magenta \u2212 removed, orange ~ changed, the more the deeper");
  if (legend.hidden) return;
  const cells = element("div", { className: "cells" });
  const add = (fill, mark) => {
    const swatch = element("i");
    swatch.style.background = fill;
    cells.append(element("div", { className: "cell" }, swatch, element("b", {}, element("span", {}, mark))));
  };
  const exponent = (step) => (step % 3 === 1 && step > 1 ? `1e${step - 7}`.replace("1e0", "1").replace("-", "\u2212") : "");
  if (cost) {
    for (let step = 0; step <= SHADES; ++step) add(ramps[1][step], step % 3 === 1 ? cost.told(8 * 8 ** step / cost.scale).replace(" ", "") : "");
  } else {
    for (let step = SHADES; step > 0; --step) add(ramps[0][step], exponent(step) && `\u2212${exponent(step)}`);
    add(palette.neutral, "0");
    for (let step = 1; step <= SHADES; ++step) add(ramps[2][step], exponent(step));
  }
  const name = { gradient: "gradient; green: norm of a tensor, median of a scope", value: "value; green: norm of a tensor", bytes: "memory of elements", time: "time to compute again" }[color];
  legend.append(element("div", {}, name), cells);
}

function setTheme(isDark) {
  document.documentElement.classList.toggle("dark", isDark);
  setPalette(isDark ? "dark" : "light");
  showLegend();
  redraw();
}
function setColor(name) {
  shown.color = byId("color").value = name;
  showLegend();
  redraw();
}

// Search: in names, ops and scopes; the first that begin so.
const finder = { hits: [], at: 0 };
function search(text) {
  const wanted = text.trim().toLowerCase(), most = 500;
  finder.hits = [];
  finder.at = 0;
  if (wanted) {
    const later = [];
    for (let item = 0; item < boxCount && finder.hits.length < most; ++item) {
      const name = nameOf(item).toLowerCase();
      if (name.startsWith(wanted)) finder.hits.push(item);
      else if (`${pathOf(item)}/${name} ${opOf(item)}`.toLowerCase().includes(wanted)) later.push(item);
    }
    finder.hits = finder.hits.concat(later);
  }
  shown.matches = finder.hits;
  showHits();
  say(wanted && (finder.hits.length ? `${finder.hits.length}${finder.hits.length < most ? "" : " or more"} found` : "no match"));
  redraw();
}
function showHits() {
  const hits = byId("hits");
  showList(finder.hits.length > 0);
  hits.replaceChildren(...finder.hits.slice(0, 30).map((item, i) => {
    const row = element("li", { id: `hit${i}` }, nameOf(item), element("span", {}, [pathOf(item), opOf(item)].filter(Boolean).join(" \u00b7 ")));
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", i === finder.at);
    listen(row, "mousedown", (event) => { event.preventDefault(); pick(i); });
    return row;
  }));
  if (!hits.hidden) byId("search").setAttribute("aria-activedescendant", `hit${finder.at}`);
}
function showList(isShown) {
  byId("hits").hidden = !isShown;
  byId("search").setAttribute("aria-expanded", isShown);
}
function pick(i) {
  const item = finder.hits[i];
  showList(false);
  if (item !== undefined) goTo(item);
}
function endSearch() {
  byId("search").value = "";
  search("");
  canvas.focus();
}

// To the neighbour in a direction: along links to the left and right, else the nearest box.
function walk(dx, dy) {
  if (shown.selected === NONE) return select(picture.units[0]);
  const at = boxOf(shown.selected);
  if (at === NONE) return select(unitOfItem[itemsOfFrame[shown.selected - boxCount][0]]);  // into the open scope
  let best = NONE, least = Infinity;
  const consider = (unit) => {
    const x = unitX[unit] - unitX[at], y = unitY[unit] - unitY[at];
    const along = x * dx + y * dy, aside = abs(x * dy) + abs(y * dx);
    if (along > 1 && along + 3 * aside < least) (least = along + 3 * aside), (best = unit);
  };
  if (dx !== 0) for (const { from, to } of picture.lines) if ((dx > 0 ? from : to) === at) consider(dx > 0 ? to : from);
  if (best === NONE) picture.units.forEach(consider);
  if (best === NONE) return;
  select(best);
  keepInSight(best);
}
function keepInSight(unit) {
  const x = (unitX[unit] - camera.x) * camera.scale, y = (unitY[unit] - camera.y) * camera.scale;
  if (x < 60 || y < cardEnd() + 60 || x > wide() - 60 || y > seen() - 60) centre(unit, 0.5);
}

function enter() {
  const unit = shown.selected;
  if (unit === NONE) return;
  const frame = isFrame(unit) ? unit - boxCount : layout.home[unit];
  if (canClose(frame)) toggle(frame);
}
function depth(isLess) {
  if (!changeDepth(isLess)) return say(`all scopes are ${isLess ? "closed" : "open"}`);
  rearranged();
  fit();
  say(byId("shown").textContent);
}
function flip(id, property) {
  player[property] = !player[property];
  byId(id).setAttribute("aria-pressed", player[property]);
  say(`${byId(id).textContent} ${player[property] ? "on" : "off"}`);
}
function shift(key) {
  const [dx, dy] = { a: [80, 0], d: [-80, 0], w: [0, 80], s: [0, -80] }[key.toLowerCase()];
  pan(dx, dy);
}
function nextColor() {
  const all = Array.from(byId("color").options).filter((option) => !option.disabled).map((option) => option.value);
  setColor(all[(all.indexOf(shown.color) + 1) % all.length]);
  say(`colours: ${byId("color").selectedOptions[0].text}`);
}
function nextTheme() {
  const isDark = !document.documentElement.classList.contains("dark");
  setTheme(isDark);
  say(isDark ? "dark" : "light");
}
function leave() {
  if (!byId("hits").hidden || byId("search").value) return endSearch();
  if (shown.selected !== NONE) return select(NONE);
  if (player.isOn) stopPlayer();
}

// What keys and buttons do: keys, text, act, and the id of a button that does the same.
const commands = [
  [["ArrowLeft"], "To what it is computed from", () => walk(-1, 0)],
  [["ArrowRight"], "To what uses it", () => walk(1, 0)],
  [["ArrowUp"], "To the box above", () => walk(0, -1)],
  [["ArrowDown"], "To the box below", () => walk(0, 1)],
  [["Enter"], "Open or close the scope", enter],
  [["["], "Close the deepest scopes", () => depth(true), "less"],
  [["]"], "Open the outermost closed scopes", () => depth(false), "more"],
  [["+", "="], "Larger", () => zoom(1.3), "in"],
  [["-"], "Smaller", () => zoom(1 / 1.3), "out"],
  [["0"], "All of it", fit, "fit"],
  [["a", "d", "w", "s"], "Move left (A, D, W, S: all ways)", shift],
  [["/"], "Search", () => byId("search").focus()],
  [["c"], "What colours say", nextColor],
  [["t"], "Light or dark", nextTheme, "theme"],
  [["Escape"], "Close what is open", leave],
  [["?"], "Keys", () => byId("manual").showModal(), "help"],
];
const playerCommands = [
  [[" "], "Play or pause", play, "play"],
  [["n"], "One step", () => { pause(); advance(1); }, "next"],
  [["b"], "One step back", () => { pause(); advance(-1); }, "back"],
  [["Home"], "To the start", () => moveTo(0), "first"],
  [["End"], "To the end", () => moveTo(player.steps.length - 1), "last"],
  [["j"], "To the backward pass", () => moveTo(player.seed), "backward"],
  [["r"], "Play in reverse", () => flip("reverse", "isReverse"), "reverse"],
  [["p"], "Predict each result", () => flip("predict", "isPredict"), "predict"],
];
function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || byId("manual").open) return;
  const { target } = event;
  if (target.id === "search") return onSearchKey(event);
  if (target.tagName === "SELECT") return;
  // What has the focus has its own use for keys that are no letter.
  const isFree = target === canvas || target === document.body || event.key === "Escape";
  if (!isFree && (event.key.length > 1 || event.key === " ")) return;
  const binding = commands.find(([names]) => names.includes(event.key.length === 1 ? event.key.toLowerCase() : event.key));
  if (!binding) return;
  event.preventDefault();
  binding[2](event.key);
}
function onSearchKey(event) {
  const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (move) {
    finder.at = max(0, min(finder.at + move, min(finder.hits.length, 30) - 1));
    showHits();
  } else if (event.key === "Enter") pick(finder.at);
  else if (event.key === "Escape") endSearch();
  else return;
  event.preventDefault();
}

// One finger or the mouse moves the picture, two fingers also its size.
const fingers = new Map();
let travelled = 0, clicked = [NONE, NONE];  // the last two
function place(event) {
  const box = canvas.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}
function spread() {
  const [a, b] = [...fingers.values()];
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, size: hypot(a.x - b.x, a.y - b.y) || 1 };
}
listen(canvas, "pointerdown", (event) => {
  canvas.setPointerCapture(event.pointerId);
  fingers.set(event.pointerId, place(event));
  travelled = 0;
  byId("tip").hidden = true;
});
listen(canvas, "pointermove", (event) => {
  const now = place(event), before = fingers.get(event.pointerId);
  if (!before) return hover(now);
  const former = fingers.size === 2 ? spread() : null;
  fingers.set(event.pointerId, now);
  if (former) {
    const next = spread();
    pan(next.x - former.x, next.y - former.y);
    zoom(next.size / former.size, next.x, next.y);
  } else {
    pan(now.x - before.x, now.y - before.y);
  }
  travelled += hypot(now.x - before.x, now.y - before.y);
  if (travelled > 4) canvas.classList.add("grabbing");
});
function release(event) {
  const isClick = fingers.delete(event.pointerId) && travelled <= 4 && event.type === "pointerup";
  canvas.classList.remove("grabbing");
  if (!isClick) return;
  const { x, y } = place(event), unit = unitAt(x, y);
  clicked = [clicked[1], unit];
  select(unit);
}
listen(canvas, "pointerup", release);
listen(canvas, "pointercancel", release);
listen(canvas, "dblclick", () => {
  const unit = clicked[0];
  if (unit !== NONE && isFrame(unit)) toggle(unit - boxCount);
});
listen(canvas, "wheel", (event) => {
  event.preventDefault();
  const { x, y } = place(event), lines = event.deltaMode === 1 ? 16 : 1;
  if (event.shiftKey) pan(-(event.deltaX || event.deltaY) * lines, 0);
  else zoom(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0015)), x, y);
}, { passive: false });
function hover({ x, y }) {
  const unit = unitAt(x, y), tip = byId("tip");
  canvas.classList.toggle("pointing", unit !== NONE);
  if (unit !== shown.hovered) {
    shown.hovered = unit;
    redraw();
    if (unit !== NONE) tell(unit);
  }
  const isOpenScope = unit !== NONE && isFrame(unit) && !closed[unit - boxCount];
  tip.hidden = unit === NONE || isOpenScope;
  if (tip.hidden) return;
  const right = x + 16 + tip.offsetWidth > wide(), below = y + 16 + tip.offsetHeight > high();
  tip.style.left = `${max(4, right ? x - tip.offsetWidth - 12 : x + 16)}px`;
  tip.style.top = `${max(4, below ? y - tip.offsetHeight - 12 : y + 16)}px`;
}
listen(canvas, "pointerleave", () => { shown.hovered = NONE; byId("tip").hidden = true; redraw(); });

function begin() {
  byId("title").textContent = data.title || `${rootName} and its gradient`;
  listen(document, "keydown", onKey);
  listen(byId("done"), "click", () => byId("manual").close());
  listen(byId("close"), "click", () => { select(NONE); canvas.focus(); });
  listen(byId("search"), "input", () => search(byId("search").value));
  listen(byId("search"), "blur", () => showList(false));
  listen(byId("color"), "change", () => setColor(byId("color").value));
  for (const option of byId("color").options)
    option.disabled = COSTS[option.value] ? !items[option.value] : option.value !== "none" && !data.values;
  byId("color").disabled = Boolean(items.mark);
  if (items.mark) listChanges();
  byId("scopes").hidden = !layout.frameIsLane.some((isLane, frame) => frame > 0 && !isLane);
  beginPlayer();
  for (const [[key], text, act, id] of commands) {
    const name = key === " " ? "SPACE" : key.replace("Arrow", "").toUpperCase();
    byId("bindings").append(element("dt", {}, name), element("dd", {}, text));
    if (!id) continue;
    byId(id).title = `${text}  ${name}`;
    listen(byId(id), "click", act);
  }
  beginTraining();
  arrange();
  const dark = matchMedia("(prefers-color-scheme: dark)");
  if (data.isDark === null) listen(dark, "change", () => setTheme(dark.matches));
  setColor(shown.color);
  setTheme(data.isDark ?? dark.matches);
  // Boxes too small to read say less than fewer boxes do.
  for (fit(); !data.isAsked && camera.scale < 0.32 && changeDepth(true); fit()) arrange();
  tellShown();
  new ResizeObserver(resize).observe(canvas);
  resize();
  followAddress();
  addEventListener("hashchange", followAddress);
}

function beginPlayer() {
  makeSteps();
  const last = player.steps.length - 1, slider = byId("position");
  byId("player").hidden = last < 0;
  if (last < 0) return;
  commands.push(...playerCommands);
  slider.value = slider.max = last;
  byId("count").textContent = `${last} steps`;
  listen(slider, "input", () => moveTo(Number(slider.value)));
}

// "#step=7" and "#step=end", "#frame=3", "#node=w1", "#theme=dark", "#open=all".
function followAddress() {
  const wish = new URLSearchParams(location.hash.slice(1));
  if (wish.has("theme")) setTheme(wish.get("theme") === "dark");
  if (wish.get("open") === "all") closed.fill(0), rearranged();
  if (wish.has("frame") && frames) showFrame(Number(wish.get("frame")));
  if (wish.has("step") && player.steps.length) {
    const step = wish.get("step");
    moveTo(step === "end" ? player.steps.length - 1 : Number(step) || 0);
  }
  fit();
  const name = wish.get("node");
  for (let item = 0; name !== null && item < boxCount; ++item) if (nameOf(item) === name) { goTo(item); break; }
}

begin();
