// Numbers as texts and as colours, as in the other pictures: six digits, signs on gradients, a signed
// logarithmic scale with fixed decades, so that two pages compare.

function number(x, digits = 6) {
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x > 0 ? "inf" : "\u2212inf";
  if (x === 0) return "0";
  const size = abs(x);
  let text = x.toPrecision(digits);
  if (size >= 10 ** digits || size < 1e-4) text = x.toExponential(digits - 1);
  const [mantissa, exponent] = text.split("e");
  const short = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  return (short + (exponent ? "e" + exponent.replace("+", "") : "")).replace(/-/g, "\u2212");
}
const signed = (x, digits) => (x > 0 ? "+" : "") + number(x, digits);
// As a factor or a summand: negative ones in parentheses.
const factor = (x) => (x < 0 ? `(${number(x)})` : number(x));

function list(numbers) {
  return `[${Array.from(numbers, (x) => number(x, 4)).join(", ")}]`;
}

// "1.5 KiB" where 1024 begin the next unit.
function inUnits(size, next, units) {
  let unit = 0;
  for (; size >= next && unit + 1 < units.length; ++unit) size /= next;
  return `${number(size, size >= 1000 ? 4 : 3)} ${units[unit]}`;
}
// What items cost: how it is told, and how many of its units begin the first step at 64.
const COSTS = {
  bytes: { name: "memory", scale: 1, told: (size) => inUnits(size, 1024, ["B", "KiB", "MiB", "GiB", "TiB"]) },
  time: { name: "time", scale: 64, told: (size) => inUnits(size, 1000, ["ns", "\u00b5s", "ms", "s"]) },
};

const DECADES = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100];
const SHADES = DECADES.length;
function shade(x) {
  const size = abs(x);
  let step = 0;
  while (step < SHADES && size >= DECADES[step]) ++step;
  return step;
}
function sizeStep(size) {
  let step = 0;
  while (step < SHADES && size >= 8 * 8 ** (step + 1)) ++step;
  return step;
}

let palette = data.palettes.light;
let ramps = null;  // of each sign the fill of each step

function mix(from, to, share) {
  const part = (text, i) => parseInt(text.slice(1 + 2 * i, 3 + 2 * i), 16);
  const channel = (i) => Math.round(part(from, i) + (part(to, i) - part(from, i)) * share);
  return `rgb(${channel(0)},${channel(1)},${channel(2)})`;
}

function setPalette(name) {
  palette = data.palettes[name];
  const ramp = (end) =>
    Array.from({ length: SHADES + 1 }, (_, step) => mix(palette.neutral, end, step / SHADES));
  ramps = [ramp(palette.negative), ramp(palette.norm), ramp(palette.positive)];
}
setPalette("light");

// The fill of a number with a sign, and of one without.
const signedFill = (x) => ramps[x < 0 ? 0 : 2][shade(x)];
const normFill = (x) => ramps[1][shade(x)];
const sizeFill = (x) => ramps[1][sizeStep(x)];
