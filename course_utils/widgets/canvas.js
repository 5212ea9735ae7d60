// A square to draw on with mouse, pen or finger. What is drawn goes to Python as `side` × `side`
// bytes, 255 for ink; what Python places comes as a message with the same bytes. Python says when it
// has answered a drawing; if it does not for a while, a line under the canvas says so.

const PIXELS = 280; // width and height of the canvas
const PEN = 24; // width of a stroke in these pixels
const PAUSE = 40; // milliseconds, at least, between two drawings that are sent
const PATIENCE = 1500; // milliseconds without an answer after which the reader is told

function render({ model, el }) {
  const side = model.get("side");
  const canvas = document.createElement("canvas");
  canvas.className = "course-canvas";
  canvas.width = canvas.height = PIXELS;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", model.get("description"));
  const clear = document.createElement("button");
  clear.className = "jupyter-button course-canvas-clear";
  clear.type = "button";
  clear.textContent = "Clear";
  const note = document.createElement("div");
  note.className = "course-canvas-note";
  note.setAttribute("role", "status");
  el.append(canvas, clear, note);

  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.lineWidth = PEN;
  pen.lineCap = pen.lineJoin = "round";

  // Ink is what covers the paper: only the opacity of the pixels counts.
  const small = document.createElement("canvas");
  small.width = small.height = side;
  const paper = small.getContext("2d", { willReadFrequently: true });
  paper.imageSmoothingQuality = "high";

  const paint = (view) => {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    const image = paper.createImageData(side, side);
    bytes.forEach((ink, place) => (image.data[4 * place + 3] = ink));
    paper.putImageData(image, 0, 0);
    pen.clearRect(0, 0, PIXELS, PIXELS);
    pen.drawImage(small, 0, 0, PIXELS, PIXELS);
  };

  let late = 0;
  const answered = () => {
    clearTimeout(late);
    late = 0;
    note.textContent = "";
  };
  const tell = () => {
    note.textContent = "No answer yet: the kernel is busy, or it has stopped.";
  };

  let waiting = 0;
  const send = () => {
    waiting = 0;
    late ||= setTimeout(tell, PATIENCE);
    paper.clearRect(0, 0, side, side);
    paper.drawImage(canvas, 0, 0, side, side);
    const pixels = paper.getImageData(0, 0, side, side).data;
    const bytes = Uint8Array.from({ length: side * side }, (_, place) => pixels[4 * place + 3]);
    model.set("drawing", new DataView(bytes.buffer));
    model.save_changes();
  };

  let last = null; // where the pen was, while it is down
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    const x = (event.clientX - box.left) * (PIXELS / box.width);
    const y = (event.clientY - box.top) * (PIXELS / box.height);
    return [x, y];
  };
  const stroke = (to) => {
    pen.beginPath();
    pen.moveTo(...last);
    pen.lineTo(...to); // of length 0 for a dot: the round cap draws it
    pen.stroke();
    last = to;
    waiting ||= setTimeout(send, PAUSE);
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button !== 0) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    last = place(event);
    stroke(last);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (last === null || !event.isPrimary) return;
    const missed = event.getCoalescedEvents?.() ?? [];
    for (const each of missed.length ? missed : [event]) stroke(place(each));
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, (event) => {
      if (event.isPrimary) last = null;
    });
  }

  // Here and not in Python: a busy kernel would clear late, and take new strokes away.
  clear.addEventListener("click", () => {
    last = null;
    pen.clearRect(0, 0, PIXELS, PIXELS);
    waiting ||= setTimeout(send, PAUSE);
  });

  const told = (message, buffers) => {
    if (message.answered) answered();
    if (!message.placed) return;
    clearTimeout(waiting);
    waiting = 0;
    last = null;
    paint(buffers[0]);
  };
  model.on("msg:custom", told);
  paint(model.get("drawing"));
  return () => {
    clearTimeout(waiting);
    clearTimeout(late);
    model.off("msg:custom", told);
  };
}

export default { render };
