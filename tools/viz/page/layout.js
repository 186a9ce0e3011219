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
const canClose = (frame) => frame > 0 && !layout.frameIsLane[frame] && itemsOfFrame[frame].length > 1;

const unitOfFrame = new Uint32Array(frameCount);  // the closed frame that stands for it, or 0
const unitOfItem = new Uint32Array(itemCount);
const isFrame = (unit) => unit >= boxCount;

const picture = { units: [], frames: [], lines: [], width: 0, height: 0 };

// The map of one axis: spans that boxes cover keep their length, gaps between them lose what is above
// `most`. The first span begins at 0; gives the map and where the last span ends.
function shrink(spans, most) {
  spans.sort((a, b) => a[0] - b[0]);
  const from = [], to = [];
  let end = -Infinity, at = 0;
  for (const [begin, stop] of spans) {
    if (begin > end) {
      at += from.length ? Math.min(begin - end, most) : 0;
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
    if (place <= from[0]) return Math.max(place - from[0], -EM);
    if (place >= from[last]) return at + Math.min(place - from[last], EM);
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
  unitWidth[boxCount + frame] = Math.min(CLOSED_WIDTH, right - left);
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
  const ground = { frame: 0, parent: null, areas: [], units: [], pad: [0, 0, 0, 0] };
  const all = [ground], byFrame = new Map([[0, [ground]]]);
  const around = (frame, x, y) => {
    const list = byFrame.get(frame);
    return list.find((a) => x >= a.left && x <= a.right && y >= a.top && y <= a.bottom) || list[0];
  };
  for (const frame of open) {
    byFrame.set(frame, areasOf(frame).map(([left, top, right, bottom]) => {
      const parent = around(layout.frameParent[frame], (left + right) / 2, (top + bottom) / 2);
      const area = { frame, parent, left, top, right, bottom, areas: [], units: [],
                     pad: [0.9 * EM, 2.2 * EM, 0.9 * EM, 0.9 * EM] };
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

// From the inside out each area shrinks around what is in it, then all get their places.
function shrinkAreas(all) {
  for (const area of all.slice().reverse()) {
    const across = [], down = [];
    const hold = (x, y, width, height) => {
      across.push([x - width / 2, x + width / 2]);
      down.push([y - height / 2, y + height / 2]);
    };
    for (const unit of area.units) hold(unitX[unit], unitY[unit], unitWidth[unit], BOX_HEIGHT);
    for (const inner of area.areas)
      hold((inner.left + inner.right) / 2, (inner.top + inner.bottom) / 2, inner.width, inner.height);
    area.x = shrink(across, 5 * EM);
    area.y = shrink(down, 1.8 * EM);
    area.width = area.x.length + area.pad[0] + area.pad[2];
    area.height = area.y.length + area.pad[1] + area.pad[3];
  }
  for (const area of all) {
    const { parent } = area;
    const x = parent ? parent.originX + parent.x.map((area.left + area.right) / 2) - area.width / 2 : 0;
    const y = parent ? parent.originY + parent.y.map((area.top + area.bottom) / 2) - area.height / 2 : 0;
    area.now = { frame: area.frame, left: x, top: y, right: x + area.width, bottom: y + area.height };
    area.originX = x + area.pad[0];
    area.originY = y + area.pad[1];
    for (const unit of area.units) {
      unitX[unit] = area.originX + area.x.map(unitX[unit]);
      unitY[unit] = area.originY + area.y.map(unitY[unit]);
    }
  }
}

function arrange() {
  const { units, open } = choose();
  const all = areasAround(units, open);
  shrinkAreas(all);
  picture.units = units;
  picture.frames = all.slice(1).map((area) => area.now);
  for (const area of picture.frames)
    if (layout.frameIsLane[area.frame]) Object.assign(area, { left: -EM, right: all[0].width + EM });
  picture.lines = linesBetween((x, y) => {
    let area = all[0], inner = area;
    while (inner) {
      area = inner;
      inner = area.areas.find((a) => x >= a.left && x <= a.right && y >= a.top && y <= a.bottom);
    }
    return [area.originX + area.x.map(x), area.originY + area.y.map(y)];
  });
  measure();
}

// Each link between open items with its bends; of what ends at a closed scope one for all.
function linesBetween(map) {
  const lines = [], bundles = new Map();
  for (let link = 0; link < linkCount; ++link) {
    const from = unitOfItem[links.from[link]], to = unitOfItem[links.to[link]];
    if (from === NONE || to === NONE || from === to) continue;
    const isZero = Boolean(links.contribution) && links.adds[link] === 1 && links.contribution[link] === 0;
    if (!isFrame(from) && !isFrame(to)) {
      const points = [];
      for (let i = firstPoint[link]; i < firstPoint[link + 1]; ++i)
        points.push(...map(layout.points[2 * i], layout.points[2 * i + 1]));
      snap(points, from, to);
      lines.push(lineOf(from, to, link, points, isZero));
      continue;
    }
    const key = from * unitCount + to, known = bundles.get(key);
    if (known) {
      ++known.count;
      known.isZero = known.isZero && isZero;
    } else {
      const line = lineOf(from, to, link, [], isZero);
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
const firstOf = (points, from) => Math.abs(points[0] - unitX[from] - unitWidth[from] / 2) < EM;

function lineOf(from, to, link, points, isZero) {
  if (points.length < 4) points = direct(from, to);
  let left = Infinity, right = -Infinity, top = Infinity, bottom = -Infinity;
  for (let i = 0; i < points.length; i += 2) {
    left = Math.min(left, points[i]), right = Math.max(right, points[i]);
    top = Math.min(top, points[i + 1]), bottom = Math.max(bottom, points[i + 1]);
  }
  return { from, to, link, points, isZero, count: 1, left, right, top, bottom };
}

function measure() {
  let right = 0, bottom = 0, left = Infinity, top = Infinity;
  const hold = (l, t, r, b) => {
    left = Math.min(left, l), top = Math.min(top, t);
    right = Math.max(right, r), bottom = Math.max(bottom, b);
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
