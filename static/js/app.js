// Everything here improves a page that also works without it.
import "./announce.js";
import "./autosubmit.js";
import "./confirm.js";
import "./countdown.js";
import "./current-place.js";
import "./flash-dismiss.js";
import "./live.js";
import "./menu.js";
import "./new-address.js";
import "./print.js";
import "./new-orders.js";
import "./quantity.js";
import "./search-suggestions.js";
import "./sku-picker.js";
import "./submit-once.js";
import "./summary-focus.js";
import "./tick-all.js";
import "./unsaved.js";
import "./watch.js";

document.documentElement.classList.add("js");
