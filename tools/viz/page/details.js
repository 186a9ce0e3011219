// What a pointer and a click tell about a box. Texts of the graph become text nodes only.

function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}
const paragraph = (className, text) => element("p", { className }, text);

const kindText = (item) => KIND_NAMES[items.kind[item]];

// "= tanh(0.5) =" where all are single numbers and known.
function inNumbers(item) {
  const areKnown = operandsOf(item).every((link) =>
    link !== NONE && has(links.from[link], FLAG.one) && shown.hasValue(links.from[link]));
  if (!shown.value || !areKnown || !has(item, FLAG.one) || markOf(item) === REMOVED) return "";
  return `= ${applied(item, (i) => number(shown.value[i]), (i) => factor(shown.value[i]))} =`;
}
// "h = tanh(n)" and the same with numbers.
function expressions(item) {
  if (!isOperation(item)) return [];
  const result = [`${nameOf(item)} = ${applied(item, nameOf)}`], numbers = inNumbers(item);
  if (numbers && shown.hasValue(item)) result.push(`${numbers} ${number(shown.value[item])}`);
  return result;
}

// Frames of a recording have numbers of seven digits, and of a tensor its norm alone.
const digits = () => (isRecorded() ? 6 : 8);
function gradientTold(item) {
  if (!shown.gradient || items.kind[item] === KIND.constant) return "";
  if (!shown.hasGradient(item)) return player.isOn ? "not yet" : "no sweep brought one";
  return has(item, FLAG.one) ? signed(shown.gradient[item], digits()) : `norm ${number(shown.gradient[item])}`;
}
function valueTold(item) {
  if (!shown.value || items.kind[item] >= KIND.group) return "";
  if (!shown.hasValue(item)) return "not yet";
  if (has(item, FLAG.one)) return number(shown.value[item], digits());
  return isRecorded() ? `norm ${number(shown.value[item])}` : textOf(item, "told");
}
// The finite difference, how far it is from the gradient, why there is none; once that is complete.
function differenceTold(item) {
  const isTold = gradientTold(item) && shown.hasGradient(item) && !isRecorded() && items.kind[item] < KIND.group;
  if (!isTold || !partsOf(item).every(hasArrived)) return ["", ""];
  const count = firstSlope && items.slopeCount[item], at = count && firstSlope[item];
  if (!count) return ["not recorded", "", data.noDifference];
  const told = (i) => signed(items.slope[i], 8), bound = items.bound[at], verdict = texts[items.verdict[at]];
  if (count > 1) return [`${told(at)} left, ${told(at + 1)} right`, verdict];
  const apart = abs(items.gradient[item] - items.slope[at]);
  return [told(at) + (bound && Number.isFinite(bound) ? ` \u00b1 ${number(bound, 2)}` : ""),
          (Number.isFinite(apart) ? `apart ${number(apart, 2)}: ` : "") + verdict];
}
const differenceText = (item) => differenceTold(item).filter(Boolean).join(", ");
// "computed at train.cpp:90, in net/layer1, opened at train.cpp:88"
function whereIs(item) {
  const path = pathOf(item), place = path && placeOf(layout.home[item]);
  return [items.place && texts[items.place[item]], path && `in ${path}`,
          place && `opened at ${place}`].filter(Boolean).join(", ");
}
const gradientOf = (item) => (items.gradientOf ? texts[items.gradientOf[item]] : "");
const changeOf = (item) => (items.change ? texts[items.change[item]] : "");

