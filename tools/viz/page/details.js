// What a pointer and a click tell about a box. Texts of the graph become text nodes only.

function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}
const paragraph = (className, text) => element("p", { className }, text);

const kindText = (item) => KIND_NAMES[items.kind[item]];

// "h = tanh(n)" and the same with numbers, where all are single ones.
function expressions(item) {
  if (!isOperation(item)) return [];
  const result = [`${nameOf(item)} = ${applied(item, nameOf)}`];
  const areOne = Array.from(operandLinks(item)).every((link) => has(links.from[link], FLAG.one));
  if (shown.value && areOne && has(item, FLAG.one))
    result.push(`= ${applied(item, (i) => factor(items.value[i]))} = ${number(items.value[item])}`);
  return result;
}

function gradientTold(item) {
  if (!shown.gradient || items.kind[item] === KIND.constant) return "";
  if (!shown.hasGradient(item)) return player.isOn ? "not yet" : "\u2013 (no sweep brought one)";
  return has(item, FLAG.one) ? signed(shown.gradient[item], 8) : `norm ${number(shown.gradient[item])}`;
}
function valueTold(item) {
  if (!shown.value) return "";
  return has(item, FLAG.one) ? number(shown.value[item], 8) : textOf(item, "told");
}

function tell(unit) {
  const tip = byId("tip");
  tip.replaceChildren();
  const add = (className, text) => text && tip.append(paragraph(className, text));
  if (isFrame(unit)) {
    add("", framePath(unit - boxCount));
    for (const line of linesOf(unit).slice(1)) add("soft", line);
    add("soft", "Double-click opens it");
    return;
  }
  tip.append(element("p", {}, element("strong", {}, nameOf(unit)),
                     opOf(unit) ? ` \u00b7 ${opOf(unit)}` : ` \u00b7 ${kindText(unit)}`));
  for (const line of expressions(unit)) add("", line);
  add("soft", textOf(unit, "type"));
  const value = valueTold(unit), gradient = gradientTold(unit);
  add("", value && `value ${value}`);
  add("", gradient && `grad ${gradient}`);
  add("soft", textOf(unit, "formula"));
  add("soft", pathOf(unit) && `in ${pathOf(unit)}`);
  add("", textOf(unit, "remark"));
}

// Shows `unit` in the panel, and says it to those who listen.
function describe(unit) {
  const about = byId("about");
  byId("details").hidden = unit === NONE;
  about.replaceChildren();
  if (unit === NONE) return;
  if (isFrame(unit)) describeScope(about, unit - boxCount); else describeItem(about, unit);
}

function rows(list) {
  const result = element("dl");
  for (const [name, text] of list)
    if (text) result.append(element("dt", {}, name), element("dd", {}, text));
  return result;
}

function describeScope(about, frame) {
  const members = itemsOfFrame[frame];
  const parameters = members.filter((item) => items.kind[item] === KIND.parameter);
  about.append(element("h2", {}, texts[layout.frameName[frame]] || "scope"),
               paragraph("soft", `scope ${framePath(frame)}`));
  const sizes = shown.gradient
    ? members.filter(shown.hasGradient).map((i) => abs(shown.gradient[i])).sort((a, b) => a - b) : [];
  about.append(rows([
    ["nodes", String(members.length)],
    ["parameters", parameters.length ? String(parameters.length) : ""],
    ["|grad| least", sizes.length ? number(sizes[0]) : ""],
    ["|grad| median", sizes.length ? number(sizes[sizes.length >> 1]) : ""],
    ["|grad| most", sizes.length ? number(sizes[sizes.length - 1]) : ""],
    ["memory", items.bytes ? bytes(bytesOfFrame(frame)) : ""],
  ]));
  if (!canClose(frame)) return;
  const button = element("button", {}, closed[frame] ? "Open this scope" : "Close this scope");
  listen(button, "click", () => toggle(frame));
  about.append(element("div", { className: "actions" }, button));
}

function linkTo(item) {
  const button = element("button", { className: "link" }, nameOf(item));
  listen(button, "click", () => goTo(item));
  return button;
}

function describeItem(about, item) {
  about.append(element("h2", {}, nameOf(item)),
               paragraph("soft", [opOf(item), kindText(item), pathOf(item) && `in ${pathOf(item)}`]
                 .filter(Boolean).join(" \u00b7 ")));
  if (items.kind[item] >= KIND.group) about.append(paragraph("soft", textOf(item, "told")));
  for (const line of expressions(item)) about.append(paragraph("code", line));
  about.append(rows([
    ["value", valueTold(item)],
    ["gradient", gradientTold(item)],
    ["type", textOf(item, "type")],
    ["memory", items.bytes && items.bytes[item] ? bytes(items.bytes[item]) : ""],
    ["formula", textOf(item, "formula")],
    ["rule", textOf(item, "rule")],
  ]));
  for (const text of [textOf(item, "remark"), ...data.findings.filter((f) => f.item === item).map((f) => f.text)])
    if (text) about.append(paragraph("alarm", `! ${text}`));
  if (data.values) describeSum(about, item);
  describeNeighbours(about, "Computed from", operandLinks(item), links.from);
  describeNeighbours(about, "Used by", userLinks(item), links.to);
  if (player.steps.length && (items.kind[item] < KIND.group)) {
    const button = element("button", {}, "Play to here");
    listen(button, "click", () => jumpTo(item));
    about.append(element("div", { className: "actions" }, button));
  }
}

const MOST_ROWS = 40;

// The parts of its gradient, in the order in which the sweep added them.
function describeSum(about, item) {
  const parts = partsOf(item);
  if (parts.length === 0) return;
  const table = element("table");
  let sum = 0;
  parts.forEach((link, i) => {
    sum += links.contribution[link];
    if (i >= MOST_ROWS) return;
    const through = element("td", {}, linkTo(links.to[link]));
    table.append(element("tr", {}, through, element("td", {}, signed(links.contribution[link]))));
  });
  if (parts.length > MOST_ROWS)
    table.append(element("tr", {}, element("td", {}, `and ${parts.length - MOST_ROWS} more`), element("td")));
  const isOne = has(item, FLAG.one);
  if (isOne) {
    const total = element("tr", { className: "total" }, element("td", {}, "sum"), element("td", {}, signed(sum)));
    table.append(total);
  }
  about.append(element("h3", {}, isOne ? `${derivative(item)} is the sum of` : `Norms of the parts of ${derivative(item)}`), table);
}

function describeNeighbours(about, title, all, ends) {
  if (all.length === 0) return;
  const table = element("table");
  for (const link of all.subarray(0, MOST_ROWS)) {
    const isOne = links.local && has(links.from[link], FLAG.scalar) && has(links.to[link], FLAG.scalar);
    table.append(element("tr", {}, element("td", {}, linkTo(ends[link])),
                         element("td", {}, isOne && links.adds[link] ? `\u00d7 ${number(links.local[link])}` : "")));
  }
  if (all.length > MOST_ROWS) table.append(element("tr", {}, element("td", {}, `and ${all.length - MOST_ROWS} more`)));
  about.append(element("h3", {}, title), table);
}
