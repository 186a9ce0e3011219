// A recorded training run: values and gradients of each frame in the picture.

const frames = data.frames;

let chosenFrame = 0;

function showFrame(wanted) {
  const at = chosenFrame = max(0, min(wanted || 0, frames.steps.length - 1));
  if (player.isOn) return stopPlayer();
  const part = (numbers) => numbers.subarray(at * itemCount, (at + 1) * itemCount);
  shown.value = part(frames.values);
  shown.gradient = part(frames.gradients);
  shown.hasGradient = (item) => has(item, FLAG.gradient);
  frameNumbers.clear();
  tellFrame(at);
  tellAgain();
  redraw();
}

function tellFrame(at) {
  const count = frames.steps.length, all = frames.all > count ? ` (${count} of ${frames.all} frames)` : "";
  const told = `step ${frames.steps[at]}, ${rootName} ${number(frames.losses[at])}${all}`;
  byId("frame").value = at;
  byId("moment").textContent = told;
  byId("frame").setAttribute("aria-valuetext", told);
}

function beginTraining() {
  if (!frames) return;
  byId("training").hidden = false;
  byId("frame").max = frames.steps.length - 1;
  listen(byId("frame"), "input", () => showFrame(Number(byId("frame").value)));
  showFrame(0);
}
