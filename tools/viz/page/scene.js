// Drawing: what is in sight, at three levels of detail. From far a box is its colour, nearer it has its
// name, near it has its numbers.

const canvas = byId("canvas"), pen = canvas.getContext("2d", { alpha: false });
const wide = () => canvas.clientWidth, high = () => canvas.clientHeight;
// The place of the picture at the corner, pixels per unit, and whether the reader has moved it.
const camera = { x: 0, y: 0, scale: 1, isMoved: false };
const FONT = "ui-monospace, 'DejaVu Sans Mono', monospace", CELL = 0.6;

// What is shown: numbers of items, which the player and recordings replace.
const computed = {
  value: items.value || null,
  gradient: items.gradient || null,
  hasValue: () => true,
  hasGradient: (item) => has(item, FLAG.gradient),
};
const shown = {
  ...computed,
  color: data.color,
  selected: NONE, hovered: NONE, matches: [],
  active: NONE, activeLine: null,  // what the player is at
};

const isRecorded = () => shown.value !== computed.value;

// Of the finite gradients in a scope, in their order.
const sizesOf = (frame) => itemsOfFrame[frame].filter(shown.hasGradient).map((i) => abs(shown.gradient[i]))
  .filter(Number.isFinite).sort((a, b) => a - b);
const frameNumbers = new Map();
function numbersOf(frame) {
  if (!frameNumbers.has(frame)) {
    const sizes = shown.gradient ? sizesOf(frame) : [];
    frameNumbers.set(frame, { median: sizes.length ? sizes[sizes.length >> 1] : NaN,
                              isBad: itemsOfFrame[frame].some(isBad), mark: markOfFrame(frame) });
  }
  return frameNumbers.get(frame);
}
// Whether a number of it is none. The first frame is told of all elements of tensors.
function isBad(unit) {
  if (isFrame(unit)) return numbersOf(unit - boxCount).isBad;
  if (!isRecorded()) return has(unit, FLAG.nonFinite);
  return !Number.isFinite(shown.value[unit]) || (shown.hasGradient(unit) && !Number.isFinite(shown.gradient[unit]));
}
const costOf = (unit, numbers) => (isFrame(unit)
  ? itemsOfFrame[unit - boxCount].reduce((sum, item) => sum + numbers[item], 0) : numbers[unit]);

// What became of a node from one computation to another, where two are compared.
// A scope has the mark that all in it have, else that it changed, by the most of them.
const markOfUnit = (unit) => (isFrame(unit) ? numbersOf(unit - boxCount).mark : markOf(unit));
function markOfFrame(frame) {
  const marks = itemsOfFrame[frame].map(markOf);
  if (marks.every((mark) => mark === marks[0])) return marks[0];
  return max(...marks.map((mark) => (mark === 1 || mark === REMOVED ? CHANGED + SHADES : mark)));
}
const glyphOf = (unit) => ["", "+ ", "\u2212 ", "~ "][min(markOfUnit(unit), CHANGED)];

function fillOf(unit) {
  if (items.mark) return palette.marks[markOfUnit(unit)];
  const cost = COSTS[shown.color];
  if (cost && items[shown.color]) return sizeFill(cost.scale * costOf(unit, items[shown.color]));
  if (isFrame(unit))
    return shown.color === "gradient" && shown.gradient ? normFill(numbersOf(unit - boxCount).median) : palette.neutral;
  const isValue = shown.color === "value";
  const numbers = isValue ? shown.value : shown.color === "gradient" ? shown.gradient : null;
  if (!numbers || !(isValue ? shown.hasValue(unit) : shown.hasGradient(unit))) return palette.neutral;
  return has(unit, FLAG.one) ? signedFill(numbers[unit]) : normFill(numbers[unit]);
}

