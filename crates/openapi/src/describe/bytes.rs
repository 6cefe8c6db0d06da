//! What a phone needs that no schema says: keys, seals, HELLOs, work, what follows a lost answer, and bytes to check it with.

/// In Markdown, behind the introduction. The bytes are those of the published test vectors (`registration_flow`).
pub(crate) const A_PHONE: &str = r#"

# How to write a phone

This and the operations below are enough. `‖` joins bytes. A number stands in bytes with its highest first. HMAC(key, message) is HMAC-SHA256, 32 bytes. At the end are bytes to check each step with.

**Clock.** NTP seconds are Unix seconds and 2208988800. The epoch is Unix seconds less 1590969600, divided by 900 and rounded down. A phone whose clock may be wrong asks `clock`; the header `Date` of every answer is the time of the national realm, and a demo realm's may be days ahead of it.

**Work.** `nonce` and `salt` of the challenge are bytes in hexadecimal. For each counter from 0 on, the password is nonce ‖ counter (4 bytes), and a key is derived of it. With `SHA-256` that is the hash of salt ‖ password, and of the result again, until it was hashed `cost` times; with `ARGON2ID` it is Argon2id, version 1.3, of password and salt with `cost` passes, `memoryCost` KiB and `parallelism` lanes; with `PBKDF2/SHA-256` it is PBKDF2 of both with `cost` iterations. The key has `keyLength` bytes. The first counter whose key, in lower-case hexadecimal, begins with `keyPrefix` solves the challenge. `captcha` is the base64 of `{"challenge": C, "solution": {"counter": N, "derivedKey": K}}`: C as it was answered, N the counter, K the key in hexadecimal.

**Registration.** The phone draws a P-256 key for this registration alone. Public keys travel as X.509 SubjectPublicKeyInfo with the point in full: 26 bytes that are always the same (base64 of them and of the 04 behind them: `MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE`), 04, X, Y. The shared secret is the X coordinate of ECDH with the server's registration key: 32 bytes, zeros in front kept. Two keys come from it: the *seal key* is HMAC(secret, `mac`), the *tuple key* is HMAC(secret, `tuples`), each label in ASCII. No more of the key pair is needed then.

**Tuples.** `tuples` is the base64 of nonce (12 bytes) ‖ AES-256-GCM ciphertext ‖ tag (16 bytes) under the tuple key, without additional data. The plaintext is JSON: `[{"epochId":66855,"key":{"ebid":"+OqqgAkXL4A=","ecc":"lA=="}}, …]`, in the order of the epochs: `ebid` is a pseudonym (8 bytes), `ecc` its encrypted country (1 byte). Each is used in its own epoch. The newest bundle takes the place of the one before.

**HELLO.** 16 bytes, said over Bluetooth every few seconds with a new time: ecc (1) ‖ ebid (8) ‖ time (2) ‖ seal (5). The time is the low 16 bits of the NTP seconds at which it is sent. The seal is the first 5 bytes of HMAC(seal key, 01 ‖ ecc ‖ ebid ‖ time). In the service data of the deployed applications two bytes follow: the version 01, and the correction of the sender's power in dBm, signed. Without a pseudonym of the current epoch a phone is silent.

**What was heard** is kept for 15 days at the most: the 16 bytes, when they came, and how strongly. In a report the HELLOs of one ebid and ecc are one contact, `ids` in the order of time. A HELLO counts when its time and `timeCollectedOnDevice` are at most 180 seconds apart modulo 2^16, and its seal is right.

