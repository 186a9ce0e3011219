// The player: the forward pass node by node, then each product of the chain rule in the order in which
// the sweep of the engine made it, and how the products add up. What is shown at a step is computed from
// the start each time, so going back needs nothing remembered.
// Many links go by node, very many in waves: all operations as far from the leaves, then from the root. A
// sum is always made of what has arrived in the order of the engine, so at the end it is the engine's, bit for bit.

const BY_LINK = 300, BY_NODE = 5000;  // links that the sweep goes along, at most
const player = { steps: [], at: 0, isPlaying: false, isReverse: false, isPredict: false, isHidden: false,
                 timer: 0, isOn: false, until: 0 };
const order = data.order.links;
const stepOfLink = new Uint32Array(linkCount).fill(NONE), stepOfItem = new Uint32Array(itemCount);
const orderedParts = (() => {
  const lists = new Map();
  for (const link of order) {
    const from = links.from[link];
    if (lists.has(from)) lists.get(from).push(link); else lists.set(from, [link]);
  }
  return lists;
})();
const partsOf = (item) => orderedParts.get(item) || [];
const hasArrived = (link) => !player.isOn || stepOfLink[link] <= player.until;

// A sum of parts as the engine makes it, in the precision of the item.
const roundingOf = (item) => (textOf(item, "type").endsWith("float32") ? Math.fround : Number);
function sumOf(parts) {
  const rounded = parts.length ? roundingOf(links.from[parts[0]]) : Number;
  return parts.reduce((sum, link) => rounded(sum + links.contribution[link]), 0);
}

function groupsOfSweep() {
  if (order.length <= BY_LINK) return Array.from(order, (link) => [link]);
  const groups = [];
  if (order.length <= BY_NODE) {
    for (const link of order) {
      const last = groups[groups.length - 1];
      if (last && links.to[last[0]] === links.to[link]) last.push(link); else groups.push([link]);
    }
    return groups;
  }
  const distance = new Uint32Array(itemCount);
  for (const link of order) {
    const rank = distance[links.to[link]];
    (groups[rank] ||= []).push(link);
    distance[links.from[link]] = max(distance[links.from[link]], rank + 1);
  }
  return groups.filter(Boolean);
}

function groupsOfForward() {
  const all = [];
  for (let item = 0; item < boxCount; ++item) if (isOperation(item)) all.push(item);
  if (order.length <= BY_NODE) return all.map((item) => [item]);
  const rank = new Uint32Array(itemCount), groups = [];
  for (const item of all) {
    for (const link of operandLinks(item)) rank[item] = max(rank[item], rank[links.from[link]] + 1);
    (groups[rank[item]] ||= []).push(item);
  }
  return groups.filter(Boolean);
}

function makeSteps() {
  if (!data.values || order.length === 0 || data.root < 0) return;
  const steps = [{ kind: "start" }];
  for (const group of groupsOfForward()) {
    for (const item of group) stepOfItem[item] = steps.length;
    steps.push({ kind: "forward", items: group });
  }
  player.seed = steps.length;
  steps.push({ kind: "seed" });
  for (const group of groupsOfSweep()) {
    for (const link of group) stepOfLink[link] = steps.length;
    steps.push({ kind: "backward", links: group });
  }
  steps.push({ kind: "end" });
  player.steps = steps;
  player.at = steps.length - 1;
}