function gradientText(item) {
  if (!shown.gradient) return "";
  if (!shown.hasGradient(item)) return items.kind[item] === KIND.constant ? "" : "grad \u2013";
  const value = shown.gradient[item];
  return has(item, FLAG.one) ? `grad ${signed(value)}` : `|grad| ${number(value, 4)}`;
}
function valueText(item) {
  if (items.kind[item] >= KIND.group) return textOf(item, "told");
  const isOne = has(item, FLAG.one);
  if (!isOne) return textOf(item, "type");
  if (!shown.value) return "";
  return shown.hasValue(item) ? `value ${number(shown.value[item])}` : "value \u2026";
}
const frameNodes = (frame) => `${itemsOfFrame[frame].length} nodes`;
function linesOf(unit) {
  if (!isFrame(unit)) return [glyphOf(unit) + labelOf(unit), valueText(unit), gradientText(unit)];
  const frame = unit - boxCount, { median, isBad } = numbersOf(frame);
  return [glyphOf(unit) + (texts[layout.frameName[frame]] || "scope"), frameNodes(frame) + (isBad ? ", nan or inf" : ""),
          Number.isNaN(median) ? "" : `|grad| ~ ${number(median, 3)}`];
}

const clip = (text, cells) => (text.length <= cells ? text : text.slice(0, max(cells - 1, 1)) + "\u2026");

let isDirty = false;
function redraw() {
  if (isDirty) return;
  isDirty = true;
  requestAnimationFrame(() => { isDirty = false; draw(); });
}

function resize() {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = max(1, Math.round(wide() * ratio));
  canvas.height = max(1, Math.round(high() * ratio));
  if (!camera.isMoved) fit();
  draw();  // at once: a canvas of a new size is black
}

function draw() {
  const ratio = window.devicePixelRatio || 1, scale = camera.scale;
  const sight = { left: camera.x, top: camera.y, right: camera.x + wide() / scale,
                  bottom: camera.y + high() / scale };
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.fillStyle = getComputedStyle(document.body).backgroundColor;
  pen.fillRect(0, 0, wide(), high());
  pen.setTransform(ratio * scale, 0, 0, ratio * scale, -camera.x * scale * ratio, -camera.y * scale * ratio);
  const isFar = scale < 0.16, isNear = scale >= 0.5;
  drawFrames(sight, scale);
  drawLines(sight, isFar, scale);
  drawBoxes(sight, isFar, isNear, scale);
  document.body.dataset.drawn = String(picture.units.length);
}

const isInSight = (sight, left, top, right, bottom) =>
  right >= sight.left && left <= sight.right && bottom >= sight.top && top <= sight.bottom;

function drawFrames(sight, scale) {
  pen.lineWidth = max(1, 0.7 / scale);
  pen.textBaseline = "alphabetic";
  pen.textAlign = "left";
  for (const { frame, left, top, right, bottom } of picture.frames) {
    if (!isInSight(sight, left, top, right, bottom)) continue;
    const isLane = layout.frameIsLane[frame], isHovered = shown.hovered === boxCount + frame;
    pen.beginPath();
    pen.roundRect(left, top, right - left, bottom - top, isLane ? 0 : 8);
    if (!isLane) {
      pen.fillStyle = palette.frameFill;
      pen.fill();
    }
    pen.strokeStyle = isHovered ? palette.line : palette.frame;
    pen.stroke();
    // A title keeps its size on the screen as long as it has room.
    const size = min(max(1.05 * EM, 11 / scale), 1.5 * EM, (right - left) / 6);
    if (size * scale < 7) continue;
    pen.font = `600 ${size}px system-ui, sans-serif`;
    pen.fillStyle = palette.faint;
    const room = floor((right - left - EM) / (0.6 * size));
    pen.fillText(clip(texts[layout.frameName[frame]], room), left + 0.7 * EM, top + 0.35 * EM + size);
  }
}

function trace(points) {
  pen.moveTo(points[0], points[1]);
  for (let i = 2; i < points.length; i += 2) {
    const ax = points[i - 2], ay = points[i - 1], bx = points[i], by = points[i + 1];
    if (ay === by || ax === bx) pen.lineTo(bx, by);
    else if (bx > ax || points.length > 4) pen.bezierCurveTo((ax + bx) / 2, ay, (ax + bx) / 2, by, bx, by);
    else {  // back to an earlier layer: between the two rows, or below both
      const reach = 2 * EM, middle = abs(by - ay) > BOX_HEIGHT ? (ay + by) / 2 : max(ay, by) + BOX_HEIGHT;
      const corners = [ax + reach, ay, ax + reach, middle, bx - reach, middle, bx - reach, by, bx, by];
      for (let k = 0; k < 8; k += 2) pen.arcTo(...corners.slice(k, k + 4), EM / 2);
      pen.lineTo(bx, by);
    }
  }
}

