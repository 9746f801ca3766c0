"""Colours and letters of the picture; the page's preference decides between light and dark."""

STYLE = """
:root{--page:#fff;--ink:#1f2328;--soft:#59636e;--edge:#d1d9e0;--card:#fff;--whole:#f6f8fa;
--data:#0969da;--other:#818b98;--flow:#ddf4ff;--flow-edge:#54aeff;--batch:#fbefff;--batch-edge:#c297ff;
--serve:#dafbe1;--serve-edge:#4ac26b;--bronze:#b0713c;--silver:#8c959f;--gold:#d4a72c}
@media (prefers-color-scheme:dark){:root{--page:#0d1117;--ink:#f0f6fc;--soft:#9198a1;--edge:#3d444d;
--card:#151b23;--whole:#151b23;--data:#4493f8;--other:#7d8590;--flow:#0c2d6b55;--flow-edge:#1f6feb;
--batch:#3c1e7055;--batch-edge:#8957e5;--serve:#03392566;--serve-edge:#238636;--bronze:#c98a54;
--silver:#9aa4af;--gold:#d9a520}}
text{font:13px -apple-system,BlinkMacSystemFont,"Segoe UI","Noto Sans",Helvetica,Arial,sans-serif;
fill:var(--ink);text-anchor:middle}
.page{fill:var(--page);stroke:var(--edge)}
.heading{font-size:18px;font-weight:600;text-anchor:start}
.legend{font-size:12px;fill:var(--soft);text-anchor:start}
.box{fill:var(--card);stroke:var(--edge);stroke-width:1.5}
rect.whole,.strip{fill:var(--whole);stroke:var(--edge)}
text.whole{font-weight:600;fill:var(--soft);text-anchor:start}
.collect,.stream,.process{--tint:var(--flow);--rim:var(--flow-edge)}
.batch{--tint:var(--batch);--rim:var(--batch-edge)}
.serve{--tint:var(--serve);--rim:var(--serve-edge)}
.box.collect,.box.stream,.box.process,.box.batch,.box.serve{fill:var(--tint);stroke:var(--rim)}
.box.bronze{stroke:var(--bronze);stroke-width:3}
.box.silver{stroke:var(--silver);stroke-width:3}
.box.gold{stroke:var(--gold);stroke-width:3}
.title{font-size:15px;font-weight:600}
.note{font-size:12.5px}
.services{font-size:11px;fill:var(--soft)}
rect.visitor{fill:none;stroke:var(--soft);stroke-dasharray:4 3}
.line{fill:none;stroke-width:2}
.line.data{stroke:var(--data)}
.line.describes,.line.uses{stroke:var(--other);stroke-width:1.5;stroke-dasharray:5 4}
.line.uses{stroke-dasharray:2 3}
.line.starts{stroke:var(--batch-edge);stroke-dasharray:8 4}
.head.data{fill:var(--data)}
.head.starts{fill:var(--batch-edge)}
.head.describes,.head.uses{fill:var(--other)}
.label{font-size:12px;fill:var(--soft);stroke:var(--page);stroke-width:5px;stroke-linejoin:round;
paint-order:stroke}
"""