const roundings = data.values ? Array.from({ length: itemCount }, (_, item) => roundingOf(item)) : [];
// Gradients as they are when what happens up to step `until` has happened.
function numbersAt(until) {
  const gradient = new Float64Array(itemCount), parts = new Uint32Array(itemCount);
  for (const link of order) {
    if (stepOfLink[link] > until) continue;
    const from = links.from[link];
    gradient[from] = roundings[from](gradient[from] + links.contribution[link]);
    ++parts[from];
  }
  const isEnd = until >= player.steps.length - 1;
  for (let item = 0; item < itemCount; ++item) {
    const all = partsOf(item).length;
    // What comes from outside the picture is there with the seed, or is told when all is.
    if (outsideParts(item) && (isEnd || (all === 0 && until >= player.seed))) {
      gradient[item] = items.gradient[item];
      parts[item] = max(parts[item], 1);
      continue;
    }
    // Norms do not add up: of a tensor, that of the first part and that of all of them are known.
    if (!has(item, FLAG.one) && parts[item] > 1) gradient[item] = parts[item] === all ? items.gradient[item] : NaN;
  }
  if (until >= player.seed) {
    gradient[data.root] = items.gradient[data.root];
    parts[data.root] = max(parts[data.root], 1);
  }
  return { gradient, parts };
}

// How many sums of single numbers are those of the engine, and of how many.
function verified() {
  const { gradient, parts } = numbersAt(player.steps.length);
  let all = 0, same = 0;
  for (let item = 0; item < itemCount; ++item) {
    if (!has(item, FLAG.one) || parts[item] === 0 || outsideParts(item)) continue;
    ++all;
    const [mine, engine] = [gradient[item], items.gradient[item]];
    if (mine === engine || (Number.isNaN(mine) && Number.isNaN(engine))) ++same;
  }
  return { all, same };
}

function ruleText(item) {
  return [textOf(item, "formula"), textOf(item, "rule")].filter(Boolean).join(", ");
}

// The running sum of the operand's gradient with this part.
function sumText(link) {
  const from = links.from[link], parts = partsOf(from), place = parts.indexOf(link), outside = outsideParts(from);
  if (parts.length === 1 && !outside) return `complete: ${derivative(from)} has one part`;
  const part = `part ${place + 1} of ${parts.length + outside}` + (outside ? `; ${outside} outside the picture` : "");
  if (place === 0) return part;
  const rest = place + 1 === parts.length && !outside ? ", complete" : `, ${part}`;
  if (has(from, FLAG.one))
    return `running sum ${number(sumOf(parts.slice(0, place)))} + ${factor(links.contribution[link])} = ${number(sumOf(parts.slice(0, place + 1)))}${rest}`;
  const samples = parts.slice(0, place + 1).map(samplesOf);
  if (samples.every((each) => each && each.length <= 8)) {
    const sum = samples[0].map((_, i) => samples.reduce((total, each) => total + each[i], 0));
    return `running sum ${list(sum)}${rest}`;
  }
  return place + 1 === parts.length && !outside ? `norm of all ${parts.length} parts ${number(items.gradient[from])}` : part;
}

// One product of the chain rule: in symbols, in numbers, and its result.
function productOf(link) {
  const from = links.from[link], to = links.to[link];
  const into = `${derivative(from)} +=`;
  if (has(from, FLAG.scalar) && has(to, FLAG.scalar)) {
    return {
      symbols: `${into} ${derivative(to)} \u00b7 d${nameOf(to)}/d${nameOf(from)}`,
      numbers: `= ${factor(items.gradient[to])} \u00b7 ${factor(links.local[link])} =`,
      result: number(links.contribution[link]),
    };
  }
  const samples = samplesOf(link);
  const result = has(from, FLAG.one) ? number(links.contribution[link])
    : samples && samples.length <= 8 ? list(samples) : `norm of this part ${number(links.contribution[link])}`;
  return {
    symbols: `${into} ${derivative(to)} through ${opOf(to)}`,
    numbers: has(to, FLAG.one) ? `${derivative(to)} = ${number(items.gradient[to])}, gives`
      : `|${derivative(to)}| = ${number(items.gradient[to])}, gives`,
    result,
  };
}

// Of what happens at once the first, a line each, and how many more.
function tellFirst(all, tellOne) {
  const most = 4, told = all.slice(0, most).map(tellOne);
  if (all.length > most) told.push(`and ${all.length - most} more`);
  return told.join("\n");
}