const colorOfLine = (look) => [palette.line, palette.frame, palette.marks[REMOVED]][look];
// Where many lines meet each is fainter.
function drawLines(sight, isFar, scale) {
  const crowd = min(0.8, max(0.1, 0.8 * (150 / picture.lines.length) ** 0.6));
  pen.lineWidth = min(max(1, 0.6 / scale), 6);
  for (const look of [LOOK.whole, LOOK.zero, LOOK.gone]) {
    pen.beginPath();
    for (const line of picture.lines) {
      if (line.look !== look || line.count > 1) continue;
      if (!isInSight(sight, line.left, line.top, line.right, line.bottom)) continue;
      const points = line.points, end = points.length;
      if (isFar) {
        pen.moveTo(points[0], points[1]);
        pen.lineTo(points[end - 2], points[end - 1]);
      } else {
        trace(points);
        head(points);
      }
    }
    pen.strokeStyle = colorOfLine(look);
    if (look === LOOK.gone) pen.lineWidth *= 2;  // its colour is a light one
    pen.globalAlpha = isFar ? min(0.3, crowd) : crowd;
    pen.setLineDash(look !== LOOK.whole && !isFar ? [4, 3] : []);
    pen.stroke();
  }
  pen.setLineDash([]);
  pen.globalAlpha = 0.7 * crowd;
  for (const line of picture.lines) {
    if (line.count < 2 || !isInSight(sight, line.left - 200, line.top, line.right + 200, line.bottom)) continue;
    pen.lineWidth = max(min(1 + 0.7 * Math.log2(line.count), 7), 0.5 / scale);
    pen.strokeStyle = colorOfLine(line.look);
    pen.beginPath();
    trace(line.points);
    pen.stroke();
  }
  pen.globalAlpha = 1;
  drawAdjoints();
}

// Dotted, from each box to its gradient.
function drawAdjoints() {
  pen.beginPath();
  for (let i = 0; i < layout.adjoints.length; i += 2) {
    const [to, from] = [0, 1].map((k) => unitOfItem[layout.adjoints[i + k]]);
    if (from === to) continue;
    const down = unitY[from] < unitY[to] ? BOX_HEIGHT / 2 : -BOX_HEIGHT / 2;
    pen.moveTo(unitX[from], unitY[from] + down);
    pen.lineTo(unitX[to], unitY[to] - down);
  }
  pen.lineWidth = 1;
  pen.strokeStyle = palette.faint;
  pen.setLineDash([2, 5]);
  pen.stroke();
  pen.setLineDash([]);
}

// At the end of a line, which arrives from the left; of what flows back, at its beginning.
function head(points, isBack = false, size = 6) {
  const x = isBack ? points[0] : points[points.length - 2], y = isBack ? points[1] : points[points.length - 1];
  const behind = isBack ? x + size : x - size;
  pen.moveTo(behind, y - 0.5 * size);
  pen.lineTo(x, y);
  pen.lineTo(behind, y + 0.5 * size);
}

function drawBoxes(sight, isFar, isNear, scale) {
  const visible = picture.units.filter((unit) => {
    const half = unitWidth[unit] / 2;
    return isInSight(sight, unitX[unit] - half, unitY[unit] - BOX_HEIGHT / 2, unitX[unit] + half,
                     unitY[unit] + BOX_HEIGHT / 2);
  });
  if (isFar) {
    const byFill = new Map(), least = 1.6 / scale;
    for (const unit of visible) {
      const fill = isBad(unit) ? palette.alarm : fillOf(unit), group = byFill.get(fill);
      if (group) group.push(unit); else byFill.set(fill, [unit]);
    }
    for (const [fill, group] of byFill) {
      pen.fillStyle = fill === palette.neutral ? palette.frame : fill;
      for (const unit of group) {
        const width = max(unitWidth[unit], least), height = max(BOX_HEIGHT, least);
        pen.fillRect(unitX[unit] - width / 2, unitY[unit] - height / 2, width, height);
      }
    }
  } else {
    for (const unit of visible) drawBox(unit, isNear, scale);
  }
  for (const unit of shown.matches) outline(unit, palette.alarm, 3, scale);
  if (shown.activeLine) drawActive(scale);
  if (shown.active !== NONE) outline(shown.active, accent(), 4, scale);
  if (shown.selected !== NONE) outline(shown.selected, palette.text, 3, scale);
}

