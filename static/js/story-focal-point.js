// The focal points of a story's pictures, set by mouse and keyboard, with the crops of the reader site.
(() => {
  const form = document.getElementById("article_form");
  const area = document.querySelector("[data-pictures]");
  if (!form || !area) {
    return;
  }
  const texts = area.dataset;
  const step = 1;
  const largeStep = 10;
  const centre = 50;

  function notifyChange(input) {
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  const inputsOf = (row) => ["x", "y"].map((axis) => row.querySelector(`input[name$='-focal_${axis}']`));

  // Where the reader site puts the point if none is set: heads are in the upper part of a tall picture.
  function defaultPoint(row) {
    const picture = row.querySelector("[data-picture-source]");
    return [centre, picture.naturalHeight > picture.naturalWidth ? Number(texts.focusOfTall) : centre];
  }

  function pointOf(row) {
    return inputsOf(row).map((input, axis) => {
      const number = Number(input.value);
      const isUnset = input.value.trim() === "" || Number.isNaN(number);
      return isUnset ? defaultPoint(row)[axis] : Math.min(100, Math.max(0, number));
    });
  }

  // The reader site crops in steps.
  const stepped = (part) => Math.round(part / Number(texts.focusStep)) * Number(texts.focusStep);

  // Show the point of the numbers on the picture and in the crops.
  function showPoint(row) {
    const [x, y] = pointOf(row);
    const stage = row.querySelector("[data-stage]");
    const point = row.querySelector("[data-point]");
    point.style.left = `${x}%`;
    point.style.top = `${y}%`;
    stage.setAttribute("aria-valuenow", x);
    stage.setAttribute("aria-valuetext", texts.focalText.replace("{x}", x).replace("{y}", y));
    for (const picture of row.querySelectorAll("[data-crop]")) {
      picture.style.objectPosition = `${stepped(x)}% ${stepped(y)}%`;
    }
  }

  // Set the numbers; null leaves it to the reader site.
  function setPoint(row, point) {
    const inputs = inputsOf(row);
    inputs.forEach((input, axis) => {
      input.value = point ? Math.round(Math.min(100, Math.max(0, point[axis]))) : "";
    });
    showPoint(row);
    notifyChange(inputs[0]);
  }

  function pointAt(event, stage) {
    const box = stage.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * 100, ((event.clientY - box.top) / box.height) * 100];
  }

  const rowOf = (element) => element.closest("tbody.form-group");

  function prepareFocalPoints() {
    for (const row of area.querySelectorAll("tbody.form-group:not(.empty-form)")) {
      const visual = row.querySelector("[data-focal-visual]");
      if (visual?.hidden) {
        visual.hidden = false;
        row.querySelector("[data-focal-reset]").hidden = false;
        showPoint(row);
      }
    }
  }
  prepareFocalPoints();
  form.addEventListener("formset:added", prepareFocalPoints);

  // The shape of a picture is known once it has loaded; the event does not bubble.
  area.addEventListener(
    "load",
    (event) => {
      if (event.target.matches("[data-picture-source]")) {
        showPoint(rowOf(event.target));
      }
    },
    true,
  );

  area.addEventListener("pointerdown", (event) => {
    const stage = event.target.closest("[data-stage]");
    if (stage && event.button === 0) {
      stage.setPointerCapture(event.pointerId);
      setPoint(rowOf(stage), pointAt(event, stage));
    }
  });
  area.addEventListener("pointermove", (event) => {
    const stage = event.target.closest("[data-stage]");
    if (stage?.hasPointerCapture(event.pointerId)) {
      setPoint(rowOf(stage), pointAt(event, stage));
    }
  });

  area.addEventListener("keydown", (event) => {
    const stage = event.target.closest("[data-stage]");
    const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (stage && direction && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      const size = event.shiftKey ? largeStep : step;
      setPoint(
        rowOf(stage),
        pointOf(rowOf(stage)).map((part, axis) => part + direction[axis] * size),
      );
    }
  });

  area.addEventListener("click", (event) => {
    const button = event.target.closest("[data-focal-reset]");
    if (button) {
      setPoint(rowOf(button), null);
    }
  });

  area.addEventListener("input", (event) => {
    if (/-focal_[xy]$/.test(event.target.name)) {
      showPoint(rowOf(event.target));
    }
  });
})();
