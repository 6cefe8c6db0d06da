//! Which lines of the runtime's output are shown, decided line by line.

use core::time::Duration;
use std::collections::BTreeMap;

use crate::{Line, Phrase};

/// How often the log says that something is not shown, and repeats a phrase.
const EVERY: Duration = Duration::from_mins(1);

/// Begins each line that is the filter's own, and none of the server's.
pub const RUNTIME: &str = "the runtime ";

/// Lets the server's own lines through, and of what the runtime says nothing but what is in [`Phrase`], in other words.
/// `workerd` prints what it could not read (a part of a body, an address, a header), so no byte of its output is copied:
/// what is shown is written anew from the table.
#[derive(Debug, Default)]
pub struct Filter {
    /// How many lines were not shown since the log last said so, and when the first of them came.
    hidden: Option<(u64, Duration)>,
    /// When each phrase was last shown.
    shown: BTreeMap<Phrase, Duration>,
}

impl Filter {
    /// What is shown of this line of output, which came at this time since the start; nothing, and it is counted, when it
    /// is not known.
    pub fn pass(&mut self, line: &[u8], now: Duration) -> Option<String> {
        let text = core::str::from_utf8(line).ok();
        if let Some(own) = text.and_then(Line::read) {
            return Some(own.to_string());
        }
        if let Some(phrase) = text.and_then(Phrase::read) {
            let before = self.shown.get(&phrase);
            if before.is_some_and(|before| now.saturating_sub(*before) < EVERY) {
                return None;
            }
            self.shown.insert(phrase, now);
            return Some(format!("{RUNTIME}{}", phrase.text()));
        }
        let (number, since) = self.hidden.unwrap_or((0, now));
        self.hidden = Some((number.saturating_add(1), since));
        None
    }

    /// How many lines were not shown, a minute after the first of them.
    pub fn remark(&mut self, now: Duration) -> Option<String> {
        let (_, since) = self.hidden?;
        (now.saturating_sub(since) >= EVERY)
            .then(|| self.last_remark())
            .flatten()
    }

    /// How many lines were not shown since the last remark: the output ended.
    pub fn last_remark(&mut self) -> Option<String> {
        let (number, _) = self.hidden.take()?;
        Some(format!("{RUNTIME}wrote lines that are not shown: {number}"))
    }
}

/// Cuts output into lines. A line that is longer than any that is known is cut off: it is not shown anyway.
#[derive(Debug, Default)]
pub struct Lines {
    begun: Vec<u8>,
}

/// More than the longest line of the table, in bytes.
const LONGEST: usize = 1_024;

impl Lines {
    /// Hands on each line that ends in these bytes, without its end.
    pub fn cut(&mut self, bytes: &[u8], mut hand_on: impl FnMut(&[u8])) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (text, ends) = match part.strip_suffix(b"\n") {
                Some(text) => (text, true),
                None => (part, false),
            };
            let room = LONGEST.saturating_sub(self.begun.len());
            self.begun.extend(text.iter().take(room));
            if ends {
                hand_on(&self.begun);
                self.begun.clear();
            }
        }
    }

    /// Hands on what came after the last end of a line: the output ended.
    pub fn end(&mut self, hand_on: impl FnOnce(&[u8])) {
        if !self.begun.is_empty() {
            hand_on(&self.begun);
            self.begun.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClassName, Event};

    const OWN: &[u8] = b"an object failed: Safe";
    const CHUNK: &[u8] = br#"workerd/jsg/util.c++:405: error: e = kj/compat/http.c++:1585: failed: invalid HTTP chunk size; text = {"token":"7f9c24e8-3b12-4fef-91e0-7df1f2c3a5b6"}"#;
    const TAKEN: &[u8] = b"*** Fatal uncaught kj::Exception: kj/async-io-unix.c++:945: failed: \
        ::bind(sockfd, &addr.generic, addrlen): Address already in use; toString() = 127.0.0.1:8787";

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn every_line_of_the_table_passes() {
        let mut filter = Filter::default();
        for line in Line::all() {
            let text = line.to_string();
            assert!(!text.starts_with(RUNTIME), "{text}");
            assert!(text.len() < LONGEST, "{text}");
            assert_eq!(filter.pass(text.as_bytes(), seconds(0)), Some(text));
        }
        assert_eq!(filter.last_remark(), None);
    }

    #[test]
    fn what_is_not_known_is_counted_once_a_minute() {
        let mut filter = Filter::default();
        for at in [0, 1, 59] {
            assert_eq!(filter.pass(CHUNK, seconds(at)), None);
            assert_eq!(filter.remark(seconds(at)), None);
        }
        let said = "the runtime wrote lines that are not shown: ";
        assert_eq!(filter.remark(seconds(60)), Some(format!("{said}3")));
        assert_eq!(filter.remark(seconds(600)), None);
        assert_eq!(filter.pass(&[0xff, 0xfe], seconds(600)), None);
        assert_eq!(filter.pass(b"", seconds(601)), None);
        assert_eq!(filter.last_remark(), Some(format!("{said}2")));
        assert_eq!(filter.last_remark(), None);
    }

    /// A line of the table counts alone: around it stands nothing that came in.
    #[test]
    fn a_line_with_something_around_it_does_not_pass() {
        let mut filter = Filter::default();
        let own = Line::Object(Event::Failed, ClassName::Safe).to_string();
        for other in [
            format!("{own} 7f9c24e8"),
            format!("7f9c24e8 {own}"),
            format!("{own}\r"),
        ] {
            assert_eq!(filter.pass(other.as_bytes(), seconds(0)), None, "{other}");
        }
        let named = filter.pass(
            b"an object failed: demo-7f9c24e87f9c24e8/safe/7f9c",
            seconds(0),
        );
        assert_eq!(named.as_deref().map(str::as_bytes), Some(OWN));
    }

    #[test]
    fn a_phrase_is_said_in_other_words_and_once_a_minute() {
        let mut filter = Filter::default();
        let said = "the runtime cannot open its port: another program has it";
        assert_eq!(filter.pass(TAKEN, seconds(1)).as_deref(), Some(said));
        assert_eq!(filter.pass(TAKEN, seconds(60)), None);
        assert_eq!(filter.pass(TAKEN, seconds(61)).as_deref(), Some(said));
        assert_eq!(filter.last_remark(), None);
    }

    #[test]
    fn lines_are_cut_wherever_the_pieces_end() {
        let whole = [OWN, b"\n\n", CHUNK, b"\nlast"].concat();
        let mut expected = vec![OWN.to_vec(), Vec::new(), CHUNK.to_vec(), b"last".to_vec()];
        for size in [1, 2, 7, 10_000] {
            let (mut lines, mut found) = (Lines::default(), Vec::new());
            for piece in whole.chunks(size) {
                lines.cut(piece, |line| found.push(line.to_vec()));
            }
            lines.end(|line| found.push(line.to_vec()));
            assert_eq!(found, expected, "{size}");
        }
        // What is too long is no line of the table, whatever it begins with.
        expected.clear();
        let mut lines = Lines::default();
        lines.cut(&vec![b'a'; 1 << 20], |line| expected.push(line.to_vec()));
        assert!(lines.begun.len() == LONGEST && expected.is_empty());
    }
}
