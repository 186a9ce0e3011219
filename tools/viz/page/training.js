// A recorded training run: values and gradients of each frame in the picture.

const frames = data.frames;

function showFrame(at) {
  if (player.isOn) stopPlayer();
  const part = (numbers) => numbers.subarray(at * itemCount, (at + 1) * itemCount);
  shown.value = part(frames.values);
  shown.gradient = part(frames.gradients);
  shown.hasGradient = (item) => has(item, FLAG.gradient);
  frameNumbers.clear();
  const told = `step ${frames.steps[at]}, ${rootName} ${number(frames.losses[at])}`;
  byId("frame").value = at;
  byId("moment").textContent = told;
  byId("frame").setAttribute("aria-valuetext", told);
  if (shown.selected !== NONE) describe(shown.selected);
  redraw();
}

function beginTraining() {
  if (!frames) return;
  byId("training").hidden = false;
  byId("frame").max = frames.steps.length - 1;
  listen(byId("frame"), "input", () => showFrame(Number(byId("frame").value)));
  showFrame(0);
}
