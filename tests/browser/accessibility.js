// Asked of a page by accessibility.py, which says how to read the answers.
() => {
  const found = [];
  const say = (what, element) =>
    found.push(what + ": " + element.outerHTML.replace(/\s+/g, " ").slice(0, 160));
  const shown = (element) =>
    element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) &&
    getComputedStyle(element).clipPath === "none";
  const nameOf = (element) => {
    const by = element.getAttribute("aria-labelledby");
    if (by) return by.split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join(" ").trim();
    if (element.getAttribute("aria-label")) return element.getAttribute("aria-label").trim();
    if (element.labels?.length) return [...element.labels].map((l) => l.textContent).join(" ").trim();
    return (element.textContent || element.getAttribute("alt") || "").trim();
  };

  // 3.1.1, 2.4.2: the page has a language and a title.
  if (!document.documentElement.lang) found.push("the page names no language");
  if (!document.title) found.push("the page has no title");
  // 1.4.10: nothing has to be scrolled sideways.
  if (document.documentElement.scrollWidth > innerWidth)
    found.push("the page is " + document.documentElement.scrollWidth + " pixels wide");
  // 1.3.1: one main landmark, one first heading, no level left out.
  if (document.querySelectorAll("main").length !== 1) found.push("there is not one main landmark");
  if (document.querySelectorAll("h1").length !== 1) found.push("there is not one h1");
  let level = 0;
  for (const heading of document.querySelectorAll("h1, h2, h3, h4")) {
    const here = Number(heading.tagName[1]);
    if (here > level + 1) say("a heading leaves out a level", heading);
    level = here;
  }
  // 1.3.1: tables have captions and say which cells are headings.
  for (const table of document.querySelectorAll("table")) {
    if (!table.caption?.textContent.trim()) say("a table without a caption", table);
    for (const cell of table.querySelectorAll("th")) if (!cell.scope) say("a heading cell without scope", cell);
  }
  // 4.1.2: what can be used has a name; landmarks of one kind are told apart.
  for (const one of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary"))
    if (shown(one) && !nameOf(one)) say("no name", one);
  const navigations = [...document.querySelectorAll("nav")].map(nameOf);
  if (navigations.some((name) => !name) || new Set(navigations).size !== navigations.length)
    found.push("navigations are not told apart: " + navigations.join(" | "));
  // 4.1.1, and every label and description has what it points to.
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) found.push("two elements have the id " + id);
  for (const attribute of ["for", "aria-labelledby", "aria-describedby", "list"])
    for (const element of document.querySelectorAll("[" + attribute + "]"))
      for (const id of element.getAttribute(attribute).split(" "))
        if (!document.getElementById(id)) say("points to nothing", element);
  // 1.1.1: pictures have a text, or an empty one where they only decorate.
  for (const picture of document.querySelectorAll("img")) if (!picture.hasAttribute("alt")) say("no alt", picture);
  // 2.4.3: the order of focus is the order of the page.
  for (const element of document.querySelectorAll("[tabindex]"))
    if (element.tabIndex > 0) say("takes the focus out of order", element);

  // 1.4.3: text stands out from its ground, by at least 4.5 to 1 (3 to 1 where it is large).
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].map((part, at) => (at === 3 ? part / 255 : part));
  };
  const over = (top, under) => [0, 1, 2].map((at) => top[at] * top[3] + under[at] * (1 - top[3])).concat(1);
  const ground = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.push(rgba(getComputedStyle(at).backgroundColor));
    const opaque = layers.findIndex((layer) => layer[3] === 1);
    let colour = opaque < 0 ? [255, 255, 255, 1] : layers[opaque];
    for (let at = (opaque < 0 ? layers.length : opaque) - 1; at >= 0; at--) colour = over(layers[at], colour);
    return colour;
  };
  const light = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const told = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !shown(element)) continue;
    const style = getComputedStyle(element);
    const under = ground(element);
    const pair = [light(over(rgba(style.color), under)), light(under)].sort((a, b) => b - a);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const key = style.color + under;
    if (ratio < (large ? 3 : 4.5) && !told.has(key)) {
      told.add(key);
      say("contrast " + ratio.toFixed(2), element);
    }
  }

  // 2.4.7: whoever goes by keyboard sees where they are.
  for (const element of [...document.querySelectorAll("main a[href], main button, main input:not([type=hidden])")].slice(0, 8)) {
    if (!shown(element)) continue;
    element.focus({ focusVisible: true });
    const style = getComputedStyle(element);
    if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) say("the focus cannot be seen", element);
  }
  document.activeElement?.blur();
  return found;
}
