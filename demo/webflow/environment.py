"""What the product has to be told to use the stand-in instead of Webflow."""

from __future__ import annotations

from demo.webflow.state import object_id

HOST = "127.0.0.1"
CLIENT_ID = object_id("the demo's app") + object_id("of its client id")
CLIENT_SECRET = "only-for-the-demo-" + object_id("the demo's secret")
SAMPLE_PORTS = 7  # the account's own and two for each of its three sites


def environment(port: int) -> dict[str, str]:
    base = f"http://{HOST}:{port}"
    return {
        "WEBFLOW_CLIENT_ID": CLIENT_ID,
        "WEBFLOW_CLIENT_SECRET": CLIENT_SECRET,
        "WEBFLOW_AUTHORIZE_URL": f"{base}/oauth/authorize",
        "WEBFLOW_TOKEN_URL": f"{base}/oauth/access_token",
        "WEBFLOW_REVOKE_URL": f"{base}/oauth/revoke_authorization",
        "WEBFLOW_API_URL": f"{base}/v2",
        "WEBFLOW_DESIGNER_URL": f"{base}/design",
        "WEBFLOW_PICTURES_ORIGIN": base,
    }