function tellForward(step) {
  const [item, ...others] = step.items, one = (each) => ({
    product: expressions(each)[0],
    numbers: inNumbers(each) || "=",
    result: has(each, FLAG.one) ? number(items.value[each]) : `${textOf(each, "type")}  ${textOf(each, "told")}`,
  });
  if (!others.length) return { ...one(item), rule: textOf(item, "formula") };
  return { product: `${step.items.length} operations, all as far from what goes in`, numbers: tellFirst(step.items, (each) => {
    const { product, numbers, result } = one(each);
    return `${product} ${numbers} ${player.isHidden ? "?" : result}`;
  }) };
}

function tellBackward(step) {
  const link = step.links[0], to = links.to[link];
  if (step.links.length === 1) {
    const { symbols, numbers, result } = productOf(link);
    const [told, verdict] = differenceTold(links.from[link]);
    return { product: symbols, numbers, result, sum: sumText(link), rule: ruleText(to),
             check: verdict && `finite difference ${told}, ${verdict}` };
  }
  const told = tellFirst(step.links, (each) => {
    const { symbols, numbers, result } = productOf(each);
    return `${symbols} ${numbers} ` + (player.isHidden ? "?" : `${result}   (${sumText(each)})`);
  });
  const isNode = step.links.every((each) => links.to[each] === to);
  if (!isNode) {
    const count = new Set(step.links.map((each) => links.to[each])).size;
    return { product: `${step.links.length} products of ${count} operations, all as far from ${rootName}`,
             numbers: told, rule: "sums keep the order of the engine" };
  }
  return { product: `${nameOf(to)} = ${applied(to, nameOf)} passes ${derivative(to)} on`,
           numbers: told, rule: ruleText(to) };
}

function tellStep(step) {
  if (step.kind === "start") return { product: `${rootName} = ${isOperation(data.root) ? applied(data.root, nameOf) : ""}`, numbers: "Values go forward, then gradients backward." };
  if (step.kind === "forward") return tellForward(step);
  if (step.kind === "seed") return { product: `d${rootName}/d${rootName} = 1`, numbers: "The backward pass starts here." };
  if (step.kind === "backward") return tellBackward(step);
  const { all, same } = verified();
  const leaves = Array.from(items.kind.keys()).filter((i) => items.kind[i] <= KIND.parameter && has(i, FLAG.gradient));
  const most = 5, row = (tag, cells) => element("tr", {}, ...cells.map((cell) => element(tag, {}, cell)));
  if (leaves.length) byId("column").append(row("th", ["", "gradient", "finite difference", ""]),
    ...leaves.slice(0, most).map((i) => row("td", [derivative(i), gradientTold(i), ...differenceTold(i).slice(0, 2)])));
  return { product: "Done", numbers: leaves.length > most ? `and ${leaves.length - most} more` : "",
           sum: `${same} of ${all} sums equal the engine's gradients bit for bit` };
}

