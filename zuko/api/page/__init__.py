"""The page to try the service with: `GET /`, and what it loads.

    static/index.html ─> page.js, bundled of scripts/page/src/: main.js ─> run.js, judge.js, submissions.js
                                                                └─> program.js, api.js, dom.js, editor.js (CodeMirror)

It asks nothing of other hosts and works with the policy that `routes` sends along: no inline script or style, requests
to this service alone. What programs print becomes text, in `dom.js`.
"""

from zuko.api.page.routes import router

__all__ = ["router"]
