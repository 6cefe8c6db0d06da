"""A phone that was written from the description of the API alone: `phone.py ADDRESS`.

It reads /api/openapi.json, checks its own arithmetic with the bytes that stand there, and then two of them meet in a demo
realm: they register, say and hear HELLOs, one reports with a code, the other learns of it, deletes and leaves.
"""

import base64
import hashlib
import hmac
import json
import re
import sys
import urllib.error
import urllib.request

from primitives import draw_secret, multiply, octets_of, open_sealed, point_of

SPKI = base64.b64decode("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE")[:-1]
STATUS, UNREGISTER, DELETE = b"\x02", b"\x03", b"\x04"
NTP, START, EPOCH = 2_208_988_800, 1_590_969_600, 900


def b64(octets):
    return base64.b64encode(octets).decode()


def mac(key, message):
    return hmac.digest(key, message, "sha256")


def public(secret):
    return b64(SPKI + octets_of(multiply(secret)))


def agree(secret, server):
    """The seal key and the tuple key."""
    der = base64.b64decode(server, validate=True)
    assert der.startswith(SPKI)
    shared = multiply(secret, point_of(der[len(SPKI) :]))[0].to_bytes(32, "big")
    return mac(shared, b"mac"), mac(shared, b"tuples")


def read_tuples(key, tuples):
    """The pseudonyms: (ebid, ecc) by epoch."""
    plain = json.loads(open_sealed(key, base64.b64decode(tuples, validate=True)))
    keys = {one["epochId"]: one["key"] for one in plain}
    return {n: (base64.b64decode(k["ebid"]), base64.b64decode(k["ecc"])) for n, k in keys.items()}


def say(key, ebid, ecc, ntp):
    """The HELLO of this second."""
    said = ecc + ebid + (ntp % 2**16).to_bytes(2, "big")
    return said + mac(key, b"\x01" + said)[:5]


def seal(key, kind, epoch, ebid, ntp):
    """A request of this kind."""
    time = (ntp % 2**32).to_bytes(4, "big")
    sealed = mac(key, kind + ebid + epoch.to_bytes(4, "big") + time)
    return {"ebid": b64(ebid), "epochId": epoch, "time": b64(time), "mac": b64(sealed)}


def work(parameters):
    """The counter and the key of a SHA-256 challenge."""
    assert parameters["algorithm"] == "SHA-256", "Python's library has no Argon2"
    nonce, salt = bytes.fromhex(parameters["nonce"]), bytes.fromhex(parameters["salt"])
    for counter in range(2**32):
        key = salt + nonce + counter.to_bytes(4, "big")
        for _ in range(parameters["cost"]):
            key = hashlib.sha256(key).digest()
        if key[: parameters["keyLength"]].hex().startswith(parameters["keyPrefix"]):
            return {"counter": counter, "derivedKey": key[: parameters["keyLength"]].hex()}


def solve(challenge):
    payload = {"challenge": challenge, "solution": work(challenge["parameters"])}
    return b64(json.dumps(payload).encode())