function tell(unit) {
  const tip = byId("tip");
  tip.replaceChildren();
  const add = (className, text) => text && tip.append(paragraph(className, text));
  if (isFrame(unit)) {
    add("", glyphOf(unit) + framePath(unit - boxCount));
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
  const difference = firstSlope && differenceText(unit);
  add("", difference && `difference ${difference}`);
  add("soft", textOf(unit, "formula"));
  add("soft", whereIs(unit));
  add("", gradientOf(unit));
  add("", changeOf(unit));
  add("", textOf(unit, "remark"));
}

// After the numbers changed.
function tellAgain() {
  if (shown.selected !== NONE) describe(shown.selected);
  if (shown.hovered !== NONE) tell(shown.hovered);
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

const costs = (unit) => Object.entries(COSTS).map(([key, { name, told }]) =>
  [name, items[key] && costOf(unit, items[key]) ? told(costOf(unit, items[key])) : ""]);

function describeScope(about, frame) {
  const members = itemsOfFrame[frame];
  const parameters = members.filter((item) => items.kind[item] === KIND.parameter);
  about.append(element("h2", {}, texts[layout.frameName[frame]] || "scope"),
               paragraph("soft", `scope ${framePath(frame)}`));
  const sizes = shown.gradient ? sizesOf(frame) : [];
  about.append(rows([
    ["opened at", placeOf(frame)],
    ["nodes", members.length],
    ["parameters", parameters.length],
    ...(sizes.length ? [
      ["|grad| least", number(sizes[0])],
      ["|grad| median", number(sizes[sizes.length >> 1])],
      ["|grad| most", number(sizes.at(-1))],
    ] : []),
    ...costs(boxCount + frame),
  ]));
  if (!canClose(frame)) return;
  const button = element("button", {}, closed[frame] ? "Open scope" : "Close scope");
  listen(button, "click", () => toggle(frame));
  about.append(element("div", { className: "actions" }, button));
}

function linkTo(item) {
  if (item >= boxCount) return nameOf(item);  // a constant in the label of its user
  const button = element("button", { className: "link" }, glyphOf(item) + nameOf(item));
  listen(button, "click", () => goTo(item));
  return button;
}

function describeItem(about, item) {
  about.append(element("h2", {}, nameOf(item)),
               paragraph("soft", [opOf(item), kindText(item), whereIs(item)]
                 .filter(Boolean).join(" \u00b7 ")));
  if (items.kind[item] >= KIND.group) about.append(paragraph("soft", textOf(item, "told")));
  for (const line of [...expressions(item), gradientOf(item), changeOf(item)]) if (line) about.append(paragraph("code", line));
  about.append(rows([
    ["value", valueTold(item)],
    ["gradient", gradientTold(item)],
    ["difference", differenceText(item)],
    ["type", textOf(item, "type")],
    ...costs(item),
    ["formula", textOf(item, "formula")],
    ["rule", textOf(item, "rule")],
  ]));
  for (const text of [textOf(item, "remark"), ...data.findings.filter((f) => f.item === item).map((f) => f.text)])
    if (text) about.append(paragraph("alarm", `! ${text}`));
  if (data.values && !isRecorded()) describeSum(about, item);
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
  const all = partsOf(item), parts = all.filter(hasArrived), outside = outsideParts(item);
  if (parts.length === 0) return;
  const table = element("table");
  const add = (name, text = "", className = "") =>
    table.append(element("tr", { className }, element("td", {}, name), element("td", {}, text)));
  for (const link of parts.slice(0, MOST_ROWS)) add(linkTo(links.to[link]), signed(links.contribution[link]));
  if (parts.length > MOST_ROWS) add(`and ${parts.length - MOST_ROWS} more`);
  if (all.length > parts.length) add(`${all.length - parts.length} to come`);
  if (outside) add(`${outside} outside the picture`);
  const isOne = has(item, FLAG.one);
  if (isOne && !outside) add("sum", signed(sumOf(parts)), "total");
  about.append(element("h3", {}, isOne ? `${derivative(item)} is the sum of` : `Norms of the parts of ${derivative(item)}`), table);
}

function describeNeighbours(about, title, all, ends) {
  if (all.length === 0) return;
  const table = element("table");
  for (const link of all.subarray(0, MOST_ROWS)) {
    const isOne = links.local && !isGone(link) && !isRecorded() && has(links.from[link], FLAG.scalar) && has(links.to[link], FLAG.scalar);
    table.append(element("tr", {}, element("td", {}, linkTo(ends[link])),
                         element("td", {}, isOne && links.adds[link] ? `\u00d7 ${number(links.local[link])}` : "")));
  }
  if (all.length > MOST_ROWS) table.append(element("tr", {}, element("td", {}, `and ${all.length - MOST_ROWS} more`)));
  about.append(element("h3", {}, title), table);
}
