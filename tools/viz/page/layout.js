// Where things are. The data has one layout with every scope open. A closed scope becomes a box in the
// middle of its area, and then what room nothing needs any more is taken away, in each open scope from the
// inside out: along each axis alone, by a map that keeps the order of places. So nothing overlaps that did not, nothing changes sides, and
// who opens a scope finds everything else where it was.
// Units are what is drawn as a box: items by their number, closed scopes by boxCount + their frame.

const unitCount = boxCount + frameCount;
const closed = Uint8Array.from(layout.frameIsClosed);
const unitX = new Float32Array(unitCount), unitY = new Float32Array(unitCount);
const unitWidth = new Float32Array(unitCount);
const BOX_HEIGHT = layout.height, EM = layout.em, CLOSED_WIDTH = 15 * EM;
unitWidth.set(layout.width);

const itemsOfFrame = Array.from({ length: frameCount }, () => []);
for (let item = 0; item < boxCount; ++item)
  for (let frame = layout.home[item]; frame > 0; frame = layout.frameParent[frame])
    itemsOfFrame[frame].push(item);
const frameDepth = new Uint8Array(frameCount);
for (let frame = 1; frame < frameCount; ++frame)
  frameDepth[frame] = frameDepth[layout.frameParent[frame]] + (layout.frameIsLane[frame] ? 0 : 1);
const canClose = (frame) => frame > 0 && !layout.frameIsLane[frame] && itemsOfFrame[frame].length > 0;

const unitOfFrame = new Uint32Array(frameCount);  // the closed frame that stands for it, or 0
const unitOfItem = new Uint32Array(itemCount);
const isFrame = (unit) => unit >= boxCount;
// The box that stands for an item or a scope, NONE for an open scope and for what has no place.
const boxOf = (unit) => (isFrame(unit) ? unitOfFrame[unit - boxCount] || NONE : unitOfItem[unit]);

const picture = { units: [], frames: [], lines: [], width: 0, height: 0 };

// The map of one axis: spans that boxes cover keep their length, gaps between them lose what is above
// `most`. The first span begins at 0; gives the map and where the last span ends.
function shrink(spans, most) {
  spans.sort((a, b) => a[0] - b[0]);
  const from = [], to = [];
  let end = -Infinity, at = 0;
  for (const [begin, stop] of spans) {
    if (begin > end) {
      at += from.length ? min(begin - end, most) : 0;
      from.push(begin), to.push(at);
      end = begin;
    }
    if (stop > end) {
      from.push(stop), to.push((at += stop - end));
      end = stop;
    }
  }
  const map = (place) => {
    const last = from.length - 1;
    if (last < 0) return 0;
    if (place <= from[0]) return max(place - from[0], -EM);
    if (place >= from[last]) return at + min(place - from[last], EM);
    let low = 0, high = last;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (from[middle] <= place) low = middle; else high = middle;
    }
    return to[low] + ((place - from[low]) / (from[high] - from[low])) * (to[high] - to[low]);
  };
  return { map, length: at };
}

function areasOf(frame) {
  const result = [];
  for (let i = firstArea[frame]; i < firstArea[frame + 1]; ++i)
    result.push(layout.areas.subarray(4 * i, 4 * i + 4));
  return result;
}

function placeClosed(frame) {
  const size = ([left, top, right, bottom]) => (right - left) * (bottom - top);
  const [left, top, right, bottom] = areasOf(frame).reduce((a, b) => (size(b) > size(a) ? b : a));
  unitX[boxCount + frame] = (left + right) / 2;
  unitY[boxCount + frame] = (top + bottom) / 2;
  unitWidth[boxCount + frame] = min(CLOSED_WIDTH, right - left);
}

// What stands for what, and where that is while everything is open.
function choose() {
  unitOfFrame.fill(0);
  const units = [], open = [];
  for (let frame = 1; frame < frameCount; ++frame) {
    const above = unitOfFrame[layout.frameParent[frame]];
    unitOfFrame[frame] = above || (closed[frame] ? boxCount + frame : 0);
    if (firstArea[frame] === firstArea[frame + 1]) continue;
    if (!unitOfFrame[frame]) open.push(frame);
    else if (unitOfFrame[frame] === boxCount + frame) units.push(boxCount + frame), placeClosed(frame);
  }
  for (let item = 0; item < boxCount; ++item) {
    unitOfItem[item] = unitOfFrame[layout.home[item]] || item;
    if (unitOfItem[item] !== item) continue;
    units.push(item);
    unitX[item] = layout.x[item];
    unitY[item] = layout.y[item];
  }
  unitOfItem.fill(NONE, boxCount);
  return { units, open };
}

