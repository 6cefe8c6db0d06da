//! The platform's SQL behind the `Sql` port.

use store::{Fault, MAX_INTEGER, Row, Sql, Value};
use wasm_bindgen::prelude::*;
use worker::{SqlStorage, SqlStorageValue, Storage};

#[wasm_bindgen]
extern "C" {
    type SyncStorage;

    /// The SDK does not bind it, and it is the only thing that rolls back: an error reply does not.
    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    fn transaction_sync(
        this: &SyncStorage,
        body: &mut dyn FnMut() -> Result<(), JsValue>,
    ) -> Result<(), JsValue>;
}

/// An object's database.
pub(crate) struct PlatformSql {
    storage: Storage,
    sql: SqlStorage,
}

impl PlatformSql {
    pub(super) fn new(storage: Storage) -> Self {
        let sql = storage.sql();
        Self { storage, sql }
    }
}

impl Sql for PlatformSql {
    fn exec(&self, statement: &str, values: &[Value]) -> Result<(), Fault> {
        self.sql
            .exec(statement, bind(values)?)
            .map(drop)
            .map_err(engine)
    }

    fn query(&self, statement: &str, values: &[Value]) -> Result<Vec<Row>, Fault> {
        let cursor = self.sql.exec(statement, bind(values)?).map_err(engine)?;
        cursor
            .raw()
            .map(|row| {
                let cells = row.map_err(engine)?.into_iter().map(read);
                Ok(Row(cells.collect::<Result<_, _>>()?))
            })
            .collect()
    }

    fn transaction(&self, work: &mut dyn FnMut(&dyn Sql) -> bool) -> Result<(), Fault> {
        let storage: &SyncStorage = self.storage.as_raw().unchecked_ref();
        let mut undone = false;
        let ran = storage.transaction_sync(&mut || {
            undone = !work(self);
            if undone { Err(JsValue::NULL) } else { Ok(()) }
        });
        if undone {
            Ok(())
        } else {
            ran.map_err(|_| Fault::Engine)
        }
    }
}

fn bind(values: &[Value]) -> Result<Vec<SqlStorageValue>, Fault> {
    values
        .iter()
        .map(|value| {
            Ok(match value {
                Value::Null => SqlStorageValue::Null,
                Value::Integer(value) if value.unsigned_abs() <= MAX_INTEGER.unsigned_abs() => {
                    SqlStorageValue::Integer(*value)
                }
                Value::Integer(_) => return Err(Fault::Engine),
                Value::Text(value) => SqlStorageValue::String(value.clone()),
                Value::Blob(value) => SqlStorageValue::Blob(value.clone()),
            })
        })
        .collect()
}

fn read(value: SqlStorageValue) -> Result<Value, Fault> {
    Ok(match value {
        SqlStorageValue::Null => Value::Null,
        SqlStorageValue::Integer(value) => Value::Integer(value),
        SqlStorageValue::String(value) => Value::Text(value),
        SqlStorageValue::Blob(value) => Value::Blob(value),
        SqlStorageValue::Boolean(_) | SqlStorageValue::Float(_) => return Err(Fault::Shape),
    })
}

fn engine(_: worker::Error) -> Fault {
    Fault::Engine
}
