//! Numbers and bytes as text, where a bundle writes thousands of them: eight characters in one word, without branches.
//!
//! In constant time: pseudonyms are written with it before they are sealed.

/// Standard base64 with padding (RFC 4648, §4).
pub(crate) fn base64(bytes: &[u8]) -> String {
    let mut text = Vec::with_capacity(bytes.len().div_ceil(3) * 4);
    let (groups, rest) = bytes.as_chunks();
    for group in groups {
        text.extend_from_slice(&digits(*group));
    }
    let mut last = [0; 6];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    let written = (rest.len() * 4).div_ceil(3);
    let padded = digits(last)
        .into_iter()
        .enumerate()
        .map(|(at, digit)| if at < written { digit } else { PAD });
    text.extend(padded.take(rest.len().div_ceil(3) * 4));
    // All of it is ASCII.
    String::from_utf8(text).unwrap_or_default()
}

/// [`base64`] of the eight bytes of an EBID.
pub(crate) const fn base64_of_eight(bytes: [u8; 8]) -> [u8; 12] {
    let [b0, b1, b2, b3, b4, b5, b6, b7] = bytes;
    let [d0, d1, d2, d3, d4, d5, d6, d7] = digits([b0, b1, b2, b3, b4, b5]);
    let [d8, d9, d10, ..] = digits([b6, b7, 0, 0, 0, 0]);
    [d0, d1, d2, d3, d4, d5, d6, d7, d8, d9, d10, PAD]
}

/// [`base64`] of the byte of an ECC.
pub(crate) const fn base64_of_one(byte: u8) -> [u8; 4] {
    let [d0, d1, ..] = digits([byte, 0, 0, 0, 0, 0]);
    [d0, d1, PAD, PAD]
}

const PAD: u8 = b'=';

/// The eight base64 digits of six bytes.
const fn digits([b0, b1, b2, b3, b4, b5]: [u8; 6]) -> [u8; 8] {
    // 48 bits, then two times 24, four times 12, eight times 6, each at the end of its part of the word.
    let bits = u64::from_be_bytes([0, 0, b0, b1, b2, b3, b4, b5]);
    let bits = (bits & 0xffff_ff00_0000) << 8 | bits & 0xff_ffff;
    let bits = (bits & 0x00ff_f000_00ff_f000) << 4 | bits & 0x0000_0fff_0000_0fff;
    let bits = (bits & 0x0fc0_0fc0_0fc0_0fc0) << 2 | bits & 0x003f_003f_003f_003f;
    // A to Z, a to z, 0 to 9, + and /: from 'A' on, with a jump where one range ends and the next begins.
    let text = bits + EACH * b'A' as u64 + above(bits, 25) * 6
        - above(bits, 51) * 75
        - above(bits, 61) * 15
        + above(bits, 62) * 3;
    text.to_be_bytes()
}

/// 1 in each byte of a word.
const EACH: u64 = 0x0101_0101_0101_0101;

/// 1 in each byte that is above a limit; all bytes are below 64, so none carries over to the next.
const fn above(bytes: u64, limit: u64) -> u64 {
    (bytes + EACH * (0x7f - limit)) >> 7 & EACH
}

/// Appends a number below a hundred million, without zeros in front.
pub(crate) fn push_number(text: &mut Vec<u8>, number: u32) {
    let mut digits = [b'0'; 8];
    let mut rest = number;
    for digit in digits.iter_mut().rev() {
        *digit += (rest % 10) as u8;
        rest /= 10;
    }
    let zeros = digits.iter().take(7).take_while(|digit| **digit == b'0');
    text.extend(digits.iter().skip(zeros.count()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64ct::{Base64, Encoding};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;
    #[cfg(target_arch = "wasm32")]
    wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

    /// Every digit at every place, and every length of what is left over.
    #[test]
    fn base64_is_the_librarys() {
        let mut bytes = Vec::new();
        for length in 0..200u64 {
            assert_eq!(base64(&bytes), Base64::encode_string(&bytes), "{length}");
            bytes.push((length * 0x9d + ((length * length) >> 3)) as u8);
        }
        for digit in 0..64u64 {
            for place in 0..8 {
                let bits = digit << (6 * place);
                for bits in [bits, !bits] {
                    let [_, _, six @ ..] = bits.to_be_bytes();
                    assert_eq!(base64(&six), Base64::encode_string(&six), "{six:?}");
                }
            }
        }
        for byte in 0..=u8::MAX {
            let eight = [byte, 1, !byte, 3, byte, 5, byte, !byte];
            assert_eq!(
                base64_of_eight(eight),
                Base64::encode_string(&eight).as_bytes()
            );
            assert_eq!(
                base64_of_one(byte),
                Base64::encode_string(&[byte]).as_bytes()
            );
        }
    }

    #[test]
    fn numbers_are_written_without_zeros_in_front() {
        for number in (0..1_200).chain([9_999, 10_000, 60_000, 999_999, 16_777_215, 99_999_999]) {
            let mut text = Vec::new();
            push_number(&mut text, number);
            assert_eq!(text, number.to_string().as_bytes());
        }
    }
}
