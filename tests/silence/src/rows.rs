//! The work behind an answer, as it can be counted: rows that it adds, changes and removes.

use std::collections::BTreeMap;

use harness::Server;
use http_tests::disk;
use store::{Row, Value};

/// Every row of objects of the server, by class and table.
pub type Rows = BTreeMap<(String, String), Vec<Row>>;

/// Rows that went and that came, by class and table: each by the kinds and lengths of its values.
pub type Difference = BTreeMap<(String, String), [Vec<String>; 2]>;

/// Every row of the objects of these classes.
pub fn all(server: &Server, classes: &[&str]) -> Rows {
    let mut rows = Rows::new();
    for class in classes {
        for file in disk::objects(server, class) {
            for (name, found) in disk::tables(&file) {
                rows.entry(table(class, &name)).or_default().extend(found);
            }
        }
    }
    rows
}

/// What changed from one look to the next.
pub fn difference(before: &Rows, after: &Rows) -> Difference {
    let without = |rows: &Rows, others: &Rows, place: &(String, String)| -> Vec<String> {
        let of = |rows: &Rows| rows.get(place).cloned().unwrap_or_default();
        // Two rows may be the same: each stands for one of the others.
        let mut left = BTreeMap::<String, usize>::new();
        for row in of(others) {
            *left.entry(format!("{row:?}")).or_default() += 1;
        }
        let new = of(rows).into_iter().filter(|row| {
            let same = left.get_mut(&format!("{row:?}"));
            same.is_none_or(|same| {
                let is_new = *same == 0;
                *same = same.saturating_sub(1);
                is_new
            })
        });
        let mut shapes: Vec<_> = new.map(|row| shape(&row)).collect();
        shapes.sort();
        shapes
    };
    let places = before.keys().chain(after.keys());
    let changes = places.map(|place| {
        let (gone, come) = (without(before, after, place), without(after, before, place));
        (place.clone(), [gone, come])
    });
    let is_change =
        |(_, [gone, come]): &(_, [Vec<String>; 2])| !gone.is_empty() || !come.is_empty();
    changes.filter(is_change).collect()
}

/// Kinds and lengths: a number takes a place of its own whatever it is.
fn shape(row: &Row) -> String {
    let shapes = row.0.iter().map(|value| match value {
        Value::Text(text) => format!("text {}", text.len()),
        Value::Blob(bytes) => format!("bytes {}", bytes.len()),
        _ => "number".to_owned(),
    });
    shapes.collect::<Vec<_>>().join(", ")
}

/// How [`Rows`] and [`Difference`] name a table.
pub fn table(class: &str, name: &str) -> (String, String) {
    (class.to_owned(), name.to_owned())
}