function showStep() {
  const step = player.steps[player.at];
  player.until = player.isHidden ? player.at - 1 : player.at;
  const { gradient, parts } = numbersAt(player.until);
  shown.value = computed.value;
  shown.gradient = gradient;
  shown.hasGradient = (item) => parts[item] > 0;
  shown.hasValue = (item) => stepOfItem[item] <= player.until;
  frameNumbers.clear();
  const item = step.kind === "forward" ? step.items[0] : step.kind === "backward" ? links.from[step.links[0]] : step.kind === "seed" || step.kind === "start" ? data.root : NONE;
  shown.active = item;
  setActiveLine(step);
  byId("column").replaceChildren();
  const told = tellStep(step), hide = player.isHidden;
  const word = { start: "Start", forward: "Forward", seed: "Backward", backward: "Backward", end: "End" }[step.kind];
  const lines = { phase: `${word} \u00b7 step ${player.at} of ${player.steps.length - 1}` + (frames ? ` \u00b7 at step ${frames.steps[0]} of the training` : ""), product: told.product,
                  numbers: [told.numbers, told.result && (hide ? "?" : told.result)].filter(Boolean).join(" "),
                  sum: hide ? "What comes next? Press N or Space." : told.sum, check: told.check, rule: told.rule };
  for (const [id, text] of Object.entries(lines)) {
    byId(id).textContent = text || "";
    byId(id).hidden = !text;
  }
  byId("numbers").classList.toggle("many", (lines.numbers || "").includes("\n"));
  byId("step").hidden = false;
  byId("position").setAttribute("aria-valuetext", lines.phase);
  if (frames) tellFrame(0);  // whose products these are
  tellPosition();
  if (!player.isPlaying || step.kind === "end")
    say(`${lines.phase}. ${told.product} ${lines.numbers || ""}. ${lines.sum || ""}`);
  tellAgain();
  if (item !== NONE) follow(item);
  redraw();
}
function tellPosition() {
  byId("position").value = player.at;
  byId("count").textContent = `${player.at} / ${player.steps.length - 1}`;
  byId("play").textContent = player.isPlaying ? "Pause" : "Play";
}

function setActiveLine(step) {
  shown.activeLine = null;
  if (step.kind !== "backward" || step.links.length > 1) return;
  const link = step.links[0], from = unitOfItem[links.from[link]], to = unitOfItem[links.to[link]];
  if (from === NONE || to === NONE || from === to) return;
  const routed = picture.lines.find((line) => line.link === link && line.count === 1 && line.from === from && line.to === to);
  const isWhole = routed && abs(routed.points[0] - direct(from, to)[0]) < 1;  // no branch of another
  shown.activeLine = isWhole ? routed.points : direct(from, to);
}

function moveTo(step) {
  pause();
  player.isOn = true;
  player.isHidden = false;
  player.at = max(0, min(step, player.steps.length - 1));
  showStep();
}

// One step on. Where results are to be predicted, a step first asks and then tells.
function advance(by) {
  if (!player.isOn && by > 0) return moveTo(0);
  player.isOn = true;
  if (player.isHidden && by > 0) return moveTo(player.at);
  const next = player.at + by;
  if (next < 0 || next >= player.steps.length) return pause();
  player.at = next;
  player.isHidden = player.isPredict && by > 0 && (player.steps[next].kind === "backward" || player.steps[next].kind === "forward");
  showStep();
}

function jumpTo(item) {
  const parts = partsOf(item);
  moveTo(parts.length ? stepOfLink[parts[0]] : stepOfItem[item]);
}

function pause() {
  if (!player.isPlaying) return;
  clearTimeout(player.timer);
  player.isPlaying = false;
  showStep();
}
// Back to the numbers of the whole computation, or of the frame that was chosen.
function stopPlayer() {
  pause();
  Object.assign(player, { isOn: false, isHidden: false, at: player.steps.length - 1 });
  Object.assign(shown, computed, { active: NONE, activeLine: null });
  byId("step").hidden = true;
  tellPosition();
  frameNumbers.clear();
  if (frames) showFrame(chosenFrame);
  tellAgain();
  redraw();
}

function play() {
  if (player.isHidden) return moveTo(player.at);
  if (player.isPlaying) return pause();
  const end = player.isReverse ? 0 : player.steps.length - 1;
  if (player.at === end) player.at = player.isReverse ? player.steps.length - 1 : 0;
  player.isPlaying = player.isOn = true;
  showStep();
  say(`playing${player.isReverse ? " in reverse" : ""}`);
  const tick = () => {
    if (!player.isPlaying) return;
    advance(player.isReverse ? -1 : 1);
    if (player.isHidden) return pause();  // until the reader has said it
    if (player.isPlaying) player.timer = setTimeout(tick, 1200 / Number(byId("speed").value));
  };
  player.timer = setTimeout(tick, 600 / Number(byId("speed").value));
}
