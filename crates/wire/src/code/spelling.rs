//! What stands around and between the characters of a code once people had it: in a document, a message, a letter.
//!
//! Whoever copies a code takes more along than its characters: the dash that a word processor made of a hyphen, the
//! blank of a table, marks of direction that nobody sees, the quotes around it, the full stop behind. None of these is a
//! character of a code, so that passing over them makes no two codes one.

/// Longest text that is looked at, in characters: a UUID with a sign between any two of its characters has 71. Whatever
/// is longer is refused before more of it is read.
pub const MAX_TYPED: usize = 256;

/// The signs that are passed over, wherever they stand, in order: first and last of each run.
///
/// They are, as of Unicode 18 and by its own properties, those of `Dash` and `Hyphen` (of every script, minus signs,
/// full-width forms), of `White_Space`, of `Default_Ignorable_Code_Point` (what has no width: joiners, marks and
/// isolates of direction, variation selectors, soft hyphens, byte order marks), of `Quotation_Mark`, the control
/// characters (category `Cc`; the hyphens of a word processor's own are U+001E and U+001F), and these, which people
/// write or programs put around or into a code:
///
/// - stops, brackets and marks of emphasis: ``! ( ) * , . : ; < > ? [ ] _ ` { }``, their full-width forms, `…`, `。`, `、`;
/// - dashes by use: the prolonged sound mark (U+30FC, U+FF70), which Japanese keyboards have in the hyphen's place;
///   U+02D7, U+2043 and U+2796; U+FFFE, which PDF readers built on PDFium (Chromium) copy for a hyphen at a line's end;
/// - dots in a list or between two groups: U+00B7, U+2022, U+2027; and the blank of Braille, U+2800.
pub const PASSED_OVER: [(char, char); 79] = [
    ('\u{0000}', '\u{0022}'),
    ('\u{0027}', '\u{002a}'),
    ('\u{002c}', '\u{002e}'),
    ('\u{003a}', '\u{003c}'),
    ('\u{003e}', '\u{003f}'),
    ('\u{005b}', '\u{005b}'),
    ('\u{005d}', '\u{005d}'),
    ('\u{005f}', '\u{0060}'),
    ('\u{007b}', '\u{007b}'),
    ('\u{007d}', '\u{007d}'),
    ('\u{007f}', '\u{00a0}'),
    ('\u{00ab}', '\u{00ab}'),
    ('\u{00ad}', '\u{00ad}'),
    ('\u{00b7}', '\u{00b7}'),
    ('\u{00bb}', '\u{00bb}'),
    ('\u{02d7}', '\u{02d7}'),
    ('\u{034f}', '\u{034f}'),
    ('\u{058a}', '\u{058a}'),
    ('\u{05be}', '\u{05be}'),
    ('\u{061c}', '\u{061c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{1400}', '\u{1400}'),
    ('\u{1680}', '\u{1680}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{1806}', '\u{1806}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{2000}', '\u{2015}'),
    ('\u{2018}', '\u{201f}'),
    ('\u{2022}', '\u{2022}'),
    ('\u{2026}', '\u{202f}'),
    ('\u{2039}', '\u{203a}'),
    ('\u{2043}', '\u{2043}'),
    ('\u{2053}', '\u{2053}'),
    ('\u{205f}', '\u{206f}'),
    ('\u{207b}', '\u{207b}'),
    ('\u{208b}', '\u{208b}'),
    ('\u{2212}', '\u{2212}'),
    ('\u{2796}', '\u{2796}'),
    ('\u{2800}', '\u{2800}'),
    ('\u{2e17}', '\u{2e17}'),
    ('\u{2e1a}', '\u{2e1a}'),
    ('\u{2e3a}', '\u{2e3b}'),
    ('\u{2e40}', '\u{2e40}'),
    ('\u{2e42}', '\u{2e42}'),
    ('\u{2e5d}', '\u{2e5d}'),
    ('\u{3000}', '\u{3002}'),
    ('\u{300c}', '\u{300f}'),
    ('\u{301c}', '\u{301f}'),
    ('\u{3030}', '\u{3030}'),
    ('\u{30a0}', '\u{30a0}'),
    ('\u{30fb}', '\u{30fc}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{fe31}', '\u{fe32}'),
    ('\u{fe41}', '\u{fe44}'),
    ('\u{fe58}', '\u{fe58}'),
    ('\u{fe63}', '\u{fe63}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ff01}', '\u{ff02}'),
    ('\u{ff07}', '\u{ff0a}'),
    ('\u{ff0c}', '\u{ff0e}'),
    ('\u{ff1a}', '\u{ff1c}'),
    ('\u{ff1e}', '\u{ff1f}'),
    ('\u{ff3b}', '\u{ff3b}'),
    ('\u{ff3d}', '\u{ff3d}'),
    ('\u{ff3f}', '\u{ff40}'),
    ('\u{ff5b}', '\u{ff5b}'),
    ('\u{ff5d}', '\u{ff5d}'),
    ('\u{ff61}', '\u{ff63}'),
    ('\u{ff65}', '\u{ff65}'),
    ('\u{ff70}', '\u{ff70}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fff8}'),
    ('\u{fffe}', '\u{fffe}'),
    ('\u{10d6e}', '\u{10d6e}'),
    ('\u{10ead}', '\u{10ead}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// The characters of a code that were typed, as capitals of ASCII where they are such; nothing of a text that is too long.
pub(super) fn bare(typed: &str) -> Option<String> {
    let is_short = is_short_enough(typed);
    is_short.then(|| {
        let signs = typed.chars().filter(|sign| !is_passed_over(*sign));
        signs.map(meant).collect()
    })
}

/// Whether a text is no longer than [`MAX_TYPED`]. Of one that is, no more than that is looked at.
pub(crate) fn is_short_enough(typed: &str) -> bool {
    typed.chars().nth(MAX_TYPED).is_none()
}

/// Whether this sign says nothing of the code that it stands in.
fn is_passed_over(sign: char) -> bool {
    let before = PASSED_OVER.partition_point(|(_, last)| *last < sign);
    PASSED_OVER
        .get(before)
        .is_some_and(|(first, _)| *first <= sign)
}

/// The character that is meant: of a full-width form (U+FF01 to U+FF5E) the one of ASCII, of a small letter the capital.
///
/// The case is that of ASCII, whatever a locale says: `ı`, `İ`, `ſ` and the Kelvin sign `K` are no letters of a code, though
/// some locales or Unicode's compatibility forms make `i`, `s` and `k` of them. Nobody comes to them from a code's letters by
/// changing the case.
fn meant(sign: char) -> char {
    /// From a full-width form to its character.
    const WIDE: u32 = 0xff01 - 0x21;
    let narrow = match sign {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(sign) - WIDE).unwrap_or(sign),
        other => other,
    };
    narrow.to_ascii_uppercase()
}
