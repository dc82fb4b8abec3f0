"""Checks that print a line each, refusals, waiting, and raw calls for what the client itself would not send."""

import json
import time
import urllib.error
import urllib.request

from azure.core.exceptions import HttpResponseError
from azure.core.pipeline.policies import SansIOHTTPPolicy
from pydo import Client

# Marks a request that leaves the published contract on purpose; its reply still has to keep it.
ON_PURPOSE = "x-off-contract"
# Longest wait for anything, in seconds of the script's own clock, and the pause between two looks.
PATIENCE, PAUSE = 60.0, 0.05


class Bearer(SansIOHTTPPolicy):
    """The token on plain HTTP, which pydo's own policy keeps for TLS; loopback has none."""

    def __init__(self, token):
        self.token = token

    def on_request(self, request):
        request.http_request.headers["Authorization"] = f"Bearer {self.token}"


def client_of(url, token):
    """A pydo client that does not retry: what is refused is refused."""
    return Client(token=token, endpoint=url, authentication_policy=Bearer(token), retry_total=0)


class Failed(Exception):
    """A check that did not hold."""


class Checks:
    def __init__(self, url, token, scoped_token):
        self.url, self.token, self.scoped_token = url.rstrip("/"), token, scoped_token
        self.count, self.part, self.last = 0, "", ""

    def of(self, part):
        self.part = part
        return self

    def that(self, what, holds, seen=None):
        """Fails with what was seen unless `holds`."""
        self.last = what
        if not holds:
            raise Failed(f"{what}; saw {seen!r}")
        self.count += 1
        print(f"ok {self.part}: {what}", flush=True)

    def equal(self, what, seen, wanted):
        self.that(what, seen == wanted, {"seen": seen, "wanted": wanted})

    def fields(self, what, document, **wanted):
        """Each field named has the value given."""
        missing = [name for name in wanted if name not in document]
        self.that(f"{what} has {', '.join(wanted)}", not missing, {"missing": missing, "document": document})
        wrong = {name: document[name] for name, value in wanted.items() if document[name] != value}
        self.that(f"{what} says what was asked", not wrong, {"wrong": wrong, "wanted": wanted})

    def listed(self, what, items, key, value):
        """Exactly one of the items has that key, and is returned."""
        found = [item for item in items if item.get(key) == value]
        self.equal(f"{what} is listed once", len(found), 1)
        return found[0]

    def refused(self, what, statuses, call, *arguments, off_contract=False, **more):
        """The call is refused with one of these statuses and a body of `id`, `message` and `request_id`."""
        if off_contract:
            more["headers"] = {ON_PURPOSE: "1"}
        statuses = statuses if isinstance(statuses, tuple) else (statuses,)
        try:
            reply = call(*arguments, **more)
            # pydo answers 404 (and other declared statuses) with the error's body instead of raising.
            if not (isinstance(reply, dict) and set(reply) >= {"id", "message"} and "request_id" in reply):
                raise Failed(f"{what}: accepted, with {reply!r}")
            status, body = STATUS_OF_ID.get(reply["id"], 0), reply
        except HttpResponseError as error:
            status, body = error.status_code, error_body(error)
            if status == 429 and "retry-after" not in error.response.headers:
                raise Failed(f"{what}: 429 without retry-after")
        self.that(f"{what} is refused with {' or '.join(map(str, statuses))}", status in statuses, (status, body))
        wanted = {"id", "message", "request_id"}
        if not (isinstance(body, dict) and set(body) == wanted and all(isinstance(text, str) and text for text in body.values())):
            raise Failed(f"{what}: a refusal has {sorted(wanted)}; saw {body!r}")
        return body

    def gone(self, what, call, *arguments):
        self.refused(f"{what} that is gone", 404, call, *arguments)

    def until(self, what, look):
        """Looks again and again until `look` answers with something true, which is returned."""
        self.last = what
        end = time.monotonic() + PATIENCE
        while True:
            seen = look()
            if seen:
                self.that(what, True)
                return seen
            if time.monotonic() > end:
                raise Failed(f"{what}: not within {PATIENCE:.0f} s")
            time.sleep(PAUSE)

    def until_accepted(self, what, call, *arguments):
        """Calls until it is not refused any more."""

        def look():
            try:
                reply = call(*arguments)
            except HttpResponseError:
                return None
            refused = isinstance(reply, dict) and set(reply) >= {"id", "message", "request_id"}
            return None if refused else ("accepted", reply)

        return self.until(what, look)[1]

    def raw(self, method, path, body=None, on_purpose=False):
        """Status and body (JSON, or else text) of a call without the client."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method)
        request.add_header("authorization", f"Bearer {self.token}")
        if data is not None:
            request.add_header("content-type", "application/json")
        if on_purpose:
            request.add_header(ON_PURPOSE, "1")
        try:
            with urllib.request.urlopen(request) as reply:
                return reply.status, parsed(reply.read())
        except urllib.error.HTTPError as error:
            return error.code, parsed(error.read())


STATUS_OF_ID = {"not_found": 404, "conflict": 409, "unprocessable_entity": 422, "bad_request": 400, "forbidden": 403,
                "precondition_failed": 412, "too_many_requests": 429, "unauthorized": 401}


def parsed(data):
    try:
        return json.loads(data)
    except ValueError:
        return data.decode()


def error_body(error):
    try:
        return error.response.json()
    except ValueError:
        return None


def pages(call, key, per_page=2, **more):
    """Every item of every page, and the number of pages that the client walked."""
    items, page = [], 1
    while True:
        reply = call(per_page=per_page, page=page, **more)
        items += reply[key]
        if not reply.get("links", {}).get("pages", {}).get("next"):
            return items, page, reply["meta"]["total"]
        page += 1
