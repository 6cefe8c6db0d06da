// A laboratory's QR code, scanned without the application, leads here. What stands behind # was sent to nobody; it
// leaves the address, so that it stays in no history.
if (location.hash.startsWith("#code=")) {
  history.replaceState(null, "", location.pathname);
  document.querySelector("[data-code]")?.removeAttribute("hidden");
}
