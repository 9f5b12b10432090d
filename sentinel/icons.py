"""The icon set: strokes on a 20 × 20 grid; severity marks on 16 × 16, told by their shape, not by their colour."""

ICONS = {
    "accessibility": (
        '<circle cx="10" cy="4" r="1.6"/><path d="M4 7.5c4 1.3 8 1.3 12 0M8 8.3v3.2L6.5 17M12 8.3v3.2l1.5 '
        '5.5M8 11.5h4"/>'
    ),
    "arrow-left": '<path d="M16 10H4m5-5-5 5 5 5"/>',
    "arrow-right": '<path d="M4 10h12m-5-5 5 5-5 5"/>',
    "check": '<path d="m4 10.5 4 4 8-9"/>',
    "chevron-down": '<path d="m5 8 5 5 5-5"/>',
    "chevron-right": '<path d="m8 5 5 5-5 5"/>',
    "clock": '<circle cx="10" cy="10" r="7"/><path d="M10 6v4.2l2.8 1.8"/>',
    "content": '<path d="M4 5h12M4 10h12M4 15h7"/>',
    "custom": '<path d="M5 17V3.5M5 4h10.5l-2.5 3.7 2.5 3.8H5"/>',
    "desktop": '<rect x="2.5" y="3.5" width="15" height="10" rx="1.5"/><path d="M7 17h6M10 13.5V17"/>',
    "download": '<path d="M10 3v10m-4-4 4 4 4-4M4 17h12"/>',
    "external": '<path d="M8 5H5v10h10v-3M11 4h5v5M16 4l-7 7"/>',
    "eye-off": '<path d="M3 10s2.5-5 7-5c1 0 2 .2 2.8.6M17 10s-2.5 5-7 5c-1 0-2-.2-2.8-.6M4 16 16 4"/>',
    "filter": '<path d="M3 5h14M6 10h8M9 15h2"/>',
    "forms": '<rect x="3" y="4" width="14" height="5" rx="1"/><rect x="3" y="12" width="8" height="4" rx="1"/>',
    "gear": (
        '<circle cx="10" cy="10" r="2.6"/><path d="M10 2.8v2.4m0 9.6v2.4M2.8 10h2.4m9.6 0h2.4M4.9 4.9l1.7 '
        '1.7m6.8 6.8 1.7 1.7m0-10.2-1.7 1.7m-6.8 6.8-1.7 1.7"/>'
    ),
    "globe": (
        '<circle cx="10" cy="10" r="7"/><path d="M3 10h14M10 3c2.4 2.2 3 4.5 3 7s-.6 4.8-3 '
        '7c-2.4-2.2-3-4.5-3-7s.6-4.8 3-7"/>'
    ),
    "help": '<circle cx="10" cy="10" r="7"/><path d="M8 8.2c.1-2.6 4.2-2.4 4 0-.1 1.5-2 1.6-2 3.3M10 14h.01"/>',
    "images": (
        '<rect x="3" y="4" width="14" height="12" rx="1.5"/><circle cx="7" cy="8" r="1.2"/><path d="m4 15 '
        '4.5-4.5 2.5 2.5 2-2 3.5 3.5"/>'
    ),
    "info": '<circle cx="10" cy="10" r="7"/><path d="M10 9.5V14M10 6.5h.01"/>',
    "javascript": '<path d="M7 4c-2.5 0-1 5-3.5 6 2.5 1 1 6 3.5 6M13 4c2.5 0 1 5 3.5 6-2.5 1-1 6-3.5 6"/>',
    "layout": '<rect x="3" y="3.5" width="14" height="13" rx="1.5"/><path d="M3 8h14M8 8v8.5"/>',
    "links": (
        '<path d="M8.5 11.5a3 3 0 0 0 4.3 0l3-3a3 3 0 0 0-4.3-4.3l-1 1M11.5 8.5a3 3 0 0 0-4.3 0l-3 3a3 3 0 0 '
        '0 4.3 4.3l1-1"/>'
    ),
    "lock": '<rect x="4" y="9" width="12" height="8" rx="1.5"/><path d="M7 9V6.5a3 3 0 0 1 6 0V9"/>',
    "log-out": '<path d="M12 6V4H4v12h8v-2M8 10h9m-3-3 3 3-3 3"/>',
    "mail": '<rect x="2.5" y="4.5" width="15" height="11" rx="1.5"/><path d="m3 6 7 5 7-5"/>',
    "menu": '<path d="M3 6h14M3 10h14M3 14h14"/>',
    "metadata": '<path d="M10.5 3H17v6.5L9.5 17 3 10.5 10.5 3Z"/><circle cx="13.5" cy="6.5" r="1"/>',
    "minus": '<path d="M4 10h12"/>',
    "monitor": '<rect x="2.5" y="3.5" width="15" height="10" rx="1.5"/><path d="M7 17h6"/>',
    "moon": '<path d="M16 11.5A6.5 6.5 0 0 1 8.5 4a6.5 6.5 0 1 0 7.5 7.5Z"/>',
    "more": '<path d="M4.5 10h.01M10 10h.01M15.5 10h.01"/>',
    "pages": '<path d="M6 3h6l4 4v10H6zM12 3v4h4"/>',
    "pause": '<path d="M7 4.5v11M13 4.5v11"/>',
    "performance": '<path d="M3.5 14a7 7 0 1 1 13 0M10 12.5l3-4"/>',
    "phone": '<rect x="6" y="2.5" width="8" height="15" rx="1.5"/><path d="M9.5 15h1"/>',
    "play": '<path d="m6 4 10 6-10 6z"/>',
    "plus": '<path d="M10 4v12M4 10h12"/>',
    "refresh": '<path d="M16 8a6.3 6.3 0 0 0-11-2L3.5 8M4 12a6.3 6.3 0 0 0 11 2l1.5-2M3.5 4v4h4M16.5 16v-4h-4"/>',
    "resources": '<path d="m10 3 6.5 3.5v7L10 17l-6.5-3.5v-7zM3.5 6.5 10 10l6.5-3.5M10 10v7"/>',
    "search": '<circle cx="9" cy="9" r="5.5"/><path d="m13.5 13.5 3.5 3.5"/>',
    "security": '<path d="M10 2.5 16 5v4.5c0 4-2.5 6.5-6 8-3.5-1.5-6-4-6-8V5z"/>',
    "site": '<path d="M10 3v4M4 17v-4h12v4M10 7v6"/><rect x="7.5" y="2.5" width="5" height="4.5" rx="1"/>',
    "stop": '<rect x="5" y="5" width="10" height="10" rx="1.5"/>',
    "sun": (
        '<circle cx="10" cy="10" r="3.2"/><path d="M10 2.5v2M10 15.5v2M2.5 10h2M15.5 10h2M4.7 4.7l1.4 '
        '1.4M13.9 13.9l1.4 1.4M4.7 15.3l1.4-1.4M13.9 6.1l1.4-1.4"/>'
    ),
    "tablet": '<rect x="4" y="2.5" width="12" height="15" rx="1.5"/><path d="M9.5 15h1"/>',
    "trash": '<path d="M3.5 5.5h13M8 5.5V3.5h4v2M5.5 5.5l.7 11h7.6l.7-11M8.5 8.5v5M11.5 8.5v5"/>',
    "undo": '<path d="M7 4 3.5 7.5 7 11M4 7.5h8a4 4 0 0 1 0 8H8"/>',
    "user": '<circle cx="10" cy="7" r="3.2"/><path d="M3.5 17c.8-3.5 3.5-5 6.5-5s5.7 1.5 6.5 5"/>',
    "visual": '<path d="M2.5 10S5 5 10 5s7.5 5 7.5 5-2.5 5-7.5 5-7.5-5-7.5-5Z"/><circle cx="10" cy="10" r="2.3"/>',
    "warning": '<path d="M10 3.5 17.5 16.5h-15zM10 8.5v3.5M10 14.2h.01"/>',
    "webflow": '<path d="m2.5 6 2.5 8.5L8.5 6l2.5 8.5L17.5 6M8.5 6h0"/>',
    "x": '<path d="m5 5 10 10M15 5 5 15"/>',
}

MARKS = {
    "critical": '<path d="M5 .8h6L15.2 5v6L11 15.2H5L.8 11V5z"/><path class="mark-cut" d="M8 4v5M8 11.8v.2"/>',
    "serious": '<path d="M8 1.2 15.6 14.8H.4z"/><path class="mark-cut" d="M8 6v4M8 12.5v.1"/>',
    "moderate": '<path d="M8 .7 15.3 8 8 15.3.7 8z"/>',
    "minor": '<circle cx="8" cy="8" r="6"/>',
    "info": '<circle cx="8" cy="8" r="3"/>',
}
