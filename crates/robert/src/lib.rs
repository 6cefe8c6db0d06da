//! robert
