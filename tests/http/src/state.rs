//! What a demo realm shows of all that it stores.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// One row: values by column; a sealed column comes opened as well, as `… (opened)`.
pub type Row = BTreeMap<String, Value>;

/// `GET /demo/{session}/state`.
#[derive(Clone, Debug, PartialEq)]
pub struct State(Value);

impl State {
    pub(crate) fn new(json: Value) -> Self {
        Self(json)
    }

    /// The names of the objects that store something.
    pub fn objects(&self) -> Vec<&str> {
        let objects = self.0["objects"].as_array().expect("objects");
        objects
            .iter()
            .map(|object| object["object"].as_str().expect("a name"))
            .collect()
    }

    /// The rows of this table in every object whose name begins so.
    pub fn rows(&self, object: &str, table: &str) -> Vec<Row> {
        let mut rows = Vec::new();
        for holder in list(&self.0, "objects") {
            let named = holder["object"]
                .as_str()
                .is_some_and(|name| name.starts_with(object));
            for shown in list(holder, "tables").iter().filter(|_| named) {
                let columns = list(shown, "columns");
                let names = columns
                    .iter()
                    .map(|column| column["column"].as_str().unwrap());
                let names: Vec<_> = names.map(str::to_owned).collect();
                for row in list(shown, "rows")
                    .iter()
                    .filter(|_| shown["table"] == table)
                {
                    let cells = row.as_array().expect("a row").iter().cloned();
                    rows.push(names.iter().cloned().zip(cells).collect());
                }
            }
        }
        rows
    }

    /// Every table of every object, whether it has rows or not.
    pub fn tables(&self) -> BTreeSet<(&str, &str)> {
        let objects = list(&self.0, "objects").iter();
        let tables = objects.flat_map(|holder| {
            let name = holder["object"].as_str().expect("a name");
            let tables = list(holder, "tables").iter();
            tables.map(move |table| (name, table["table"].as_str().expect("a name")))
        });
        tables.collect()
    }

    /// The item that each stored column serves, by table and column.
    pub fn items(&self) -> BTreeMap<(String, String), String> {
        let mut items = BTreeMap::new();
        for object in list(&self.0, "objects") {
            for table in list(object, "tables") {
                for column in list(table, "columns") {
                    let text = |value: &Value| value.as_str().expect("text").to_owned();
                    let name = (text(&table["table"]), text(&column["column"]));
                    items.insert(name, text(&column["item"]));
                }
            }
        }
        items
    }

    /// Whether this text stands anywhere in what is stored.
    pub fn mentions(&self, text: &str) -> bool {
        self.0.to_string().contains(text)
    }
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().expect("a list")
}
