"use strict";
// All of the page can be read without this: it shows values under the pointer, and pictures in large.

const charts = [...document.querySelectorAll(".plot")].map((plot) => ({
  plot,
  cursor: plot.querySelector(".cursor"),
  read: plot.closest("figure").querySelector(".read"),
  points: plot.dataset.points.split(";").map((point) => {
    const [percent, step, value, smoothed] = point.split("|");
    return { percent: Number(percent), step: Number(step).toLocaleString("en"), value, smoothed };
  }),
}));

/** Marks one place in all charts: they have the same steps. */
function show(percent) {
  for (const { cursor, read, points } of charts) {
    let nearest = points[0];
    for (const point of points) {
      if (Math.abs(point.percent - percent) < Math.abs(nearest.percent - percent)) nearest = point;
    }
    cursor.style.left = nearest.percent + "%";
    read.textContent = "step " + nearest.step + ": " + nearest.value +
      (nearest.smoothed && nearest.smoothed !== nearest.value ? ", smoothed " + nearest.smoothed : "");
    cursor.hidden = read.hidden = false;
  }
}

for (const { plot } of charts) {
  plot.addEventListener("pointermove", (event) => {
    const box = plot.getBoundingClientRect();
    show((100 * (event.clientX - box.left)) / box.width);
  });
  plot.addEventListener("pointerleave", () => {
    for (const { cursor, read } of charts) cursor.hidden = read.hidden = true;
  });
}

const pictures = [...document.querySelectorAll(".samples img")];
if (pictures.length > 0) {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-label", "Samples in large");
  dialog.innerHTML = '<img alt=""><form method="dialog"><button type="button">← earlier</button><output></output>' +
    '<button type="button">later →</button><button autofocus>close</button></form>';
  document.body.append(dialog);
  const [large, label] = [dialog.querySelector("img"), dialog.querySelector("output")];
  const [earlier, later] = dialog.querySelectorAll("button");
  let shown = 0;

  const select = (place) => {
    shown = Math.max(0, Math.min(pictures.length - 1, place));
    large.src = pictures[shown].src;
    large.alt = pictures[shown].alt;
    large.className = pictures[shown].className;
    label.textContent = pictures[shown].closest("figure").querySelector("figcaption").textContent;
    earlier.disabled = shown === 0;
    later.disabled = shown === pictures.length - 1;
  };
  earlier.addEventListener("click", () => select(shown - 1));
  later.addEventListener("click", () => select(shown + 1));
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") select(shown - 1);
    if (event.key === "ArrowRight") select(shown + 1);
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  pictures.forEach((picture, place) => {
    const button = document.createElement("button");
    button.type = "button";
    picture.replaceWith(button);
    button.append(picture);
    button.addEventListener("click", () => {
      select(place);
      dialog.showModal();
    });
  });
}
