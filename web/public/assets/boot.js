// Starts the workshop. The page reads without it; if it cannot start, it says so.
const show = (name) => document.querySelector(`[data-${name}]`)?.removeAttribute("hidden");
const hide = (name) => document.querySelector(`[data-${name}]`)?.setAttribute("hidden", "");

show("wait");
try {
  const { default: start } = await import("/assets/limpide-web.js");
  await start({ module_or_path: "/assets/limpide-web_bg.wasm" });
} catch (error) {
  hide("wait");
  show("failed");
  console.error(error);
}
