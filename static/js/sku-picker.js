// [data-sku-picker] around a product: choosing an option value shows its SKU without a new page. The SKUs are in
// <script type="application/json" data-skus> as [{id, values, price, list_price, stock_text, stock_state, buyable, max,
// code}], the pictures in [data-sku-shot="option value or nothing"], each a link with data-large, data-set, data-zoom
// and data-alt. If anything is missing, the form is left as it is.
for (const root of document.querySelectorAll("[data-sku-picker]")) {
  const source = root.querySelector("script[data-skus]");
  let skus = [];
  try {
    skus = JSON.parse(source.textContent);
  } catch {
    continue;
  }
  const radios = [...root.querySelectorAll("[data-option-value]")];
  if (skus.length && radios.length) start(root, skus, radios);
}

function start(root, skus, radios) {
  const shots = [...root.querySelectorAll("[data-sku-shot]")];
  const part = (name) => root.querySelector(`[data-sku-${name}]`);
  const chosen = () => radios.filter((radio) => radio.checked).map((radio) => Number(radio.value));
  const find = (values) => skus.find((sku) => values.every((value) => sku.values.map(Number).includes(value)));
  root.querySelector("[data-sku-update]")?.setAttribute("hidden", "");
  // This field says that the server must look up the choice; here the script does it.
  part("was")?.remove();

  // The SKU of this choice; if there is none, the one with the new value that keeps most of the others.
  function pick(value) {
    const values = chosen();
    const kept = (sku) => sku.values.filter((id) => values.includes(Number(id))).length;
    const near = skus.filter((sku) => sku.values.map(Number).includes(value)).sort((a, b) => kept(b) - kept(a));
    return find(values) || near[0];
  }

  function show(sku) {
    text(part("price"), sku.price);
    text(part("bar-price"), sku.price);
    text(part("list-price"), sku.list_price || "");
    text(part("stock"), sku.stock_text);
    text(part("code"), sku.code);
    const stock = part("stock");
    if (stock) stock.className = `stock stock-${sku.stock_state}`;
    for (const field of root.querySelectorAll("[data-sku-id]")) field.value = sku.id;

    const count = part("count");
    if (count) {
      count.max = Math.max(1, sku.max);
      count.disabled = !sku.buyable;
      if (Number(count.value) > Number(count.max)) count.value = count.max;
      count.dispatchEvent(new Event("change", { bubbles: true }));
    }
    const button = part("buy");
    if (button) {
      button.disabled = !sku.buyable;
      text(button, sku.buyable ? button.dataset.words : button.dataset.wordsOut);
    }
    pictures(sku);

    for (const radio of radios) radio.checked = sku.values.map(Number).includes(Number(radio.value));
    mark();
    const url = new URL(location.href);
    url.search = new URLSearchParams({ sku: sku.id });
    history.replaceState(history.state, "", url);
  }

  // The pictures of this SKU's color and those of all SKUs; the large one stays if it is one of the first kind.
  function pictures(sku) {
    const own = (shot) => sku.values.map(String).includes(shot.dataset.skuShot);
    const fits = (shot) => own(shot) || !shot.dataset.skuShot;
    const all = !shots.some(fits);
    for (const shot of shots) {
      shot.hidden = !all && !fits(shot);
      const link = shot.querySelector("a");
      const to = new URL(link.href);
      to.searchParams.set("sku", sku.id);
      link.href = to;
    }
    const there = shots.filter((shot) => !shot.hidden);
    const best = there.find(own) || there[0];
    const now = shots.find((shot) => shot.querySelector("[aria-current]"));
    if (best && !(now && !now.hidden && own(now) === own(best))) enlarge(best);
  }

  function enlarge(shot) {
    const link = shot.querySelector("a");
    const picture = part("picture");
    if (!picture) return;
    for (const other of shots) other.querySelector("a").removeAttribute("aria-current");
    link.setAttribute("aria-current", "true");
    picture.classList.toggle("photo", link.dataset.set !== "");
    if (link.dataset.set) picture.srcset = link.dataset.set;
    else picture.removeAttribute("srcset");
    picture.src = link.dataset.large;
    picture.alt = link.dataset.alt;
    const zoom = picture.closest("a");
    const sku = root.querySelector("[data-sku-id]");
    if (zoom && link.dataset.zoom) zoom.href = link.dataset.zoom + (sku ? `?sku=${sku.value}` : "");
  }

  // The SKU that each value would choose with the present values of the other options.
  function mark() {
    for (const radio of radios) {
      const others = radios.filter((other) => other.checked && other.name !== radio.name);
      const sku = find([...others.map((other) => Number(other.value)), Number(radio.value)]);
      const out = !sku || !sku.buyable;
      const label = radio.closest("[data-option-label]");
      label.classList.toggle("option-value-out", out);
      const words = label.querySelector("[data-option-out]");
      if (words) words.hidden = !out;
    }
  }

  for (const shot of shots) {
    shot.querySelector("a").addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      enlarge(shot);
    });
  }

  root.addEventListener("change", (event) => {
    if (!event.target.matches("[data-option-value]")) return;
    const sku = pick(Number(event.target.value));
    if (sku) show(sku);
  });
}

function text(element, words) {
  if (!element) return;
  // An unchanged text is not announced again by screen readers.
  if (element.textContent !== words) element.textContent = words;
  element.hidden = words === "";
}
