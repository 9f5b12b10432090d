"""What well-known libraries say of their version, asked in the page's own world, where alone they are.

There everything may be a trap, so one expression reads a few properties and no more: V8 ends it when reading has an
effect or takes long, and only short texts come back. They are the page's own words.
"""

from __future__ import annotations

ANSWER_MS = 100
_READS = {
    "jquery": "w.jQuery.fn.jquery",
    "jquery-ui": "w.jQuery.ui.version",
    "bootstrap": "(w.bootstrap ? w.bootstrap.Tooltip : w.jQuery.fn.tooltip.Constructor).VERSION",
    "lodash": "w._.forOwn ? w._.VERSION : ''",
    "underscore": "w._.forOwn ? '' : w._.VERSION",
    "angularjs": "w.angular.version.full",
    "moment": "w.moment.version",
    "handlebars": "w.Handlebars.VERSION",
    "dompurify": "w.DOMPurify.version",
    "axios": "w.axios.VERSION",
    "knockout": "w.ko.version",
    "mustache": "w.Mustache.version",
    "highcharts": "w.Highcharts.version",
    "video.js": "w.videojs.VERSION",
    "pdf.js": "w.pdfjsLib.version",
    "jszip": "w.JSZip.version",
    "chart.js": "w.Chart.version",
}
NAMES = tuple(_READS)
_ANSWERS = ", ".join(f"told(() => {read})" for read in _READS.values())
EXPRESSION = f"""(() => {{
  const w = globalThis;
  const told = (read) => {{
    try {{ const v = read(); return typeof v === "string" && v.length <= 40 ? v : ""; }} catch {{ return ""; }}
  }};
  return [{_ANSWERS}];
}})()"""