// The areas of open scopes, each in the one around it, and the units in them. A scope has several where
// rows were wrapped.
function areasAround(units, open) {
  const ground = { frame: 0, left: 0, top: 0, right: 0, bottom: 0, areas: [], units: [] };
  const all = [ground], byFrame = new Map([[0, [ground]]]);
  const around = (frame, x, y) => {
    const list = byFrame.get(frame);
    return list.find((a) => x >= a.left && x <= a.right && y >= a.top && y <= a.bottom) || list[0];
  };
  for (const frame of open) {
    byFrame.set(frame, areasOf(frame).map(([left, top, right, bottom]) => {
      const parent = around(layout.frameParent[frame], (left + right) / 2, (top + bottom) / 2);
      const area = { frame, parent, left, top, right, bottom, areas: [], units: [] };
      parent.areas.push(area);
      all.push(area);
      return area;
    }));
  }
  for (const unit of units) {
    const home = isFrame(unit) ? layout.frameParent[unit - boxCount] : layout.home[unit];
    around(home, unitX[unit], unitY[unit]).units.push(unit);
  }
  return all;
}

// A row that was too long goes on below, where links lead back; its rows are no columns.
const isWrapped = links.from.some((from, link) => layout.x[links.to[link]] < layout.x[from]);

// What stands side by side: spans of one axis that overlap are one group.
function columnsOf(boxes) {
  const columns = [];
  for (const box of boxes.slice().sort((a, b) => a.x - a.width / 2 - (b.x - b.width / 2))) {
    const last = columns[columns.length - 1], left = box.x - box.width / 2;
    if (last && left < last.right) last.boxes.push(box), (last.right = max(last.right, box.x + box.width / 2));
    else columns.push({ boxes: [box], right: box.x + box.width / 2 });
  }
  return columns;
}

// Where each place of an area goes in which something closed: each column shrinks alone, and their middles
// are at one height. What stands in the same layers as `boxes` shrinks across with them.
function mapOf(boxes, beside) {
  const spans = (list, at, size) => list.map((box) => [box[at] - box[size] / 2, box[at] + box[size] / 2]);
  const across = shrink(spans(beside, "x", "width"), 5 * EM);
  const columns = isWrapped ? [{ boxes, right: Infinity }] : columnsOf(boxes);
  for (const column of columns) column.down = shrink(spans(column.boxes, "y", "height"), 1.8 * EM);
  const height = max(0, ...columns.map((column) => column.down.length));
  const map = (x, y) => {
    const column = columns.find(({ right }) => x <= right) || columns[columns.length - 1];
    return [across.map(x), (height - column.down.length) / 2 + column.down.map(y)];
  };
  return { map, width: across.length, height };
}

// From the inside out each area shrinks around what is in it, then all get their places. Lanes have their
// layers in common.
function shrinkAreas(all) {
  const boxesIn = (area) => area.units.map((unit) => ({ x: unitX[unit], y: unitY[unit], width: unitWidth[unit], height: BOX_HEIGHT }))
    .concat(area.areas.map((inner) => ({ x: (inner.left + inner.right) / 2, y: (inner.top + inner.bottom) / 2, width: inner.width, height: inner.height })));
  const lanes = all.filter((area) => layout.frameIsLane[area.frame]);
  for (const area of all.slice().reverse()) {
    const beside = lanes.includes(area) ? lanes : [area];
    const shrunk = mapOf(boxesIn(area), beside.flatMap(boxesIn));
    area.isChanged = beside.some((each) => each.units.some(isFrame) || each.areas.some((inner) => inner.isChanged)) ||
      (canClose(area.frame) && 2 * shrunk.height < area.bottom - area.top);  // nearly empty
    Object.assign(area, area.isChanged ? shrunk : {
      map: (x, y) => [x - area.left, y - area.top], width: area.right - area.left, height: area.bottom - area.top });
    area.pad = area.isChanged && area.parent ? [0.9 * EM, 2.2 * EM] : [0, 0];
    area.width += 2 * area.pad[0];
    area.height += area.pad[0] + area.pad[1];
  }
  for (const area of all) {
    const { parent } = area;
    const [x, y] = parent ? placed(parent, (area.left + area.right) / 2, (area.top + area.bottom) / 2) : [0, 0];
    const left = parent ? x - area.width / 2 : 0, top = parent ? y - area.height / 2 : 0;
    area.now = { frame: area.frame, left, top, right: left + area.width, bottom: top + area.height };
    area.originX = left + area.pad[0];
    area.originY = top + area.pad[1];
    for (const unit of area.units) [unitX[unit], unitY[unit]] = placed(area, unitX[unit], unitY[unit]);
  }
}
function placed(area, x, y) {
  const [dx, dy] = area.map(x, y);
  return [area.originX + dx, area.originY + dy];
}

