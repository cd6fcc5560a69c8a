//! Handles of the host's.
