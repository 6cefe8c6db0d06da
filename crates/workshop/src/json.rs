//! Where each value stands in a JSON text.

use std::ops::Range;

/// A value that is taken as it stands: a string without its quotes, a number, a truth value, or a whole subtree.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Leaf {
    /// Names of the members on the way to it, `[]` for each list: `contacts[].ids[].mac`.
    pub(super) path: String,
    /// Places in the lists on the way to it.
    pub(super) indices: Vec<u32>,
    /// Where it stands.
    pub(super) range: Range<usize>,
}

/// The leaves of a text, in order; `None` if it is not JSON. Below a path that `whole` accepts, nothing is taken apart.
pub(super) fn leaves(text: &[u8], whole: fn(&str) -> bool) -> Option<Vec<Leaf>> {
    let mut scanner = Scanner {
        text,
        at: 0,
        whole,
        leaves: Vec::new(),
        indices: Vec::new(),
        depth: 0,
    };
    scanner.value(&mut String::new())?;
    scanner.blanks();
    (scanner.at == text.len()).then_some(scanner.leaves)
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    whole: fn(&str) -> bool,
    leaves: Vec<Leaf>,
    indices: Vec<u32>,
    /// How many lists and objects are open.
    depth: usize,
}

/// No message nests deeper, and what nests without end must not exhaust the stack: the server's own limit.
const DEEPEST: usize = 127;

impl Scanner<'_> {
    fn value(&mut self, path: &mut String) -> Option<()> {
        self.blanks();
        let start = self.at;
        if (self.whole)(path) {
            let before = self.leaves.len();
            self.node(path)?;
            self.leaves.truncate(before);
            let range = start..self.at;
            self.leaves.push(Leaf {
                path: path.clone(),
                indices: self.indices.clone(),
                range,
            });
            return Some(());
        }
        self.node(path)
    }

    fn node(&mut self, path: &mut String) -> Option<()> {
        match self.peek()? {
            b'{' => self.deeper(path, Self::object),
            b'[' => self.deeper(path, Self::list),
            b'"' => {
                let range = self.string()?;
                self.leaf(path, range);
                Some(())
            }
            _ => {
                let start = self.at;
                while self
                    .peek()
                    .is_some_and(|byte| !b",]} \t\r\n".contains(&byte))
                {
                    self.at += 1;
                }
                self.leaf(path, start..self.at);
                (self.at > start).then_some(())
            }
        }
    }

    fn deeper(
        &mut self,
        path: &mut String,
        read: fn(&mut Self, &mut String) -> Option<()>,
    ) -> Option<()> {
        self.depth += 1;
        (self.depth <= DEEPEST).then(|| read(self, path))??;
        self.depth -= 1;
        Some(())
    }

    fn object(&mut self, path: &mut String) -> Option<()> {
        self.eat(b'{')?;
        if self.eat(b'}').is_some() {
            return Some(());
        }
        loop {
            self.blanks();
            let name = self.string()?;
            let name = core::str::from_utf8(self.text.get(name)?).ok()?;
            let above = path.len();
            if above > 0 {
                path.push('.');
            }
            path.push_str(name);
            self.eat(b':')?;
            self.value(path)?;
            path.truncate(above);
            if self.eat(b',').is_none() {
                return self.eat(b'}');
            }
        }
    }

    fn list(&mut self, path: &mut String) -> Option<()> {
        self.eat(b'[')?;
        if self.eat(b']').is_some() {
            return Some(());
        }
        let above = path.len();
        path.push_str("[]");
        self.indices.push(0);
        loop {
            self.value(path)?;
            if self.eat(b',').is_none() {
                break;
            }
            if let Some(index) = self.indices.last_mut() {
                *index += 1;
            }
        }
        self.indices.pop();
        path.truncate(above);
        self.eat(b']')
    }

    /// A string, quotes excluded.
    fn string(&mut self) -> Option<Range<usize>> {
        self.eat(b'"')?;
        let start = self.at;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        let range = start..self.at;
        self.eat(b'"')?;
        Some(range)
    }

    fn leaf(&mut self, path: &str, range: Range<usize>) {
        self.leaves.push(Leaf {
            path: path.to_owned(),
            indices: self.indices.clone(),
            range,
        });
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn eat(&mut self, wanted: u8) -> Option<()> {
        self.blanks();
        (self.peek()? == wanted).then(|| self.at += 1)
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(|byte| b" \t\r\n".contains(&byte)) {
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn found(text: &str, whole: fn(&str) -> bool) -> Vec<(String, Vec<u32>, String)> {
        leaves(text.as_bytes(), whole)
            .unwrap()
            .into_iter()
            .map(|leaf| (leaf.path, leaf.indices, text[leaf.range].to_owned()))
            .collect()
    }

    #[test]
    fn values_are_found_with_their_places() {
        let text = r#"{"a":"x\"y", "b":[{"c":-1},{"c":true,"d":[]}],"e":{"f":null,"g":[1,2]}}"#;
        let expected: [(&str, &[u32], &str); 5] = [
            ("a", &[], r#"x\"y"#),
            ("b[].c", &[0], "-1"),
            ("b[].c", &[1], "true"),
            ("e.f", &[], "null"),
            ("e.g[]", &[0], "1"),
        ];
        let all = found(text, |_| false);
        assert_eq!(all.len(), 6);
        for (found, (path, indices, value)) in all.iter().zip(expected) {
            assert_eq!(
                found,
                &(path.to_owned(), indices.to_vec(), value.to_owned())
            );
        }
        let whole = found(text, |path| path == "e");
        assert_eq!(whole.last().unwrap().2, r#"{"f":null,"g":[1,2]}"#);
        assert_eq!(whole.len(), 4);
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in ["", "{", r#"{"a"}"#, "[1,", "1 2", r#"{"a":}"#, r#"["\"#] {
            assert_eq!(leaves(text.as_bytes(), |_| false), None, "{text}");
        }
    }

    #[test]
    fn what_nests_without_end_is_refused() {
        let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(leaves(nested(DEEPEST).as_bytes(), |_| false), Some(vec![]));
        for depth in [DEEPEST + 1, 1_000_000] {
            assert_eq!(leaves(nested(depth).as_bytes(), |_| false), None);
        }
    }
}
