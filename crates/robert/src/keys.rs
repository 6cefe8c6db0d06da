//! The keys of an account: agreed at registration, kept wrapped by the server.

use crate::mac;
use crate::sealed;
use aes_gcm::Aes256Gcm;
use base64ct::{Base64, Encoding};
use cipher::KeyInit;
use p256::elliptic_curve::Generate;
use p256::elliptic_curve::sec1::ToSec1Point;
use rand_core::CryptoRng;
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// K_A "mac": authenticates HELLOs and requests, 256 bits. Its HMAC is prepared once.
///
/// Secret: it has no `Debug` and is wiped when dropped.
#[derive(Clone, ZeroizeOnDrop)]
pub struct AuthKey {
    bytes: Zeroizing<[u8; 32]>,
    // Its hash states wipe themselves (feature `zeroize` of sha2), but the type does not say so.
    #[zeroize(skip)]
    mac: mac::Prepared,
}

impl AuthKey {
    /// Prepares the key.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self {
            bytes: Zeroizing::new(*bytes),
            mac: mac::prepare(bytes),
        }
    }

    /// The key itself, to be wrapped.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    pub(crate) fn mac(&self) -> mac::Prepared {
        self.mac.clone()
    }
}

/// K_A "tuples": seals the bundles of an account, 256 bits.
///
/// Secret: it has no `Debug` and is wiped when dropped.
#[derive(Clone, ZeroizeOnDrop)]
pub struct TupleKey([u8; 32]);

impl TupleKey {
    /// Takes the key.
    pub const fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(*bytes)
    }

    /// The key itself, to be wrapped.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new((&self.0).into())
    }
}

/// Why a public key or a secret was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not standard base64 with padding.
    #[error("the key is not base64")]
    NotBase64,
    /// Not the 91 bytes of an X.509 SubjectPublicKeyInfo that names secp256r1 and holds an
    /// uncompressed point. The deployed server takes no other curve and no other form.
    #[error("the key is not a P-256 key in X.509 form")]
    NotP256,
    /// The point is not on the curve, or the secret is zero or not below the order of the group.
    #[error("the key is not on the curve")]
    OffCurve,
}

/// The secret of a phone, made for one registration. Has no `Debug`, is wiped when dropped.
#[derive(Clone, ZeroizeOnDrop)]
pub struct ClientSecret(p256::SecretKey);

impl ClientSecret {
    /// Draws a secret.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self(p256::SecretKey::generate_from_rng(rng))
    }

    /// Takes a scalar, big-endian.
    ///
    /// # Errors
    /// [`KeyError::OffCurve`] for zero and for what is not below the order of the group.
    pub fn from_bytes(scalar: &[u8; 32]) -> Result<Self, KeyError> {
        read_scalar(scalar).map(Self)
    }

    /// The scalar, big-endian.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes().into())
    }

    /// The half that is sent.
    pub fn public(&self) -> ClientPublic {
        ClientPublic(self.0.public_key())
    }

    /// The keys that this phone shares with the server.
    pub fn agree(&self, server: &ServerPublic) -> (AuthKey, TupleKey) {
        agree(&self.0, &server.0)
    }
}

/// The secret of the server's registration key. Has no `Debug`, is wiped when dropped.
#[derive(Clone, ZeroizeOnDrop)]
pub struct ServerSecret(p256::SecretKey);

impl ServerSecret {
    /// Takes a scalar, big-endian.
    ///
    /// # Errors
    /// [`KeyError::OffCurve`] for zero and for what is not below the order of the group.
    pub fn from_bytes(scalar: &[u8; 32]) -> Result<Self, KeyError> {
        read_scalar(scalar).map(Self)
    }

    /// The half that phones know.
    pub fn public(&self) -> ServerPublic {
        ServerPublic(self.0.public_key())
    }

    /// The keys that the server shares with this phone.
    pub fn agree(&self, client: &ClientPublic) -> (AuthKey, TupleKey) {
        agree(&self.0, &client.0)
    }
}

