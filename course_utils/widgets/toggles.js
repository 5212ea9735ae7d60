// A photograph in regions that a click or a key switches on and off. What is on goes to Python as
// one byte for each region, 1 for on; Python answers by its own picture beside this one.

const WIDTH = 300; // of the canvas in CSS pixels
const ZOOM = 4; // canvas pixels for each pixel of the photograph
const MOVES = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

function asBytes(view) {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function render({ model, el }) {
  const width = model.get("width");
  const height = model.get("height");
  const pixels = asBytes(model.get("pixels"));
  const region = asBytes(model.get("regions"));
  const fill = model.get("fill");
  const count = asBytes(model.get("on")).length;

  const canvas = document.createElement("canvas");
  canvas.className = "course-toggles";
  canvas.width = width * ZOOM;
  canvas.height = height * ZOOM;
  canvas.style.width = `${WIDTH}px`;
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", model.get("description"));
  canvas.dataset.lmSuppressShortcuts = "true"; // the arrow keys are for us, not for the notebook
  const note = document.createElement("div");
  note.className = "course-toggles-note";
  note.setAttribute("role", "status");
  el.append(canvas, note);

  // Where each region lies: its middle, for the arrow keys.
  const middles = Array.from({ length: count }, () => [0, 0, 0]);
  region.forEach((which, place) => {
    const sums = middles[which];
    sums[0] += place % width;
    sums[1] += Math.floor(place / width);
    sums[2] += 1;
  });
  for (const sums of middles) {
    sums[0] /= sums[2];
    sums[1] /= sums[2];
  }

  const small = document.createElement("canvas");
  small.width = width;
  small.height = height;
  const paper = small.getContext("2d");
  const pen = canvas.getContext("2d");
  pen.imageSmoothingEnabled = false;
  let here = -1; // the region that the keyboard is at, or the pointer over

  const outline = (colour, thick, wanted) => {
    pen.fillStyle = colour;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const at = y * width + x;
        const mine = region[at];
        const right = x + 1 < width ? region[at + 1] : mine;
        const below = y + 1 < height ? region[at + width] : mine;
        if (right !== mine && wanted(mine, right)) {
          pen.fillRect((x + 1) * ZOOM - thick / 2, y * ZOOM, thick, ZOOM);
        }
        if (below !== mine && wanted(mine, below)) {
          pen.fillRect(x * ZOOM, (y + 1) * ZOOM - thick / 2, ZOOM, thick);
        }
      }
    }
  };

  const paint = () => {
    const on = asBytes(model.get("on"));
    const image = paper.createImageData(width, height);
    region.forEach((which, place) => {
      for (let k = 0; k < 3; k++) {
        image.data[4 * place + k] = on[which] ? pixels[3 * place + k] : fill[k];
      }
      image.data[4 * place + 3] = 255;
    });
    paper.putImageData(image, 0, 0);
    pen.drawImage(small, 0, 0, canvas.width, canvas.height);
    outline("white", 2, () => true);
    if (here >= 0) {
      outline("black", 6, (a, b) => a === here || b === here);
      outline("#E69F00", 3, (a, b) => a === here || b === here);
    }
  };

  const tell = () => {
    const on = asBytes(model.get("on"));
    const shown = on.reduce((sum, one) => sum + one, 0);
    const where = here < 0 ? "" : `Region ${here} is ${on[here] ? "on" : "off"}; `;
    note.textContent = `${where}${shown} of ${count} are on.`;
  };

  const visit = (which) => {
    if (which === here) return;
    here = which;
    paint();
    tell();
  };

  const toggle = (which) => {
    const on = Uint8Array.from(asBytes(model.get("on")));
    on[which] = 1 - on[which];
    model.set("on", new DataView(on.buffer));
    model.save_changes();
  };

  const under = (event) => {
    const box = canvas.getBoundingClientRect();
    const x = Math.floor(((event.clientX - box.left) / box.width) * width);
    const y = Math.floor(((event.clientY - box.top) / box.height) * height);
    const inside = x >= 0 && x < width && y >= 0 && y < height;
    return inside ? region[y * width + x] : -1;
  };

  canvas.addEventListener("click", (event) => {
    const which = under(event);
    if (which < 0) return;
    visit(which);
    toggle(which);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerType === "mouse") visit(under(event));
  });
  canvas.addEventListener("focus", () => {
    if (here < 0) visit(region[0]);
  });

  // The nearest region in the direction of the arrow; sideways counts twice.
  const neighbour = ([right, down]) => {
    let best = here;
    let least = Infinity;
    middles.forEach(([x, y], which) => {
      const along = (x - middles[here][0]) * right + (y - middles[here][1]) * down;
      const across = (x - middles[here][0]) * down + (y - middles[here][1]) * right;
      const far = along + 2 * Math.abs(across);
      if (which !== here && along > 0 && far < least) {
        best = which;
        least = far;
      }
    });
    return best;
  };
  canvas.addEventListener("keydown", (event) => {
    if (here < 0) here = region[0];
    if (event.key in MOVES) visit(neighbour(MOVES[event.key]));
    else if (event.key === " " || event.key === "Enter") toggle(here);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  const changed = () => {
    paint();
    tell();
  };
  model.on("change:on", changed);
  changed();
  return () => model.off("change:on", changed);
}

export default { render };
