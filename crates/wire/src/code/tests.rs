use proptest::prelude::*;
use proptest::sample::select;
use proptest::{char, collection, option};

use super::*;

fn canonical(typed: &str) -> Option<String> {
    Code::parse(typed)
        .ok()
        .map(|code| code.canonical().to_owned())
}

#[test]
fn spellings_of_one_short_code_are_one_code() {
    let code = Code::short([1, 0, 31, 30, 5, 6, 7, 8, 9]);
    let shown = code.to_string();
    assert_eq!(shown.len(), 11);
    assert!(Code::parse(&shown).is_ok_and(|parsed| parsed == code));
    let sloppy = format!(
        " {} ",
        shown.to_lowercase().replace('1', "l").replace('0', "o")
    );
    assert!(Code::parse(&sloppy).is_ok_and(|parsed| parsed == code));
}

#[test]
fn every_single_wrong_character_is_seen() {
    let code = Code::short([17, 3, 22, 9, 31, 0, 4, 12, 28])
        .canonical()
        .to_owned();
    for at in 0..10 {
        for symbol in ALPHABET {
            let mut typed = code.clone().into_bytes();
            typed[at] = *symbol;
            let typed = String::from_utf8(typed).unwrap();
            assert_eq!(canonical(&typed).is_some(), typed == code, "{typed}");
        }
    }
}

