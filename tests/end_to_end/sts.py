"""STS as a job finds it: moto answers, behind the rules that moto does not know, and the calls that
take a role are recorded. The same server has GitHub's tokens and a runner's own credentials."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse
from urllib.request import Request, urlopen

import boto3
from world import REGION

CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
AUDIENCE = "sts.amazonaws.com"
# A session that takes a role, which is chaining, gets an hour at most:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html (role chaining).
CHAINED_SECONDS = 3600


def credentials_of(answer: dict) -> dict:
    """The environment with the credentials that a call which took a role answered."""
    names = "AccessKeyId", "SecretAccessKey", "SessionToken"
    return dict(zip(CREDENTIALS, (answer["Credentials"][name] for name in names)))


class Sts:
    """A server on loopback in front of moto's, at `url`; `roles` are the calls that took a role."""

    def __init__(self, moto: str):
        self.moto, self.roles, self.tokens, self.own = moto, [], {}, {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def may_sign_in(self) -> dict:
        """The environment of a job with `id-token: write`."""
        return {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.url}/token?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of-the-job",
        }

    def own_role(self, role: str) -> dict:
        """The environment of a self-hosted runner that has a role of its own."""
        self.own = self.session(role)
        return {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{self.url}/own"}

    def session(self, role: str) -> dict:
        """The environment of a session of a role, which is not recorded."""
        client = boto3.Session("any", "any", region_name=REGION).client("sts", endpoint_url=self.moto)
        session = credentials_of(client.assume_role(RoleArn=role, RoleSessionName="earlier"))
        self.tokens[session[CREDENTIALS[0]]] = session[CREDENTIALS[2]]
        return session

    def refusal(self, call: dict, key: str, token: str) -> tuple:
        """The code and the message by which AWS refuses a call; empty where it does not."""
        action = call["Action"]
        if action == "AssumeRoleWithWebIdentity":
            if call["WebIdentityToken"] != f"token for {AUDIENCE}":
                return "InvalidIdentityToken", "Incorrect token audience"
        elif token != self.tokens.get(key, ""):
            return "InvalidClientTokenId", "The security token included in the request is invalid."
        elif action == "AssumeRole" and token:
            if int(call.get("DurationSeconds", 0)) > CHAINED_SECONDS:
                return "ValidationError", "DurationSeconds exceeds the 1 hour limit of role chaining"
        if "RoleArn" in call and not call["RoleArn"].startswith("arn:"):
            return "ValidationError", f"{call['RoleArn']} is invalid"
        return ()

    def handler(sts):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                address = urlparse(self.path)
                if address.path == "/token":
                    audience = parse_qs(address.query).get("audience", ["the owner"])[0]
                    self.answer(200, json.dumps({"value": f"token for {audience}"}).encode())
                elif address.path == "/own":
                    shown = dict(zip(("AccessKeyId", "SecretAccessKey", "Token"), sts.own.values()))
                    shown["Expiration"] = "2099-01-01T00:00:00Z"
                    self.answer(200, json.dumps(shown).encode())
                else:
                    self.answer(404, b"")

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                call = {name: values[0] for name, values in parse_qs(body.decode()).items()}
                found = re.search(r"Credential=(\w+)/", self.headers.get("Authorization", ""))
                key = found[1] if found else ""
                refusal = sts.refusal(call, key, self.headers.get("X-Amz-Security-Token", ""))
                if refusal:
                    code, message = (f"<{name}>{of}</{name}>" for name, of in zip(("Code", "Message"), refusal))
                    text = f"<ErrorResponse><Error>{code}{message}</Error></ErrorResponse>"
                    self.answer(403, text.encode())
                    return
                headers = {
                    name: value
                    for name, value in self.headers.items()
                    if name.lower() in ("authorization", "content-type", "x-amz-date")
                }
                # It is how moto knows the service of a call that is not signed.
                headers["Host"] = "sts.us-east-1.amazonaws.com"
                with urlopen(Request(sts.moto, body, headers)) as answered:
                    text = answered.read().decode()
                if "RoleArn" in call:
                    part = lambda name: re.search(f"<{name}>(.*?)</{name}>", text)[1]
                    sts.tokens[part("AccessKeyId")] = part("SessionToken")
                    names = "Action", "RoleArn", "RoleSessionName", "DurationSeconds"
                    sts.roles.append((key, *(call.get(name) for name in names)))
                self.answer(200, text.encode())

            def answer(self, status: int, content: bytes):
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        return Handler
