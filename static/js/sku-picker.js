// [data-sku-picker] around a product: choosing an option value shows its SKU without a new page. The SKUs stand in
// <script type="application/json" data-skus> as [{id, values, price, list_price, stock_text, stock_state, buyable, max,
// code, picture?}]. If anything is missing, the form with its own button is left as it is.
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
  const part = (name) => root.querySelector(`[data-sku-${name}]`);
  const chosen = () => radios.filter((radio) => radio.checked).map((radio) => Number(radio.value));
  const find = (values) => skus.find((sku) => values.every((value) => sku.values.map(Number).includes(value)));
  root.querySelector("[data-sku-update]")?.setAttribute("hidden", "");

  // The exact SKU; where that combination is not made, the one with the new value that keeps most of the others.
  function pick(value) {
    const values = chosen();
    const kept = (sku) => sku.values.filter((id) => values.includes(Number(id))).length;
    const near = skus.filter((sku) => sku.values.map(Number).includes(value)).sort((a, b) => kept(b) - kept(a));
    return find(values) || near[0];
  }

  function show(sku) {
    text(part("price"), sku.price);
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
    const picture = part("picture");
    if (picture && sku.picture && picture.getAttribute("src") !== sku.picture) {
      picture.removeAttribute("srcset");
      picture.src = sku.picture;
    }

    for (const radio of radios) radio.checked = sku.values.map(Number).includes(Number(radio.value));
    mark();
    const url = new URL(location.href);
    url.search = new URLSearchParams({ sku: sku.id });
    history.replaceState(history.state, "", url);
  }

  // What each value would lead to, the other options staying as they are.
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

  root.addEventListener("change", (event) => {
    if (!event.target.matches("[data-option-value]")) return;
    const sku = pick(Number(event.target.value));
    if (sku) show(sku);
  });
}

function text(element, words) {
  if (!element) return;
  element.textContent = words;
  element.hidden = words === "";
}
