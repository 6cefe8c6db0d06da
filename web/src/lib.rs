//! The logic of the page, without any view: it also builds and is tested natively.

/// The workshop's engine; its views are in the binary.
pub mod workshop {
    pub mod engine;
}
