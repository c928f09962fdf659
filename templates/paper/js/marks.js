// What the marks of figures show: each point, bar and cell has its reading in the drawing, in the order of the marks.
const marks = (() => {
  const REACH = 14;
  const known = new WeakMap();

  const points = (path) => {
    const numbers = path.getAttribute("d").match(/-?[\d.]+/g).map(Number);
    return numbers.flatMap((x, place) => (place % 2 ? [] : [[x, numbers[place + 1]]]));
  };
  const around = (found) => {
    const [xs, ys] = [0, 1].map((axis) => found.map((point) => point[axis]));
    return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
  };
  const at = (use) => around([[Number(use.getAttribute("x")), Number(use.getAttribute("y"))]]);

  // A strip of images, in equal parts.
  const partsOf = (image, count) => {
    const { matrix } = image.transform.baseVal.consolidate();
    const [width, height] = [image.width.baseVal.value / count, image.height.baseVal.value];
    const corner = (x, y) => { const point = new DOMPoint(x, y).matrixTransform(matrix); return [point.x, point.y]; };
    return Array.from({ length: count }, (_, place) => around([corner(place * width, 0), corner((place + 1) * width, height)]));
  };

  // A group has a marker, or a shape, or a point of one line, for each reading; a strip of images has a part.
  const marksOf = (group) => {
    const readings = group.dataset.readings.split("␞");
    const uses = [...group.querySelectorAll("use")];
    const paths = [...group.querySelectorAll("path")].filter((path) => !path.closest("defs"));
    const found = group.matches("image") ? partsOf(group, readings.length).map((box) => [null, box])
      : uses.length ? uses.map((node) => [node, at(node)])
      : readings.length === 1 || paths.length > 1 ? paths.map((node) => [node, around(points(node))])
      : points(paths[0]).map((point) => [null, around([point])]);
    return found.map(([node, box], place) => {
      if (node) node.dataset.reading = readings[place];
      return { node, box, text: readings[place], model: group.closest("[data-model]")?.dataset.model };
    });
  };

  // All marks of a drawing, found when they are first asked for.
  const of = (drawing) => {
    if (!known.has(drawing)) known.set(drawing, [...drawing.querySelectorAll("[data-readings]")].flatMap(marksOf));
    return known.get(drawing);
  };

  // The mark next to a place of the window, with the box that it has there. Part of a drawing has the marks of the whole.
  const near = (shown, x, y) => {
    const drawing = shown.closest(".card")?.querySelector("svg");
    const matrix = drawing && shown.getScreenCTM();
    if (!matrix) return null;
    const place = new DOMPoint(x, y).matrixTransform(matrix.inverse());
    let [found, least] = [null, REACH / matrix.a];
    for (const mark of of(drawing)) {
      const { left, right, top, bottom } = mark.box;
      const away = Math.hypot(Math.max(left - place.x, 0, place.x - right), Math.max(top - place.y, 0, place.y - bottom));
      if (away <= least) [found, least] = [mark, away];
    }
    if (!found) return null;
    const corners = [[found.box.left, found.box.top], [found.box.right, found.box.bottom]]
      .map(([left, top]) => new DOMPoint(left, top).matrixTransform(matrix));
    return { ...found, inside: least === 0, box: new DOMRect(corners[0].x, corners[0].y, corners[1].x - corners[0].x, corners[1].y - corners[0].y) };
  };

  return { of, near };
})();