class Server:
    """The server, as its description says it is."""

    def __init__(self, address):
        self.address, self.session = address, None
        with urllib.request.urlopen(f"{address}/api/openapi.json", timeout=60) as answer:
            self.description = json.load(answer)
        paths = self.description["paths"].items()
        calls = [(path, method, call) for path, item in paths for method, call in item.items()]
        self.calls = {call["operationId"]: (path, method) for path, method, call in calls}

    def ask(self, operation, body=None):
        """The status code, and the JSON of a body that there is."""
        path, method = self.calls[operation]
        url = self.address + path.replace("{session}", self.session or "")
        sent = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} if sent else {}
        request = urllib.request.Request(url, sent, headers, method=method.upper())
        try:
            answer = urllib.request.urlopen(request, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            said = answer.read()
        return answer.status, json.loads(said) if said else None

    def get(self, operation, body=None):
        """What is answered, which must be no refusal."""
        status, said = self.ask(operation, body)
        assert 200 <= status < 300, (operation, status, said)
        return said

    def enter(self):
        """Opens a demo realm, for a proof of work if there are few."""
        status, said = self.ask("openDemo", {})
        if status == 429:
            said = self.get("openDemo", {"captcha": solve(said["challenge"])})
        self.session = said["session"]

    def now(self, later=0):
        """The realm's time in NTP seconds, so many seconds later; what waits is delivered."""
        said = self.get("moveClock", {"advanceSeconds": later})
        while said.get("settled") is False:
            said = self.get("moveClock", {"advanceSeconds": 0})
        return said["now"] + NTP

    def bytes(self, what):
        """Bytes to check with, by what they are."""
        text = self.description["info"]["description"]
        return re.search(rf"^\| {re.escape(what)} \| `(.*)` \|$", text, re.MULTILINE)[1]


def epoch_at(ntp):
    return (ntp - NTP - START) // EPOCH


class Phone:
    """What a phone keeps: two keys, its pseudonyms, and what it heard."""

    def __init__(self, server):
        self.server, self.heard = server, []
        secret, captcha = draw_secret(), server.get("demoCaptcha")
        asked = {
            "captcha": solve(captcha["challenge"]),
            "captchaId": captcha["captchaId"],
            "clientPublicECDHKey": public(secret),
        }
        answer = server.get("demoRegister", asked)
        self.seal_key, self.tuple_key = agree(secret, server.get("demoKeys")["registration"])
        self.pseudonyms = read_tuples(self.tuple_key, answer["tuples"])
        # Its answer was lost, and it asks again: the account is there, for nobody.
        assert server.ask("demoRegister", asked) == (401, None)

    def say(self, ntp):
        ebid, ecc = self.pseudonyms[epoch_at(ntp)]
        return say(self.seal_key, ebid, ecc, ntp)

    def sealed(self, kind, ntp):
        newest = max(self.pseudonyms)
        epoch = epoch_at(ntp) if kind == STATUS and epoch_at(ntp) in self.pseudonyms else newest
        return seal(self.seal_key, kind, epoch, self.pseudonyms[epoch][0], ntp)

    def ask(self):
        """Whether its owner is at risk; nothing when that was asked too lately."""
        status, said = self.server.ask("demoStatus", self.sealed(STATUS, self.server.now()))
        if status == 400:
            assert said is None
            return None
        assert status == 200, (status, said)
        self.pseudonyms = read_tuples(self.tuple_key, said["tuples"])
        return said["riskLevel"] > 0

    def contacts(self):
        """What it heard, by pseudonym."""
        met = {}
        for hello, ntp, level in self.heard:
            ids = met.setdefault((hello[1:9], hello[:1]), [])
            sent = int.from_bytes(hello[9:11], "big")
            ids.append({
                "timeCollectedOnDevice": ntp % 2**32,
                "timeFromHelloMessage": sent,
                "mac": b64(hello[11:]),
                "rssiCalibrated": level,
            })
        contact = lambda ebid, ecc, ids: {"ebid": b64(ebid), "ecc": b64(ecc), "ids": ids}
        return [contact(ebid, ecc, ids) for (ebid, ecc), ids in met.items()]


def check(server):
    """This arithmetic against the bytes of the description."""

    def is_said(made, what):
        assert made == server.bytes(what), (what, made)

    secret = int(server.bytes("the phone's secret"), 16)
    is_said(public(secret), "its public key")
    seal_key, tuple_key = agree(secret, server.bytes("the server's public key"))
    is_said(seal_key.hex(), "the seal key")
    is_said(mac(bytes.fromhex(server.bytes("the shared secret")), b"mac").hex(), "the seal key")
    is_said(tuple_key.hex(), "the tuple key")
    plain = open_sealed(tuple_key, base64.b64decode(server.bytes("`tuples`")))
    is_said(plain.decode(), "their plaintext")
    ntp, (ebid, ecc) = 3_860_128_000, read_tuples(tuple_key, server.bytes("`tuples`"))[66_855]
    is_said(say(seal_key, ebid, ecc, ntp).hex(), "the HELLO")
    for kind, what in [
        (STATUS, "its `mac`"),
        (UNREGISTER, "`mac` of `unregister`"),
        (DELETE, "`mac` of `deleteExposureHistory`"),
    ]:
        is_said(seal(seal_key, kind, 66_855, ebid, ntp)["mac"], what)
    parameters = {"algorithm": "SHA-256", "cost": 1, "keyPrefix": "0000", "keyLength": 32}
    solved = work({**parameters, "nonce": "a5" * 16, "salt": "5a" * 16})
    what = "`SHA-256`, cost 1, nonce 16 × a5, salt 16 × 5a, prefix `0000`: counter"
    is_said(solved["derivedKey"], f"{what} {solved['counter']}")


def main(address):
    server = Server(address)
    check(server)
    server.enter()
    sylvie, johanna = Phone(server), Phone(server)
    # They sit together for twenty minutes, from the start of an epoch on.
    begin = (epoch_at(server.now()) + 1) * EPOCH + START + NTP
    for ntp in range(begin, begin + 1_200, 10):
        johanna.heard.append((sylvie.say(ntp), ntp, -45))
    server.now(begin + 3_600 - server.now())
    assert sylvie.ask() is False
    code = server.get("handOutCode", {"kind": "short"})["code"]
    report = {"token": code, "contacts": johanna.contacts()}
    # The first answer was lost, so the same report is sent again. Then comes another.
    for _ in range(2):
        assert server.get("demoReport", report)["success"]
    assert server.ask("demoReport", {**report, "contacts": []})[0] == 401
    assert sylvie.ask() is None, "asked twice in one epoch"
    server.now(2 * EPOCH)
    assert (sylvie.ask(), johanna.ask()) == (True, False)
    for _ in range(2):
        assert server.get("demoDeleteExposureHistory", sylvie.sealed(DELETE, server.now()))["success"]
    server.now(2 * EPOCH)
    assert sylvie.ask() is True, "an alert does not end by it"
    assert server.get("demoUnregister", sylvie.sealed(UNREGISTER, server.now()))["success"]
    for operation, kind in ("demoUnregister", UNREGISTER), ("demoStatus", STATUS):
        assert server.ask(operation, sylvie.sealed(kind, server.now())) == (430, None)
    server.get("endDemo")
    print("written from the description alone: registered, met, reported, alerted, deleted, left")


if __name__ == "__main__":
    main(sys.argv[1])
