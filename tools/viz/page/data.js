// What the page knows: the columns of the data as typed arrays, and what follows from them.

const { abs, floor, hypot, max, min } = Math;
const listen = (target, type, act, options) => target.addEventListener(type, act, options);
const byId = (id) => document.getElementById(id);

// {"type": "f64", "data": base64} as a typed array; columns of columns likewise.
function decode(node) {
  if (node === null || typeof node !== "object" || Array.isArray(node)) return node;
  if (typeof node.type === "string" && typeof node.data === "string") {
    const bytes = Uint8Array.from(atob(node.data), (c) => c.charCodeAt(0));
    const types = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, f32: Float32Array, f64: Float64Array };
    return new types[node.type](bytes.buffer);
  }
  return Object.fromEntries(Object.entries(node).map(([key, each]) => [key, decode(each)]));
}

const data = decode(JSON.parse(byId("data").textContent));
const { items, links, layout, texts } = data;
const itemCount = items.kind.length, boxCount = layout.x.length, linkCount = links.from.length;
const frameCount = layout.frameName.length;
const NONE = 0xffffffff;

const FLAG = { scalar: 1, gradient: 2, nonFinite: 4, trouble: 8, one: 16 };
const KIND = { input: 0, parameter: 1, constant: 2, operation: 3, output: 4, group: 5, hidden: 6 };
const KIND_NAMES = ["input", "parameter", "constant", "operation", "output", "group", "left out"];
const has = (item, flag) => (items.flags[item] & flag) !== 0;
const nameOf = (item) => texts[items.name[item]];
// A text that all items of a sort have: "op", "symbol", "formula", "rule", "type", "remark", "told".
const textOf = (item, key) => texts[items[key][items.sort[item]]];
const opOf = (item) => textOf(item, "op");
const rootName = data.rootName;
const derivative = (item) => `d${rootName}/d${nameOf(item)}`;

// Where the runs begin whose lengths are given.
function starts(counts) {
  const result = new Uint32Array(counts.length + 1);
  for (let i = 0; i < counts.length; ++i) result[i + 1] = result[i] + counts[i];
  return result;
}

// The links of each item: those by which it is computed stand together in the data already.
function grouped(ends) {
  const counts = new Uint32Array(itemCount);
  for (const end of ends) ++counts[end];
  const first = starts(counts), place = first.slice(), list = new Uint32Array(ends.length);
  for (let link = 0; link < ends.length; ++link) list[place[ends[link]]++] = link;
  return (item) => list.subarray(first[item], first[item + 1]);
}
const operandLinks = grouped(links.to), userLinks = grouped(links.from);

// Where two computations are compared: 0 the same, 1 added, 2 removed, then changed by decades.
const markOf = (item) => (items.mark ? items.mark[item] : 0);
const REMOVED = 2, CHANGED = 3;
const isGone = (link) => markOf(links.from[link]) === REMOVED || markOf(links.to[link]) === REMOVED;

// The links of an operation by their slots; NONE stands for an operand outside the picture. What was
// computed of removed nodes is not what is computed now.
function operandsOf(item) {
  const all = Array.from(operandLinks(item)).filter((link) => markOf(item) === REMOVED || !isGone(link));
  if (!items.operands) return all;
  const result = new Array(items.operands[item]).fill(NONE);
  for (const link of all) result[links.slot[link]] = link;
  return result;
}
const outsideParts = (item) => (items.outside ? items.outside[item] : 0);

// What links add; where that is not told it is the product.
links.contribution ??= links.local && links.local.map((local, link) => (links.adds[link] ? items.gradient[links.to[link]] * local : 0));

const firstArea = starts(layout.areaCount), firstPoint = starts(layout.pointCount);
const firstSample = links.sampleCount ? starts(links.sampleCount) : null;
const firstSlope = items.slopeCount ? starts(items.slopeCount) : null;

// "layer1/neuron3".
function framePath(frame) {
  const names = [];
  for (; frame > 0; frame = layout.frameParent[frame])
    if (!layout.frameIsLane[frame]) names.unshift(texts[layout.frameName[frame]]);
  return names.join("/");
}
const placeOf = (frame) => texts[layout.framePlace[frame]];
const pathOf = (item) => (item < boxCount ? framePath(layout.home[item]) : "");

// Inside open scopes a name need not say them again.
function labelOf(item) {
  const name = nameOf(item), path = pathOf(item);
  return path && name.startsWith(`${path}/`) ? name.slice(path.length + 1) : name;
}

// The op applied to what `word` says of each operand, `factorOf` beside a sign: "a * b", "tanh(x)".
function applied(item, word, factorOf = word) {
  const most = 6, all = operandsOf(item), symbol = textOf(item, "symbol");
  const isSign = (/^[-+*\/^@%&|<>=!]+$/).test(symbol) && all.length < 3;
  const wordOf = isSign ? factorOf : word;
  const words = all.slice(0, most).map((link) => (link === NONE ? "\u2026" : wordOf(links.from[link])));
  if (all.length > most) words.push("\u2026");
  if (isSign && words.length === 2) return `${words[0]} ${symbol} ${words[1]}`;
  if (isSign && words.length === 1) return symbol + words[0];
  if (symbol.startsWith("[") && words.length === 1) return words[0] + symbol;
  return `${opOf(item) || symbol}(${words.join(", ")})`;
}
const isOperation = (item) => opOf(item) !== "" && operandsOf(item).length > 0;

// The elements that a link adds to a small tensor, or null.
function samplesOf(link) {
  if (!firstSample || firstSample[link] === firstSample[link + 1]) return null;
  return links.samples.subarray(firstSample[link], firstSample[link + 1]);
}