macro_rules! public_key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name(p256::PublicKey);

        impl $name {
            /// Reads an X.509 SubjectPublicKeyInfo.
            ///
            /// # Errors
            /// [`KeyError::NotP256`], [`KeyError::OffCurve`].
            pub fn from_spki(der: &[u8]) -> Result<Self, KeyError> {
                read_spki(der).map(Self)
            }

            /// Reads the base64 of an X.509 SubjectPublicKeyInfo, as registration carries it.
            ///
            /// # Errors
            /// All of [`KeyError`].
            pub fn from_base64(text: &str) -> Result<Self, KeyError> {
                read_base64(text).map(Self)
            }

            /// X.509 SubjectPublicKeyInfo, DER: 91 bytes.
            pub fn to_spki(&self) -> [u8; SPKI_LENGTH] {
                write_spki(&self.0)
            }

            /// Base64 of [`Self::to_spki`]: 124 characters.
            pub fn to_base64(&self) -> String {
                Base64::encode_string(&self.to_spki())
            }
        }
    };
}

public_key! {
    /// The public key that a phone sends when it registers.
    ClientPublic
}

public_key! {
    /// The public registration key of the server, known to phones beforehand.
    ServerPublic
}

/// Bytes of a P-256 SubjectPublicKeyInfo.
pub const SPKI_LENGTH: usize = SPKI_HEADER.len() + 65;

/// RFC 5480: SEQUENCE { SEQUENCE { id-ecPublicKey, secp256r1 }, BIT STRING of 65 bytes }.
const SPKI_HEADER: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// What marks a point as uncompressed (SEC 1, §2.3.3).
const UNCOMPRESSED: u8 = 4;

fn read_base64(text: &str) -> Result<p256::PublicKey, KeyError> {
    let mut der = [0; SPKI_LENGTH];
    match Base64::decode(text, &mut der) {
        Ok(der) => read_spki(der),
        Err(base64ct::Error::InvalidEncoding) => Err(KeyError::NotBase64),
        // Longer than any P-256 key.
        Err(base64ct::Error::InvalidLength) => Err(KeyError::NotP256),
    }
}

fn read_spki(der: &[u8]) -> Result<p256::PublicKey, KeyError> {
    match der.split_first_chunk() {
        Some((&SPKI_HEADER, point @ &[UNCOMPRESSED, ..])) if der.len() == SPKI_LENGTH => {
            p256::PublicKey::from_sec1_bytes(point).map_err(|_| KeyError::OffCurve)
        }
        _ => Err(KeyError::NotP256),
    }
}

fn write_spki(key: &p256::PublicKey) -> [u8; SPKI_LENGTH] {
    let point = key.to_sec1_point(false);
    let mut der = [0; SPKI_LENGTH];
    for (to, from) in der
        .iter_mut()
        .zip(SPKI_HEADER.iter().chain(point.as_bytes()))
    {
        *to = *from;
    }
    der
}

fn read_scalar(scalar: &[u8; 32]) -> Result<p256::SecretKey, KeyError> {
    p256::SecretKey::from_bytes(scalar.into()).map_err(|_| KeyError::OffCurve)
}

/// The shared secret is the x-coordinate in 32 bytes, leading zeros kept; each key is one
/// HMAC-SHA256 of its label under it. The labels are the deployed ones, not the specification's.
fn agree(secret: &p256::SecretKey, public: &p256::PublicKey) -> (AuthKey, TupleKey) {
    let shared = p256::ecdh::diffie_hellman(secret.to_nonzero_scalar(), public.as_affine());
    let shared: &[u8; 32] = shared.raw_secret_bytes().as_ref();
    let prepared = mac::prepare(shared);
    let auth = Zeroizing::new(mac::compute(prepared.clone(), b"mac"));
    let tuples = Zeroizing::new(mac::compute(prepared, b"tuples"));
    (AuthKey::from_bytes(&auth), TupleKey::from_bytes(&tuples))
}

/// KEK: wraps the keys of accounts for storage. Has no `Debug`, is wiped when dropped.
#[derive(Clone, ZeroizeOnDrop)]
pub struct KeyEncryptionKey(Aes256Gcm);

impl KeyEncryptionKey {
    /// Prepares the key.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(Aes256Gcm::new(bytes.into()))
    }

    /// 12 random bytes ‖ AES-256-GCM of the key ‖ 16-byte tag.
    pub fn wrap(&self, rng: &mut impl CryptoRng, key: &[u8; 32]) -> [u8; 60] {
        sealed::seal_key(&self.0, rng, key)
    }

    /// The key in a blob that [`Self::wrap`] made; none if it was made by another key or changed.
    pub fn unwrap(&self, wrapped: &[u8; 60]) -> Option<Zeroizing<[u8; 32]>> {
        sealed::open_key(&self.0, wrapped)
    }
}
