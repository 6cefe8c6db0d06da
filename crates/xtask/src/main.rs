//! Build, run and check Limpide.
fn main() {}
