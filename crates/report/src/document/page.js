// What a chart says where it is pointed at or tapped. Without this script the browser's own tooltips say it.
(function () {
  var tip = document.getElementById("tip");
  document.querySelectorAll("rect.hover").forEach(function (region) {
    var title = region.querySelector("title");
    if (!title) return;
    region.setAttribute("data-tip", title.textContent);
    region.setAttribute("aria-label", title.textContent);
    title.remove();
  });
  function show(event) {
    var region = event.target.closest ? event.target.closest("rect.hover") : null;
    if (!region) { tip.hidden = true; return; }
    tip.textContent = region.getAttribute("data-tip");
    tip.hidden = false;
    var x = Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8);
    var y = event.clientY - tip.offsetHeight - 14;
    tip.style.left = Math.max(4, x) + "px";
    tip.style.top = (y < 4 ? event.clientY + 18 : y) + "px";
  }
  document.addEventListener("pointermove", show);
  document.addEventListener("pointerdown", show);
  document.addEventListener("scroll", function () { tip.hidden = true; }, true);
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details").forEach(function (d) { d.open = true; });
  });
})();
