//! Empty: Cargo wants a package to have something that it builds.