function arrange() {
  const { units, open } = choose();
  const all = areasAround(units, open);
  shrinkAreas(all);
  picture.units = units;
  picture.frames = all.slice(1).map((area) => area.now);
  picture.lines = linesBetween((x, y) => {
    let area = all[0], inner = area;
    while (inner) {
      area = inner;
      inner = area.areas.find((a) => x >= a.left && x <= a.right && y >= a.top && y <= a.bottom);
    }
    return placed(area, x, y);
  });
  measure();
}

const LOOK = { whole: 0, zero: 1, gone: 2 };  // of lines; of several the least
// Each link between open items with its bends; of what ends at a closed scope one for all.
function linesBetween(map) {
  const lines = [], bundles = new Map();
  for (let link = 0; link < linkCount; ++link) {
    const from = unitOfItem[links.from[link]], to = unitOfItem[links.to[link]];
    if (from === NONE || to === NONE || from === to) continue;
    const isZero = Boolean(links.contribution) && links.adds[link] === 1 && links.contribution[link] === 0;
    const look = isGone(link) ? LOOK.gone : isZero ? LOOK.zero : LOOK.whole;
    if (!isFrame(from) && !isFrame(to)) {
      const points = [];
      for (let i = firstPoint[link]; i < firstPoint[link + 1]; ++i)
        points.push(...map(layout.points[2 * i], layout.points[2 * i + 1]));
      snap(points, from, to);
      lines.push(lineOf(from, to, link, points, look));
      continue;
    }
    const key = from * unitCount + to, known = bundles.get(key);
    if (known) {
      ++known.count;
      known.look = min(known.look, look);
    } else {
      const line = lineOf(from, to, link, [], look);
      bundles.set(key, line);
      lines.push(line);
    }
  }
  return lines;
}

// From the right side of one box to the left side of the other.
function direct(from, to) {
  return [unitX[from] + unitWidth[from] / 2, unitY[from], unitX[to] - unitWidth[to] / 2, unitY[to]];
}

// Ends stay at their boxes, each at its height on the side.
function snap(points, from, to) {
  const end = points.length;
  if (end < 4) return;
  const first = firstOf(points, from);
  if (first) points[0] = unitX[from] + unitWidth[from] / 2;
  points[end - 2] = unitX[to] - unitWidth[to] / 2;
}
// Not of a line that parts from another on its way.
const firstOf = (points, from) => abs(points[0] - unitX[from] - unitWidth[from] / 2) < EM;

function lineOf(from, to, link, points, look) {
  if (points.length < 4) points = direct(from, to);
  let left = Infinity, right = -Infinity, top = Infinity, bottom = -Infinity;
  for (let i = 0; i < points.length; i += 2) {
    left = min(left, points[i]), right = max(right, points[i]);
    top = min(top, points[i + 1]), bottom = max(bottom, points[i + 1]);
  }
  return { from, to, link, points, look, count: 1, left, right, top, bottom };
}

function measure() {
  let right = 0, bottom = 0, left = Infinity, top = Infinity;
  const hold = (l, t, r, b) => {
    left = min(left, l), top = min(top, t);
    right = max(right, r), bottom = max(bottom, b);
  };
  for (const unit of picture.units)
    hold(unitX[unit] - unitWidth[unit] / 2, unitY[unit] - BOX_HEIGHT / 2,
         unitX[unit] + unitWidth[unit] / 2, unitY[unit] + BOX_HEIGHT / 2);
  for (const area of picture.frames) hold(area.left, area.top, area.right, area.bottom);
  Object.assign(picture, { left, top, right, bottom, width: right - left, height: bottom - top });
}

// Closes what is deepest, or opens what is outermost.
function changeDepth(isLess) {
  let chosen = [];
  for (let frame = 1; frame < frameCount; ++frame) {
    const isShown = !unitOfFrame[frame] || unitOfFrame[frame] === boxCount + frame;
    if (!canClose(frame) || !isShown || Boolean(closed[frame]) === isLess) continue;
    const depth = chosen.length ? frameDepth[chosen[0]] : frameDepth[frame];
    if (isLess ? frameDepth[frame] > depth : frameDepth[frame] < depth) chosen = [];
    if (chosen.length === 0 || frameDepth[frame] === depth) chosen.push(frame);
  }
  for (const frame of chosen) closed[frame] = isLess ? 1 : 0;
  return chosen.length > 0;
}

// Opens every scope around an item.
function reveal(item) {
  let isChanged = false;
  for (let frame = layout.home[item]; frame > 0; frame = layout.frameParent[frame]) {
    if (closed[frame]) isChanged = true;
    closed[frame] = 0;
  }
  return isChanged;
}
