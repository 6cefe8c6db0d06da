// A laboratory's QR code, scanned without the application, leads here: to a new tab, or to one where this page is open
// already. What stands behind # was sent to nobody; it leaves the address, so that no entry of the tab's history holds it.
const notice = document.querySelector("[data-code]");

function take(opened) {
  if (!notice || !new URLSearchParams(location.hash.slice(1)).has("code")) return;
  history.replaceState(null, "", location.pathname);
  notice.removeAttribute("hidden");
  if (!opened) return;
  // The page may be scrolled far below it, and to focus what has the focus already scrolls nowhere.
  notice.scrollIntoView({ block: "center" });
  notice.focus();
}

addEventListener("hashchange", take);
take();