#[test]
fn a_long_code_is_a_uuid_of_version_4() {
    let code = Code::long([0xff; 16]);
    assert_eq!(code.canonical(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    assert!(canonical("FFFFFFFF-ffff-4fff-bfff-ffffffffffff").is_some());
    assert_eq!(canonical("ffffffff-ffff-1fff-bfff-ffffffffffff"), None);
    assert_eq!(canonical("ffffffff-ffff-4fff-cfff-ffffffffffff"), None);
    assert_eq!(canonical("gfffffff-ffff-4fff-bfff-ffffffffffff"), None);
}

#[test]
fn the_decoys_code_is_a_long_code() {
    let code = Code::parse(DECOY).ok();
    assert!(code.is_some_and(|code| code.kind() == Kind::Long && code.canonical() == DECOY));
}

#[test]
fn other_lengths_are_not_codes() {
    for typed in ["", "A7K2QX", "é", "AAAAAAAAAAA"] {
        assert_eq!(canonical(typed), None, "{typed}");
    }
}

/// A code of each kind.
fn both() -> [Code; 2] {
    [
        Code::long([
            0x7f, 0x9c, 0x24, 0xe8, 0x3b, 0x12, 0x4f, 0xef, 0x91, 0xe0, 0x7d, 0xf1, 0xf2, 0xc3,
            0xa5, 0xb6,
        ]),
        Code::short([7, 19, 2, 23, 29, 0, 4, 20, 28]),
    ]
}

/// As it looks in full-width forms.
fn wide(text: &str) -> String {
    let wide = |sign: char| match sign {
        '!'..='~' => char::from_u32(u32::from(sign) + 0xfee0).unwrap(),
        ' ' => '\u{3000}',
        other => other,
    };
    text.chars().map(wide).collect()
}

fn is_read_as(typed: &str, code: &Code) -> bool {
    Code::parse(typed).is_ok_and(|read| read == *code)
}

/// Each with the place that it comes from.
#[test]
fn codes_are_read_as_people_have_them() {
    for (whence, sign) in [
        ("a tab of a table", "\t"),
        ("a line of a message", "\n"),
        ("a line of Windows", "\r\n"),
        ("a line of a mainframe", "\u{85}"),
        ("a line of a document", "\u{2028}"),
        ("a paragraph of a document", "\u{2029}"),
        ("a form feed", "\u{c}"),
        ("a blank", " "),
        ("a blank that does not break", "\u{a0}"),
        ("a narrow one, as French has it", "\u{202f}"),
        ("a thin one", "\u{2009}"),
        ("a figure's", "\u{2007}"),
        ("an ideographic one", "\u{3000}"),
        ("Ogham's", "\u{1680}"),
        ("of Braille", "\u{2800}"),
        ("a hyphen", "-"),
        ("a hyphen", "\u{2010}"),
        ("a hyphen that does not break", "\u{2011}"),
        ("a figure dash", "\u{2012}"),
        ("an en dash", "\u{2013}"),
        ("an en dash with blanks", " \u{2013} "),
        ("an em dash", "\u{2014}"),
        ("a horizontal bar", "\u{2015}"),
        ("a minus sign", "\u{2212}"),
        ("a small one", "\u{fe63}"),
        ("a wide one", "\u{ff0d}"),
        ("a soft hyphen", "\u{ad}"),
        ("a hyphen bullet", "\u{2043}"),
        ("an Armenian hyphen", "\u{58a}"),
        ("a maqaf", "\u{5be}"),
        ("a Mongolian hyphen", "\u{1806}"),
        ("a wave dash", "\u{301c}"),
        ("a katakana hyphen", "\u{30a0}"),
        ("a Japanese keyboard", "\u{30fc}"),
        ("its half-width form", "\u{ff70}"),
        ("two em dashes", "\u{2e3a}"),
        ("a Yezidi hyphen", "\u{10ead}"),
        ("a hyphen of a word processor", "\u{1e}"),
        ("its optional one", "\u{1f}"),
        ("a hyphen of a PDF", "\u{fffe}"),
        ("a space without width", "\u{200b}"),
        ("a non-joiner", "\u{200c}"),
        ("a joiner", "\u{200d}"),
        ("a mark from left to right", "\u{200e}"),
        ("a mark from right to left", "\u{200f}"),
        ("an embedding", "\u{202a}"),
        ("an override", "\u{202e}"),
        ("an isolate", "\u{2066}"),
        ("its end", "\u{2069}"),
        ("an Arabic mark", "\u{61c}"),
        ("a word joiner", "\u{2060}"),
        ("a byte order mark", "\u{feff}"),
        ("a Mongolian vowel separator", "\u{180e}"),
        ("a grapheme joiner", "\u{34f}"),
        ("a Hangul filler", "\u{3164}"),
        ("a variation selector", "\u{fe0f}"),
        ("one far away", "\u{e0100}"),
        ("a tag", "\u{e0041}"),
        ("a full stop", "."),
        ("two blanks on a telephone", ". "),
        ("an ellipsis", "\u{2026}"),
        ("an ideographic full stop", "\u{3002}"),
        ("a comma", ","),
        ("a colon", " : "),
        ("emphasis in a message", "*"),
        ("a dot", "\u{b7}"),
        ("a bullet", "\u{2022} "),
    ] {
        for code in both() {
            let (shown, bare) = (code.to_string(), code.canonical().replace('-', ""));
            let (start, end) = bare.split_at(5);
            for typed in [
                format!("{sign}{shown}"),
                format!("{shown}{sign}"),
                shown.replace('-', sign),
                format!("{start}{sign}{end}"),
            ] {
                assert!(is_read_as(&typed, &code), "{whence}: {typed:?}");
            }
        }
    }
    for (before, after) in [
        ("« ", " »"),
        ("\"", "\""),
        ("'", "'."),
        ("“", "”"),
        ("„", "“"),
        ("‹", "›"),
        ("「", "」"),
        ("(", ")."),
        ("[", "]"),
        ("{", "}"),
        ("<", ">"),
        ("`", "`"),
        ("（", "）"),
    ] {
        for code in both() {
            let typed = format!("{before}{code}{after}");
            assert!(is_read_as(&typed, &code), "{typed}");
            assert!(is_read_as(&wide(&typed), &code), "{typed}");
        }
    }
}

/// `docs/ISSUERS.md` prints what is accepted: each spelling is read as it says, each that is refused is, and whatever looks
/// like a code is one.
#[test]
fn the_page_for_issuers_prints_what_is_read() {
    const PAGE: &str = include_str!("../../../../docs/ISSUERS.md");
    let (_, rest) = PAGE.split_once("## How a code may be written").unwrap();
    let (rules, _) = rest.split_once("\n## ").unwrap();
    let (accepted, refused) = rules.split_once("These are no codes.").unwrap();
    let rows = |text: &'static str| {
        text.lines()
            .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
    };
    for (typed, rest) in rows(accepted) {
        let shown = rest.split('`').nth(1).unwrap();
        let read = Code::parse(typed).map(|code| code.to_string());
        assert_eq!(read.as_deref(), Ok(shown), "{typed}");
    }
    for (typed, _) in rows(refused) {
        assert_eq!(canonical(typed), None, "{typed}");
    }
    assert_eq!((rows(accepted).count(), rows(refused).count()), (9, 6));
    assert!(rules.contains(&format!("longer than {MAX_TYPED} characters")));
    // As they are handed out, elsewhere on the page: groups of letters and digits of the length of a code.
    let elsewhere = PAGE.replace(rules, "");
    let shown = elsewhere.split(['`', '"', '=', '&']).filter(|span| {
        let of_code = |b: u8| b == b'-' || b.is_ascii_alphanumeric();
        let has = |sign: fn(&u8) -> bool| span.as_bytes().iter().any(sign);
        matches!(span.len(), 11 | 36)
            && span.bytes().all(of_code)
            && has(u8::is_ascii_digit)
            && span.contains('-')
    });
    let shown: Vec<_> = shown.collect();
    assert!(shown.len() >= 4, "{shown:?}");
    for text in shown {
        assert_eq!(
            Code::parse(text).map(|code| code.to_string()).as_deref(),
            Ok(text)
        );
    }
}

/// In either case, in every locale's words, and only by ASCII's rules.
#[test]
fn letters_of_other_alphabets_are_no_letters_of_a_code() {
    for code in both() {
        let shown = code.to_string();
        for typed in [shown.to_lowercase(), shown.to_uppercase()] {
            assert!(is_read_as(&typed, &code) && is_read_as(&wide(&typed), &code));
        }
    }
    // All that is read, of all that there is: 32 symbols, I, L and O in both cases, and their full-width forms.
    let known = ('\0'..=char::MAX).filter(|sign| {
        let bare = spelling::bare(&sign.to_string()).unwrap();
        matches!(bare.as_bytes(), [one] if value(*one).is_some())
    });
    let ascii = "0123456789ABCDEFGHIJKLMNOPQRSTVWXYZabcdefghijklmnopqrstvwxyz";
    assert_eq!(known.collect::<String>(), format!("{ascii}{}", wide(ascii)));
    // Dotless and dotted i, long s, the Kelvin sign, Cyrillic and Greek letters that look the same, digits of others.
    for strange in ['ı', 'İ', 'ſ', '\u{212a}', 'К', 'Ο', '٧', '⁷', '𝟕', '⑦'] {
        let shown = both()[1].to_string();
        assert!(shown.starts_with("7K"));
        assert_eq!(
            canonical(&shown.replacen('7', &strange.to_string(), 1)),
            None
        );
        assert_eq!(
            canonical(&shown.replacen('K', &strange.to_string(), 1)),
            None
        );
        assert_eq!(canonical(&format!("{shown}{strange}")), None);
    }
}

/// The table is what Unicode's own properties say, and what is named besides.
#[test]
fn the_signs_that_are_passed_over_are_those_of_unicode() {
    use icu_properties::CodePointSetData;
    use icu_properties::props::{
        Dash, DefaultIgnorableCodePoint, Hyphen, QuotationMark, WhiteSpace,
    };
    let properties = [
        CodePointSetData::new::<Dash>(),
        CodePointSetData::new::<DefaultIgnorableCodePoint>(),
        CodePointSetData::new::<Hyphen>(),
        CodePointSetData::new::<QuotationMark>(),
        CodePointSetData::new::<WhiteSpace>(),
    ];
    let stops = "!()*,.:;<>?[]_`{}";
    let named = format!(
        "{stops}{}…。、\u{ff61}\u{30fc}\u{ff70}\u{2d7}\u{2043}\u{2796}\u{fffe}\u{b7}\u{2022}\u{2027}\u{2800}",
        wide(stops)
    );
    let mut runs: Vec<(char, char)> = Vec::new();
    for sign in '\0'..=char::MAX {
        let is_passed_over = sign.is_control()
            || named.contains(sign)
            || properties.iter().any(|all| all.contains(sign));
        match runs.last_mut() {
            _ if !is_passed_over => {}
            Some((_, last)) if u32::from(*last) + 1 == u32::from(sign) => *last = sign,
            _ => runs.push((sign, sign)),
        }
    }
    assert_eq!(PASSED_OVER.to_vec(), runs);
}

/// A sign that is passed over has a full-width form that is, and no other has.
#[test]
fn a_full_width_form_is_what_it_shows() {
    for sign in '!'..='~' {
        let is_passed_over = |sign| PASSED_OVER.iter().any(|(a, b)| (a..=b).contains(&&sign));
        let wide = wide(&sign.to_string()).chars().next().unwrap();
        assert_eq!(is_passed_over(sign), is_passed_over(wide), "{sign}");
        assert!(!(sign.is_ascii_alphanumeric() && is_passed_over(sign)));
    }
}

#[test]
fn no_more_is_read_than_a_code_can_have() {
    for code in both() {
        let shown = code.to_string();
        let fits = format!("{shown}{}", "\u{200b}".repeat(MAX_TYPED - shown.len()));
        assert_eq!(fits.chars().count(), MAX_TYPED);
        assert!(is_read_as(&fits, &code));
        assert_eq!(canonical(&format!("{fits} ")), None);
        // A sign between any two of its characters.
        let apart: String = shown.chars().flat_map(|sign| [sign, '\u{feff}']).collect();
        assert!(is_read_as(&apart, &code));
    }
    for sentence in [field::TOKEN, field::CODE] {
        assert!(sentence.contains(&format!("at most {MAX_TYPED} characters")));
    }
    // Five megabytes cost as much as a code: ten thousand of them would take a minute if they were read.
    let many = "\u{2011}".repeat(5_000_000 / 3);
    let begun = std::time::Instant::now();
    for _ in 0..10_000 {
        assert!(Code::parse(&many).is_err());
    }
    let took = begun.elapsed();
    assert!(took < std::time::Duration::from_secs(5), "{took:?}");
}

/// Any of the signs, as often as there is room.
fn signs() -> impl Strategy<Value = String> {
    let sign = select(&PASSED_OVER[..]).prop_flat_map(|(first, last)| char::range(first, last));
    collection::vec(sign, 0..4).prop_map(|signs| signs.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    /// What is a code without the signs is that code with them, in either case and width; what is none stays none.
    #[test]
    fn signs_change_nothing(
        random: [u8; 16],
        is_short: bool,
        bent in option::of((0..36_usize, "[0-9A-Za-zÀ-ÿ]")),
        (capital, is_wide) in any::<(bool, bool)>(),
        between in collection::vec(signs(), 37),
    ) {
        let code = match is_short {
            true => Code::short(random[..9].try_into().unwrap()),
            false => Code::long(random),
        };
        let mut plain: Vec<String> = code.to_string().chars().map(String::from).collect();
        if let Some((at, other)) = bent {
            let at = at % plain.len();
            plain[at] = other;
        }
        let plain = plain.concat();
        let cased = match capital {
            true => plain.to_ascii_uppercase(),
            false => plain.to_ascii_lowercase(),
        };
        let cased = if is_wide { wide(&cased) } else { cased };
        let mut typed = between[0].clone();
        for (sign, signs) in cased.chars().zip(&between[1..]) {
            typed.push(sign);
            typed.push_str(signs);
        }
        prop_assert_eq!(canonical(&typed), canonical(&plain));
    }

    /// Whatever is typed: what is read is read again, as itself, in each form that it has.
    #[test]
    fn what_is_read_is_read_again(typed in any::<String>()) {
        if let Ok(code) = Code::parse(&typed) {
            prop_assert!(is_read_as(code.canonical(), &code));
            prop_assert!(is_read_as(&code.to_string(), &code));
        }
    }
}
