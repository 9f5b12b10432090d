/* The two behaviours of this site: the menu on small screens, and sections that come in when they are reached. */
(function () {
  "use strict";
  var button = document.querySelector(".w-nav-button");
  var menu = document.querySelector(".w-nav-menu");
  function toggle() {
    var open = menu.classList.toggle("w--open");
    button.classList.toggle("w--open", open);
    button.setAttribute("aria-expanded", String(open));
  }
  if (button && menu) {
    button.addEventListener("click", toggle);
    button.addEventListener("keydown", function (event) {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); toggle(); }
    });
  }
  var hidden = document.querySelectorAll(".reveal");
  var seen = new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) { if (entry.isIntersecting) { entry.target.classList.add("is-in"); } });
  });
  hidden.forEach(function (element) { seen.observe(element); });
})();