**Requests under a seal** (`status`, `unregister`, `deleteExposureHistory`). `mac` is the whole HMAC(seal key, kind ‖ ebid (8) ‖ epochId (4) ‖ time (4)), and the kind is one byte: 02 for `status`, 03 for `unregister`, 04 for `deleteExposureHistory` (01 is the HELLO's). `ebid` and `epochId` are of one pseudonym: for `status` that of the current epoch, or else the newest that the phone has; for the others the newest. The time is NTP seconds modulo 2^32, at most 60 seconds off. `status` is answered once in two epochs: asked in epoch n, again from n + 2 on.

**When no answer comes,** the request may have been served or not. On 503 it was not.

| Call | What to do |
| --- | --- |
| `captcha` | Ask again. The other challenge is good for nobody. |
| `register` | Send the same body again. 201: it had not come. 401: it had, so its account exists and nobody has its keys; the server forgets it on the eighteenth day. Begin anew, with another challenge and another key. After 429 the same body is sent at the time that `Retry-After` says. |
| `status` | Until the second epoch after, another question is answered 400. Ask again then, with a new time and a new seal: what the first answer said is said again, unless its term has passed. The phone goes on with the pseudonyms that it has. |
| `report` | Send the same bytes again, within ten minutes: the answer is the same. Later 401 comes whether or not the report was served: say that it may have arrived, and not that it was refused. |
| `unregister` | Seal it anew and send it. 200 or 430: the account is gone. |
| `deleteExposureHistory` | Seal it anew and send it, as often as needed: what is gone stays gone. |

430 says that the server knows no such account any more. The phone registers again, and keeps what it heard. An account whose phone asks nothing is forgotten on the eighteenth day after its last answer to `status`, or after registration.

**Bytes to check with.** Hexadecimal, and base64 where JSON has it.

| What | Bytes |
| --- | --- |
| the phone's secret | `66f6a476ec7aaf4213cce40d59da00bfc77367df6a1004193037eb3b71c671ea` |
| its public key | `MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEgN6JgeFWpFuLicBekG6ICEoFNu0KgNcgbX+9QGQG2wwXsAeM9TtJ2EqpW6y2VIsiQkG5MbZ9OXcf/Rb9Mzw6OA==` |
| the server's public key | `MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEb6CyJQ9YjeOGrenAcwnDX570PpvZeetk2S/uK/LPODlhG3eZiwatkr6SgvvnfSbRUOUubqmSnpNJlpsVtAghCg==` |
| the shared secret | `75103737de562e518aa3bc16c6ef95245067b33dd7f07219c714e4fa550a41f7` |
| the seal key | `9353def5097acd8ea39a0f6bcde682cfa2f8907d2f1d068e75b218aebb5b7c39` |
| the tuple key | `890423c790bc007a78b4e75565461f93e7a9b6f94c8c820460b661339ad73cf7` |
| `tuples` | `HetMy3B6vfW+YZwnV5mCjrdNsAL9zFkI96bwdt0CrVtcVdwDTJyRVpxhY/A4e8EN+zYvA6USlFpAG7Rf2NXrhaHwgKmbapW3YUnNGIDoqMT00C/nqs36Il0DE10rtEQjYmd0HZiGn1l59yRVeYQM0q3es6BkkycFnO+Ang3LnMH4kQ3jffMTR4hXKDanio5XvXKXyJWnOw==` |
| their plaintext | `[{"epochId":66855,"key":{"ebid":"+OqqgAkXL4A=","ecc":"lA=="}},{"epochId":66856,"key":{"ebid":"RhAiirj2Wm0=","ecc":"Jg=="}}]` |
| under the HELLO's seal, at NTP second 3860128000 | `0194f8eaaa8009172f80e100` |
| the HELLO | `94f8eaaa8009172f80e10049e1262257` |
| under the seal of `status`, at the same second | `02f8eaaa8009172f8000010527e614e100` |
| its `time` | `5hThAA==` |
| its `mac` | `ObpHLUR6p3PL1ffCqvsqsesLPNzWoKlFFxh62To6zJk=` |
| `mac` of `unregister` | `CmmB4FzPS8TCHnUQ1U0Cn5kmdOEialUi9tpA9k03uqM=` |
| `mac` of `deleteExposureHistory` | `cydtZJwcyOQCFPrXESAJ+AMu89Sj6gT7yiXZOvp8S2k=` |
| `SHA-256`, cost 1, nonce 16 × a5, salt 16 × 5a, prefix `0000`: counter 14508 | `0000937d1e151ef2d2f8f72ad1c016722efeec4d1f8029b5f1e0673de6ec3632` |
"#;
