"""The first call, in the words of the shell and of LINE's own SDKs."""

from __future__ import annotations

from emulator.page.parts import command, control

# Made up, and other than what the demonstration of the console brings: trying this out disturbs nothing.
ACCESS_KEY, SECRET_KEY = "AKSAMPLE", "sk-sample"
GROUP, AD_ACCOUNT = "G800000001", "A800000001"
CHANNEL, TOKEN = "@sample", "sample-token"

SIGNED = """\
path=/api/v3/adaccounts/{account}/custom-audiences
b64() {{ openssl base64 -A | tr '+/' '-_' | tr -d '='; }}
head='{{"alg":"HS256","kid":"{key}","typ":"text/plain"}}'
none=$(printf '' | openssl sha256 -r | cut -d' ' -f1)
body=$(printf '%s\\n\\n%s\\n%s' "$none" "$(date -u +%Y%m%d)" "$path" | b64)
sent=$(printf %s "$head" | b64).$body
mac=$(printf %s "$sent" | openssl sha256 -hmac {secret} -binary | b64)
curl --oauth2-bearer "$sent.$mac" \\
  -H "Date: $(LC_ALL=C date -u '+%a, %d %b %Y %T GMT')" \\
  "{url}$path"
"""

PYTHON = """\
from linebot.v3.audience import ApiClient, Configuration, ManageAudience

at = Configuration(
    host="{url}", access_token="{token}"
)
print(ManageAudience(ApiClient(at)).get_audience_groups(page=1))
"""

NODE = """\
import {{ manageAudience }} from "@line/bot-sdk";

const client = new manageAudience.ManageAudienceClient({{
  baseURL: "{url}",
  channelAccessToken: "{token}",
}});
console.log(await client.getAudienceGroups(1));
"""


def words(url: str) -> dict[str, str]:
    """What the frame leaves open: the address, and commands that hold it."""
    sample = {"url": url, "key": ACCESS_KEY, "secret": SECRET_KEY, "account": AD_ACCOUNT, "token": TOKEN}
    return {
        "url": url,
        "first": command(first_call(url)),
        "signed": command(SIGNED.format(**sample).rstrip()),
        "python": command(PYTHON.format(**sample).rstrip()),
        "node": command(NODE.format(**sample).rstrip()),
    }


def first_call(url: str) -> str:
    return "\n".join([key_command(url), channel_command(url), list_command(url)])


def key_command(url: str) -> str:
    account = {"id": AD_ACCOUNT, "name": "Sample Shop"}
    return control(
        url,
        f"keys/{ACCESS_KEY}",
        {"secret_key": SECRET_KEY, "group": GROUP, "ad_accounts": [account]},
        put=True,
    )


def channel_command(url: str) -> str:
    return control(url, f"channels/{CHANNEL}", {"channel_access_token": TOKEN}, put=True)


def list_command(url: str) -> str:
    return f"curl --oauth2-bearer {TOKEN} \\\n  '{url}/v2/bot/audienceGroup/list?page=1'"
