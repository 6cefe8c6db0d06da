"""P-256 and AES-256-GCM, which Python's own library lacks: as SEC 1, FIPS 197 and SP 800-38D have them.

For tests alone: it is slow, and takes another time for another key.
"""

import secrets

# P-256 (SEC 2, 2.4.2): the field, the curve's b, the order and the base point.
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
BASE = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)


def add(one, other):
    """The sum of two points; None is the point at infinity."""
    if one is None or other is None:
        return one or other
    (x, y), (u, v) = one, other
    if x == u and (y + v) % P == 0:
        return None
    slope = (3 * x * x - 3) * pow(2 * y, -1, P) if one == other else (v - y) * pow(u - x, -1, P)
    w = (slope * slope - x - u) % P
    return w, (slope * (x - w) - y) % P


def multiply(scalar, point=BASE):
    """The scalar-fold of a point."""
    total = None
    while scalar:
        if scalar & 1:
            total = add(total, point)
        point, scalar = add(point, point), scalar >> 1
    return total


def draw_secret():
    """A secret: 1 to the order less 1."""
    return 1 + secrets.randbelow(ORDER - 1)


def point_of(octets):
    """The point that 04, X and Y say, which must be on the curve."""
    x, y = int.from_bytes(octets[1:33], "big"), int.from_bytes(octets[33:], "big")
    assert len(octets) == 65 and octets[0] == 4 and (y * y - x**3 + 3 * x - B) % P == 0
    return x, y


def octets_of(point):
    """04, X and Y."""
    return b"\x04" + b"".join(number.to_bytes(32, "big") for number in point)


def double(byte):
    """Twice a byte in the field of AES."""
    return byte << 1 ^ (0x11B if byte & 0x80 else 0)


def substitutions():
    """The S-box: p runs through the powers of 3, q through those of its inverse."""
    box, p, q = [0x63] * 256, 1, 1
    while True:
        p ^= double(p)
        for shift in 1, 2, 4:
            q = (q ^ q << shift) & 0xFF
        q ^= 0x09 if q & 0x80 else 0
        turned = q
        for turn in 1, 2, 3, 4:
            turned ^= (q << turn | q >> 8 - turn) & 0xFF
        box[p] = turned ^ 0x63
        if p == 1:
            return box


SBOX = substitutions()


def round_keys(key):
    """The fifteen round keys of AES-256."""
    words, constant = [list(key[at : at + 4]) for at in range(0, 32, 4)], 1
    for at in range(8, 60):
        word = words[-1]
        if at % 8 == 0:
            word = [SBOX[byte] for byte in word[1:] + word[:1]]
            word[0] ^= constant
            constant = double(constant)
        elif at % 8 == 4:
            word = [SBOX[byte] for byte in word]
        words.append([one ^ other for one, other in zip(word, words[-8])])
    return [sum(words[at : at + 4], []) for at in range(0, 60, 4)]


def encrypt(keys, block):
    """One block under these round keys."""
    state = [one ^ other for one, other in zip(block, keys[0])]
    for number, key in enumerate(keys[1:], 1):
        state = [SBOX[state[(at + 4 * (at % 4)) % 16]] for at in range(16)]
        if number < 14:
            mixed = []
            for at in range(0, 16, 4):
                column = state[at : at + 4]
                every = column[0] ^ column[1] ^ column[2] ^ column[3]
                pairs = zip(column, column[1:] + column[:1])
                mixed += [one ^ every ^ double(one ^ other) for one, other in pairs]
            state = mixed
        state = [one ^ other for one, other in zip(state, key)]
    return bytes(state)


def times(one, other):
    """The product in the field of GCM."""
    product = 0
    for bit in range(127, -1, -1):
        if one >> bit & 1:
            product ^= other
        other = other >> 1 ^ (0xE1 << 120 if other & 1 else 0)
    return product


def open_sealed(key, sealed):
    """The plaintext of nonce (12), ciphertext and tag (16), without additional data."""
    nonce, text, tag = sealed[:12], sealed[12:-16], sealed[-16:]
    keys = round_keys(key)
    blocks = [text[at : at + 16] for at in range(0, len(text), 16)]
    hash_key, total = int.from_bytes(encrypt(keys, bytes(16)), "big"), 0
    for block in blocks + [(8 * len(text)).to_bytes(16, "big")]:
        total = times(total ^ int.from_bytes(block.ljust(16, b"\0"), "big"), hash_key)
    mask = encrypt(keys, nonce + (1).to_bytes(4, "big"))
    assert total ^ int.from_bytes(mask, "big") == int.from_bytes(tag, "big"), "the tag is wrong"
    plain = b""
    for number, block in enumerate(blocks, 2):
        stream = encrypt(keys, nonce + number.to_bytes(4, "big"))
        plain += bytes(one ^ other for one, other in zip(block, stream))
    return plain
