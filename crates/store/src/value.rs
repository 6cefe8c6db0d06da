//! Values and rows.

use crate::Fault;

/// The largest integer that both engines keep exactly: the platform's travel as doubles.
pub const MAX_INTEGER: i64 = (1 << 53) - 1;

/// What a column can hold. There are no floats: nothing stored here is approximate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// SQL `NULL`.
    Null,
    /// An integer between ±[`MAX_INTEGER`]; both engines refuse others.
    Integer(i64),
    /// UTF-8 text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Integer(value.into())
    }
}

/// Saturates at `i64::MAX`, which the engines refuse.
impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Integer(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Blob(value.to_vec())
    }
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(value: [u8; N]) -> Self {
        Self::Blob(value.to_vec())
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Blob(value)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One row, read by column number from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row(pub Vec<Value>);

impl Row {
    /// An integer that is not negative.
    ///
    /// # Errors
    /// [`Fault::Shape`] for anything else, as for the other readers.
    pub fn integer(&self, column: usize) -> Result<u64, Fault> {
        match self.0.get(column) {
            Some(Value::Integer(value)) => u64::try_from(*value).map_err(|_| Fault::Shape),
            _ => Err(Fault::Shape),
        }
    }

    /// An integer that is not negative, or nothing.
    ///
    /// # Errors
    /// [`Fault::Shape`].
    pub fn maybe_integer(&self, column: usize) -> Result<Option<u64>, Fault> {
        match self.0.get(column) {
            Some(Value::Null) => Ok(None),
            _ => self.integer(column).map(Some),
        }
    }

    /// An integer below 2³².
    ///
    /// # Errors
    /// [`Fault::Shape`].
    pub fn small(&self, column: usize) -> Result<u32, Fault> {
        u32::try_from(self.integer(column)?).map_err(|_| Fault::Shape)
    }

    /// Text.
    ///
    /// # Errors
    /// [`Fault::Shape`].
    pub fn text(&self, column: usize) -> Result<&str, Fault> {
        match self.0.get(column) {
            Some(Value::Text(value)) => Ok(value),
            _ => Err(Fault::Shape),
        }
    }

    /// Bytes.
    ///
    /// # Errors
    /// [`Fault::Shape`].
    pub fn blob(&self, column: usize) -> Result<&[u8], Fault> {
        match self.0.get(column) {
            Some(Value::Blob(value)) => Ok(value),
            _ => Err(Fault::Shape),
        }
    }

    /// Exactly `N` bytes.
    ///
    /// # Errors
    /// [`Fault::Shape`].
    pub fn array<const N: usize>(&self, column: usize) -> Result<[u8; N], Fault> {
        self.blob(column)?.try_into().map_err(|_| Fault::Shape)
    }
}
