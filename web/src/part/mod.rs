//! The pieces that the chapters are made of.
