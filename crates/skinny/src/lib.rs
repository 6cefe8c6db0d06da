//! skinny