const accent = () => getComputedStyle(document.documentElement).getPropertyValue("--accent").trim();

function drawActive(scale) {
  pen.strokeStyle = accent();
  pen.lineWidth = max(3, 2 / scale);
  pen.beginPath();
  trace(shown.activeLine);
  head(shown.activeLine, true, max(9, 7 / scale));
  pen.stroke();
}

function shape(unit, grow = 0) {
  const kind = isFrame(unit) ? KIND.group : items.kind[unit];
  const isSquare = kind === KIND.input || kind === KIND.parameter || kind === KIND.constant;
  pen.beginPath();
  pen.roundRect(unitX[unit] - unitWidth[unit] / 2 - grow, unitY[unit] - BOX_HEIGHT / 2 - grow,
                    unitWidth[unit] + 2 * grow, BOX_HEIGHT + 2 * grow, isSquare ? 1 : 9);
}

// Around the box of it, or an open scope.
function outline(unit, color, width, scale) {
  const box = boxOf(unit);
  if (box !== NONE) shape(box, 2);
  else pen.beginPath();
  for (const { frame, left, top, right, bottom } of picture.frames)
    if (box === NONE && boxCount + frame === unit) pen.roundRect(left, top, right - left, bottom - top, 8);
  pen.strokeStyle = color;
  pen.lineWidth = max(width, 2 / scale);
  pen.stroke();
}

// A parameter has a bold border, a constant a dashed one, the root a second one; what is wrong the
// colour of that and a sign.
function border(unit) {
  const isClosed = isFrame(unit), kind = isClosed ? KIND.group : items.kind[unit];
  const isAlarming = isBad(unit);
  pen.strokeStyle = isAlarming ? palette.alarm : shown.hovered === unit ? palette.text : palette.line;
  pen.lineWidth = kind === KIND.parameter || isAlarming ? 2.5 : 1;
  pen.setLineDash(kind === KIND.constant ? [4, 3] : []);
  pen.stroke();
  pen.setLineDash([]);
  if (kind === KIND.output || isClosed) {
    shape(unit, 3);
    pen.lineWidth = 1;
    pen.stroke();
  }
}

function drawBox(unit, isNear, scale) {
  shape(unit);
  pen.fillStyle = fillOf(unit);
  pen.fill();
  border(unit);
  if (shown.hovered === unit) outline(unit, palette.line, 1.5, scale);
  const left = unitX[unit] - unitWidth[unit] / 2 + 0.6 * EM, top = unitY[unit] - BOX_HEIGHT / 2;
  const right = left + unitWidth[unit] - 1.2 * EM;
  const [title, second, third] = linesOf(unit);
  pen.fillStyle = palette.text;
  pen.textAlign = "left";
  if (!isNear) {
    const size = min(9.5 / scale, 2.6 * EM, (unitWidth[unit] - EM) / (CELL * min(title.length, 12)));
    if (size * scale < 6.5) return;
    pen.font = `600 ${size}px ${FONT}`;
    pen.fillText(clip(title, floor((right - left) / (CELL * size))), left, unitY[unit] + 0.35 * size);
    return;
  }
  const op = isFrame(unit) ? "+" : clip(opOf(unit) + (has(unit, FLAG.trouble) ? " !" : ""), 18);
  const room = floor((right - left) / (CELL * EM));
  pen.font = `600 ${EM}px ${FONT}`;
  pen.fillText(clip(title, room - (op ? op.length + 1 : 0)), left, top + 1.4 * EM);
  pen.font = `${EM}px ${FONT}`;
  pen.fillText(clip(second, room), left, top + 2.7 * EM);
  pen.fillText(clip(third, room), left, top + 3.95 * EM);
  pen.textAlign = "right";
  pen.globalAlpha = 0.75;
  pen.fillText(op, right, top + 1.4 * EM);
  pen.globalAlpha = 1;
}
