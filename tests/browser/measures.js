// What can be measured of a page that is open, each as sentences that say what is wrong.
const measures = (() => {
  const TARGET = 44;
  // Of a page for staff, what is ours.
  const inside = document.querySelector("#user-tools") ? document.querySelector("#content") : document.body;
  const style = (element) => getComputedStyle(element);
  // Tables may scroll on their own (1.4.10), and Django's rows in tables do.
  const own = (element) => !element.closest(".inline-group");
  const all = (selector) => [...inside.querySelectorAll(selector)].filter(visible);
  const visible = (element) =>
    element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0 && !unseen(element);
  // Said to screen readers only.
  const unseen = (element) => element.closest(".unseen, .visually-hidden") ?? style(element).clipPath === "inset(50%)";
  const words = (element) => element.textContent.replace(/\s+/g, " ").trim();
  const name = (element) => {
    const { localName, id, className } = element;
    return `<${localName} id="${id}" class="${className}"> “${words(element).slice(0, 40) || element.value || ""}”`;
  };
  const block = (element) => {
    while (style(element).display === "inline") element = element.parentElement;
    return element;
  };
  const repeated = (names) => names.filter((one, n) => names.indexOf(one) !== n);

  /** WCAG 2.5.5: 44 by 44, but for links in a line of text. What has a label is hit by it as well. */
  function targets() {
    const controls = "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], [role=link]";
    return all(controls).flatMap((control) => {
      if (control.localName === "a" && inText(control)) return [];
      const boxes = [control, ...(control.labels ?? [])].filter(visible).map((one) => one.getBoundingClientRect());
      const [left, top] = [Math.min(...boxes.map((box) => box.left)), Math.min(...boxes.map((box) => box.top))];
      const width = Math.max(...boxes.map((box) => box.right)) - left;
      const height = Math.max(...boxes.map((box) => box.bottom)) - top;
      if (Math.min(width, height) >= TARGET - 0.1) return [];
      return [`${name(control)} is ${width.toFixed()} by ${height.toFixed()}`];
    });
  }

  function inText(link) {
    if (style(link).display !== "inline") return false;
    const around = block(link).cloneNode(true);
    for (const one of around.querySelectorAll("a")) one.remove();
    return /\p{L}{2}/u.test(around.textContent);
  }

  /** WCAG 1.4.10: nothing to the side of the page, nothing to scroll in two ways, no words cut or over each other. */
  function room() {
    const page = document.documentElement;
    const width = page.clientWidth;
    const wrong = page.scrollWidth > width ? [`the page scrolls sideways, to ${page.scrollWidth} of ${width}`] : [];
    for (const element of all("*")) {
      const { overflowX, overflowY } = style(element);
      const wide = element.scrollWidth - element.clientWidth, high = element.scrollHeight - element.clientHeight;
      if (element.matches("textarea, input, select, svg, svg *") || !element.clientWidth || !own(element)) continue;
      if (overflowX !== "visible" && wide > 1) wrong.push(`${name(element)} is cut or scrolls, ${wide} px sideways`);
      if (overflowY !== "visible" && high > 1) wrong.push(`${name(element)} is cut or scrolls, ${high} px down`);
      if (element.matches("button, .button") && wide > 1) wrong.push(`${name(element)} is wider than its button`);
    }
    for (const field of all("input[type=submit], select")) {
      if (field.scrollWidth > field.clientWidth + 1) wrong.push(`${name(field)} is cut`);
    }
    return [...wrong, ...lines()];
  }

  function lines() {
    const found = [], wrong = [];
    const walker = document.createTreeWalker(inside, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode, parent = text.parentElement;
      if (!text.data.trim() || !visible(parent) || parent.closest("option, textarea, .skip") || !own(parent)) continue;
      const range = document.createRange();
      range.selectNodeContents(text);
      for (const box of range.getClientRects()) if (box.width > 1) found.push({ box, parent, block: block(parent) });
    }
    const width = document.documentElement.clientWidth;
    for (const { box, parent } of found) {
      if (box.left < -1 || box.right > width + 1) wrong.push(`${name(parent)} reaches beyond the page`);
      const fill = parent.matches(".chart__on") && parent.previousElementSibling.getBoundingClientRect();
      if (fill && (box.left < fill.left || box.right > fill.right))
        wrong.push(`${name(parent)} reaches beyond its bar`);
    }
    found.sort((one, other) => one.box.top - other.box.top);
    found.forEach((one, n) => {
      for (const other of found.slice(n + 1)) {
        if (other.box.top > one.box.bottom) break;
        if (other.block === one.block) continue;
        const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
        const down = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
        if (across > 3 && down > 0.4 * Math.min(one.box.height, other.box.height))
          wrong.push(`${name(one.parent)} lies over ${name(other.parent)}`);
      }
    });
    return wrong;
  }

  function motion() {
    const moving = [document.body, ...all("*")].filter((element) => {
      const { animationName, transitionDuration, scrollBehavior } = style(element);
      return animationName !== "none" || !/^(0s(, )?)+$/.test(transitionDuration) || scrollBehavior !== "auto";
    });
    const running = document.getAnimations().length ? ["something on the page is animated"] : [];
    return [...running, ...[...moving, ...all("video, audio, marquee, blink")].map((one) => `${name(one)} moves`)];
  }

  /** One h1, no level left out, each landmark once, and no two parts of one name. */
  function outline() {
    const levels = all("h1, h2, h3, h4, h5, h6").map((heading) => Number(heading.localName[1]));
    const wrong = levels.filter((level) => level === 1).length === 1 ? [] : ["the page has not just one h1"];
    levels.forEach((level, n) => {
      const before = levels[n - 1] ?? 1;
      if (level > before + 1) wrong.push(`a heading of level ${level} follows one of ${before}`);
    });
    const landmarks = { banner: "header", main: "main", contentinfo: "footer" };
    for (const [landmark, element] of Object.entries(landmarks)) {
      const there = [...document.querySelectorAll(`${element}, [role=${landmark}]`)].filter(visible);
      const its = there.filter((one) => !one.parentElement.closest("main, article, section, aside"));
      if (its.length !== 1) wrong.push(`the page has ${its.length} landmarks of the kind ${landmark}`);
    }
    const called = (element) => {
      const label = document.getElementById(element.getAttribute("aria-labelledby"));
      return element.ariaLabel ?? (label ? words(label) : "");
    };
    for (const kind of ["nav", "section[aria-label], section[aria-labelledby], [role=region]", "[role=group]"]) {
      const names = all(kind).map(called);
      if (names.includes("")) wrong.push(`${kind} without a name`);
      wrong.push(...repeated(names).map((one) => `two of ${kind} are called “${one}”`));
    }
    const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
    wrong.push(...repeated(ids).map((id) => `two have the id ${id}`));
    wrong.push(...all("[tabindex]").flatMap((one) => (one.tabIndex > 0 ? [`${name(one)} jumps the order`] : [])));
    return wrong;
  }

  /** WCAG 1.4.12: what a reader may set. */
  function spread() {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(
      `* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
      p { margin-block-end: 2em !important; }`,
    );
    document.adoptedStyleSheets = [sheet];
    const wrong = room();
    document.adoptedStyleSheets = [];
    return wrong.map((sentence) => `with more space between letters: ${sentence}`);
  }

  /** What Tab comes to, in order: of radios that belong together, one. */
  function reachable() {
    const controls = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
    return [...document.querySelectorAll(controls)].filter((one) => {
      if (one.disabled || !one.checkVisibility({ visibilityProperty: true })) return false;
      if (one.type !== "radio") return true;
      const group = [...document.querySelectorAll(`[type=radio][name="${one.name}"]`)];
      return one === (group.find((radio) => radio.checked) ?? group[0]);
    });
  }

  /** The element that has the focus: which it is, and what is wrong with how that shows. */
  function focus() {
    const element = document.activeElement;
    const { outlineStyle, outlineWidth, outlineColor, outlineOffset } = style(element);
    const wrong = [];
    if (outlineStyle === "none" || parseFloat(outlineWidth) < 2) wrong.push(`${name(element)} shows no focus`);
    const behind = ground(parseFloat(outlineOffset) < 0 ? element : element.parentElement);
    if (contrast(outlineColor, behind) < 3) wrong.push(`the focus of ${name(element)} is ${outlineColor} on ${behind}`);
    const seen = [...element.getClientRects()].some(({ left, right, top, bottom }) => {
      const middle = (from, to, room) => (Math.max(0, from) + Math.min(room, to)) / 2;
      const hit = document.elementFromPoint(middle(left, right, innerWidth), middle(top, bottom, innerHeight));
      return hit && (element.contains(hit) || [...(element.labels ?? [])].some((label) => label.contains(hit)));
    });
    if (!seen) wrong.push(`${name(element)} has the focus and is hidden or outside of the window`);
    return { at: reachable().indexOf(element), name: name(element), wrong };
  }

  function ground(element) {
    for (let at = element; at; at = at.parentElement) {
      const { backgroundColor } = style(at);
      if (!/^rgba\(.*, 0\)$/.test(backgroundColor) && backgroundColor !== "transparent") return backgroundColor;
    }
    return "rgb(255, 255, 255)";
  }

  function contrast(...colors) {
    const [light, dark] = colors
      .map((color) => {
        const [r, g, b] = color.match(/[\d.]+/g).slice(0, 3).map((part) => {
          const share = part / 255;
          return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      })
      .sort((one, other) => other - one);
    return (light + 0.05) / (dark + 0.05);
  }

  /** The contrast of the mark in a box or circle to tick, where it shows. */
  function mark(box) {
    const { visibility, backgroundColor } = getComputedStyle(box, "::after");
    const behind = getComputedStyle(box, "::before").backgroundColor;
    return visibility === "visible" ? contrast(backgroundColor, behind) : null;
  }

  return { targets, room, spread, motion, outline, focus, mark, reachable: () => reachable().length };
})();
