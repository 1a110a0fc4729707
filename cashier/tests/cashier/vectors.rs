//! Vectors made with the official package.
