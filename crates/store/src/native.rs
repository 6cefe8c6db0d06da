//! The native engine: bundled SQLite with the platform's limits, for tests and simulation.

use std::path::Path;

use rusqlite::limits::Limit;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql};

use crate::{Fault, MAX_INTEGER, Row, Sql, Value};

/// A database in memory or in a file.
pub struct Native(Connection);

impl Native {
    /// An empty database in memory.
    ///
    /// # Errors
    /// [`Fault::Engine`].
    pub fn in_memory() -> Result<Self, Fault> {
        Self::limited(Connection::open_in_memory())
    }

    /// The database in this file, made when absent.
    ///
    /// # Errors
    /// [`Fault::Engine`].
    pub fn open(path: &Path) -> Result<Self, Fault> {
        Self::limited(Connection::open(path))
    }

    /// The platform's documented limits: what passes here passes there.
    fn limited(connection: rusqlite::Result<Connection>) -> Result<Self, Fault> {
        let connection = connection.map_err(engine)?;
        for (limit, most) in [
            (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 100),
            (Limit::SQLITE_LIMIT_COLUMN, 100),
            (Limit::SQLITE_LIMIT_EXPR_DEPTH, 100),
            (Limit::SQLITE_LIMIT_LENGTH, 2_000_000),
            (Limit::SQLITE_LIMIT_SQL_LENGTH, 100_000),
        ] {
            connection.set_limit(limit, most).map_err(engine)?;
        }
        Ok(Self(connection))
    }
}

impl Sql for Native {
    fn exec(&self, statement: &str, values: &[Value]) -> Result<(), Fault> {
        self.query(statement, values).map(drop)
    }

    fn query(&self, statement: &str, values: &[Value]) -> Result<Vec<Row>, Fault> {
        let mut prepared = self.0.prepare_cached(statement).map_err(engine)?;
        let columns = prepared.column_count();
        let mut rows = prepared
            .query(rusqlite::params_from_iter(values))
            .map_err(engine)?;
        let mut read = Vec::new();
        while let Some(row) = rows.next().map_err(engine)? {
            let values =
                (0..columns).map(|column| from_sqlite(row.get_ref(column).map_err(engine)?));
            read.push(Row(values.collect::<Result<_, _>>()?));
        }
        Ok(read)
    }

    fn transaction(&self, work: &mut dyn FnMut(&dyn Sql) -> bool) -> Result<(), Fault> {
        let run = |statements| self.0.execute_batch(statements).map_err(engine);
        // A savepoint outside a transaction begins one; inside another, it is one of its own.
        run("SAVEPOINT work")?;
        if !work(self) {
            return run(UNDO);
        }
        run("RELEASE work").or_else(|fault| run(UNDO).and(Err(fault)))
    }
}

/// Undoes a transaction and ends it.
const UNDO: &str = "ROLLBACK TO work; RELEASE work";

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(value) if value.unsigned_abs() <= MAX_INTEGER.unsigned_abs() => {
                ValueRef::Integer(*value)
            }
            Self::Integer(value) => {
                return Err(rusqlite::Error::IntegralValueOutOfRange(0, *value));
            }
            Self::Text(value) => ValueRef::Text(value.as_bytes()),
            Self::Blob(value) => ValueRef::Blob(value),
        }))
    }
}

fn from_sqlite(value: ValueRef<'_>) -> Result<Value, Fault> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(value) => Value::Integer(value),
        ValueRef::Text(value) => {
            Value::Text(String::from_utf8(value.to_vec()).map_err(|_| Fault::Shape)?)
        }
        ValueRef::Blob(value) => Value::Blob(value.to_vec()),
        ValueRef::Real(_) => return Err(Fault::Shape),
    })
}

fn engine(_: rusqlite::Error) -> Fault {
    Fault::Engine
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transact;

    fn count(sql: &dyn Sql) -> u64 {
        sql.query("SELECT COUNT(*) FROM t", &[]).unwrap()[0]
            .integer(0)
            .unwrap()
    }

    #[test]
    fn an_error_undoes_what_was_written() {
        let sql = Native::in_memory().unwrap();
        sql.exec("CREATE TABLE t (a INTEGER PRIMARY KEY)", &[])
            .unwrap();
        let refused: Result<(), Fault> = transact(&sql, |sql| {
            sql.exec("INSERT INTO t (a) VALUES (?1)", &[1u32.into()])?;
            assert_eq!(count(sql), 1);
            sql.exec("INSERT INTO t (a) VALUES (?1)", &[1u32.into()])
        });
        assert_eq!(refused, Err(Fault::Engine));
        assert_eq!(count(&sql), 0);
        transact(&sql, |sql| {
            sql.exec("INSERT INTO t (a) VALUES (?1)", &[1u32.into()])
        })
        .unwrap();
        assert_eq!(count(&sql), 1);
    }

    #[test]
    fn a_transaction_inside_another_is_undone_alone_and_with_it() {
        let sql = Native::in_memory().unwrap();
        sql.exec("CREATE TABLE t (a INTEGER PRIMARY KEY)", &[])
            .unwrap();
        let insert =
            |sql: &dyn Sql, value: u32| sql.exec("INSERT INTO t (a) VALUES (?1)", &[value.into()]);
        transact(&sql, |sql| {
            insert(sql, 1)?;
            let inner: Result<(), Fault> = transact(sql, |sql| {
                insert(sql, 2)?;
                Err(Fault::Shape)
            });
            assert_eq!((inner, count(sql)), (Err(Fault::Shape), 1));
            transact(sql, |sql| insert(sql, 3))
        })
        .unwrap();
        assert_eq!(count(&sql), 2);
        let outer: Result<(), Fault> = transact(&sql, |sql| {
            transact(sql, |sql| insert(sql, 4))?;
            assert_eq!(count(sql), 3);
            Err(Fault::Shape)
        });
        assert_eq!((outer, count(&sql)), (Err(Fault::Shape), 2));
    }

    #[test]
    fn the_limits_are_the_platforms() {
        let sql = Native::in_memory().unwrap();
        let marks = |n: usize| {
            (1..=n)
                .map(|i| format!("?{i}"))
                .collect::<Vec<_>>()
                .join(",")
        };
        let values = |n: usize| vec![Value::Integer(1); n];
        assert!(
            sql.query(&format!("SELECT max({})", marks(100)), &values(100))
                .is_ok()
        );
        assert!(
            sql.query(&format!("SELECT max({})", marks(101)), &values(101))
                .is_err()
        );
        assert!(
            sql.query("SELECT ?1", &[Value::Blob(vec![0; 2_000_001])])
                .is_err()
        );
        assert!(
            sql.query("SELECT ?1", &[Value::Integer(MAX_INTEGER)])
                .is_ok()
        );
        assert!(
            sql.query("SELECT ?1", &[Value::Integer(MAX_INTEGER + 1)])
                .is_err()
        );
        assert_eq!(sql.query("SELECT 1.5", &[]), Err(Fault::Shape));
    }

    #[test]
    fn values_come_back_as_they_went() {
        let sql = Native::in_memory().unwrap();
        let values = [Value::Null, 7u32.into(), "é".into(), [1u8, 2].into()];
        assert_eq!(
            sql.query("SELECT ?1, ?2, ?3, ?4", &values).unwrap(),
            [Row(values.to_vec())]
        );
    }
}
